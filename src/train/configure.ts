/** Tells an instance of the kernel where everything lies that a training laid out, and how to train. */
import type { Kernel } from '../kernel/load.ts';
import { configureWalk } from '../walk/params.ts';
import type { TrainLayout } from './layout.ts';
import { type Objective, toCols } from './params.ts';

/** As kernel/assembly/training.ts numbers them. */
const OBJECTIVES: readonly Objective[] = ['skip-gram', 'cbow', 'softmax', 'bpr'];

/** @param worker whose scratch the instance gets */
export function configureTraining(kernel: Kernel, l: TrainLayout, worker: number): void {
  const { tokens, training, ranking } = l.scratch[worker]!;
  const seed = BigInt(l.params.seed);
  if ('walk' in l) {
    configureWalk(kernel, l.walk);
    kernel.setStarts(l.starts, seed, tokens, l.keyHashes);
    kernel.setList(l.listOffsets, l.startCount, l.schedule.numberFrom);
  } else {
    kernel.setSentences(l.sentenceCount, l.offsets, l.tokens, l.hashes, l.areSets ? 1 : 0, tokens, seed);
  }
  kernel.setSharing(l.params.negativesSharedBy ?? 0);
  kernel.setPairs(l.params.asPairs ? 1 : 0);
  kernel.setRanking(l.biases, l.logCounts, l.params.regularization ?? 0, ranking);
  kernel.setTraining(
    l.strideBytes,
    toCols(l.params.dimension) * 4,
    l.vectors,
    l.contexts,
    l.params.windowSize,
    l.params.negatives,
    OBJECTIVES.indexOf(l.params.objective),
    l.negativeSlots,
    l.negativeStart,
    l.negativeCount,
    l.keep,
    l.frozen,
    l.pushSlots,
    l.pushTotals,
    l.sigmoids,
    l.softplus,
    l.firstProduct,
    l.firstAttribute,
    training,
    seed,
  );
}
