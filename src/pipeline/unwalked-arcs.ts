/**
 * Arcs that a type policy never walks: on a node whose type has a policy, silence about a type of
 * neighbour means a share of zero, as long as there are others to go to.
 */
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import type { Snapshot } from '../graph/types.ts';
import { type TypePolicy, toShares } from '../walk/policy.ts';

/** Arcs by the types of their two ends: from, to. */
export type ArcCounts = Readonly<Record<NodeType, Readonly<Record<NodeType, number>>>>;

/** Node by node, as the walk sees them. O(m) */
export function countUnwalkedArcs(g: Snapshot, policy: TypePolicy): ArcCounts {
  const counts = mapTypes(() => mapTypes(() => 0));
  const perClass = [0, 0, 0];
  const [customers, products] = g.ranges;
  for (const { type, start, end } of g.ranges) {
    if (!policy[type]) continue; // not named: weighs all its arcs alike
    for (let v = start; v < end; v++) {
      perClass.fill(0);
      for (let a = g.offsets[v]!; a < g.offsets[v + 1]!; a++) {
        const x = g.targets[a]!;
        perClass[+(x >= customers!.end) + +(x >= products!.end)]!++;
      }
      const mask = perClass.reduce((bits, count, c) => (count > 0 ? bits | (1 << c) : bits), 0);
      const shares = toShares(policy, type, mask);
      for (const [c, to] of NODE_TYPES.entries()) if (shares[c] === 0) counts[type][to] += perClass[c]!;
    }
  }
  return counts;
}

/** One sentence for each pair of types. A share of 0 is said on purpose; a type that is left out is more often forgotten. */
export const toUnwalkedTexts = (counts: ArcCounts, policy: TypePolicy): string[] =>
  NODE_TYPES.flatMap((from) =>
    NODE_TYPES.filter((to) => counts[from][to] > 0 && policy[from]?.[to] === undefined).map(
      (to) =>
        `${counts[from][to]} arcs from ${from}s to ${to}s are never walked: walk.typePolicy gives ${from} → ${to} no share, and their nodes have other ways to go. Name a share, or 0 if that is meant; {} weighs all alike.`,
    ),
  );

const mapTypes = <T>(f: (type: NodeType) => T): Record<NodeType, T> =>
  Object.fromEntries(NODE_TYPES.map((type) => [type, f(type)])) as Record<NodeType, T>;
