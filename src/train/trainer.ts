/**
 * Training on a snapshot that lies in kernel memory. On walks the story is: lay out → prepare arc slots
 * and first vectors → count visits on the first pass of walks (degrees would do for first-order walks
 * only) → negatives from the counts → train, every walk used the moment it is made. On sentences the
 * counts are there from the start, and there is nothing to walk.
 *
 * A training may go on from vectors there are (warm.ts), on a list of starts (schedule.ts), and from
 * where an interrupted one was saved (checkpoint.ts).
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { NodeType } from '../base/ids.ts';
import { Matrix } from '../base/matrix.ts';
import type { TaskContext } from '../base/task.ts';
import type { Corpus } from '../graph/corpus.ts';
import type { Snapshot } from '../graph/types.ts';
import { compileKernel, type KernelFlavour } from '../kernel/load.ts';
import { type KernelMemory, toStride } from '../kernel/memory.ts';
import { findStarts, layOutWalk, type WalkParams } from '../walk/params.ts';
import { type Checkpoints, checkCheckpoints, checkVisits, type TrainingState } from './checkpoint.ts';
import { layOutSentences, layOutTraining, type TrainArrays, type TrainLayout } from './layout.ts';
import { checkPushShares, fillKeep, fillNegatives, fillPush, reachedByWalks } from './negatives.ts';
import type { TrainParams } from './params.ts';
import { runPasses } from './passes.ts';
import { createTrainingPool } from './pool.ts';
import type { PhaseName } from './protocol.ts';
import { CHUNK_WALKS, countPasses, type Schedule, type StartList, toListed, toSchedule } from './schedule.ts';
import { checkWarmStart, type Rows, takeGivenRows, type WarmStart } from './warm.ts';

export interface Training {
  readonly vectors: Matrix; // [n, dimension] in kernel memory; rows of nodes that were not trained are zero
  readonly contexts: Matrix; // [n, dimension]
  /** [n] tokens of the first pass of walks, or of the sentences; or as they were given. */
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
  /** Rows to go on from; all nodes start cold if not given. */
  readonly warm?: WarmStart;
  /**
   * Instead of `train.passes` walks from every node of `startTypes`: so many from each of these rows, frozen
   * ones or not. All walks are in one random order; `train.passes` is how many portions that is cut into,
   * between which there are pulls and checkpoints.
   */
  readonly starts?: StartList;
  /**
   * [n] Walks from frozen rows push (docs/training.md): of their negatives of a type this is the share that
   * each row gets, ≥ 0, at most 1 in all; what is left of 1 is left out. 0 of frozen rows, and of those without an arc.
   */
  readonly pushShares?: Float64Array;
  /** [n] Instead of counting on a first pass of walks, which a list of starts would bias to where it starts. */
  readonly visits?: Uint32Array;
  /** Number of the first walk of each start, 0 if not given: a walk is drawn by seed, node key and number. */
  readonly walkNumberFrom?: number;
  readonly checkpoint?: Checkpoints;
}

export type SentenceOptions = Omit<
  TrainOptions,
  'walk' | 'startTypes' | 'starts' | 'pushShares' | 'visits' | 'walkNumberFrom'
>;

/**
 * node2vec, DeepWalk: on walks over the snapshot.
 * @param snapshot laid out in `memory`
 * @throws ShelfwalkError GRAPH_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED
 * @throws ShelfwalkError REQUEST_INVALID · EMBEDDING_SHAPE_MISMATCH · VECTOR_INVALID — of what was given to go on from
 */
export async function trainEmbeddings(
  snapshot: Snapshot,
  memory: KernelMemory,
  options: TrainOptions,
): Promise<Training> {
  const { rows, offsets, schedule } = toStarts(snapshot, options);
  const { train, visits, warm, pushShares } = options;
  checkGiven(options, snapshot.nodeCount, countPasses(schedule));
  if (visits) checkVisits(visits, snapshot.nodeCount, 'visits');
  if (pushShares) checkPushShares(snapshot, pushShares, warm?.frozen);
  const startedAt = performance.now();
  const walk = layOutWalk(snapshot, options.walk, memory);
  const extras = { schedule, offsets, frozen: warm?.frozen, push: pushShares !== undefined };
  const { layout, arrays } = layOutTraining(walk, rows, train, memory, extras);
  if (visits) arrays.visits.set(visits);
  const phases = visits ? (['slots', 'init'] as const) : (['slots', 'init', 'count'] as const);
  const isTrained = train.asPairs ? (v: number): boolean => arrays.visits[v]! > 0 : reachedByWalks(snapshot);
  const stage = { stage: 'walk + train', unit: 'walks' };
  const prepared = { layout, arrays, startedAt, phases, isTrained, stage, options };
  const trained = await runPhases(snapshot, memory, prepared);
  return { ...trained, walks: schedule.total, sentences: 0 };
}

/** @throws ShelfwalkError GRAPH_EMPTY — no walk would start anywhere · REQUEST_INVALID — of the list */
function toStarts(
  snapshot: Snapshot,
  { starts, startTypes, train, walkNumberFrom = 0 }: TrainOptions,
): { rows: Uint32Array; offsets?: Uint32Array; schedule: Schedule } {
  if (!(Number.isInteger(walkNumberFrom) && walkNumberFrom >= 0 && walkNumberFrom < 2 ** 31)) {
    const details = { field: 'walkNumberFrom', found: walkNumberFrom, expected: 'a whole number below 2^31' };
    throw new ShelfwalkError('REQUEST_INVALID', details);
  }
  const cut = { passes: train.passes, perChunk: CHUNK_WALKS, numberFrom: walkNumberFrom };
  if (starts) {
    const { rows, offsets } = toListed(starts, snapshot.nodeCount);
    if (rows.length > 0) return { rows, offsets, schedule: toSchedule(offsets[rows.length]!, cut) };
    throw new ShelfwalkError('GRAPH_EMPTY', { field: 'starts', found: 'no row with a walk' });
  }
  const rows = findStarts(snapshot, startTypes);
  if (rows.length > 0) return { rows, schedule: toSchedule(train.passes * rows.length, cut) };
  throw new ShelfwalkError('GRAPH_EMPTY', { nodeCount: snapshot.nodeCount, startTypes });
}

function checkGiven({ train, warm, checkpoint }: SentenceOptions, nodeCount: number, passes: number): void {
  const { dimension } = train;
  if (warm) checkWarmStart(warm, nodeCount, dimension);
  if (checkpoint) checkCheckpoints(checkpoint, { nodeCount, dimension, passes });
}

/**
 * item2vec: on the sentences of a corpus. Rows of all that stands in none are zero, customers and
 * attributes among them, unless they are given.
 * @param snapshot laid out in `memory`, as is the corpus
 * @throws ShelfwalkError SENTENCES_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED
 * @throws ShelfwalkError REQUEST_INVALID · EMBEDDING_SHAPE_MISMATCH · VECTOR_INVALID — of what was given to go on from
 */
export async function trainOnSentences(
  snapshot: Snapshot,
  corpus: Corpus,
  memory: KernelMemory,
  options: SentenceOptions,
): Promise<Training> {
  if (corpus.sentenceCount === 0) throw new ShelfwalkError('SENTENCES_EMPTY', { ...corpus.facts });
  const { train, warm } = options;
  checkGiven(options, snapshot.nodeCount, train.passes);
  const startedAt = performance.now();
  const { layout, arrays } = layOutSentences(snapshot, corpus, train, memory, { frozen: warm?.frozen });
  arrays.visits.set(corpus.counts, layout.firstProduct);
  const isTrained = (v: number): boolean => arrays.visits[v]! > 0;
  const sentences = corpus.sentenceCount * train.passes;
  const stage = { stage: 'train', unit: 'sentences' };
  const prepared = { layout, arrays, startedAt, phases: ['init'] as const, isTrained, stage, options };
  const trained = await runPhases(snapshot, memory, prepared);
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
  readonly stage: { readonly stage: string; readonly unit: string };
  readonly options: SentenceOptions & Pick<TrainOptions, 'pushShares'>;
}

async function runPhases(
  snapshot: Snapshot,
  memory: KernelMemory,
  { layout, arrays, startedAt, phases, isTrained, stage, options }: Prepared,
): Promise<Omit<Training, 'walks' | 'sentences'>> {
  const { train, warm, checkpoint, pushShares } = options;
  const rows = toRows(arrays, snapshot.nodeCount, train.dimension);
  const { visits } = arrays;
  const kernel = await compileKernel(options.flavour);
  const pool = await createTrainingPool(kernel, memory, layout, options);
  try {
    for (const phase of checkpoint?.from ? phases.filter((p) => p === 'slots') : phases)
      await pool.run(phase);
    if (checkpoint?.from) takeState(rows, visits, checkpoint.from);
    else takeFirstRows(rows, warm, isTrained);
    fillNegatives(snapshot, arrays, train, isTrained);
    if (pushShares) fillPush(snapshot, arrays, pushShares);
    fillKeep(arrays, train.sampleFactor);
    const trainingAt = performance.now();
    const { schedule } = layout;
    const totals = await runPasses(pool, { ...options, ...stage, schedule, rows, visits, warm, checkpoint });
    return {
      ...rows,
      visits,
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

const toRows = ({ vectors, contexts }: TrainArrays, nodeCount: number, dimension: number): Rows => ({
  vectors: new Matrix(vectors, nodeCount, dimension, toStride(dimension)),
  contexts: new Matrix(contexts, nodeCount, dimension, toStride(dimension)),
});

function takeState(rows: Rows, visits: Uint32Array, from: TrainingState): void {
  for (let v = 0; v < rows.vectors.rows; v++) {
    rows.vectors.row(v).set(from.vectors.row(v));
    rows.contexts.row(v).set(from.contexts.row(v));
  }
  visits.set(from.visits);
}

/**
 * Rows that were given, over the first vectors. Of a node that starts cold and stands in no window the
 * vector is zero, which every reader takes for "none".
 */
function takeFirstRows(rows: Rows, warm: WarmStart | undefined, isTrained: (v: number) => boolean): void {
  for (let v = 0; v < rows.vectors.rows; v++) if (!isTrained(v)) rows.vectors.row(v).fill(0);
  if (warm) takeGivenRows(rows, warm);
}
