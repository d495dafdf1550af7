/**
 * Going on from vectors there are: both matrices of an earlier training, in the rows of this snapshot.
 * A row may be frozen, held near where it was, or left to move; one that was not given starts cold.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Matrix } from '../base/matrix.ts';
import { createBreather, throwIfAborted } from '../base/task.ts';

/**
 * A node whose two rows are all zeros starts cold: with the first vector that its key draws, and a
 * context of zeros. A node with a row in one matrix only (a fold-in) keeps both as they are given.
 */
export interface WarmStart {
  readonly vectors: Matrix; //  [n, dimension]
  readonly contexts: Matrix; // [n, dimension]
  /** [n] 1: neither row of this node changes by a bit. It still moves those around it. A frozen node never starts cold. */
  readonly frozen?: Uint8Array;
  /**
   * `pull`, 0 … 1: after every pass a row goes back so much of the way to the row that was given. Rows that
   * are frozen, or were given as zeros, are left alone.
   */
  readonly anchor?: { readonly pull: number };
}

/** Both matrices as the kernel has them. */
export interface Rows {
  readonly vectors: Matrix; //  [n, dimension]
  readonly contexts: Matrix; // [n, dimension]
}

/**
 * @throws ShelfwalkError EMBEDDING_SHAPE_MISMATCH — a matrix or the mask has not a row for each node
 * @throws ShelfwalkError VECTOR_INVALID — a coordinate is not finite · REQUEST_INVALID — the pull is out of range
 */
export function checkWarmStart(warm: WarmStart, nodeCount: number, dimension: number): void {
  checkRows(warm, nodeCount, dimension, 'warm');
  const { frozen, anchor } = warm;
  if (frozen && frozen.length !== nodeCount) {
    throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', {
      field: 'warm.frozen',
      found: frozen.length,
      expected: nodeCount,
    });
  }
  if (anchor && !(anchor.pull >= 0 && anchor.pull <= 1)) {
    const details = { field: 'warm.anchor.pull', found: anchor.pull, expected: 'a share, 0 … 1' };
    throw new ShelfwalkError('REQUEST_INVALID', details);
  }
}

/** @param where named in the error: `warm` · `checkpoint.from` */
export function checkRows(rows: Rows, nodeCount: number, dimension: number, where: string): void {
  for (const name of ['vectors', 'contexts'] as const) {
    const field = `${where}.${name}`;
    const matrix = rows[name];
    if (matrix.rows !== nodeCount || matrix.cols !== dimension) {
      const [found, expected] = [
        [matrix.rows, matrix.cols],
        [nodeCount, dimension],
      ];
      throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', { field, found, expected });
    }
    for (let v = 0; v < nodeCount; v++) {
      const column = findNotFinite(matrix, v);
      if (column < 0) continue;
      throw new ShelfwalkError('VECTOR_INVALID', {
        field,
        row: v,
        column,
        found: String(matrix.row(v)[column]),
      });
    }
  }
}

/** A column of the row, −1 if there is none; without a view of the row, for there may be millions. */
function findNotFinite({ data, cols, stride }: Matrix, v: number): number {
  for (let d = 0; d < cols; d++) if (!Number.isFinite(data[v * stride + d])) return d;
  return -1;
}

const isFrozen = ({ frozen }: WarmStart, v: number): boolean => frozen !== undefined && frozen[v] !== 0;

const isZero = (row: Float32Array): boolean => row.every((x) => x === 0);

/** Whether the node starts from what was given, and not from the first vector that its key draws. */
const isGiven = (warm: WarmStart, v: number): boolean =>
  isFrozen(warm, v) || !warm.vectors.isZeroRow(v) || !warm.contexts.isZeroRow(v);

/** Writes the rows that were given over the first vectors. */
export function takeGivenRows(rows: Rows, warm: WarmStart): void {
  for (let v = 0; v < rows.vectors.rows; v++) {
    if (!isGiven(warm, v)) continue;
    rows.vectors.row(v).set(warm.vectors.row(v));
    rows.contexts.row(v).set(warm.contexts.row(v));
  }
}

/**
 * x ← x + pull · (given − x): after each pass the proximal step of a penalty λ/2 · ‖x − given‖² with
 * pull = λ / (1 + λ). A row that many windows move outweighs it; one that few windows meet stays put.
 * @throws ShelfwalkError ABORTED
 */
export async function pullBack(rows: Rows, warm: WarmStart, signal: AbortSignal | undefined): Promise<void> {
  const pull = warm.anchor?.pull ?? 0;
  if (pull === 0) return;
  const breathe = createBreather();
  for (let v = 0; v < rows.vectors.rows; v++) {
    if (isFrozen(warm, v)) continue;
    pullRow(rows.vectors.row(v), warm.vectors.row(v), pull);
    pullRow(rows.contexts.row(v), warm.contexts.row(v), pull);
    if (v % 1024 !== 0) continue;
    throwIfAborted(signal);
    await breathe();
  }
}

function pullRow(row: Float32Array, given: Float32Array, pull: number): void {
  if (isZero(given)) return;
  for (let d = 0; d < row.length; d++) row[d]! += pull * (given[d]! - row[d]!);
}
