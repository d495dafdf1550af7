/** Catalog → snapshot, on a catalog small enough to be drawn by hand. */
import { describe, expect, test } from 'vitest';
import { type NodeRef, toNodeKey } from '../../src/base/ids.ts';
import { hashKey } from '../../src/base/rng.ts';
import { buildSnapshot, degreeOf, findNode, refOf, typeOf } from '../../src/graph/snapshot.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { createMemorySource, type MemoryData, NO_DAMPING } from './memory-source.ts';

const DATA: MemoryData = {
  interactions: [
    { customer: 'ann', product: '01111', timeMs: 1 },
    { customer: 'ann', product: '01111', timeMs: 2 },
    { customer: 'ann', product: '01111', type: 'view', timeMs: 3 },
    { customer: 'ann', product: 'a/b c', timeMs: 4 },
    { customer: 'bob', product: '1111', timeMs: 5 },
    { customer: 'bob', product: 'späti 🥖', timeMs: 6 },
  ],
  productAttributes: [
    { owner: '01111', kind: 'aisle', value: '24' },
    { owner: '01111', kind: 'aisle', value: '24' },
    { owner: '1111', kind: 'aisle', value: '24' },
  ],
  customerAttributes: [{ owner: 'bob', kind: 'city', value: 'x/y' }],
  extra: { product: ['never sold'], customer: ['never came'] },
  chunk: 2,
};

const build = (
  data: MemoryData,
  options: Partial<Parameters<typeof buildSnapshot>[1]> = {},
): Promise<Snapshot> =>
  buildSnapshot(createMemorySource(data), { weighting: NO_DAMPING, attributes: true, ...options });

/** `customer:ann → product:01111 = 2`, each edge once. */
function toEdges(g: Snapshot): Record<string, number> {
  const keyOf = (v: number): string => toNodeKey(refOf(g, v).type, refOf(g, v).id);
  const edges: Record<string, number> = {};
  for (let v = 0; v < g.nodeCount; v++) {
    for (let a = g.offsets[v]!; a < g.offsets[v + 1]!; a++) {
      if (g.targets[a]! > v) edges[`${keyOf(v)} → ${keyOf(g.targets[a]!)}`] = g.weights[a]!;
    }
  }
  return edges;
}

test('nodes lie customers, products, attributes; ids ascend by bytes and are kept byte for byte', async () => {
  const g = await build(DATA);
  expect(g.ranges).toEqual([
    { type: 'customer', start: 0, end: 3 },
    { type: 'product', start: 3, end: 8 },
    { type: 'attribute', start: 8, end: 10 },
  ]);
  expect(g.ids).toEqual([
    'ann',
    'bob',
    'never came',
    '01111',
    '1111',
    'a/b c',
    'never sold',
    'späti 🥖',
    'aisle/24',
    'city/x/y',
  ]);
  expect([typeOf(g, 2), typeOf(g, 3), typeOf(g, 9)]).toEqual(['customer', 'product', 'attribute']);
  expect(findNode(g, { type: 'product', id: '1111' })).toBe(4);
  expect(findNode(g, { type: 'customer', id: '1111' })).toBeUndefined();
});

test('edges carry the counts, attributes weigh 1, isolated nodes stay', async () => {
  const g = await build(DATA, { weighting: { typeWeights: { view: 0.25 }, otherTypes: 1, damping: 'none' } });
  expect(toEdges(g)).toEqual({
    'customer:ann → product:01111': 2.25,
    'customer:ann → product:a/b c': 1,
    'customer:bob → product:1111': 1,
    'customer:bob → product:späti 🥖': 1,
    'customer:bob → attribute:city/x/y': 1,
    'product:01111 → attribute:aisle/24': 1,
    'product:1111 → attribute:aisle/24': 1,
  });
  expect([degreeOf(g, 2), degreeOf(g, 6), degreeOf(g, 1)]).toEqual([0, 0, 3]);
  expect(g.arcCount).toBe(14);
});

test('without attributes there are no attribute rows', async () => {
  const g = await build(DATA, { attributes: false });
  expect(g.ranges[2]).toEqual({ type: 'attribute', start: 8, end: 8 });
  expect(Object.keys(toEdges(g)).every((edge) => !edge.includes('attribute:'))).toBe(true);
});

test('a split leaves the test events out and the nodes in', async () => {
  const g = await build(DATA, { attributes: false, split: { protocol: 'time', cutoffMs: 5 } });
  expect(g.nodeCount).toBe(8);
  expect(degreeOf(g, findNode(g, { type: 'customer', id: 'bob' })!)).toBe(0);
  expect(Object.keys(toEdges(g))).toHaveLength(2);
});

describe('edges given as such', () => {
  const [ann, bob] = [{ type: 'customer', id: 'ann' } as const, { type: 'customer', id: 'bob' } as const];
  const bread: NodeRef = { type: 'product', id: '1111' };
  const edges: MemoryData['edges'] = [
    { from: ann, to: bob, weight: 3, directed: true, timeMs: 4 },
    { from: bob, to: bread, weight: 0.5 },
    { from: bread, to: { type: 'product', id: 'new' }, timeMs: 9 },
    { from: bread, to: { type: 'attribute', id: 'theme/tea' } },
  ];
  const arcsOf = (g: Snapshot, { type, id }: NodeRef): Record<string, number> => {
    const v = findNode(g, { type, id })!;
    const row = Array.from({ length: degreeOf(g, v) }, (_, i) => g.offsets[v]! + i);
    return Object.fromEntries(row.map((a) => [refOf(g, g.targets[a]!).id, g.weights[a]!]));
  };

  test('lie beside the others: one arc if directed, weights added where there is an edge already', async () => {
    const g = await build({ ...DATA, edges });
    expect(arcsOf(g, ann)).toMatchObject({ bob: 3 });
    expect(arcsOf(g, bob)).toEqual({ '1111': 1.5, 'späti 🥖': 1, 'city/x/y': 1 });
    expect(arcsOf(g, bread)).toEqual({ bob: 1.5, new: 1, 'aisle/24': 1, 'theme/tea': 1 });
    expect([g.symmetric, (await build(DATA)).symmetric]).toEqual([false, true]);
  });

  test('without attributes, those with an attribute are left out; on a split, those of the test part', async () => {
    const g = await build(
      { ...DATA, edges },
      { attributes: false, split: { protocol: 'time', cutoffMs: 5 } },
    );
    expect(arcsOf(g, bread)).toEqual({ bob: 0.5 });
    expect(degreeOf(g, findNode(g, { type: 'product', id: 'new' })!)).toBe(0);
  });
});

describe('two-colourable', () => {
  test.each([
    {
      why: 'customers, products and product attributes',
      data: { ...DATA, customerAttributes: [] },
      expected: true,
    },
    { why: 'traits of their own', data: DATA, expected: true },
    {
      why: 'a trait that is an attribute of a product the customer bought: a triangle',
      data: { ...DATA, customerAttributes: [{ owner: 'ann', kind: 'aisle', value: '24' }] },
      expected: false,
    },
  ])('$why: $expected', async ({ data, expected }) => {
    expect((await build(data)).twoColourable).toBe(expected);
  });
});

describe('hashes of keys', () => {
  test('are the same on every machine and in every release: walks are keyed by them', () => {
    expect(hashKey('product:85123A')).toEqual([1479608409, 584448893]);
    expect(hashKey('customer:späti 🥖')).toEqual([3977596505, 3800739422]);
    expect(hashKey('')).toEqual([451841411, 1217125560]);
  });

  test('go with the node, not with its row', async () => {
    const hashOf = (g: Snapshot, id: string): number[] => {
      const v = findNode(g, { type: 'product', id })!;
      return [g.keyHashes[2 * v]!, g.keyHashes[2 * v + 1]!];
    };
    const [g, more] = [await build(DATA), await build({ ...DATA, extra: { product: ['0', '00'] } })];
    for (const id of ['01111', '1111', 'a/b c']) {
      expect(hashOf(more, id)).toEqual(hashOf(g, id));
      expect(hashOf(g, id)).toEqual([...hashKey(`product:${id}`)]);
    }
  });

  test('100,000 keys, no two alike', () => {
    const seen = new Set(Array.from({ length: 100_000 }, (_, i) => hashKey(`product:${i}`).join('-')));
    expect(seen.size).toBe(100_000);
  });
});

test('reading stops when it is told to, and says how far it is', async () => {
  const controller = new AbortController();
  const seen: number[] = [];
  const onProgress = ({ done }: { done: number }): void => {
    seen.push(done);
    if (done >= 4) controller.abort();
  };
  await expect(build(DATA, { signal: controller.signal, onProgress })).rejects.toMatchObject({
    code: 'ABORTED',
  });
  expect(seen).toEqual([2, 4]);
});
