/** graphology's search on the view against distances counted by hand. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Snapshot } from '../../src/graph/types.ts';
import { findNeighborhood } from '../../src/refresh/neighborhood.ts';
import { graphSpecs, smallGraph } from '../graph/small-graph.ts';

/** Arcs from the nearest seed, by relaxing every arc n times. */
function toDistances({ nodeCount, offsets, targets }: Snapshot, seeds: readonly number[]): number[] {
  const distances = Array.from({ length: nodeCount }, (_, v) => (seeds.includes(v) ? 0 : Infinity));
  for (let round = 0; round < nodeCount; round++) {
    for (let v = 0; v < nodeCount; v++) {
      for (const x of targets.subarray(offsets[v], offsets[v + 1]))
        distances[x] = Math.min(distances[x]!, distances[v]! + 1);
    }
  }
  return distances;
}

test('all within the depth, nearest first, and no seed', () => {
  fc.assert(
    fc.property(
      graphSpecs({ twoColourable: false }),
      fc.array(fc.nat(13), { maxLength: 4 }),
      fc.integer({ min: 1, max: 3 }),
      (spec, picks, depth) => {
        const snapshot = smallGraph(spec);
        const seeds = [...new Set(picks.map((pick) => pick % snapshot.nodeCount))];
        const distances = toDistances(snapshot, seeds);
        const expected = distances.flatMap((d, row) => (d > 0 && d <= depth ? [row] : []));
        const found = [...findNeighborhood(snapshot, Uint32Array.from(seeds), depth)];
        expect([...found].sort((a, b) => a - b)).toEqual(expected);
        const order = found.map((row) => distances[row]!);
        expect(order).toEqual([...order].sort((a, b) => a - b));
      },
    ),
  );
});
