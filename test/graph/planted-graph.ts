/** A graph of products in blocks that keep mostly to themselves. */
import { createRandom } from '../../src/base/rng.ts';
import type { GraphSpec } from './small-graph.ts';

export interface PlantedGraph {
  readonly blocks: number;
  readonly nodes: number; // in a block
  readonly degree: number; // edges drawn for each node
  /** Of the edges drawn; the others lead anywhere. */
  readonly insideShare: number;
}

/** Rows of block b are b · nodes … (b + 1) · nodes − 1. */
export function plantedGraph({ blocks, nodes, degree, insideShare }: PlantedGraph, seed = 1): GraphSpec {
  const random = createRandom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const edges: [number, number, number][] = [];
  for (let v = 0; v < blocks * nodes; v++) {
    for (let i = 0; i < degree; i++) {
      const first = Math.floor(v / nodes) * nodes;
      const to = random() < insideShare ? first + below(nodes) : below(blocks * nodes);
      if (to !== v) edges.push([v, to, 1 + below(3)]);
    }
  }
  return { nodes: { product: blocks * nodes }, edges };
}
