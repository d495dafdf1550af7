/**
 * Training on a snapshot that lies in kernel memory. On walks the story is: lay out → prepare arc slots
 * and first vectors → count visits on the first pass of walks (degrees would do for first-order walks
 * only) → negatives from the counts → train, every walk used the moment it is made. On sentences the
 * counts are there from the start, and there is nothing to walk.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { NodeType } from '../base/ids.ts';
import { Matrix } from '../base/matrix.ts';
import type { TaskContext } from '../base/task.ts';
import type { Corpus } from '../graph/corpus.ts';
import type { Snapshot } from '../graph/types.ts';
import { compileKernel, type KernelFlavour } from '../kernel/load.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { findStarts, layOutWalk, type WalkParams } from '../walk/params.ts';
import { toUnitsDone } from './chunk.ts';
import {
  fillKeep,
  fillNegatives,
  layOutSentences,
  layOutTraining,
  reachedByWalks,
  type TrainArrays,
  type TrainLayout,
} from './layout.ts';
import { type TrainParams, toStride } from './params.ts';
import { createTrainingPool } from './pool.ts';
import type { PhaseName } from './protocol.ts';

export interface Training {
  readonly vectors: Matrix; // [n, dimension] in kernel memory; rows of nodes that were not trained are zero
  readonly contexts: Matrix; // [n, dimension]
  /** [n] tokens of the first pass of walks, or of the sentences. */
  readonly visits: Uint32Array;
  /** Over all passes; 0 when sentences were trained on. */
  readonly walks: number;
  /** Over all passes; 0 when walks were trained on. */
  readonly sentences: number;
  readonly tokens: number;
  /** Under CBOW the contexts of a window are one pair: their mean and the centre. */
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

export type SentenceOptions = Omit<TrainOptions, 'walk' | 'startTypes'>;

/**
 * node2vec, DeepWalk: on walks over the snapshot.
 * @param snapshot laid out in `memory`
 * @throws ShelfwalkError GRAPH_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED
 */
export async function trainEmbeddings(
  snapshot: Snapshot,
  memory: KernelMemory,
  options: TrainOptions,
): Promise<Training> {
  const starts = findStarts(snapshot, options.startTypes);
  if (starts.length === 0)
    throw new ShelfwalkError('GRAPH_EMPTY', {
      nodeCount: snapshot.nodeCount,
      startTypes: options.startTypes,
    });
  const startedAt = performance.now();
  const { train } = options;
  const walk = layOutWalk(snapshot, options.walk, memory);
  const { layout, arrays } = layOutTraining(walk, starts, train, memory);
  const prepared = { layout, arrays, startedAt, phases: ['slots', 'init', 'count'] as const };
  const isTrained = reachedByWalks(snapshot);
  const walks = starts.length * train.passes;
  const stage = { stage: 'walk + train', unit: 'walks', total: walks };
  const trained = await runPhases(snapshot, memory, { ...prepared, isTrained, stage, options });
  return { ...trained, walks, sentences: 0 };
}

/**
 * item2vec: on the sentences of a corpus. Rows of all that stands in none are zero, customers and
 * attributes among them.
 * @param snapshot laid out in `memory`, as is the corpus
 * @throws ShelfwalkError SENTENCES_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED
 */
export async function trainOnSentences(
  snapshot: Snapshot,
  corpus: Corpus,
  memory: KernelMemory,
  options: SentenceOptions,
): Promise<Training> {
  if (corpus.sentenceCount === 0) throw new ShelfwalkError('SENTENCES_EMPTY', { ...corpus.facts });
  const startedAt = performance.now();
  const { train } = options;
  const { layout, arrays } = layOutSentences(snapshot, corpus, train, memory);
  arrays.visits.set(corpus.counts, layout.firstProduct);
  const prepared = { layout, arrays, startedAt, phases: ['init'] as const };
  const isTrained = (v: number): boolean => arrays.visits[v]! > 0;
  const sentences = corpus.sentenceCount * train.passes;
  const stage = { stage: 'train', unit: 'sentences', total: sentences };
  const trained = await runPhases(snapshot, memory, { ...prepared, isTrained, stage, options });
  // The kernel counts nodes of walks; here every token is one of a sentence.
  return { ...trained, walks: 0, sentences, tokens: corpus.tokens.length * train.passes };
}

interface Prepared {
  readonly layout: TrainLayout;
  readonly arrays: TrainArrays;
  readonly startedAt: number;
  readonly phases: readonly PhaseName[];
  /** Nodes that can stand in a window; of the others no vector is left, and none is drawn as a negative. */
  readonly isTrained: (v: number) => boolean;
  readonly stage: { readonly stage: string; readonly unit: string; readonly total: number };
  readonly options: SentenceOptions;
}

async function runPhases(
  snapshot: Snapshot,
  memory: KernelMemory,
  { layout, arrays, startedAt, phases, isTrained, stage, options }: Prepared,
): Promise<Omit<Training, 'walks' | 'sentences'>> {
  const { train } = options;
  const kernel = await compileKernel(options.flavour);
  const pool = await createTrainingPool(kernel, memory, layout, options);
  try {
    for (const phase of phases) await pool.run(phase);
    fillNegatives(snapshot, arrays, train, isTrained);
    fillKeep(arrays, train.sampleFactor);
    clearUntrained(arrays.vectors, snapshot.nodeCount, toStride(train.dimension), isTrained);
    const trainingAt = performance.now();
    const totals = await pool.run('train', (done) =>
      options.onProgress?.({ ...stage, done: toUnitsDone(done, layout) }),
    );
    const matrix = (data: Float32Array): Matrix =>
      new Matrix(data, snapshot.nodeCount, train.dimension, toStride(train.dimension));
    return {
      vectors: matrix(arrays.vectors),
      contexts: matrix(arrays.contexts),
      visits: arrays.visits,
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

/** No window holds such a node: its vector is zero, which every reader takes for "none". */
function clearUntrained(
  vectors: Float32Array,
  nodeCount: number,
  stride: number,
  isTrained: (v: number) => boolean,
): void {
  for (let v = 0; v < nodeCount; v++) {
    if (!isTrained(v)) vectors.fill(0, v * stride, (v + 1) * stride);
  }
}
