/** A tuning from the catalog to its file: what it finds, how it ends, and that it comes out the same. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { isShelfwalkError } from '../../../src/base/errors.ts';
import type { TaskContext } from '../../../src/base/task.ts';
import { runConfigSchema } from '../../../src/pipeline/config.ts';
import { tuneInput, tuneOperation } from '../../../src/pipeline/operations/tune.operation.ts';
import type { TuneResult } from '../../../src/pipeline/tune/types.ts';
import { useWorkspace } from '../fresh-workspace.ts';
import { plantedSources, toPlantedCsv, toProductCsv } from './planted-shop.ts';
import { BAD_START, importPlanted, SPACE, withoutTimes } from './tune-rig.ts';

const here = useWorkspace();

type Settings = z.input<typeof tuneInput>;
const tune = (settings: Settings = {}, context: TaskContext = {}): Promise<TuneResult> =>
  tuneOperation.run(
    here.workspace,
    tuneInput.parse({ run: BAD_START, space: SPACE, protocol: 'all', ...settings }),
    context,
  );

const importShop = (): Promise<void> => importPlanted(here);

describe('from a bad start', () => {
  beforeEach(() => importShop());

  test('a better setting is found, is told from luck, and lies in a file that a training reads', async () => {
    const out = join(here.dir, 'settings.json');
    const result = await tune({ trials: 10, out });
    const [start, ...others] = result.trials;
    expect(start).toMatchObject({ number: 1, round: 0, changed: {}, state: 'measured' });
    expect(others).toHaveLength(9);
    const best = result.trials.find(({ number }) => number === result.best)!;
    expect(best.rungs.at(-1)!.share).toBe(1);
    // Shelves known, 5 of 12 products are hit by chance more often than 5 of 48.
    expect(best.rungs.at(-1)!.metric.mean).toBeGreaterThan(1.5 * start!.rungs[0]!.metric.mean);
    expect(result.verdict).toBe('change');
    expect(result.margin!.low).toBeGreaterThan(0);
    expect(result.margin!.lowOfBest).toBeGreaterThan(0);
    expect(best.difference).toMatchObject({ mean: result.margin!.mean });

    expect(result.file).toBe(out);
    const settings: unknown = JSON.parse(await readFile(out, 'utf8'));
    expect(settings).toEqual(result.settings);
    const run = runConfigSchema.parse(settings);
    for (const [path, value] of Object.entries(best.changed)) {
      const [section, name] = path.split('.') as ['walk' | 'train', string];
      expect((run[section] as Record<string, unknown>)[name]).toEqual(value);
    }
    expect(run.evaluate).toMatchObject({ part: 'test', k: [5] });
    expect(await here.workspace.versions.list()).toEqual([]);
  });

  test('where nothing is better, the start is kept, and so says the file', async () => {
    const good = {
      walk: { walksPerNode: 9, walkLength: 20 },
      train: { embeddingDimension: 16, concurrency: 1 },
    };
    const space = { 'train.embeddingDimension': [2], 'walk.walksPerNode': [1] };
    const out = join(here.dir, 'settings.json');
    const result = await tune({ run: good, space, trials: 10, out });
    expect(result).toMatchObject({ verdict: 'keep', endedBy: 'space' });
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(good);
  });

  test('the same seed and one thread: the same trials and figures', async () => {
    const [one, other] = [await tune({ trials: 4 }), await tune({ trials: 4 })];
    expect(withoutTimes(other)).toEqual(withoutTimes(one));
    expect(one.trials.map(({ changed }) => changed)).not.toEqual(
      (
        await tune({ trials: 4, run: { ...BAD_START, train: { ...BAD_START.train, randomSeed: 7 } } })
      ).trials.map(({ changed }) => changed),
    );
  });

  test('a trial that fails is an entry, and the others go on; a start that fails is the end', async () => {
    const rare = { 'train.algorithm': ['node2vec', 'item2vec'], 'sentences.minCount': [1e9] };
    const result = await tune({ space: { ...rare, 'train.windowSize': [2, 5] }, trials: 5 });
    const failed = result.trials.filter(({ state }) => state === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    for (const { because, rungs } of failed) {
      expect(because).toMatch(/^SENTENCES_EMPTY: /);
      expect(rungs).toEqual([]);
    }
    expect(result.trials.filter(({ state }) => state === 'measured').length).toBeGreaterThan(1);
    await expect(
      tune({ run: { train: { algorithm: 'item2vec' }, sentences: { minCount: 1e9 } } }),
    ).rejects.toMatchObject({ code: 'SENTENCES_EMPTY' });
  });

  test('what is over the limit of memory is refused trial by trial', async () => {
    const run = { ...BAD_START, train: { ...BAD_START.train, maxMemoryMiB: 16 } };
    const customers = Array.from({ length: 3000 }, (_, c) => `v${c},p${c % 48},2024-01-02,w${c}`);
    const path = join(here.dir, 'visitors.csv');
    await writeFile(path, ['customer,product,ts,basket', ...customers, ''].join('\n'));
    await here.workspace.catalog.importFiles(
      plantedSources(path, join(here.dir, 'products.csv')).slice(0, 1),
      {},
      {},
    );
    const { trials } = await tune({ run, space: { 'train.embeddingDimension': [2, 1024] }, trials: 2 });
    expect(trials[1]).toMatchObject({ state: 'failed', because: expect.stringMatching(/^LIMIT_EXCEEDED: /) });
  });
});

describe('p and q on the graph that is there', () => {
  const KNOBS = { 'walk.returnFactor': [0.25, 4], 'walk.inOutFactor': [0.25, 4] };
  const purchases = () => join(here.dir, 'bought.csv');

  test('one knob with attributes and without, two once products that are bought together are joined', async () => {
    await writeFile(purchases(), toPlantedCsv());
    await writeFile(join(here.dir, 'products.csv'), toProductCsv());
    const [interactions, products] = plantedSources(purchases(), join(here.dir, 'products.csv'));
    const { catalog } = here.workspace;
    await catalog.importFiles([interactions!], {}, {});
    const bare = await tune({ space: KNOBS, trials: 5 });
    expect(bare.knobs).toMatchObject([{ attributes: false, knobs: 1 }]);
    expect(bare.leftOut).toEqual([{ setting: 'walk.inOutFactor', because: 'p and q are one knob here' }]);
    expect(bare.trials.map(({ changed }) => changed)).toEqual(
      expect.arrayContaining([{ 'walk.returnFactor': 0.25 }, { 'walk.returnFactor': 4 }]),
    );
    expect(bare).toMatchObject({ endedBy: 'space', trials: { length: 3 } });

    await catalog.importFiles([products!], {}, {});
    expect((await tune({ space: KNOBS, trials: 1 })).knobs).toMatchObject([{ attributes: true, knobs: 1 }]);

    const path = join(here.dir, 'edges.csv');
    await writeFile(path, 'a,b\np0,p4\np4,p8\n');
    await catalog.importFiles([{ kind: 'edges', path, mapping: { from: 'a', to: 'b' } }], {}, {});
    const joined = await tune({ space: KNOBS, trials: 9 });
    expect(joined.knobs).toMatchObject([{ attributes: true, knobs: 2 }]);
    expect(joined.trials.filter(({ changed }) => 'walk.inOutFactor' in changed).length).toBeGreaterThan(3);
  });
});

describe('how it ends', () => {
  beforeEach(() => importShop());

  test('after so many trials', async () => {
    expect(await tune({ trials: 1 })).toMatchObject({ verdict: 'keep', endedBy: 'trials', best: 1 });
    const result = await tune({ trials: 3 });
    expect(result.trials).toHaveLength(3);
    expect(result.endedBy).toBe('trials');
  });

  test('after so many minutes, with the start at least', async () => {
    const result = await tune({ minutes: 1e-6 });
    expect(result).toMatchObject({ verdict: 'keep', endedBy: 'minutes', best: 1 });
    expect(result.trials).toHaveLength(1);
    expect(result.trials[0]!.state).toBe('measured');
  });

  test('in the middle when it is stopped, and then there is no file', async () => {
    const controller = new AbortController();
    const stages = new Set<string>();
    const out = join(here.dir, 'settings.json');
    const onProgress = ({ stage }: { stage: string }): void => {
      stages.add(stage);
      if (stage.startsWith('trial 3 of 5: ')) controller.abort();
    };
    const error: unknown = await tune({ trials: 5, out }, { signal: controller.signal, onProgress }).catch(
      (e) => e,
    );
    expect(isShelfwalkError(error, 'ABORTED')).toBe(true);
    expect([...stages].some((stage) => stage.startsWith('trial 2 of 5: '))).toBe(true);
    expect([...stages].some((stage) => stage.startsWith('trial 4 of 5: '))).toBe(false);
    expect(await readdir(here.dir)).not.toContain('settings.json');
  });

  test('before it begins where the file is there, unless it may be replaced', async () => {
    const out = join(here.dir, 'settings.json');
    await writeFile(out, 'mine');
    const stages: string[] = [];
    await expect(tune({ out }, { onProgress: ({ stage }) => void stages.push(stage) })).rejects.toMatchObject(
      {
        code: 'REQUEST_UNPROCESSABLE',
      },
    );
    expect(stages).toEqual([]);
    expect(await readFile(out, 'utf8')).toBe('mine');
    await tune({ out, force: true, trials: 1 });
    expect(JSON.parse(await readFile(out, 'utf8'))).toMatchObject({ walk: { walksPerNode: 1 } });
  });
});

test('a job keeps the verdict, and one by one the trials that were measured in full', async () => {
  await importShop();
  const run = { ...BAD_START, walk: { walksPerNode: 15, walkLength: 3 } };
  const space = { 'train.windowSize': [2, 4], 'train.embeddingDimension': [2, 4] };
  const result = await tune({ run, space, trials: 4 });
  const kept = tuneOperation.summarize!(result) as Record<string, unknown>;
  expect(kept).toMatchObject({
    verdict: result.verdict,
    settings: result.settings,
    tried: { measured: 2, dropped: 2, failed: 0, stopped: 0 },
    trials: [{ number: 1, metric: result.trials[0]!.rungs[0]!.metric }, { difference: {} }],
  });
});

test('an algorithm that is clearly worse after a round is given up', async () => {
  await importShop();
  const run = { walk: { walksPerNode: 1, walkLength: 2 }, train: { embeddingDimension: 16, concurrency: 1 } };
  const space = {
    'train.algorithm': ['node2vec', 'spectral'],
    'train.negativeSamplingRate': [4, 5, 6],
    'spectral.filterExponent': [0.5, 1],
  };
  const { leftOut, trials, best, endedBy } = await tune({ run, space, trials: 20 });
  expect(trials[best - 1]!.changed).toMatchObject({ 'train.algorithm': 'spectral' });
  expect(leftOut).toEqual([
    {
      setting: 'train.algorithm node2vec',
      because: `after round 1 given up: clearly worse than trial ${best}`,
    },
  ]);
  expect(endedBy).toBe('space');
});

test('a catalog without interactions is refused', async () => {
  await expect(tune()).rejects.toMatchObject({ code: 'CATALOG_EMPTY' });
});
