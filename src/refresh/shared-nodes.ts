/** The nodes that two versions both know and both have vectors of, by type and id. */
import { type NodeType, toNodeKey } from '../base/ids.ts';
import type { Matrix } from '../base/matrix.ts';
import type { NodeTable } from '../vectors/types.ts';

/** What a version is compared by. */
export interface ComparedVersion {
  readonly nodes: Pick<NodeTable, 'ids' | 'ranges'>;
  readonly vectors: Matrix;
  readonly contexts: Matrix;
  /** Keys of nodes whose rows are of others that had their ids before: not shared. */
  readonly replaced?: ReadonlySet<string>;
}

/** Rows of one node in two versions, at the same place of both arrays, in the order of the old rows. */
export interface SharedNodes {
  readonly from: Uint32Array; // rows of the new version
  readonly to: Uint32Array; // rows of the old version
}

/** Of one type. @param from the new version @param to the old version */
export function findSharedNodes(from: ComparedVersion, to: ComparedVersion, type: NodeType): SharedNodes {
  const rows = new Map<string, number>();
  eachRow(from, type, (row, id) => rows.set(id, row));
  const shared: { from: number[]; to: number[] } = { from: [], to: [] };
  eachRow(to, type, (row, id) => {
    const other = rows.get(id);
    if (other === undefined || !hasRows(from, other) || !hasRows(to, row)) return;
    if (to.replaced?.has(toNodeKey(type, id))) return;
    shared.from.push(other);
    shared.to.push(row);
  });
  return { from: Uint32Array.from(shared.from), to: Uint32Array.from(shared.to) };
}

function eachRow({ nodes }: ComparedVersion, type: NodeType, visit: (row: number, id: string) => void): void {
  const { start, end } = nodes.ranges.find((r) => r.type === type) ?? { start: 0, end: 0 };
  for (let row = start; row < end; row++) visit(row, nodes.ids[row]!);
}

/** A row of zeros is a node without a vector. */
const hasRows = ({ vectors, contexts }: ComparedVersion, row: number): boolean =>
  !vectors.isZeroRow(row) && !contexts.isZeroRow(row);
