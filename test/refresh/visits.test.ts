/** Estimated visits against those that the law of walks expects. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Snapshot } from '../../src/graph/types.ts';
import { compareGraphs } from '../../src/refresh/difference.ts';
import { estimateVisits } from '../../src/refresh/visits.ts';
import { expectedVisits } from '../../src/walk/law.ts';
import { findStarts } from '../../src/walk/params.ts';
import { plantedGraph } from '../graph/planted-graph.ts';
import { graphSpecs, smallGraph } from '../graph/small-graph.ts';
import { settled } from './settled.ts';

const LENGTH = 40;

async function countVisits(g: Snapshot): Promise<Uint32Array> {
  const starts = findStarts(g, ['customer', 'product', 'attribute']);
  const expected = await expectedVisits(g, { starts, length: LENGTH, policy: {} });
  return Uint32Array.from(expected, Math.round);
}

test('a graph that grows by a tenth: each node within 15 % of what its walks expect, half of them within 2 %', async () => {
  const spec = plantedGraph({ blocks: 4, nodes: 50, degree: 8, insideShare: 0.8 });
  const then = smallGraph({ ...spec, edges: spec.edges.filter((_, i) => i % 10 !== 0) });
  const now = smallGraph(spec);
  const { parentRows } = compareGraphs(now, settled(then), {});
  const visits = await countVisits(then);
  const estimated = estimateVisits(now, parentRows, { ...then, visits }, now.nodeCount * LENGTH);
  const errors = (await countVisits(now)).map((v, i) => (1000 * Math.abs(estimated[i]! - v)) / v).sort();
  // Walks start at every node alike and reach the law of strength only step by step: not exact.
  expect(errors.at(-1)).toBeLessThan(150);
  expect(errors[errors.length >> 1]).toBeLessThan(20);
});

test('adds up to the tokens of a pass, and no node with an arc has none', () => {
  fc.assert(
    fc.property(
      graphSpecs({ twoColourable: false }),
      graphSpecs({ twoColourable: false }),
      fc.infiniteStream(fc.nat(1000)),
      (a, b, counts) => {
        const [now, then] = [smallGraph(a), smallGraph(b)];
        const visits = Uint32Array.from({ length: then.nodeCount }, () => counts.next().value as number);
        const { parentRows } = compareGraphs(now, settled(then), {});
        const estimated = estimateVisits(now, parentRows, { ...then, visits }, 100_000);
        estimated.forEach((count, v) => {
          const isolated = now.offsets[v] === now.offsets[v + 1];
          expect(count > 0).toBe(!isolated);
        });
        const sum = estimated.reduce((total, count) => total + count, 0);
        expect(Math.abs(sum - 100_000)).toBeLessThanOrEqual(now.nodeCount);
      },
    ),
  );
});
