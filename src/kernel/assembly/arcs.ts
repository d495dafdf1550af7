/**
 * The graph as walks read it: arc slots by node and class, first-order draws from them, and searches for
 * one arc. Knows nothing of p and q.
 *
 *   segment   the arcs of one node to one class of neighbours: class = type of the target where the
 *             node's type has a policy, else 0 for the whole row
 */
import { nextU64, toBelow, toUnit } from './rng';

/** One arc: 16 bytes, so that a draw touches one cache line unless it takes the alias. */
export const PROBABILITY: usize = 0; // f32 keep this arc with this probability, else
export const ALIAS: usize = 4; //       u32 take this one (arc number)
export const TARGET: usize = 8; //      u32
export const WEIGHT: usize = 12; //     f32

/** Redraws of "anything but t" before the row is scanned: reached only where one arc holds most of the weight. */
const MAX_REDRAWS: i32 = 8;

export let classCount: u32 = 1; // 1 untyped · 3 = one per node type
export let segments: usize = 0; // u32 [n * classCount + 1] arc ranges, contiguous per node
export let sums: usize = 0; //     f32 [n * classCount]     weight of each segment
export let slots: usize = 0; //    [m] as above; 0 when all weights are equal
export let targets: usize = 0; //  u32 [m] the snapshot's
export let keyHashes: usize = 0; // u64 [n]
let firstProduct: u32 = 0; // node types are row ranges
let firstAttribute: u32 = 0;
let policed: u32 = 0; //    bit τ: node type τ has a policy
export let symmetric: bool = true; // every arc has its reverse, of the same weight
export let thresholds: usize = 0; // f32 [n * classCount] below it an arc of the segment is loose; 0: not asked

export let drawnWeight: f32 = 1; // weight of the arc that was drawn last

export function setGraph(
  classCount_: u32, segments_: usize, sums_: usize, slots_: usize, targets_: usize, keyHashes_: usize,
  firstProduct_: u32, firstAttribute_: u32, policed_: u32, symmetric_: bool, thresholds_: usize,
): void {
  classCount = classCount_; segments = segments_; sums = sums_; slots = slots_; targets = targets_;
  keyHashes = keyHashes_; firstProduct = firstProduct_; firstAttribute = firstAttribute_;
  policed = policed_; symmetric = symmetric_; thresholds = thresholds_;
}

/** A step that was taken without a draw says what it weighed. */
@inline
export function setDrawnWeight(weight: f32): void {
  drawnWeight = weight;
}

@inline
export function typeOf(v: u32): u32 {
  return <u32>(v >= firstProduct) + <u32>(v >= firstAttribute);
}

/** The class a neighbour of v counts to. */
@inline
export function classOf(v: u32, neighbor: u32): u32 {
  return ((policed >> typeOf(v)) & 1) != 0 ? typeOf(neighbor) : 0;
}

@inline
export function segmentStart(s: u32): u32 {
  return load<u32>(segments + (<usize>s << 2));
}

/** First-order draw from arcs [lo, hi); leaves the arc's weight in `drawnWeight`. */
@inline
export function draw(lo: u32, hi: u32): u32 {
  const random = nextU64();
  const arc = lo + toBelow(random, hi - lo);
  if (slots == 0) return load<u32>(targets + (<usize>arc << 2));
  let slot = slots + (<usize>arc << 4);
  if (toUnit(random) >= load<f32>(slot, PROBABILITY)) slot = slots + (<usize>load<u32>(slot, ALIAS) << 4);
  drawnWeight = load<f32>(slot, WEIGHT);
  return load<u32>(slot, TARGET);
}

const NO_ARC: u32 = 0xffffffff;

/** Arc to `wanted` among [lo, hi), whose targets ascend. */
@inline
function findIn(lo: u32, hi: u32, wanted: u32): u32 {
  while (lo < hi) {
    const middle = (lo + hi) >>> 1;
    const x = load<u32>(targets + (<usize>middle << 2));
    if (x == wanted) return middle;
    if (x < wanted) lo = middle + 1; else hi = middle;
  }
  return NO_ARC;
}

/**
 * The arc x → t, or where arcs go both ways the shorter of the two segments is searched and it may be
 * t → x, of the same weight.
 */
function findArc(x: u32, t: u32): u32 {
  const s = x * classCount + classOf(x, t);
  const lo = segmentStart(s);
  const hi = segmentStart(s + 1);
  if (!symmetric) return findIn(lo, hi, t);
  const other = t * classCount + classOf(t, x);
  const otherLo = segmentStart(other);
  const otherHi = segmentStart(other + 1);
  return otherHi - otherLo < hi - lo ? findIn(otherLo, otherHi, x) : findIn(lo, hi, t);
}

/** Is there an arc x → t? */
@inline
export function hasArc(x: u32, t: u32): bool {
  return findArc(x, t) != NO_ARC;
}

/** Weight of the arc x → t, 0 if there is none. */
@inline
export function weightTo(x: u32, t: u32): f32 {
  return weightOf(findArc(x, t));
}

/** @param arc may be NO_ARC, which weighs 0 */
@inline
function weightOf(arc: u32): f32 {
  if (arc == NO_ARC) return 0;
  return slots == 0 ? 1 : load<f32>(slots + (<usize>arc << 4), WEIGHT);
}

/** Weight of the arc to t among [lo, hi), 0 if there is none. */
export function weightBack(lo: u32, hi: u32, t: u32): f32 {
  return weightOf(findIn(lo, hi, t));
}

/** Weight below which an arc from x to a neighbour of t's class is loose. */
@inline
export function thresholdOf(x: u32, t: u32): f32 {
  return load<f32>(thresholds + (<usize>(x * classCount + classOf(x, t)) << 2));
}

/** First-order draw that is not t. Past MAX_REDRAWS the segment is scanned once for the exact draw. */
export function drawOther(lo: u32, hi: u32, t: u32, rest: f64): u32 {
  for (let i = 0; i < MAX_REDRAWS; i++) {
    const x = draw(lo, hi);
    if (x != t) return x;
  }
  let left = <f64>toUnit(nextU64()) * rest;
  let x = t;
  for (let arc = lo; arc < hi; arc++) {
    const candidate = load<u32>(targets + (<usize>arc << 2));
    if (candidate == t) continue;
    x = candidate;
    if (slots != 0) drawnWeight = load<f32>(slots + (<usize>arc << 4), WEIGHT);
    left -= <f64>drawnWeight;
    if (left < 0) break;
  }
  return x;
}

/** No arc leads out of v. */
@inline
export function isDeadEnd(v: u32): bool {
  return segmentStart(v * classCount) == segmentStart((v + 1) * classCount);
}
