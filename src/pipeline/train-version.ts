/**
 * The use case everything else serves, top to bottom: estimate → (hold out → train → evaluate) →
 * train on everything with the same settings → write a version → promote it.
 */
import { randomUUID } from 'node:crypto';
import type { EvaluationReport } from '../analyze/report.ts';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { toDegrees, toPairCount } from '../graph/arcs.ts';
import type { Snapshot } from '../graph/types.ts';
import { createKernelMemory } from '../kernel/memory.ts';
import type { NodeTable } from '../vectors/types.ts';
import type { RunConfig } from './config.ts';
import { refuseOverLimit, toEstimate } from './estimate.ts';
import { type EvaluateOptions, evaluateRun } from './evaluate-run.ts';
import { trainOn } from './train-on.ts';
import type { TrainingCatalog } from './training-catalog.ts';
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
  readonly walks: number;
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
  readonly evaluation: EvaluationReport | NotEvaluated;
  readonly configuration: RunConfig;
}

/** @throws ShelfwalkError CATALOG_EMPTY · LIMIT_EXCEEDED · GRAPH_EMPTY · ABORTED · TRAINING_FAILED; nothing is published then */
export async function trainVersion(
  { catalog, versions }: { readonly catalog: TrainingCatalog; readonly versions: Workspace['versions'] },
  request: TrainRequest,
  context: TaskContext,
): Promise<TrainResult> {
  const { run, alias } = request;
  const counts = await catalog.counts();
  if (counts.interactions === 0 && counts.edges === 0)
    throw new ShelfwalkError('CATALOG_EMPTY', {
      found: 'no edges either',
      hint: 'Import interactions or edges: shelfwalk import --help',
    });
  refuseOverLimit(toEstimate(counts, run));

  const memory = createKernelMemory(run.train.maxMemoryMiB * 2 ** 20);
  const evaluation = !request.evaluate
    ? { notEvaluated: 'not asked for' }
    : counts.interactions === 0
      ? { notEvaluated: NOTHING_TO_HOLD_OUT }
      : await evaluateIfPossible(catalog, run, { memory, context: named(context, 'evaluation: ') });
  memory.reset();

  const { snapshot, training, weighting } = await trainOn(catalog, run, { memory, context });
  const configuration = withInstant(run, weighting.asOfMs);
  throwIfAborted(context.signal);
  const facts = { ...toFacts(snapshot, training), kernelBytes: memory.usedBytes() };
  const manifest = await versions.write(
    {
      nodes: await toNodeTable(snapshot, catalog),
      vectors: training.vectors,
      contexts: training.contexts,
      report: {
        training: facts,
        evaluation,
        note: 'Trained on everything with the settings that were evaluated on the split.',
      },
    },
    { spaceId: randomUUID(), configuration, metrics: toMetrics(evaluation) },
  );
  const { previous } = await versions.promote(alias, manifest.id);
  const deleted = request.keep === undefined ? [] : await versions.prune(request.keep);
  return { version: manifest.id, alias, previous, deleted, training: facts, evaluation, configuration };
}

/** With the instant that ages were measured from, so that the same run can be asked for when newer events are there. */
const withInstant = (run: RunConfig, asOfMs: number | undefined): RunConfig =>
  asOfMs === undefined ? run : { ...run, graph: { ...run.graph, asOf: new Date(asOfMs).toISOString() } };

const NOTHING_TO_HOLD_OUT =
  'the catalog holds edges only: what is measured is whether later interactions of customers are foreseen';

/** Data that allow no split are no reason not to train; the report says so. */
async function evaluateIfPossible(
  catalog: TrainingCatalog,
  run: RunConfig,
  options: EvaluateOptions,
): Promise<EvaluationReport | NotEvaluated> {
  try {
    return await evaluateRun(catalog, run, options);
  } catch (error) {
    if (!isShelfwalkError(error, 'SPLIT_IMPOSSIBLE') && !isShelfwalkError(error, 'GRAPH_EMPTY')) throw error;
    return { notEvaluated: error.message };
  }
}

const named = (context: TaskContext, prefix: string): TaskContext => ({
  ...context,
  onProgress: (p) => context.onProgress?.({ ...p, stage: prefix + p.stage }),
});

type OfTheGraph = 'nodeCount' | 'relationshipCount' | 'isolatedCount' | 'kernelBytes';

/** @param training typed by its figures alone: what this file declares is public, and must not lead to the kernel */
export function toFacts(
  snapshot: Snapshot,
  training: Omit<TrainFacts, OfTheGraph>,
): Omit<TrainFacts, 'kernelBytes'> {
  const { walks, tokens, pairs, lossPerPair, kernel, preProcessingMillis, computeMillis } = training;
  const degrees = toDegrees(snapshot);
  const isolatedCount = degrees.reduce((count, d) => count + (d === 0 ? 1 : 0), 0);
  const ofTheGraph = {
    nodeCount: snapshot.nodeCount,
    relationshipCount: toPairCount(degrees),
    isolatedCount,
  };
  return { ...ofTheGraph, walks, tokens, pairs, lossPerPair, kernel, preProcessingMillis, computeMillis };
}

async function toNodeTable(snapshot: Snapshot, catalog: TrainingCatalog): Promise<NodeTable> {
  const names: string[] = [];
  for (const { type, start, end } of snapshot.ranges) {
    if (end > start) for (const name of await catalog.nodeNames(type)) names.push(name);
  }
  return {
    count: snapshot.nodeCount,
    ranges: snapshot.ranges,
    ids: snapshot.ids,
    names,
    degrees: toDegrees(snapshot),
  };
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
