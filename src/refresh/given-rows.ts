/**
 * What a refresh starts from: both matrices of the parent in the rows of today's graph. A node with no
 * trained row gets both from what it touches; one that touches only what is as new starts cold.
 */
import { Matrix } from '../base/matrix.ts';
import type { TaskContext } from '../base/task.ts';
import type { Snapshot } from '../graph/types.ts';
import { type FoldIn, type FoldInVersion, prepareFoldIn, type Touched } from './fold-in.ts';

export interface GivenRows {
  readonly vectors: Matrix; //  [n, dimension] zeros where nothing is known
  readonly contexts: Matrix; // [n, dimension]
  readonly foldedInCount: number;
}

/**
 * Nodes without an arc today get rows of zeros, whatever they had.
 * @param parentRows [n] row in the parent, −1 where it has none
 * @param parent both matrices and the graph they were trained on, in the parent's rows
 * @throws ShelfwalkError ABORTED
 */
export async function buildGivenRows(
  snapshot: Snapshot,
  parentRows: Int32Array,
  parent: FoldInVersion,
  task: TaskContext,
): Promise<GivenRows> {
  const vectors = toRowsOf(parent.vectors, parentRows);
  const contexts = toRowsOf(parent.contexts, parentRows);
  let foldedInCount = 0;
  for (const { type, start, end } of snapshot.ranges) {
    let foldIn: FoldIn | undefined; // prepared only if there is a new node of the type: it reads all rows
    for (let v = start; v < end; v++) {
      if (snapshot.offsets[v] === snapshot.offsets[v + 1]) {
        vectors.row(v).fill(0);
        contexts.row(v).fill(0);
        continue;
      }
      if (!vectors.isZeroRow(v) || !contexts.isZeroRow(v)) continue;
      foldIn ??= await prepareFoldIn(parent, { ...task, types: [type] });
      const folded = foldIn.fold(type, findTouched(snapshot, v, parentRows));
      if (!folded) continue;
      vectors.row(v).set(folded.vector);
      contexts.row(v).set(folded.context);
      foldedInCount++;
    }
  }
  return { vectors, contexts, foldedInCount };
}

/** The parent's rows in the order of today's, and nothing else; zeros where it has none. */
export function toRowsOf(matrix: Matrix, parentRows: Int32Array): Matrix {
  const { cols } = matrix;
  const rows = new Matrix(new Float32Array(parentRows.length * cols), parentRows.length, cols);
  parentRows.forEach((row, v) => {
    if (row >= 0) rows.row(v).set(matrix.row(row));
  });
  return rows;
}

/** Today's neighbours that the parent knows. */
function findTouched({ offsets, targets, weights }: Snapshot, v: number, parentRows: Int32Array): Touched[] {
  const touched: Touched[] = [];
  for (let a = offsets[v]!; a < offsets[v + 1]!; a++) {
    const row = parentRows[targets[a]!]!;
    if (row >= 0) touched.push({ row, weight: weights[a]! });
  }
  return touched;
}
