/**
 * Frozen rows, in every role a row can have: not a byte of them moves, what they do to others is what
 * reference.ts says, and a mask without ones changes nothing.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Objective } from '../../src/train/params.ts';
import { type GraphSpec, graphSpecs } from '../graph/small-graph.ts';
import { createHost, type KernelHost } from './rig.ts';
import { createReadyRig, type Run, runs, trainBoth } from './train-both.ts';

let plain: KernelHost;
let relaxed: KernelHost;
beforeAll(async () => {
  plain = await createHost('plain');
  relaxed = await createHost('relaxed');
});

/** Each bit of the mask freezes a row; of graphs with more than 16 nodes, every sixteenth as well. */
const maskedRuns = fc
  .tuple(runs, fc.nat(2 ** 16 - 1))
  .map(([run, mask]): Run => ({ ...run, isFrozen: (v) => ((mask >> (v % 16)) & 1) === 1 }));

describe('random graphs and masks: frozen bytes are equal before and after, the rest is what the reference makes of it', () => {
  test('plain SIMD: the same bits', () => {
    fc.assert(
      fc.property(graphSpecs({ twoColourable: true }), maskedRuns, (spec, run) => {
        expect(trainBoth(plain, spec, run, 1e-9)).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  test('relaxed SIMD: within 5e-3, as unfrozen', () => {
    fc.assert(
      fc.property(graphSpecs({ twoColourable: true }), maskedRuns, (spec, run) => {
        expect(trainBoth(relaxed, spec, run, 1e-3)).toBeLessThan(5e-3);
      }),
      { numRuns: 100 },
    );
  });
});

/** Customer 0 bought 1 and 2; 3 and 4 are only ever negatives. */
const SPEC: GraphSpec = {
  nodes: { customer: 1, product: 4 },
  edges: [
    [0, 1],
    [0, 2],
    [0, 3],
    [0, 4],
  ],
}; // prettier-ignore
const WALK = [1, 0, 2, 0, 1];

/** Which rows of which matrix a walk moved. */
function findMoved(objective: Objective, negatives: number, isFrozen?: (v: number) => boolean) {
  const rig = createReadyRig(
    plain,
    SPEC,
    { objective, negatives, windowSize: 2, dimension: 8 },
    { isFrozen },
  );
  const copy = (row: (v: number) => Float32Array) => [0, 1, 2, 3, 4].map((v) => row(v).slice());
  const [vectors, contexts] = [copy(rig.vector), copy(rig.context)];
  for (let pass = 0; pass < 20; pass++) rig.trainWalk(WALK, pass, 1, 0.05);
  const moved = (before: Float32Array[], row: (v: number) => Float32Array): number[] =>
    [0, 1, 2, 3, 4].filter((v) => row(v).some((x, d) => x !== before[v]![d]));
  return { vectors: moved(vectors, rig.vector), contexts: moved(contexts, rig.context), rig };
}

describe.each(['skip-gram', 'cbow', 'softmax', 'bpr'] as const)('%s', (objective) => {
  // Eleven negatives are two tiles of outputs: an input of the first is read again in the second.
  test.each([3, 11])('with %i negatives', (negatives) => {
    const free = findMoved(objective, negatives);
    expect(free.vectors).toEqual([0, 1, 2]);
    expect(free.contexts).toEqual([0, 1, 2, 3, 4]);
    const context = findMoved(objective, negatives, (v) => v === 1);
    expect([context.vectors, context.contexts]).toEqual([
      [0, 2],
      [0, 2, 3, 4],
    ]); // prettier-ignore
    const negative = findMoved(objective, negatives, (v) => v === 3);
    expect([negative.vectors, negative.contexts]).toEqual([
      [0, 1, 2],
      [0, 1, 2, 4],
    ]); // prettier-ignore
    const allButOne = findMoved(objective, negatives, (v) => v !== 2);
    expect([allButOne.vectors, allButOne.contexts]).toEqual([[2], [2]]);
    const all = findMoved(objective, negatives, () => true);
    expect([all.vectors, all.contexts]).toEqual([[], []]);
  });

  test('a mask without ones: the bits of no mask', () => {
    const [masked, free] = [findMoved(objective, 5, () => false), findMoved(objective, 5)];
    for (const v of [0, 1, 2, 3, 4]) {
      expect(masked.rig.vector(v)).toEqual(free.rig.vector(v));
      expect(masked.rig.context(v)).toEqual(free.rig.context(v));
    }
  });

  test('a window in which nothing may move is not counted', () => {
    plain.kernel.resetTotals();
    findMoved(objective, 5, () => true);
    expect(plain.kernel.totalPairs()).toBe(0);
  });
});
