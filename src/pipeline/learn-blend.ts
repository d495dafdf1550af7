/**
 * Weights of the blend, learned before the evaluation's split: a training of its own on the events before an
 * earlier split, and what came between the two cutoffs as the question. The evaluation's test part is not looked at.
 */

import type { LearnedBlend } from '../analyze/blend.ts';
import { learnBlendWeights } from '../analyze/blend-scorer.ts';
import { toFrequencies } from '../analyze/own.ts';
import { buildPopulation } from '../analyze/population.ts';
import { createPause } from '../analyze/ranker.ts';
import { isShelfwalkError } from '../base/errors.ts';
import type { Split } from '../graph/types.ts';
import { chooseSplitWithin } from './choose-split.ts';
import type { RunConfig } from './config.ts';
import type { EvaluateOptions } from './evaluate-run.ts';
import type { NotLearned } from './recency.ts';
import { trainOn } from './train-on.ts';
import type { TrainingCatalog } from './training-catalog.ts';

/** Three numbers are learned: more customers would only take longer. */
const MAX_CUSTOMERS = 1000;

/**
 * Frees the memory it trained in. That the data allow no earlier split is said, not thrown.
 * @throws ShelfwalkError LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED
 */
export async function learnBlendBefore(
  moment: TrainingCatalog,
  run: RunConfig,
  { split, decay, ...options }: EvaluateOptions & { readonly split: Split; readonly decay: number },
): Promise<LearnedBlend | NotLearned> {
  try {
    const inner = await chooseSplitWithin(moment, split, run);
    const { snapshot, training } = await trainOn(moment, run, { ...options, split: inner });
    const [customers, products] = snapshot.ranges;
    const [train, test] = [
      await moment.interactions('train', inner),
      await moment.interactions('test', inner),
    ];
    const population = await buildPopulation({
      train,
      test,
      customerCount: customers!.end - customers!.start,
      productCount: products!.end - products!.start,
      ordered: true,
      decay,
      maxCustomers: Math.min(MAX_CUSTOMERS, run.evaluate.maxCustomers),
      seed: run.train.randomSeed,
    });
    const { vectors, contexts } = training;
    const model = { vectors, contexts, ranges: snapshot.ranges };
    const learned = await learnBlendWeights(
      {
        model,
        population: { ...population, ages: population.ages! },
        frequencies: toFrequencies(train, population.train),
      },
      Math.max(...run.evaluate.k),
      createPause(options.context),
    );
    return learned ?? { notLearned: 'nobody bought anything new before the split' };
  } catch (error) {
    const isTooFew = (['SPLIT_IMPOSSIBLE', 'GRAPH_EMPTY', 'SENTENCES_EMPTY'] as const).some((code) =>
      isShelfwalkError(error, code),
    );
    if (!isTooFew) throw error;
    return { notLearned: (error as Error).message };
  } finally {
    options.memory.reset();
  }
}
