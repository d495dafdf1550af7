/**
 * The edges of a snapshot, one by one. Where all of them go both ways an edge is stored as two arcs, and the
 * arc from the lower row to the higher one stands for it; otherwise every arc is an edge (snapshot-arcs.ts).
 */
import { findArc } from './arcs.ts';
import { createDirectedEdges, findSource } from './snapshot-arcs.ts';
import type { Snapshot } from './types.ts';

/** Good for one snapshot only, like the rows it names. */
export interface SnapshotEdge {
  readonly arc: number; // position in `targets` and `weights`
  readonly from: number; // row; the lower one where edges go both ways
  readonly to: number; // row
}

/** Which edges of a node: an edge that goes both ways is of all three. */
export type Way = 'both' | 'in' | 'out';

export interface SnapshotEdges {
  readonly directed: boolean;
  readonly count: number;
  /** All edges in the order of their arcs. O(m) */
  all(): Iterable<SnapshotEdge>;
  /** Edges of one node, by ascending row of the other end; those into it first. */
  at(row: number, way: Way): Iterable<SnapshotEdge>;
  /** Edges between two rows; `in` and `out` as the first of them sees it. O(log degree) */
  between(row: number, other: number, way: Way): SnapshotEdge[];
  /** The edge that a number of an arc stands for; undefined where it stands for none. O(log n) */
  ofArc(arc: number): SnapshotEdge | undefined;
  /** Rows at the other ends of a row's edges, each once, in the order of `at`. u32, may be a window on the snapshot */
  neighbors(row: number, way: Way): Uint32Array;
  degree(row: number, way: Way): number;
}

export const createEdges = (g: Snapshot): SnapshotEdges =>
  g.symmetric ? createUndirectedEdges(g) : createDirectedEdges(g);

function createUndirectedEdges(g: Snapshot): SnapshotEdges {
  const { nodeCount, arcCount, offsets, targets } = g;
  const find = (a: number, b: number): SnapshotEdge | undefined => {
    const [from, to] = [Math.min(a, b), Math.max(a, b)];
    const arc = findArc(g, from, to);
    return arc < 0 ? undefined : { arc, from, to };
  };
  return {
    directed: false,
    count: arcCount / 2,
    *all() {
      for (let from = 0; from < nodeCount; from++) {
        for (let arc = offsets[from]!; arc < offsets[from + 1]!; arc++) {
          if (targets[arc]! > from) yield { arc, from, to: targets[arc]! };
        }
      }
    },
    *at(row) {
      for (let arc = offsets[row]!; arc < offsets[row + 1]!; arc++) {
        const other = targets[arc]!;
        yield other > row ? { arc, from: row, to: other } : find(row, other)!;
      }
    },
    between(row, other) {
      const edge = find(row, other);
      return edge ? [edge] : [];
    },
    ofArc(arc) {
      if (!(arc >= 0 && arc < arcCount)) return undefined;
      const from = findSource(g, arc);
      return targets[arc]! > from ? { arc, from, to: targets[arc]! } : undefined; // else the arc back
    },
    neighbors: (row) => targets.subarray(offsets[row], offsets[row + 1]),
    degree: (row) => offsets[row + 1]! - offsets[row]!,
  };
}
