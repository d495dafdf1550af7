/**
 * What a customer has bought before, as the member `own` of a blend ranks it: by how often, what is long ago counting
 * less. Evaluations and answers rank by this one order.
 */
import type { InteractionColumns } from '../graph/types.ts';
import { degreeOf, findPair, type Incidence, scanAges } from './incidence.ts';
import type { Population } from './population.ts';
import type { Scorer } from './types.ts';

/**
 * An age of one moment weighs this much. Nearer to 1 than RECENCY_DECAY: what somebody wants next is told by the last
 * baskets, what they buy again by all of them.
 */
export const OWN_DECAY = 0.98;

/**
 * Σ decay^age over what a customer did with a product.
 * @param ages of the events, ascending: the sum is the same to the bit wherever it is taken
 */
export const toFrequency = (ages: Iterable<number>): number => {
  let sum = 0;
  for (const age of ages) sum += OWN_DECAY ** age;
  return sum;
};

/**
 * `toFrequency` of every pair.
 * @returns f64 [pairs], parallel to `pairs.items`
 */
export function toFrequencies(columns: InteractionColumns, pairs: Incidence): Float64Array {
  const frequencies = new Float64Array(pairs.items.length);
  scanAges(columns, pairs.rows, (i, age) => {
    frequencies[findPair(pairs, columns.customer[i]!, columns.product[i]!)]! += OWN_DECAY ** age;
  });
  return frequencies;
}

export interface OwnProduct {
  readonly row: number;
  readonly frequency: number; // > 0
  /** Distinct customers. */
  readonly popularity: number;
}

/** By the frequency, and a little by how many buy the product: of what was bought once, that is what comes again. */
export const compareOwn = (a: OwnProduct, b: OwnProduct): number => toWant(b) - toWant(a) || a.row - b.row;

const POPULARITY_EXPONENT = 0.1;

/** A product that came after the version is bought by nobody there, and counts as one that one customer buys. */
const toWant = ({ frequency, popularity }: OwnProduct): number =>
  frequency * Math.max(1, popularity) ** POPULARITY_EXPONENT;

/**
 * Written as ranks, so that nothing is lost in f32: the last own product scores 1, any other product 0.
 * @param frequencies f64 [pairs of train]
 */
export function createOwn(
  { train, trainByProduct }: Pick<Population, 'train' | 'trainByProduct'>,
  frequencies: Float64Array,
): Scorer {
  return {
    name: 'own',
    family: 'other',
    text: `the customer's own products by how often, what was bought n baskets ago counting ${OWN_DECAY}^n, times customers^${POPULARITY_EXPONENT}`,
    score: (customer, scores) => {
      scores.fill(0);
      const own = Array.from({ length: degreeOf(train, customer) }, (_, i): OwnProduct => {
        const at = train.offsets[customer]! + i;
        const row = train.items[at]!;
        return { row, frequency: frequencies[at]!, popularity: degreeOf(trainByProduct, row) };
      });
      own.sort(compareOwn);
      for (const [place, { row }] of own.entries()) scores[row] = own.length - place;
    },
  };
}
