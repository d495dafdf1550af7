/** Vectors for nodes that the served version does not know: what is asked of the fold-in, and what is said. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type ErrorCode, ShelfwalkError } from '../../src/base/errors.ts';
import type { NODE_TYPES } from '../../src/base/ids.ts';
import { createLiveModel } from '../../src/pipeline/live-model.ts';
import type { LiveModel } from '../../src/pipeline/live-types.ts';
import { prepareFoldIn } from '../../src/refresh/fold-in.ts';
import { type FakeShop, fakeIndexes, fakeShop, fakeVersion, IDS, silent } from '../serve/fakes.ts';

let shop: FakeShop;
let live: LiveModel;
const serve = (): Promise<LiveModel> =>
  createLiveModel(shop.workspace, { alias: 'prod', log: silent, createIndex: fakeIndexes().createIndex });
beforeEach(async () => {
  shop = await fakeShop();
  live = await serve();
});

const product = (id: string, weight?: number) => ({ type: 'product' as const, id, weight });
const aisle = { kind: 'aisle', value: '24' };
const refused = (code: ErrorCode, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

/** The fold-in over the fake's own edges, laid out by hand. */
async function foldByHand() {
  const { vectors, contexts, nodes } = fakeVersion('v1');
  const { customer, product: products, attribute } = IDS;
  const [firstProduct, firstAttribute] = [customer.length, customer.length + products.length];
  const pairs: [number, number][] = [];
  for (const i of customer.keys()) {
    for (const step of [0, 1, 2]) pairs.push([i, firstProduct + ((i + step) % products.length)]);
    pairs.push([i, firstAttribute + (i % attribute.length)]);
  }
  for (const i of products.keys()) pairs.push([firstProduct + i, firstAttribute + (i % attribute.length)]);
  const rows = Array.from({ length: nodes.count }, (_, v) =>
    pairs.flatMap(([a, b]) => (a === v ? [b] : b === v ? [a] : [])).sort((a, b) => a - b),
  );
  const targets = Uint32Array.from(rows.flat());
  const offsets = Uint32Array.from([0, ...rows.map((_, v) => rows.slice(0, v + 1).flat().length)]);
  const graph = { offsets, targets, weights: new Float32Array(targets.length).fill(1), ranges: nodes.ranges };
  return prepareFoldIn({ vectors, contexts: contexts!, graph });
}
const rowOf = (type: (typeof NODE_TYPES)[number], id: string): number =>
  fakeVersion('v1').nodes.ranges.find((r) => r.type === type)!.start + IDS[type].indexOf(id);

test('both vectors are those of the fold-in over the edges of the catalog', async () => {
  const reply = await live.infer({
    type: 'customer',
    edges: [product('lamp', 2), product('..')],
    attributes: [aisle],
  });
  const expected = (await foldByHand()).fold('customer', [
    { row: rowOf('product', 'lamp'), weight: 2 },
    { row: rowOf('product', '..'), weight: 1 },
    { row: rowOf('attribute', 'aisle/24'), weight: 1 },
  ])!;
  expect(Float32Array.from(reply.vector)).toEqual(expected.vector);
  expect(Float32Array.from(reply.context)).toEqual(expected.context);
  expect(reply).toMatchObject({
    type: 'customer',
    dimension: 8,
    coldStart: true,
    basis: { interactions: 2, attributes: 1 },
    missing: [],
    model: { alias: 'prod', version: 'v1', spaceId: 's1' },
  });
});

test('the vector can be asked with as it is', async () => {
  const { vector, model } = await live.infer({ type: 'product', attributes: [aisle] });
  const { results } = await live.query({
    vector,
    spaceId: model.spaceId,
    targetType: 'product',
    limit: 3,
  });
  expect(results).toHaveLength(3);
});

test('an edge named twice is one of both weights', async () => {
  const twice = await live.infer({ type: 'customer', edges: [product('lamp', 1), product('lamp', 2)] });
  const once = await live.infer({ type: 'customer', edges: [product('lamp', 3)] });
  expect(twice.vector).toEqual(once.vector);
  expect(twice.basis).toEqual({ interactions: 1, attributes: 0 });
});

describe('an edge that tells nothing', () => {
  test('is named with the reason, and not counted', async () => {
    const { basis, missing } = await live.infer({
      type: 'customer',
      edges: [product('lamp'), product('late'), product('lonely'), { type: 'customer', id: 'ada' }],
      attributes: [{ kind: 'shoe', value: 'size/42' }],
    });
    expect(basis).toEqual({ interactions: 1, attributes: 0 });
    expect(missing).toEqual([
      { ...product('late'), reason: 'version v1 does not know it' },
      {
        ...product('lonely'),
        reason: 'no interactions, no attributes and no other edges when version v1 was trained',
      },
      {
        type: 'customer',
        id: 'ada',
        reason: 'no trained customer has an edge to a customer, so nothing says what one means',
      },
      { type: 'attribute', id: 'shoe/size/42', reason: 'version v1 does not know it' },
    ]);
  });

  test('if all are like that, the request is refused and each is named', async () => {
    const missing = [{ type: 'product', id: 'late', reason: 'version v1 does not know it' }];
    await expect(live.infer({ type: 'customer', edges: [product('late')] })).rejects.toEqual(
      refused('FOLD_IN_IMPOSSIBLE', { type: 'customer', version: 'v1', missing }),
    );
  });
});

test('a version without contexts is refused', async () => {
  shop.workspace.versions.load = async () => ({ ...fakeVersion('v1'), contexts: undefined });
  const bare = await serve();
  await expect(bare.infer({ type: 'product', attributes: [aisle] })).rejects.toEqual(
    refused('CONTEXTS_MISSING', { version: 'v1' }),
  );
});

test('a version is prepared once, and again after it failed', async () => {
  let reads = 0;
  const { attributeEdges } = shop.workspace.catalog;
  const failing = async function* (): AsyncGenerator<never> {
    reads++;
    yield* [];
    throw new ShelfwalkError('INTERNAL');
  };
  Object.assign(shop.workspace.catalog, { attributeEdges: failing });
  const first = await serve();
  await expect(first.infer({ type: 'product', attributes: [aisle] })).rejects.toEqual(refused('INTERNAL'));
  Object.assign(shop.workspace.catalog, {
    attributeEdges: (owner: 'product' | 'customer') => {
      reads++;
      return attributeEdges(owner);
    },
  });
  await Promise.all([1, 2, 3].map(() => first.infer({ type: 'product', attributes: [aisle] })));
  expect(reads).toBe(2 + 2); // in vain when it was loaded and when it was asked, then for products and for customers
});
