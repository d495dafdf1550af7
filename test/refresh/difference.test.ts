/** The difference of two graphs against the law of each step, written out. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/graph/types.ts';
import { compareGraphs } from '../../src/refresh/difference.ts';
import { transitionLaw } from '../../src/walk/law.ts';
import type { TypePolicy } from '../../src/walk/policy.ts';
import { type GraphSpec, graphSpecs, smallGraph } from '../graph/small-graph.ts';
import { settled } from './settled.ts';

const POLICY: TypePolicy = { product: { customer: 0.8, attribute: 0.2 } };

/** Node key → probability of the first step to it. */
function lawOf(g: Snapshot, policy: TypePolicy, v: number): Map<string, number> {
  const law = transitionLaw(g, { returnP: 1, inOutQ: 1, policy }, undefined, v);
  return new Map([...law].map((p, i) => [keyOf(g, g.targets[g.offsets[v]! + i]!), p]));
}

const keyOf = (g: Snapshot, v: number): string =>
  `${g.ranges.find((r) => v >= r.start && v < r.end)!.type}:${g.ids[v]}`;

function slowChange(now: Snapshot, then: Snapshot, policy: TypePolicy, v: number): number {
  const law = lawOf(now, policy, v);
  const old = Array.from({ length: then.nodeCount }, (_, u) => u).find(
    (u) => keyOf(then, u) === keyOf(now, v),
  );
  const before = old === undefined ? new Map<string, number>() : lawOf(then, policy, old);
  if (law.size === 0) return 0;
  if (before.size === 0) return 1;
  const keys = new Set([...law.keys(), ...before.keys()]);
  return [...keys].reduce((sum, key) => sum + Math.abs((law.get(key) ?? 0) - (before.get(key) ?? 0)), 0) / 2;
}

test('is half the sum of |p − p′| over both rows, with and without a policy', () => {
  fc.assert(
    fc.property(
      graphSpecs({ twoColourable: false }),
      graphSpecs({ twoColourable: false }),
      fc.constantFrom({}, POLICY),
      (a, b, policy) => {
        const [now, then] = [smallGraph(a), smallGraph(b)];
        const { change, goneCount, lostCount } = compareGraphs(now, settled(then), policy);
        for (let v = 0; v < now.nodeCount; v++)
          expect(change[v]).toBeCloseTo(slowChange(now, then, policy, v), 6);
        const known = new Set(Array.from(now.ids, (_, v) => keyOf(now, v)));
        const gone = Array.from(then.ids, (_, v) => keyOf(then, v)).filter((key) => !known.has(key));
        expect(goneCount).toBe(gone.length);
        const connected = (g: Snapshot): string[] =>
          Array.from(g.ids.keys()).flatMap((v) => (g.offsets[v + 1]! > g.offsets[v]! ? keyOf(g, v) : []));
        const still = new Set(connected(now));
        expect(lostCount).toBe(connected(then).filter((key) => known.has(key) && !still.has(key)).length);
      },
    ),
  );
});

test('what is pending is added, up to 1, and only where there is an arc', () => {
  const now = smallGraph({
    nodes: { customer: 2, product: 2 },
    edges: [
      [0, 2],
      [0, 3],
    ],
  }); // prettier-ignore
  const then = smallGraph({ nodes: { customer: 2, product: 2 }, edges: [[0, 2]] }); // prettier-ignore
  const pending = Float32Array.of(0.25, 0.25, 0.875, 0.5);
  expect([...compareGraphs(now, { ...then, pending }, {}).change]).toEqual([0.75, 0, 0.875, 1]);
});

test('a node that has its id from one that was deleted is new, and that one is gone', () => {
  const g = smallGraph({
    nodes: { customer: ['a'], product: ['x', 'y'] },
    edges: [
      [0, 1],
      [0, 2],
    ],
  }); // prettier-ignore
  const parent = { ...settled(g), replaced: new Set(['product:x', 'customer:y']) };
  const { parentRows, change, goneCount } = compareGraphs(g, parent, {});
  expect([...parentRows]).toEqual([0, -1, 2]);
  expect([...change]).toEqual([0.5, 1, 0]);
  expect(goneCount).toBe(1);
});

describe('what does not count', () => {
  const before: GraphSpec = {
    nodes: { customer: ['a', 'b'], product: ['x', 'y', 'z'] },
    edges: [
      [0, 2, 1],
      [0, 3, 3],
      [1, 3, 2],
      [1, 4, 2],
    ],
  };

  test('a graph that is the same has changed nowhere', () => {
    const { change, goneCount, parentRows } = compareGraphs(
      smallGraph(before),
      settled(smallGraph(before)),
      {},
    );
    expect([...change]).toEqual([0, 0, 0, 0, 0]);
    expect([...parentRows]).toEqual([0, 1, 2, 3, 4]);
    expect(goneCount).toBe(0);
  });

  test('all weights of a row falling alike, as they do when everything gets older', () => {
    const older: GraphSpec = { ...before, edges: before.edges.map(([a, b, w]) => [a, b, w! / 4]) };
    expect([...compareGraphs(smallGraph(older), settled(smallGraph(before)), {}).change]).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });

  test('nodes that come in between: rows move, the nodes have not', () => {
    const grown: GraphSpec = {
      nodes: { customer: ['a', 'aa', 'b'], product: ['w', 'x', 'y', 'z'] },
      edges: [
        [0, 4, 1],
        [0, 5, 3],
        [2, 5, 2],
        [2, 6, 2],
        [1, 3, 1],
      ],
    };
    const { change, parentRows } = compareGraphs(smallGraph(grown), settled(smallGraph(before)), {});
    expect([...parentRows]).toEqual([0, -1, 1, -1, 2, 3, 4]);
    expect([...change]).toEqual([0, 1, 0, 1, 0, 0, 0]);
  });

  test('an attribute that changes is a fifth of a product under the policy, however often it is bought', () => {
    const shop = (attribute: number): GraphSpec => ({
      nodes: { customer: 9, product: 1, attribute: 2 },
      edges: [...Array.from({ length: 9 }, (_, c) => [c, 9, 100] as const), [9, attribute, 1]],
    });
    const { change } = compareGraphs(smallGraph(shop(11)), settled(smallGraph(shop(10))), POLICY);
    expect(change[9]).toBeCloseTo(0.2, 6);
  });
});
