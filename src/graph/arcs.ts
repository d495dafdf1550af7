/**
 * Questions about single arcs and about nodes that have any. On a symmetric snapshot a row answers for
 * both directions; on a directed one the arcs into a node stand in other rows.
 */
import type { Snapshot } from './types.ts';

type Rows = Pick<Snapshot, 'offsets' | 'targets'>;

/** Number of the arc a → b, by binary search in the row; −1 if there is none. */
export function findArc({ offsets, targets }: Rows, a: number, b: number): number {
  let lo = offsets[a]!;
  let hi = offsets[a + 1]!;
  while (lo < hi) {
    const middle = (lo + hi) >>> 1;
    if (targets[middle] === b) return middle;
    if (targets[middle]! < b) lo = middle + 1;
    else hi = middle;
  }
  return -1;
}

/** Has every arc its reverse, with the same weight? O(m log d). */
export function isSymmetric(g: Rows & Pick<Snapshot, 'weights'>): boolean {
  for (let v = 0; v + 1 < g.offsets.length; v++) {
    for (let a = g.offsets[v]!; a < g.offsets[v + 1]!; a++) {
      const back = findArc(g, g.targets[a]!, v);
      if (back < 0 || g.weights[back] !== g.weights[a]) return false;
    }
  }
  return true;
}

/** Neighbours of every node, either way, each once; 0: isolated. u32 [n] */
export function toDegrees(g: Snapshot): Uint32Array {
  const degrees = Uint32Array.from({ length: g.nodeCount }, (_, v) => g.offsets[v + 1]! - g.offsets[v]!);
  if (g.symmetric) return degrees;
  for (let v = 0; v < g.nodeCount; v++) {
    for (let a = g.offsets[v]!; a < g.offsets[v + 1]!; a++) {
      const x = g.targets[a]!;
      if (findArc(g, x, v) < 0) degrees[x]!++; // v is a neighbour of x that x has no arc to
    }
  }
  return degrees;
}

/** Pairs of nodes with an arc between them, either way: on an undirected graph, its edges. */
export const toPairCount = (degrees: Uint32Array): number => degrees.reduce((sum, d) => sum + d, 0) / 2;

/** 1 for nodes with an arc, in or out; 0 for those that no walk reaches. u8 [n] */
export function findConnected(g: Snapshot): Uint8Array {
  const connected = Uint8Array.from({ length: g.nodeCount }, (_, v) => +(g.offsets[v + 1]! > g.offsets[v]!));
  if (!g.symmetric) for (const x of g.targets) connected[x] = 1;
  return connected;
}
