/**
 * Sets of rows of one table, a bit each: what a filter lets through, handed to a search as it is. In
 * shared memory, so that a search thread reads the same bytes and nothing is copied per question.
 */
import type { RowSet } from './types.ts';

export const toSetBytes = (rows: number): number => Math.ceil(rows / 8);

/** @param rows of the table; `members` lie below it, in no order, repeats allowed */
export function toRowSet(rows: number, members: Iterable<number>): RowSet {
  const bits = new Uint8Array(new SharedArrayBuffer(toSetBytes(rows)));
  for (const row of members) bits[row >>> 3]! |= 1 << (row & 7);
  return { bits };
}

export const hasRow = ({ bits }: RowSet, row: number): boolean => ((bits[row >>> 3]! >> (row & 7)) & 1) === 1;
