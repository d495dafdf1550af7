/** What was bought before: frequencies by hand, and the order they make. */
import { expect, test } from 'vitest';
import { buildIncidence, findPair, toCustomerPairs, transpose } from '../../src/analyze/incidence.ts';
import { createOwn, toFrequencies } from '../../src/analyze/own.ts';
import { type Row, toColumns } from './small-data.ts';

const [CUSTOMERS, PRODUCTS] = [4, 6];

/** Customer 0 in four baskets; the others make product 4 more popular than 3, and 5 than 4. */
const ROWS: readonly Row[] = [
  [0, 1, 0],
  [0, 2, 0],
  [0, 2, 0], // two rows of one basket are two
  [0, 1, 1],
  [0, 3, 2],
  [0, 4, 2],
  [0, 1, 3],
  [1, 4, 4],
  [1, 5, 4],
  [2, 5, 5],
];
const train = buildIncidence(toCustomerPairs(toColumns(ROWS)), CUSTOMERS, PRODUCTS);
const frequencies = toFrequencies(toColumns(ROWS), train);

test('a frequency is the sum of 0.98^age over the rows of a pair', () => {
  const frequencyOf = (customer: number, product: number) => frequencies[findPair(train, customer, product)];
  expect(frequencyOf(0, 1)).toBeCloseTo(1 + 0.98 ** 2 + 0.98 ** 3, 12);
  expect(frequencyOf(0, 2)).toBeCloseTo(2 * 0.98 ** 3, 12);
  expect(frequencyOf(0, 3)).toBeCloseTo(0.98, 12);
  expect(frequencyOf(2, 5)).toBe(1);
});

test('own products by frequency, of equal ones the more popular, then by row; no others', () => {
  const { score } = createOwn({ train, trainByProduct: transpose(train) }, frequencies);
  const scores = new Float32Array(PRODUCTS).fill(Number.NaN);
  score(0, scores);
  expect([...scores]).toEqual([0, 4, 3, 1, 2, 0]);
  score(1, scores);
  expect([...scores]).toEqual([0, 0, 0, 0, 2, 1]); // both bought by two customers
  score(3, scores);
  expect([...scores]).toEqual([0, 0, 0, 0, 0, 0]);
});
