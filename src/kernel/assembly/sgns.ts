/**
 * Negative sampling on one walk or sentence at a time: which windows there are, what stands in them,
 * which negatives are drawn. The arithmetic of a window is in skip-gram.ts and cbow.ts. reference.ts is
 * the same in plain TypeScript, and the oracle of the tests.
 *
 * For each centre the contexts of its window are inputs, and the centre and K negatives of the centre's
 * type are outputs, shared by the window. In a walk or an ordered sentence the window reaches 1 … `window`
 * tokens to both sides, drawn anew for each centre; in a set everything else is a context.
 */
import { trainMean } from './cbow';
import { nextU64, openStream, toBelow, toUnit } from './rng';
import { trainSkipGram } from './skip-gram';
import {
  MAX_CONTEXTS, TILE, byMean, contexts, countWindow, idle, inputs, keep, negativeCount, negativeSlots, negativeStart,
  negatives, outputs, stride, trainSeed, typeOf, vectors, window,
} from './training';

/** Thinning: this token of a pair is left out. It leaves a gap, so that offsets and their parity stay. */
@inline
function isThinned(v: u32, random: u64): bool {
  return toUnit(random) >= load<f32>(keep + (<usize>v << 2));
}

/** One more input of the window that is being filled, unless it is thinned out; how many there are then. */
@inline
function addInput(v: u32, m: i32): i32 {
  if (keep != 0 && isThinned(v, nextU64())) return m;
  store<u32>(inputs + (<usize>m << 2), <u32>(vectors + <usize>v * stride));
  return m + 1;
}

/** A node of the centre's type that is not the centre, by visits to the configured power. */
@inline
function drawNegative(start: u32, count: u32, center: u32): u32 {
  let x: u32 = center;
  for (let i = 0; i < 8 && x == center; i++) {
    const random = nextU64();
    x = start + toBelow(random, count);
    const slot = negativeSlots + (<usize>x << 3);
    if (toUnit(random) >= load<f32>(slot)) x = load<u32>(slot, 4);
  }
  return x;
}

/** Draws the negatives of a window whose m inputs stand, and trains it. */
function trainWindow(center: u32, m: i32, alpha: f32): void {
  for (let r = m; r < m + 2; r++) store<u32>(inputs + (<usize>r << 2), <u32>idle);
  const tiles = (negatives + TILE) / TILE; // ⌈(K + 1) / 6⌉
  const type = <usize>typeOf(center) << 2;
  const start = load<u32>(negativeStart + type), available = load<u32>(negativeCount + type);
  store<u32>(outputs, <u32>(contexts + <usize>center * stride));
  let idles = tiles * TILE - 1 - negatives;
  let t = 1;
  for (; t <= negatives; t++) {
    const x = drawNegative(start, available, center);
    if (x == center) idles++;
    store<u32>(outputs + (<usize>t << 2), x == center ? <u32>idle : <u32>(contexts + <usize>x * stride));
  }
  for (; t < tiles * TILE; t++) store<u32>(outputs + (<usize>t << 2), <u32>idle);

  if (byMean) trainMean(m, tiles, idles, countWindow(1), alpha);
  else trainSkipGram(m, tiles, idles, countWindow(m), alpha);
}

/** Trains on tokens [0, count) at `tokens` in their order, learning rate α. The stream is the walk's own, purpose 1. */
export function trainWalk(tokens: usize, count: u32, pass: u32, keyHash: u64, alpha: f32): void {
  openStream(trainSeed, keyHash, pass, 1);
  for (let i: u32 = 0; i < count; i++) {
    const center = load<u32>(tokens + (<usize>i << 2));
    const random = nextU64();
    const reach: u32 = 1 + toBelow(random, window);
    if (keep != 0 && isThinned(center, random)) continue;
    const lo: u32 = i > reach ? i - reach : 0;
    const hi: u32 = min(count - 1, i + reach);
    let m = 0;
    for (let j = lo; j <= hi; j++) {
      if (j != i) m = addInput(load<u32>(tokens + (<usize>j << 2)), m);
    }
    if (m > 0) trainWindow(center, m, alpha);
  }
}

/** Contexts of a set's centre that share negatives under skip-gram; see `trainSet`. */
const GROUP: i32 = 12;

/**
 * Trains on `count` tokens at `set` as a set: all others are contexts of each. It is dealt anew at every
 * pass into `dealt` (u32 [count]; purpose 3), as item2vec does (Barkan & Koenigstein 2016, §3), and laid
 * in a ring; of a set of more than MAX_CONTEXTS + 1 the contexts are those that follow the centre on the
 * ring, a random sample without repeats.
 *
 * Under skip-gram every GROUP contexts are a window of their own with negatives of their own: a hundred
 * errors added to the same few negatives in one step would overshoot. CBOW takes one step for all.
 */
export function trainSet(set: usize, count: u32, dealt: usize, pass: u32, keyHash: u64, alpha: f32): void {
  openStream(trainSeed, keyHash, pass, 3);
  for (let i: u32 = 0; i < count; i++) {
    const at = dealt + (<usize>toBelow(nextU64(), i + 1) << 2); // Fisher–Yates, from the inside out
    store<u32>(dealt + (<usize>i << 2), load<u32>(at));
    store<u32>(at, load<u32>(set + (<usize>i << 2)));
  }
  openStream(trainSeed, keyHash, pass, 1);
  const others: u32 = min(count - 1, <u32>MAX_CONTEXTS);
  const group = byMean ? MAX_CONTEXTS : GROUP;
  for (let i: u32 = 0; i < count; i++) {
    const center = load<u32>(dealt + (<usize>i << 2));
    if (keep != 0 && isThinned(center, nextU64())) continue;
    let m = 0;
    let j = i;
    for (let n: u32 = 0; n < others; n++) {
      j = j + 1 == count ? 0 : j + 1;
      m = addInput(load<u32>(dealt + (<usize>j << 2)), m);
      if (m == group) {
        trainWindow(center, m, alpha);
        m = 0;
      }
    }
    if (m > 0) trainWindow(center, m, alpha);
  }
}

/** Input rows [from, to) start uniform in ±0.5/dim keyed by the node, outputs at zero, as word2vec does. */
export function initVectors(from: u32, to: u32, dimension: u32, keyHashes: usize): void {
  const scale: f32 = 1 / <f32>dimension;
  for (let v = from; v < to; v++) {
    openStream(trainSeed, load<u64>(keyHashes + (<usize>v << 3)), 0, 2);
    const row = vectors + <usize>v * stride;
    for (let d: u32 = 0; d < dimension; d++) store<f32>(row + (<usize>d << 2), (toUnit(nextU64()) - <f32>0.5) * scale);
  }
}
