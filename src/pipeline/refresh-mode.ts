/** Local, full, or nothing to do: chosen by how much has changed, and said why. */

import { ShelfwalkError } from '../base/errors.ts';
import type { RefreshPlan } from '../refresh/plan.ts';
import type { ParentModel } from './parent-model.ts';
import type { RefreshConfig } from './refresh-config.ts';
import type { ComparableParent, RefreshGraph } from './refresh-graph.ts';
import type { ChosenMode } from './refresh-types.ts';
import { isClosedForm, isOnPairs, isOnSentences } from './run-params.ts';

/** Why there is nothing to compare today's graph with; undefined for a parent that remembers its graph. */
export function findNoGraphReason({ graph, run }: ParentModel): string | undefined {
  if (isOnSentences(run)) return 'item2vec was trained on sentences, there is no graph to compare with';
  if (isClosedForm(run))
    return 'spectral vectors are computed from the whole graph at once, none of them alone';
  if (isOnPairs(run)) return 'bpr was trained on pairs, which no walk near a change makes again';
  if (!graph) return 'the version does not hold the graph it was trained on: an earlier release wrote it';
  return undefined;
}

export const isComparable = (parent: ParentModel): parent is ComparableParent =>
  findNoGraphReason(parent) === undefined;

/** @throws ShelfwalkError REFRESH_IMPOSSIBLE — a local refresh was asked for */
export function chooseWithoutGraph(parent: ParentModel, { mode }: RefreshConfig): ChosenMode {
  const reason = findNoGraphReason(parent)!;
  if (mode === 'local') throw impossible(parent, reason);
  return { mode: 'full', reason };
}

/** @throws ShelfwalkError REFRESH_IMPOSSIBLE — a local refresh was asked for, of a directed graph */
export function chooseMode(
  parent: ParentModel,
  { snapshot, difference, radius }: Pick<RefreshGraph, 'snapshot' | 'difference' | 'radius'>,
  plan: Pick<RefreshPlan, 'rows' | 'leftOutCount'>,
  { mode, fullAbove, minChange }: Pick<RefreshConfig, 'mode' | 'fullAbove' | 'minChange'>,
): ChosenMode {
  if (mode === 'full') return { mode, reason: 'asked for' };
  const { goneCount, lostCount } = difference;
  const isIdle = plan.rows.length + goneCount + lostCount === 0;
  if (isIdle && plan.leftOutCount === 0) {
    const least = `no node has changed by ${toPercent(minChange)} of its steps (minChange)`;
    return { mode: 'none', reason: radius === 0 ? 'nothing has changed' : least };
  }
  if (!snapshot.symmetric) {
    const reason = 'some edges go one way: what has changed at a node does not show in its own arcs';
    if (mode === 'local') throw impossible(parent, reason);
    return { mode: 'full', reason };
  }
  const moved = `${toPercent(radius)} of all steps would go elsewhere`;
  if (mode === 'auto' && radius > fullAbove)
    return { mode: 'full', reason: `${moved}, more than ${toPercent(fullAbove)} (fullAbove)` };
  if (isIdle) {
    const found = `${plan.leftOutCount} nodes have changed`;
    return { mode: 'none', reason: `${found}, and the budget has no walk for any (budget, neighbors)` };
  }
  if (mode === 'local') return { mode, reason: 'asked for' };
  return { mode: 'local', reason: `${moved}, no more than ${toPercent(fullAbove)} (fullAbove)` };
}

const toPercent = (share: number): string => `${(100 * share).toPrecision(3)} %`;

const impossible = ({ loaded }: ParentModel, found: string): ShelfwalkError =>
  new ShelfwalkError('REFRESH_IMPOSSIBLE', {
    version: loaded.manifest.id,
    found,
    expected: 'mode full or auto',
  });
