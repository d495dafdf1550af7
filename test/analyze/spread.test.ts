import { describe, expect, test } from 'vitest';
import { buildIncidence, type Incidence, toCustomerPairs, transpose } from '../../src/analyze/incidence.ts';
import { measureLists, toMetricColumns } from '../../src/analyze/measure.ts';
import type { Population } from '../../src/analyze/population.ts';
import { NO_PRODUCT, type RankedLists } from '../../src/analyze/ranker.ts';
import {
  measureActivity,
  measurePopularity,
  sliceProducts,
  toActivityBounds,
  toYardsticks,
} from '../../src/analyze/slices.ts';
import { measureSpread, toGini } from '../../src/analyze/spread.ts';
import { type Row, toColumns } from './small-data.ts';

describe('toGini', () => {
  test.each([
    { counts: [3, 3, 3], expected: 0, why: 'all alike' },
    { counts: [0, 0, 0, 8], expected: 3 / 4, why: 'one holds everything: (n − 1)/n' },
    { counts: [0, 0], expected: 0, why: 'nothing shown' },
    { counts: [1, 3], expected: 1 / 4, why: '|1 − 3| · 2 / (2 · 4 · 2)' },
    { counts: [2, 0, 1], expected: 4 / 9, why: 'mean difference 8/9 over twice the mean 1' },
  ])('$counts: $why', ({ counts, expected }) => {
    expect(toGini(counts)).toBeCloseTo(expected, 12);
  });
});

// Popularity: product 0 has 3 customers, 1 has 2, 2 and 3 one each, 4 none. Activity: 0 → 3, 1 → 2, 2 → 2.
const CUSTOMERS = 3;
const PRODUCTS = 5;
const pairsOf = (rows: readonly Row[]): Incidence =>
  buildIncidence(toCustomerPairs(toColumns(rows)), CUSTOMERS, PRODUCTS);
const train = pairsOf([
  [0, 0],
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 1],
  [2, 0],
  [2, 3],
]);
const relevant = pairsOf([
  [0, 0],
  [0, 3],
  [1, 4],
  [2, 1],
  [2, 2],
]);
const members = Uint32Array.of(0, 1, 2);
const population: Population = {
  train,
  trainByProduct: transpose(train),
  decay: 1,
  relevant: { all: relevant, new: relevant },
  members: { all: members, new: members },
  leftOut: {
    all: { noTraining: 0, nothingNew: 0, notSampled: 0 },
    new: { noTraining: 0, nothingNew: 0, notSampled: 0 },
  },
};
const lists: RankedLists = {
  members,
  width: 3,
  products: Uint32Array.of(3, 0, 1, 0, NO_PRODUCT, NO_PRODUCT, 0, 1, 2),
};

const measured = measureLists(lists, population, 'all');
const sliced = { measured, population, yardsticks: toYardsticks(population) };

describe('measureSpread', () => {
  const ln = (d: number): number => Math.log(1 + d);
  test('at 1: products 3, 0, 0', () => {
    const { coverage, gini, popularityShown, popularityBought } = measureSpread(sliced, {
      k: 1,
      protocol: 'all',
    });
    expect(coverage).toBeCloseTo(2 / 5, 12);
    expect(gini).toBeCloseTo(toGini([2, 0, 0, 1, 0]), 12);
    expect(popularityShown).toBeCloseTo((ln(1) + ln(3) + ln(3)) / 3, 12);
    expect(popularityBought).toBeCloseTo(((ln(3) + ln(1)) / 2 + ln(0) + (ln(2) + ln(1)) / 2) / 3, 12);
  });
  test('novelty: mean bits of what is shown, of 3 customers who bought in training', () => {
    const bits = (customers: number): number => -Math.log2((1 + customers) / (1 + 3));
    const { novelty } = measureSpread(sliced, { k: 3, protocol: 'all' });
    expect(novelty).toBeCloseTo(
      ((bits(1) + bits(3) + bits(2)) / 3 + bits(3) + (bits(3) + bits(2) + bits(1)) / 3) / 3,
      12,
    );
  });
  test('at 3, a short list counts what it holds', () => {
    const { coverage, popularityShown } = measureSpread(sliced, { k: 3, protocol: 'all' });
    expect(coverage).toBeCloseTo(4 / 5, 12);
    expect(popularityShown).toBeCloseTo(
      ((ln(1) + ln(3) + ln(2)) / 3 + ln(3) + (ln(3) + ln(2) + ln(1)) / 3) / 3,
      12,
    );
  });
});

describe('slices', () => {
  test('flags mark what is relevant, rank by rank', () => {
    expect(Array.from(measured.flags)).toEqual([1, 1, 0, 0, 0, 0, 0, 1, 1]);
    expect(Array.from(measured.relevantCounts)).toEqual([2, 1, 2]);
    expect(Array.from(toMetricColumns(measured, 2).recall)).toEqual([1, 0, 0.5]);
  });
  test('the head holds half of the training pairs, ties on one side; cold is what nobody bought', () => {
    expect(sliceProducts(population)).toEqual({ of: ['head', 'head', 'tail', 'tail', 'cold'], headFrom: 2 }); // 3 of 7 is less than half
    const even = {
      trainByProduct: transpose(
        pairsOf([
          [0, 0],
          [1, 1],
          [2, 2],
        ]),
      ),
    };
    expect(sliceProducts(even).of).toEqual(['head', 'head', 'head', 'cold', 'cold']);
  });
  test('recall within head, tail and cold', () => {
    // Head: customer 0 {0} hit, customer 2 {1} hit. Tail: 0 {3} hit, 2 {2} hit. Cold: 1 {4} missed.
    const found = measurePopularity(sliced, 'all').map(({ name, customers, recall }) => ({
      name,
      customers,
      recall,
    }));
    expect(found).toEqual([
      { name: 'head', customers: 2, recall: 1 },
      { name: 'tail', customers: 2, recall: 1 },
      { name: 'cold', customers: 1, recall: 0 },
    ]);
  });
  test('thirds by training products, equal customers together, empty thirds without a mean', () => {
    expect(toActivityBounds(population)).toEqual({ first: 2, second: 2 });
    const found = measureActivity(sliced, toMetricColumns(measured, 3));
    expect(found.map(({ customers, recall }) => ({ customers, recall }))).toEqual([
      { customers: 2, recall: 0.5 },
      { customers: 0, recall: null },
      { customers: 1, recall: 1 },
    ]);
  });
});
