/** A training that was cut off goes on from its last state, to the same bytes; from a state of another one it does not. */
import { copyFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ShelfwalkError } from '../../src/base/errors.ts';
import { type RunConfigInput, runConfigSchema } from '../../src/pipeline/config.ts';
import { createJobCheckpoints } from '../../src/pipeline/jobs/job-checkpoints.ts';
import type { RunCheckpoints } from '../../src/pipeline/run-checkpoints.ts';
import { trainVersion } from '../../src/pipeline/train-version.ts';
import { openWorkspace, type Workspace } from '../../src/pipeline/workspace.ts';
import { dataDirForTest } from './job-rig.ts';

let workspace: Workspace;
let folder: string;
beforeEach(async () => {
  const dataDir = await dataDirForTest();
  folder = join(dataDir, 'checkpoint');
  workspace = await openWorkspace(dataDir);
  onTestFinished(() => workspace.close());
  await importDays(1, 10);
});

/** Two tastes: customers of one parity buy products of the same parity, one basket a day. */
async function importDays(from: number, to: number): Promise<void> {
  const rows = ['customer,product,ts,basket'];
  for (let day = from; day <= to; day++)
    for (let c = 0; c < 12; c++)
      for (let i = 0; i < 3; i++) {
        const product = (c % 2) + 2 * ((c + day + i) % 8);
        rows.push(`c${c},p${product},2024-01-${String(day).padStart(2, '0')},b${c}-${day}`);
      }
  const path = join(workspace.dataDir, 'shop.csv');
  await writeFile(path, `${rows.join('\n')}\n`);
  const mapping = { customer: 'customer', product: 'product', timestamp: 'ts', basket: 'basket' };
  await workspace.catalog.importFiles([{ kind: 'interactions', path, mapping }], {}, {});
}

const PASSES = 6;
const RUNS: Record<string, RunConfigInput> = {
  node2vec: {
    walk: { walksPerNode: PASSES, walkLength: 10 },
    train: { embeddingDimension: 9, concurrency: 1 }, // rows are padded in the kernel, not on the disk
  },
  item2vec: {
    sentences: { iterations: PASSES, minCount: 1 },
    train: { algorithm: 'item2vec', embeddingDimension: 9, concurrency: 1 },
  },
};

/** Trains; cut off once so many states have been saved, as a process is that goes down. */
async function train(
  name: string,
  { cutOffAfter = Number.POSITIVE_INFINITY, everyMs = 0 } = {},
): Promise<{ sums: unknown; metrics: unknown; warnings: string[]; saved: string[] }> {
  const warnings: string[] = [];
  const saved: string[] = [];
  const real = createJobCheckpoints(folder, { everyMs, onWarning: (text) => warnings.push(text) });
  const checkpoints: RunCheckpoints = {
    async open(part, identity) {
      const opened = await real.open(part, identity);
      return {
        ...opened,
        async save(state) {
          if (saved.length >= cutOffAfter) throw new ShelfwalkError('ABORTED');
          saved.push(`${part} ${state.passesDone}`);
          await opened.save(state);
        },
      };
    },
  };
  const request = { run: runConfigSchema.parse(RUNS[name]), alias: 'prod', evaluate: true };
  const { version } = await trainVersion(workspace, request, { checkpoints });
  const { files, metrics } = await workspace.versions.manifest(version);
  return { sums: [files['vectors.npy'], files['contexts.npy']], metrics, warnings, saved };
}

describe.each(Object.keys(RUNS))('%s', (name) => {
  const all = ['blend', 'evaluation', 'everything'].flatMap((part) =>
    Array.from({ length: PASSES }, (_, pass) => `${part} ${pass + 1}`),
  );

  test.each([1, PASSES, PASSES + 3])(
    'cut off after %i states: the next run saves the rest only, and comes to the same bytes and figures',
    async (cutOffAfter) => {
      const whole = await train(name);
      expect(whole.saved).toEqual(all);
      await removeAll();
      await expect(train(name, { cutOffAfter })).rejects.toMatchObject({ code: 'ABORTED' });
      const rest = await train(name);
      expect(rest).toEqual({ ...whole, saved: all.slice(cutOffAfter), warnings: [] });
    },
  );
});

const removeAll = async (): Promise<void> => {
  const { rm } = await import('node:fs/promises');
  await rm(folder, { recursive: true });
};

test('another catalog, other settings: started anew, and a warning says so', async () => {
  await expect(train('node2vec', { cutOffAfter: 2 * PASSES + 2 })).rejects.toMatchObject({ code: 'ABORTED' });
  await importDays(11, 12);
  const { warnings, saved } = await train('node2vec');
  expect(saved).toHaveLength(3 * PASSES);
  expect(warnings).toEqual([
    expect.stringMatching(/^training \(blend\) was started anew/),
    expect.stringMatching(/^training \(evaluation\) was started anew/),
    expect.stringMatching(/^training \(everything\) was started anew/),
  ]);
  const other = await train('item2vec');
  expect(other.saved).toHaveLength(3 * PASSES);
  expect(other.warnings).toHaveLength(3);
});

test('the last state of each part is kept, and nothing else', async () => {
  await train('node2vec');
  expect((await readdir(folder)).sort()).toEqual(['blend-000006', 'evaluation-000006', 'everything-000006']);
});

test('not due: only the last state is written', async () => {
  await expect(train('node2vec', { cutOffAfter: 4, everyMs: 1e9 })).rejects.toMatchObject({
    code: 'ABORTED',
  });
  const { saved } = await train('node2vec', { everyMs: 1e9 });
  expect(saved).toHaveLength(3 * PASSES);
  expect((await readdir(folder)).sort()).toEqual(['blend-000006', 'evaluation-000006', 'everything-000006']);
});

describe('a state that is damaged is passed over', () => {
  const newest = () => join(folder, 'blend-000004');
  test.each<[why: string, damage: () => Promise<unknown>]>([
    ['a byte of a matrix', () => flip('vectors.npy', 200)],
    ['a byte of the header', () => flip('contexts.npy', 3)],
    ['a byte of the counts', () => flip('visits.u32', 1)],
    ['a byte of state.json', () => flip('state.json', 20)],
    ['a file cut short', () => truncate(join(newest(), 'contexts.npy'), 100)],
    [
      'a file that is missing',
      async () => (await import('node:fs/promises')).rm(join(newest(), 'visits.u32')),
    ],
  ])('%s: an older one is taken', async (_why, damage) => {
    const whole = await train('node2vec');
    await removeAll();
    await expect(train('node2vec', { cutOffAfter: 2 })).rejects.toMatchObject({ code: 'ABORTED' });
    const older = join(folder, 'blend-000002');
    const files = await readdir(older);
    const kept = join(folder, '..', 'kept');
    await mkdir(kept);
    for (const file of files) await copyFile(join(older, file), join(kept, file));
    await expect(train('node2vec', { cutOffAfter: 2 })).rejects.toMatchObject({ code: 'ABORTED' });
    await mkdir(older);
    for (const file of files) await copyFile(join(kept, file), join(older, file));
    await damage();
    const rest = await train('node2vec');
    expect(rest.saved[0]).toBe('blend 3');
    expect(rest.sums).toEqual(whole.sums);
  });

  async function flip(file: string, at: number): Promise<void> {
    const path = join(newest(), file);
    const bytes = await readFile(path);
    bytes[at] = bytes[at]! ^ 1;
    await writeFile(path, bytes);
  }
});
