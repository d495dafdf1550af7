/** What code may ask for that HTTP has refused already, and what takes too long for one request. */
import { ShelfwalkError } from '../base/errors.ts';
import type { ListOptions } from './recommend-types.ts';

/** Diversity compares every candidate with every result: beyond this a request would hold the others up. */
const MAX_DIVERSE_LIMIT = 200;
/** Explanations read the arcs of every product of the customer, for every result. */
const MAX_EXPLAINED = 100;

/** @throws ShelfwalkError REQUEST_UNPROCESSABLE — names the field */
export function checkListOptions(options: ListOptions): void {
  const { limit, diversity = 0, popularityDiscount = 0, caps = [], groupBy, explain } = options;
  check('limit', limit, Number.isSafeInteger(limit) && limit >= 0, 'a whole number >= 0');
  check('diversity', diversity, diversity >= 0 && diversity <= 1, '0 … 1');
  const isDiscount = popularityDiscount >= 0 && Number.isFinite(popularityDiscount);
  check('popularityDiscount', popularityDiscount, isDiscount, 'a number >= 0');
  for (const { max } of caps) check('caps.max', max, isCount(max), 'a whole number >= 1');
  if (groupBy) check('groupBy.size', groupBy.size, isCount(groupBy.size), 'a whole number >= 1');
  const isLong = (most: number): boolean => limit > most;
  check(
    'limit',
    limit,
    !(diversity > 0 && isLong(MAX_DIVERSE_LIMIT)),
    `at most ${MAX_DIVERSE_LIMIT} with diversity`,
  );
  check('limit', limit, !(explain && isLong(MAX_EXPLAINED)), `at most ${MAX_EXPLAINED} with explain`);
}

const isCount = (x: number): boolean => Number.isSafeInteger(x) && x >= 1;

function check(field: string, found: number, holds: boolean, expected: string): void {
  if (!holds) throw new ShelfwalkError('REQUEST_UNPROCESSABLE', { field, found, expected });
}
