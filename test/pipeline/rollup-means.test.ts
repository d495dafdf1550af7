/** Lazy columns against the plain mean as one would write it by hand, with objects and nested loops. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildIncidence, findPair, scanAges, toAges, toCustomerPairs } from '../../src/analyze/incidence.ts';
import { Matrix } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import { type CustomerMeansOptions, toCustomerMeans, toLinkMeans } from '../../src/pipeline/rollup-means.ts';
import { writeMeans } from '../../src/vectors/rollup.ts';
import { type Row, smallShops, toColumns } from '../analyze/small-data.ts';

const DIMENSION = 3;

/** Customers first, then products, of which some have no vector. */
function buildTable(
  customers: number,
  products: number,
  seed: number,
): { table: Matrix; hasVector: Uint8Array } {
  const random = createRandom(seed);
  const table = new Matrix(
    new Float32Array((customers + products) * DIMENSION),
    customers + products,
    DIMENSION,
  );
  const hasVector = Uint8Array.from({ length: products }, () => (random() < 0.75 ? 1 : 0));
  for (const [p, has] of hasVector.entries()) {
    if (has) for (let d = 0; d < DIMENSION; d++) table.row(customers + p)[d] = random() - 0.5;
  }
  return { table, hasVector };
}

interface Line {
  readonly product: number;
  readonly basket: number | undefined;
  readonly age: number;
}

/** The customer's rows, oldest first, each with how many moments came after it. */
function toLines(rows: readonly Row[], customer: number): Line[] {
  const own = rows.filter((r) => r[0] === customer);
  const isNew = own.map((r, i) => {
    const before = own[i - 1];
    if (!before) return false;
    if (r[2] !== undefined) return before[2] !== r[2];
    return before[2] !== undefined || r[3] === undefined || before[3] !== r[3];
  });
  return own.map(([, product, basket], i) => {
    return { product, basket, age: isNew.slice(i + 1).filter(Boolean).length };
  });
}

type Rules = Pick<CustomerMeansOptions, 'by' | 'weights' | 'recency'>;

/** The definition in docs/models.md, word by word. Undefined: nothing to average. */
function meanByHand(
  lines: readonly Line[],
  vectorOf: (product: number) => number[] | undefined,
  { by, weights, recency }: Rules,
): number[] | undefined {
  const baskets: Line[][] = [];
  for (const line of lines) {
    const isAlone = by === 'products' || line.basket === undefined;
    const same = baskets.find(([first]) =>
      isAlone
        ? weights === 'pairs' &&
          first!.product === line.product &&
          (by === 'products' || first!.basket === undefined)
        : first!.basket === line.basket,
    );
    if (same) same.push(line);
    else baskets.push([line]);
  }
  const parts = baskets.flatMap((basket) => {
    const products = basket.map((line) => line.product);
    const counted = weights === 'pairs' ? [...new Set(products)] : products;
    const vectors = counted.map(vectorOf).filter((v) => v !== undefined);
    if (vectors.length === 0) return [];
    return [
      {
        mean: average(vectors.map((vector) => ({ vector, weight: 1 }))),
        age: Math.min(...basket.map((l) => l.age)),
      },
    ];
  });
  if (parts.length === 0) return undefined;
  return average(parts.map(({ mean, age }) => ({ vector: mean, weight: recency ** age })));
}

function average(
  terms: readonly { readonly vector: readonly number[]; readonly weight: number }[],
): number[] {
  const total = terms.reduce((sum, { weight }) => sum + weight, 0);
  return terms[0]!.vector.map((_, d) => terms.reduce((sum, t) => sum + t.weight * t.vector[d]!, 0) / total);
}

const rules: fc.Arbitrary<Rules> = fc.record({
  by: fc.constantFrom('baskets', 'products'),
  weights: fc.constantFrom('pairs', 'events'),
  recency: fc.constantFrom(1, 0.6, 0.05),
});
/** Some rows at one instant, some without a time. */
const times = fc.array(fc.option(fc.nat(3), { nil: undefined }), { minLength: 40, maxLength: 40 });

describe('customers', () => {
  test('are the mean that one would take by hand, whatever the baskets, weights and recency', async () => {
    await fc.assert(
      fc.asyncProperty(smallShops, times, rules, fc.nat(1000), async (shop, at, rule, seed) => {
        const { customers, products } = shop;
        const rows = shop.rows.map(([c, p, basket], i): Row => [c, p, basket, at[i]]);
        const { table, hasVector } = buildTable(customers, products, seed);
        const options = {
          customerCount: customers,
          customerStart: 0,
          productStart: customers,
          hasVector,
          ...rule,
        };
        const degrees = new Uint32Array(customers + products);
        const means = toCustomerMeans(toColumns(rows), options);
        const facts = await writeMeans(means, [table], { degrees, stage: '', unit: '', total: customers });
        let averaged = 0;
        for (let c = 0; c < customers; c++) {
          const lines = toLines(rows, c);
          const vectorOf = (p: number) => (hasVector[p] ? [...table.row(customers + p)] : undefined);
          const expected = meanByHand(lines, vectorOf, rule);
          if (expected) averaged++;
          // f64 sums in another order, then one rounding to f32 of values below 1: 2^-24, doubled.
          for (let d = 0; d < DIMENSION; d++) {
            expect(Math.abs(table.row(c)[d]! - (expected?.[d] ?? 0))).toBeLessThan(2 ** -23);
          }
          expect(degrees[c]).toBe(new Set(lines.map((l) => l.product)).size);
        }
        expect(facts).toMatchObject({ rows: customers, averaged });
        expect(facts.averaged + facts.empty + facts.isolated).toBe(customers);
      }),
      { numRuns: 500 },
    );
  });

  test('a long history does not lose its weights to underflow', async () => {
    // 2000 baskets, and only the oldest has a product with a vector: 0.05^1999 is 0 in f64.
    const rows = Array.from({ length: 2000 }, (_, i): Row => [0, i === 0 ? 0 : 1, i]);
    const table = new Matrix(Float32Array.from([0, 5, 0]), 3, 1);
    const means = toCustomerMeans(toColumns(rows), {
      customerCount: 1,
      customerStart: 0,
      productStart: 1,
      hasVector: Uint8Array.of(1, 0),
      by: 'baskets',
      weights: 'pairs',
      recency: 0.05,
    });
    await writeMeans(means, [table], { degrees: new Uint32Array(3), stage: '', unit: '', total: 1 });
    expect(table.data[0]).toBe(5);
  });

  test('a product that does not exist is refused by row', () => {
    const options = { customerCount: 1, customerStart: 0, productStart: 1, hasVector: Uint8Array.of(1) };
    const rule = { by: 'baskets', weights: 'pairs', recency: 1 } as const;
    expect(() =>
      toCustomerMeans(
        toColumns([
          [0, 0],
          [0, 1],
        ]),
        { ...options, ...rule },
      ).next(),
    ).toThrow(
      expect.objectContaining({ code: 'GRAPH_EDGE_INVALID', details: expect.objectContaining({ row: 1 }) }),
    );
  });
});

test('the ages are those of the evaluation: the youngest row of a pair has the age of the pair', () => {
  fc.assert(
    fc.property(smallShops, ({ customers, products, rows }) => {
      const columns = toColumns(rows);
      const pairs = buildIncidence(toCustomerPairs(columns), customers, products);
      const ages = toAges(columns, pairs);
      const youngest = new Map<number, number>();
      scanAges(columns, customers, (row, age) => {
        const at = findPair(pairs, rows[row]![0], rows[row]![1]);
        youngest.set(at, Math.min(youngest.get(at) ?? Number.POSITIVE_INFINITY, age));
      });
      expect([...ages]).toEqual(Array.from(ages, (_, at) => youngest.get(at)));
      for (let c = 0; c < customers; c++) {
        for (const { product } of toLines(rows, c)) {
          const byHand = toLines(rows, c)
            .filter((l) => l.product === product)
            .map((l) => l.age);
          expect(ages[findPair(pairs, c, product)]).toBe(Math.min(...byHand));
        }
      }
    }),
  );
});

test('links: the plain mean of what a row is linked to, twice linked counts once', async () => {
  await fc.assert(
    fc.asyncProperty(smallShops, fc.nat(1000), async ({ customers: carriers, products, rows }, seed) => {
      // Rows of the table: `carriers` that are written, then products.
      const { table, hasVector } = buildTable(carriers, products, seed);
      const pairs = {
        count: rows.length,
        row: Uint32Array.from(rows, (r) => r[0]),
        col: Uint32Array.from(rows, (r) => carriers + r[1]),
      };
      const links = buildIncidence(pairs, carriers, carriers + products);
      const flags = Uint8Array.of(...new Array<number>(carriers).fill(0), ...hasVector);
      const degrees = new Uint32Array(carriers + products);
      await writeMeans(toLinkMeans(links, flags, 0), [table], {
        degrees,
        stage: '',
        unit: '',
        total: carriers,
      });
      for (let r = 0; r < carriers; r++) {
        const linked = [...new Set(rows.filter((row) => row[0] === r).map((row) => row[1]))];
        const vectors = linked.filter((p) => hasVector[p]).map((p) => [...table.row(carriers + p)]);
        const expected =
          vectors.length > 0 ? average(vectors.map((vector) => ({ vector, weight: 1 }))) : [0, 0, 0];
        for (let d = 0; d < DIMENSION; d++)
          expect(Math.abs(table.row(r)[d]! - expected[d]!)).toBeLessThan(2 ** -23);
        expect(degrees[r]).toBe(linked.length);
      }
    }),
  );
});
