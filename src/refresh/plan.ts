/**
 * What a local refresh will do, decided before anything is done: which rows may move, from which nodes
 * walks start and how many, and what that costs beside training anew. Nothing here is random, so that
 * what is executed is what was planned.
 */
import type { Snapshot } from '../graph/types.ts';
import type { GraphDifference } from './difference.ts';
import { findNeighborhood } from './neighborhood.ts';

export interface PlanOptions {
  /** A node has changed if this share of its steps goes elsewhere; 0 … 1. */
  readonly minChange: number;
  /** Of the steps of a training anew; 0 … 1. */
  readonly budgetShare: number;
  /** Of the budget, for unchanged nodes next to changed ones; 0 … 1. */
  readonly neighborShare: number;
  /** Of the walks that training anew would be worth to a node, times its change; > 0. */
  readonly effort: number;
  /** Nodes in a walk, the start included: those beyond the window of the start see it no more. */
  readonly walkLength: number;
  /** Of the training anew that the costs are compared with. */
  readonly full: { readonly walkLength: number; readonly walksPerNode: number; readonly starts: number };
}

export interface RefreshPlan {
  /** [n] rows of the snapshot, most changed first; then neighbours, nearest first. */
  readonly rows: Uint32Array;
  /** Walks from each of `rows`. */
  readonly walks: Uint32Array;
  /** Of `rows`: so many are new (without a trained row), then so many changed, the rest neighbours. */
  readonly newCount: number;
  readonly changedCount: number;
  readonly neighborCount: number;
  /** Changed by at least minChange, and left as they are: the budget was used up. */
  readonly leftOutCount: number;
  /** Nodes in the walks, counted as if none ended early. */
  readonly steps: number;
  readonly fullSteps: number;
}

/**
 * A training anew meets a node `visits` times in each pass, with a window to either side; a walk that
 * starts at it gives one side. So a node that has changed altogether gets two walks for each of these
 * visits, one that has changed by half as many: the most changed first, until the budget is used up.
 * @param visits [n] of a pass of walks over the graph of today, or an estimate
 */
export function planRefresh(
  snapshot: Snapshot,
  { change, parentRows }: Pick<GraphDifference, 'change' | 'parentRows'>,
  visits: Uint32Array,
  options: PlanOptions,
): RefreshPlan {
  const { minChange, budgetShare, neighborShare, effort, walkLength, full } = options;
  const fullSteps = full.starts * full.walksPerNode * full.walkLength;
  const budget = Math.floor((fullSteps * budgetShare) / walkLength); // in walks
  const isNew = (v: number): boolean => parentRows[v]! < 0;
  const candidates = findChanged(change, minChange);

  const ofNeighbors = Math.floor(budget * neighborShare);
  const need = (v: number): number => Math.ceil(2 * full.walksPerNode * visits[v]! * change[v]! * effort);
  const changed = spend(candidates, budget - ofNeighbors, need);
  const neighbors = findNeighborhood(snapshot, candidates.subarray(0, changed.rows.length), 1);
  const beside = spend(neighbors, ofNeighbors, () => full.walksPerNode);
  const rows = Uint32Array.from([...changed.rows, ...beside.rows]);
  const newCount = changed.rows.reduce((count, v) => count + +isNew(v), 0);
  return {
    rows,
    walks: Uint32Array.from([...changed.walks, ...beside.walks]),
    newCount,
    changedCount: changed.rows.length - newCount,
    neighborCount: beside.rows.length,
    leftOutCount: candidates.length - changed.rows.length,
    steps: (changed.total + beside.total) * walkLength,
    fullSteps,
  };
}

/**
 * [n] what is left of the change once the plan has been carried out. A node that was left out for want of
 * budget may have been next to one that was not, and got a neighbour's walks: it is left out all the same.
 */
export function toPending(
  change: Float32Array,
  { rows, newCount, changedCount }: Pick<RefreshPlan, 'rows' | 'newCount' | 'changedCount'>,
  { minChange }: Pick<PlanOptions, 'minChange'>,
): Float32Array {
  const pending = change.slice();
  rows.forEach((row, i) => {
    if (i < newCount + changedCount || change[row]! < minChange) pending[row] = 0;
  });
  return pending;
}

/** Rows that have changed enough, most first; equal ones in the order of rows. */
function findChanged(change: Float32Array, minChange: number): Uint32Array {
  const rows: number[] = [];
  change.forEach((share, v) => {
    if (share > 0 && share >= minChange) rows.push(v);
  });
  return Uint32Array.from(rows.sort((a, b) => change[b]! - change[a]! || a - b));
}

/** Gives each row what it needs, in order, until `budget` walks are given; the last one gets the rest. */
function spend(
  rows: Uint32Array,
  budget: number,
  need: (row: number) => number,
): { rows: number[]; walks: number[]; total: number } {
  const spent = { rows: [] as number[], walks: [] as number[], total: 0 };
  for (const row of rows) {
    const walks = Math.min(Math.max(1, need(row)), budget - spent.total);
    if (walks <= 0) break;
    spent.rows.push(row);
    spent.walks.push(walks);
    spent.total += walks;
  }
  return spent;
}
