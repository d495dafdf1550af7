/**
 * Asks a ranking for as many candidates as the rules turn out to need, and no more: a cap or a discount may
 * pass over many, and the list is to be full whenever enough are left that may be shown.
 */
import { type Candidate, type SelectionRules, select } from './selection.ts';

/** The best `count` by score, best first; fewer only where there are no more. */
export type Ranking<T> = (count: number) => Promise<readonly T[]>;

export interface FillOptions<T> extends SelectionRules<T> {
  /** Another score for a candidate, never a higher one: what discounts popular products. */
  readonly discount?: (candidate: T) => number;
}

/** Candidates that diversity chooses from, for each that it shows: more than these are seldom worth showing. */
const POOL_PER_RESULT = 4;
const LEAST_POOL = 100;
const GROWTH = 4;

/**
 * As `select` over the whole ranking, discounted; with diversity over its best max(4 · limit, 100), and over
 * more where the rules leave the list short. A discount never raises a score, so a candidate whose discounted
 * score is not below the last undiscounted one that was asked for can be beaten by none beyond (Fagin's
 * threshold), and the ranking need not be read to its end.
 */
export async function fill<T extends Candidate>(ranking: Ranking<T>, options: FillOptions<T>): Promise<T[]> {
  const { limit, diversity, discount } = options;
  let pool = diversity > 0 ? Math.max(POOL_PER_RESULT * limit, LEAST_POOL) : limit;
  let count = discount ? Math.max(POOL_PER_RESULT * pool, LEAST_POOL) : pool;
  for (;;) {
    const found = await ranking(count);
    const isAll = found.length < count;
    const settled = discount ? toSettled(found, discount, isAll) : found;
    if (settled.length >= pool || isAll) {
      const chosen = select(settled.slice(0, pool), options);
      if (chosen.length === limit || (isAll && pool >= settled.length)) return chosen;
      pool *= GROWTH;
    }
    if (!isAll) count = Math.max(count * GROWTH, pool);
  }
}

/** By discounted score, those alone that nothing beyond `found` can beat. */
function toSettled<T extends Candidate>(
  found: readonly T[],
  discount: (candidate: T) => number,
  isAll: boolean,
): T[] {
  const bound = isAll ? -Infinity : (found.at(-1)?.score ?? -Infinity);
  return found
    .map((candidate) => ({ ...candidate, score: discount(candidate) }))
    .filter(({ score }) => score >= bound)
    .sort((a, b) => b.score - a.score); // stable
}
