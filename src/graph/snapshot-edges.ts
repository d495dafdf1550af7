/**
 * The edges of an undirected snapshot, one by one. It stores an edge as two arcs; here the arc
 * from the lower row to the higher one stands for it, so that an edge has one number and comes once.
 */
import type { Snapshot } from './types.ts';

/** Good for one snapshot only, like the rows it names. */
export interface SnapshotEdge {
  readonly arc: number; // position in `targets` and `weights`
  readonly from: number; // row, the lower one
  readonly to: number; // row
}

/** All edges by ascending `from`, then `to`: the order of their arcs. O(m) */
export function* edgesOf({ nodeCount, offsets, targets }: Snapshot): Generator<SnapshotEdge> {
  for (let from = 0; from < nodeCount; from++) {
    for (let arc = offsets[from]!; arc < offsets[from + 1]!; arc++) {
      if (targets[arc]! > from) yield { arc, from, to: targets[arc]! };
    }
  }
}

/** Edges of one node, by ascending row of the other end. */
export function* edgesAt(g: Snapshot, row: number): Generator<SnapshotEdge> {
  for (let arc = g.offsets[row]!; arc < g.offsets[row + 1]!; arc++) {
    const other = g.targets[arc]!;
    yield other > row ? { arc, from: row, to: other } : findEdge(g, row, other)!;
  }
}

/** The edge between two rows, in either order. O(log degree) */
export function findEdge({ offsets, targets }: Snapshot, a: number, b: number): SnapshotEdge | undefined {
  const from = Math.min(a, b);
  const to = Math.max(a, b);
  let low = offsets[from]!;
  let high = offsets[from + 1]!;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (targets[middle]! < to) low = middle + 1;
    else high = middle;
  }
  return from !== to && low < offsets[from + 1]! && targets[low] === to ? { arc: low, from, to } : undefined;
}

/** The edge that an arc stands for; undefined for a number that is no arc, or the arc back. O(log n) */
export function edgeOfArc(
  { nodeCount, arcCount, offsets, targets }: Snapshot,
  arc: number,
): SnapshotEdge | undefined {
  if (!(arc >= 0 && arc < arcCount)) return undefined;
  let low = 0;
  let high = nodeCount;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (offsets[middle]! <= arc) low = middle;
    else high = middle;
  }
  return targets[arc]! > low ? { arc, from: low, to: targets[arc]! } : undefined;
}
