/**
 * The use case everything else serves, top to bottom: estimate → (hold out → train → evaluate) →
 * train on everything with the same settings → write a version → promote it.
 */
import { randomUUID } from 'node:crypto';
import type { EvaluationReport } from '../analyze/report.ts';
import { ShelfwalkError } from '../base/errors.ts';
import { throwIfAborted } from '../base/task.ts';
import { toDegrees, toPairCount } from '../graph/arcs.ts';
import type { Snapshot } from '../graph/types.ts';
import { createKernelMemory } from '../kernel/memory.ts';
import type { Manifest, NodeTable, TrainedGraph } from '../vectors/types.ts';
import type { RunConfig } from './config.ts';
import { type CorpusSummary, toCorpusReport, toCorpusSummary } from './corpus-report.ts';
import { refuseOverLimit, toEstimate } from './estimate.ts';
import { evaluateRun } from './evaluate-run.ts';
import { measureIfPossible } from './measure-if-possible.ts';
import type { ReadGraph } from './read-graph.ts';
import { RECENCY } from './recency.ts';
import { type RecordedConfig, toRecordedConfig } from './recorded-config.ts';
import { named, type RunContext } from './run-checkpoints.ts';
import { readRunCounts } from './run-counts.ts';
import { toReasons } from './run-reasons.ts';
import { BLEND } from './served-blend.ts';
import type { SpectrumFacts } from './spectrum-facts.ts';
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
  /** With item2vec there are sentences instead; both over all passes. */
  readonly walks?: number;
  readonly sentences?: number;
  /** Not there with spectral, which has no passes. */
  readonly tokens?: number;
  readonly pairs?: number;
  readonly lossPerPair?: number;
  readonly kernel?: string;
  /** Of spectral vectors, as the model or as first vectors. */
  readonly spectrum?: SpectrumFacts;
  /** Kernel memory that was laid out. */
  readonly kernelBytes: number;
  /** Catalog or file → snapshot. */
  readonly readMillis: number;
  /** Layout, arc tables, first vectors, counts of visits. */
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
  /** Vectors and names → files of the version, synced, and the alias moved. */
  readonly writeMillis: number;
  readonly evaluation: EvaluationReport | NotEvaluated;
  readonly configuration: RecordedConfig;
}

/** @throws ShelfwalkError CATALOG_EMPTY · LIMIT_EXCEEDED · GRAPH_EMPTY · SENTENCES_EMPTY · ABORTED · TRAINING_FAILED; nothing is published then */
export async function trainVersion(
  { catalog, versions }: { readonly catalog: TrainingCatalog; readonly versions: Workspace['versions'] },
  request: TrainRequest,
  context: RunContext,
): Promise<TrainResult> {
  const { run, alias } = request;
  const counts = await readRunCounts(catalog, run.graph);
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
      ? { notEvaluated: EDGES_ONLY }
      : await measureIfPossible(
          () => evaluateRun(catalog, run, { memory, context: named(context, 'evaluation: ') }),
          (notEvaluated) => ({ notEvaluated }),
        );
  memory.reset();

  const trained = await trainOn(catalog, run, { memory, context });
  const { snapshot, training, weighting, readMillis } = trained;
  const configuration = toRecordedConfig(run, weighting.asOfMs);
  throwIfAborted(context.signal);
  const facts = { ...toFacts(snapshot, training), readMillis, kernelBytes: memory.usedBytes() };
  const corpus = trained.sentences && toCorpusReport(trained.sentences.corpus, snapshot);
  const trainedAt = performance.now();
  const manifest = await versions.write(
    {
      nodes: toNodeTable(trained),
      vectors: training.vectors,
      contexts: training.contexts,
      graph: toTrainedGraph(snapshot, training),
      report: {
        training: facts,
        ...(corpus && { corpus }),
        ...toReasons(run),
        evaluation,
        ...(RECENCY in evaluation && { [RECENCY]: evaluation.recency }),
        ...('blend' in evaluation && { [BLEND]: evaluation.blend }),
        note: 'Trained on everything with the settings that were evaluated on the split.',
      },
    },
    {
      spaceId: randomUUID(),
      ...toSeen(trained),
      configuration,
      metrics: toMetrics(evaluation),
    },
  );
  const { previous } = await versions.promote(alias, manifest.id);
  const writeMillis = Math.round(performance.now() - trainedAt);
  const deleted = request.keep === undefined ? [] : await versions.prune(request.keep);
  return {
    version: manifest.id,
    alias,
    previous,
    deleted,
    training: facts,
    ...(corpus && { corpus: toCorpusSummary(corpus) }),
    writeMillis,
    evaluation,
    configuration,
  };
}

const EDGES_ONLY =
  'the catalog holds edges only: what is measured is whether later interactions of customers are foreseen';

type OfTheGraph = 'nodeCount' | 'relationshipCount' | 'isolatedCount' | OfTheCaller;
/** Known to whoever laid the graph out. */
type OfTheCaller = 'kernelBytes' | 'readMillis';

/** @param training typed by its figures alone: what this file declares is public, and must not lead to the kernel */
export function toFacts(
  snapshot: Snapshot,
  training: Omit<TrainFacts, OfTheGraph>,
): Omit<TrainFacts, OfTheCaller> {
  const { walks, sentences, tokens, pairs, lossPerPair, kernel, spectrum } = training;
  const { preProcessingMillis, computeMillis } = training;
  const degrees = toDegrees(snapshot);
  const isolatedCount = degrees.reduce((count, d) => count + (d === 0 ? 1 : 0), 0);
  const ofTheGraph = {
    nodeCount: snapshot.nodeCount,
    relationshipCount: toPairCount(degrees),
    isolatedCount,
  };
  const passed = sentences ? { sentences } : { walks };
  const figures = tokens === undefined ? {} : { ...passed, tokens, pairs, lossPerPair, kernel };
  const trained = { ...figures, ...(spectrum && { spectrum }) };
  return { ...ofTheGraph, ...trained, preProcessingMillis, computeMillis };
}

/** How much of the catalog a version knows of. */
export const toSeen = ({
  newestMs,
  watermark,
  graphMark,
}: Pick<ReadGraph, 'newestMs' | 'watermark' | 'graphMark'>): Pick<
  Manifest,
  'trainedUntil' | 'watermark' | 'graphMark'
> => ({
  ...(newestMs !== undefined && { trainedUntil: new Date(newestMs).toISOString() }),
  ...(watermark !== undefined && { watermark }),
  ...(graphMark !== undefined && { graphMark }),
});

/** Kept beside the matrices of a model of walks, so that a refresh can tell what has changed since. */
export function toTrainedGraph(
  { offsets, targets, weights }: Snapshot,
  { visits, sentences }: { readonly visits?: Uint32Array; readonly sentences?: number },
  pending?: Float32Array,
): TrainedGraph | undefined {
  if (!visits || sentences) return undefined;
  return { offsets, targets, weights, visits, pending: pending ?? new Float32Array(visits.length) };
}

export const toNodeTable = ({
  snapshot,
  names,
  sentences,
}: Pick<ReadGraph, 'snapshot' | 'names'> & {
  readonly sentences?: { readonly degrees: Uint32Array };
}): NodeTable => ({
  count: snapshot.nodeCount,
  ranges: snapshot.ranges,
  ids: snapshot.ids,
  names,
  degrees: sentences?.degrees ?? toDegrees(snapshot),
});

/** What versions are listed by: the served scorer's figures at the longest list. */
export function toMetrics(evaluation: EvaluationReport | NotEvaluated): Record<string, number> {
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
