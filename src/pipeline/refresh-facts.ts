/** A plan as it is shown: by a dry run, in the reply and in the report of the version. Plain JSON. */

import type { RefreshPlan } from '../refresh/plan.ts';
import type { ParentModel } from './parent-model.ts';
import type { RefreshGraph } from './refresh-graph.ts';
import type { RefreshPlanFacts } from './refresh-types.ts';

export function toLocalPlanFacts(
  graph: RefreshGraph,
  plan: RefreshPlan,
  { parent, pushWalks, walkLength }: { parent: ParentModel; pushWalks: number; walkLength: number },
): RefreshPlanFacts {
  const { newCount, changedCount, neighborCount, leftOutCount } = plan;
  return {
    ...toChangeFacts(graph, plan),
    moving: { new: newCount, changed: changedCount, neighbors: neighborCount },
    leftOut: leftOutCount,
    frozen: graph.snapshot.nodeCount - plan.rows.length,
    walks: plan.walks.reduce((sum, count) => sum + count, 0),
    pushWalks,
    ...toCost(parent, plan.steps + pushWalks * walkLength),
  };
}

/** Everything moves, so of the plan beside it only what it would have been measured by is told. */
export const toFullPlanFacts = (
  graph: RefreshGraph,
  plan: Pick<RefreshPlan, 'fullSteps'>,
  parent: ParentModel,
): RefreshPlanFacts => ({ ...toChangeFacts(graph, plan), ...toCost(parent, plan.fullSteps) });

const toChangeFacts = (
  { snapshot, difference, radius, weighting: { asOfMs } }: RefreshGraph,
  { fullSteps }: Pick<RefreshPlan, 'fullSteps'>,
) => ({
  radius,
  nodes: snapshot.nodeCount,
  newNodes: difference.parentRows.reduce((count, row) => count + +(row < 0), 0),
  goneNodes: difference.goneCount,
  fullSteps,
  ...(asOfMs !== undefined && { asOf: new Date(asOfMs).toISOString() }),
});

const toCost = (parent: ParentModel, steps: number) => ({ steps, ...toComputeMillis(parent, steps) });

function toComputeMillis({ loaded }: ParentModel, steps: number): { computeMillis?: number } {
  const { training } = loaded.report as { training?: { computeMillis?: unknown; tokens?: unknown } };
  const { computeMillis, tokens } = training ?? {};
  if (typeof computeMillis !== 'number' || typeof tokens !== 'number' || tokens === 0) return {};
  return { computeMillis: Math.round((computeMillis * steps) / tokens) };
}
