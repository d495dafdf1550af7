/**
 * One exact search of a scan table: score a block of rows, keep the best, next block. The same
 * function runs on the calling thread and on search threads; it knows nothing of either.
 */
import { BLOCK_ROWS, type Scanner } from '../kernel/scan.ts';
import { hasRow } from './row-set.ts';
import type { SearchRequest } from './search-request.ts';
import { createTopRows } from './top-rows.ts';

export interface SearchResult {
  readonly rows: Uint32Array<ArrayBuffer>; // [≤ limit] best first
  readonly scores: Float32Array<ArrayBuffer>; // parallel to rows, in [-1, 1]
}

/**
 * @param absent u8 [rows] 1 where a row has no vector
 * Cost: O((end − start) · stride) to score, O(log limit) per row that beats the worst kept.
 */
export function searchTable(scanner: Scanner, absent: Uint8Array, request: SearchRequest): SearchResult {
  const { query, limit, start, end, without, only } = request;
  const { flags, bits } = without ?? { flags: absent, bits: 0 };
  const exclude = new Set(request.exclude);
  const top = createTopRows(limit);
  scanner.query.set(query);
  let threshold = top.threshold();
  for (let first = start; first < end && limit > 0; first += BLOCK_ROWS) {
    const scores = scanner.scan(first, Math.min(BLOCK_ROWS, end - first));
    for (let i = 0; i < scores.length; i++) {
      if (!(scores[i] > threshold)) continue; // rows ascend, so a tie with the worst kept loses
      const row = first + i;
      if (absent[row] === 1 || (flags[row] & bits) !== 0 || exclude.has(row)) continue;
      if (only && !hasRow(only, row)) continue;
      top.offer(row, Math.min(Math.max(scores[i], -1), 1)); // rounding may leave a cosine a hair outside
      threshold = top.threshold();
    }
  }
  return top.drain();
}
