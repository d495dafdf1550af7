/**
 * Exact search as one would write it on paper: f64, every row scored, all of them sorted. Slow; it is
 * the oracle that every other index is held to, and it shares no arithmetic with them.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { type Matrix, toNorm } from '../base/matrix.ts';
import { readOptions, readQuery } from './search-request.ts';
import type { Hit, NeighborIndex } from './types.ts';

export function createReferenceIndex(
  matrix: Matrix,
  { metric }: { metric: 'cosine' | 'dot' },
): NeighborIndex {
  const { rows, cols } = matrix;
  const table = Array.from({ length: rows }, (_, i) => Float64Array.from(matrix.row(i)));
  let isClosed = false;
  return {
    metric,
    rows,
    cols,
    async search(query, options) {
      const { vector, norm } = readQuery(query, { cols, metric });
      const { limit, start, end, exclude, without, only } = readOptions(options, rows);
      if (isClosed) throw new ShelfwalkError('INDEX_CLOSED');
      const hits: Hit[] = [];
      for (let row = start; row < end; row++) {
        const rowNorm = toNorm(table[row]);
        if (rowNorm === 0 || exclude.includes(row)) continue;
        if (without && (without.flags[row] & without.bits) !== 0) continue;
        if (only && ((only.bits[Math.floor(row / 8)] >> (row % 8)) & 1) === 0) continue;
        const dot = table[row].reduce((sum, x, c) => sum + x * vector[c], 0);
        hits.push({ row, score: metric === 'dot' ? dot : Math.min(Math.max(dot / (rowNorm * norm), -1), 1) });
      }
      return hits.sort((a, b) => b.score - a.score || a.row - b.row).slice(0, limit);
    },
    async close() {
      isClosed = true;
    },
  };
}
