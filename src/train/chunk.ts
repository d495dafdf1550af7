/** One chunk of one phase, run on an instance of the kernel: what a worker does between two claims. */
import type { Kernel } from '../kernel/load.ts';
import { CHUNK_NODES, CHUNK_WALKS, type TrainLayout } from './layout.ts';
import type { PhaseName } from './protocol.ts';

/** What a pass goes through, walks or sentences, and in what portions. */
const toUnits = (l: TrainLayout): { count: number; perChunk: number } =>
  'walk' in l
    ? { count: l.startCount, perChunk: CHUNK_WALKS }
    : { count: l.sentenceCount, perChunk: l.sentencesPerChunk };

export function chunkCountOf(phase: PhaseName, layout: TrainLayout): number {
  if (phase === 'slots' || phase === 'init') return Math.ceil(layout.nodeCount / CHUNK_NODES);
  const { count, perChunk } = toUnits(layout);
  return Math.ceil(count / perChunk) * (phase === 'train' ? layout.params.passes : 1);
}

/** Walks or sentences that are done when so many chunks are. */
export function toUnitsDone(chunks: number, layout: TrainLayout): number {
  const { count, perChunk } = toUnits(layout);
  const perPass = Math.ceil(count / perChunk);
  const done = Math.floor(chunks / perPass) * count + (chunks % perPass) * perChunk;
  return Math.min(done, count * layout.params.passes);
}

/** Falls in a straight line from the initial to the least rate over all chunks, whoever works them. */
export function learningRateAt(chunk: number, layout: TrainLayout): number {
  const { initialLearningRate: from, minLearningRate: to } = layout.params;
  return from + (to - from) * (chunk / chunkCountOf('train', layout));
}

export function runChunk(
  kernel: Kernel,
  layout: TrainLayout,
  worker: number,
  phase: PhaseName,
  chunk: number,
): void {
  if (phase === 'slots' || phase === 'init') prepareNodes(kernel, layout, worker, phase, chunk);
  else passUnits(kernel, layout, phase, chunk);
}

function prepareNodes(
  kernel: Kernel,
  layout: TrainLayout,
  worker: number,
  phase: 'slots' | 'init',
  chunk: number,
): void {
  const from = chunk * CHUNK_NODES;
  const to = Math.min(from + CHUNK_NODES, layout.nodeCount);
  if (phase === 'init') kernel.initVectors(from, to, layout.params.dimension, layout.keyHashes);
  else if ('walk' in layout) kernel.buildSlots(from, to, layout.walk.weights, layout.scratch[worker]!.stack);
}

function passUnits(kernel: Kernel, layout: TrainLayout, phase: 'count' | 'train', chunk: number): void {
  const { count, perChunk } = toUnits(layout);
  const perPass = Math.ceil(count / perChunk);
  const pass = Math.floor(chunk / perPass);
  const from = (chunk % perPass) * perChunk;
  const to = Math.min(from + perChunk, count);
  if (phase === 'count') kernel.countRange(from, to, pass, layout.visits);
  else if ('walk' in layout) kernel.trainRange(from, to, pass, learningRateAt(chunk, layout));
  else kernel.trainSentences(from, to, pass, learningRateAt(chunk, layout));
}
