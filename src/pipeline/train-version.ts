/**
 * The use case everything else serves, top to bottom: estimate → (hold out → train → evaluate) →
 * train on everything with the same settings → write a version → promote it.
 */
import { randomUUID } from 'node:crypto';
import type { EvaluationReport } from '../analyze/report.ts';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { degreeOf } from '../graph/snapshot.ts';
import { createKernelMemory } from '../kernel/memory.ts';
import type { NodeTable } from '../vectors/types.ts';
import type { RunConfig } from './config.ts';
import { type CorpusSummary, toCorpusReport, toCorpusSummary } from './corpus-report.ts';
import { refuseOverLimit, toEstimate } from './estimate.ts';
import { type EvaluateOptions, evaluateRun } from './evaluate-run.ts';
import { type RecordedConfig, toRecordedConfig } from './run-params.ts';
import { type Trained, trainOn } from './train-on.ts';
import type { Workspace } from './workspace.ts';

export interface TrainRequest {
  readonly run: RunConfig;
  readonly alias: string;
  /** Also train on the part before a split and evaluate on the part after it. */
  readonly evaluate: boolean;
  /** Delete all but the newest few versions afterwards; those with an alias stay. */
  readonly keep?: number;
}

/** Names as in Neo4j GDS where it has one. */
export interface TrainFacts {
  readonly nodeCount: number;
  readonly relationshipCount: number;
  readonly isolatedCount: number;
  /** With item2vec there are sentences instead; both over all passes. */
  readonly walks?: number;
  readonly sentences?: number;
  readonly tokens: number;
  readonly pairs: number;
  readonly lossPerPair: number;
  readonly kernel: string;
  /** Kernel memory that was laid out. */
  readonly kernelBytes: number;
  readonly preProcessingMillis: number;
  readonly computeMillis: number;
}

/** A report without figures says why there are none. */
export interface NotEvaluated {
  readonly notEvaluated: string;
}

export interface TrainResult {
  readonly version: string;
  readonly alias: string;
  readonly previous?: string;
  readonly deleted: readonly string[];
  readonly training: TrainFacts;
  /** With item2vec: what became of the interactions. */
  readonly corpus?: CorpusSummary;
  readonly evaluation: EvaluationReport | NotEvaluated;
  readonly configuration: RecordedConfig;
}

/** @throws ShelfwalkError CATALOG_EMPTY · LIMIT_EXCEEDED · GRAPH_EMPTY · SENTENCES_EMPTY · ABORTED · TRAINING_FAILED; nothing is published then */
export async function trainVersion(
  workspace: Workspace,
  request: TrainRequest,
  context: TaskContext,
): Promise<TrainResult> {
  const { catalog, versions } = workspace;
  const { run, alias } = request;
  const counts = await catalog.counts();
  if (counts.interactions === 0)
    throw new ShelfwalkError('CATALOG_EMPTY', { hint: 'Import interactions: shelfwalk import --help' });
  refuseOverLimit(toEstimate(counts, run));

  const memory = createKernelMemory(run.train.maxMemoryMiB * 2 ** 20);
  const evaluation = request.evaluate
    ? await evaluateIfPossible(catalog, run, { memory, context: named(context, 'evaluation: ') })
    : { notEvaluated: 'not asked for' };
  memory.reset();

  const trained = await trainOn(catalog, run, { memory, context });
  throwIfAborted(context.signal);
  const { snapshot, training } = trained;
  const facts = { ...toFacts(trained), kernelBytes: memory.usedBytes() };
  const corpus = trained.corpus && toCorpusReport(trained.corpus, snapshot);
  const configuration = toRecordedConfig(run);
  const manifest = await versions.write(
    {
      nodes: await toNodeTable(trained, catalog),
      vectors: training.vectors,
      contexts: training.contexts,
      report: {
        training: facts,
        corpus,
        evaluation,
        note: 'Trained on everything with the settings that were evaluated on the split.',
      },
    },
    { spaceId: randomUUID(), configuration, metrics: toMetrics(evaluation) },
  );
  const { previous } = await versions.promote(alias, manifest.id);
  const deleted = request.keep === undefined ? [] : await versions.prune(request.keep);
  return {
    version: manifest.id,
    alias,
    previous,
    deleted,
    training: facts,
    corpus: corpus && toCorpusSummary(corpus),
    evaluation,
    configuration,
  };
}

const NO_FIGURES = ['SPLIT_IMPOSSIBLE', 'GRAPH_EMPTY', 'SENTENCES_EMPTY'] as const;

/** Data that allow no split are no reason not to train; the report says so. */
async function evaluateIfPossible(
  catalog: Workspace['catalog'],
  run: RunConfig,
  options: EvaluateOptions,
): Promise<EvaluationReport | NotEvaluated> {
  try {
    return await evaluateRun(catalog, run, options);
  } catch (error) {
    if (!isShelfwalkError(error) || !NO_FIGURES.some((code) => code === error.code)) throw error;
    return { notEvaluated: error.message };
  }
}

const named = (context: TaskContext, prefix: string): TaskContext => ({
  ...context,
  onProgress: (p) => context.onProgress?.({ ...p, stage: prefix + p.stage }),
});

function toFacts({ snapshot, training, corpus }: Trained): Omit<TrainFacts, 'kernelBytes'> {
  const { vectors: _v, contexts: _c, visits: _n, walks, sentences, ...facts } = training;
  let isolatedCount = 0;
  for (let v = 0; v < snapshot.nodeCount; v++) if (degreeOf(snapshot, v) === 0) isolatedCount++;
  const passed = corpus ? { sentences } : { walks };
  return {
    nodeCount: snapshot.nodeCount,
    relationshipCount: snapshot.arcCount / 2,
    isolatedCount,
    ...passed,
    ...facts,
  };
}

async function toNodeTable({ snapshot, corpus }: Trained, catalog: Workspace['catalog']): Promise<NodeTable> {
  const names: string[] = [];
  for (const { type, start, end } of snapshot.ranges) {
    if (end > start) for (const name of await catalog.nodeNames(type)) names.push(name);
  }
  const degrees = Uint32Array.from({ length: snapshot.nodeCount }, (_, v) => degreeOf(snapshot, v));
  // With sentences it is the tokens of a product that say whether it has a vector.
  if (corpus) degrees.set(corpus.counts, snapshot.ranges[1]!.start);
  return { count: snapshot.nodeCount, ranges: snapshot.ranges, ids: snapshot.ids, names, degrees };
}

/** What versions are listed by: the served scorer's figures at the longest list. */
function toMetrics(evaluation: EvaluationReport | NotEvaluated): Record<string, number> {
  if ('notEvaluated' in evaluation) return {};
  const metrics: Record<string, number> = {};
  for (const { protocol, results } of Object.values(evaluation.protocols)) {
    const last = results.find((r) => r.scorer === evaluation.served)?.at.at(-1);
    if (!last) continue;
    metrics[`recall@${last.k} (${protocol})`] = last.recall.mean;
    metrics[`ndcg@${last.k} (${protocol})`] = last.ndcg.mean;
  }
  return metrics;
}
