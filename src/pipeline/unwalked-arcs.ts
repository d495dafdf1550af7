/**
 * Edges that a type policy never walks: on a node whose type has a policy, silence about a type of
 * neighbour means a share of zero, as long as there are others to go to.
 */
import { NODE_TYPES } from '../base/ids.ts';
import type { Snapshot } from '../graph/types.ts';
import { type TypePolicy, toShares } from '../walk/policy.ts';

/** One sentence for each pair of types; O(m). */
export function findUnwalkedArcs(g: Snapshot, policy: TypePolicy): string[] {
  const counts = NODE_TYPES.map(() => NODE_TYPES.map(() => 0)); // [from][to] arcs without a share
  const perClass = [0, 0, 0];
  for (const [from, { type, start, end }] of g.ranges.entries()) {
    if (!policy[type]) continue; // not named: weighs all its arcs alike
    for (let v = start; v < end; v++) {
      perClass.fill(0);
      for (let a = g.offsets[v]!; a < g.offsets[v + 1]!; a++) perClass[toClass(g, g.targets[a]!)]!++;
      const mask = perClass.reduce((bits, count, c) => (count > 0 ? bits | (1 << c) : bits), 0);
      const shares = toShares(policy, type, mask);
      for (const [to, share] of shares.entries()) if (share === 0) counts[from]![to]! += perClass[to]!;
    }
  }
  return counts.flatMap((row, from) =>
    row.flatMap((count, to) =>
      count === 0
        ? []
        : [
            `${count} arcs from ${NODE_TYPES[from]} to ${NODE_TYPES[to]} are never walked: walk.typePolicy gives them no share; {} weighs all alike`,
          ],
    ),
  );
}

const toClass = (g: Snapshot, row: number): number => g.ranges.findIndex(({ end }) => row < end);
