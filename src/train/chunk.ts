/** One chunk of one phase, run on an instance of the kernel: what a worker does between two claims. */
import type { Kernel } from '../kernel/load.ts';
import { prepareArcs } from '../walk/params.ts';
import { CHUNK_NODES, type TrainLayout, type WalkTrainLayout } from './layout.ts';
import type { PhaseName } from './protocol.ts';
import { chunkAt, countChunks } from './schedule.ts';

export function chunkCountOf(phase: PhaseName, layout: TrainLayout): number {
  const { nodeCount, schedule } = layout;
  if (phase === 'train') return countChunks(schedule);
  if (phase !== 'count') return Math.ceil(nodeCount / CHUNK_NODES);
  return 'walk' in layout ? Math.ceil(layout.startCount / schedule.perChunk) : 0;
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
  else if (phase === 'train') trainUnits(kernel, layout, chunk);
  else if ('walk' in layout) countVisits(kernel, layout, chunk);
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
  else if ('walk' in layout)
    prepareArcs(kernel, layout.walk, { from, to, stack: layout.scratch[worker]!.stack });
}

/** On the first walk from each start, of a list as well. */
function countVisits(kernel: Kernel, { schedule, startCount, visits }: WalkTrainLayout, chunk: number): void {
  const from = chunk * schedule.perChunk;
  const to = Math.min(from + schedule.perChunk, startCount);
  kernel.countRange(from, to, startCount, schedule.numberFrom, visits);
}

function trainUnits(kernel: Kernel, layout: TrainLayout, chunk: number): void {
  const { schedule } = layout;
  const { pass, from, to } = chunkAt(schedule, chunk);
  const alpha = learningRateAt(chunk, layout);
  const number = schedule.numberFrom + pass;
  if (!('walk' in layout)) kernel.trainSentences(from, to, number, alpha);
  else if (layout.listOffsets === 0) kernel.trainRange(from, to, layout.startCount, number, alpha);
  else kernel.trainList(pass * schedule.perPass + from, pass * schedule.perPass + to, alpha);
}
