/** Trains on the part of the catalog before a split and measures on the part after it, baselines beside. */
import { evaluateSplit } from '../analyze/evaluate.ts';
import type { EvaluatedAttributes } from '../analyze/types.ts';
import type { TaskContext } from '../base/task.ts';
import type { EdgeColumns, Snapshot } from '../graph/types.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import type { RunConfig } from './config.ts';
import { SERVED_SCORER } from './live-queries.ts';
import { isOnSentences } from './run-params.ts';
import type { SplitReport } from './split-report.ts';
import { trainOn } from './train-on.ts';
import type { TrainingCatalog } from './training-catalog.ts';

export type { EvaluationReport } from '../analyze/report.ts';
export { toReportText } from '../analyze/report-text.ts';

export interface EvaluateOptions {
  readonly memory: KernelMemory;
  readonly context: TaskContext;
}

/** @throws ShelfwalkError SPLIT_IMPOSSIBLE — the data allow no split, or no customer is in both parts · GRAPH_EMPTY · SENTENCES_EMPTY · ABORTED · TRAINING_FAILED */
export async function evaluateRun(
  catalog: TrainingCatalog,
  run: RunConfig,
  options: EvaluateOptions,
): Promise<SplitReport> {
  const split = await catalog.proposeSplit(run.evaluate.testShare);
  const { snapshot, training } = await trainOn(catalog, run, { ...options, split });
  const [train, test] = [
    await catalog.interactions('train', split),
    await catalog.interactions('test', split),
  ];
  const [customers, products] = snapshot.ranges;
  const report = await evaluateSplit(
    {
      train,
      test,
      customerCount: customers!.end - customers!.start,
      productCount: products!.end - products!.start,
      ordered: true,
      model: { vectors: training.vectors, contexts: training.contexts, ranges: snapshot.ranges },
      attributes: await readAttributes(catalog, snapshot, run),
      served: SERVED_SCORER,
      k: run.evaluate.k,
      maxCustomers: run.evaluate.maxCustomers,
      seed: run.train.randomSeed,
      now: () => performance.now(),
    },
    options.context,
  );
  return { ...report, split };
}

/** Labels for purity and silhouette: from the catalog, also when attributes were left out of the graph. */
async function readAttributes(
  catalog: TrainingCatalog,
  snapshot: Snapshot,
  run: RunConfig,
): Promise<EvaluatedAttributes | undefined> {
  const ids = run.graph.attributes
    ? snapshot.ids.slice(snapshot.ranges[2]!.start)
    : await catalog.nodeIds('attribute');
  if (ids.length === 0) return undefined;
  const collect = async (owner: 'product' | 'customer'): Promise<EdgeColumns[]> => {
    const chunks: EdgeColumns[] = [];
    for await (const chunk of catalog.attributeEdges(owner)) chunks.push(chunk);
    return chunks;
  };
  return {
    ids,
    product: await collect('product'),
    customer: await collect('customer'),
    walked: run.graph.attributes && !isOnSentences(run),
  };
}
