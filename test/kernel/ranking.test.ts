/**
 * What ranking objectives are beyond their arithmetic (sgns-reference.test.ts holds that to the reference): the
 * correction for how likely negatives are drawn, the probabilities that softmax ends at, and pairs.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { trainPair } from '../../src/kernel/reference.ts';
import { keyHashOf } from '../../src/kernel/reference-random.ts';
import { exp } from '../../src/kernel/reference-ranking.ts';
import { drawPair, drawWindows } from '../../src/kernel/reference-windows.ts';
import { fillNegatives } from '../../src/train/negatives.ts';
import type { TrainParams } from '../../src/train/params.ts';
import { hasArc } from '../../src/walk/law.ts';
import { type GraphSpec, smallGraph } from '../graph/small-graph.ts';
import { createHost, createTrainRig, type KernelHost, type TrainRig, toReferenceModel } from './rig.ts';
import { createReadyRig } from './train-both.ts';

let host: KernelHost;
beforeAll(async () => {
  host = await createHost();
});

/** Three customers who bought some of seven products. */
const SHOP: GraphSpec = {
  nodes: { customer: 3, product: 7 },
  edges: [
    [0, 3],
    [0, 4],
    [1, 3],
    [1, 5],
    [1, 6],
    [2, 7],
    [2, 8],
    [2, 9],
  ],
};

test('e^x of the kernel’s arithmetic: within 2e-7 of it down to −60, nothing below', () => {
  for (let x = -60; x <= 0; x += 0.0137) {
    const rounded = Math.fround(x);
    if (rounded > -60) expect(Math.abs(exp(rounded) / Math.exp(rounded) - 1)).toBeLessThan(2e-7);
  }
  expect(exp(0)).toBe(1);
  expect([exp(-60.5), exp(-1e30)]).toEqual([0, 0]);
});

describe('the sum over drawn negatives, each weighed by e^bias', () => {
  // Of a window with k negatives Σ e^(s_t + b_t) / e^(b_0) estimates Σ e^s over all products but the centre. The mean of
  // 4,000 independent windows is off by more than five of its standard errors once in two million times.
  test.each([
    { negatives: 1, negativeExponent: 0.75 },
    { negatives: 5, negativeExponent: -1 },
    { negatives: 20, negativeExponent: 1 },
  ])('is all others on average: $negatives by exponent $negativeExponent', (train) => {
    const rig = createReadyRig(host, SHOP, { ...train, objective: 'softmax', windowSize: 1 });
    const model = toReferenceModel(rig);
    const { biases, logCounts } = model.ranking!;
    const scoreOf = (v: number): number => ((v * 7) % 5) / 3;
    const center = 4;
    const others = [3, 5, 6, 7, 8, 9].reduce((sum, v) => sum + Math.exp(scoreOf(v)), 0);
    const estimates = Array.from({ length: 4000 }, (_, number) => {
      const window = drawWindows(model, [0, center], number, 5n).find((w) => w.center === center)!;
      const drawn = window.negatives.filter((v) => v !== undefined);
      const sum = drawn.reduce((all, v) => all + Math.exp(scoreOf(v) + biases[2 * v]!), 0);
      return sum / Math.exp(biases[2 * center + 1]! + logCounts[drawn.length]!);
    });
    const mean = estimates.reduce((a, b) => a + b, 0) / estimates.length;
    const variance = estimates.reduce((sum, x) => sum + (x - mean) ** 2, 0) / estimates.length;
    expect(Math.abs(mean - others)).toBeLessThan(5 * Math.sqrt(variance / estimates.length) + 1e-5);
  });
});

/** Customer 0 takes products 1 … 4 so often, each time with the negatives of a window; the share that the model gives each. */
function learnShares(train: Partial<TrainParams>): number[] {
  const spec: GraphSpec = {
    nodes: { customer: 2, product: 4 },
    edges: [2, 3, 4, 5].map((p) => [0, p] as const),
  };
  const rig = createTrainRig(host, smallGraph(spec, host.memory), {
    train: { objective: 'softmax', dimension: 8, windowSize: 1, ...train },
  });
  rig.run('init');
  [1, 1, 80, 40, 20, 20].forEach((visits, v) => {
    rig.arrays.visits[v] = visits;
  });
  fillNegatives(rig.g, rig.arrays, rig.layout.params);
  const taken = [2, 2, 2, 2, 3, 3, 4, 5]; // 1/2, 1/4, 1/8, 1/8
  const passes = 2500;
  for (let pass = 0; pass < passes; pass++) {
    const alpha = 0.2 * (1 - pass / passes);
    for (const [i, product] of taken.entries()) rig.trainWalk([0, product], 8 * pass + i, 0, alpha);
  }
  const scores = [2, 3, 4, 5].map((v) =>
    rig.context(v).reduce((sum, y, d) => sum + y * rig.vector(0)[d]!, 0),
  );
  const powers = scores.map((s) => Math.exp(s));
  return powers.map((p) => p / powers.reduce((a, b) => a + b, 0));
}

describe('softmax ends at the shares of what follows, whatever negatives are drawn by', () => {
  test.each([
    { negatives: 3, negativeExponent: 1 },
    { negatives: 8, negativeExponent: 0 },
    { negatives: 32, negativeExponent: -1 },
  ])('$negatives by exponent $negativeExponent', (train) => {
    // Of the noise of the last steps 0.03 is left.
    learnShares(train).forEach((share, i) => {
      expect(Math.abs(share - [1 / 2, 1 / 4, 1 / 8, 1 / 8][i]!)).toBeLessThan(0.03);
    });
  });

  test('without the correction they matter', () => {
    const [common, rare] = [1, -1].map((negativeExponent) =>
      learnShares({ negatives: 32, negativeExponent, logQCorrection: 0 }),
    );
    expect(rare![0]! - common![0]!).toBeGreaterThan(0.1);
  });
});

describe('a pair', () => {
  const asPairs = {
    objective: 'bpr',
    asPairs: true,
    negatives: 4,
    dimension: 8,
    regularization: 0.1,
  } as const;
  const rowsOf = ({ g, vector, context }: TrainRig): Float32Array[] =>
    Array.from({ length: g.nodeCount }, (_, v) => [vector(v).slice(), context(v).slice()]).flat();

  test('is the reference’s, bit for bit, and moves the first node’s vector and contexts of products', () => {
    const rig = createReadyRig(host, SHOP, asPairs, {
      walk: { length: 2, policy: { customer: { product: 1 } } },
    });
    rig.run('slots');
    const model = toReferenceModel(rig);
    const before = rowsOf(rig);
    for (let pass = 0; pass < 50; pass++) {
      const pair = [0, 3 + (pass % 2)] as const;
      const keyHash = keyHashOf(rig.g.keyHashes, 0);
      rig.trainPair(pair, pass, 0, 0.05);
      trainPair(model, [...pair], { pass, keyHash, isNeighbor: (v) => hasArc(rig.g, 0, v) }, 0.05);
    }
    const wanted = model.vectors.flatMap((x, v) => [x, model.contexts[v]!]);
    expect(rowsOf(rig).map((row) => row.subarray(0, 8))).toEqual(wanted);
    const moved = rowsOf(rig).flatMap((row, i) => (row.every((x, d) => x === before[i]![d]) ? [] : [i]));
    expect(moved).toEqual([0, 7, 9, 11, 13, 15, 17, 19]); // vector of 0; contexts of 3 … 9
  });

  test('has no negative that the first node has an arc to', () => {
    const model = toReferenceModel(createReadyRig(host, SHOP, asPairs));
    const drawn = new Set<number | undefined>();
    for (let pass = 0; pass < 500; pass++) {
      const isNeighbor = (v: number): boolean => [7, 8, 9].includes(v);
      for (const v of drawPair(model, 7, { pass, keyHash: 3n, isNeighbor }).negatives) drawn.add(v);
    }
    // 3 … 6 are left of seven; eight draws in a row fall on the three others now and then.
    expect([...drawn].filter((v) => v !== undefined).sort()).toEqual([3, 4, 5, 6]);
  });
});
