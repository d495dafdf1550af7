/**
 * What a window is made of: contexts at their true offsets, negatives of the centre's type in proportion to
 * visits^exponent, observed in the kernel itself by which rows a single small step touches.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { keyHashOf } from '../../src/kernel/reference-random.ts';
import { drawWindows } from '../../src/kernel/reference-windows.ts';
import { chunkCountOf, learningRateAt } from '../../src/train/chunk.ts';
import { fillKeep, fillNegatives } from '../../src/train/negatives.ts';
import type { TrainParams } from '../../src/train/params.ts';
import { type GraphSpec, smallGraph } from '../graph/small-graph.ts';
import {
  createHost,
  createTrainRig,
  type KernelHost,
  type TrainRig,
  toReferenceModel,
} from '../kernel/rig.ts';
import { SIGNIFICANCE, toChiSquare, toPValue } from '../walk/chi-square.ts';

let host: KernelHost;
beforeAll(async () => {
  host = await createHost();
});

/** Customers 0–3 (3 isolated), products 4–9, attributes 10–11. */
const SHOP: GraphSpec = {
  nodes: { customer: 4, product: 6, attribute: 2 },
  edges: [
    [0, 4],
    [0, 5],
    [1, 5],
    [1, 6],
    [2, 7],
    [2, 8],
    [2, 9],
    [0, 9],
    [4, 10],
    [5, 10],
    [6, 11],
    [9, 11],
  ], // prettier-ignore
};

const touched = (row: Float32Array): boolean => row.some((x) => x !== 0);

/** Trains one pair and says which output rows moved: the centre and its negatives. */
function observe(rig: TrainRig, [context, center]: [number, number], pass: number): number[] {
  for (let v = 0; v < rig.g.nodeCount; v++) {
    rig.vector(v).fill(0);
    rig.context(v).fill(0);
  }
  rig.vector(context)[0] = 1;
  rig.trainWalk([context, center], pass, center, 0.1); // the window of `context` has an input of zeros: it moves nothing
  return Array.from({ length: rig.g.nodeCount }, (_, v) => v).filter((v) => touched(rig.context(v)));
}

function createNegativeRig(spec: GraphSpec, train: Partial<TrainParams>, visits: number[]): TrainRig {
  const rig = createTrainRig(host, smallGraph(spec, host.memory), {
    train: { windowSize: 1, negatives: 1, ...train },
  });
  rig.arrays.visits.set(visits);
  fillNegatives(rig.g, rig.arrays, rig.layout.params);
  return rig;
}

describe('negatives', () => {
  const visits = [5, 9, 2, 0, 50, 20, 3, 8, 1, 100, 7, 30];

  test.each([
    { exponent: 0, center: 5 },
    { exponent: 1, center: 5 },
    { exponent: 0.75, center: 9 }, // the most visited of its type: often redrawn
    { exponent: -1, center: 4 },
    { exponent: 1, center: 0 },
    { exponent: 1, center: 11 },
  ])('of node $center go by visits^$exponent within its type, itself left out', ({ exponent, center }) => {
    const rig = createNegativeRig(SHOP, { negativeExponent: exponent }, visits);
    const range = rig.g.ranges.find((r) => center >= r.start && center < r.end)!;
    const context = center < 4 ? 9 : 0; // of another type
    const observed = visits.map(() => 0);
    for (let pass = 0; pass < 20_000; pass++) {
      for (const v of observe(rig, [context, center], pass)) if (v !== center) observed[v]!++;
    }
    const weights = visits.map((n, v) => {
      const isOther = v >= range.start && v < range.end && v !== center && v !== 3; // 3 is isolated
      return isOther ? n ** exponent : 0;
    });
    const total = weights.reduce((a, b) => a + b, 0);
    const law = weights.map((w) => w / total);
    expect(toPValue(toChiSquare([{ observed, law }]))).toBeGreaterThan(SIGNIFICANCE);
    expect(observed.reduce((a, b) => a + b, 0)).toBeGreaterThan(15_000);
  });

  test('where a type has one connected node, its side stands in; then the rest; then nobody', () => {
    const drawnFor = (spec: GraphSpec, context: number, center: number): number[] => {
      const n = smallGraph(spec).nodeCount;
      const rig = createNegativeRig(spec, {}, new Array<number>(n).fill(1));
      const seen = Array.from({ length: 200 }, (_, pass) => observe(rig, [context, center], pass)).flat();
      return [...new Set(seen)].filter((v) => v !== center).sort((a, b) => a - b);
    };
    // one customer 0, products 1–3, attributes 4–5: the customer's negatives are attributes, on its side
    const oneCustomer: GraphSpec = {
      nodes: { customer: 1, product: 3, attribute: 2 },
      edges: [
        [0, 1],
        [0, 2],
        [0, 3],
        [1, 4],
        [2, 5],
      ],
    }; // prettier-ignore
    expect(drawnFor(oneCustomer, 1, 0)).toEqual([4, 5]);
    expect(drawnFor(oneCustomer, 0, 1)).toEqual([2, 3]);
    // one attribute beside three customers: customers stand in; an isolated attribute changes nothing
    const oneAttribute: GraphSpec = {
      nodes: { customer: 3, product: 2, attribute: 2 },
      edges: [
        [0, 3],
        [1, 3],
        [2, 4],
        [3, 5],
      ],
    }; // prettier-ignore
    expect(drawnFor(oneAttribute, 3, 5)).toEqual([0, 1, 2]);
    // one product: customers stand in
    const oneProduct: GraphSpec = {
      nodes: { customer: 3, product: 1 },
      edges: [
        [0, 3],
        [1, 3],
        [2, 3],
      ],
    }; // prettier-ignore
    expect(drawnFor(oneProduct, 0, 3)).toEqual([0, 1, 2]);
    // one customer and no attribute: products
    const star: GraphSpec = {
      nodes: { customer: 1, product: 3 },
      edges: [
        [0, 1],
        [0, 2],
        [0, 3],
      ],
    }; // prettier-ignore
    expect(drawnFor(star, 1, 0)).toEqual([1, 2, 3]);
    // one of each: there is nobody
    expect(drawnFor({ nodes: { customer: 1, product: 1 }, edges: [[0, 1]] }, 0, 1)).toEqual([]);
  });
});

describe('window parity', () => {
  test('thinning drops tokens without closing the gap: window 1 of a two-colourable walk pairs the two sides only', () => {
    const rig = createTrainRig(host, smallGraph(SHOP, host.memory), {
      train: { windowSize: 1, sampleFactor: 1e-3 },
    });
    fillNegatives(rig.g, rig.arrays, rig.layout.params);
    rig.arrays.keep!.fill(1);
    rig.arrays.keep!.fill(0, 4, 10); // every product is dropped; customers are 2 apart
    rig.vector(0)[0] = 1;
    rig.trainWalk([0, 5, 1, 5, 0, 9, 2], 0, 0, 0.1);
    expect(host.kernel.totalPairs()).toBe(0); // were the gaps closed, customers would be neighbours: 6 pairs
    rig.arrays.keep!.fill(1);
    rig.trainWalk([0, 5, 1, 5, 0, 9, 2], 0, 0, 0.1);
    expect(host.kernel.totalPairs()).toBe(12);
  });

  test('the pairs that survive keep their offsets, and both parities are trained', () => {
    const walk = Array.from({ length: 40 }, (_, i) => (i % 2 ? 4 + (i % 6) : i % 3));
    const rig = createTrainRig(host, smallGraph(SHOP, host.memory), {
      train: { windowSize: 4, sampleFactor: 1e-3 },
    });
    fillNegatives(rig.g, rig.arrays, rig.layout.params);
    rig.arrays.keep!.fill(0.5);
    const model = toReferenceModel(rig); // the kernel's windows are these: sgns-reference.test.ts
    const offsets = new Map<number, number>();
    let pairs = 0;
    for (let pass = 0; pass < 500; pass++) {
      for (const window of drawWindows(model, walk, pass, keyHashOf(rig.g.keyHashes, 0))) {
        for (const at of window.contextsAt) {
          const offset = Math.abs(at - window.at);
          offsets.set(offset, (offsets.get(offset) ?? 0) + 1);
          pairs++;
          if ((walk[at]! < 4 === window.center < 4) !== (offset % 2 === 0))
            throw new Error(`offset ${offset} crossed sides`);
        }
      }
    }
    // Offset d survives when the reach is at least d: (5 − d)/4 of windows, times both ends kept.
    const inside = (d: number): number => (2 * (40 - d) * (5 - d)) / 4;
    const total = [1, 2, 3, 4].reduce((sum, d) => sum + inside(d), 0);
    for (const d of [1, 2, 3, 4]) expect(offsets.get(d)! / pairs).toBeCloseTo(inside(d) / total, 2);
    expect([...offsets.keys()].sort()).toEqual([1, 2, 3, 4]);
    expect(pairs / (500 * total)).toBeCloseTo(0.25, 2);
  });

  test('negatives shared by fewer: the same pairs in smaller parts, each with a draw of its own', () => {
    const walk = Array.from({ length: 40 }, (_, i) => (i % 2 ? 4 + (i % 6) : i % 3));
    const [whole, apart] = [undefined, 1].map((negativesSharedBy) => {
      const g = smallGraph(SHOP, host.memory);
      const rig = createTrainRig(host, g, { train: { windowSize: 1, negativesSharedBy } });
      fillNegatives(g, rig.arrays, rig.layout.params);
      const windows = drawWindows(toReferenceModel(rig), walk, 0, keyHashOf(g.keyHashes, 0));
      rig.trainWalk(walk, 0, 0, 0.1); // the kernel's windows are these: sgns-reference.test.ts
      expect(host.kernel.totalPairs()).toBe(78);
      return windows;
    });
    const pairs = (windows: typeof whole) => windows!.flatMap((w) => w.contextsAt.map((at) => [w.at, at]));
    expect(pairs(apart)).toEqual(pairs(whole)); // a window of 1 always reaches 1
    expect([whole!.length, apart!.length]).toEqual([40, 78]);
    const drawn = apart!.filter((w) => w.at === 20).map((w) => w.negatives);
    expect(drawn).toHaveLength(2);
    expect(drawn[0]).not.toEqual(drawn[1]); // customer 0 … 2, five draws: the seed is fixed
  });

  test('keep probabilities are word2vec.c’s', () => {
    const rig = createTrainRig(host, smallGraph(SHOP, host.memory), { train: { sampleFactor: 0.01 } });
    const visits = [0, 5, 10, 0, 900, 20, 3, 8, 1, 53, 0, 0]; // 1,000 in all
    rig.arrays.visits.set(visits);
    fillKeep(rig.arrays, 0.01);
    // f = 0.9: √(s/f) + s/f = 0.10541 + 0.01111; f = 0.053: 0.43437 + 0.18868; f ≤ s: all
    expect(rig.arrays.keep![4]).toBeCloseTo(0.11652, 5);
    expect(rig.arrays.keep![9]).toBeCloseTo(0.62305, 5);
    for (const v of [0, 1, 2, 3, 5, 6, 7, 8, 10]) {
      const f = visits[v]! / 1000;
      expect(rig.arrays.keep![v]).toBeCloseTo(f === 0 ? 1 : Math.min(1, Math.sqrt(0.01 / f) + 0.01 / f), 5);
    }
  });
});

describe('the learning rate', () => {
  test('falls in a straight line and ends a step above the least', () => {
    const { layout } = createTrainRig(host, smallGraph(SHOP, host.memory), {
      train: { passes: 50, initialLearningRate: 0.05, minLearningRate: 0.001 },
    });
    const chunks = chunkCountOf('train', layout);
    expect(chunks).toBe(50); // eleven starts: a chunk a pass
    const rates = Array.from({ length: chunks }, (_, chunk) => learningRateAt(chunk, layout));
    expect(rates[0]).toBe(0.05);
    expect(rates[25]).toBeCloseTo((0.05 + 0.001) / 2, 12);
    const step = (0.05 - 0.001) / 50;
    rates.slice(1).forEach((rate, i) => {
      expect(rates[i]! - rate).toBeCloseTo(step, 12);
    });
    expect(rates.at(-1)).toBeCloseTo(0.001 + step, 12);
  });

  test('is what the kernel trains with: a fiftieth of it moves less than a tenth as far', () => {
    const moved = (rate: number): number => {
      const rig = createTrainRig(host, smallGraph(SHOP, host.memory), {
        train: { initialLearningRate: rate, minLearningRate: rate },
      });
      rig.run('slots');
      rig.run('init');
      rig.run('count');
      fillNegatives(rig.g, rig.arrays, rig.layout.params);
      rig.run('train');
      return rig.arrays.contexts.reduce((sum, x) => sum + Math.abs(x), 0);
    };
    expect(moved(0.05)).toBeGreaterThan(10 * moved(0.001));
  });
});
