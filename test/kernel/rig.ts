/** The kernel on this thread, on a small graph, the way a training thread would set it up. */
import { NODE_TYPES } from '../../src/base/ids.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { compileKernel, instantiateKernel, type Kernel, type KernelFlavour } from '../../src/kernel/load.ts';
import { createKernelMemory, type KernelMemory, toStride } from '../../src/kernel/memory.ts';
import type { ReferenceModel } from '../../src/kernel/reference.ts';
import { keyHashOf } from '../../src/kernel/reference-random.ts';
import { ReferenceWalker } from '../../src/kernel/reference-walk.ts';
import { toLogs, toSigmoids, toSoftplus } from '../../src/kernel/tables.ts';
import { chunkCountOf, runChunk } from '../../src/train/chunk.ts';
import { configureTraining } from '../../src/train/configure.ts';
import { layOutTraining, type TrainArrays, type WalkTrainLayout } from '../../src/train/layout.ts';
import { MAX_NEGATIVES, type TrainParams } from '../../src/train/params.ts';
import { CHUNK_WALKS, type StartList, toListed, toSchedule } from '../../src/train/schedule.ts';
import {
  configureWalk,
  findStarts,
  layOutWalk,
  prepareArcs,
  type WalkParams,
} from '../../src/walk/params.ts';
import { toPolicedBits, toShareTable } from '../../src/walk/policy.ts';
import { type GraphSpec, smallGraph } from '../graph/small-graph.ts';

export const WALK: WalkParams = { length: 20, returnP: 1, inOutQ: 1, policy: {}, seed: 7 };
export const TRAIN: TrainParams = {
  objective: 'skip-gram',
  dimension: 16,
  windowSize: 3,
  negatives: 5,
  negativeExponent: 0,
  sampleFactor: 0,
  initialLearningRate: 0.05,
  minLearningRate: 0.0001,
  passes: 1,
  seed: 11,
  workers: 1,
};

export interface KernelHost {
  readonly memory: KernelMemory;
  readonly kernel: Kernel;
}

/** One memory for many graphs: nothing is given back, but small graphs take little. */
export async function createHost(flavour: KernelFlavour = 'plain'): Promise<KernelHost> {
  const memory = createKernelMemory(2 ** 30);
  const { module } = await compileKernel(flavour);
  return { memory, kernel: instantiateKernel(module, memory.memory) };
}

export interface WalkRig {
  readonly g: Snapshot;
  walk(start: number, pass: number): number[];
}

export function createWalkRig(
  { memory, kernel }: KernelHost,
  spec: GraphSpec,
  params: Partial<WalkParams>,
): WalkRig {
  const g = smallGraph(spec, memory);
  const layout = layOutWalk(g, { ...WALK, ...params }, memory);
  configureWalk(kernel, layout);
  prepareArcs(kernel, layout, { from: 0, to: g.nodeCount, stack: memory.bytes(layout.stackBytes) });
  const out = memory.u32(layout.params.length);
  return { g, walk: (start, pass) => Array.from(out.subarray(0, kernel.walk(start, pass, out.byteOffset))) };
}

export function createReferenceWalker(g: Snapshot, params: Partial<WalkParams>): ReferenceWalker {
  const { policy, ...rest } = { ...WALK, ...params };
  return new ReferenceWalker(g, { ...rest, policed: toPolicedBits(policy), shares: toShareTable(policy) });
}

/** Of a walk or a set that is trained on at hand. */
const MOST_TOKENS = 1024;

export interface TrainRig {
  readonly g: Snapshot;
  readonly layout: WalkTrainLayout;
  readonly arrays: TrainArrays;
  readonly frozen: Uint8Array | undefined;
  /** All chunks of a phase, in order. */
  run(phase: 'slots' | 'init' | 'count' | 'train'): void;
  /** Trains on one walk at hand. */
  trainWalk(tokens: readonly number[], pass: number, start: number, alpha: number): void;
  /** Trains on two nodes as one pair. */
  trainPair(pair: readonly [number, number], pass: number, start: number, alpha: number): void;
  /** Trains on one set at hand. */
  trainSet(set: readonly number[], pass: number, start: number, alpha: number): void;
  vector(v: number): Float32Array; //  [stride] in kernel memory
  context(v: number): Float32Array; // [stride]
}

export interface TrainRigOptions {
  readonly walk?: Partial<WalkParams>;
  readonly train?: Partial<TrainParams>;
  readonly frozen?: Uint8Array | undefined;
  /** Room for a table of pushing walks, which fillPush fills. */
  readonly push?: boolean;
  readonly starts?: StartList;
  readonly walkNumberFrom?: number;
}

export function createTrainRig(
  { memory, kernel }: KernelHost,
  g: Snapshot,
  options: TrainRigOptions = {},
): TrainRig {
  const params = { ...TRAIN, ...options.train };
  const walk = layOutWalk(g, { ...WALK, ...options.walk }, memory);
  const { starts, frozen, push = false, walkNumberFrom: numberFrom = 0 } = options;
  const { rows, offsets } = starts
    ? toListed(starts, g.nodeCount)
    : { rows: findStarts(g, NODE_TYPES), offsets: undefined };
  const total = offsets ? offsets[rows.length]! : rows.length * params.passes;
  const schedule = toSchedule(total, { passes: params.passes, perChunk: CHUNK_WALKS, numberFrom });
  const { layout, arrays } = layOutTraining(walk, rows, params, memory, { schedule, offsets, frozen, push });
  configureTraining(kernel, layout, 0);
  kernel.resetTotals();
  const room = memory.u32(MOST_TOKENS);
  const dealt = memory.u32(MOST_TOKENS);
  const stride = toStride(params.dimension);
  return {
    g,
    layout,
    arrays,
    frozen: options.frozen,
    run: (phase) => {
      for (let chunk = 0; chunk < chunkCountOf(phase, layout); chunk++)
        runChunk(kernel, layout, 0, phase, chunk);
    },
    trainWalk: (tokens, pass, start, alpha) => {
      room.set(tokens);
      kernel.trainWalk(room.byteOffset, tokens.length, pass, keyHashOf(g.keyHashes, start), alpha);
    },
    trainPair: (pair, pass, start, alpha) => {
      room.set(pair);
      kernel.trainPair(room.byteOffset, pass, keyHashOf(g.keyHashes, start), alpha);
    },
    trainSet: (set, pass, start, alpha) => {
      room.set(set);
      const keyHash = keyHashOf(g.keyHashes, start);
      kernel.trainSet(room.byteOffset, set.length, dealt.byteOffset, pass, keyHash, alpha);
    },
    vector: (v) => arrays.vectors.subarray(v * stride, (v + 1) * stride),
    context: (v) => arrays.contexts.subarray(v * stride, (v + 1) * stride),
  };
}

/** A copy of the rig's model as it is now, for reference.ts to train. */
export function toReferenceModel({ g, layout, arrays, frozen, vector, context }: TrainRig): ReferenceModel {
  const { dimension, windowSize, negatives, seed } = layout.params;
  const rows = (row: (v: number) => Float32Array): Float32Array[] =>
    Array.from({ length: g.nodeCount }, (_, v) => Float32Array.from(row(v).subarray(0, dimension)));
  return {
    vectors: rows(vector),
    contexts: rows(context),
    ranges: g.ranges,
    window: windowSize,
    negatives,
    sharing: layout.params.negativesSharedBy,
    objective: layout.params.objective,
    negativeSlots: arrays.negativeSlots,
    negativeStart: arrays.negativeStart,
    negativeCount: arrays.negativeCount,
    keep: arrays.keep,
    frozen,
    push: arrays.push,
    sigmoids: toSigmoids(),
    softplus: toSoftplus(),
    ranking: {
      biases: arrays.biases ?? new Float32Array(0),
      logCounts: toLogs(MAX_NEGATIVES + 1).map((log) => log * (layout.params.logQCorrection ?? 1)),
      regularization: layout.params.regularization ?? 0,
    },
    seed,
    totals: { pairs: 0, lossSum: 0, lossPairs: 0, windows: 0 },
  };
}
