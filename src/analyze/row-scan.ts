/**
 * Dot products of many queries with every row of a table, exactly, in f64. Plain TypeScript, blocked:
 * four queries by two rows share eight running sums, which is about three times a simple loop.
 */
import type { Matrix } from '../base/matrix.ts';
import { toNorm } from '../base/matrix.ts';
import type { Pause } from './types.ts';

/** Rows [start, end) of a matrix, each with a factor; factor 0 = no vector, never scored. */
export interface RowTable {
  readonly matrix: Matrix;
  readonly start: number;
  readonly count: number;
  readonly factors: Float64Array; // [count]
}

export type Similarity = 'dot' | 'cosine';

/** Rows of all zeros get factor 0: that is how a node without a vector looks. */
export function toRowTable(
  matrix: Matrix,
  { start, end }: { readonly start: number; readonly end: number },
  similarity: Similarity,
): RowTable {
  const factors = Float64Array.from({ length: end - start }, (_, i) => {
    const norm = toNorm(matrix.row(start + i));
    if (norm === 0) return 0;
    return similarity === 'cosine' ? 1 / norm : 1;
  });
  return { matrix, start, count: end - start, factors };
}

const BLOCK_ROWS = 32;
const QUERIES = 4;

/**
 * out[q][i] = queries[q] · row i · factors[i], -Infinity where factors[i] is 0.
 *
 * @param queries f64, each [cols]
 * @param out     f32 [≥ count] per query
 */
export async function scanRows(
  queries: readonly Float64Array[],
  table: RowTable,
  { out, pause }: { readonly out: readonly Float32Array[]; readonly pause: Pause },
): Promise<void> {
  const { cols } = table.matrix;
  const padded = Math.ceil(queries.length / QUERIES) * QUERIES;
  const packed = new Float64Array(padded * cols);
  for (const [q, query] of queries.entries()) packed.set(query, q * cols);
  const block = new Float64Array(BLOCK_ROWS * cols);
  const sums = new Float64Array(2 * QUERIES);
  for (let at = 0; at < table.count; at += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, table.count - at);
    fillBlock(table, at, { rows, block });
    for (let q = 0; q < queries.length; q += QUERIES) {
      for (let r = 0; r < rows; r += 2) {
        addUp(packed, q * cols, { block, from: r * cols, cols, sums });
        for (let i = 0; i < QUERIES && q + i < queries.length; i++) {
          out[q + i]![at + r] = sums[i]!;
          if (r + 1 < rows) out[q + i]![at + r + 1] = sums[QUERIES + i]!;
        }
      }
    }
    await pause();
  }
  for (let i = 0; i < table.count; i++) {
    if (table.factors[i] === 0)
      for (let q = 0; q < queries.length; q++) out[q]![i] = Number.NEGATIVE_INFINITY;
  }
}

function fillBlock(
  table: RowTable,
  at: number,
  { rows, block }: { rows: number; block: Float64Array },
): void {
  const { matrix, factors } = table;
  for (let r = 0; r < rows; r++) {
    const from = (table.start + at + r) * matrix.stride;
    const factor = factors[at + r]!;
    for (let d = 0; d < matrix.cols; d++) block[r * matrix.cols + d] = matrix.data[from + d]! * factor;
  }
}

/** sums[0…3] = four queries · one row, sums[4…7] = the same queries · the next row. */
function addUp(
  x: Float64Array,
  x0: number,
  { block, from, cols, sums }: { block: Float64Array; from: number; cols: number; sums: Float64Array },
): void {
  const x1 = x0 + cols;
  const x2 = x1 + cols;
  const x3 = x2 + cols;
  const next = from + cols;
  let a0 = 0,
    a1 = 0,
    a2 = 0,
    a3 = 0;
  let b0 = 0,
    b1 = 0,
    b2 = 0,
    b3 = 0;
  for (let d = 0; d < cols; d++) {
    const a = block[from + d]!;
    const b = block[next + d]!;
    const q0 = x[x0 + d]!;
    const q1 = x[x1 + d]!;
    const q2 = x[x2 + d]!;
    const q3 = x[x3 + d]!;
    a0 += a * q0;
    a1 += a * q1;
    a2 += a * q2;
    a3 += a * q3;
    b0 += b * q0;
    b1 += b * q1;
    b2 += b * q2;
    b3 += b * q3;
  }
  sums[0] = a0;
  sums[1] = a1;
  sums[2] = a2;
  sums[3] = a3;
  sums[4] = b0;
  sums[5] = b1;
  sums[6] = b2;
  sums[7] = b3;
}
