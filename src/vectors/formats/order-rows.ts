/** Rows as they were read → rows as a version has them: type by type, ids ascending by their bytes. */
import { compareIds, NODE_TYPES } from '../../base/ids.ts';
import type { Matrix } from '../../base/matrix.ts';
import type { NodeTable } from '../types.ts';
import type { ReadVectors } from './types.ts';

/**
 * The matrix is put in order where it lies, cycle by cycle (Knuth, TAOCP 1, §1.3.3), so that it is never
 * there twice.
 * @returns the table of the rows; degrees are 0: a file of vectors does not say them
 */
export function orderRows({ types, ids, names, vectors }: ReadVectors): NodeTable {
  const rank = Object.fromEntries(NODE_TYPES.map((type, i) => [type, i]));
  const order = Uint32Array.from(ids, (_, row) => row).sort(
    (a, b) => rank[types[a]!]! - rank[types[b]!]! || compareIds(ids[a]!, ids[b]!),
  );
  const sorted = (column: readonly string[]): string[] => Array.from(order, (row) => column[row]!);
  let end = 0;
  const ranges = NODE_TYPES.map((type) => {
    const start = end;
    while (end < order.length && types[order[end]!] === type) end++;
    return { type, start, end };
  });
  const table = { ids: sorted(ids), names: sorted(names), degrees: new Uint32Array(ids.length) };
  permute(vectors, order);
  return { count: ids.length, ranges, ...table };
}

/** row i ← row order[i]. `order` is used up: what is in place is marked by pointing at itself. */
function permute(matrix: Matrix, order: Uint32Array): void {
  const held = new Float32Array(matrix.cols);
  for (let start = 0; start < order.length; start++) {
    if (order[start] === start) continue;
    held.set(matrix.row(start));
    let to = start;
    for (let from = order[to]!; from !== start; from = order[to]!) {
      matrix.row(to).set(matrix.row(from));
      order[to] = to;
      to = from;
    }
    matrix.row(to).set(held);
    order[to] = to;
  }
}
