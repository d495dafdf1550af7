/**
 * A local refresh, carried out: on everything, or (for the gate) on the part of the catalog before a
 * window, from the same parent.
 */
import type { EvaluatedModel } from '../analyze/types.ts';
import type { TaskContext } from '../base/task.ts';
import type { Split } from '../graph/types.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { toRowsOf } from '../refresh/given-rows.ts';
import { type RefreshPlan, toPending } from '../refresh/plan.ts';
import { type RefreshTraining, refreshEmbeddings } from '../refresh/refresh-embeddings.ts';
import { getDecay } from './recency.ts';
import type { RefreshConfig } from './refresh-config.ts';
import { gateIfPossible, measureGate } from './refresh-gate.ts';
import {
  type ComparableParent,
  compareWithParent,
  planOn,
  type RefreshGraph,
  toFullCost,
  toLocalWalkLength,
} from './refresh-graph.ts';
import type { GateReport } from './refresh-types.ts';
import { toTrainParams, toWalkParams } from './run-params.ts';
import type { TrainingCatalog } from './training-catalog.ts';

export interface LocalRefresh {
  readonly training: RefreshTraining;
  /** [n] what is left for the next refresh. */
  readonly pending: Float32Array;
}

export interface LocalOptions {
  readonly memory: KernelMemory;
  readonly context: TaskContext;
  readonly settings: RefreshConfig;
}

/** @throws ShelfwalkError LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED */
export async function refreshLocally(
  parent: ComparableParent,
  graph: RefreshGraph,
  plan: RefreshPlan,
  { memory, context, settings }: LocalOptions,
): Promise<LocalRefresh> {
  const { run, loaded } = parent;
  const base = toTrainParams(run);
  const initialLearningRate = settings.learningRate ?? base.initialLearningRate / 4;
  const training = await refreshEmbeddings(
    {
      ...graph,
      plan,
      parent: {
        vectors: loaded.vectors,
        contexts: loaded.contexts!,
        graph: { ...loaded.nodes, ...parent.graph },
      },
      walk: { ...toWalkParams(run), length: toLocalWalkLength(run) },
      train: {
        ...base,
        initialLearningRate,
        minLearningRate: Math.min(base.minLearningRate, initialLearningRate),
      },
      full: toFullCost(graph.snapshot, run),
      pull: settings.pull,
      walkNumberFrom: toWalkNumberFrom(parent),
    },
    memory,
    context,
  );
  return { training, pending: toPending(graph.difference.change, plan, settings) };
}

/**
 * Each refresh numbers its walks apart from those of its parents: 2^20 walks of one start are more than a plan
 * has. Numbers are below 2^31 and repeat after 1,023 local refreshes, when the graph they walk is another.
 */
const toWalkNumberFrom = ({ generation }: ComparableParent): number => ((generation % 1023) + 1) * 2 ** 20;

/**
 * The same refresh without the last window of what is new, asked for that window; the parent, which has
 * seen nothing of it either, beside it. All of it at one moment of the catalog.
 * @param trainedUntilMs newest event that the parent was trained on
 */
export async function gateLocally(
  catalog: TrainingCatalog,
  parent: ComparableParent,
  trainedUntilMs: number | undefined,
  options: LocalOptions,
): Promise<GateReport> {
  return gateIfPossible(() =>
    catalog.atOneMoment((moment) => gateAt(moment, parent, trainedUntilMs, options)),
  );
}

async function gateAt(
  source: TrainingCatalog,
  parent: ComparableParent,
  trainedUntilMs: number | undefined,
  { memory, context, settings }: LocalOptions,
): Promise<GateReport> {
  const split = await findWindow(source, trainedUntilMs, settings.gate.window);
  if ('notMeasured' in split) return split;
  const named: TaskContext = {
    ...context,
    onProgress: (p) => context.onProgress?.({ ...p, stage: `gate: ${p.stage}` }),
  };
  const graph = await compareWithParent(source, parent, { memory, context: named, split });
  const plan = planOn(graph, parent.run, settings);
  const { snapshot, difference } = graph;
  const toModel = (vectors: EvaluatedModel['vectors'], contexts: EvaluatedModel['contexts']) => ({
    ranges: snapshot.ranges,
    vectors,
    contexts,
  });
  const old = toModel(
    toRowsOf(parent.loaded.vectors, difference.parentRows),
    toRowsOf(parent.loaded.contexts!, difference.parentRows),
  );
  const candidate =
    plan.rows.length === 0
      ? old
      : await refreshLocally(parent, graph, plan, { memory, context: named, settings }).then(({ training }) =>
          toModel(training.vectors, training.contexts),
        );
  const seed = parent.run.train.randomSeed;
  const decay = getDecay(parent.loaded);
  return measureGate(
    source,
    { split, snapshot, candidate, parent: old, seed, decay, settings: settings.gate },
    named,
  );
}

/** The last part of the time since the parent was trained. */
async function findWindow(
  source: TrainingCatalog,
  trainedUntilMs: number | undefined,
  window: number,
): Promise<Split | { readonly notMeasured: string }> {
  const newestMs = await source.lastEventMs();
  if (trainedUntilMs === undefined || newestMs === undefined)
    return { notMeasured: 'interactions carry no times: what came after the parent cannot be told' };
  if (newestMs <= trainedUntilMs)
    return { notMeasured: 'no interaction is newer than those that the parent was trained on' };
  const cutoffMs = Math.ceil(newestMs - (newestMs - trainedUntilMs) * window);
  return { protocol: 'time', cutoffMs: Math.max(cutoffMs, trainedUntilMs + 1) };
}
