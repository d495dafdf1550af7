/**
 * How often a pass of walks would meet each node of today's graph, without walking: from the parent's
 * counts. In an undirected graph visits go with a node's strength (the sum of its weights), so each count
 * is scaled by how its node's strength has grown. That is exact for first-order walks without a policy; a
 * policy moves visits between types, which the parent's counts already hold.
 */
import type { Snapshot } from '../graph/types.ts';

export interface ParentVisits {
  readonly offsets: Uint32Array; // [n′ + 1]
  readonly weights: Float32Array; // [m′]
  readonly visits: Uint32Array; // [n′]
}

/**
 * @param parentRows [n] row in the parent, −1 where it has none
 * @param tokens of a pass over today's graph: what the counts add up to, but for rounding
 * @returns u32 [n], ≥ 1 for nodes with an arc and 0 for the others
 */
export function estimateVisits(
  now: Snapshot,
  parentRows: Int32Array,
  parent: ParentVisits,
  tokens: number,
): Uint32Array {
  const perStrength = toVisitsPerStrength(now, parentRows, parent);
  const raw = Float64Array.from({ length: now.nodeCount }, (_, v) => {
    const strength = toStrength(now, v);
    const row = parentRows[v]!;
    const before = row < 0 ? 0 : toStrength(parent, row);
    // A node that the counting pass did not come by has been visited all the same, in other passes.
    if (before > 0) return (Math.max(1, parent.visits[row]!) * strength) / before;
    return strength * perStrength[now.ranges.findIndex(({ end }) => v < end)]!;
  });
  const total = raw.reduce((sum, visits) => sum + visits, 0);
  return Uint32Array.from(raw, (visits) =>
    visits > 0 ? Math.max(1, Math.round((visits * tokens) / total)) : 0,
  );
}

/** By type, over the nodes the parent has: what the strength of a new one is worth; elsewhere as over all. */
function toVisitsPerStrength(now: Snapshot, parentRows: Int32Array, parent: ParentVisits): number[] {
  const sums = now.ranges.map(({ start, end }) => {
    const sum = { visits: 0, strength: 0 };
    for (let v = start; v < end; v++) {
      const row = parentRows[v]!;
      if (row < 0) continue;
      sum.visits += Math.max(1, parent.visits[row]!);
      sum.strength += toStrength(parent, row);
    }
    return sum;
  });
  const visits = sums.reduce((sum, s) => sum + s.visits, 0);
  const strength = sums.reduce((sum, s) => sum + s.strength, 0);
  const overall = strength > 0 ? visits / strength : 1;
  return sums.map((s) => (s.strength > 0 ? s.visits / s.strength : overall));
}

function toStrength({ offsets, weights }: Pick<ParentVisits, 'offsets' | 'weights'>, row: number): number {
  let sum = 0;
  for (let a = offsets[row]!; a < offsets[row + 1]!; a++) sum += weights[a]!;
  return sum;
}
