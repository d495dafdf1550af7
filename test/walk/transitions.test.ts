/**
 * What the kernel walks against what it should, by χ² over all (from, at) → to counts: given where a walk
 * came from and is, its next steps are independent draws from `transitionLaw`.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/graph/types.ts';
import { transitionLaw } from '../../src/walk/law.ts';
import type { WalkParams } from '../../src/walk/params.ts';
import type { TypePolicy } from '../../src/walk/policy.ts';
import { type GraphSpec, KITE } from '../graph/small-graph.ts';
import { createHost, createWalkRig, type KernelHost } from '../kernel/rig.ts';
import { SIGNIFICANCE, toChiSquare, toPValue } from './chi-square.ts';

let host: KernelHost;
beforeAll(async () => {
  host = await createHost();
});

const STEPS = 150_000;
const LENGTH = 40;

interface Transitions {
  readonly g: Snapshot;
  /** `from-at` (from undefined on a first step) → how often each arc of `at` was taken. */
  readonly counts: Map<string, { from: number | undefined; at: number; observed: number[] }>;
}

function countTransitions(spec: GraphSpec, params: Partial<WalkParams>): Transitions {
  const { g, walk } = createWalkRig(host, spec, { ...params, length: LENGTH });
  const counts: Transitions['counts'] = new Map();
  const passes = Math.ceil(STEPS / LENGTH / g.nodeCount);
  for (let pass = 0; pass < passes; pass++) {
    for (let start = 0; start < g.nodeCount; start++) {
      const nodes = walk(start, pass);
      for (let i = 0; i + 1 < nodes.length; i++) {
        const [from, at] = [nodes[i - 1], nodes[i]!];
        const key = `${from}-${at}`;
        const row = g.targets.subarray(g.offsets[at]!, g.offsets[at + 1]!);
        if (!counts.has(key)) counts.set(key, { from, at, observed: Array.from(row, () => 0) });
        const arc = row.indexOf(nodes[i + 1]!);
        if (arc < 0) throw new Error(`the walk went from ${at} to ${nodes[i + 1]}, where there is no arc`);
        counts.get(key)!.observed[arc]!++;
      }
    }
  }
  return { g, counts };
}

function toFit({ g, counts }: Transitions, law: Pick<WalkParams, 'returnP' | 'inOutQ' | 'policy'>): number {
  const groups = [...counts.values()].map(({ from, at, observed }) => ({
    observed,
    law: transitionLaw(g, law, from, at),
  }));
  return toPValue(toChiSquare(groups));
}

/** Customers 0–2, products 3–6, attributes 7–8: products carry attributes, customer 0 a trait's, product 6 is bought once. */
const SHOP_EDGES = [
  [0, 3, 3], [0, 4, 1], [0, 5, 0.5], [1, 3, 2], [1, 4, 8], [2, 5, 1], [2, 6, 4], [2, 3, 1],
  [3, 7, 1], [4, 7, 1], [5, 7, 1], [6, 7, 1], [5, 8, 1], [6, 8, 1],
] as const; // biome-ignore format: a row a node reads better
const SHOP: GraphSpec = { nodes: { customer: 3, product: 4, attribute: 2 }, edges: SHOP_EDGES };
const UNWEIGHTED: GraphSpec = { ...SHOP, edges: SHOP_EDGES.map(([a, b]) => [a, b]) };
/** With traits (customer – attribute) and product – product edges there are triangles. */
const TRIANGLES: GraphSpec = { ...SHOP, edges: [...SHOP_EDGES, [0, 7, 2], [1, 8, 1], [3, 4, 2], [4, 5, 1]] };
const TRIANGLES_UNWEIGHTED: GraphSpec = { ...SHOP, edges: TRIANGLES.edges.map(([a, b]) => [a, b]) };
const PENTAGON: GraphSpec = {
  nodes: { product: 5 },
  edges: [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 0],
  ],
}; // prettier-ignore
/** One arc holds 99 % of the weight of both its ends: redraws are hopeless, the row is scanned. */
const HUB: GraphSpec = {
  nodes: { customer: 3, product: 3 },
  edges: [
    [0, 3, 990],
    [0, 4, 6],
    [0, 5, 4],
    [1, 3, 5],
    [2, 3, 5],
    [1, 4, 1],
  ], // prettier-ignore
};
const HUB_GENERAL: GraphSpec = { ...HUB, edges: [...HUB.edges, [4, 5, 2]] };
const STAR: GraphSpec = {
  nodes: { customer: 4, product: 1 },
  edges: [
    [0, 4],
    [1, 4],
    [2, 4],
    [3, 4],
  ],
}; // prettier-ignore

const POLICY: TypePolicy = {
  product: { customer: 0.8, attribute: 0.2 },
  customer: { product: 0.9, attribute: 0.1 },
  attribute: { product: 0.7, customer: 0.3 },
};
const PART_POLICY: TypePolicy = { product: { customer: 0.6, attribute: 0.4 } }; // customers and attributes have none
const META_PATH: TypePolicy = {
  customer: { product: 1 },
  product: { attribute: 1 },
  attribute: { product: 1 },
};

const BIASES = [
  { returnP: 0.25, inOutQ: 4 },
  { returnP: 4, inOutQ: 0.25 },
  { returnP: 1, inOutQ: 1 },
];
const CASES: { name: string; spec: GraphSpec; policy?: TypePolicy }[] = [
  { name: 'two-colourable, unweighted', spec: UNWEIGHTED },
  { name: 'two-colourable, weighted', spec: SHOP },
  { name: 'two-colourable, typed policy', spec: SHOP, policy: POLICY },
  { name: 'two-colourable, types without a policy', spec: SHOP, policy: PART_POLICY },
  { name: 'meta path', spec: SHOP, policy: META_PATH },
  { name: 'triangles, unweighted', spec: TRIANGLES_UNWEIGHTED },
  { name: 'triangles, weighted', spec: TRIANGLES },
  { name: 'triangles, typed policy', spec: TRIANGLES, policy: POLICY },
  { name: 'triangles, types without a policy', spec: TRIANGLES, policy: PART_POLICY },
  { name: 'odd cycle without a triangle', spec: PENTAGON },
  { name: 'kite', spec: KITE },
  { name: 'hub of 99 %, two-colourable', spec: HUB },
  { name: 'hub of 99 %, general', spec: HUB_GENERAL },
  { name: 'nodes of degree 1', spec: STAR },
];

describe.each(BIASES)('p = $returnP, q = $inOutQ', (bias) => {
  test.each(CASES)('$name', ({ spec, policy = {} }) => {
    const law = { ...bias, policy };
    expect(toFit(countTransitions(spec, law), law)).toBeGreaterThan(SIGNIFICANCE);
  });
});

describe('the test can bite: the same counts are rejected under a wrong law', () => {
  const bias = { returnP: 0.25, inOutQ: 4 };
  test.each([
    { name: 'p and q swapped', spec: SHOP, wrong: { returnP: 4, inOutQ: 0.25, policy: {} } },
    { name: 'ρ off by 15 %', spec: SHOP, wrong: { returnP: 0.25 * 1.15, inOutQ: 4, policy: {} } },
    { name: 'weights ignored', spec: UNWEIGHTED, counted: SHOP, wrong: { ...bias, policy: {} } },
    {
      name: 'the distance-1 case forgotten',
      spec: TRIANGLES,
      wrong: { returnP: 0.25 / 4, inOutQ: 1, policy: {} },
    },
    { name: 'no policy', spec: SHOP, policy: POLICY, wrong: { ...bias, policy: {} } },
  ])('$name', ({ spec, counted, policy = {}, wrong }) => {
    const transitions = countTransitions(counted ?? spec, { ...bias, policy });
    const other = counted ? countTransitions(spec, { ...bias, policy }).g : transitions.g;
    expect(toFit({ g: other, counts: transitions.counts }, wrong)).toBeLessThan(SIGNIFICANCE);
  });
});
