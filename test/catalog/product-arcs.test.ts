/** Arcs between products out of the catalog, against their definition in plain loops. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CatalogSource,
  type GivenEdges,
  NO_BASKET,
  type ProductArcOptions,
  type Split,
} from '../../src/graph/types.ts';
import { createMemorySource, type MemoryInteraction } from '../graph/memory-source.ts';
import { createTempCatalog, failureOf, openTempCatalog, type TempCatalog } from './temp-catalog.ts';

const TYPES = { typeWeights: {}, otherTypes: 1 };
const SEQUENCE: ProductArcOptions = {
  types: TYPES,
  maxProducts: 100,
  sequence: { decay: 0.7, back: 0.4, reach: 10 },
};
const BASKETS: ProductArcOptions = { types: TYPES, maxProducts: 100, baskets: { exponent: 1 } };

/** `a → b` of a directed arc, `a — b` of an edge. */
async function readArcs(
  source: Pick<CatalogSource, 'nodeIds' | 'productArcs'>,
  options: ProductArcOptions,
  split?: Split,
): Promise<Record<string, number>> {
  const ids = await source.nodeIds('product');
  const arcs: Record<string, number> = {};
  let last: GivenEdges | undefined;
  for await (const chunk of source.productArcs(options, split)) {
    const { directed, count, from, to, weight } = chunk;
    const isOneBlock = last?.directed === directed && last.count > 0;
    let before = isOneBlock ? last!.from[last!.count - 1]! * ids.length + last!.to[last!.count - 1]! : -1;
    for (let i = 0; i < count; i++) {
      const at = from[i]! * ids.length + to[i]!;
      expect(at, 'ascending').toBeGreaterThan(before);
      before = at;
      arcs[`${ids[from[i]!]} ${directed ? '→' : '—'} ${ids[to[i]!]}`] = weight[i]!;
    }
    last = chunk;
  }
  return arcs;
}

const toCsv = (rows: readonly MemoryInteraction[]): string =>
  rows
    .map(({ customer, product, type = 'purchase', timeMs, order, basket }) =>
      [customer, product, type, timeMs ?? order, basket ?? ''].join(','),
    )
    .join('\n');

/** In two files: a column of times or orders has one on every row. */
async function importInto(temp: TempCatalog, rows: readonly MemoryInteraction[]): Promise<void> {
  const mapping = { customer: 'c', product: 'p', type: { column: 't' }, basket: 'b' };
  for (const column of ['timestamp', 'order'] as const) {
    const own = rows.filter((row) => (row.timeMs !== undefined) === (column === 'timestamp'));
    if (own.length === 0) continue;
    const path = await temp.file(`${column}.csv`, `c,p,t,at,b\n${toCsv(own)}\n`);
    await temp.interactions(path, { ...mapping, [column]: 'at' });
  }
}

const DAY = 86_400_000;
const START = Date.UTC(2024, 0, 1);

/** A history each of baskets, of instants, and of rows in a given order. */
const events = fc
  .array(
    fc.record({
      customer: fc.constantFrom('ada', 'bob', 'cyd'),
      product: fc.constantFrom('p0', 'p1', 'p2', 'p3', 'p4'),
      type: fc.constantFrom('purchase', 'view'),
      day: fc.integer({ min: 0, max: 5 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((drawn) =>
    drawn.map(({ day, ...event }, i): MemoryInteraction => {
      if (event.customer === 'ada') return { ...event, timeMs: START + day * DAY, basket: `day ${day}` };
      if (event.customer === 'bob') return { ...event, timeMs: START + day * DAY };
      return { ...event, order: i };
    }),
  );

describe('against their definition', () => {
  test('sequences and baskets of any history, in every part', async () => {
    await fc.assert(
      fc.asyncProperty(
        events,
        fc.record({
          decay: fc.constantFrom(0.7, 1, 0),
          back: fc.constantFrom(0, 0.4, 1),
          reach: fc.integer({ min: 1, max: 4 }),
        }),
        fc.constantFrom(1, 0.5),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom<Record<string, number>>({}, { view: 0 }),
        fc.constantFrom(undefined, { protocol: 'time', cutoffMs: START + 3 * DAY } as const),
        async (rows, sequence, exponent, maxProducts, typeWeights, split) => {
          const temp = await openTempCatalog();
          await importInto(temp, rows);
          const types = { typeWeights, otherTypes: 1 };
          const oracle = createMemorySource({ interactions: rows });
          const { basket } = await oracle.interactions(split ? 'train' : 'all', split, types);
          const hasBaskets = basket.some((number) => number !== NO_BASKET); // without any they are refused
          const options = { types, maxProducts, sequence, ...(hasBaskets && { baskets: { exponent } }) };
          const have = await readArcs(temp.catalog, options, split);
          const want = await readArcs(oracle, options, split);
          expect(Object.keys(have).sort()).toEqual(Object.keys(want).sort());
          for (const [arc, weight] of Object.entries(have)) expect(weight, arc).toBeCloseTo(want[arc]!, 6);
          await temp.dispose();
        },
      ),
      { numRuns: 8 },
    );
  });
});

/** ada: a, then b and c together, then d; bob: b, then a. */
const SHOP: MemoryInteraction[] = [
  { customer: 'ada', product: 'a', timeMs: START, basket: '1' },
  { customer: 'ada', product: 'b', timeMs: START + DAY, basket: '2' },
  { customer: 'ada', product: 'c', timeMs: START + DAY, basket: '2' },
  { customer: 'ada', product: 'd', timeMs: START + 2 * DAY, basket: '3' },
  { customer: 'bob', product: 'b', timeMs: START, basket: '1' },
  { customer: 'bob', product: 'a', timeMs: START + 3 * DAY, basket: '2' },
];

describe('a sequence', () => {
  test('by hand: what leaves a product is shared by the products of the moment it goes to', async () => {
    const temp = await createTempCatalog();
    await importInto(temp, SHOP);
    const arcs = await readArcs(temp.catalog, SEQUENCE);
    const [ada, bob] = [1 / Math.sqrt(4), 1 / Math.sqrt(2)];
    const expected = {
      'a → b': ada / 2 + 0.4 * bob,
      'a → c': ada / 2,
      'a → d': 0.7 * ada,
      'b → a': 0.4 * ada + bob,
      'b → d': ada,
      'c → a': 0.4 * ada,
      'c → d': ada,
      'd → a': 0.7 * 0.4 * ada,
      'd → b': (0.4 * ada) / 2,
      'd → c': (0.4 * ada) / 2,
    };
    expect(arcs).toEqual(
      Object.fromEntries(Object.entries(expected).map(([k, w]) => [k, expect.closeTo(w, 6)])),
    );
  });

  test('a basket is a set: the order of its lines changes nothing', async () => {
    const temp = await createTempCatalog();
    await importInto(temp, SHOP);
    const turned = await createTempCatalog();
    await importInto(turned, [SHOP[0]!, SHOP[2]!, SHOP[1]!, ...SHOP.slice(3)]);
    expect(await readArcs(turned.catalog, SEQUENCE)).toEqual(await readArcs(temp.catalog, SEQUENCE));
  });

  test('a split keeps out what comes after it, and what was returned by then', async () => {
    const temp = await createTempCatalog();
    const path = await temp.file(
      'rows.csv',
      'c,p,ts,q\nada,a,2024-01-01,1\nada,b,2024-01-02,1\nada,b,2024-01-03,-1\nada,c,2024-01-04,1\nada,a,2024-01-06,-1\nada,d,2024-01-07,1\n',
    );
    await temp.interactions(path, { customer: 'c', product: 'p', timestamp: 'ts', quantity: 'q' });
    const split = { protocol: 'time', cutoffMs: Date.UTC(2024, 0, 5) } as const;
    const onward = { ...SEQUENCE, sequence: { decay: 1, back: 0, reach: 1 } };
    expect(Object.keys(await readArcs(temp.catalog, onward, split))).toEqual(['a → c']); // a is returned later
    expect(Object.keys(await readArcs(temp.catalog, onward))).toEqual(['c → d']);
  });

  test('rows without a time or an order are refused: the order of a file is none', async () => {
    const temp = await createTempCatalog();
    await temp.interactions(await temp.file('rows.csv', 'customer,product\nada,a\nada,b\n'), {
      customer: 'customer',
      product: 'product',
    });
    expect(await failureOf(readArcs(temp.catalog, SEQUENCE))).toMatchObject({
      code: 'CONFIG_INVALID',
      details: { field: 'graph.sequence' },
    });
    expect(await failureOf(readArcs(temp.catalog, BASKETS))).toMatchObject({
      code: 'CONFIG_INVALID',
      details: { field: 'graph.baskets' },
    });
  });
});

describe('baskets', () => {
  test('a step is the walk product, basket, product, given that it moved', async () => {
    const temp = await createTempCatalog();
    const baskets = [['a', 'b', 'c'], ['a', 'b'], ['b', 'c', 'd', 'e'], ['f']];
    await importInto(
      temp,
      baskets.flatMap((products, i) =>
        products.map((product) => ({ customer: `c${i % 2}`, product, timeMs: START, basket: `${i}` })),
      ),
    );
    const arcs = await readArcs(temp.catalog, BASKETS);
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const weight = (p: string, q: string) => arcs[[p, q].sort().join(' — ')] ?? 0;
    for (const p of names) {
      const own = baskets.filter((basket) => basket.includes(p));
      const law = names.map((q) =>
        own.reduce((sum, basket) => sum + (basket.includes(q) ? 1 / basket.length : 0) / own.length, 0),
      );
      const moved = 1 - law[names.indexOf(p)]!;
      const strength = names.reduce((sum, q) => sum + weight(p, q), 0);
      names.forEach((q, i) => {
        if (q === p) return;
        if (moved === 0) expect(weight(p, q)).toBe(0);
        else expect(weight(p, q) / strength, `${p} ${q}`).toBeCloseTo(law[i]! / moved, 6);
      });
    }
  });

  test('too large ones are left out and counted; the counts are those of the join', async () => {
    const temp = await createTempCatalog();
    await importInto(temp, SHOP);
    const options = { ...SEQUENCE, baskets: { exponent: 1 }, maxProducts: 1 };
    expect(await temp.catalog.countProductArcs(options)).toEqual({
      sequence: { units: 5, leftOut: 1, arcs: 4 }, // a, d and b, a, each both ways
      baskets: { units: 5, leftOut: 1, arcs: 0 },
    });
    expect(await readArcs(temp.catalog, options)).toMatchObject({ 'a → d': expect.any(Number) });
    expect(await temp.catalog.countProductArcs({ ...options, maxProducts: 2 })).toEqual({
      sequence: { units: 5, leftOut: 0, arcs: 12 },
      baskets: { units: 5, leftOut: 0, arcs: 2 },
    });
  });
});
