/**
 * The transition law in plain TypeScript: the oracle of the kernel's walks, and what `graph lint`
 * reasons with. O(degree · log degree) per call, nothing precomputed.
 */

import { NODE_TYPES } from '../base/ids.ts';
import { createBreather, type TaskContext, throwIfAborted } from '../base/task.ts';
import { findArc } from '../graph/arcs.ts';
import { typeOf } from '../graph/snapshot.ts';
import type { Snapshot } from '../graph/types.ts';
import type { WalkParams } from './params.ts';
import { MASKS, type TypePolicy, toShares } from './policy.ts';

/**
 * Probability of each arc of `cur` for a walk that came from `prev` (undefined: first step).
 *
 *     P(x) = share(type x) · w(cur, x) α(prev, x) / Σ over x' of that type
 *     α = 1/p if x = prev · 1 if x → prev · 1/q otherwise
 *
 * node2vec+ (Liu, Hirn & Krishnan 2023, eq. 3): with d(v) the mean of the weights of v's arcs to the type at
 * hand and γ of their standard deviations, 1 becomes what x → prev comes to, of a step that is not back:
 *
 *     α = 1 if w(x, prev) ≥ d(x) · else min(1, 1/q) if w(cur, x) < d(cur) · else 1/q + (1 − 1/q) w(x, prev) / d(x)
 *
 * On a directed graph x is near prev if an arc leads from x to prev, as in the authors' program
 * (docs/walks.md). The row of a dead end is empty.
 *
 * Without a policy for cur's type the whole row is one type of share 1: Grover & Leskovec 2016, §3.2.2.
 * @returns f64 [degree(cur)], parallel to the row
 */
export function transitionLaw(
  g: Snapshot,
  params: Pick<WalkParams, 'returnP' | 'inOutQ' | 'policy' | 'extend'>,
  prev: number | undefined,
  cur: number,
): Float64Array {
  const lo = g.offsets[cur]!;
  const hi = g.offsets[cur + 1]!;
  const from = typeOf(g, cur);
  const policed = params.policy[from] !== undefined;
  const classes = new Uint8Array(hi - lo);
  const mass = new Float64Array(hi - lo);
  const classMass = new Float64Array(NODE_TYPES.length);
  let mask = 0;
  for (let a = lo; a < hi; a++) {
    const x = g.targets[a]!;
    const c = policed ? NODE_TYPES.indexOf(typeOf(g, x)) : 0;
    const alpha = prev === undefined ? 1 : toAlpha(g, params, [prev, cur], a);
    classes[a - lo] = c;
    mass[a - lo] = g.weights[a]! * alpha;
    classMass[c]! += mass[a - lo]!;
    mask |= 1 << c;
  }
  const shares = policed ? toShares(params.policy, from, mask) : [1, 0, 0];
  return mass.map((m, i) => (shares[classes[i]!]! * m) / classMass[classes[i]!]!);
}

/** Of arc `a` of `cur`, for a walk that came from `prev`. */
function toAlpha(
  g: Snapshot,
  { returnP, inOutQ, policy, extend }: Parameters<typeof transitionLaw>[1],
  [prev, cur]: readonly [prev: number, cur: number],
  a: number,
): number {
  const x = g.targets[a]!;
  if (x === prev) return 1 / returnP;
  const back = findArc(g, x, prev);
  if (!extend) return back >= 0 ? 1 : 1 / inOutQ;
  const thresholdOf = (v: number, arc: number): number => toThreshold(g, policy, extend.gamma, [v, arc]);
  const near = back >= 0 ? g.weights[back]! / thresholdOf(x, back) : 0;
  if (near >= 1) return 1;
  if (g.weights[a]! < thresholdOf(cur, a)) return Math.min(1, 1 / inOutQ);
  return 1 / inOutQ + (1 - 1 / inOutQ) * near;
}

/** Weight below which an arc of v is loose, among those to the type that `arc` leads to, or all of v where its type has no policy. */
function toThreshold(
  g: Snapshot,
  policy: TypePolicy,
  gamma: number,
  [v, arc]: readonly [v: number, arc: number],
): number {
  const isPoliced = policy[typeOf(g, v)] !== undefined;
  const type = typeOf(g, g.targets[arc]!);
  const weights = [];
  for (let a = g.offsets[v]!; a < g.offsets[v + 1]!; a++) {
    if (!isPoliced || typeOf(g, g.targets[a]!) === type) weights.push(g.weights[a]!);
  }
  const mean = weights.reduce((sum, w) => sum + w, 0) / weights.length;
  const variance = weights.reduce((sum, w) => sum + (w - mean) ** 2, 0) / weights.length;
  return Math.fround(mean + gamma * Math.sqrt(variance));
}

/** Is there an arc a → b? */
export const hasArc = (g: Snapshot, a: number, b: number): boolean => findArc(g, a, b) >= 0;

/**
 * Expected visits per node of walks of `length` from `starts`, one each, under first-order steps
 * (p = q = 1): exact there, and close elsewhere since p and q move steps between neighbours of one type.
 * O(length · m); lets the event loop run.
 * @returns f64 [n], summing to starts.length × length; to less where walks meet dead ends
 * @throws ShelfwalkError ABORTED
 */
export async function expectedVisits(
  g: Snapshot,
  { starts, length, policy }: { starts: ArrayLike<number>; length: number; policy: TypePolicy },
  context: TaskContext = {},
): Promise<Float64Array> {
  const arcShares = toArcShares(g, policy);
  const visits = new Float64Array(g.nodeCount);
  const breathe = createBreather();
  let at = new Float64Array(g.nodeCount);
  for (let i = 0; i < starts.length; i++) at[starts[i]!]!++;
  for (let step = 0; step < length; step++) {
    const next = new Float64Array(g.nodeCount);
    for (let v = 0; v < g.nodeCount; v++) {
      const here = at[v]!;
      if (here === 0) continue;
      visits[v]! += here;
      for (let a = g.offsets[v]!; a < g.offsets[v + 1]!; a++) next[g.targets[a]!]! += here * arcShares[a]!;
      if (v % 4096 === 0) {
        throwIfAborted(context.signal);
        await breathe();
      }
    }
    at = next;
  }
  return visits;
}

/** First-order probability of every arc, f64 [m]: the share of its class times its weight within the class. */
export function toArcShares(
  g: Pick<Snapshot, 'offsets' | 'targets' | 'weights' | 'ranges'>,
  policy: TypePolicy,
): Float64Array {
  const shares = new Float64Array(g.targets.length);
  const mass = new Float64Array(NODE_TYPES.length);
  const [customers, products] = g.ranges;
  g.ranges.forEach(({ type, start, end }) => {
    const policed = policy[type] !== undefined;
    const classOf = (x: number): number => (policed ? +(x >= customers!.end) + +(x >= products!.end) : 0);
    const ofMask = Array.from({ length: MASKS }, (_, mask) =>
      policed ? toShares(policy, type, mask) : ([1, 0, 0] as const),
    );
    for (let v = start; v < end; v++) {
      mass.fill(0);
      for (let a = g.offsets[v]!; a < g.offsets[v + 1]!; a++) mass[classOf(g.targets[a]!)]! += g.weights[a]!;
      const ofClass = ofMask[+(mass[0]! > 0) + 2 * +(mass[1]! > 0) + 4 * +(mass[2]! > 0)]!;
      for (let a = g.offsets[v]!; a < g.offsets[v + 1]!; a++) {
        const c = classOf(g.targets[a]!);
        shares[a] = (ofClass[c]! * g.weights[a]!) / mass[c]!;
      }
    }
  });
  return shares;
}
