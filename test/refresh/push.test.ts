/** Walks that push: the numbers are the formulas', and what is drawn in them is what training anew would draw. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { keyHashOf } from '../../src/kernel/reference-random.ts';
import { type DrawModel, drawWindows } from '../../src/kernel/reference-windows.ts';
import { countPairs, type PushOptions, planPush } from '../../src/refresh/push.ts';
import { fillNegatives, fillPush } from '../../src/train/negatives.ts';
import { type GraphSpec, smallGraph } from '../graph/small-graph.ts';
import {
  createHost,
  createReferenceWalker,
  createTrainRig,
  type KernelHost,
  toReferenceModel,
} from '../kernel/rig.ts';

/** Two customers, three products bought by both, and one by nobody. */
const SPEC: GraphSpec = {
  nodes: { customer: 2, product: 4 },
  edges: [0, 1].flatMap((c) => [2, 3, 4].map((p) => [c, p] as const)),
};
const VISITS = Uint32Array.of(9, 9, 16, 4, 1, 0);
const OPTIONS: PushOptions = {
  walkLength: 4,
  windowSize: 3,
  negativeExponent: 0.5,
  full: { walkLength: 40, walksPerNode: 10, starts: 5 },
};
const listOf = (pairs: readonly (readonly [row: number, walks: number])[]) => ({
  rows: Uint32Array.from(pairs, ([row]) => row),
  walks: Uint32Array.from(pairs, ([, walks]) => walks),
});

test('pairs of a walk: the double sum over centres and reaches', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 1, max: 64 }), (length, windowSize) => {
      let pairs = 0;
      for (let i = 0; i < length; i++)
        for (let reach = 1; reach <= windowSize; reach++)
          pairs += (Math.min(reach, i) + Math.min(reach, length - 1 - i)) / windowSize;
      expect(countPairs(length, windowSize)).toBeCloseTo(pairs, 9);
    }),
    { numRuns: 100 },
  );
});

describe('which walks push, and how the negatives are shared', () => {
  test('by hand: one type needs more than the other, and has all of them', () => {
    // Products: P = 4, 2, 1. Product 2 with 320 = 2·16·10 walks has f = 1, product 3 with 20 of 80 has ¼.
    // Customers: P = 3, 3; customer 0 with 18 of 180 has a tenth.
    const { shares, starts, walkCount } = planPush(
      smallGraph(SPEC),
      listOf([
        [2, 320],
        [3, 20],
        [0, 18],
      ]),
      VISITS,
      OPTIONS,
    )!; // prettier-ignore
    const S = (4 + 2 / 4) / 7;
    expect([...shares]).toEqual(
      [(3 * 0.1) / (S * 6), 0, 4 / (S * 7), 0.5 / (S * 7), 0, 0].map((x) => expect.closeTo(x, 12)),
    );
    expect(shares.subarray(2).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(walkCount).toBe(Math.round((S * 50 * countPairs(40, 3)) / countPairs(4, 3)));
    expect([...starts.rows]).toEqual([1, 4]); // 5 has no arc
    expect(starts.walks.reduce((a, b) => a + b, 0)).toBe(walkCount);
  });

  test('no more than two for each of the plan’s; who asks for more has all, the others what they ask for', () => {
    const full = { ...OPTIONS.full, starts: 5000 };
    const plan = listOf([
      [2, 320],
      [0, 18],
    ]); // prettier-ignore
    const { shares, walkCount } = planPush(smallGraph(SPEC), plan, VISITS, { ...OPTIONS, full })!;
    expect(walkCount).toBe(2 * 338);
    expect(shares[2]).toBeCloseTo(1, 12);
    const pairs = (2 * 338 * countPairs(4, 3)) / (5000 * 10 * countPairs(40, 3));
    expect(shares[0]).toBeCloseTo((3 * 0.1) / (Math.max(pairs, 0.05) * 6), 12);
  });

  test('a row with more walks than training anew is worth gets no more than that', () => {
    const shares = (walks: number) => planPush(smallGraph(SPEC), listOf([[2, walks]]), VISITS, OPTIONS);
    expect(shares(5000)).toEqual(shares(320));
  });

  test('starts are all frozen nodes with an arc, with as many walks as any other, give or take one', () => {
    const edges = Array.from({ length: 20 }, (_, c) => [c, 20 + (c % 7)] as const);
    const g = smallGraph({ nodes: { customer: 20, product: 8 }, edges });
    const push = planPush(
      g,
      listOf([
        [21, 3],
        [0, 1],
      ]),
      new Uint32Array(28).fill(30),
      OPTIONS,
    )!; // prettier-ignore
    expect([...push.starts.rows]).toEqual([...Array(27).keys()].filter((v) => v !== 21 && v !== 0));
    const { walks } = push.starts;
    expect(Math.max(...walks) - Math.min(...walks)).toBeLessThanOrEqual(1);
  });

  test('nothing moves, or all does: no walk pushes', () => {
    const all = [0, 1, 2, 3, 4].map((v) => [v, 2] as const);
    expect(planPush(smallGraph(SPEC), listOf([]), VISITS, OPTIONS)).toBeUndefined();
    expect(planPush(smallGraph(SPEC), listOf(all), VISITS, OPTIONS)).toBeUndefined();
  });
});

let host: KernelHost;
beforeAll(async () => {
  host = await createHost();
});

describe('over many seeds', () => {
  /** Everybody bought eight of sixty products, everything was bought by eight. */
  const n = 60;
  const edges = Array.from({ length: n }, (_, c) =>
    Array.from({ length: 8 }, (_unused, k) => [c, n + ((c + 7 * k) % n)] as const),
  ).flat();
  const groups = [
    { f: 1, rows: [60, 71, 82, 93, 104, 115] },
    { f: 0.5, rows: [62, 73, 84, 95, 106, 117] },
    { f: 0.25, rows: [3, 14, 25, 36, 47, 58] },
  ];

  type Walked = [tokens: number[], number: number, key: bigint];

  /** Negatives of each row, by pairs: as often as its context is pushed away from a vector. */
  function countNegatives(model: DrawModel, walks: Iterable<Walked>) {
    const [sum, squares] = [new Float64Array(2 * n), new Float64Array(2 * n)];
    for (const [tokens, number, key] of walks) {
      for (const { contextsAt, negatives } of drawWindows(model, tokens, number, key)) {
        for (const v of negatives) {
          if (v === undefined) continue;
          sum[v]! += contextsAt.length;
          squares[v]! += contextsAt.length ** 2;
        }
      }
    }
    return { sum, squares };
  }

  test('rows that may move are negatives in pushing windows f times as often as in training anew', () => {
    const visits = Uint32Array.from({ length: 2 * n }, (_, v) => 20 + (v % 5) * 5);
    const full = { walkLength: 40, walksPerNode: 1, starts: 2 * n };
    const plan = listOf(
      groups.flatMap(({ f, rows }) => rows.map((v) => [v, Math.round(2 * visits[v]! * f)] as const)),
    );
    const g = smallGraph({ nodes: { customer: n, product: n }, edges }, host.memory);
    const frozen = Uint8Array.from({ length: 2 * n }, (_, v) => +!plan.rows.includes(v));
    const rig = createTrainRig(host, g, { frozen, push: true, train: { negativeExponent: 0.5 } });
    rig.arrays.visits.set(visits);
    fillNegatives(g, rig.arrays, rig.layout.params);
    const push = planPush(g, plan, visits, { walkLength: 4, windowSize: 3, negativeExponent: 0.5, full })!;
    fillPush(g, rig.arrays, push.shares);
    const model = toReferenceModel(rig);

    const key = (v: number): bigint => keyHashOf(g.keyHashes, v);
    const repeats = 15;
    const [long, short] = [40, 4].map((length) => createReferenceWalker(g, { length }));
    function* anew(): Generator<Walked> {
      for (let k = 0; k < repeats; k++) for (let v = 0; v < 2 * n; v++) yield [long!.walk(v, k), k, key(v)];
    }
    function* pushing(): Generator<Walked> {
      for (const [i, v] of push.starts.rows.entries())
        for (let k = 0; k < repeats * push.starts.walks[i]!; k++) yield [short!.walk(v, k), k, key(v)];
    }
    const inAnew = countNegatives({ ...model, frozen: undefined }, anew());
    const inPush = countNegatives(model, pushing());
    for (const { f, rows } of groups) {
      const total = (of: Float64Array): number => rows.reduce((sum, v) => sum + of[v]!, 0);
      const [wanted, found] = [f * total(inAnew.sum), total(inPush.sum)];
      // Draws are independent and count their window's pairs m, so that a sum of them has variance Σ m² at
      // most: five standard deviations of the difference. Beside that a draw that falls on the centre is
      // made again in training anew, and is left out in pushing: 1/60 of each, and the largest share of a
      // type's negatives here is √40 / Σ √visits < 1/45.
      const noise = 5 * Math.sqrt(total(inPush.squares) + f * f * total(inAnew.squares));
      expect(Math.abs(found - wanted)).toBeLessThan(noise + wanted * (1 / 60 + 1 / 45));
      expect(noise).toBeLessThan(wanted * 0.1); // so that half as much would not pass
    }
    expect(plan.rows.every((v) => inPush.sum[v]! > 0)).toBe(true);
    expect(inPush.sum.every((count, v) => count === 0 || frozen[v] === 0)).toBe(true);
  });
});
