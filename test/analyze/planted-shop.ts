/** A shop of two halves whose customers never cross over, and a scorer made from a function. */
import type { EvaluationInput, Scorer } from '../../src/analyze/types.ts';
import { type Row, toColumns, toRandom } from './small-data.ts';

export const PRODUCTS = 60;
export const CUSTOMERS = 120;

/** Customers 0…59 like products 0…29, the others the rest; the first few products of each half sell most. */
export function toShop(seed: number): EvaluationInput {
  const random = toRandom(seed);
  const buy = (customer: number): number =>
    (customer < CUSTOMERS / 2 ? 0 : PRODUCTS / 2) + Math.floor(random() ** 2 * (PRODUCTS / 2));
  const rows = (each: number, time: number): Row[] =>
    Array.from(
      { length: CUSTOMERS * each },
      (_, i) => [i % CUSTOMERS, buy(i % CUSTOMERS), i % CUSTOMERS, time] as const,
    );
  return {
    train: toColumns(rows(8, 1)),
    test: toColumns(rows(3, 2)),
    customerCount: CUSTOMERS,
    productCount: PRODUCTS,
    ordered: true,
    k: [5, 10],
    maxCustomers: 1000,
    seed: 7,
    resamples: 200,
  };
}

export const toScorer = (name: string, score: Scorer['score']): Scorer => ({
  name,
  family: 'other',
  text: name,
  score,
});
