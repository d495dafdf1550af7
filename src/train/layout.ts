/**
 * Everything training needs in kernel memory beyond what it is trained on (a graph and its walk, or
 * sentences): both matrices, negative tables, and scratch for each worker. Plain addresses, so it can be
 * sent to a worker.
 */
import type { Corpus } from '../graph/corpus.ts';
import type { Snapshot } from '../graph/types.ts';
import { addressOf, type KernelMemory, toStride } from '../kernel/memory.ts';
import { toLogs, toSigmoids, toSoftplus } from '../kernel/tables.ts';
import type { WalkLayout } from '../walk/params.ts';
import { isRanking, MAX_NEGATIVES, type TrainParams } from './params.ts';
import { CHUNK_WALKS, type Schedule, toSchedule } from './schedule.ts';

/** About so many tokens of sentences in a chunk, however long they are; never more than CHUNK_WALKS of them. */
const CHUNK_TOKENS = 2048;
/** Nodes in a chunk of the preparing phases. */
export const CHUNK_NODES = 2048;

interface ModelLayout {
  readonly params: TrainParams;
  readonly schedule: Schedule;
  readonly nodeCount: number;
  readonly keyHashes: number; // of nodes
  readonly firstProduct: number;
  readonly firstAttribute: number;
  readonly strideBytes: number;
  readonly vectors: number;
  readonly contexts: number;
  readonly visits: number;
  readonly negativeSlots: number;
  readonly negativeStart: number;
  readonly negativeCount: number;
  readonly keep: number; // 0 when nothing is thinned
  readonly frozen: number; // 0 when no row is
  readonly pushSlots: number; // 0 when no walk pushes
  readonly pushTotals: number;
  readonly sigmoids: number;
  readonly softplus: number;
  readonly biases: number; // these are 0 when the objective is no softmax
  readonly logCounts: number;
  readonly scratch: readonly WorkerScratch[];
}

interface WorkerScratch {
  readonly tokens: number;
  readonly training: number;
  readonly ranking: number; // 0 when the objective does not rank
  readonly stack: number;
}

/** Trained on walks, each drawn when it is needed. */
export interface WalkTrainLayout extends ModelLayout {
  readonly walk: WalkLayout;
  readonly starts: number;
  readonly startCount: number;
  readonly listOffsets: number; // 0: as many walks from each start
}

/** Trained on sentences that lie in memory. */
export interface SentenceTrainLayout extends ModelLayout {
  readonly sentenceCount: number;
  readonly offsets: number;
  readonly tokens: number;
  readonly hashes: number;
  readonly areSets: boolean;
}

export type TrainLayout = WalkTrainLayout | SentenceTrainLayout;

/** Views of the arrays that the main thread fills or hands on. */
export interface TrainArrays {
  readonly vectors: Float32Array; // [n × stride]
  readonly contexts: Float32Array; // [n × stride]
  readonly visits: Uint32Array; // [n]
  readonly negativeSlots: AliasSlots;
  readonly negativeStart: Uint32Array; // [3]
  readonly negativeCount: Uint32Array; // [3]
  readonly keep: Float32Array | undefined; // [n]
  readonly biases: Float32Array | undefined; // [2n] of softmax: as a negative, as the centre
  readonly push: { readonly slots: AliasSlots; readonly totals: Float32Array } | undefined; // totals [3]
}

/** Two views of the same bytes. */
interface AliasSlots {
  readonly probability: Float32Array; // [2n] at even places
  readonly alias: Uint32Array; //        [2n] at odd places
}

/** Room for a worker's windows: at least what the module needs, which it says as `scratchBytes()`. */
export const TRAINING_SCRATCH_BYTES = 20480;
/** More of it where the objective ranks: what the module says as `rankingBytes()`. */
export const RANKING_SCRATCH_BYTES = 180256;

/** Bytes training adds to what it is trained on, for the estimate. @param tokenRoom tokens of a walk, or of the longest sentence */
export function trainBytes(
  nodeCount: number,
  params: TrainParams,
  tokenRoom: number,
  maxDegree: number,
): number {
  const stride = toStride(params.dimension) * 4;
  const biases = params.objective === 'softmax' ? 8 : 0;
  const tables = nodeCount * (4 + 4 + 8 + 4 + 1 + biases); // starts, visits, negatives, keep, frozen
  const windows = TRAINING_SCRATCH_BYTES + (isRanking(params.objective) ? RANKING_SCRATCH_BYTES : 0);
  const scratch = params.workers * (tokenRoom * 4 + windows + maxDegree * 16);
  return 2 * nodeCount * stride + tables + scratch + 16384;
}

interface Laid<L extends TrainLayout> {
  readonly layout: L;
  readonly arrays: TrainArrays;
}

/** What is not so in every training. */
export interface LayoutOptions {
  /** As many passes over all starts as `params` say, if not given. */
  readonly schedule?: Schedule;
  /** Of a list, [starts + 1]: walks from the starts before this one, and from all at the end. */
  readonly offsets?: Uint32Array | undefined;
  /** [n] 1: neither row of the node may change. */
  readonly frozen?: Uint8Array | undefined;
  /** Walks from frozen nodes have a table of negatives of their own. */
  readonly push?: boolean;
}

export function layOutTraining(
  walk: WalkLayout,
  starts: Uint32Array,
  params: TrainParams,
  memory: KernelMemory,
  { schedule, offsets, frozen, push = false }: LayoutOptions = {},
): Laid<WalkTrainLayout> {
  const { nodeCount, keyHashes, firstProduct, firstAttribute } = walk;
  const nodes = { nodeCount, keyHashes, firstProduct, firstAttribute };
  const { passes } = params;
  const all = toSchedule(passes * starts.length, { passes, perChunk: CHUNK_WALKS, numberFrom: 0 });
  const { layout, arrays } = layOutModel(nodes, params, memory, { schedule: schedule ?? all, frozen, push });
  const walks = {
    walk,
    starts: place(memory.u32(starts.length), starts),
    startCount: starts.length,
    listOffsets: offsets ? place(memory.u32(offsets.length), offsets) : 0,
  };
  const scratch = layOutScratch(params, walk.params.length, walk.stackBytes, memory);
  return { layout: { ...layout, ...walks, scratch }, arrays };
}

/** @param corpus laid out in `memory`, as is the snapshot it was built for */
export function layOutSentences(
  snapshot: Snapshot,
  corpus: Corpus,
  params: TrainParams,
  memory: KernelMemory,
  { frozen }: Pick<LayoutOptions, 'frozen'> = {},
): Laid<SentenceTrainLayout> {
  const nodes = {
    nodeCount: snapshot.nodeCount,
    keyHashes: addressOf(snapshot.keyHashes),
    firstProduct: snapshot.ranges[1]!.start,
    firstAttribute: snapshot.ranges[2]!.start,
  };
  const meanLength = corpus.tokens.length / Math.max(1, corpus.sentenceCount);
  const { passes } = params;
  const perChunk = Math.min(CHUNK_WALKS, Math.max(1, Math.round(CHUNK_TOKENS / meanLength)));
  const schedule = toSchedule(passes * corpus.sentenceCount, { passes, perChunk, numberFrom: 0 });
  const { layout, arrays } = layOutModel(nodes, params, memory, { schedule, frozen, push: false });
  const sentences = {
    sentenceCount: corpus.sentenceCount,
    offsets: addressOf(corpus.offsets),
    tokens: addressOf(corpus.tokens),
    hashes: addressOf(corpus.keyHashes),
    areSets: corpus.order === 'set',
  };
  const scratch = layOutScratch(params, sentences.areSets ? corpus.longest : 0, 0, memory);
  return { layout: { ...layout, ...sentences, scratch }, arrays };
}

type Nodes = Pick<ModelLayout, 'nodeCount' | 'keyHashes' | 'firstProduct' | 'firstAttribute'>;

function layOutModel(
  nodes: Nodes,
  params: TrainParams,
  memory: KernelMemory,
  { schedule, frozen, push }: { schedule: Schedule; frozen: Uint8Array | undefined; push: boolean },
): { layout: Omit<ModelLayout, 'scratch'>; arrays: TrainArrays } {
  const n = nodes.nodeCount;
  const stride = toStride(params.dimension);
  const slots = layOutSlots(n, memory);
  const pushed = push ? { slots: layOutSlots(n, memory), totals: memory.f32(3) } : undefined;
  const arrays: TrainArrays = {
    vectors: memory.f32(n * stride),
    contexts: memory.f32(n * stride),
    visits: memory.u32(n),
    negativeSlots: slots,
    negativeStart: memory.u32(3),
    negativeCount: memory.u32(3),
    keep: params.sampleFactor > 0 ? memory.f32(n) : undefined,
    biases: params.objective === 'softmax' ? memory.f32(2 * n) : undefined,
    push: pushed,
  };
  const [sigmoids, softplus] = [toSigmoids(), toSoftplus()];
  const logCounts = toLogs(MAX_NEGATIVES + 1).map((log) => log * (params.logQCorrection ?? 1));
  const layout = {
    ...nodes,
    params,
    schedule,
    strideBytes: stride * 4,
    vectors: addressOf(arrays.vectors),
    contexts: addressOf(arrays.contexts),
    visits: addressOf(arrays.visits),
    negativeSlots: addressOf(slots.alias),
    negativeStart: addressOf(arrays.negativeStart),
    negativeCount: addressOf(arrays.negativeCount),
    keep: arrays.keep ? addressOf(arrays.keep) : 0,
    frozen: frozen ? placeBytes(memory, frozen) : 0,
    pushSlots: pushed ? addressOf(pushed.slots.alias) : 0,
    pushTotals: pushed ? addressOf(pushed.totals) : 0,
    sigmoids: place(memory.f32(sigmoids.length), sigmoids),
    softplus: place(memory.f32(softplus.length), softplus),
    biases: arrays.biases ? addressOf(arrays.biases) : 0,
    logCounts: arrays.biases ? place(memory.f32(logCounts.length), logCounts) : 0,
  };
  return { layout, arrays };
}

function layOutSlots(nodeCount: number, memory: KernelMemory): AliasSlots {
  const alias = memory.u32(2 * nodeCount);
  return { probability: new Float32Array(alias.buffer, alias.byteOffset, alias.length), alias };
}

function place<A extends Uint32Array | Float32Array>(room: A, values: A): number {
  room.set(values);
  return addressOf(room);
}

function placeBytes({ memory, bytes }: KernelMemory, values: Uint8Array): number {
  const at = bytes(values.length); // first: it may grow the memory
  new Uint8Array(memory.buffer, at, values.length).set(values);
  return at;
}

const layOutScratch = (
  { workers, objective }: TrainParams,
  tokens: number,
  stackBytes: number,
  memory: KernelMemory,
): WorkerScratch[] =>
  Array.from({ length: workers }, () => ({
    tokens: memory.bytes(tokens * 4),
    training: memory.bytes(TRAINING_SCRATCH_BYTES),
    ranking: isRanking(objective) ? memory.bytes(RANKING_SCRATCH_BYTES) : 0,
    stack: memory.bytes(stackBytes),
  }));
