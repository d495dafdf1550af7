/** Parallel edges, held to a map of lists: sums in ascending order, in f64, whatever the order of the lines. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeEdges } from '../../src/graph/merge-edges.ts';

const NODES = 6;
const edge = fc
  .tuple(fc.nat(NODES - 1), fc.nat(NODES - 1), fc.constantFrom(0.1, 0.2, 0.3, 1e-9, 3, 1e9))
  .filter(([a, b]) => a !== b);

function toOracle(edges: readonly (readonly [number, number, number])[], directed: boolean) {
  const lists = new Map<string, number[]>();
  for (const [a, b, weight] of edges) {
    const key = (directed ? [a, b] : [Math.min(a, b), Math.max(a, b)]).join();
    lists.set(key, [...(lists.get(key) ?? []), weight]);
  }
  return [...lists]
    .map(([key, weights]) => {
      const sum = weights.sort((x, y) => x - y).reduce((total, w) => total + w, 0);
      return [...key.split(',').map(Number), Math.fround(sum)];
    })
    .sort(([a, b], [c, d]) => a! - c! || b! - d!);
}

test.each([{ directed: false }, { directed: true }])('directed: $directed', ({ directed }) => {
  fc.assert(
    fc.property(fc.array(edge, { maxLength: 60 }), (edges) => {
      const listed = {
        count: edges.length,
        from: Uint32Array.from(edges, ([a]) => a),
        to: Uint32Array.from(edges, ([, b]) => b),
        weight: Float64Array.from(edges, ([, , w]) => w),
      };
      const { count, from, to, weight, oneWay } = mergeEdges(listed, { nodeCount: NODES, directed });
      const merged = Array.from({ length: count }, (_, i) => [from[i], to[i], weight[i]]);
      expect(merged).toEqual(toOracle(edges, directed));
      expect(oneWay?.subarray(0, count).every((one) => one === 1) ?? false).toBe(directed);
    }),
    { seed: 4 },
  );
});
