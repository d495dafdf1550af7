/** The same walk or set trained in the kernel and in reference.ts, from the same random matrices. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { trainSet, trainWalk } from '../../src/kernel/reference.ts';
import { keyHashOf } from '../../src/kernel/reference-random.ts';
import { fillNegatives, fillPush, reachedByWalks } from '../../src/train/negatives.ts';
import type { Objective, TrainParams } from '../../src/train/params.ts';
import { type GraphSpec, smallGraph } from '../graph/small-graph.ts';
import {
  createTrainRig,
  type KernelHost,
  type TrainRig,
  type TrainRigOptions,
  toReferenceModel,
} from './rig.ts';

/** A rig whose both matrices are random, with scores that reach over ±6, and visits counted. */
export function createReadyRig(
  host: KernelHost,
  spec: GraphSpec,
  train: Partial<TrainParams>,
  options: Pick<Run, 'isFrozen' | 'pushTotal'> & Omit<TrainRigOptions, 'train' | 'frozen' | 'push'> = {},
): TrainRig {
  const { isFrozen, pushTotal, ...rest } = options;
  const g = smallGraph(spec, host.memory);
  const frozen = isFrozen && Uint8Array.from({ length: g.nodeCount }, (_, v) => +isFrozen(v));
  const rig = createTrainRig(host, g, { ...rest, train, frozen, push: pushTotal !== undefined });
  const random = createRandom(5);
  const { dimension } = rig.layout.params;
  for (let v = 0; v < rig.g.nodeCount; v++) {
    for (const row of [rig.vector(v), rig.context(v)]) {
      for (let d = 0; d < dimension; d++) row[d] = ((random() - 0.5) * 8) / Math.sqrt(dimension);
    }
  }
  rig.arrays.visits.forEach((_, v) => {
    rig.arrays.visits[v] = 1 + 7 * v;
  });
  fillNegatives(rig.g, rig.arrays, rig.layout.params);
  if (pushTotal !== undefined) fillPush(g, rig.arrays, toShares(g, frozen!, pushTotal));
  rig.arrays.keep?.forEach((_, v) => {
    rig.arrays.keep![v] = v % 2 ? 0.4 : 0.9;
  });
  return rig;
}

export const runs = fc.record({
  train: fc.record({
    objective: fc.constantFrom<Objective>('skip-gram', 'cbow', 'softmax', 'bpr'),
    dimension: fc.constantFrom(2, 7, 8, 20, 64),
    windowSize: fc.constantFrom(1, 2, 5, 64),
    negatives: fc.constantFrom(1, 4, 5, 6, 11, 17, 64, 256), // tiles of six: short, full and several
    negativesSharedBy: fc.constantFrom(undefined, 1, 2, 3, 9, 128), // a block is three; 128: a window is never full
    negativeExponent: fc.constantFrom(-1, 0, 0.75),
    sampleFactor: fc.constantFrom(0, 0.1), // any factor > 0 lays the keep table out
    logQCorrection: fc.constantFrom(undefined, 1, 0.5, 0),
    regularization: fc.constantFrom(0, 0.1),
    seed: fc.nat(),
  }),
  // Few nodes and long walks: the same node often stands twice in a window and among the negatives.
  walk: fc.array(fc.nat(3), { minLength: 2, maxLength: 20 }),
  asSet: fc.boolean(),
});

export interface Run {
  readonly train: Partial<TrainParams>;
  readonly walk: readonly number[];
  readonly asSet: boolean;
  /** Rows that may not move; none if not given. */
  readonly isFrozen?: (v: number) => boolean;
  /** Walks from frozen rows push: so many of the negatives of a type, 0 … 1, spread unevenly over the rows that may move. */
  readonly pushTotal?: number;
}

/** Every row that may move and has an arc gets a share. */
export function toShares(g: Snapshot, frozen: Uint8Array, total: number): Float64Array {
  const isReached = reachedByWalks(g);
  const shares = Float64Array.from(frozen, (f, v) => (f || !isReached(v) ? 0 : 1 + (v % 3)));
  for (const { start, end } of g.ranges) {
    const sum = shares.subarray(start, end).reduce((a, b) => a + b, 0);
    for (let v = start; v < end; v++) if (sum > 0) shares[v]! *= total / sum;
  }
  return shares;
}

/** Trains the same walk or set in the kernel and in the reference; returns the largest difference of a coordinate. */
export function trainBoth(host: KernelHost, spec: GraphSpec, run: Run, lossTolerance: number): number {
  const rig = createReadyRig(host, spec, run.train, { isFrozen: run.isFrozen, pushTotal: run.pushTotal });
  const tokens = run.walk.map((v) => v % rig.g.nodeCount);
  const model = toReferenceModel(rig);
  const frozen = Array.from({ length: rig.g.nodeCount }, (_, v) => v).filter((v) => run.isFrozen?.(v));
  const bytes = (): Buffer =>
    Buffer.concat(frozen.flatMap((v) => [rig.vector(v), rig.context(v)].map((row) => toBytes(row))));
  const before = bytes();
  for (let pass = 0; pass < 4; pass++) {
    const keyHash = keyHashOf(rig.g.keyHashes, tokens[0]!);
    (run.asSet ? rig.trainSet : rig.trainWalk)(tokens, pass, tokens[0]!, 0.05);
    (run.asSet ? trainSet : trainWalk)(model, tokens, pass, keyHash, 0.05);
  }
  expect(bytes().equals(before)).toBe(true);
  expect(host.kernel.totalPairs()).toBe(model.totals.pairs);
  expect(host.kernel.totalLossPairs()).toBe(model.totals.lossPairs);
  expect(Math.abs(host.kernel.totalLoss() / model.totals.lossSum - 1) || 0).toBeLessThan(lossTolerance); // NaN: no window was sampled
  return Math.max(
    ...model.vectors.map((row, v) =>
      Math.max(apart(row, rig.vector(v)), apart(model.contexts[v]!, rig.context(v))),
    ),
  );
}

/** A copy. */
const toBytes = (row: Float32Array): Buffer =>
  Buffer.from(new Uint8Array(row.buffer, row.byteOffset, row.byteLength));

/** Largest difference of two rows; what lies behind the last column must be zero. */
function apart(wanted: Float32Array, found: Float32Array): number {
  let most = 0;
  found.forEach((x, d) => {
    most = Math.max(most, Math.abs(x - (wanted[d] ?? 0)));
  });
  return most;
}
