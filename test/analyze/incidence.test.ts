import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildBaskets,
  buildIncidence,
  checkColumns,
  findPair,
  rowOf,
  toAges,
  toCustomerPairs,
  transpose,
} from '../../src/analyze/incidence.ts';
import { smallShops, toColumns } from './small-data.ts';

describe('buildIncidence', () => {
  test('holds each distinct pair once, ascending, with its count', () => {
    fc.assert(
      fc.property(smallShops, ({ customers, products, rows }) => {
        const pairs = buildIncidence(toCustomerPairs(toColumns(rows)), customers, products);
        const counted = new Map<string, number>();
        for (const [c, p] of rows) counted.set(`${c}-${p}`, (counted.get(`${c}-${p}`) ?? 0) + 1);
        expect(pairs.items.length).toBe(counted.size);
        for (let c = 0; c < customers; c++) {
          const row = Array.from(rowOf(pairs, c));
          expect(row).toEqual([...new Set(row)].sort((a, b) => a - b));
          for (let p = 0; p < products; p++) {
            const at = findPair(pairs, c, p);
            expect(at >= 0 ? pairs.counts[at] : undefined).toBe(counted.get(`${c}-${p}`));
          }
        }
      }),
    );
  });

  test('transposed twice it is itself', () => {
    fc.assert(
      fc.property(smallShops, ({ customers, products, rows }) => {
        const pairs = buildIncidence(toCustomerPairs(toColumns(rows)), customers, products);
        expect(transpose(transpose(pairs))).toEqual(pairs);
      }),
    );
  });
});

test('baskets hold distinct products; rows without one are counted', () => {
  const { baskets, withoutBasket } = buildBaskets(
    toColumns([
      [0, 1, 0],
      [0, 1, 0],
      [0, 2, 0],
      [1, 2],
      [1, 0, 1],
    ]),
    3,
  );
  expect(Array.from(rowOf(baskets, 0))).toEqual([1, 2]);
  expect(Array.from(rowOf(baskets, 1))).toEqual([0]);
  expect(withoutBasket).toBe(1);
});

test('checkColumns names the row and the field that is out of range', () => {
  expect(() =>
    checkColumns(
      toColumns([
        [0, 0],
        [0, 3],
      ]),
      1,
      3,
    ),
  ).toThrow(
    expect.objectContaining({
      code: 'GRAPH_EDGE_INVALID',
      details: expect.objectContaining({ row: 1, field: 'product', found: 3 }),
    }),
  );
  expect(() => checkColumns(toColumns([[1, 0]]), 1, 3)).toThrow(
    expect.objectContaining({ details: expect.objectContaining({ field: 'customer' }) }),
  );
});

describe('toAges counts the moments after the last one with the product', () => {
  const agesOf = (rows: Parameters<typeof toColumns>[0]): number[] => {
    const columns = toColumns(rows);
    return Array.from(toAges(columns, buildIncidence(toCustomerPairs(columns), 2, 4)));
  };
  test('by basket: lines of one basket share an age', () => {
    expect(
      agesOf([
        [0, 0, 0],
        [0, 1, 0],
        [0, 2, 1],
        [0, 3, 2],
      ]),
    ).toEqual([2, 2, 1, 0]);
  });
  test('without baskets by instant', () => {
    expect(
      agesOf([
        [0, 0, undefined, 10],
        [0, 1, undefined, 10],
        [0, 2, undefined, 20],
      ]),
    ).toEqual([1, 1, 0]);
  });
  test('without times by row', () => {
    expect(
      agesOf([
        [0, 0],
        [0, 1],
        [0, 2],
      ]),
    ).toEqual([2, 1, 0]);
  });
  test('a repeat counts by its last time, and customers do not age each other', () => {
    expect(
      agesOf([
        [0, 0],
        [1, 3],
        [0, 1],
        [1, 2],
        [0, 0],
      ]),
    ).toEqual([0, 1, 0, 1]);
  });
});
