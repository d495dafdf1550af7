/**
 * Negative sampling on one walk or sentence at a time: which windows there are, what stands in them,
 * which negatives are drawn. The arithmetic of a window is in skip-gram.ts, cbow.ts and ranking.ts. reference.ts is
 * the same in plain TypeScript, and the oracle of the tests.
 *
 * For each centre the contexts of its window are inputs, and the centre and K negatives of the centre's
 * type are outputs, shared by the window or by parts of it. In a walk or an ordered sentence the window
 * reaches 1 … `window` tokens to both sides, drawn anew for each centre; in a set everything else is a
 * context.
 *
 * A frozen row is read like any other, so it moves those around it; its own update goes to `sink`.
 *
 * A walk from a frozen node is a pushing walk where there is a table for them: its negatives are drawn
 * among the rows that may move, or left out, so that those get the negatives of windows elsewhere without
 * all windows being worked (docs/training.md).
 */
import { hasArc } from './arcs';
import { trainMean, trainMeanMasked } from './cbow';
import { trainRanking, trainRankingMasked } from './ranking';
import { nextU64, openStream, toBelow, toUnit } from './rng';
import { trainSkipGram, trainSkipGramMasked } from './skip-gram';
import {
  CBOW, MAX_CONTEXTS, SOFTMAX, STORED, TILE, contexts, countWindow, frozen, idle, inputs, keep, negativeCount, negativeSlots, negativeStart,
  negatives, objective, outputs, pushSlots, pushTotals, sink, stride, trainSeed, typeOf, vectors, window,
} from './training';

let pushing: bool = false; // the walk that is trained on is one
const NOBODY: u32 = 0xffffffff;
let pairedWith: u32 = NOBODY; // of a pair: the context, none of whose neighbours is a negative

/** Thinning: this token of a pair is left out. It leaves a gap, so that offsets and their parity stay. */
@inline
function isThinned(v: u32, random: u64): bool {
  return toUnit(random) >= load<f32>(keep + (<usize>v << 2));
}

/** Puts row v of a matrix into `inputs` or `outputs`. */
@inline
function putRow(at: usize, matrix: usize, v: u32): void {
  const row = <u32>(matrix + <usize>v * stride);
  store<u32>(at, row);
  if (frozen != 0) store<u32>(at, load<u8>(frozen + <usize>v) != 0 ? <u32>sink : row, STORED);
}

/** Puts a row of zeros there, whose update the tile clears away. */
@inline
function putIdle(at: usize): void {
  store<u32>(at, <u32>idle);
  if (frozen != 0) store<u32>(at, <u32>idle, STORED);
}

/** Every row of the window is frozen. */
function isAtRest(m: i32): bool {
  for (let r = 0; r < m; r++) if (load<u32>(inputs + (<usize>r << 2), STORED) != <u32>sink) return false;
  for (let t = 0; t <= negatives; t++) {
    const to = load<u32>(outputs + (<usize>t << 2), STORED);
    if (to != <u32>sink && to != <u32>idle) return false;
  }
  return true;
}

/** One more input of the window that is being filled, unless it is thinned out; how many there are then. */
@inline
function addInput(v: u32, m: i32): i32 {
  if (keep != 0 && isThinned(v, nextU64())) return m;
  putRow(inputs + (<usize>m << 2), vectors, v);
  return m + 1;
}

/** A row of [start, start + count) from an alias table. */
@inline
function drawRow(slots: usize, start: u32, count: u32): u32 {
  const random = nextU64();
  const x = start + toBelow(random, count);
  const slot = slots + (<usize>x << 3);
  return toUnit(random) >= load<f32>(slot) ? load<u32>(slot, 4) : x;
}

/** A node of the centre's type that is not the centre, by visits to the configured power. */
@inline
function drawNegative(start: u32, count: u32, center: u32): u32 {
  let x: u32 = center;
  for (let i = 0; i < 8 && x == center; i++) x = drawRow(negativeSlots, start, count);
  return x;
}

/** In a pushing walk: a row that may move, or the centre, which is none. One draw only: shares are of all draws. */
@inline
function drawPushed(type: usize, start: u32, count: u32, center: u32): u32 {
  if (toUnit(nextU64()) >= load<f32>(pushTotals + type)) return center;
  return drawRow(pushSlots, start, count);
}

/** A node of the centre's type that is neither the centre nor a neighbour of the context, as far as eight draws find one. */
@inline
function drawStranger(start: u32, count: u32, center: u32): u32 {
  for (let i = 0; i < 8; i++) {
    const x = drawRow(negativeSlots, start, count);
    if (x != center && !hasArc(pairedWith, x)) return x;
  }
  return center;
}

/** Of a window in which nothing may move, nothing is worked and nothing counted. */
function trainMasked(m: i32, tiles: i32, idles: i32, drawn: i32, alpha: f32): void {
  if (isAtRest(m)) return;
  if (objective >= SOFTMAX) trainRankingMasked(m, tiles, drawn, countWindow(m), alpha);
  else if (objective == CBOW) trainMeanMasked(m, tiles, idles, countWindow(1), alpha);
  else trainSkipGramMasked(m, tiles, idles, countWindow(m), alpha);
}

const USUAL: i32 = 0;
const PUSHED: i32 = 1;
const STRANGE: i32 = 2;

/** Puts them into `outputs`; how many are none. `sort` is a constant wherever it is passed. */
@inline
function putNegatives(type: usize, start: u32, count: u32, center: u32, sort: i32): i32 {
  let none = 0;
  for (let t = 1; t <= negatives; t++) {
    const x = sort == PUSHED ? drawPushed(type, start, count, center)
      : sort == STRANGE ? drawStranger(start, count, center) : drawNegative(start, count, center);
    if (x != center) putRow(outputs + (<usize>t << 2), contexts, x);
    else {
      putIdle(outputs + (<usize>t << 2));
      none++;
    }
  }
  return none;
}

/** Draws the negatives of a window whose m inputs stand, and trains it. */
function trainWindow(center: u32, m: i32, alpha: f32): void {
  for (let r = m; r < m + 2; r++) putIdle(inputs + (<usize>r << 2));
  const tiles = (negatives + TILE) / TILE; // ⌈(K + 1) / 6⌉
  const type = <usize>typeOf(center) << 2;
  const start = load<u32>(negativeStart + type), available = load<u32>(negativeCount + type);
  putRow(outputs, contexts, center);
  const none = pushing ? putNegatives(type, start, available, center, PUSHED)
    : pairedWith != NOBODY ? putNegatives(type, start, available, center, STRANGE)
    : putNegatives(type, start, available, center, USUAL);
  const idles = tiles * TILE - 1 - negatives + none;
  const drawn = pushing ? negatives : negatives - none;
  for (let t = negatives + 1; t < tiles * TILE; t++) putIdle(outputs + (<usize>t << 2));

  if (frozen != 0) trainMasked(m, tiles, idles, drawn, alpha);
  else if (objective >= SOFTMAX) trainRanking(m, tiles, drawn, countWindow(m), alpha);
  else if (objective == CBOW) trainMean(m, tiles, idles, countWindow(1), alpha);
  else trainSkipGram(m, tiles, idles, countWindow(m), alpha);
}

let sharing: i32 = 0; // contexts of a centre that share negatives, at most; 0: a walk's whole window, SET_GROUP of a set
const SET_GROUP: i32 = 12;

/** CBOW has one input, whatever stands in the window: nothing to share. */
export function setSharing(contexts: i32): void {
  sharing = contexts;
}

/** Trains on tokens [0, count) at `tokens` in their order, learning rate α. The stream is the walk's own, purpose 1. */
export function trainWalk(tokens: usize, count: u32, pass: u32, keyHash: u64, alpha: f32): void {
  openStream(trainSeed, keyHash, pass, 1);
  pushing = pushSlots != 0 && load<u8>(frozen + <usize>load<u32>(tokens)) != 0;
  const group = objective == CBOW || sharing == 0 ? MAX_CONTEXTS : sharing;
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
      if (m == group) {
        trainWindow(center, m, alpha);
        m = 0;
      }
    }
    if (m > 0) trainWindow(center, m, alpha);
  }
}

/**
 * Trains on a walk of two nodes as one pair: the second is the centre, the first its context, and the negatives
 * are no neighbours of the context (Rendle et al. 2009: what a customer has is never ranked below what she took).
 */
export function trainPair(tokens: usize, pass: u32, keyHash: u64, alpha: f32): void {
  openStream(trainSeed, keyHash, pass, 1);
  pushing = false;
  pairedWith = load<u32>(tokens);
  putRow(inputs, vectors, pairedWith);
  trainWindow(load<u32>(tokens, 4), 1, alpha);
  pairedWith = NOBODY;
}

/**
 * Trains on `count` tokens at `set` as a set: all others are contexts of each. It is dealt anew at every
 * pass into `dealt` (u32 [count]; purpose 3), as item2vec does (Barkan & Koenigstein 2016, §3), and laid
 * in a ring; of a set of more than MAX_CONTEXTS + 1 the contexts are those that follow the centre on the
 * ring, a random sample without repeats.
 *
 * Under skip-gram every SET_GROUP contexts, or as many as were set, are a window of their own with
 * negatives of their own: a hundred errors added to the same few negatives in one step would overshoot.
 * CBOW takes one step for all.
 */
export function trainSet(set: usize, count: u32, dealt: usize, pass: u32, keyHash: u64, alpha: f32): void {
  openStream(trainSeed, keyHash, pass, 3);
  for (let i: u32 = 0; i < count; i++) {
    const at = dealt + (<usize>toBelow(nextU64(), i + 1) << 2); // Fisher–Yates, from the inside out
    store<u32>(dealt + (<usize>i << 2), load<u32>(at));
    store<u32>(at, load<u32>(set + (<usize>i << 2)));
  }
  openStream(trainSeed, keyHash, pass, 1);
  pushing = false;
  const others: u32 = min(count - 1, <u32>MAX_CONTEXTS);
  const group = objective == CBOW ? MAX_CONTEXTS : sharing == 0 ? SET_GROUP : sharing;
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

/**
 * Input rows [from, to) start uniform in ±1/dim keyed by the node, outputs at zero, as gensim 4 does;
 * word2vec.c has half of it, and takes longer to leave zero (docs/decisions/0002).
 */
export function initVectors(from: u32, to: u32, dimension: u32, keyHashes: usize): void {
  const scale: f32 = 2 / <f32>dimension;
  for (let v = from; v < to; v++) {
    openStream(trainSeed, load<u64>(keyHashes + (<usize>v << 3)), 0, 2);
    const row = vectors + <usize>v * stride;
    for (let d: u32 = 0; d < dimension; d++) store<f32>(row + (<usize>d << 2), (toUnit(nextU64()) - <f32>0.5) * scale);
  }
}
