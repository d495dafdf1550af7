/**
 * A roll-up from end to end over a real workspace: what is published, that each score belongs to its
 * label, who has a vector and who is told why not.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NodeType } from '../../src/base/ids.ts';
import { toNorm } from '../../src/base/matrix.ts';
import { runConfigSchema } from '../../src/pipeline/config.ts';
import { createLiveModel } from '../../src/pipeline/live-model.ts';
import type { LiveModel } from '../../src/pipeline/live-types.ts';
import { type RollUpSettings, rollUpSettingsSchema } from '../../src/pipeline/rollup-settings.ts';
import { type RollUpResult, rollUpVersion } from '../../src/pipeline/rollup-version.ts';
import { serverConfigSchema } from '../../src/pipeline/server-config.ts';
import { trainVersion } from '../../src/pipeline/train-version.ts';
import { openWorkspace, type Workspace } from '../../src/pipeline/workspace.ts';
import { startServer } from '../../src/serve/server.ts';
import { silent } from '../serve/fakes.ts';
import { ask } from '../serve/rig.ts';

let dir: string;
let workspace: Workspace;
let live: LiveModel;

const importRows = async (name: string, text: string, kind: 'interactions' | 'products' | 'customers') => {
  const path = join(dir, name);
  await writeFile(path, text);
  const columns = {
    interactions: { customer: 'customer', product: 'product', timestamp: 'ts', basket: 'basket' },
    products: {
      id: 'id',
      attributes: ['brand', 'size'].map((column) => ({ kind: column, column })),
    },
    customers: { id: 'id', attributes: [{ kind: 'town', column: 'town' }] },
  } as const;
  const source = { kind, path, mapping: columns[kind] } as Parameters<
    typeof workspace.catalog.importFiles
  >[0][number];
  await workspace.catalog.importFiles([source], {}, {});
};

/** Customers 0–9, three products a day in one basket; what comes after the training is imported after it. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-rollup-'));
  workspace = await openWorkspace(dir);
  const bought = Array.from({ length: 6 }, (_, day) =>
    Array.from({ length: 10 }, (_, c) =>
      [0, 1, 2].map((i) => `${c},p${(c * 3 + day + i * 5) % 14},2024-01-0${day + 1},b${c}-${day}\n`).join(''),
    ).join(''),
  ).join('');
  await importRows('bought.csv', `customer,product,ts,basket\n${bought}`, 'interactions');
  const products = Array.from({ length: 14 }, (_, p) => `p${p},${p % 2 ? 'acme' : 'zeta'},s${p % 3}\n`).join(
    '',
  );
  await importRows('products.csv', `id,brand,size\n${products}`, 'products');
  await importRows('customers.csv', 'id,town\n0,Oslo\n1,Oslo\n2,Rome\nwindow-shopper,Rome\n', 'customers');
  const run = runConfigSchema.parse({
    walk: { walksPerNode: 4, walkLength: 10 },
    train: { embeddingDimension: 8, concurrency: 1 },
  });
  await trainVersion(workspace, { run, alias: 'prod', evaluate: false }, {});
  await importRows(
    'later.csv',
    'customer,product,ts,basket\nnew,p1,2024-02-01,n1\nnew,p2,2024-02-02,n2\nodd,cold,2024-02-01,o1\n',
    'interactions',
  );
  await importRows('cold.csv', 'id,brand,size\ncold,acme,\nbare,,\n', 'products');
  live = await createLiveModel(workspace, { alias: 'prod', log: silent });
});
afterAll(async () => {
  await live.close();
  await workspace.close();
  await rm(dir, { recursive: true, force: true });
});

async function rollUp(
  alias: string,
  settings: Partial<RollUpSettings> = {},
  of = 'prod',
): Promise<RollUpResult> {
  return rollUpVersion(workspace, { of, alias, settings: rollUpSettingsSchema.parse(settings) }, {});
}

const vectorOf = async (type: NodeType, id: string, model?: string): Promise<number[]> =>
  (await live.embedding({ type, id }, { model })).vector;
const contextOf = async (type: NodeType, id: string, model?: string): Promise<number[]> =>
  (await live.embedding({ type, id }, { model })).context!;
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const meanOf = (vectors: readonly (readonly number[])[], weights = vectors.map(() => 1)) =>
  vectors[0]!.map(
    (_, d) => vectors.reduce((s, v, i) => s + v[d]! * weights[i]!, 0) / weights.reduce((a, b) => a + b),
  );

/** Values below 1, rounded to f32 once more than the other side. */
function expectSame(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [d, x] of found.entries()) expect(Math.abs(x - expected[d]!)).toBeLessThan(1e-6);
}

describe('a roll-up', () => {
  test('is a version of its own: same space, its parent named, what was averaged from how many in the report', async () => {
    const result = await rollUp('rollup', { recency: 0.6 });
    const parent = await workspace.versions.manifest(await workspace.versions.resolve('prod'));
    const manifest = await workspace.versions.manifest(await workspace.versions.resolve('rollup'));
    expect(manifest).toMatchObject({
      id: result.version,
      spaceId: parent.spaceId,
      parent: parent.id,
      configuration: {
        algorithm: 'rollup',
        of: { alias: 'prod', version: parent.id },
        customers: 'baskets',
        recency: 0.6,
      },
    });
    expect((await workspace.versions.report(result.version))['rollUp']).toEqual(
      JSON.parse(JSON.stringify({ of: result.of, settings: result.settings, nodes: result.nodes })),
    );
    expect(result.nodes).toEqual({
      customer: {
        rows: 13,
        withVector: 11,
        kept: 0,
        averaged: 11,
        sources: 10 * 6 * 3 + 2,
        leftOut: {
          'no interactions when this roll-up was made': 1, // window-shopper
          [`none of its products had a vector in version ${parent.id}, which this roll-up was made from`]: 1, // odd
        },
      },
      product: {
        rows: 16,
        withVector: 14,
        kept: 14,
        averaged: 0,
        sources: 0,
        leftOut: { [`no vector in version ${parent.id}, from which this roll-up has it unchanged`]: 2 },
      },
      attribute: { rows: 7, withVector: 7, kept: 0, averaged: 7, sources: 14 * 2 + 3, leftOut: {} },
    });
  });

  test('customers: baskets averaged, then the customer, the youngest weighing most; both matrices', async () => {
    const weights = [5, 4, 3, 2, 1, 0].map((age) => 0.6 ** age);
    for (const read of [vectorOf, contextOf]) {
      const baskets = await Promise.all(
        [0, 1, 2, 3, 4, 5].map(async (day) =>
          meanOf(await Promise.all([0, 5, 10].map((i) => read('product', `p${(9 + day + i) % 14}`)))),
        ),
      );
      expectSame(await read('customer', '3', 'rollup'), meanOf(baskets, weights));
    }
  });

  test('a customer who came after the training has a vector, and one whom the parent knew by traits only has none', async () => {
    const [p1, p2] = [await vectorOf('product', 'p1'), await vectorOf('product', 'p2')];
    expectSame(await vectorOf('customer', 'new', 'rollup'), meanOf([p1, p2], [0.6, 1]));
    expect(await live.embeddingState({ type: 'customer', id: 'new' })).toMatchObject({ coldStart: true }); // the parent's: folded in
    const ask = (id: string) => live.neighbors({ type: 'customer', id }, { limit: 3, model: 'rollup' });
    await expect(
      live.neighbors({ type: 'customer', id: 'window-shopper' }, { limit: 1 }),
    ).resolves.toBeDefined();
    await expect(ask('window-shopper')).rejects.toMatchObject({
      code: 'NODE_NOT_EMBEDDED',
      details: { reason: 'no interactions when this roll-up was made' },
    });
    await expect(ask('odd')).rejects.toMatchObject({
      details: { reason: expect.stringMatching(/^none of its products had a vector in version /) },
    });
  });

  test('attributes are the mean of whatever carries them: products, and customers for traits', async () => {
    const carriers = (ids: string[], type: NodeType) =>
      Promise.all(ids.map((id) => vectorOf(type, id, 'rollup')));
    const acme = [1, 3, 5, 7, 9, 11, 13].map((p) => `p${p}`);
    expectSame(await vectorOf('attribute', 'brand/acme', 'rollup'), meanOf(await carriers(acme, 'product')));
    expectSame(
      await vectorOf('attribute', 'town/Oslo', 'rollup'),
      meanOf(await carriers(['0', '1'], 'customer')),
    );
    expectSame(await vectorOf('attribute', 'town/Rome', 'rollup'), meanOf(await carriers(['2'], 'customer')));
  });

  test.each<[NodeType, string]>([
    ['attribute', 'brand/acme'],
    ['attribute', 'size/s1'],
    ['customer', '3'],
    ['product', 'p4'],
  ])('every score belongs to its label: %s %s', async (type, id) => {
    const query = await vectorOf(type, id, 'rollup');
    for (const targetType of ['attribute', 'product', 'customer'] as const) {
      const { results } = await live.neighbors({ type, id }, { limit: 1000, targetType, model: 'rollup' });
      expect(results.length).toBeGreaterThan(5);
      // Distance 0 belongs to the query: it is not among the results, and nobody has its score.
      if (type === targetType) expect(results.map((r) => r.id)).not.toContain(id);
      for (const hit of results) {
        const vector = await vectorOf(targetType, hit.id, 'rollup');
        expect(hit.score).toBeCloseTo(dot(query, vector) / toNorm(query) / toNorm(vector), 5);
      }
    }
  });

  test('by products with recency is the vector that recommendations are made with', async () => {
    await rollUp('as-served', { customers: 'products', recency: 0.6 });
    for (const id of ['0', '7', 'new']) {
      const query = await vectorOf('customer', id, 'as-served');
      const { results } = await live.recommend(id, { limit: 5, exclude: 'none' });
      for (const hit of results) {
        expect(hit.score).toBeCloseTo(dot(query, await contextOf('product', hit.id)), 5);
      }
    }
  });
});

describe('products by their attributes', () => {
  test('a cold product has the vector of what it is, and customers follow', async () => {
    const { nodes } = await rollUp('tokens', { products: 'attributes' });
    expectSame(await vectorOf('product', 'cold', 'tokens'), await vectorOf('attribute', 'brand/acme'));
    const [zeta, size] = [await vectorOf('attribute', 'brand/zeta'), await vectorOf('attribute', 'size/s1')];
    expectSame(await vectorOf('product', 'p4', 'tokens'), meanOf([zeta, size]));
    expectSame(
      await contextOf('product', 'p4', 'tokens'),
      meanOf([await contextOf('attribute', 'brand/zeta'), await contextOf('attribute', 'size/s1')]),
    );
    expectSame(await vectorOf('customer', 'odd', 'tokens'), await vectorOf('product', 'cold', 'tokens'));
    expect(nodes.product.leftOut).toEqual({ 'no attributes when this roll-up was made': 1 }); // bare
    expect(nodes.attribute).toMatchObject({ kept: 7, averaged: 0 });
  });

  test('only where there is no vector: the others stay as they are', async () => {
    const { nodes } = await rollUp('cold', { products: 'cold', kinds: ['brand'] });
    expectSame(await vectorOf('product', 'cold', 'cold'), await vectorOf('attribute', 'brand/acme'));
    expectSame(await vectorOf('product', 'p4', 'cold'), await vectorOf('product', 'p4'));
    expectSame(await vectorOf('customer', 'odd', 'cold'), await vectorOf('product', 'cold', 'cold'));
    expect(nodes.product).toMatchObject({ rows: 16, withVector: 15, kept: 14, averaged: 1, sources: 1 });
    const { results } = await live.neighbors({ type: 'product', id: 'cold' }, { limit: 1000, model: 'cold' });
    expect(results).toHaveLength(14);
  });

  test('of some kinds only', async () => {
    const { nodes } = await rollUp('tokens', { products: 'attributes', kinds: ['size'] });
    expectSame(await vectorOfReloaded('p4'), await vectorOf('attribute', 'size/s1'));
    expect(nodes.product).toMatchObject({
      withVector: 14,
      leftOut: { 'no attributes of kind size when this roll-up was made': 2 },
    });
  });

  test('of a model without attribute nodes there is nothing to average; of its roll-up there is', async () => {
    const run = runConfigSchema.parse({
      graph: { attributes: false },
      walk: { walksPerNode: 2, walkLength: 10, typePolicy: {} },
      train: { embeddingDimension: 8, concurrency: 1 },
    });
    await trainVersion(workspace, { run, alias: 'bare', evaluate: false }, {});
    await expect(rollUp('bare-tokens', { products: 'attributes' }, 'bare')).rejects.toMatchObject({
      code: 'REQUEST_UNPROCESSABLE',
      details: {
        found: 'no product would have a vector',
        hint: expect.stringContaining('make that one first'),
      },
    });
    await rollUp('bare-rollup', {}, 'bare');
    const { nodes } = await rollUp('bare-tokens', { products: 'attributes' }, 'bare-rollup');
    expect(nodes.product.withVector).toBe(15);
  });
});

/** The alias has moved under the live model, which has to be told. */
async function vectorOfReloaded(id: string): Promise<number[]> {
  await live.reload();
  return vectorOf('product', id, 'tokens');
}

test('customers = vectors keeps them, and rolls up attributes alone', async () => {
  const { nodes } = await rollUp('kept', { customers: 'vectors' });
  expectSame(await vectorOf('customer', '3', 'kept'), await vectorOf('customer', '3'));
  expect(nodes.customer).toMatchObject({ kept: 11, averaged: 0 });
  const rome = await Promise.all(['2', 'window-shopper'].map((id) => vectorOf('customer', id)));
  expectSame(await vectorOf('attribute', 'town/Rome', 'kept'), meanOf(rome));
});

test.each([
  [{ of: 'prod', alias: 'prod' }, {}, 'REQUEST_UNPROCESSABLE', { field: 'alias' }],
  [{ of: 'nope', alias: 'x' }, {}, 'ALIAS_UNKNOWN', { alias: 'nope' }],
  [
    { of: 'prod', alias: 'x' },
    { products: 'attributes', kinds: ['colour'] },
    'REQUEST_UNPROCESSABLE',
    { field: 'kinds', found: 'colour', expected: 'brand | size | town' },
  ],
] as const)('%j %j is refused, and nothing is published', async (names, settings, code, details) => {
  const before = await workspace.versions.list();
  const request = { ...names, settings: rollUpSettingsSchema.parse(settings) };
  await expect(rollUpVersion(workspace, request, {})).rejects.toMatchObject({ code, details });
  expect(await workspace.versions.list()).toEqual(before);
});

test.each([
  [{ kinds: ['size'] }, 'kinds'],
  [{ customers: 'vectors', recency: 0.5 }, 'recency'],
  [{ customers: 'vectors', weights: 'events' }, 'weights'],
  [{ recency: 0 }, 'recency'],
  [{ recency: 1.5 }, 'recency'],
])('settings that contradict each other are refused: %j', (settings, field) => {
  const { error } = rollUpSettingsSchema.safeParse(settings);
  expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([field]);
});

test('a signal that fires stops it, and nothing is published', async () => {
  const before = await workspace.versions.list();
  const controller = new AbortController();
  const settings = rollUpSettingsSchema.parse({});
  const context = { signal: controller.signal, onProgress: () => controller.abort() };
  await expect(rollUpVersion(workspace, { of: 'prod', alias: 'x', settings }, context)).rejects.toMatchObject(
    { code: 'ABORTED' },
  );
  expect(await workspace.versions.list()).toEqual(before);
});

test('over HTTP the alias answers at once, and prod beside it', async () => {
  const server = await startServer({
    workspace,
    operations: [],
    config: serverConfigSchema.parse({ port: 0 }),
    log: silent,
  });
  try {
    const [rolled, own] = await Promise.all(
      ['?model=rollup', ''].map((query) => ask(server.url, `/v1/customers/1/neighbors${query}`)),
    );
    expect(rolled!.json.model).toMatchObject({ alias: 'rollup', spaceId: own!.json.model.spaceId });
    expect(rolled!.json.model.version).not.toBe(own!.json.model.version);
    expect(rolled!.json.results).toHaveLength(10);
    const late = await ask(server.url, '/v1/customers/new?model=rollup');
    expect(late.json).toMatchObject({ embedded: true, model: { alias: 'rollup' } });
  } finally {
    await server.close();
  }
});
