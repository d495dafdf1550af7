/** A run on a graph: walks and windows, or for BPR the pairs of customers and products alone. */
import type { Snapshot } from '../graph/types.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { type PairOptions, trainOnPairs } from '../train/pairs.ts';
import { type Training, trainEmbeddings } from '../train/trainer.ts';
import type { GraphRun } from './config.ts';
import { isOnPairs, toTrainParams, toWalkParams } from './run-params.ts';

/**
 * @param snapshot laid out in `memory`
 * @throws ShelfwalkError GRAPH_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED
 */
export function trainOnWalks(
  snapshot: Snapshot,
  memory: KernelMemory,
  { run, ...options }: { readonly run: GraphRun } & Omit<PairOptions, 'train'>,
): Promise<Training> {
  const train = toTrainParams(run);
  if (isOnPairs(run)) return trainOnPairs(snapshot, memory, { ...options, train });
  const { startTypes } = run.walk;
  return trainEmbeddings(snapshot, memory, { ...options, walk: toWalkParams(run), train, startTypes });
}
