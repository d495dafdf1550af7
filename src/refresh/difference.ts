/**
 * What has changed between the graph a version was trained on and the graph of today, node by node:
 * the share of a node's steps that would go elsewhere now. It is the total variation distance between
 * the two first-order laws of the row, so that it means the same for a customer of three products and for
 * a hub, and does not move when decay makes all weights of a row smaller alike.
 */
import { toNodeKey } from '../base/ids.ts';
import type { NodeRange, Snapshot } from '../graph/types.ts';
import { toArcShares } from '../walk/law.ts';
import type { TypePolicy } from '../walk/policy.ts';

/** The graph of a version; rows are those of its node table. */
export interface ParentGraph {
  readonly ranges: readonly NodeRange[];
  readonly ids: readonly string[]; // [n′]
  readonly offsets: Uint32Array; // [n′ + 1]
  readonly targets: Uint32Array; // [m′]
  readonly weights: Float32Array; // [m′]
  /** Keys of nodes that have their id from another one, which was deleted: new, whatever the parent has under it. */
  readonly replaced?: ReadonlySet<string>;
  /** [n′] what had changed before, and was not trained on. */
  readonly pending: Float32Array;
}

export interface GraphDifference {
  /** [n] row in the parent, −1: the parent does not know the node. */
  readonly parentRows: Int32Array;
  /**
   * [n] 0 … 1, what is pending added: never less than the distance to the law that was trained on. 1 also
   * where a node has its first arcs, 0 where it has none now.
   */
  readonly change: Float32Array;
  /** Nodes of the parent that are not there any more. */
  readonly goneCount: number;
  /** Nodes that had arcs in the parent and have none now. */
  readonly lostCount: number;
}

/** O(n + m), both graphs undirected. */
export function compareGraphs(now: Snapshot, parent: ParentGraph, policy: TypePolicy): GraphDifference {
  const { parentRows, goneCount } = findParentRows(now, parent);
  const shares = toArcShares(now, policy);
  const parentShares = toArcShares(parent, policy);
  const change = new Float32Array(now.nodeCount);
  let lostCount = 0;
  for (let v = 0; v < now.nodeCount; v++) {
    const row = parentRows[v]!;
    const [start, end] = [now.offsets[v]!, now.offsets[v + 1]!];
    if (start === end) {
      if (row >= 0 && parent.offsets[row] !== parent.offsets[row + 1]) lostCount++;
      continue;
    }
    if (row < 0 || parent.offsets[row] === parent.offsets[row + 1]) {
      change[v] = 1;
      continue;
    }
    // Σ max(0, p − p′) over the arcs of today is half of Σ |p − p′| over those of both.
    let moved = parent.pending[row]!;
    let old = parent.offsets[row]!;
    const oldEnd = parent.offsets[row + 1]!;
    for (let a = start; a < end; a++) {
      const target = parentRows[now.targets[a]!]!;
      // Known nodes stand in the same order in both, so that both rows ascend together.
      if (target >= 0) while (old < oldEnd && parent.targets[old]! < target) old++;
      const known = target >= 0 && old < oldEnd && parent.targets[old] === target;
      moved += Math.max(0, shares[a]! - (known ? parentShares[old]! : 0));
    }
    change[v] = Math.min(1, moved);
  }
  return { parentRows, change, goneCount, lostCount };
}

function findParentRows(
  now: Pick<Snapshot, 'nodeCount' | 'ranges' | 'ids'>,
  parent: Pick<ParentGraph, 'ranges' | 'ids' | 'replaced'>,
): Pick<GraphDifference, 'parentRows' | 'goneCount'> {
  const parentRows = new Int32Array(now.nodeCount).fill(-1);
  let found = 0;
  now.ranges.forEach(({ type: name, start, end }, type) => {
    const range = parent.ranges[type]!;
    const known = new Map<string, number>();
    for (let row = range.start; row < range.end; row++) known.set(parent.ids[row]!, row);
    for (let v = start; v < end; v++) {
      const row = known.get(now.ids[v]!);
      if (row === undefined || parent.replaced?.has(toNodeKey(name, now.ids[v]!))) continue;
      parentRows[v] = row;
      found++;
    }
  });
  return { parentRows, goneCount: parent.ids.length - found };
}
