/**
 * Tables that windows are drawn from, filled from counted visits: negatives, those of pushing walks, and
 * thinning.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { findConnected } from '../graph/arcs.ts';
import type { Snapshot } from '../graph/types.ts';
import { fillAlias } from '../kernel/tables.ts';
import type { TrainArrays } from './layout.ts';
import type { TrainParams } from './params.ts';

/** A walk reaches every node with an arc, whether the pass that counted came by or not. */
export function reachedByWalks(g: Snapshot): (v: number) => boolean {
  const connected = findConnected(g);
  return (v) => connected[v] === 1;
}

/**
 * Negative tables from counted visits. A centre's negatives are of its own type; where a type has one
 * connected node only, the other type on its side stands in (attributes for customers and the reverse,
 * customers for products). Nodes that are not trained are never drawn: isolated ones, or those in no sentence.
 * Of softmax, the biases are filled from the same law.
 */
export function fillNegatives(
  g: Snapshot,
  arrays: TrainArrays,
  params: TrainParams,
  isTrained: (v: number) => boolean = reachedByWalks(g),
): void {
  const weightOf = (v: number): number => {
    if (!isTrained(v)) return 0;
    return Math.fround(Math.max(1, arrays.visits[v]!) ** params.negativeExponent);
  };
  const laws = g.ranges.map(({ start, end }) =>
    Float64Array.from({ length: end - start }, (_, i) => weightOf(start + i)),
  );
  const connected = g.ranges.map(({ start }, type) => {
    const weights = laws[type]!;
    const count = weights.reduce((sum, w) => sum + (w > 0 ? 1 : 0), 0);
    if (count > 0) fillAlias(weights, start, arrays.negativeSlots.probability, arrays.negativeSlots.alias);
    return count;
  });
  const standIns = [
    [0, 2, 1],
    [1, 0, 2],
    [2, 0, 1],
  ]; // by type: itself, its side, the rest
  standIns.forEach((candidates, type) => {
    const chosen =
      candidates.find((c) => connected[c]! > 1) ?? candidates.find((c) => connected[c]! > 0) ?? type;
    arrays.negativeStart[type] = g.ranges[chosen]!.start;
    arrays.negativeCount[type] = g.ranges[chosen]!.end - g.ranges[chosen]!.start;
    if (arrays.biases) {
      const { start } = g.ranges[type]!;
      fillBiases(arrays.biases, laws[type]!, {
        start,
        isOwn: chosen === type,
        share: params.logQCorrection ?? 1,
      });
    }
  });
}

/**
 * What is added to the scores of a type's nodes under softmax (assembly/ranking.ts): −ln q as negatives, and as the
 * centre −ln(1 − q), for the centre is not drawn; 0 where another type stands in, which it is not of.
 */
function fillBiases(
  biases: Float32Array,
  weights: Float64Array,
  { start, isOwn, share }: { start: number; isOwn: boolean; share: number },
): void {
  const total = weights.reduce((sum, w) => sum + w, 0);
  weights.forEach((weight, i) => {
    const q = weight / total;
    biases[2 * (start + i)] = weight > 0 ? -share * Math.log(q) : 0;
    biases[2 * (start + i) + 1] = isOwn && q < 1 ? -share * Math.log1p(-q) : 0;
  });
}

/** word2vec.c's keep probability (√(f/s) + 1)·s/f with f the share of visits; Mikolov et al. 2013 print another one. */
export function fillKeep(arrays: TrainArrays, sampleFactor: number): void {
  if (!arrays.keep) return;
  const total = arrays.visits.reduce((a, b) => a + b, 0);
  arrays.visits.forEach((visits, v) => {
    const f = visits / total;
    arrays.keep![v] = f === 0 ? 1 : Math.min(1, ((Math.sqrt(f / sampleFactor) + 1) * sampleFactor) / f);
  });
}

/**
 * @throws ShelfwalkError REQUEST_INVALID — nothing is frozen, so that no walk would push; or a share is out
 *   of range, of a row that cannot take one, or makes those of its type more than 1
 * @throws ShelfwalkError EMBEDDING_SHAPE_MISMATCH — not a share for each node
 */
export function checkPushShares(g: Snapshot, shares: Float64Array, frozen: Uint8Array | undefined): void {
  const refuse = (field: string, found: unknown, expected: string): never => {
    throw new ShelfwalkError('REQUEST_INVALID', { field, found, expected });
  };
  if (shares.length !== g.nodeCount) {
    const details = { field: 'pushShares', found: shares.length, expected: g.nodeCount };
    throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', details);
  }
  if (!frozen?.some((f) => f !== 0))
    refuse('pushShares', 'no frozen row', 'warm.frozen, as only walks from there push');
  const isReached = reachedByWalks(g);
  for (const { type, start, end } of g.ranges) {
    let sum = 0;
    for (let v = start; v < end; v++) {
      const share = shares[v]!;
      if (!(share >= 0)) refuse(`pushShares[${v}]`, String(share), 'a share, 0 … 1');
      if (share > 0 && frozen![v] !== 0) refuse(`pushShares[${v}]`, share, '0, as the row is frozen');
      if (share > 0 && !isReached(v)) refuse(`pushShares[${v}]`, share, '0, as the node has no arc');
      sum += share;
    }
    if (sum > 1 + ROUNDING) refuse('pushShares', sum, `at most 1 in all of type ${type}`);
  }
}

/** Of a sum of shares that is meant to be 1. */
const ROUNDING = 1e-9;

/** The table of pushing walks. After `fillNegatives`, which says which type stands in for which. */
export function fillPush({ ranges }: Snapshot, arrays: TrainArrays, shares: Float64Array): void {
  const { slots, totals } = arrays.push!;
  for (const { start, end } of ranges) {
    const weights = shares.subarray(start, end);
    if (weights.some((w) => w > 0)) fillAlias(weights, start, slots.probability, slots.alias);
  }
  totals.forEach((_, type) => {
    const start = arrays.negativeStart[type]!;
    totals[type] = shares.subarray(start, start + arrays.negativeCount[type]!).reduce((a, b) => a + b, 0);
  });
}
