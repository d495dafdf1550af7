/**
 * What is prepared of a graph before walks are drawn: alias slots, the weight of each segment, and below
 * which weight an arc of it is loose (node2vec+). Legends stand in arcs.ts.
 */
import { ALIAS, PROBABILITY, TARGET, WEIGHT, classCount, segmentStart, slots, sums, targets, thresholds } from './arcs';

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

/** Mean of the weights of arcs [lo, hi) and γ of their standard deviations more: below it an arc is loose. */
function toThreshold(lo: u32, hi: u32, weights: usize, total: f64, gamma: f64): f64 {
  if (hi == lo) return 0;
  const n = <f64>(hi - lo);
  const mean = total / n;
  let squares: f64 = 0;
  for (let arc = lo; arc < hi; arc++) {
    const off = <f64>load<f32>(weights + (<usize>arc << 2)) - mean;
    squares += off * off;
  }
  return mean + gamma * sqrt<f64>(squares / n);
}

/** Prepares nodes [from, to): slots and thresholds (weighted graphs), and segment sums. Disjoint ranges may run in parallel. */
export function buildSlots(from: u32, to: u32, weights: usize, stack: usize, gamma: f64): void {
  for (let s = from * classCount; s < to * classCount; s++) {
    const lo = segmentStart(s);
    const hi = segmentStart(s + 1);
    const total = slots == 0 ? <f64>(hi - lo) : hi > lo ? buildSegment(lo, hi, weights, stack) : 0;
    store<f32>(sums + (<usize>s << 2), <f32>total);
    if (thresholds != 0) store<f32>(thresholds + (<usize>s << 2), <f32>toThreshold(lo, hi, weights, total, gamma));
  }
}
