/** Products that occur together, as edges: by hand, against a plain reference, and what is refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProjectionOptions } from '../../src/catalog/types.ts';
import {
  createTempCatalog,
  failureOf,
  openTempCatalog,
  readGivenEdges,
  type TempCatalog,
} from './temp-catalog.ts';

const OPTIONS: ProjectionOptions = { within: 'customer', minValue: 5, minScore: 1, maxPairs: 1000 };

/** Ratings of 5 count: ann a b c · bob a b · cat a c · dan b d. cat's 2 for d does not. */
const RATINGS = `customer,product,rating
ann,a,5
ann,b,5
ann,c,5
bob,a,5
bob,b,5
cat,a,5
cat,c,5
cat,d,2
dan,b,5
dan,d,5
`;

async function openRatings(): Promise<TempCatalog> {
  const temp = await createTempCatalog();
  const mapping = { customer: 'customer', product: 'product', value: 'rating' };
  await temp.interactions(await temp.file('ratings.csv', RATINGS), mapping);
  return temp;
}

/**
 * c_a = 3, c_b = 3, c_c = 2, c_d = 1, N = 9.
 *   a b: 2 together,  2 · ln(2 · 9 / (3 · 3)) = 2 ln 2   = 1.386
 *   a c: 2 together,  2 · ln(2 · 9 / (3 · 2)) = 2 ln 3   = 2.197
 *   b c: 1 together,  1 · ln(1 · 9 / (3 · 2)) = ln 1.5   = 0.405
 *   b d: 1 together,  1 · ln(1 · 9 / (3 · 1)) = ln 3     = 1.099
 */
const BY_HAND = {
  'a — b': 2 * Math.log(2),
  'a — c': 2 * Math.log(3),
  'b — c': Math.log(1.5),
  'b — d': Math.log(3),
};

test('a shop of four customers, by hand', async () => {
  const { catalog } = await openRatings();
  const report = await catalog.project({ name: 'together' }, { ...OPTIONS, minScore: 0.1 }, {});
  expect(report).toMatchObject({ units: 4, unitsLeftOut: 0, products: 4, pairs: 4, edges: 4, nodes: 4 });
  const found = await readGivenEdges(catalog);
  expect(Object.keys(found)).toEqual([
    'product a — product b',
    'product a — product c',
    'product b — product c',
    'product b — product d',
  ]);
  Object.values(BY_HAND).forEach((score, i) => {
    expect(Object.values(found)[i]).toBeCloseTo(score, 6); // weights are f32
  });
});

test('keys that a product happened to get change nothing, to the last bit', async () => {
  const lines = RATINGS.trimEnd().split('\n');
  const found = await Promise.all(
    [lines.slice(1), lines.slice(1).toReversed()].map(async (order) => {
      const temp = await createTempCatalog();
      const mapping = { customer: 'customer', product: 'product', value: 'rating' };
      for (const [i, line] of order.entries()) {
        const path = await temp.file(`${i}.csv`, `${lines[0]}\n${line}\n`); // one file a row: keys in this order
        await temp.interactions(path, mapping);
      }
      await temp.catalog.project({ name: 'x' }, { ...OPTIONS, minScore: 0.1 }, {});
      return readGivenEdges(temp.catalog);
    }),
  );
  expect(Object.keys(found[0]!)).toHaveLength(4);
  expect(found[1]).toEqual(found[0]);
});

test('the score cuts, in the catalog and in a file alike; the file is what import edges reads', async () => {
  const { catalog, dir } = await openRatings();
  const file = join(dir, 'new', 'edges.csv');
  const report = await catalog.project({ file }, OPTIONS, {});
  expect(report).toMatchObject({ target: { file }, pairs: 4, edges: 3, nodes: 4 });
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(header).toBe('from,to,weight');
  expect(lines.map((line) => line.split(',').slice(0, 2).join(' — '))).toEqual(['a — b', 'a — c', 'b — d']);
  expect(await readGivenEdges(catalog)).toEqual({}); // the catalog is as it was

  await catalog.project({ name: 'together' }, OPTIONS, {});
  const other = await createTempCatalog();
  await other.edges(file, { weight: 'weight' });
  expect(await readGivenEdges(other.catalog)).toEqual(await readGivenEdges(catalog));

  const parquet = join(dir, 'edges.parquet');
  await catalog.project({ file: parquet }, OPTIONS, {});
  expect(await other.edges(parquet, { weight: 'weight' })).toMatchObject({ rowsAccepted: 3 });
});

test('again under one name replaces, another name adds', async () => {
  const { catalog } = await openRatings();
  await catalog.project({ name: 'one' }, { ...OPTIONS, minScore: 0.1 }, {});
  await catalog.project({ name: 'one' }, OPTIONS, {});
  const once = await readGivenEdges(catalog);
  expect(Object.keys(once)).toHaveLength(3);
  await catalog.project({ name: 'one' }, OPTIONS, {});
  expect(await readGivenEdges(catalog)).toEqual(once);
  await catalog.project({ name: 'two' }, OPTIONS, {});
  const twice = await readGivenEdges(catalog);
  for (const [edge, weight] of Object.entries(once)) expect(twice[edge]).toBeCloseTo(2 * weight, 5);
});

test('a repeat counts once, and rows without a basket are in no basket', async () => {
  const { catalog, file, interactions } = await createTempCatalog();
  const rows = 'customer,product,basket\nann,a,1\nann,a,1\nann,b,1\nann,c,2\nann,d,\nbob,a,1\nbob,c,1\n';
  await interactions(await file('b.csv', rows), {
    customer: 'customer',
    product: 'product',
    basket: 'basket',
  });
  const options = { within: 'basket', minScore: 0.01, maxPairs: 100 } as const;
  // Baskets ann 1 {a b}, ann 2 {c}, bob 1 {a c}: c_a = 2, c_b = 1, c_c = 2, N = 5.
  expect(await catalog.project({ name: 'x' }, options, {})).toMatchObject({
    units: 3,
    products: 3,
    pairs: 2,
    edges: 2,
  });
  const found = Object.values(await readGivenEdges(catalog));
  expect(found[0]).toBeCloseTo(Math.log(5 / 2), 6); // a b
  expect(found[1]).toBeCloseTo(Math.log(5 / 4), 6); // a c
});

test('an evaluation sees what the interactions before its split say, not what was stored', async () => {
  const { catalog, file, interactions } = await createTempCatalog();
  const rows = RATINGS.trimEnd()
    .split('\n')
    .map((line, i) => `${line},${i === 0 ? 'ts' : line.startsWith('dan') ? '2025-02-01' : '2025-01-01'}`);
  await interactions(await file('r.csv', rows.join('\n')), {
    customer: 'customer',
    product: 'product',
    value: 'rating',
    timestamp: 'ts',
  });
  await catalog.project({ name: 'together' }, { ...OPTIONS, minScore: 0.01 }, {});
  expect(Object.keys(await readGivenEdges(catalog))).toContain('product b — product d');
  const before = await readGivenEdges(catalog, { protocol: 'time', cutoffMs: Date.UTC(2025, 0, 15) });
  // Without dan: c_a = 3, c_b = 2, c_c = 2, N = 7.
  expect(Object.keys(before)).toEqual([
    'product a — product b',
    'product a — product c',
    'product b — product c',
  ]);
  expect(before['product a — product b']).toBeCloseTo(2 * Math.log((2 * 7) / 6), 6);
});

describe('refused, with the numbers', () => {
  test('too many pairs, before they are made', async () => {
    const { catalog } = await openRatings();
    // ann 3 pairs, bob 1, cat 1, dan 1
    const failure = await failureOf(catalog.project({ name: 'x' }, { ...OPTIONS, maxPairs: 5 }, {}));
    expect(failure).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { pairs: 6, limit: 5, found: 'the largest customer has 3 products' },
    });
    expect(failure.message).toContain('--max-products');
    const report = await catalog.project({ name: 'x' }, { ...OPTIONS, maxPairs: 5, maxProducts: 2 }, {});
    expect(report).toMatchObject({ units: 3, unitsLeftOut: 1, pairs: 3 });
  });

  test('too many pairs for an evaluation that makes it again, after more were imported', async () => {
    const { catalog, file, interactions } = await openRatings();
    await catalog.project({ name: 'x' }, { ...OPTIONS, maxPairs: 6 }, {}); // ann 3 pairs, bob 1, cat 1, dan 1
    const all = { protocol: 'time', cutoffMs: Date.UTC(2100, 0, 1) } as const;
    const toTrain = () => readGivenEdges(catalog, all);
    const columns = { customer: 'customer', product: 'product', value: 'rating', timestamp: 'ts' };
    const timed = RATINGS.replaceAll('\n', ',2025-01-01\n').replace('2025-01-01', 'ts');
    await interactions(await file('timed.csv', timed), columns);
    expect(Object.keys(await toTrain())).toHaveLength(3); // the same pairs once more: a repeat counts once
    await interactions(
      await file('more.csv', 'customer,product,rating,ts\neve,a,5,2025-01-01\neve,d,5,2025-01-01\n'),
      columns,
    );
    const failure = await failureOf(toTrain());
    expect(failure).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { projection: 'x', pairs: 7, limit: 6 },
    });
    await catalog.project({ name: 'x' }, { ...OPTIONS, maxPairs: 7 }, {});
    expect(Object.keys(await toTrain())).toHaveLength(2); // b d: 1 · ln(1 · 11 / (3 · 2)) < 1 now
  });

  test('nothing to project', async () => {
    const { catalog } = await openRatings();
    const noBaskets = catalog.project({ name: 'x' }, { ...OPTIONS, within: 'basket' }, {});
    expect(await failureOf(noBaskets)).toMatchObject({ code: 'CATALOG_EMPTY' });
    const noRatings = catalog.project({ name: 'x' }, { ...OPTIONS, minValue: 6 }, {});
    expect(await failureOf(noRatings)).toMatchObject({ code: 'CATALOG_EMPTY', details: { minValue: 6 } });
  });

  test('stopped half way, the earlier projection is still there', async () => {
    const { catalog } = await openRatings();
    await catalog.project({ name: 'x' }, OPTIONS, {});
    const controller = new AbortController();
    const context = { signal: controller.signal, onProgress: () => controller.abort() };
    const failure = await failureOf(catalog.project({ name: 'x' }, { ...OPTIONS, minScore: 0.01 }, context));
    expect(failure.code).toBe('ABORTED');
    expect(Object.keys(await readGivenEdges(catalog))).toHaveLength(3);
  });
});

/** The definition in loops: `ids of two products` → score. */
function projectPlainly(
  rows: readonly Row[],
  { within, minValue, minScore }: ProjectionOptions,
): Map<string, number> {
  const units = new Map<string, Set<string>>();
  for (const { customer, product, basket, value } of rows) {
    if (within === 'basket' && basket === '') continue;
    if (minValue !== undefined && !(value >= minValue)) continue;
    const unit = within === 'basket' ? `${customer} ${basket}` : customer;
    units.set(unit, (units.get(unit) ?? new Set()).add(product));
  }
  const [single, together] = [new Map<string, number>(), new Map<string, number>()];
  const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const products of units.values()) {
    for (const x of products) {
      count(single, x);
      for (const y of products) if (x < y) count(together, `product ${x} — product ${y}`);
    }
  }
  const total = [...single.values()].reduce((a, b) => a + b, 0);
  const scores = [...together].map(([pair, c]): [string, number] => {
    const [, x, , , y] = pair.split(' ');
    const pmi = Math.log(c) - Math.log(single.get(x!)!) - Math.log(single.get(y!)!) + Math.log(total);
    return [pair, c * pmi];
  });
  return new Map(scores.filter(([, score]) => score >= minScore));
}

interface Row {
  readonly customer: string;
  readonly product: string;
  readonly basket: string;
  readonly value: number;
}

const rowsArbitrary = fc.array(
  fc.record({
    customer: fc.constantFrom('ann', 'bob', 'cat'),
    product: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    basket: fc.constantFrom('', '1', '2'),
    value: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 25 },
);
// Thresholds that no score of such small counts is equal to: sums of logarithms would round apart there.
const optionsArbitrary = fc.record({
  within: fc.constantFrom('customer' as const, 'basket' as const),
  minValue: fc.constantFrom(undefined, 2, 3),
  minScore: fc.constantFrom(0.0123, 0.567, 1.234),
  maxPairs: fc.constant(10_000),
});

test('is what the definition says, on any interactions', async () => {
  await fc.assert(
    fc.asyncProperty(rowsArbitrary, optionsArbitrary, async (rows, options) => {
      const { catalog, dispose, file, interactions } = await openTempCatalog();
      try {
        const text = rows
          .map((row) => [row.customer, row.product, row.basket, row.value].join(','))
          .join('\n');
        await interactions(await file('rows.csv', `customer,product,basket,value\n${text}\n`), {
          customer: 'customer',
          product: 'product',
          basket: 'basket',
          value: 'value',
        });
        const expected = projectPlainly(rows, options);
        const report = await catalog.project({ name: 'x' }, options, {}).catch((error) => {
          expect(error.code).toBe('CATALOG_EMPTY');
          return undefined;
        });
        const found = await readGivenEdges(catalog);
        expect(Object.keys(found)).toEqual([...expected.keys()].sort());
        for (const [edge, score] of expected) expect(found[edge]).toBeCloseTo(score, 5);
        expect(report?.edges ?? 0).toBe(expected.size);
      } finally {
        await dispose();
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);
