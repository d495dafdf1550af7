/** The public functions of a data directory, from files to neighbours, over what src/index.ts exports. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  asGraphologyView,
  estimate,
  evaluate,
  type ImportSource,
  importFiles,
  openModel,
  openWorkspace,
  type Progress,
  projectGraph,
  readSnapshot,
  rollUp,
  serve,
  train,
  tune,
  type Workspace,
} from '../../src/index.ts';

const RUN = {
  walk: { walkLength: 20, walksPerNode: 60 },
  train: { embeddingDimension: 8, concurrency: 1 },
};

let folder: string;
let workspace: Workspace;
let sources: ImportSource[];

/** Two shelves; customers 0 … 9 buy from the first, 10 … 19 from the second. */
function toCsv(): string {
  const rows = Array.from({ length: 120 }, (_, i) => {
    const customer = i % 20;
    const product = `${customer < 10 ? 'tea' : 'nail'}-${(i + 2 * Math.floor(i / 20)) % 5}`;
    return `${customer},${product},2025-0${1 + Math.floor(i / 20)}-1${i % 9}`;
  });
  return ['who,what,day', ...rows, ',tea-0,2025-01-01'].join('\n');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfwalk-library-'));
  await writeFile(join(folder, 'orders.csv'), toCsv());
  await writeFile(join(folder, 'products.csv'), 'id,name\ntea-0,Green tea\n');
  sources = [
    {
      kind: 'interactions',
      path: join(folder, 'orders.csv'),
      mapping: { customer: 'who', product: 'what', timestamp: 'day' },
    },
    { kind: 'products', path: join(folder, 'products.csv'), mapping: { id: 'id', name: 'name' } },
  ];
  workspace = await openWorkspace(join(folder, 'data'));
});
afterAll(async () => {
  await workspace.close();
  await rm(folder, { recursive: true, force: true });
});

test('a directory belongs to one opener', async () => {
  await expect(openWorkspace(workspace.dataDir)).rejects.toMatchObject({ code: 'CATALOG_IN_USE' });
});

test('a model of an empty directory says that there is none', async () => {
  const model = await openModel(workspace);
  expect(model.info()).toBeUndefined();
  await expect(model.neighbors({ type: 'product', id: 'tea-0' }, { limit: 1 })).rejects.toMatchObject({
    code: 'NO_MODEL',
  });
  await model.close();
  await expect(train(workspace)).rejects.toMatchObject({ code: 'CATALOG_EMPTY' });
});

test('importFiles reports what was taken, can be tried first, and says how far it is', async () => {
  const dry = await importFiles(workspace, sources, { dryRun: true });
  expect(dry.dryRun).toBe(true);
  expect((await workspace.catalog.counts()).interactions).toBe(0);
  const seen: Progress[] = [];
  const report = await importFiles(workspace, sources, { onProgress: (p) => seen.push(p) });
  expect(report.files.map(({ rowsAccepted, rowsRejected }) => [rowsAccepted, rowsRejected])).toEqual([
    [120, 1],
    [1, 0],
  ]);
  expect(report.catalog).toMatchObject({ customers: 20, products: 10, interactions: 120 });
  expect(seen.length).toBeGreaterThan(0);
});

describe('wrong settings are refused by name', () => {
  test.each([
    {
      why: 'a run',
      field: 'run.train.embeddingDimension',
      call: () => train(workspace, { run: { train: { embeddingDimension: 0 } } }),
    },
    { why: 'a name of a setting', field: 'runs', call: () => train(workspace, { runs: {} } as never) },
    { why: 'an alias', field: 'alias', call: () => openModel(workspace, { alias: 'no such/name' }) },
    {
      why: 'an estimate',
      field: 'walk.walkLength',
      call: () => estimate(workspace, { walk: { walkLength: 1 } }),
    },
    {
      why: 'an evaluation',
      field: 'run.evaluate.k',
      call: () => evaluate(workspace, { run: { evaluate: { k: [] } } }),
    },
    {
      why: 'a search space',
      field: 'space.train.windowSize.1',
      call: () => tune(workspace, { space: { 'train.windowSize': [2, 0] } }),
    },
    { why: 'a port', field: 'port', call: () => serve(workspace, { port: -1 }) },
    { why: 'a source', field: 'sources', call: () => importFiles(workspace, []) },
    { why: 'a score', field: 'minScore', call: () => projectGraph(workspace, { minScore: 0 }) },
    {
      why: 'a decay',
      field: 'settings.recency',
      call: () => rollUp(workspace, { settings: { recency: 2 } }),
    },
    {
      why: 'weights',
      field: 'otherTypes',
      call: () => readSnapshot(workspace, { graph: { otherTypes: -1 } }),
    },
  ])('$why', async ({ field, call }) => {
    await expect(call()).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: { field } });
  });
});

test('everything long can be stopped', async () => {
  const signal = AbortSignal.abort();
  const aborted = { code: 'ABORTED' };
  await expect(train(workspace, { run: RUN, signal })).rejects.toMatchObject(aborted);
  await expect(evaluate(workspace, { run: RUN, signal })).rejects.toMatchObject(aborted);
  await expect(tune(workspace, { run: RUN, signal })).rejects.toMatchObject(aborted);
  await expect(importFiles(workspace, sources, { again: true, signal })).rejects.toMatchObject(aborted);
  await expect(readSnapshot(workspace, { signal })).rejects.toMatchObject(aborted);
  await expect(projectGraph(workspace, { minScore: 0.1, signal })).rejects.toMatchObject(aborted);
  await expect(serve(workspace, { port: 0 }, { signal })).rejects.toMatchObject(aborted);
  expect((await workspace.catalog.counts()).interactions).toBe(120);
  expect(await workspace.versions.list()).toEqual([]);
});

test('train publishes, openModel answers, reload follows the alias', async () => {
  const model = await openModel(workspace);
  const { nodeCount } = await estimate(workspace, RUN);
  const stages = new Set<string>();
  const first = await train(workspace, {
    run: RUN,
    evaluate: false,
    onProgress: ({ stage }) => stages.add(stage),
  });
  expect(first.training.nodeCount).toBe(nodeCount);
  expect(stages).toContain('walk + train');
  expect(await model.reload()).toEqual({ changed: true });
  const { results } = await model.neighbors({ type: 'product', id: 'tea-1' }, { limit: 4 });
  expect(results.map(({ id }) => id).sort()).toEqual(['tea-0', 'tea-2', 'tea-3', 'tea-4']);
  const second = await train(workspace, { run: RUN, evaluate: false, alias: 'next' });
  expect(second.alias).toBe('next');
  expect(await model.reload()).toEqual({ changed: false });
  await model.close();
});

test('a customer nobody has seen is placed among those who take the same, over the real catalog', async () => {
  const model = await openModel(workspace);
  for (const [taken, shelf] of [
    ['tea-2', 'tea'],
    ['nail-3', 'nail'],
  ] as const) {
    const inferred = await model.infer({ type: 'customer', edges: [{ type: 'product', id: taken }] });
    expect(inferred).toMatchObject({
      coldStart: true,
      basis: { interactions: 1, attributes: 0 },
      missing: [],
    });
    const { vector, model: ref } = inferred;
    const near = await model.query({ vector, spaceId: ref.spaceId, targetType: 'product', limit: 5 });
    expect(near.results.every(({ id }) => id.startsWith(shelf))).toBe(true);
  }
  await model.close();
});

test('tune searches, and its settings are those of a training', async () => {
  const space = { 'train.windowSize': [2] };
  const { settings, verdict, trials } = await tune(workspace, {
    run: RUN,
    space,
    protocol: 'all',
    trials: 2,
  });
  expect(trials.map(({ changed }) => changed)).toEqual([{}, { 'train.windowSize': 2 }]);
  expect(verdict).toBe('keep');
  expect(settings).toEqual(RUN);
});

test('rollUp publishes means of what was trained, beside it', async () => {
  const stopped = rollUp(workspace, { alias: 'stopped', signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  expect(Object.keys(await workspace.versions.aliases())).not.toContain('stopped');
  const made = await rollUp(workspace, { settings: { customers: 'products' } });
  expect(made).toMatchObject({
    alias: 'rollup',
    of: { alias: 'prod' },
    nodes: { customer: { averaged: 20 } },
  });
  const load = async (alias: string) => workspace.versions.load(await workspace.versions.resolve(alias));
  const [trained, means] = [await load('prod'), await load('rollup')];
  const { ids } = trained.nodes;
  const own = await workspace.catalog.history('0');
  const rows = own.map(({ productId }) => trained.vectors.row(ids.indexOf(productId, 20))); // products come after 20 customers
  const mean = Array.from(rows[0]!, (_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
  Array.from(means.vectors.row(means.nodes.ids.indexOf('0')), (x, i) => expect(x).toBeCloseTo(mean[i]!, 5));
});

test('projectGraph makes edges that the next snapshot has', async () => {
  const before = (await readSnapshot(workspace)).snapshot;
  const seen: Progress[] = [];
  const report = await projectGraph(workspace, { minScore: 0.1, onProgress: (p) => seen.push(p) });
  // Five products of a shelf, bought by the same ten customers: some pairs in each, none across.
  expect(report).toMatchObject({ target: { name: 'co-occurrence' }, units: 20, products: 10, nodes: 10 });
  expect(seen.at(-1)).toMatchObject({ done: 2, total: 2 });
  const after = (await readSnapshot(workspace)).snapshot;
  expect(after.arcCount).toBe(before.arcCount + 2 * report.edges);
  const file = join(folder, 'items.csv');
  expect(await projectGraph(workspace, { minScore: 0.1, out: file })).toMatchObject({
    target: { file },
    edges: report.edges,
  });
});

test('readSnapshot: the graph that is trained on, with names, for graphology', async () => {
  const { snapshot, names } = await readSnapshot(workspace);
  const view = asGraphologyView(snapshot, { names });
  expect(view.order).toBe(30);
  expect(view.getNodeAttributes('product:tea-0')).toEqual({
    type: 'product',
    id: 'tea-0',
    name: 'Green tea',
  });
  expect(view.neighbors('customer:0').every((key) => key.startsWith('product:tea-'))).toBe(true);
  const plain = await readSnapshot(workspace, { graph: { damping: 'none' } });
  expect(plain.snapshot.arcCount).toBe(snapshot.arcCount);
});

test('serve answers, and stops when its signal says so', async () => {
  const controller = new AbortController();
  const server = await serve(workspace, { port: 0, logLevel: 'silent' }, { signal: controller.signal });
  const reply = await fetch(`${server.url}/v1/products/tea-1/neighbors?limit=2`);
  expect(reply.status).toBe(200);
  expect(((await reply.json()) as { results: unknown[] }).results).toHaveLength(2);
  controller.abort();
  await server.closed;
  await expect(fetch(server.url)).rejects.toThrow();
});

test('item2vec: vectors of products from sentences, and what was left out of them', async () => {
  const sentences = { of: 'customer', minCount: 2, iterations: 40 } as const;
  const settings = { ...RUN.train, algorithm: 'item2vec' } as const;
  const stages = new Set<string>();
  const onProgress = ({ stage }: Progress): void => void stages.add(stage);
  const run = { sentences, train: settings };
  const { corpus } = await train(workspace, { run, alias: 'sets', evaluate: false, onProgress });
  expect(corpus).toMatchObject({ sentences: 20, rareProducts: 0, firstRare: [] });
  expect([...stages]).toEqual(expect.arrayContaining(['read sentences', 'train', 'roll up customers']));
  const model = await openModel(workspace, { alias: 'sets' });
  const { results } = await model.neighbors({ type: 'product', id: 'tea-0' }, { limit: 4 });
  expect(results.map(({ id }) => id).sort()).toEqual(['tea-1', 'tea-2', 'tea-3', 'tea-4']);
  await model.close();
});
