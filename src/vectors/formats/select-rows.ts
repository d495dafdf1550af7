/** Which rows of a version leave it: nodes of some types that have a vector, from one of its two matrices. */
import { ShelfwalkError } from '../../base/errors.ts';
import { NODE_TYPES, type NodeType } from '../../base/ids.ts';
import type { Matrix } from '../../base/matrix.ts';
import type { VersionContent } from '../types.ts';
import { checkPlainKeys } from './plain-keys.ts';
import type { KeyStyle, VectorRow, VectorRows } from './types.ts';

export const MATRICES = ['vectors', 'contexts'] as const;
export type MatrixName = (typeof MATRICES)[number];

export interface RowSelection {
  /** Default: all. */
  readonly types?: readonly NodeType[];
  /** Default: vectors. */
  readonly matrix?: MatrixName;
  /** For a format that joins type and id into one key. Default: type:id. */
  readonly keys?: KeyStyle;
}

export interface SelectedRows extends VectorRows {
  /** Nodes of these types without a vector: zeros would be taken for one elsewhere. */
  readonly leftOut: number;
}

/**
 * In the order of the version. Both matrices give the same nodes, those whose row of `vectors` is not all
 * zeros, so that the files of the two agree line by line. Nothing is copied.
 * @throws ShelfwalkError REQUEST_UNPROCESSABLE — no node of these types has a vector · CONTEXTS_MISSING
 * @throws ShelfwalkError REQUEST_UNPROCESSABLE · NODE_KEY_INVALID — keys that are ids do not do for these rows
 */
export function selectRows(
  { nodes, vectors, contexts }: Pick<VersionContent, 'nodes' | 'vectors' | 'contexts'>,
  { types = NODE_TYPES, matrix: name = 'vectors', keys = 'type:id' }: RowSelection = {},
): SelectedRows {
  const table = name === 'vectors' ? vectors : contexts;
  if (!table) throw new ShelfwalkError('CONTEXTS_MISSING', { field: 'matrix', found: name });
  const ranges = nodes.ranges.filter(({ type }) => types.includes(type));
  const hasVector = (row: number): boolean => vectors.row(row).some((x) => x !== 0);
  let [count, leftOut] = [0, 0];
  for (const { start, end } of ranges) {
    for (let row = start; row < end; row++) {
      if (hasVector(row)) count++;
      else leftOut++;
    }
  }
  if (count === 0) {
    const found = 'no node with a vector';
    throw new ShelfwalkError('REQUEST_UNPROCESSABLE', { field: 'type', types, found });
  }
  function* iterate(matrix: Matrix): Generator<VectorRow> {
    for (const { type, start, end } of ranges) {
      for (let row = start; row < end; row++) {
        if (!hasVector(row)) continue;
        yield { type, id: nodes.ids[row]!, name: nodes.names[row]!, vector: matrix.row(row) };
      }
    }
  }
  const rows = { count, leftOut, dimension: table.cols, keys, [Symbol.iterator]: () => iterate(table) };
  if (keys === 'id') checkPlainKeys(rows);
  return rows;
}
