/**
 * The decay by which a customer's past is weighed, of one catalog: learned before the evaluation's split, so
 * that the test part is not looked at, kept in the report of a version, and read back where it is served.
 */
import { z } from 'zod';
import { RECENCY_DECAY } from '../analyze/incidence.ts';
import { buildPopulation } from '../analyze/population.ts';
import { createPause } from '../analyze/ranker.ts';
import { learnRecency } from '../analyze/recency.ts';
import type { LearnedRecency } from '../analyze/types.ts';
import { isShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import type { InteractionColumns, Split } from '../graph/types.ts';
import type { VersionContent } from '../vectors/types.ts';
import { chooseSplitWithin } from './choose-split.ts';
import type { RunConfig } from './config.ts';
import type { TrainingCatalog } from './training-catalog.ts';

/** Where the report of a version has it. */
export const RECENCY = 'recency';

/** Why the default is taken. */
export interface NotLearned {
  readonly notLearned: string;
}

/** One number is learned, of seven: more customers would only take longer. */
const MAX_CUSTOMERS = 500;

/**
 * On the events of the training part of `split`, split once more.
 * @throws ShelfwalkError ABORTED
 */
export async function learnRecencyBefore(
  moment: TrainingCatalog,
  run: Pick<RunConfig, 'evaluate' | 'train'>,
  { split, ...context }: TaskContext & { readonly split: Split },
): Promise<LearnedRecency | NotLearned> {
  try {
    const inner = await chooseSplitWithin(moment, split, run);
    const train = await moment.interactions('train', inner);
    if (isWithoutPlace(train)) return { notLearned: 'interactions have neither a time nor an order' };
    const { randomSeed: seed } = run.train;
    const population = await buildPopulation(
      {
        train,
        test: await moment.interactions('test', inner),
        customerCount: (await moment.nodeIds('customer')).length,
        productCount: (await moment.nodeIds('product')).length,
        ordered: true,
        maxCustomers: Math.min(MAX_CUSTOMERS, run.evaluate.maxCustomers),
        seed,
      },
      createPause(context),
    );
    const asked = { ...context, width: Math.max(...run.evaluate.k), seed };
    return await learnRecency({ ...population, ages: population.ages! }, asked);
  } catch (error) {
    if (!isShelfwalkError(error, 'SPLIT_IMPOSSIBLE')) throw error;
    return { notLearned: error.message };
  }
}

/** Nothing is older than anything else. */
export const isWithoutPlace = ({ unordered, timeMs }: InteractionColumns): boolean =>
  unordered === true && timeMs.every(Number.isNaN);

const learned = z.object({ decay: z.number().gt(0).max(1) });

/** The default for a version of which none was learned. */
export function getDecay({ report }: Pick<VersionContent, 'report'>): number {
  return toDecay(report[RECENCY]);
}

export const toDecay = (recency: unknown): number => learned.safeParse(recency).data?.decay ?? RECENCY_DECAY;
