/** Trains on the part of the catalog before a split and measures on the part after it, baselines beside. */
import type { LearnedBlend } from '../analyze/blend.ts';
import { evaluateSplit } from '../analyze/evaluate.ts';
import type { EvaluatedAttributes, EvaluatedModel } from '../analyze/types.ts';
import { toDense } from '../base/matrix.ts';
import type { EdgeColumns, Split } from '../graph/types.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { chooseSplit } from './choose-split.ts';
import type { RunConfig } from './config.ts';
import { learnBlendBefore } from './learn-blend.ts';
import { EMBEDDING_SCORER } from './live-queries.ts';
import { isWithoutPlace, learnRecencyBefore, type NotLearned, RECENCY, toDecay } from './recency.ts';
import { asPart, named, type RunContext } from './run-checkpoints.ts';
import { isOnPairs, isOnSentences } from './run-params.ts';
import type { SplitReport } from './split-report.ts';
import { trainOn } from './train-on.ts';
import type { TrainingCatalog } from './training-catalog.ts';

export type { EvaluationReport } from '../analyze/report.ts';
export { toReportText } from '../analyze/report-text.ts';

const NO_ORDER =
  'interactions carry neither a time nor an order: nothing is older than anything else, here and where it is served';

export interface EvaluateOptions {
  readonly memory: KernelMemory;
  readonly context: RunContext;
}

/** A model that knows nothing of the test part, of the customers and products of this moment. */
export type MakeModel = (moment: TrainingCatalog, split: Split) => Promise<EvaluatedModel>;

export interface Measurement {
  /** How it is measured: `evaluate`, and the seed. */
  readonly run: Pick<RunConfig, 'evaluate' | 'train'>;
  /** Default: what the settings say. */
  readonly chooseSplit?: (moment: TrainingCatalog) => Promise<Split>;
  /** Without one, only baselines are measured. */
  readonly model?: MakeModel;
  /** Attributes were nodes of the graph it was trained on. */
  readonly walked?: boolean;
  readonly rival?: MakeModel;
  /** Learns weights for the blend from what the split's training part holds, and that alone. */
  readonly blend?: (
    moment: TrainingCatalog,
    split: Split,
    decay: number,
  ) => Promise<LearnedBlend | NotLearned>;
  /** By which the past is weighed. Default: learned from what the split's training part holds. */
  readonly decay?: number;
}

/**
 * @throws ShelfwalkError SPLIT_IMPOSSIBLE — the data allow no split, or no customer is in both parts · TEST_LEAKED · GRAPH_EMPTY · SENTENCES_EMPTY · ABORTED · TRAINING_FAILED
 */
export const evaluateRun = (
  catalog: TrainingCatalog,
  run: RunConfig,
  options: EvaluateOptions,
): Promise<SplitReport> =>
  measureOnSplit(
    catalog,
    {
      run,
      model: trainRecipe(run, options),
      walked: walksAttributes(run),
      blend: run.evaluate.blend ? learnBlendOf(run, options) : undefined,
    },
    options.context,
  );

export const walksAttributes = (run: RunConfig): boolean =>
  run.graph.attributes && !isOnSentences(run) && !isOnPairs(run);

/** Trained on the part before the split, in `memory`, which is emptied for it. */
export const trainRecipe =
  (run: RunConfig, { memory, context }: EvaluateOptions): MakeModel =>
  async (moment, split) => {
    memory.reset();
    const { snapshot, training } = await trainOn(moment, run, { memory, context, split });
    return { vectors: training.vectors, contexts: training.contexts, ranges: snapshot.ranges };
  };

export const learnBlendOf =
  (run: RunConfig, { memory, context }: EvaluateOptions): NonNullable<Measurement['blend']> =>
  (moment, split, decay) =>
    learnBlendBefore(moment, run, { memory, context: asPart(context, 'blend', 'blend: '), split, decay });

/**
 * The split, the graph and the interactions of both parts are of one moment of the catalog, which lasts
 * until all training is over.
 */
export async function measureOnSplit(
  catalog: TrainingCatalog,
  measurement: Measurement,
  context: RunContext,
): Promise<SplitReport> {
  const { run } = measurement;
  const prepared = await catalog.atOneMoment((moment) => prepare(moment, measurement, context));
  const { blend, recency } = prepared;
  const report = await evaluateSplit(
    {
      ...prepared,
      blend: blend && 'weights' in blend ? blend.weights : undefined,
      ordered: true, // where it is not, all ages are 0, as they are where it is served
      ...(prepared.model && { served: EMBEDDING_SCORER }),
      k: run.evaluate.k,
      maxCustomers: run.evaluate.maxCustomers,
      seed: run.train.randomSeed,
      now: () => performance.now(),
    },
    context,
  );
  const { split } = prepared;
  const notes = isWithoutPlace(prepared.train) ? [...report.notes, NO_ORDER] : report.notes;
  return { ...report, notes, split, ...(recency && { [RECENCY]: recency }), ...(blend && { blend }) };
}

async function prepare(
  moment: TrainingCatalog,
  { run, model, walked, rival, blend, ...wish }: Measurement,
  context: RunContext,
) {
  const split = await (wish.chooseSplit ?? ((source) => chooseSplit(source, run)))(moment);
  const recency =
    wish.decay === undefined
      ? await learnRecencyBefore(moment, run, { ...named(context, 'recency: '), split })
      : undefined;
  const decay = wish.decay ?? toDecay(recency);
  const learned = await blend?.(moment, split, decay); // first: every training takes the memory of the one before
  const first = await model?.(moment, split);
  const kept = first && rival ? toKept(first) : first;
  return {
    split,
    recency,
    decay,
    blend: learned,
    model: kept,
    rival: await rival?.(moment, split),
    customerCount: (await moment.nodeIds('customer')).length,
    productCount: (await moment.nodeIds('product')).length,
    train: await moment.interactions('train', split),
    test: await moment.interactions('test', split),
    attributes: model && (await readAttributes(moment, walked ?? false)),
  };
}

const toKept = (model: EvaluatedModel): EvaluatedModel => ({
  ...model,
  vectors: toDense(model.vectors),
  contexts: toDense(model.contexts),
});

/** Labels for purity and silhouette: from the catalog, also when attributes were left out of the graph. */
async function readAttributes(
  moment: TrainingCatalog,
  walked: boolean,
): Promise<EvaluatedAttributes | undefined> {
  const ids = await moment.nodeIds('attribute');
  if (ids.length === 0) return undefined;
  const collect = async (owner: 'product' | 'customer'): Promise<EdgeColumns[]> => {
    const chunks: EdgeColumns[] = [];
    for await (const chunk of moment.attributeEdges(owner)) chunks.push(chunk);
    return chunks;
  };
  return { ids, product: await collect('product'), customer: await collect('customer'), walked };
}
