/**
 * Walks from a list, and walks that push: which walks are made and in which order, which negatives are
 * drawn in them, and what both do to the matrices, held to the reference.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { mix64 } from '../../src/base/rng.ts';
import { trainWalk } from '../../src/kernel/reference.ts';
import { keyHashOf, permute } from '../../src/kernel/reference-random.ts';
import { drawWindows } from '../../src/kernel/reference-windows.ts';
import type { StartList } from '../../src/train/schedule.ts';
import { type GraphSpec, graphSpecs } from '../graph/small-graph.ts';
import {
  createHost,
  createReferenceWalker,
  type KernelHost,
  type TrainRig,
  toReferenceModel,
  WALK,
} from './rig.ts';
import { createReadyRig, type Run, runs, toShares, trainBoth } from './train-both.ts';

let plain: KernelHost;
let relaxed: KernelHost;
beforeAll(async () => {
  plain = await createHost('plain');
  relaxed = await createHost('relaxed');
});

/** Each bit of the mask freezes a row; a walk that starts at one of these pushes. */
const pushingRuns = fc
  .tuple(runs, fc.nat(2 ** 16 - 1), fc.constantFrom(0, 0.02, 0.6, 1))
  .map(
    ([run, mask, pushTotal]): Run => ({ ...run, pushTotal, isFrozen: (v) => ((mask >> (v % 16)) & 1) === 1 }),
  );

describe('random graphs and masks, with a table for walks from frozen rows: frozen bytes stay, the rest is the reference’s', () => {
  test('plain SIMD: the same bits', () => {
    fc.assert(
      fc.property(graphSpecs({ twoColourable: true }), pushingRuns, (spec, run) => {
        expect(trainBoth(plain, spec, run, 1e-9)).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  test('relaxed SIMD: within 5e-3, as without', () => {
    fc.assert(
      fc.property(graphSpecs({ twoColourable: true }), pushingRuns, (spec, run) => {
        expect(trainBoth(relaxed, spec, run, 1e-3)).toBeLessThan(5e-3);
      }),
      { numRuns: 100 },
    );
  });
});

/** Three customers bought all four products. */
const SPEC: GraphSpec = {
  nodes: { customer: 3, product: 4 },
  edges: [0, 1, 2].flatMap((c) => [3, 4, 5, 6].map((p) => [c, p] as const)),
};
const isFrozen = (v: number): boolean => v === 0 || v === 3 || v === 4;
const rowsOf = ({ g, vector, context }: TrainRig): Float32Array[] =>
  Array.from({ length: g.nodeCount }, (_, v) => [vector(v).slice(), context(v).slice()]).flat();

describe('a pushing walk', () => {
  test('has the negatives that the shares say, of which those that fall on the centre are left out', () => {
    // Of n draws a row gets n·share, one standard deviation is √(n·share·(1 − share)); five of them are
    // overstepped once in two million times, and there are fourteen counts.
    const total = 0.6;
    const rig = createReadyRig(plain, SPEC, { negatives: 8, windowSize: 2 }, { isFrozen, pushTotal: total });
    const model = toReferenceModel(rig);
    const shares = toShares(rig.g, model.frozen!, total);
    const counts = rig.g.ranges.map(() => ({ draws: 0, of: new Uint32Array(rig.g.nodeCount) }));
    for (let number = 0; number < 5000; number++) {
      for (const { center, negatives } of drawWindows(model, [3, 1, 4, 0], number, 99n)) {
        const counted = counts[center < 3 ? 0 : 1]!;
        counted.draws += negatives.length;
        for (const v of negatives) if (v !== undefined) counted.of[v]!++;
      }
    }
    counts.slice(0, 2).forEach(({ draws, of }, type) => {
      expect(draws).toBe(2 * 5000 * 8);
      const { start, end } = rig.g.ranges[type]!;
      of.forEach((count, v) => {
        const isOfType = v >= start && v < end;
        // Customer 1 is the centre of half of the windows of customers, and never its own negative.
        const share = isOfType ? shares[v]! * (v === 1 ? 0.5 : 1) : 0;
        expect(Math.abs(count - draws * share)).toBeLessThanOrEqual(
          5 * Math.sqrt(draws * share * (1 - share)),
        );
      });
    });
  });

  test('is none that starts at a row that may move: the bits of no table at all', () => {
    const train = (pushTotal?: number): Float32Array[] => {
      const rig = createReadyRig(
        plain,
        SPEC,
        { dimension: 8 },
        { isFrozen, ...(pushTotal && { pushTotal }) },
      );
      rig.trainWalk([5, 0, 3, 1], 0, 5, 0.05);
      return rowsOf(rig);
    };
    expect(train(0.6)).toEqual(train());
  });

  test('moves contexts of rows that never stand in it, and without shares only those that do', () => {
    const moved = (pushTotal: number): number[] => {
      const rig = createReadyRig(plain, SPEC, { dimension: 8 }, { isFrozen, pushTotal });
      const before = Array.from({ length: 7 }, (_, v) => rig.context(v).slice());
      for (let number = 0; number < 20; number++) rig.trainWalk([3, 0, 4, 1], number, 3, 0.05);
      return before.flatMap((row, v) => (rig.context(v).every((x, d) => x === row[d]) ? [] : [v]));
    };
    expect(moved(1)).toEqual([1, 2, 5, 6]);
    expect(moved(0)).toEqual([1]);
  });
});

/** Rows with a number of walks each; a row with many, and some without. */
const lists = fc
  .uniqueArray(fc.tuple(fc.nat(6), fc.oneof(fc.nat(9), fc.constant(150))), {
    selector: ([row]) => row,
    minLength: 1,
  })
  .filter((pairs) => pairs.some(([, walks]) => walks > 0))
  .map(
    (pairs): StartList => ({
      rows: Uint32Array.from(pairs, ([row]) => row),
      walks: Uint32Array.from(pairs, ([, walks]) => walks),
    }),
  );

describe('a list of starts', () => {
  test('each walk is made once, all in one random order, and pushes where its start is frozen: the bits of the reference', () => {
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 5 }), fc.nat(1000), (starts, passes, walkNumberFrom) => {
        const rate = { initialLearningRate: 0.05, minLearningRate: 0.05 };
        const options = { isFrozen, pushTotal: 0.6, starts, walkNumberFrom };
        const rig = createReadyRig(plain, SPEC, { passes, dimension: 8, ...rate }, options);
        const model = toReferenceModel(rig);
        rig.run('slots');
        rig.run('train');

        const listed = [...starts.rows].flatMap((row, i) =>
          Array.from({ length: starts.walks[i]! }, (_, k) => ({ row, number: walkNumberFrom + k })),
        );
        const key = mix64(BigInt(rig.layout.params.seed + walkNumberFrom));
        const walker = createReferenceWalker(rig.g, WALK);
        for (let i = 0; i < listed.length; i++) {
          const { row, number } = listed[permute(i, listed.length, key)]!;
          trainWalk(model, walker.walk(row, number), number, keyHashOf(rig.g.keyHashes, row), 0.05);
        }
        const wanted = model.vectors.flatMap((x, v) => [x, model.contexts[v]!]);
        expect(rowsOf(rig).map((row) => row.subarray(0, 8))).toEqual(wanted);
      }),
      { numRuns: 12 },
    );
  });
});
