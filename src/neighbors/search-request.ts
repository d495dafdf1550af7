/**
 * What a caller asked for, checked and in plain data: the one place where queries and options are
 * judged, so that every index refuses the same things in the same words.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { toNorm } from '../base/matrix.ts';
import { toSetBytes } from './row-set.ts';
import type { FlaggedRows, NeighborIndex, RowSet, SearchOptions } from './types.ts';

/** Plain data: crosses to a search thread as it is. */
export interface SearchRequest {
  readonly query: Float32Array<ArrayBuffer>; // [cols] in the scale of the table
  readonly limit: number; // ≤ end − start
  readonly start: number;
  readonly end: number;
  readonly exclude: Uint32Array<ArrayBuffer>; // rows inside [start, end), in no order, repeats allowed
  readonly without?: FlaggedRows; // shared memory: nothing is copied
  readonly only?: RowSet; //         as well
}

/**
 * The query as the table's own type, and its norm in f64.
 * @throws ShelfwalkError EMBEDDING_SHAPE_MISMATCH · VECTOR_INVALID — not finite as f32; zero norm under cosine
 */
export function readQuery(
  query: ArrayLike<number>,
  { cols, metric }: Pick<NeighborIndex, 'cols' | 'metric'>,
): { vector: Float32Array<ArrayBuffer>; norm: number } {
  if (query.length !== cols) {
    throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', {
      field: 'query',
      found: query.length,
      expected: cols,
    });
  }
  const vector = new Float32Array(cols);
  for (let i = 0; i < cols; i++) {
    const value = query[i];
    // Number('1') is finite too, but a string here is a caller's mistake that must not pass.
    if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) {
      throw new ShelfwalkError('VECTOR_INVALID', {
        field: `query[${i}]`,
        found: String(value),
        expected: 'a finite 32-bit number',
      });
    }
    vector[i] = value;
  }
  const norm = toNorm(vector);
  if (norm === 0 && metric === 'cosine') {
    throw new ShelfwalkError('VECTOR_INVALID', {
      field: 'query',
      found: 'all zeros',
      expected: 'a direction',
    });
  }
  return { vector, norm };
}

/**
 * @throws ShelfwalkError REQUEST_INVALID — limit or range is not of whole numbers, or lies outside the table
 * @throws ShelfwalkError EMBEDDING_SHAPE_MISMATCH — not one flag, or one bit, per row
 */
export function readOptions(
  { limit, range, exclude, without, only }: SearchOptions,
  rows: number,
): Omit<SearchRequest, 'query'> {
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new ShelfwalkError('REQUEST_INVALID', {
      field: 'limit',
      found: String(limit),
      expected: 'a whole number >= 0',
    });
  }
  const { start, end } = range ?? { start: 0, end: rows };
  if (
    !(Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end && end <= rows)
  ) {
    throw new ShelfwalkError('REQUEST_INVALID', {
      field: 'range',
      found: `[${start}, ${end})`,
      expected: `0 <= start <= end <= ${rows}`,
    });
  }
  if (without && without.flags.length !== rows) {
    throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', {
      field: 'without.flags',
      found: without.flags.length,
      expected: rows,
    });
  }
  if (only && only.bits.length !== toSetBytes(rows)) {
    throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', {
      field: 'only.bits',
      found: only.bits.length,
      expected: toSetBytes(rows),
    });
  }
  const inside: number[] = [];
  for (const row of exclude ?? []) if (Number.isInteger(row) && row >= start && row < end) inside.push(row);
  return {
    limit: Math.min(limit, end - start),
    start,
    end,
    exclude: Uint32Array.from(inside),
    without,
    only,
  };
}
