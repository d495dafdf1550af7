/**
 * What every catalog promises to whoever builds a snapshot (src/graph/types.ts), on one small shop. A
 * catalog that keeps no single events says so in `events`, and is then held to refusing by name.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { compareIds, NODE_TYPES, type NodeType } from '../../src/base/ids.ts';
import { buildSnapshot } from '../../src/graph/snapshot.ts';
import type { CatalogSource, EdgeColumns, EdgeWeighting, ProductArcOptions } from '../../src/graph/types.ts';
import { createMemorySource, type MemoryData, type MemoryInteraction } from '../graph/memory-source.ts';

const DEFAULT: EdgeWeighting = { typeWeights: {}, otherTypes: 1, damping: 'log' };
const AWKWARD = ['01111', '1111', 'a b', 'a/b', '"', "'", '\\', '🍵', 'ﬁ', '９', 'é', 'é'];

const interactions: MemoryInteraction[] = Array.from({ length: 240 }, (_, i) => ({
  customer: AWKWARD[(i * 5) % 9]!,
  product: AWKWARD[(i * i + 3 * i) % AWKWARD.length]!,
  type: i % 4 === 0 ? 'view' : 'purchase',
  timeMs: Date.UTC(2024, 0, 1 + (i % 50)),
}));

/** All of it can be written as files, and loaded from those. */
export const CONFORMANCE_SHOP: MemoryData & { readonly interactions: readonly MemoryInteraction[] } = {
  interactions,
  productAttributes: AWKWARD.slice(0, 7).map((owner, i) => ({
    owner,
    kind: 'brand',
    value: AWKWARD[i % 3]!,
  })),
  customerAttributes: [{ owner: AWKWARD[0]!, kind: 'region', value: 'north/west' }],
  edges: [
    { from: { type: 'product', id: AWKWARD[0]! }, to: { type: 'product', id: AWKWARD[1]! }, weight: 2.5 },
    { from: { type: 'product', id: AWKWARD[1]! }, to: { type: 'product', id: AWKWARD[0]! }, weight: 0.5 },
    { from: { type: 'product', id: AWKWARD[7]! }, to: { type: 'product', id: AWKWARD[2]! }, directed: true },
  ],
  extra: { product: ['alone'], customer: ['alone'] },
  names: { [`product:${AWKWARD[2]}`]: 'A name, "quoted"' },
};

/** @param create the shop above, imported */
export function catalogSourceCases(
  name: string,
  create: () => Promise<CatalogSource>,
  { events }: { readonly events: boolean },
): void {
  describe(name, () => {
    let source: CatalogSource;
    const oracle = createMemorySource(CONFORMANCE_SHOP);
    beforeAll(async () => {
      source = await create();
    });

    test.each(NODE_TYPES)(
      '%s ids ascend by their bytes, isolated ones included; names lie beside',
      async (type) => {
        const ids = await source.nodeIds(type);
        expect(ids).toEqual(ids.toSorted(compareIds));
        expect(ids).toEqual(await oracle.nodeIds(type));
        expect(await source.nodeNames(type)).toEqual(await oracle.nodeNames(type));
      },
    );

    describeEdges(() => source);
    describeWeights(() => source, oracle);
    if (events) describeEvents(() => source, oracle);
    else describeWithoutEvents(() => source);
  });
}

const collect = async (chunks: AsyncIterable<EdgeColumns>): Promise<[number, number, number][]> => {
  const rows: [number, number, number][] = [];
  for await (const { count, from, to, weight } of chunks)
    for (let i = 0; i < count; i++) rows.push([from[i]!, to[i]!, weight[i]!]);
  return rows;
};

function describeEdges(get: () => CatalogSource): void {
  const count = async (type: NodeType) => (await get().nodeIds(type)).length;
  const expectColumns = (rows: readonly (readonly [number, number, number])[], from: number, to: number) => {
    expect(rows.length).toBeGreaterThan(0);
    for (const [i, [a, b, weight]] of rows.entries()) {
      expect(a).toBeLessThan(from);
      expect(b).toBeLessThan(to);
      expect(weight).toBeGreaterThan(0);
      if (i > 0) expect((a - rows[i - 1]![0]) * to + b - rows[i - 1]![1], `row ${i}`).toBeGreaterThan(0);
    }
  };

  test('interaction edges: one row per pair, in order, within the ids', async () => {
    const rows = await collect(get().interactionEdges(DEFAULT));
    expectColumns(rows, await count('customer'), await count('product'));
  });

  test.each(['product', 'customer'] as const)(
    'attribute edges of a %s: one row per pair, weight 1',
    async (owner) => {
      const rows = await collect(get().attributeEdges(owner));
      expectColumns(rows, await count(owner), await count('attribute'));
      expect(new Set(rows.map((row) => row[2]))).toEqual(new Set([1]));
    },
  );

  test('given edges: parallel ones are one, an undirected one goes from the lower position', async () => {
    const ids = await get().nodeIds('product');
    const found: Record<string, number> = {};
    for await (const { fromType, toType, directed, count: n, from, to, weight } of get().givenEdges()) {
      expect([fromType, toType]).toEqual(['product', 'product']);
      for (let i = 0; i < n; i++) {
        if (!directed) expect(from[i]!).toBeLessThan(to[i]!);
        found[`${ids[from[i]!]} ${directed ? '→' : '—'} ${ids[to[i]!]}`] = weight[i]!;
      }
    }
    expect(found).toEqual({ '01111 — 1111': 3, '🍵 → a b': 1 });
  });

  test('asked again, all of it is the same', async () => {
    expect(await collect(get().interactionEdges(DEFAULT))).toEqual(
      await collect(get().interactionEdges(DEFAULT)),
    );
  });
}

function describeWeights(get: () => CatalogSource, oracle: CatalogSource): void {
  test.each<EdgeWeighting>([
    DEFAULT,
    { typeWeights: {}, otherTypes: 1, damping: 'none' },
    { typeWeights: { view: 0.2, purchase: 3 }, otherTypes: 0, damping: 'log' },
    { typeWeights: { view: 0 }, otherTypes: 0.7, damping: 'none' },
  ])('weights are those of the oracle to six digits: %j', async (weighting) => {
    const [have, want] = [
      await collect(get().interactionEdges(weighting)),
      await collect(oracle.interactionEdges(weighting)),
    ];
    expect(have.map(([a, b]) => [a, b])).toEqual(want.map(([a, b]) => [a, b]));
    for (const [i, row] of have.entries()) expect(row[2]).toBeCloseTo(want[i]![2], 6);
  });

  test('types that all weigh nothing leave no edges', async () => {
    expect(await collect(get().interactionEdges({ ...DEFAULT, otherTypes: 0 }))).toEqual([]);
  });

  test('the snapshot has the rows of the oracle’s', async () => {
    const options = { weighting: DEFAULT, attributes: true };
    const [have, want] = [await buildSnapshot(get(), options), await buildSnapshot(oracle, options)];
    expect(have.ids).toEqual(want.ids);
    expect(have.ranges).toEqual(want.ranges);
    expect(Array.from(have.offsets)).toEqual(Array.from(want.offsets));
    expect(Array.from(have.targets)).toEqual(Array.from(want.targets));
    expect({ ...have, weights: 0 }).toMatchObject({
      symmetric: want.symmetric,
      twoColourable: want.twoColourable,
    });
  });
}

const SEQUENCE: ProductArcOptions = {
  types: { typeWeights: {}, otherTypes: 1 },
  maxProducts: 10,
  sequence: { decay: 0.7, back: 0.4, reach: 3 },
};

function describeEvents(get: () => CatalogSource, oracle: CatalogSource): void {
  test('arcs of sequences are those of the oracle to six digits', async () => {
    const [have, want] = [
      await collect(get().productArcs(SEQUENCE)),
      await collect(oracle.productArcs(SEQUENCE)),
    ];
    expect(have.map(([a, b]) => [a, b])).toEqual(want.map(([a, b]) => [a, b]));
    for (const [i, row] of have.entries()) expect(row[2]).toBeCloseTo(want[i]![2], 6);
  });

  test('a split is proposed, and its parts make up the whole', async () => {
    const split = await get().proposeSplit(0.2);
    const all = await get().interactions('all');
    const [train, test] = [await get().interactions('train', split), await get().interactions('test', split)];
    expect(all.count).toBe(interactions.length);
    expect(train.count + test.count).toBe(all.count);
    expect(test.count).toBeGreaterThan(0);
    expect(Array.from(all.timeMs)).toEqual(Array.from(all.timeMs).sort((a, b) => a - b));
  });

  test('old events weigh less under a half-life', async () => {
    const asOfMs = Date.UTC(2024, 1, 20);
    const aged = await collect(get().interactionEdges({ ...DEFAULT, halfLifeDays: 5, asOfMs }));
    const plain = await collect(get().interactionEdges(DEFAULT));
    for (const [i, row] of aged.entries()) expect(row[2]).toBeLessThan(plain[i]![2]);
  });
}

function describeWithoutEvents(get: () => CatalogSource): void {
  test.each([
    {
      why: 'a half-life',
      work: (s: CatalogSource) => collect(s.interactionEdges({ ...DEFAULT, halfLifeDays: 5, asOfMs: 0 })),
    },
    { why: 'a split', work: (s: CatalogSource) => s.proposeSplit(0.2) },
    { why: 'single interactions', work: (s: CatalogSource) => s.interactions('all') },
    {
      why: 'the train part',
      work: async (s: CatalogSource) => collect(s.interactionEdges(DEFAULT, { protocol: 'last-basket' })),
    },
    {
      why: 'the train part of given edges',
      work: async (s: CatalogSource) => collect(s.givenEdges({ protocol: 'last-basket' })),
    },
    { why: 'a sequence', work: async (s: CatalogSource) => collect(s.productArcs(SEQUENCE)) },
    { why: 'its size', work: (s: CatalogSource) => s.countProductArcs(SEQUENCE) },
  ])('$why is refused with a hint', async ({ work }) => {
    await expect(work(get())).rejects.toMatchObject({
      code: expect.stringMatching(/^(CONFIG_INVALID|SPLIT_IMPOSSIBLE)$/),
      details: { hint: expect.stringContaining('shelfwalk import interactions') },
    });
  });
}
