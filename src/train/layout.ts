/**
 * Everything training needs in kernel memory beyond what it is trained on (a graph and its walk, or
 * sentences): both matrices, negative tables, and scratch for each worker. Plain addresses, so it can be
 * sent to a worker.
 */
import { findConnected } from '../graph/arcs.ts';
import type { Corpus } from '../graph/corpus.ts';
import type { Snapshot } from '../graph/types.ts';
import type { Kernel } from '../kernel/load.ts';
import { addressOf, type KernelMemory } from '../kernel/memory.ts';
import { fillAlias, toSigmoids, toSoftplus } from '../kernel/tables.ts';
import { configureWalk, type WalkLayout } from '../walk/params.ts';
import { type TrainParams, toCols, toStride } from './params.ts';

/** Walks in a chunk: what a worker claims at a time, and the grain of progress and learning rate. */
export const CHUNK_WALKS = 64;
/** About so many tokens of sentences in a chunk, however long they are; never more than CHUNK_WALKS of them. */
const CHUNK_TOKENS = 2048;
/** Nodes in a chunk of the preparing phases. */
export const CHUNK_NODES = 2048;

interface ModelLayout {
  readonly params: TrainParams;
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
  readonly sigmoids: number;
  readonly softplus: number;
  readonly scratch: readonly { readonly tokens: number; readonly training: number; readonly stack: number }[];
}

/** Trained on walks, each drawn when it is needed. */
export interface WalkTrainLayout extends ModelLayout {
  readonly walk: WalkLayout;
  readonly starts: number;
  readonly startCount: number;
}

/** Trained on sentences that lie in memory. */
export interface SentenceTrainLayout extends ModelLayout {
  readonly sentenceCount: number;
  readonly offsets: number;
  readonly tokens: number;
  readonly hashes: number;
  readonly areSets: boolean;
  readonly sentencesPerChunk: number;
}

export type TrainLayout = WalkTrainLayout | SentenceTrainLayout;

/** Views of the arrays that the main thread fills or hands on. */
export interface TrainArrays {
  readonly vectors: Float32Array; // [n × stride]
  readonly contexts: Float32Array; // [n × stride]
  readonly visits: Uint32Array; // [n]
  readonly negativeSlots: { readonly probability: Float32Array; readonly alias: Uint32Array }; // [2n] interleaved
  readonly negativeStart: Uint32Array; // [3]
  readonly negativeCount: Uint32Array; // [3]
  readonly keep: Float32Array | undefined; // [n]
}

/** Room for a worker's windows: at least what the module needs, which it says as `scratchBytes()`. */
export const TRAINING_SCRATCH_BYTES = 16384;

/** Bytes training adds to what it is trained on, for the estimate. @param tokenRoom tokens of a walk, or of the longest sentence */
export function trainBytes(
  nodeCount: number,
  params: TrainParams,
  tokenRoom: number,
  maxDegree: number,
): number {
  const stride = toStride(params.dimension) * 4;
  const tables = nodeCount * (4 + 4 + 8 + 4); // starts, visits, negatives, keep
  const scratch = params.workers * (tokenRoom * 4 + TRAINING_SCRATCH_BYTES + maxDegree * 16);
  return 2 * nodeCount * stride + tables + scratch + 16384;
}

interface Laid<L extends TrainLayout> {
  readonly layout: L;
  readonly arrays: TrainArrays;
}

export function layOutTraining(
  walk: WalkLayout,
  starts: Uint32Array,
  params: TrainParams,
  memory: KernelMemory,
): Laid<WalkTrainLayout> {
  const { nodeCount, keyHashes, firstProduct, firstAttribute } = walk;
  const nodes = { nodeCount, keyHashes, firstProduct, firstAttribute };
  const { layout, arrays } = layOutModel(nodes, params, memory);
  const startsAt = place(memory.u32(starts.length), starts);
  const scratch = layOutScratch(params.workers, walk.params.length, walk.stackBytes, memory);
  return { layout: { ...layout, scratch, walk, starts: startsAt, startCount: starts.length }, arrays };
}

/** @param corpus laid out in `memory`, as is the snapshot it was built for */
export function layOutSentences(
  snapshot: Snapshot,
  corpus: Corpus,
  params: TrainParams,
  memory: KernelMemory,
): Laid<SentenceTrainLayout> {
  const nodes = {
    nodeCount: snapshot.nodeCount,
    keyHashes: addressOf(snapshot.keyHashes),
    firstProduct: snapshot.ranges[1]!.start,
    firstAttribute: snapshot.ranges[2]!.start,
  };
  const { layout, arrays } = layOutModel(nodes, params, memory);
  const meanLength = corpus.tokens.length / Math.max(1, corpus.sentenceCount);
  const sentences = {
    sentenceCount: corpus.sentenceCount,
    offsets: addressOf(corpus.offsets),
    tokens: addressOf(corpus.tokens),
    hashes: addressOf(corpus.keyHashes),
    areSets: corpus.order === 'set',
    sentencesPerChunk: Math.min(CHUNK_WALKS, Math.max(1, Math.round(CHUNK_TOKENS / meanLength))),
  };
  const scratch = layOutScratch(params.workers, sentences.areSets ? corpus.longest : 0, 0, memory);
  return { layout: { ...layout, ...sentences, scratch }, arrays };
}

type Nodes = Pick<ModelLayout, 'nodeCount' | 'keyHashes' | 'firstProduct' | 'firstAttribute'>;

function layOutModel(
  nodes: Nodes,
  params: TrainParams,
  memory: KernelMemory,
): { layout: Omit<ModelLayout, 'scratch'>; arrays: TrainArrays } {
  const n = nodes.nodeCount;
  const stride = toStride(params.dimension);
  const slots = memory.u32(2 * n);
  const arrays: TrainArrays = {
    vectors: memory.f32(n * stride),
    contexts: memory.f32(n * stride),
    visits: memory.u32(n),
    negativeSlots: { probability: new Float32Array(slots.buffer, slots.byteOffset, 2 * n), alias: slots },
    negativeStart: memory.u32(3),
    negativeCount: memory.u32(3),
    keep: params.sampleFactor > 0 ? memory.f32(n) : undefined,
  };
  const [sigmoids, softplus] = [toSigmoids(), toSoftplus()];
  const layout = {
    ...nodes,
    params,
    strideBytes: stride * 4,
    vectors: addressOf(arrays.vectors),
    contexts: addressOf(arrays.contexts),
    visits: addressOf(arrays.visits),
    negativeSlots: addressOf(slots),
    negativeStart: addressOf(arrays.negativeStart),
    negativeCount: addressOf(arrays.negativeCount),
    keep: arrays.keep ? addressOf(arrays.keep) : 0,
    sigmoids: place(memory.f32(sigmoids.length), sigmoids),
    softplus: place(memory.f32(softplus.length), softplus),
  };
  return { layout, arrays };
}

function place<A extends Uint32Array | Float32Array>(room: A, values: A): number {
  room.set(values);
  return addressOf(room);
}

const layOutScratch = (workers: number, tokens: number, stackBytes: number, memory: KernelMemory) =>
  Array.from({ length: workers }, () => ({
    tokens: memory.bytes(tokens * 4),
    training: memory.bytes(TRAINING_SCRATCH_BYTES),
    stack: memory.bytes(stackBytes),
  }));

export function configureTraining(kernel: Kernel, l: TrainLayout, worker: number): void {
  const { tokens, training } = l.scratch[worker]!;
  const seed = BigInt(l.params.seed);
  if ('walk' in l) {
    configureWalk(kernel, l.walk);
    kernel.setStarts(l.starts, l.startCount, seed, tokens, l.keyHashes);
  } else {
    kernel.setSentences(l.sentenceCount, l.offsets, l.tokens, l.hashes, l.areSets ? 1 : 0, tokens, seed);
  }
  kernel.setTraining(
    l.strideBytes,
    toCols(l.params.dimension) * 4,
    l.vectors,
    l.contexts,
    l.params.windowSize,
    l.params.negatives,
    l.params.objective === 'cbow' ? 1 : 0,
    l.negativeSlots,
    l.negativeStart,
    l.negativeCount,
    l.keep,
    l.sigmoids,
    l.softplus,
    l.firstProduct,
    l.firstAttribute,
    training,
    seed,
  );
}

/** A walk reaches every node with an arc, whether the pass that counted came by or not. */
export function reachedByWalks(g: Snapshot): (v: number) => boolean {
  const connected = findConnected(g);
  return (v) => connected[v] === 1;
}

/**
 * Negative tables from counted visits. A centre's negatives are of its own type; where a type has one
 * connected node only, the other type on its side stands in (attributes for customers and the reverse,
 * customers for products). Nodes that are not trained are never drawn: isolated ones, or those in no sentence.
 */
export function fillNegatives(
  g: Snapshot,
  arrays: TrainArrays,
  params: TrainParams,
  isTrained: (v: number) => boolean = reachedByWalks(g),
): void {
  const weightOf = (v: number): number => {
    if (!isTrained(v)) return 0;
    return Math.fround(Math.max(1, arrays.visits[v]!) ** params.negativeExponent);
  };
  const connected = g.ranges.map(({ start, end }) => {
    const weights = Float64Array.from({ length: end - start }, (_, i) => weightOf(start + i));
    const count = weights.reduce((sum, w) => sum + (w > 0 ? 1 : 0), 0);
    if (count > 0) fillAlias(weights, start, arrays.negativeSlots.probability, arrays.negativeSlots.alias);
    return count;
  });
  const standIns = [
    [0, 2, 1],
    [1, 0, 2],
    [2, 0, 1],
  ]; // by type: itself, its side, the rest
  standIns.forEach((candidates, type) => {
    const chosen =
      candidates.find((c) => connected[c]! > 1) ?? candidates.find((c) => connected[c]! > 0) ?? type;
    arrays.negativeStart[type] = g.ranges[chosen]!.start;
    arrays.negativeCount[type] = g.ranges[chosen]!.end - g.ranges[chosen]!.start;
  });
}

/** word2vec.c's keep probability (√(f/s) + 1)·s/f with f the share of visits; Mikolov et al. 2013 print another one. */
export function fillKeep(arrays: TrainArrays, sampleFactor: number): void {
  if (!arrays.keep) return;
  const total = arrays.visits.reduce((a, b) => a + b, 0);
  arrays.visits.forEach((visits, v) => {
    const f = visits / total;
    arrays.keep![v] = f === 0 ? 1 : Math.min(1, ((Math.sqrt(f / sampleFactor) + 1) * sampleFactor) / f);
  });
}
