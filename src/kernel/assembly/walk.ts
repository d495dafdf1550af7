/**
 * Second-order typed walks: node2vec, and node2vec+ where arcs are weighed against a threshold. Reads the
 * graph through arcs.ts; knows nothing of training.
 *
 *   v, t, x   current, previous, next node      w_vt  weight of the arc back: on a symmetric graph that of the
 *             arc just walked; on a directed one it is looked up, and 0 where there is none
 *   segment   see arcs.ts; p and q act within it
 */
import {
  classCount, classOf, draw, drawOther, drawnWeight, hasArc, isDeadEnd, keyHashes, segmentStart, segments, setDrawnWeight, sums,
  symmetric, thresholdOf, thresholds, typeOf, weightBack, weightTo,
} from './arcs';
import { nextU64, openStream, toUnit } from './rng';

let shares: usize = 0; //   f32 [3 types][8 masks][3 classes] cumulative shares of the classes present
let seed: u64 = 0;

let length: u32 = 0;
let rho: f32 = 1; //        p / q, all that counts on a triangle-free graph
let returnAlpha: f32 = 1; // 1 / p
let outAlpha: f32 = 1; //   1 / q
let triangleFree: bool = true;
let firstOrder: bool = true;

let tokens: f64 = 0; //     nodes of all walks this instance has made

/** After setGraph. */
export function setWalk(
  length_: u32, returnP: f32, inOutQ: f32, triangleFree_: bool, shares_: usize, seed_: u64,
): void {
  length = length_; shares = shares_; seed = seed_; triangleFree = triangleFree_;
  rho = returnP / inOutQ; returnAlpha = 1 / returnP; outAlpha = 1 / inOutQ;
  firstOrder = triangleFree_ && thresholds == 0 ? rho == 1 : returnP == 1 && inOutQ == 1;
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
  if (returns) { setDrawnWeight(weight); return t; }
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
      if (returns) { setDrawnWeight(weight); return t; }
    }
    const x = holdsT ? drawOther(lo, hi, t, rest) : draw(lo, hi);
    const height = toUnit(nextU64()) * upper;
    if (height < lower) return x;
    if (height < (hasArc(x, t) ? <f32>1 : outAlpha)) return x;
  }
}

/**
 * node2vec+ (Liu, Hirn & Krishnan 2023, eq. 3): α of a step to x that is not back to t. An arc is loose below the
 * threshold of the node it starts from; an arc x → t is as near as its weight is close to the threshold of x.
 */
@inline
function extendedAlpha(s: u32, x: u32, t: u32): f32 {
  const near: f32 = triangleFree ? 0 : weightTo(x, t);
  const whole: f32 = near > 0 ? thresholdOf(x, t) : 1;
  if (near >= whole) return 1;
  if (drawnWeight < load<f32>(thresholds + (<usize>s << 2))) return min<f32>(1, outAlpha);
  return outAlpha + (1 - outAlpha) * (near / whole);
}

/** As stepGeneral, from segment s, with the α of node2vec+, which lies within the same envelopes. */
function stepExtended(s: u32, lo: u32, hi: u32, total: f32, t: u32, weight: f32, holdsT: bool): u32 {
  const upper = max<f32>(1, outAlpha);
  const lower = min<f32>(1, outAlpha);
  const rest = <f64>total - <f64>weight;
  const returnMass = <f64>returnAlpha * <f64>weight;
  while (true) {
    if (holdsT) {
      const returns = hi - lo == 1 || <f64>toUnit(nextU64()) * (returnMass + <f64>upper * rest) < returnMass;
      if (returns) { setDrawnWeight(weight); return t; }
    }
    const x = holdsT ? drawOther(lo, hi, t, rest) : draw(lo, hi);
    const height = toUnit(nextU64()) * upper;
    if (height < lower || height < extendedAlpha(s, x, t)) return x;
  }
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
  setDrawnWeight(1);
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
      if (thresholds != 0) x = stepExtended(s, lo, hi, total, t, weight, holdsT);
      else if (!triangleFree) x = stepGeneral(lo, hi, total, t, weight, holdsT);
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
