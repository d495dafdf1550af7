/** Small data for these tests: columns from rows a person can read, random ones, and dense matrices to check sparse code by. */
import fc from 'fast-check';
import { type InteractionColumns, NO_BASKET } from '../../src/graph/types.ts';

/** [customer, product, basket?, timeMs?] */
export type Row = readonly [customer: number, product: number, basket?: number, timeMs?: number];

export const toColumns = (rows: readonly Row[]): InteractionColumns => ({
  count: rows.length,
  customer: Uint32Array.from(rows, (r) => r[0]),
  product: Uint32Array.from(rows, (r) => r[1]),
  basket: Uint32Array.from(rows, (r) => r[2] ?? NO_BASKET),
  timeMs: Float64Array.from(rows, (r) => r[3] ?? Number.NaN),
});

export interface SmallShop {
  readonly customers: number;
  readonly products: number;
  readonly baskets: number;
  readonly rows: readonly Row[];
}

/** Few baskets and many, so that both few and most of them are reached; repeats, empty customers, unbought products and rows without a basket all turn up within a few runs. */
export const smallShops: fc.Arbitrary<SmallShop> = fc
  .record({
    customers: fc.integer({ min: 1, max: 6 }),
    products: fc.integer({ min: 1, max: 7 }),
    baskets: fc.integer({ min: 1, max: 30 }),
  })
  .chain(({ customers, products, baskets }) =>
    fc
      .array(
        fc.tuple(
          fc.nat(customers - 1),
          fc.nat(products - 1),
          fc.option(fc.nat(baskets - 1), { nil: undefined }),
        ),
        { minLength: 1, maxLength: 40 },
      )
      .map((rows) => ({ customers, products, baskets, rows })),
  );

/** 1 where the pair occurs. */
export function toDense(
  rows: readonly (readonly [number, number])[],
  height: number,
  width: number,
): number[][] {
  const dense = Array.from({ length: height }, () => new Array<number>(width).fill(0));
  for (const [i, j] of rows) dense[i]![j] = 1;
  return dense;
}

export const multiply = (a: number[][], b: number[][]): number[][] =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));

export const transposed = (a: number[][]): number[][] => a[0]!.map((_, j) => a.map((row) => row[j]!));

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Seeded, plain: for data, not for statistics. */
export function toRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}
