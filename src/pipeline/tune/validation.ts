/**
 * The ground that all trials of a tuning share: one validation split, its customers, one memory. Each training takes the
 * memory of the one before; what stays of it is one number per customer.
 */
import { createModelScorer, measureOne } from '../../analyze/measure-one.ts';
import { buildPopulation } from '../../analyze/population.ts';
import { createPause } from '../../analyze/ranker.ts';
import { ShelfwalkError } from '../../base/errors.ts';
import type { TaskContext } from '../../base/task.ts';
import type { Split } from '../../graph/types.ts';
import { createKernelMemory, type KernelMemory } from '../../kernel/memory.ts';
import { chooseSplit } from '../choose-split.ts';
import type { RunConfig } from '../config.ts';
import { refuseOverLimit, toEstimate } from '../estimate.ts';
import { trainRecipe } from '../evaluate-run.ts';
import { EMBEDDING_SCORER } from '../live-queries.ts';
import { readGraph } from '../read-graph.ts';
import { learnRecencyBefore, toDecay } from '../recency.ts';
import { readRunCounts } from '../run-counts.ts';
import type { TrainingCatalog } from '../training-catalog.ts';
import type { ShopFacts } from './candidates.ts';
import type { TuneRequest } from './types.ts';

export interface Validation {
  readonly split: Split;
  readonly facts: ShopFacts;
  readonly customers: number;
  readonly k: number;
  /**
   * Trains on the part before the split and ranks for the customers after it.
   * @returns f64 [customers] the metric, in the same order for all
   * @throws ShelfwalkError LIMIT_EXCEEDED · GRAPH_EMPTY · SENTENCES_EMPTY · CONFIG_INVALID · ABORTED · TRAINING_FAILED · VECTOR_INVALID
   */
  measure(run: RunConfig, context: TaskContext): Promise<Float64Array>;
}

type Asked = Pick<TuneRequest, 'run' | 'metric' | 'protocol'>;

/**
 * @param moment valid as long as the trials go on
 * @throws ShelfwalkError SPLIT_IMPOSSIBLE — no validation part, or nobody in it to measure · CONFIG_INVALID · LIMIT_EXCEEDED · ABORTED
 */
export async function openValidation(
  moment: TrainingCatalog,
  { run: start, metric, protocol }: Asked,
  context: TaskContext,
): Promise<Validation> {
  const seed = start.train.randomSeed;
  const split = await chooseSplit(moment, { ...start, evaluate: { ...start.evaluate, part: 'validation' } });
  const recency = await learnRecencyBefore(moment, start, { ...context, split });
  const population = await buildPopulation(
    {
      train: await moment.interactions('train', split),
      test: await moment.interactions('test', split), // of validation: what the test part holds is in neither
      customerCount: (await moment.nodeIds('customer')).length,
      productCount: (await moment.nodeIds('product')).length,
      ordered: true, // as it is served: where nothing else says, by the order of the file
      decay: toDecay(recency),
      maxCustomers: start.evaluate.maxCustomers,
      seed,
    },
    createPause(context),
  );
  const customers = population.members[protocol].length;
  if (customers === 0)
    throw new ShelfwalkError('SPLIT_IMPOSSIBLE', { found: `no customer for protocol ${protocol}` });
  const counts = await moment.counts();
  const memory = createKernelMemory(start.train.maxMemoryMiB * 2 ** 20);
  const read = { moment, start, split, memory, context };
  const without = await isTwoColourable(read, false);
  const withAttributes = counts.attributes === 0 ? without : await isTwoColourable(read, true);
  const { attributes, baskets = 0, edges: givenEdges } = counts;
  const k = Math.max(...start.evaluate.k);
  return {
    split,
    customers,
    k,
    facts: { attributes, baskets, givenEdges, colouring: { withAttributes, without } },
    async measure(run, trialContext) {
      refuseOverLimit(toEstimate(await readRunCounts(moment, run.graph), run));
      const model = await trainRecipe(run, { memory, context: trialContext })(moment, split);
      const scorer = createModelScorer(EMBEDDING_SCORER, { model, population });
      return measureOne(scorer, { population, metric, k, protocol, seed }, trialContext);
    },
  };
}

interface GraphToRead {
  readonly moment: TrainingCatalog;
  readonly start: RunConfig;
  readonly split: Split;
  readonly memory: KernelMemory;
  readonly context: TaskContext;
}

/** With all types of interactions in: what leaves some out is a part of this graph, and two-colourable if it is. */
async function isTwoColourable(
  { moment, start, split, memory, context }: GraphToRead,
  attributes: boolean,
): Promise<boolean> {
  const graph = { ...start.graph, typeWeights: {}, otherTypes: 1, attributes };
  const { snapshot } = await readGraph(moment, graph, { ...context, split, allocator: memory });
  memory.reset();
  return snapshot.twoColourable;
}
