/** Walks of the kernel against reference-walk.ts: equal node by node, since both draw the same stream. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { WalkParams } from '../../src/walk/params.ts';
import type { TypePolicy } from '../../src/walk/policy.ts';
import { type GraphSpec, graphSpecs, KITE } from '../graph/small-graph.ts';
import { createHost, createReferenceWalker, createWalkRig, type KernelHost } from './rig.ts';

let host: KernelHost;
beforeAll(async () => {
  host = await createHost();
});

const POLICIES: TypePolicy[] = [
  {},
  { product: { customer: 0.8, attribute: 0.2 }, customer: { product: 0.9, attribute: 0.1 } },
  { product: { customer: 1 } }, // customers and attributes weigh all arcs alike
  { customer: { product: 1 }, product: { attribute: 1 }, attribute: { product: 0.5, customer: 0.5 } },
];

const params = fc.record({
  returnP: fc.constantFrom(0.25, 1, 4),
  inOutQ: fc.constantFrom(0.25, 1, 4),
  policy: fc.constantFrom(...POLICIES),
  extend: fc.constantFrom(undefined, undefined, { gamma: 0 }, { gamma: 0.7 }),
  seed: fc.nat(Number.MAX_SAFE_INTEGER),
  length: fc.integer({ min: 2, max: 30 }),
});

function expectSameWalks(spec: GraphSpec, walkParams: Partial<WalkParams>): void {
  const { g, walk } = createWalkRig(host, spec, walkParams);
  const reference = createReferenceWalker(g, walkParams);
  for (let v = 0; v < g.nodeCount; v++) {
    for (let pass = 0; pass < 3; pass++) expect(walk(v, pass)).toEqual(reference.walk(v, pass));
  }
}

describe('a walk of the kernel is the walk of the reference', () => {
  test.each([
    { sort: 'two-colourable', twoColourable: true },
    { sort: 'with odd cycles', twoColourable: false },
    { sort: 'two-colourable and directed', twoColourable: true, directed: true },
    { sort: 'with odd cycles and directed', twoColourable: false, directed: true },
  ])('random graphs, $sort', (options) => {
    fc.assert(
      fc.property(graphSpecs(options), params, (spec, walkParams) => expectSameWalks(spec, walkParams)),
      { numRuns: 120 },
    );
  });

  test.each([
    { why: 'row scanned past the redraws', spec: HUB(), p: 4, q: 0.25 },
    {
      why: 'general graph, hub',
      spec: { ...HUB(), edges: [...HUB().edges, [1, 2, 1] as const] },
      p: 4,
      q: 0.25,
    },
    { why: 'triangle, small p and large q', spec: KITE, p: 0.25, q: 4 },
    { why: 'node2vec+, hub', spec: HUB(), p: 4, q: 0.25, extend: { gamma: 0 } },
  ])('$why', ({ spec, p, q, extend }) => {
    for (let seed = 0; seed < 20; seed++)
      expectSameWalks(spec, { returnP: p, inOutQ: q, length: 60, seed, extend });
  });
});

/** Weights that differ, two-colourable and not. */
const TRIANGLE: GraphSpec = { ...HUB(), edges: [...HUB().edges, [0, 1, 3]] };

describe('node2vec+ walks as node2vec does', () => {
  test.each([
    { why: 'where no triangle is and q ≥ 1', spec: HUB(), q: 4 },
    { why: 'where all weights are equal', spec: KITE, q: 0.25 },
    { why: 'with p = q = 1', spec: TRIANGLE, p: 1, q: 1 },
  ])('$why', ({ spec, p = 0.5, q }) => {
    const walkAll = (extend?: WalkParams['extend']): number[][] => {
      const { g, walk } = createWalkRig(host, spec, { returnP: p, inOutQ: q, extend });
      return Array.from({ length: 4 * g.nodeCount }, (_, i) => walk(i % g.nodeCount, i));
    };
    expect(walkAll({ gamma: 1 })).toEqual(walkAll());
  });

  test.each([
    { why: 'but not with q < 1 on a two-colourable graph', spec: HUB(), q: 0.25 },
    { why: 'and not with a triangle', spec: TRIANGLE, q: 4 },
  ])('$why', ({ spec, q }) => {
    const walkAll = (extend?: WalkParams['extend']): number[][] => {
      const { g, walk } = createWalkRig(host, spec, { returnP: 0.5, inOutQ: q, extend });
      return Array.from({ length: 4 * g.nodeCount }, (_, i) => walk(i % g.nodeCount, i));
    };
    expect(walkAll({ gamma: 0 })).not.toEqual(walkAll());
  });
});

test('an isolated start is a walk of one node', () => {
  const { walk } = createWalkRig(host, { nodes: { product: 3 }, edges: [[0, 1]] }, {});
  expect(walk(2, 0)).toEqual([2]);
});

test('a walk ends at a dead end, and counts the nodes it has', () => {
  const chain: GraphSpec = {
    nodes: { product: 4 },
    edges: [],
    arcs: [
      [0, 1],
      [1, 2],
    ],
  }; // prettier-ignore
  const { walk } = createWalkRig(host, chain, {});
  const before = host.kernel.totalTokens();
  expect([0, 1, 2, 3].map((start) => walk(start, 0))).toEqual([[0, 1, 2], [1, 2], [2], [3]]);
  expect(host.kernel.totalTokens() - before).toBe(3 + 2 + 1 + 1);
});

/** Customer 0 and product 3 share 99 % of both their weights. */
function HUB(): GraphSpec {
  return {
    nodes: { customer: 3, product: 3 },
    edges: [
      [0, 3, 990],
      [0, 4, 6],
      [0, 5, 4],
      [1, 3, 5],
      [2, 3, 5],
      [1, 4, 1],
    ],
  };
}
