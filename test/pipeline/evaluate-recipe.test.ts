/** What `evaluate` measures, with what it is compared, what it refuses, and what it leaves behind. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { evaluateInput, evaluateOperation } from '../../src/pipeline/operations/evaluate.operation.ts';
import { trainInput, trainOperation } from '../../src/pipeline/operations/train.operation.ts';
import { toVersionPage } from '../../src/pipeline/report-pages.ts';
import { useWorkspace } from './fresh-workspace.ts';

const here = useWorkspace();

const QUICK = {
  walk: { walksPerNode: 2, walkLength: 10 },
  train: { embeddingDimension: 8, concurrency: 1 },
  evaluate: { k: [3, 5] },
};

const evaluate = (settings: z.input<typeof evaluateInput>) =>
  evaluateOperation.run(here.workspace, evaluateInput.parse(settings), {});
const train = () => trainOperation.run(here.workspace, trainInput.parse({ run: QUICK, evaluate: false }), {});
const publish = async (): Promise<string> => (await train()).version;

/** Two tastes: customers of one parity buy products of the same parity, one basket a day. */
const toRows = (days: readonly number[]): string[] =>
  days.flatMap((day) =>
    Array.from({ length: 36 }, (_, i) => {
      const customer = i % 12;
      const product = (customer % 2) + 2 * ((customer + day + Math.floor(i / 12)) % 8);
      return `c${customer},p${product},2024-01-${String(day).padStart(2, '0')},b${customer}-${day}`;
    }),
  );

async function importDays(name: string, days: readonly number[]): Promise<void> {
  const path = join(here.dir, name);
  await writeFile(path, ['customer,product,ts,basket', ...toRows(days), ''].join('\n'));
  const mapping = { customer: 'customer', product: 'product', timestamp: 'ts', basket: 'basket' };
  await here.workspace.catalog.importFiles([{ kind: 'interactions', path, mapping }], {}, {});
}

beforeEach(() => importDays('first.csv', [1, 2, 3, 4, 5, 6, 7, 8]));

describe('what is measured', () => {
  test('the recipe of the version that is served, unless settings are given; before there is one, the defaults', async () => {
    const fresh = await evaluate({ evaluate: { k: [3] }, baselinesOnly: true });
    expect(fresh.measured).toBeUndefined();
    expect(fresh.served).toBeUndefined();
    expect(fresh.protocols.all.results.map(({ scorer }) => scorer)).toContain('item-knn');

    const version = await publish();
    const own = await evaluate({ evaluate: { k: [4], split: 'last-basket' } });
    expect(own.measured).toMatchObject({
      version,
      asIs: false,
      recipe: { train: { embeddingDimension: 8 } },
    });
    expect(own).toMatchObject({ settings: { k: [4] }, split: { protocol: 'last-basket' } });
    const given = await evaluate({ run: { ...QUICK, train: { embeddingDimension: 4, concurrency: 1 } } });
    expect(given.measured).toMatchObject({ asIs: false, recipe: { train: { embeddingDimension: 4 } } });
    expect(given.measured?.version).toBeUndefined();
  });

  test('the same recipe twice differs by nothing; by one thread, training is the same to the bit', async () => {
    await publish();
    const report = await evaluate({ model: 'prod', against: { run: QUICK } });
    const differences = report.comparisons.filter(({ against }) => against === 'other model');
    expect(differences.length).toBeGreaterThan(0);
    for (const { difference } of differences) expect(difference).toEqual({ mean: 0, low: 0, high: 0 });
    expect(report.against?.recipe.walk?.walksPerNode).toBe(2);
  });

  test('another recipe is trained on the same part, and has the same figures when it stands alone', async () => {
    const other = { ...QUICK, train: { ...QUICK.train, embeddingDimension: 4 } };
    const both = await evaluate({ run: QUICK, against: { run: other } });
    const alone = await evaluate({ run: other });
    const find = (report: typeof both, name: string) =>
      report.protocols.all.results.find(({ scorer }) => scorer === name)!.at;
    expect(find(both, 'other-model')).toEqual(find(alone, 'recent-in-out'));
  });

  test('nothing is published, and the version stays as it was', async () => {
    const version = await publish();
    const before = await here.workspace.versions.manifest(version);
    await evaluate({ model: 'prod', against: { model: version } });
    expect(await here.workspace.versions.list()).toEqual([before]);
    expect(await here.workspace.versions.aliases()).toEqual({ prod: version });
  });
});

test('each of two trainings keeps checkpoints of its own, and says which it is', async () => {
  const opened: string[] = [];
  const stages = new Set<string>();
  const input = evaluateInput.parse({ run: QUICK, against: { run: QUICK } });
  await evaluateOperation.run(here.workspace, input, {
    onProgress: ({ stage }) => void stages.add(stage),
    checkpoints: {
      async open(part) {
        opened.push(part);
        return { everyPasses: 1, save: async () => {} };
      },
    },
  });
  expect(opened).toEqual(['evaluation', 'comparison']);
  expect([...stages]).toEqual(expect.arrayContaining(['walk + train', 'against: walk + train']));
});

describe('a version as it is', () => {
  test('that was trained on everything has seen the test part, and is refused', async () => {
    const version = await publish();
    await expect(evaluate({ model: version, asIs: true })).rejects.toMatchObject({
      code: 'TEST_LEAKED',
      details: {
        version,
        found: expect.stringContaining('2024-01-08'),
        hint: expect.stringContaining('--as-is'),
      },
    });
  });

  test('is asked for what came since', async () => {
    await publish();
    await importDays('later.csv', [9, 10]);
    const report = await evaluate({ model: 'prod', asIs: true });
    expect(report.split).toEqual({ protocol: 'time', cutoffMs: Date.UTC(2024, 0, 8) + 1 });
    expect(report.data.test.interactions).toBe(72);
    expect(report.measured?.asIs).toBe(true);
    // The recipe on the same part, by one thread, is that very training.
    const { at } = report.protocols.all.results.find(({ scorer }) => scorer === 'recent-in-out')!;
    const split = { evaluate: { ...QUICK.evaluate, testShare: 0.19 } };
    const again = await evaluate({ model: 'prod', ...split });
    expect(again.split).toEqual({ protocol: 'time', cutoffMs: Date.UTC(2024, 0, 9) });
    expect(again.protocols.all.results.find(({ scorer }) => scorer === 'recent-in-out')!.at).toEqual(at);
  });
});

describe('the report', () => {
  test('is two files in a folder of its own, and nothing else', async () => {
    const out = join(here.dir, 'made', 'report');
    const before = await readdir(here.dir);
    const { files, ...report } = await evaluate({ run: QUICK, out });
    expect(files).toEqual([join(out, 'report.json'), join(out, 'report.html')]);
    expect((await readdir(out)).sort()).toEqual(['report.html', 'report.json']);
    expect((await readdir(here.dir)).filter((name) => !before.includes(name))).toEqual(['made']);
    expect(JSON.parse(await readFile(files![0]!, 'utf8'))).toEqual(JSON.parse(JSON.stringify(report)));
    const page = await readFile(files![1]!, 'utf8');
    expect(page).toContain('events from 2024-01-07T00:00:00.000Z on');
    expect(page).toContain('&quot;embeddingDimension&quot;: 8');
  });

  test('one that is there is kept unless it may be replaced; that is found before anything is trained', async () => {
    const out = here.dir;
    await writeFile(join(out, 'report.html'), 'mine');
    const refused = { code: 'REQUEST_UNPROCESSABLE', details: { hint: expect.stringContaining('--force') } };
    await expect(evaluate({ run: QUICK, out })).rejects.toMatchObject(refused);
    await expect(stat(join(out, 'report.json'))).rejects.toThrow('ENOENT');
    await evaluate({ run: QUICK, out, force: true });
    expect(await readFile(join(out, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  test('a job keeps what fits: the longest list and what is served', async () => {
    const whole = await evaluate({ run: QUICK, against: { run: QUICK } });
    const kept = JSON.parse(JSON.stringify(evaluateOperation.summarize!(whole)));
    expect(JSON.stringify(kept).length).toBeLessThan(65_536);
    expect(kept).toMatchObject({ verdicts: whole.verdicts, split: whole.split, served: 'recent-in-out' });
    const served = kept.protocols.all.results.find(
      ({ scorer }: { scorer: string }) => scorer === whole.served,
    );
    expect(served).toMatchObject({ k: 5, recall: { mean: expect.any(Number) } });
  });

  test('of a version is a page too, and one without figures says why', async () => {
    const run = trainInput.parse({ run: QUICK });
    const { version } = await trainOperation.run(here.workspace, run, {});
    const { versions } = here.workspace;
    const page = toVersionPage(await versions.manifest(version), await versions.report(version));
    expect(page).toContain(`<h1>Version ${version}</h1>`);
    expect(page).toContain('Trained on everything with the settings that were evaluated');
    const other = await publish();
    expect(toVersionPage(await versions.manifest(other), await versions.report(other))).toContain(
      'Not evaluated: not asked for',
    );
  });
});

test('what does not go together is refused by name', () => {
  const pathOf = (input: unknown) => evaluateInput.safeParse(input).error?.issues[0]?.path;
  expect(pathOf({ run: {}, model: 'prod' })).toEqual(['model']);
  expect(pathOf({ asIs: true })).toEqual(['model']);
  expect(pathOf({ model: 'prod', asIs: true, baselinesOnly: true })).toEqual(['asIs']);
  expect(pathOf({ baselinesOnly: true, against: { model: 'prod' } })).toEqual(['against']);
  expect(pathOf({ out: 'relative' })).toEqual(['out']);
});

test('a version that was not trained here has no recipe', async () => {
  const version = await publish();
  const content = await here.workspace.versions.load(version);
  const copy = await here.workspace.versions.write(
    { ...content, report: {} },
    { spaceId: 'elsewhere', configuration: { algorithm: 'imported' }, metrics: {} },
  );
  await expect(evaluate({ model: copy.id })).rejects.toMatchObject({
    code: 'REQUEST_UNPROCESSABLE',
    details: { version: copy.id },
  });
});
