/**
 * Second-order typed walks. Reads the arc slots; knows nothing of training.
 *
 *   v, t, x   current, previous, next node      w_vt  weight of the arc back: on a symmetric graph that of the
 *             arc just walked; on a directed one it is looked up, and 0 where there is none
 *   segment   the arcs of one node to one class of neighbours: class = type of the target where the
 *             node's type has a policy, else 0 for the whole row. p and q act within the segment.
 */
import { nextU64, openStream, toBelow, toUnit } from './rng';

/** One arc: 16 bytes, so that a draw touches one cache line unless it takes the alias. */
const PROBABILITY: usize = 0; // f32 keep this arc with this probability, else
const ALIAS: usize = 4; //       u32 take this one (arc number)
const TARGET: usize = 8; //      u32
const WEIGHT: usize = 12; //     f32

/** Redraws of "anything but t" before the row is scanned: reached only where one arc holds most of the weight. */
const MAX_REDRAWS: i32 = 8;

let classCount: u32 = 1; // 1 untyped · 3 = one per node type
let segments: usize = 0; // u32 [n * classCount + 1] arc ranges, contiguous per node
let sums: usize = 0; //     f32 [n * classCount]     weight of each segment
let slots: usize = 0; //    [m] as above; 0 when all weights are equal
let targets: usize = 0; //  u32 [m] the snapshot's
let keyHashes: usize = 0; // u64 [n]
let shares: usize = 0; //   f32 [3 types][8 masks][3 classes] cumulative shares of the classes present
let firstProduct: u32 = 0; // node types are row ranges
let firstAttribute: u32 = 0;
let policed: u32 = 0; //    bit τ: node type τ has a policy
let seed: u64 = 0;

let length: u32 = 0;
let rho: f32 = 1; //        p / q, all that counts on a triangle-free graph
let returnAlpha: f32 = 1; // 1 / p
let outAlpha: f32 = 1; //   1 / q
let triangleFree: bool = true;
let symmetric: bool = true; // every arc has its reverse, of the same weight
let firstOrder: bool = true;

let drawnWeight: f32 = 1; // weight of the arc that `draw` has just taken
let tokens: f64 = 0; //     nodes of all walks this instance has made

export function setGraph(
  classCount_: u32, segments_: usize, sums_: usize, slots_: usize, targets_: usize,
  keyHashes_: usize, firstProduct_: u32, firstAttribute_: u32,
): void {
  classCount = classCount_; segments = segments_; sums = sums_; slots = slots_; targets = targets_;
  keyHashes = keyHashes_; firstProduct = firstProduct_; firstAttribute = firstAttribute_;
}

export function setWalk(
  length_: u32, returnP: f32, inOutQ: f32, triangleFree_: bool, symmetric_: bool, shares_: usize, policed_: u32,
  seed_: u64,
): void {
  length = length_; shares = shares_; policed = policed_; seed = seed_;
  triangleFree = triangleFree_; symmetric = symmetric_;
  rho = returnP / inOutQ; returnAlpha = 1 / returnP; outAlpha = 1 / inOutQ;
  firstOrder = triangleFree_ ? rho == 1 : returnP == 1 && inOutQ == 1;
}

@inline
export function typeOf(v: u32): u32 {
  return <u32>(v >= firstProduct) + <u32>(v >= firstAttribute);
}

/** The class a neighbour of v counts to. */
@inline
function classOf(v: u32, neighbor: u32): u32 {
  return ((policed >> typeOf(v)) & 1) != 0 ? typeOf(neighbor) : 0;
}

@inline
function segmentStart(s: u32): u32 {
  return load<u32>(segments + (<usize>s << 2));
}

/** First-order draw from arcs [lo, hi); leaves the arc's weight in `drawnWeight`. */
@inline
function draw(lo: u32, hi: u32): u32 {
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

/** Is there an arc x → t? Where arcs go both ways, the shorter of the two segments is searched. */
function hasArc(x: u32, t: u32): bool {
  const s = x * classCount + classOf(x, t);
  const lo = segmentStart(s);
  const hi = segmentStart(s + 1);
  if (!symmetric) return findIn(lo, hi, t) != NO_ARC;
  const other = t * classCount + classOf(t, x);
  const otherLo = segmentStart(other);
  const otherHi = segmentStart(other + 1);
  return (otherHi - otherLo < hi - lo ? findIn(otherLo, otherHi, x) : findIn(lo, hi, t)) != NO_ARC;
}

/** Weight of the arc to t among [lo, hi), 0 if there is none. */
function weightBack(lo: u32, hi: u32, t: u32): f32 {
  const arc = findIn(lo, hi, t);
  if (arc == NO_ARC) return 0;
  return slots == 0 ? 1 : load<f32>(slots + (<usize>arc << 4), WEIGHT);
}

/** First-order draw that is not t. Past MAX_REDRAWS the segment is scanned once for the exact draw. */
function drawOther(lo: u32, hi: u32, t: u32, rest: f64): u32 {
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

/** The class of the next step: by its share among the classes that v has arcs to. */
@inline
function drawClass(v: u32): u32 {
  const base = segments + (<usize>(v * classCount) << 2);
  const a = load<u32>(base), b = load<u32>(base, 4), c = load<u32>(base, 8), d = load<u32>(base, 12);
  const mask = <u32>(b > a) | (<u32>(c > b) << 1) | (<u32>(d > c) << 2);
  if (popcnt(mask) == 1) return ctz(mask);
  const row = shares + ((<usize>typeOf(v) * 24 + <usize>mask * 3) << 2);
  const u = toUnit(nextU64());
  return u < load<f32>(row) ? 0 : u < load<f32>(row, 4) ? 1 : 2;
}

/**
 * Triangle-free: no neighbour of v is adjacent to t, so P(return) = w_vt / (w_vt + ρ (S − w_vt)) and
 * everything else is drawn by weight. O(1), and on a directed graph the search for w_vt. Grover & Leskovec 2016 §3.2.2 with α ∈ {1/p, 1/q} only.
 */
@inline
function stepTriangleFree(lo: u32, hi: u32, total: f32, t: u32, weight: f32): u32 {
  const rest = <f64>total - <f64>weight;
  const returns = hi - lo == 1 || <f64>toUnit(nextU64()) * (<f64>weight + <f64>rho * rest) < <f64>weight;
  if (returns) { drawnWeight = weight; return t; }
  return drawOther(lo, hi, t, rest);
}

/**
 * Any graph: rejection as in KnightKing (Yang et al., SOSP 2019), with the return arc folded out of
 * the envelope so that a small p costs nothing, and candidates under the lower envelope min(1, 1/q)
 * taken without looking for the triangle.
 */
function stepGeneral(lo: u32, hi: u32, total: f32, t: u32, weight: f32, holdsT: bool): u32 {
  const upper = max<f32>(1, outAlpha);
  const lower = min<f32>(1, outAlpha);
  const rest = <f64>total - <f64>weight;
  const returnMass = <f64>returnAlpha * <f64>weight;
  while (true) {
    if (holdsT) {
      const returns = hi - lo == 1 || <f64>toUnit(nextU64()) * (returnMass + <f64>upper * rest) < returnMass;
      if (returns) { drawnWeight = weight; return t; }
    }
    const x = holdsT ? drawOther(lo, hi, t, rest) : draw(lo, hi);
    const height = toUnit(nextU64()) * upper;
    if (height < lower) return x;
    if (height < (hasArc(x, t) ? <f32>1 : outAlpha)) return x;
  }
}

/** No arc leads out of v. */
@inline
function isDeadEnd(v: u32): bool {
  return segmentStart(v * classCount) == segmentStart((v + 1) * classCount);
}

/** Nodes of all walks since this instance was made; a phase takes the difference. */
export function totalTokens(): f64 {
  return tokens;
}

/**
 * One walk from `start`, written to `out` (u32 [length]). Same (seed, node key, pass), same walk.
 * Returns the nodes written: `length`, or fewer where a dead end was met, which on a symmetric graph
 * only an isolated start can be.
 */
export function walk(start: u32, pass: u32, out: usize): u32 {
  const count = walkOn(start, pass, out);
  tokens += <f64>count;
  return count;
}

@inline
function walkOn(start: u32, pass: u32, out: usize): u32 {
  openStream(seed, load<u64>(keyHashes + (<usize>start << 3)), pass, 0);
  store<u32>(out, start);
  if (isDeadEnd(start)) return 1;
  let t: u32 = start;
  let v: u32 = start;
  let weight: f32 = 1;
  drawnWeight = 1;
  for (let i: u32 = 1; i < length; i++) {
    if (!symmetric && isDeadEnd(v)) return i;
    const c = classCount == 1 ? 0 : drawClass(v);
    const s = v * classCount + c;
    const lo = segmentStart(s);
    const hi = segmentStart(s + 1);
    let x: u32;
    if (firstOrder || i == 1) x = draw(lo, hi);
    else {
      const total = load<f32>(sums + (<usize>s << 2));
      let holdsT = classOf(v, t) == c;
      if (!symmetric && holdsT) {
        weight = weightBack(lo, hi, t);
        holdsT = weight > 0;
      }
      if (!triangleFree) x = stepGeneral(lo, hi, total, t, weight, holdsT);
      else if (holdsT) x = stepTriangleFree(lo, hi, total, t, weight);
      else x = draw(lo, hi);
    }
    weight = drawnWeight;
    store<u32>(out + (<usize>i << 2), x);
    t = v;
    v = x;
  }
  return length;
}

/**
 * Fills the slots of arcs [lo, hi) from the snapshot's columns: Vose's alias method in f64.
 * `stack` holds 16 bytes per arc: one f64 column and two u32 index stacks.
 */
function buildSegment(lo: u32, hi: u32, weights: usize, stack: usize): f64 {
  const n = hi - lo;
  const scaled = stack; //                      f64 [n]
  const small = stack + (<usize>n << 3); //     u32 [n]
  const large = small + (<usize>n << 2); //     u32 [n]
  let smallCount: u32 = 0, largeCount: u32 = 0;
  let total: f64 = 0;
  for (let i: u32 = 0; i < n; i++) total += <f64>load<f32>(weights + (<usize>(lo + i) << 2));
  for (let i: u32 = 0; i < n; i++) {
    const arc = lo + i;
    const slot = slots + (<usize>arc << 4);
    const weight = load<f32>(weights + (<usize>arc << 2));
    store<f32>(slot, 1, PROBABILITY);
    store<u32>(slot, arc, ALIAS);
    store<u32>(slot, load<u32>(targets + (<usize>arc << 2)), TARGET);
    store<f32>(slot, weight, WEIGHT);
    const s = <f64>weight * <f64>n / total;
    store<f64>(scaled + (<usize>i << 3), s);
    if (s < 1) store<u32>(small + (<usize>(smallCount++) << 2), i); else store<u32>(large + (<usize>(largeCount++) << 2), i);
  }
  while (smallCount > 0 && largeCount > 0) {
    const s = load<u32>(small + (<usize>(--smallCount) << 2));
    const l = load<u32>(large + (<usize>(largeCount - 1) << 2));
    const probability = load<f64>(scaled + (<usize>s << 3));
    const slot = slots + (<usize>(lo + s) << 4);
    store<f32>(slot, <f32>probability, PROBABILITY);
    store<u32>(slot, lo + l, ALIAS);
    const left = load<f64>(scaled + (<usize>l << 3)) - (1 - probability);
    store<f64>(scaled + (<usize>l << 3), left);
    if (left < 1) { largeCount--; store<u32>(small + (<usize>(smallCount++) << 2), l); }
  }
  return total; // what is left on either stack is 1 up to rounding, as initialised
}

/** Prepares nodes [from, to): slots (weighted graphs) and segment sums. Disjoint ranges may run in parallel. */
export function buildSlots(from: u32, to: u32, weights: usize, stack: usize): void {
  for (let s = from * classCount; s < to * classCount; s++) {
    const lo = segmentStart(s);
    const hi = segmentStart(s + 1);
    const total = slots == 0 ? <f64>(hi - lo) : hi > lo ? buildSegment(lo, hi, weights, stack) : 0;
    store<f32>(sums + (<usize>s << 2), <f32>total);
  }
}
