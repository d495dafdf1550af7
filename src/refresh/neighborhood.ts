/**
 * Nodes next to those that have changed, found by graphology's breadth-first search on the snapshot's
 * view. It starts at one more node, which leads to all changed ones, so that however many they are it
 * is one search.
 */
import { bfsFromNode } from 'graphology-traversal';
import { asGraphologyView, type GraphologyView } from '../graph/graphology-view.ts';
import type { Snapshot } from '../graph/types.ts';

/** No node has this key: there a colon follows the type. */
const ROOT = 'changed';

/**
 * Rows at most `depth` arcs from a seed, seeds left out, nearest first.
 * O(n + degrees of what is passed through)
 */
export function findNeighborhood(snapshot: Snapshot, seeds: Uint32Array, depth: number): Uint32Array {
  if (seeds.length === 0) return new Uint32Array(0);
  const view = asGraphologyView(snapshot);
  const keys = view.nodes();
  const rows = new Map(keys.map((key, row) => [key, row]));
  const isSeed = new Set(seeds);
  const found: number[] = [];
  const seedKeys = Array.from(seeds, (row) => keys[row]!);
  bfsFromNode(withRoot(view, seedKeys), ROOT, (key, _attributes, steps) => {
    const row = rows.get(key); // of the root: undefined
    if (row !== undefined && !isSeed.has(row)) found.push(row);
    return steps > depth; // the first step is the root's
  });
  return Uint32Array.from(found);
}

type Visit = Parameters<GraphologyView['forEachOutboundNeighbor']>[1];

/** What the search asks of a graph, answered for one node more. */
function withRoot(view: GraphologyView, seedKeys: readonly string[]): GraphologyView {
  const own = {
    order: view.order + 1,
    getNodeAttributes: (key: string) => (key === ROOT ? {} : view.getNodeAttributes(key)),
    forEachOutboundNeighbor: (key: string, visit: Visit): void => {
      if (key !== ROOT) view.forEachOutboundNeighbor(key, visit);
      else for (const seed of seedKeys) visit(seed, view.getNodeAttributes(seed));
    },
  };
  return Object.create(view, Object.getOwnPropertyDescriptors(own)) as GraphologyView;
}
