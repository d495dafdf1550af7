/** The transition law itself: by hand on the smallest graphs, and against a dense computation on any. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { NODE_TYPES } from '../../src/base/ids.ts';
import { degreeOf, typeOf } from '../../src/graph/snapshot.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { expectedVisits, hasArc, transitionLaw } from '../../src/walk/law.ts';
import type { WalkParams } from '../../src/walk/params.ts';
import type { TypePolicy } from '../../src/walk/policy.ts';
import { type GraphSpec, graphSpecs, KITE, smallGraph } from '../graph/small-graph.ts';
import { createHost, createTrainRig, createWalkRig, type KernelHost } from '../kernel/rig.ts';

let host: KernelHost;
beforeAll(async () => {
  host = await createHost();
});

type Law = Pick<WalkParams, 'returnP' | 'inOutQ' | 'policy' | 'extend'>;

describe('on the kite, from 0 → 2: back to 0 (1/p), across to 1 (1), out to 3 (1/q)', () => {
  test.each([
    { p: 1, q: 1, expected: [1 / 3, 1 / 3, 1 / 3], why: 'unbiased' },
    { p: 4, q: 1, expected: [1 / 9, 4 / 9, 4 / 9], why: 'high p avoids going back' },
    { p: 1, q: 4, expected: [4 / 9, 4 / 9, 1 / 9], why: 'high q stays near' },
    { p: 0.25, q: 0.5, expected: [4 / 7, 1 / 7, 2 / 7], why: 'both below 1' },
  ])('p=$p q=$q: $why', ({ p, q, expected }) => {
    const law = transitionLaw(smallGraph(KITE), { returnP: p, inOutQ: q, policy: {} }, 0, 2);
    expected.forEach((share, i) => {
      expect(law[i]).toBeCloseTo(share, 12);
    });
  });

  test('a first step goes by weight alone', () => {
    const g = smallGraph({
      ...KITE,
      edges: [
        [2, 0, 1],
        [2, 1, 2],
        [2, 3, 5],
      ],
    }); // prettier-ignore
    expect([...transitionLaw(g, { returnP: 9, inOutQ: 9, policy: {} }, undefined, 2)]).toEqual([
      1 / 8,
      2 / 8,
      5 / 8,
    ]);
  });
});

describe('directed: near is what has an arc to where the walk came from', () => {
  // 0 → 1 is walked. From 1: back to 0, to 2 (2 → 0, no arc 0 → 2), to 3 (0 → 3, no arc back), to 4 (neither).
  const g = smallGraph({
    nodes: { product: 5 },
    edges: [],
    arcs: [
      [0, 1, 1],
      [1, 0, 3],
      [1, 2, 2],
      [1, 3, 2],
      [1, 4, 2],
      [2, 0, 1],
      [0, 3, 1],
    ],
  }); // prettier-ignore

  test('p = 4, q = 1/4: weights 3/4, 2, 8, 8', () => {
    const law = transitionLaw(g, { returnP: 4, inOutQ: 0.25, policy: {} }, 0, 1);
    [0.75, 2, 8, 8].forEach((mass, i) => {
      expect(law[i]).toBeCloseTo(mass / 18.75, 12);
    });
  });

  test('where no arc leads back there is nothing to return by', () => {
    expect([...transitionLaw(g, { returnP: 0.01, inOutQ: 1, policy: {} }, 1, 2)]).toEqual([1]); // 2 → 0 only
    expect(transitionLaw(g, { returnP: 1, inOutQ: 1, policy: {} }, 1, 4)).toHaveLength(0); // a dead end
  });
});

describe('node2vec+ from 0 → 2, p = 1: 1 is near by an arc of weight w, 3 is not; thresholds are means', () => {
  // d(1) = (2 + w) / 2, d(2) = (3 + 2 + c) / 3. Products, no policy.
  const lawOf = (q: number, w: number, c: number, gamma = 0): number[] => {
    const edges = [[0, 2, 3], [1, 2, 2], [2, 3, c], [0, 1, w]] as const; // biome-ignore format: a triangle and a tail
    const g = smallGraph({ nodes: { product: 4 }, edges });
    return [...transitionLaw(g, { returnP: 1, inOutQ: q, policy: {}, extend: { gamma } }, 0, 2)];
  };
  const toLaw = (masses: number[]): number[] => masses.map((m) => m / masses.reduce((a, b) => a + b, 0));

  test.each([
    // 1: w = 3 ≥ d(1) = 2.5, tight. 3: no arc to 0, and 4 ≥ d(2) = 3, so 1/q.
    { why: 'tight, and out by a tight arc, q = 1/4', q: 0.25, w: 3, c: 4, masses: [3, 2, 4 * 4] },
    // 3: no arc to 0 and c = 1 < d(2) = 2: not drawn out.
    { why: 'out by a loose arc, q = 1/4: no more than near', q: 0.25, w: 3, c: 1, masses: [3, 2, 1] },
    { why: 'out by a loose arc, q = 4: as far as can be', q: 4, w: 3, c: 1, masses: [3, 2, 1 / 4] },
    // 1: w = 1 < d(1) = 1.5, and 2 ≥ d(2) = 2: 1/q + (1 − 1/q)·(2/3).
    {
      why: 'a loose arc to 0, reached by a tight one',
      q: 0.25,
      w: 1,
      c: 1,
      masses: [3, 2 * (4 - 3 * (2 / 3)), 1],
    },
    { why: 'the same, q = 4', q: 4, w: 1, c: 1, masses: [3, 2 * (1 / 4 + (3 / 4) * (2 / 3)), 1 / 4] },
    // 1: w = 1 loose, and 2 < d(2) = 3: loose as well.
    { why: 'both loose, q = 4', q: 4, w: 1, c: 4, masses: [3, 2 / 4, 4 / 4] },
  ])('$why', ({ q, w, c, masses }) => {
    const law = lawOf(q, w, c);
    toLaw(masses).forEach((share, i) => {
      expect(law[i]).toBeCloseTo(share, 6); // thresholds are f32
    });
  });

  test('γ raises the threshold by standard deviations', () => {
    // d(1) = 2.5 + γ/2 > 3 makes 0 – 1 loose; d(2) = 3 + γ·√(2/3) > 3.2 leaves arc 4 tight and 2 loose.
    const law = lawOf(0.25, 3, 4, 1.1);
    toLaw([3, 2, 4 * 4]).forEach((share, i) => {
      expect(law[i]).toBeCloseTo(share, 6);
    });
    const far = lawOf(4, 3, 4, 1.1);
    toLaw([3, 2 / 4, 4 / 4]).forEach((share, i) => {
      expect(far[i]).toBeCloseTo(share, 6);
    });
  });
});

test('a policy’s shares go to the types that are present; p and q act within a type', () => {
  // Product 2 has customers 0 (weight 1) and 1 (weight 3), and attribute 3; the walk came from customer 0.
  const g = smallGraph({
    nodes: { customer: 2, product: 1, attribute: 1 },
    edges: [
      [0, 2, 1],
      [1, 2, 3],
      [2, 3, 1],
    ],
  }); // prettier-ignore
  const policy: TypePolicy = { product: { customer: 0.8, attribute: 0.2 } };
  // customers: 1/p = 2 times 1 against 1/q = 0.5 times 3, of 0.8
  const law = transitionLaw(g, { returnP: 0.5, inOutQ: 2, policy }, 0, 2);
  [(0.8 * 2) / 3.5, (0.8 * 1.5) / 3.5, 0.2].forEach((share, i) => {
    expect(law[i]).toBeCloseTo(share, 12);
  });
  // to products there is nothing to go, so customers and attributes share all of it
  const partly = transitionLaw(
    g,
    { returnP: 1, inOutQ: 1, policy: { product: { customer: 0.3, product: 0.5, attribute: 0.2 } } },
    undefined,
    2,
  );
  [0.6 / 4, (0.6 * 3) / 4, 0.4].forEach((share, i) => {
    expect(partly[i]).toBeCloseTo(share, 12);
  });
  // a policy that leaves nothing lets the present types share alike
  const stuck = transitionLaw(
    g,
    { returnP: 1, inOutQ: 1, policy: { product: { product: 1 } } },
    undefined,
    2,
  );
  [0.5 / 4, 1.5 / 4, 0.5].forEach((share, i) => {
    expect(stuck[i]).toBeCloseTo(share, 12);
  });
});

const policies = fc.constantFrom<TypePolicy>(
  {},
  { product: { customer: 0.8, attribute: 0.2 } },
  {
    product: { attribute: 1 },
    customer: { product: 0.5, attribute: 0.5 },
    attribute: { product: 3, customer: 1 },
  },
);
const biases = fc.record({
  returnP: fc.constantFrom(0.25, 0.7, 1, 4),
  inOutQ: fc.constantFrom(0.25, 0.7, 1, 4),
  policy: policies,
  extend: fc.constantFrom(undefined, undefined, { gamma: 0 }, { gamma: 0.5 }),
});

/** The law of Grover & Leskovec from dense matrices, type by type; [n], zero where there is no arc. */
function denseLaw(
  g: Snapshot,
  { returnP, inOutQ, policy, extend }: Law,
  prev: number,
  cur: number,
): number[] {
  const n = g.nodeCount;
  const sum = (xs: number[]): number => xs.reduce((a, b) => a + b, 0);
  const w = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let v = 0; v < n; v++)
    for (let a = g.offsets[v]!; a < g.offsets[v + 1]!; a++) w[v]![g.targets[a]!] = g.weights[a]!;
  // Of the row of v without zeros, or the part of one type where v's type has a policy.
  const thresholdOf = (v: number, to: number): number => {
    const isIn = (x: number): boolean => !policy[typeOf(g, v)] || typeOf(g, x) === typeOf(g, to);
    const row = w[v]!.filter((weight, x) => weight > 0 && isIn(x));
    const mean = sum(row) / row.length;
    return Math.fround(mean + extend!.gamma * Math.sqrt(sum(row.map((x) => (x - mean) ** 2)) / row.length));
  };
  const nearness = (x: number): number => {
    const weight = w[x]![prev]!;
    return weight === 0 ? 0 : extend ? Math.min(1, weight / thresholdOf(x, prev)) : 1;
  };
  const isLoose = (x: number): boolean => extend !== undefined && w[cur]![x]! < thresholdOf(cur, x);
  const alpha = w.map((_, x) => {
    if (x === prev) return 1 / returnP;
    const near = nearness(x);
    if (near < 1 && w[cur]![x]! > 0 && isLoose(x)) return Math.min(1, 1 / inOutQ);
    return near + (1 - near) / inOutQ;
  });
  const mass = w[cur]!.map((weight, x) => weight * alpha[x]!);
  const rule = policy[typeOf(g, cur)];
  if (!rule) return mass.map((m) => m / sum(mass));
  const massOf = NODE_TYPES.map((type) => sum(mass.filter((_, x) => typeOf(g, x) === type)));
  const shareOf = NODE_TYPES.map((type, c) => (massOf[c]! > 0 ? (rule[type] ?? 0) : 0));
  const shares = sum(shareOf) > 0 ? shareOf : massOf.map((m) => (m > 0 ? 1 : 0));
  return mass.map((m, x) => {
    const c = NODE_TYPES.indexOf(typeOf(g, x));
    return m === 0 ? 0 : ((shares[c]! / sum(shares)) * m) / massOf[c]!;
  });
}

test.each([{ directed: false }, { directed: true }])(
  'transitionLaw is the dense law, on any graph, directed: $directed',
  ({ directed }) => {
    fc.assert(
      fc.property(graphSpecs({ twoColourable: false, directed }), biases, (spec, law) => {
        const g = smallGraph(spec);
        for (let prev = 0; prev < g.nodeCount; prev++) {
          for (const cur of g.targets.subarray(g.offsets[prev]!, g.offsets[prev + 1]!)) {
            if (degreeOf(g, cur) === 0) {
              expect(transitionLaw(g, law, prev, cur)).toHaveLength(0);
              continue;
            }
            const dense = denseLaw(g, law, prev, cur);
            const found = new Array<number>(g.nodeCount).fill(0);
            transitionLaw(g, law, prev, cur).forEach((share, i) => {
              found[g.targets[g.offsets[cur]! + i]!] = share;
            });
            found.forEach((share, x) => {
              expect(share).toBeCloseTo(dense[x]!, 12);
            });
            expect(found.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
          }
        }
      }),
      { numRuns: 150 },
    );
  },
);

describe('p and q are one knob without triangles', () => {
  const plainBiases = biases.map((law) => ({ ...law, extend: undefined }));
  const factors = fc.constantFrom(0.125, 0.5, 2, 8); // powers of two: ρ is the same to the last bit

  test('equal p / q gives the same law, and the same walks', () => {
    fc.assert(
      fc.property(graphSpecs({ twoColourable: true }), plainBiases, factors, (spec, law, k) => {
        const other = { ...law, returnP: law.returnP * k, inOutQ: law.inOutQ * k };
        const a = createWalkRig(host, spec, law);
        const walks = (rig: typeof a): number[][] =>
          Array.from({ length: a.g.nodeCount }, (_, v) => rig.walk(v, 0));
        const walked = walks(a); // before the kernel is set up anew
        expect(walks(createWalkRig(host, spec, other))).toEqual(walked);
        for (let prev = 0; prev < a.g.nodeCount; prev++) {
          for (const cur of a.g.targets.subarray(a.g.offsets[prev]!, a.g.offsets[prev + 1]!)) {
            const [one, two] = [transitionLaw(a.g, law, prev, cur), transitionLaw(a.g, other, prev, cur)];
            one.forEach((share, i) => {
              expect(two[i]).toBeCloseTo(share, 12);
            });
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('with a triangle it does not', () => {
    const g = smallGraph(KITE);
    const lawOf = (p: number, q: number): number[] => [
      ...transitionLaw(g, { returnP: p, inOutQ: q, policy: {} }, 0, 2),
    ];
    expect(lawOf(1, 1)).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(lawOf(0.5, 0.5)).toEqual([2 / 5, 1 / 5, 2 / 5]);
  });
});

test('hasArc agrees with the edges, and is symmetric', () => {
  fc.assert(
    fc.property(graphSpecs({ twoColourable: false }), (spec) => {
      const g = smallGraph(spec);
      const said = new Set(spec.edges.flatMap(([a, b]) => [`${a}-${b}`, `${b}-${a}`]));
      for (let a = 0; a < g.nodeCount; a++) {
        for (let b = 0; b < g.nodeCount; b++) expect(hasArc(g, a, b)).toBe(said.has(`${a}-${b}`));
      }
    }),
  );
});

describe('expectedVisits', () => {
  test('sums to starts × length', async () => {
    await fc.assert(
      fc.asyncProperty(
        graphSpecs({ twoColourable: false }),
        policies,
        fc.integer({ min: 1, max: 50 }),
        async (spec, policy, length) => {
          const g = smallGraph(spec);
          const starts = Array.from({ length: g.nodeCount }, (_, v) => v).filter(
            (v) => g.offsets[v]! < g.offsets[v + 1]!,
          );
          const visits = await expectedVisits(g, { starts, length, policy });
          const sum = visits.reduce((a, b) => a + b, 0);
          expect(sum / (starts.length * length)).toBeCloseTo(1, 10);
        },
      ),
    );
  });

  const UNDIRECTED: GraphSpec = {
    nodes: { customer: 2, product: 3, attribute: 1 },
    edges: [
      [0, 2, 5],
      [0, 3, 1],
      [1, 3, 1],
      [1, 4, 2],
      [2, 5],
      [3, 5],
      [4, 5],
    ],
  };
  /** Attribute 5 has no way out: walks end there. */
  const DIRECTED: GraphSpec = {
    ...UNDIRECTED,
    edges: UNDIRECTED.edges.slice(0, 4),
    arcs: UNDIRECTED.edges.slice(4),
  };
  const POLICIES: TypePolicy[] = [{}, { product: { customer: 0.8, attribute: 0.2 } }];

  test.each([UNDIRECTED, DIRECTED].flatMap((spec) => POLICIES.map((policy) => ({ spec, policy }))))(
    'is what the kernel counts, policy $policy',
    async ({ spec, policy }) => {
      const g = smallGraph(spec, host.memory);
      const walk = { length: 15, policy };
      const passes = 4000;
      const rig = createTrainRig(host, g, { walk });
      rig.run('slots');
      const { layout, arrays } = rig;
      const perPass = Array.from({ length: passes }, (_, pass) => {
        arrays.visits.fill(0);
        host.kernel.countRange(0, layout.startCount, layout.startCount, pass, layout.visits);
        return arrays.visits.slice();
      });
      const starts = Array.from({ length: 6 }, (_, v) => v).filter((v) => degreeOf(g, v) > 0);
      const expected = await expectedVisits(g, { starts, length: walk.length, policy });
      expected.forEach((visits, v) => {
        const mean = perPass.reduce((sum, counts) => sum + counts[v]!, 0) / passes;
        const variance = perPass.reduce((sum, counts) => sum + (counts[v]! - mean) ** 2, 0) / (passes - 1);
        expect(Math.abs(mean - visits)).toBeLessThan(5 * Math.sqrt(variance / passes)); // passes are independent; 5 σ
      });
      const whole = starts.length * walk.length;
      const isWhole = perPass.map((counts) => counts.reduce((a, b) => a + b, 0) === whole);
      expect(isWhole.every((one) => one)).toBe(g.symmetric);
    },
  );
});
