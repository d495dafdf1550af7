/**
 * What the kernel walks against what it should, by χ² over all (from, at) → to counts: given where a walk
 * came from and is, its next steps are independent draws from `transitionLaw`.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { degreeOf } from '../../src/graph/snapshot.ts';
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
      const ended = degreeOf(g, nodes[nodes.length - 1]!) === 0;
      if (nodes.length < LENGTH && !ended) throw new Error(`the walk from ${start} ended where arcs lead on`);
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

type Law = Pick<WalkParams, 'returnP' | 'inOutQ' | 'policy' | 'extend'>;

function toFit({ g, counts }: Transitions, law: Law, lawOf: typeof transitionLaw = transitionLaw): number {
  const groups = [...counts.values()].map(({ from, at, observed }) => ({
    observed,
    law: lawOf(g, law, from, at),
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

/**
 * Products 0–3 with triangles of every direction, arcs both ways of unlike weight (0 ⇄ 1, 0 ⇄ 2, 1 ⇄ 3) and
 * of one way only; 5 is a dead end that 4 leads to.
 */
const ONE_WAY = [
  [0, 1, 2], [1, 0, 0.5], [1, 2, 1], [2, 0, 3], [0, 2, 1], [2, 3, 1], [3, 1, 4], [1, 3, 2], [3, 0, 1],
  [0, 4, 0.5], [4, 0, 2], [4, 5, 0.25],
] as const; // biome-ignore format: a row a node reads better
const DIRECTED: GraphSpec = { nodes: { product: 6 }, edges: [], arcs: ONE_WAY };
const DIRECTED_UNWEIGHTED: GraphSpec = { ...DIRECTED, arcs: ONE_WAY.map(([a, b]) => [a, b]) };
/** Customers and products with some arcs one way and one both ways of unlike weight: no triangle of any directions. */
const DIRECTED_SHOP: GraphSpec = {
  ...SHOP,
  edges: SHOP_EDGES.slice(0, 8),
  arcs: [...SHOP_EDGES.slice(8), [7, 3, 2], [8, 5, 1], [5, 1, 2], [6, 2, 3]],
};
/** Edges beside arcs, all three types, triangles through all of them. */
const DIRECTED_MIXED: GraphSpec = {
  ...SHOP,
  arcs: [
    [3, 4, 2],
    [4, 5, 1],
    [5, 3, 4],
    [0, 7, 2],
    [7, 0, 1],
    [1, 8, 1],
    [0, 1, 1],
    [1, 0, 3],
  ],
}; // prettier-ignore
/** The arc back holds 99 % of the weight, and only one of the two has it. */
const DIRECTED_HUB: GraphSpec = {
  nodes: { product: 4 },
  edges: [],
  arcs: [
    [0, 1, 1],
    [1, 0, 990],
    [1, 2, 6],
    [1, 3, 4],
    [2, 0, 1],
    [3, 1, 1],
    [2, 3, 1],
    [0, 2, 3],
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
  { name: 'directed, weighted', spec: DIRECTED },
  { name: 'directed, unweighted', spec: DIRECTED_UNWEIGHTED },
  { name: 'directed, two-colourable', spec: DIRECTED_SHOP },
  { name: 'directed, two-colourable, typed policy', spec: DIRECTED_SHOP, policy: POLICY },
  { name: 'edges and arcs', spec: DIRECTED_MIXED },
  { name: 'edges and arcs, typed policy', spec: DIRECTED_MIXED, policy: POLICY },
  { name: 'edges and arcs, types without a policy', spec: DIRECTED_MIXED, policy: PART_POLICY },
  { name: 'directed, the arc back holds 99 %', spec: DIRECTED_HUB },
];

describe.each(BIASES)('p = $returnP, q = $inOutQ', (bias) => {
  test.each(CASES)('$name', ({ spec, policy = {} }) => {
    const law = { ...bias, policy };
    expect(toFit(countTransitions(spec, law), law)).toBeGreaterThan(SIGNIFICANCE);
  });
});

describe.each([
  { returnP: 0.25, inOutQ: 4, extend: { gamma: 0 } },
  { returnP: 4, inOutQ: 0.25, extend: { gamma: 0 } },
  { returnP: 1, inOutQ: 0.5, extend: { gamma: 0.6 } },
])('node2vec+, p = $returnP, q = $inOutQ, γ = $extend.gamma', (bias) => {
  test.each(CASES)('$name', ({ spec, policy = {} }) => {
    const law = { ...bias, policy };
    expect(toFit(countTransitions(spec, law), law)).toBeGreaterThan(SIGNIFICANCE);
  });
});

describe('the test can bite: the same counts are rejected under a wrong law', () => {
  const usual = { returnP: 0.25, inOutQ: 4 };
  const bias = usual;
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
    {
      name: 'node2vec+ taken for node2vec, triangles',
      spec: TRIANGLES,
      bias: { returnP: 1, inOutQ: 0.25, extend: { gamma: 0 } },
      wrong: { returnP: 1, inOutQ: 0.25, policy: {} },
    },
    {
      name: 'node2vec+ taken for node2vec, two-colourable',
      spec: SHOP,
      bias: { returnP: 1, inOutQ: 0.25, extend: { gamma: 0 } },
      wrong: { returnP: 1, inOutQ: 0.25, policy: {} },
    },
    {
      name: 'another γ',
      spec: TRIANGLES,
      bias: { returnP: 1, inOutQ: 0.25, extend: { gamma: 0 } },
      wrong: { returnP: 1, inOutQ: 0.25, policy: {}, extend: { gamma: 1 } },
    },
    { name: 'directed, p and q swapped', spec: DIRECTED, wrong: { returnP: 4, inOutQ: 0.25, policy: {} } },
  ])('$name', ({ spec, counted, policy = {}, bias = usual, wrong }) => {
    const transitions = countTransitions(counted ?? spec, { ...bias, policy });
    const other = counted ? countTransitions(spec, { ...bias, policy }).g : transitions.g;
    expect(toFit({ g: other, counts: transitions.counts }, wrong)).toBeLessThan(SIGNIFICANCE);
  });

  test.each([
    {
      name: 'an arc from where the walk came, not to it',
      near: (w: Weights, t: number, x: number) => w[t]![x]! > 0,
    },
    { name: 'an arc either way', near: (w: Weights, t: number, x: number) => w[t]![x]! > 0 || w[x]![t]! > 0 },
  ])('directed, near is $name', ({ near }) => {
    const transitions = countTransitions(DIRECTED, { ...bias, policy: {} });
    const fitUnder = (nearness: typeof near): number =>
      toFit(transitions, { ...bias, policy: {} }, (g, law, from, at) =>
        plainLaw(g, law, nearness, [from, at]),
      );
    expect(fitUnder((w, t, x) => w[x]![t]! > 0)).toBeGreaterThan(SIGNIFICANCE);
    expect(fitUnder(near)).toBeLessThan(SIGNIFICANCE);
  });

  test('directed, the arc back weighs what the arc forth does', () => {
    const transitions = countTransitions(DIRECTED, { ...bias, policy: {} });
    const swapped = {
      ...DIRECTED,
      arcs: ONE_WAY.map(([a, b]) => [a, b, weightOf(b, a) ?? weightOf(a, b)!] as const),
    };
    const other = countTransitions(swapped, { ...bias, policy: {} }).g;
    expect(toFit({ ...transitions, g: other }, { ...bias, policy: {} })).toBeLessThan(SIGNIFICANCE);
  });
});

type Weights = number[][];

const weightOf = (from: number, to: number): number | undefined =>
  ONE_WAY.find(([a, b]) => a === from && b === to)?.[2];

/** The law without a policy, by a nearness of one's own. */
function plainLaw(
  g: Snapshot,
  { returnP, inOutQ }: Law,
  near: (w: Weights, t: number, x: number) => boolean,
  [from, at]: [from: number | undefined, at: number],
): Float64Array {
  const w: Weights = Array.from({ length: g.nodeCount }, () => new Array<number>(g.nodeCount).fill(0));
  for (let v = 0; v < g.nodeCount; v++) {
    for (let a = g.offsets[v]!; a < g.offsets[v + 1]!; a++) w[v]![g.targets[a]!] = g.weights[a]!;
  }
  const mass = Float64Array.from(g.targets.subarray(g.offsets[at]!, g.offsets[at + 1]!), (x) => {
    const alpha = from === undefined ? 1 : x === from ? 1 / returnP : near(w, from, x) ? 1 : 1 / inOutQ;
    return w[at]![x]! * alpha;
  });
  const total = mass.reduce((a, b) => a + b, 0);
  return mass.map((m) => m / total);
}
