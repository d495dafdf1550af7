/** One chunk of one phase, run on an instance of the kernel: what a worker does between two claims. */
import type { Kernel } from '../kernel/load.ts';
import { CHUNK_NODES, CHUNK_WALKS, type TrainLayout } from './layout.ts';
import type { PhaseName } from './protocol.ts';

export const chunksPerPass = (startCount: number): number => Math.ceil(startCount / CHUNK_WALKS);

export function chunkCountOf(phase: PhaseName, layout: TrainLayout): number {
  if (phase === 'slots' || phase === 'init') return Math.ceil(layout.walk.nodeCount / CHUNK_NODES);
  return chunksPerPass(layout.startCount) * (phase === 'train' ? layout.params.passes : 1);
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
  if (phase === 'slots' || phase === 'init') {
    const from = chunk * CHUNK_NODES;
    const to = Math.min(from + CHUNK_NODES, layout.walk.nodeCount);
    if (phase === 'slots') kernel.buildSlots(from, to, layout.walk.weights, layout.scratch[worker]!.stack);
    else kernel.initVectors(from, to, layout.params.dimension, layout.walk.keyHashes);
    return;
  }
  const perPass = chunksPerPass(layout.startCount);
  const pass = Math.floor(chunk / perPass);
  const from = (chunk % perPass) * CHUNK_WALKS;
  const to = Math.min(from + CHUNK_WALKS, layout.startCount);
  if (phase === 'count') kernel.countRange(from, to, pass, layout.visits);
  else kernel.trainRange(from, to, pass, learningRateAt(chunk, layout));
}
