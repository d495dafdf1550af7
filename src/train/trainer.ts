/**
 * Walk and train on a snapshot that lies in kernel memory. The story: lay out → prepare arc slots and
 * first vectors → count visits on the first pass of walks (degrees would do for first-order walks
 * only) → negatives from the counts → train, every walk used the moment it is made.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { NodeType } from '../base/ids.ts';
import { Matrix } from '../base/matrix.ts';
import type { TaskContext } from '../base/task.ts';
import { findConnected } from '../graph/arcs.ts';
import type { Snapshot } from '../graph/types.ts';
import { compileKernel, type KernelFlavour } from '../kernel/load.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { findStarts, layOutWalk, type WalkParams } from '../walk/params.ts';
import { chunksPerPass } from './chunk.ts';
import { CHUNK_WALKS, fillKeep, fillNegatives, layOutTraining } from './layout.ts';
import { type TrainParams, toStride } from './params.ts';
import { createTrainingPool } from './pool.ts';

export interface Training {
  readonly vectors: Matrix; // [n, dimension] in kernel memory; rows of isolated nodes are zero
  readonly contexts: Matrix; // [n, dimension]
  readonly visits: Uint32Array; // [n] of the first pass
  readonly walks: number;
  readonly tokens: number;
  readonly pairs: number;
  /** Mean negative log likelihood per pair (its negatives included), nats, over all of training; f64, 1 window in 16; 0 when thinning left no pair. */
  readonly lossPerPair: number;
  readonly kernel: KernelFlavour;
  readonly preProcessingMillis: number;
  readonly computeMillis: number;
}

export interface TrainOptions extends TaskContext {
  readonly walk: WalkParams;
  readonly train: TrainParams;
  readonly startTypes: readonly NodeType[];
  readonly flavour?: KernelFlavour;
}

/**
 * @param snapshot laid out in `memory`
 * @throws ShelfwalkError GRAPH_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED
 */
export async function trainEmbeddings(
  snapshot: Snapshot,
  memory: KernelMemory,
  options: TrainOptions,
): Promise<Training> {
  const startedAt = performance.now();
  const starts = findStarts(snapshot, options.startTypes);
  if (starts.length === 0)
    throw new ShelfwalkError('GRAPH_EMPTY', {
      nodeCount: snapshot.nodeCount,
      startTypes: options.startTypes,
    });
  const { train } = options;
  const { layout, arrays } = layOutTraining(
    layOutWalk(snapshot, options.walk, memory),
    starts,
    train,
    memory,
  );
  const kernel = await compileKernel(options.flavour);
  const pool = await createTrainingPool(kernel, memory, layout, options);
  const walks = starts.length * train.passes;
  const perPass = chunksPerPass(starts.length);
  const toWalks = (chunks: number): number =>
    Math.min(walks, Math.floor(chunks / perPass) * starts.length + (chunks % perPass) * CHUNK_WALKS);
  try {
    await pool.run('slots');
    await pool.run('init');
    await pool.run('count');
    fillNegatives(snapshot, arrays, train);
    fillKeep(arrays, train.sampleFactor);
    clearIsolated(snapshot, arrays.vectors, toStride(train.dimension));
    const trainingAt = performance.now();
    const totals = await pool.run('train', (done) =>
      options.onProgress?.({ stage: 'walk + train', done: toWalks(done), total: walks, unit: 'walks' }),
    );
    const matrix = (data: Float32Array): Matrix =>
      new Matrix(data, snapshot.nodeCount, train.dimension, toStride(train.dimension));
    return {
      vectors: matrix(arrays.vectors),
      contexts: matrix(arrays.contexts),
      visits: arrays.visits,
      walks,
      tokens: totals.tokens,
      pairs: totals.pairs,
      lossPerPair: totals.lossPairs > 0 ? totals.lossSum / totals.lossPairs : 0,
      kernel: kernel.flavour,
      preProcessingMillis: Math.round(trainingAt - startedAt),
      computeMillis: Math.round(performance.now() - trainingAt),
    };
  } finally {
    await pool.close();
  }
}

/** No walk reaches an isolated node: its vector is zero, which every reader takes for "none". */
function clearIsolated(g: Snapshot, vectors: Float32Array, stride: number): void {
  const connected = findConnected(g);
  for (let v = 0; v < g.nodeCount; v++) {
    if (connected[v] === 0) vectors.fill(0, v * stride, (v + 1) * stride);
  }
}
