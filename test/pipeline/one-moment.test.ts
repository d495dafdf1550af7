/**
 * The catalog is written to while it is trained on, evaluated, rolled up or looked at: each of them must
 * find what it would have found had nobody written. The writes put ids before all others, so that a
 * position of one commit stands for another node in the next.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKernelMemory } from '../../src/kernel/memory.ts';
import { type RunConfigInput, runConfigSchema } from '../../src/pipeline/config.ts';
import { evaluateRun } from '../../src/pipeline/evaluate-run.ts';
import { graphLintOperation, graphStatsOperation } from '../../src/pipeline/operations/graph.operation.ts';
import { loadParent } from '../../src/pipeline/parent-model.ts';
import { readSnapshot } from '../../src/pipeline/read-snapshot.ts';
import { refreshConfigSchema } from '../../src/pipeline/refresh-config.ts';
import type { ComparableParent } from '../../src/pipeline/refresh-graph.ts';
import { gateLocally } from '../../src/pipeline/refresh-local.ts';
import { rollUpSettingsSchema } from '../../src/pipeline/rollup-settings.ts';
import { rollUpVersion } from '../../src/pipeline/rollup-version.ts';
import { trainVersion } from '../../src/pipeline/train-version.ts';
import { openWorkspace, type Workspace } from '../../src/pipeline/workspace.ts';
import { meddleWith } from '../catalog/meddling-catalog.ts';

const MAPPING = { customer: 'customer', product: 'product', timestamp: 'ts', basket: 'basket' };

let dir: string;
let workspace: Workspace;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-moment-'));
  workspace = await openWorkspace(dir);
  await importDays(1, 8);
  const path = join(dir, 'products.csv');
  const rows = Array.from({ length: 16 }, (_, p) => `p${p},Product ${p},${p % 2 ? 'odd' : 'even'}\n`);
  await writeFile(path, `id,name,parity\n${rows.join('')}`);
  const mapping = { id: 'id', name: 'name', attributes: [{ kind: 'parity', column: 'parity' }] };
  await workspace.catalog.importFiles([{ kind: 'products', path, mapping }], {}, {});
});
afterEach(async () => {
  await workspace.close();
  await rm(dir, { recursive: true, force: true });
});

/** Two tastes, a basket a day and customer. */
async function importDays(first: number, last: number): Promise<void> {
  const rows = ['customer,product,ts,basket'];
  for (let day = first; day <= last; day++) {
    const date = `2024-01-${String(day).padStart(2, '0')}`;
    for (let c = 0; c < 12; c++)
      for (let i = 0; i < 3; i++)
        rows.push(`c${c},p${(c % 2) + 2 * ((c + day + i) % 8)},${date},b${c}-${day}`);
  }
  const path = join(dir, `days-${first}.csv`);
  await writeFile(path, `${rows.join('\n')}\n`);
  await workspace.catalog.importFiles([{ kind: 'interactions', path, mapping: MAPPING }], {}, {});
}

/** Writes that are enough to move everything, before the second read and some after it. */
function meddled(): { readonly workspace: Workspace; readonly writes: () => number } {
  let writes = 0;
  const catalog = meddleWith(workspace.catalog, async (n) => {
    if (n === 0 || n > 6) return;
    const id = `!${9999 - n}`;
    const path = join(dir, `${id}.csv`);
    await writeFile(path, `customer,product,ts,basket\n${id},${id},2024-03-01,x\nc0,${id},2024-03-02,y\n`);
    await workspace.catalog.importFiles([{ kind: 'interactions', path, mapping: MAPPING }], {}, {});
    writes++;
  });
  return { workspace: { ...workspace, catalog }, writes: () => writes };
}

/** @returns what `work` gives on the catalog at rest, and what it gives on the same one while it is written to */
async function both<T>(work: (workspace: Workspace) => Promise<T>): Promise<{ quiet: T; busy: T }> {
  const quiet = await work(workspace);
  const { workspace: written, writes } = meddled();
  const busy = await work(written);
  expect(writes()).toBeGreaterThan(2);
  return { quiet, busy };
}

const NODE2VEC: RunConfigInput = { walk: { walksPerNode: 2, walkLength: 10 } };
const ITEM2VEC: RunConfigInput = {
  train: { algorithm: 'item2vec' },
  sentences: { minCount: 3, iterations: 2 },
};

const toRun = (input = NODE2VEC) =>
  runConfigSchema.parse({ ...input, train: { embeddingDimension: 8, concurrency: 1, ...input.train } });

/** Everything of a version but its name and how long things took. */
async function load({ versions }: Workspace, id: string) {
  const { manifest, nodes, vectors, contexts } = await versions.load(id);
  const { trainedUntil, configuration } = manifest;
  const rows = (matrix = vectors) => nodes.ids.map((_, row) => Array.from(matrix.row(row)));
  return { trainedUntil, configuration, nodes, vectors: rows(), contexts: rows(contexts) };
}

describe('written to all the while', () => {
  test.each<RunConfigInput>([{ ...NODE2VEC, graph: { halfLifeDays: 3 } }, ITEM2VEC])(
    'a training gives the version of before: %j',
    async (input) => {
      const { quiet, busy } = await both(async (on) => {
        const { version } = await trainVersion(on, { run: toRun(input), alias: 'prod', evaluate: false }, {});
        return load(on, version);
      });
      expect(quiet.nodes.names).toContain('Product 3');
      expect(quiet.trainedUntil).toBe('2024-01-08T00:00:00.000Z');
      expect(busy).toEqual(quiet);
    },
  );

  test.each<RunConfigInput>([NODE2VEC, ITEM2VEC])(
    'an evaluation measures what it would have measured: %j',
    async (input) => {
      const run = toRun(input);
      const { quiet, busy } = await both(async ({ catalog }) => {
        const memory = createKernelMemory(run.train.maxMemoryMiB * 2 ** 20);
        const { split, protocols } = await evaluateRun(catalog, run, { memory, context: {} });
        return { split, protocols: JSON.parse(JSON.stringify(protocols, dropTimes)) as object };
      });
      expect(quiet.split).toMatchObject({ protocol: 'time' });
      expect(busy).toEqual(quiet);
    },
  );

  test('a roll-up has the rows of before', async () => {
    await trainVersion(workspace, { run: toRun(), alias: 'prod', evaluate: false }, {});
    const { quiet, busy } = await both(async (on) => {
      const settings = rollUpSettingsSchema.parse({});
      const { version, nodes } = await rollUpVersion(on, { of: 'prod', alias: 'means', settings }, {});
      return { nodes, made: await load(on, version) };
    });
    expect(quiet.nodes.customer.averaged).toBe(12);
    const strip = ({ nodes, made: { configuration: _, ...made } }: typeof quiet) => ({ nodes, made });
    expect(strip(busy)).toEqual(strip(quiet));
  });

  test('a refresh compares and measures what it would have', async () => {
    const { version } = await trainVersion(workspace, { run: toRun(), alias: 'prod', evaluate: false }, {});
    await importDays(9, 12);
    const parent = (await loadParent(workspace.versions, version)) as ComparableParent;
    const { quiet, busy } = await both(async ({ catalog }) => {
      const memory = createKernelMemory(parent.run.train.maxMemoryMiB * 2 ** 20);
      const settings = refreshConfigSchema.parse({});
      return gateLocally(catalog, parent, Date.UTC(2024, 0, 8), { memory, context: {}, settings });
    });
    expect(quiet).toHaveProperty('recall');
    expect(busy).toEqual(quiet);
  });

  test('graph stats, graph lint and a snapshot with names are of one graph', async () => {
    const input = { graph: toRun().graph, walk: toRun().walk };
    const looks = [
      (on: Workspace) => graphStatsOperation.run(on, input, {}),
      (on: Workspace) => graphLintOperation.run(on, input, {}),
      (on: Workspace) => readSnapshot(on),
    ];
    for (const look of looks) {
      const { quiet, busy } = await both<unknown>(look);
      expect(busy).toEqual(quiet);
    }
  });
});

const dropTimes = (key: string, value: unknown): unknown =>
  /[Mm]s$|[Mm]illis$/.test(key) ? undefined : value;
