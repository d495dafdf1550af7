/**
 * Walks that push, for a local refresh. The context of a row gets its positive updates as the centre of
 * windows, which are near where it is, and its negative ones from windows all over the graph. Local walks
 * alone give a row that may move the first and hardly any of the second: its context grows until it scores
 * with everybody. So other walks start at rows that are frozen, all over the graph, and in these negatives
 * are drawn among what may move (`pushShares` of training).
 */
import type { Snapshot } from '../graph/types.ts';
import type { StartList } from '../train/schedule.ts';
import type { PlanOptions, RefreshPlan } from './plan.ts';

export interface PushOptions {
  /** Nodes in a walk of the refresh. */
  readonly walkLength: number;
  readonly windowSize: number;
  /** Of the negatives: visits to this power. */
  readonly negativeExponent: number;
  readonly full: PlanOptions['full'];
}

/**
 * For each local walk at most so many that push. One new attribute of a type with few nodes may ask for as
 * many negatives as a tenth of training anew, and would cost more than what it corrects is worth.
 */
const MOST_PER_WALK = 2;

export interface Push {
  /** Frozen rows with an arc, as many walks from each as from any other, give or take one. */
  readonly starts: StartList;
  readonly walkCount: number;
  /** [n] of the negatives of a type in these walks, what each row gets; 0 of frozen rows. */
  readonly shares: Float64Array;
}

/**
 * A row with f of the walks that training anew would be worth to it is to have f of the negatives as well.
 * With P(v) = visits^exponent, each type t needs S_t = Σ f·P / Σ P of the pairs of training anew if nothing
 * but rows that may move is drawn. All types share the walks, so there are as many as the largest S asks
 * for, though no more than `MOST_PER_WALK` for each of the plan's, and row v gets f(v)·P(v) / (S·Σ P) of the
 * negatives of its type. What is left of 1 is not drawn; a type that asks for more than there are has all.
 * @param plan what may move; all else is frozen
 * @param visits [n] of a pass of training anew, ≥ 1 for nodes with an arc
 * @returns undefined if there is nothing to push, or nowhere to push from
 */
export function planPush(
  snapshot: Pick<Snapshot, 'offsets' | 'ranges' | 'nodeCount'>,
  plan: Pick<RefreshPlan, 'rows' | 'walks'>,
  visits: Uint32Array,
  { walkLength, windowSize, negativeExponent, full }: PushOptions,
): Push | undefined {
  const hasArc = (v: number): boolean => snapshot.offsets[v + 1]! > snapshot.offsets[v]!;
  const parts = toParts(snapshot.nodeCount, plan, visits, full.walksPerNode);
  const weightOf = (v: number): number => (hasArc(v) ? Math.max(1, visits[v]!) ** negativeExponent : 0);
  const sums = snapshot.ranges.map(({ start, end }) => {
    const sum = { all: 0, moving: 0 };
    for (let v = start; v < end; v++) {
      sum.all += weightOf(v);
      sum.moving += weightOf(v) * parts[v]!;
    }
    return sum;
  });
  const needs = sums.map(({ all, moving }) => (all > 0 ? moving / all : 0));
  const fullPairs = full.starts * full.walksPerNode * countPairs(full.walkLength, windowSize);
  const perWalk = countPairs(walkLength, windowSize);
  const localWalks = plan.walks.reduce((total, walks) => total + walks, 0);
  const most = Math.min(Math.max(...needs), (MOST_PER_WALK * localWalks * perWalk) / fullPairs);
  const isMoving = new Set(plan.rows);
  const from = Array.from({ length: snapshot.nodeCount }, (_, v) => v).filter(
    (v) => hasArc(v) && !isMoving.has(v),
  );
  if (most === 0 || from.length === 0) return undefined;

  const walkCount = Math.max(1, Math.round((most * fullPairs) / perWalk));
  const shares = new Float64Array(snapshot.nodeCount);
  snapshot.ranges.forEach(({ start, end }, type) => {
    const all = Math.max(most, needs[type]!) * sums[type]!.all;
    for (let v = start; v < end; v++) if (parts[v]! > 0) shares[v] = (weightOf(v) * parts[v]!) / all;
  });
  return { starts: spread(Uint32Array.from(from), walkCount), walkCount, shares };
}

/** f: planRefresh gives a row two walks for each visit of training anew if it has changed altogether. */
function toParts(
  nodeCount: number,
  { rows, walks }: Pick<RefreshPlan, 'rows' | 'walks'>,
  visits: Uint32Array,
  walksPerNode: number,
): Float64Array {
  const parts = new Float64Array(nodeCount);
  rows.forEach((v, i) => {
    if (visits[v]! > 0) parts[v] = Math.min(1, walks[i]! / (2 * visits[v]! * walksPerNode));
  });
  return parts;
}

/**
 * Expected pairs of a walk of `length` nodes whose windows reach 1 … `windowSize` to both sides:
 * Σ_i Σ_reach (min(reach, i) + min(reach, length − 1 − i)) / windowSize. Both sides are alike, and
 * Σ_i min(reach, i) = reach·(length − 1) − reach·(reach − 1)/2 for reach < length.
 */
export function countPairs(length: number, windowSize: number): number {
  let pairs = 0;
  for (let reach = 1; reach <= windowSize; reach++) {
    const r = Math.min(reach, length - 1);
    pairs += 2 * (r * (length - 1) - (r * (r - 1)) / 2);
  }
  return pairs / windowSize;
}

/** `total` walks from `rows`, those with one more than others evenly among them. */
function spread(rows: Uint32Array, total: number): StartList {
  const before = (i: number): number => Math.floor((i * total) / rows.length);
  return { rows, walks: rows.map((_, i) => before(i + 1) - before(i)) };
}
