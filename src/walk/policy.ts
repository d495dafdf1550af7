/**
 * Which type of neighbour a step goes to, before weights and p, q decide which one of that type.
 * Attribute hubs ("department = grocery") hold most of the arcs and would swallow most of the steps;
 * a policy caps them. metapath2vec (Dong et al., KDD 2017) is a policy of zeros and ones.
 */
import { NODE_TYPES, type NodeType } from '../base/ids.ts';

/** Per node type, the share of steps that go to each neighbour type. A type that is not named weighs all its arcs alike. */
export type TypePolicy = { readonly [T in NodeType]?: { readonly [U in NodeType]?: number } };

export const TYPE_COUNT = NODE_TYPES.length;
/** Which of the three classes a node has arcs to. */
export const MASKS = 8;

/** Bit τ is set when node type τ has a policy. */
export function toPolicedBits(policy: TypePolicy): number {
  return NODE_TYPES.reduce((bits, type, i) => (policy[type] ? bits | (1 << i) : bits), 0);
}

/**
 * Shares of the classes that are present, for one node type and presence mask: those of absent types are
 * spread over the present ones in proportion; if the policy gives all present ones nothing (a product
 * with attributes only, under "customers only"), they share alike, so that no walk gets stuck.
 */
export function toShares(policy: TypePolicy, type: NodeType, mask: number): [number, number, number] {
  const given = NODE_TYPES.map((to, c) => ((mask >> c) & 1 ? (policy[type]?.[to] ?? 0) : 0));
  const total = given.reduce((a, b) => a + b, 0);
  const present = NODE_TYPES.map((_, c) => (mask >> c) & 1);
  const presentCount = present.reduce((a, b) => a + b, 0);
  const shares =
    total > 0 ? given.map((s) => s / total) : present.map((p) => (presentCount ? p / presentCount : 0));
  return shares as [number, number, number];
}

/** [type][mask][class] cumulative, as the kernel reads it; the last class with a share ends at 2 so that rounding cannot fall through. */
export function toShareTable(policy: TypePolicy): Float32Array {
  const table = new Float32Array(TYPE_COUNT * MASKS * TYPE_COUNT);
  NODE_TYPES.forEach((type, t) => {
    for (let mask = 1; mask < MASKS; mask++) {
      const shares = toShares(policy, type, mask);
      const last = shares.findLastIndex((share) => share > 0);
      let sum = 0;
      for (let c = 0; c < TYPE_COUNT; c++) {
        sum += shares[c]!;
        table[(t * MASKS + mask) * TYPE_COUNT + c] = c >= last ? 2 : sum;
      }
    }
  });
  return table;
}
