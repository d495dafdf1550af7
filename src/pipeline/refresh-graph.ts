/** Catalog of today beside the graph of the parent: what has changed, and what a local refresh would do. */
import type { Snapshot } from '../graph/types.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { compareGraphs, type GraphDifference } from '../refresh/difference.ts';
import { type PlanOptions, planRefresh, type RefreshPlan } from '../refresh/plan.ts';
import { type Push, planPush } from '../refresh/push.ts';
import { estimateVisits } from '../refresh/visits.ts';
import type { TrainedGraph } from '../vectors/types.ts';
import { findStarts } from '../walk/params.ts';
import type { ParentModel } from './parent-model.ts';
import { findReplaced } from './put-again.ts';
import { type ReadGraph, readGraph } from './read-graph.ts';
import type { RefreshConfig } from './refresh-config.ts';
import { policyOf } from './run-params.ts';
import type { TrainOnOptions } from './train-on.ts';
import type { TrainingCatalog } from './training-catalog.ts';

export interface RefreshGraph extends ReadGraph {
  readonly difference: GraphDifference;
  /** [n] of a pass of walks over today's graph. */
  readonly visits: Uint32Array;
  /** Share of all steps that would go elsewhere than when the parent was trained; 0 … 1. */
  readonly radius: number;
}

/** A parent that remembers its graph. */
export type ComparableParent = ParentModel & { readonly graph: TrainedGraph };

/** @param memory where today's graph is laid out; if not given, in memory of its own */
export async function compareWithParent(
  catalog: TrainingCatalog,
  { run, loaded, graph }: ComparableParent,
  { memory, context, split }: Omit<TrainOnOptions, 'memory'> & { readonly memory?: KernelMemory },
): Promise<RefreshGraph> {
  const startedAt = performance.now();
  const { read, putAgain } = await catalog.atOneMoment(async (moment) => ({
    read: await readGraph(moment, run.graph, { ...context, split, allocator: memory }),
    putAgain: (await moment.putAgain?.()) ?? [],
  }));
  const replaced = findReplaced(loaded.manifest, putAgain);
  const { snapshot } = read;
  const { ranges, ids } = loaded.nodes;
  const difference = compareGraphs(snapshot, { ranges, ids, ...graph, replaced }, policyOf(run));
  const tokens = findStarts(snapshot, run.walk.startTypes).length * run.walk.walkLength;
  const visits = estimateVisits(snapshot, difference.parentRows, graph, tokens);
  const readMillis = Math.round(performance.now() - startedAt);
  return { ...read, difference, visits, radius: toRadius(visits, difference.change), readMillis };
}

function toRadius(visits: Uint32Array, change: Float32Array): number {
  let [moved, all] = [0, 0];
  visits.forEach((count, v) => {
    moved += count * change[v]!;
    all += count;
  });
  return all > 0 ? moved / all : 0;
}

export function planOn(
  { snapshot, difference, visits }: Pick<RefreshGraph, 'snapshot' | 'difference' | 'visits'>,
  { walk, train }: ParentModel['run'],
  settings: RefreshConfig,
): RefreshPlan {
  return planRefresh(snapshot, difference, visits, {
    minChange: settings.minChange,
    budgetShare: settings.budget,
    neighborShare: settings.neighbors,
    effort: settings.effort,
    walkLength: toLocalWalkLength({ walk, train }),
    full: toFullCost(snapshot, { walk }),
  });
}

/** Walks from frozen rows, for the negatives of those that move; none where rows are pulled back instead. */
export const pushOn = (
  { snapshot, visits }: Pick<RefreshGraph, 'snapshot' | 'visits'>,
  plan: RefreshPlan,
  run: ParentModel['run'],
  { pull }: Pick<RefreshConfig, 'pull'>,
): Push | undefined =>
  pull === undefined
    ? planPush(snapshot, plan, visits, {
        walkLength: toLocalWalkLength(run),
        windowSize: run.train.windowSize,
        negativeExponent: run.train.negativeSamplingExponent,
        full: toFullCost(snapshot, run),
      })
    : undefined;

/** Of training anew, which a local refresh is measured by. */
export const toFullCost = (
  snapshot: Snapshot,
  { walk }: Pick<ParentModel['run'], 'walk'>,
): PlanOptions['full'] => ({
  walkLength: walk.walkLength,
  walksPerNode: walk.walksPerNode,
  starts: findStarts(snapshot, walk.startTypes).length,
});

/** Nodes beyond the window of the start would be walked for others' sake, and those do not move. */
export const toLocalWalkLength = ({ walk, train }: Pick<ParentModel['run'], 'walk' | 'train'>): number =>
  Math.min(walk.walkLength, train.windowSize + 1);
