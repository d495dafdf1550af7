/**
 * Why all products are ranked: under sampled negatives the order of two scorers can turn round. An example
 * small enough to be worked out, and the evaluation itself on the side of the full ranking.
 * @see Krichene & Rendle, On sampled metrics for item recommendation, KDD 2020
 */
import { expect, test } from 'vitest';
import { evaluateSplit } from '../../src/analyze/evaluate.ts';
import type { Scorer } from '../../src/analyze/types.ts';
import { toScorer, toShop } from './planted-shop.ts';
import { type Row, toColumns } from './small-data.ts';

const CUSTOMERS = 20;
const PRODUCTS = 101; // product 100 is what each of them bought in training, 0 what they buy then
const NEGATIVES = 5;

/** The relevant product stands at this rank of the others. */
const RANKS: Record<string, (customer: number) => number> = {
  sharp: (customer) => (customer % 2 === 0 ? 1 : 100), // half of the time first, else last
  steady: () => 3, // never first
};

const toRanked = (name: string): Scorer =>
  toScorer(name, (customer, scores) => {
    const rank = RANKS[name]!(customer);
    for (let p = 1; p < PRODUCTS; p++) scores[p] = -p;
    scores[0] = -rank + 0.5; // rank − 1 of the others score more
  });

/** Of the 99 products that are neither bought nor relevant, m are drawn: the chance that none of the better ones is. */
function toSampledHitRate(rank: number, m: number): number {
  let chance = 1;
  for (let i = 0; i < m; i++) chance *= (PRODUCTS - 2 - (rank - 1) - i) / (PRODUCTS - 2 - i);
  return chance;
}

test('the scorer that wins the full ranking loses the sampled one', async () => {
  const rows = (product: number, time: number): Row[] =>
    Array.from({ length: CUSTOMERS }, (_, c) => [c, product, undefined, time] as const);
  const report = await evaluateSplit({
    ...toShop(1),
    train: toColumns(rows(100, 1)),
    test: toColumns(rows(0, 2)),
    customerCount: CUSTOMERS,
    productCount: PRODUCTS,
    k: [1],
    scorers: Object.keys(RANKS).map(toRanked),
  });
  const full = (name: string): number =>
    report.protocols.new.results.find((r) => r.scorer === name)!.at[0]!.hitRate.mean;
  expect([full('sharp'), full('steady')]).toEqual([0.5, 0]);

  const sampled = (name: string): number => {
    const customers = Array.from({ length: CUSTOMERS }, (_, c) => c);
    return customers.reduce((sum, c) => sum + toSampledHitRate(RANKS[name]!(c), NEGATIVES), 0) / CUSTOMERS;
  };
  expect(sampled('sharp')).toBeCloseTo(0.5, 12); // C(0, 5) = 0 for the other half
  expect(sampled('steady')).toBeCloseTo((94 * 93) / (99 * 98), 12); // two better ones are among the 94 not drawn
  expect(sampled('steady')).toBeGreaterThan(sampled('sharp'));
});
