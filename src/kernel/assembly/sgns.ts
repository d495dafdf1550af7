/**
 * Skip-gram with negative sampling on one walk at a time. reference.ts is the same arithmetic in
 * plain TypeScript, and the oracle of the tests.
 *
 * For each centre the contexts of its (randomly reduced) window are inputs, and the centre and K
 * negatives of the centre's type are outputs, shared by the window (pWord2Vec, Ji et al. 2016): a
 * small matrix product instead of K + 1 dot products per pair. A window is worked in tiles of six
 * outputs; within a tile all scores are taken first, then both sides are updated:
 *
 *     e_rt = α (label_t − σ(x_r · y_t))        y_t += Σ_r e_rt x_r        x_r += Σ_t e_rt y_t (old y)
 *
 * Saturated scores (|x·y| ≥ 6) take the full gradient, as word2vec.c does; gensim skips them.
 */
import { nextU64, openStream, toBelow, toUnit } from './rng';
import { typeOf } from './walk';

const TILE: i32 = 6;
const MAX_CONTEXTS: i32 = 128; // 2 × the largest window
const LOSS_EVERY: u32 = 16; //    windows; the loss is a sample, its mean unbiased

let stride: usize = 0; //     bytes from row to row
let bytes: usize = 0; //      bytes of a row that are worked on, a multiple of 32
let vectors: usize = 0; //    f32 [n, stride / 4] inputs
let contexts: usize = 0; //   f32 [n, stride / 4] outputs
let window: u32 = 5;
let negatives: i32 = 5;
let negativeSlots: usize = 0; // {probability f32, alias u32} [n] drawn within a type's rows
let negativeStart: usize = 0; // u32 [3] rows that stand in for a type, and how many
let negativeCount: usize = 0; // u32 [3]
let keep: usize = 0; //       f32 [n] probability to keep a token of a pair; 0 keeps all
let sigmoids: usize = 0; //   f32 [1025] over [−6, 6]
let softplus: usize = 0; //   f32 [1025] log(1 + e^x) over [−6, 6]
let trainSeed: u64 = 0;

// scratch of this instance
let errors: usize = 0; //     f32 [MAX_CONTEXTS][8] e_rt
let inputs: usize = 0; //     u32 [MAX_CONTEXTS + 1] addresses of x_r
let outputs: usize = 0; //    u32 [≥ K + 1, whole tiles] addresses of y_t
let sums: usize = 0; //       f32 [6][8] of updateTile
let idle: usize = 0; //       a row of zeros that fills up the last tile

let pairs: f64 = 0;
let lossSum: f64 = 0;
let lossPairs: f64 = 0;
let windowCount: u32 = 0;

export const SCRATCH_BYTES: usize = <usize>(MAX_CONTEXTS + 2) * 32 + (<usize>MAX_CONTEXTS + 16) * 4 + 128 * 4 + 192 + 4096;

export function setTraining(
  stride_: usize, bytes_: usize, vectors_: usize, contexts_: usize, window_: u32, negatives_: i32, negativeSlots_: usize,
  negativeStart_: usize, negativeCount_: usize, keep_: usize, sigmoids_: usize, softplus_: usize,
  scratch: usize, seed_: u64,
): void {
  stride = stride_; bytes = bytes_; vectors = vectors_; contexts = contexts_; window = window_; negatives = negatives_;
  negativeSlots = negativeSlots_; negativeStart = negativeStart_; negativeCount = negativeCount_;
  keep = keep_; sigmoids = sigmoids_; softplus = softplus_; trainSeed = seed_;
  idle = scratch; //                                          ≤ 4096 bytes, zeroed by the caller
  errors = idle + 4096;
  inputs = errors + (<usize>MAX_CONTEXTS + 2) * 32;
  outputs = inputs + (<usize>MAX_CONTEXTS + 16) * 4;
  sums = outputs + 128 * 4;
}

export function scratchBytes(): usize {
  return SCRATCH_BYTES;
}

export function resetTotals(): void {
  pairs = 0; lossSum = 0; lossPairs = 0; windowCount = 0;
}
export function totalPairs(): f64 { return pairs; }
export function totalLoss(): f64 { return lossSum; }
export function totalLossPairs(): f64 { return lossPairs; }

// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  if (isDefined(RELAXED)) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

@inline
function tableIndex(x: f32): usize {
  return <usize><u32>((x + 6) * <f32>(1024.0 / 12.0)) << 2;
}

@inline
function sigmoid(x: f32): f32 {
  if (x >= 6) return 1;
  if (x <= -6) return 0;
  return load<f32>(sigmoids + tableIndex(x));
}

/** log(1 + e^x): the loss of a negative with score x, or of a positive with score −x. */
@inline
function logLoss(x: f32): f32 {
  if (x >= 6) return x;
  if (x <= -6) return 0;
  return load<f32>(softplus + tableIndex(x));
}

@inline
function sumLanes(c: v128): f32 {
  return (f32x4.extract_lane(c, 0) + f32x4.extract_lane(c, 1)) + (f32x4.extract_lane(c, 2) + f32x4.extract_lane(c, 3));
}

@inline
function storeError(at: usize, sum: v128, label: f32, alpha: f32): void {
  store<f32>(at, (label - sigmoid(sumLanes(sum))) * alpha);
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

/**
 * e_rt of three outputs for all contexts, three contexts at a time. The block is 3 × 3 because the
 * engine loads all operands of an iteration before it multiplies: nine sums and six operands are the
 * fifteen registers there are; 2 × 6 spills five sums and is slower.
 */
@inline
function scoreHalf(targets: usize, first: usize, m: i32, label: f32, alpha: f32): void {
  const length = bytes;
  const t0 = <usize>load<u32>(targets), t1 = <usize>load<u32>(targets, 4), t2 = <usize>load<u32>(targets, 8);
  for (let r = 0; r < m; r += 3) {
    const at = inputs + (<usize>r << 2);
    const a = <usize>load<u32>(at), b = <usize>load<u32>(at, 4), c = <usize>load<u32>(at, 8);
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, b0 = a0, b1 = a0, b2 = a0, c0 = a0, c1 = a0, c2 = a0;
    for (let o: usize = 0; o < length; o += 16) {
      const x = v128.load(a + o), y = v128.load(b + o), z = v128.load(c + o);
      const u = v128.load(t0 + o), v = v128.load(t1 + o), w = v128.load(t2 + o);
      a0 = madd(x, u, a0); b0 = madd(y, u, b0); c0 = madd(z, u, c0);
      a1 = madd(x, v, a1); b1 = madd(y, v, b1); c1 = madd(z, v, c1);
      a2 = madd(x, w, a2); b2 = madd(y, w, b2); c2 = madd(z, w, c2);
    }
    const e = errors + (<usize>r << 5) + first;
    storeError(e, a0, label, alpha); storeError(e + 4, a1, 0, alpha); storeError(e + 8, a2, 0, alpha);
    storeError(e + 32, b0, label, alpha); storeError(e + 36, b1, 0, alpha); storeError(e + 40, b2, 0, alpha);
    storeError(e + 64, c0, label, alpha); storeError(e + 68, c1, 0, alpha); storeError(e + 72, c2, 0, alpha);
  }
}

/**
 * Σ_r e_rt x_r of three outputs, eight coordinates at `o`, to `sums` (f32 [3][8]). Six sums, two inputs
 * and three errors: as many registers as can be had without spilling (see scoreHalf).
 */
@inline
function sumInputs(first: usize, end: usize, o: usize, sums: usize): void {
  let d0 = f32x4.splat(0), d1 = d0, d2 = d0, f0 = d0, f1 = d0, f2 = d0;
  let e = errors + first;
  for (let at = inputs; at < end; at += 4) {
    const row = <usize>load<u32>(at) + o;
    const x = v128.load(row), z = v128.load(row, 16);
    const w0 = v128.load32_splat(e), w1 = v128.load32_splat(e, 4), w2 = v128.load32_splat(e, 8);
    d0 = madd(w0, x, d0); d1 = madd(w1, x, d1); d2 = madd(w2, x, d2);
    f0 = madd(w0, z, f0); f1 = madd(w1, z, f1); f2 = madd(w2, z, f2);
    e += 32;
  }
  v128.store(sums, d0); v128.store(sums, f0, 16);
  v128.store(sums, d1, 32); v128.store(sums, f1, 48);
  v128.store(sums, d2, 64); v128.store(sums, f2, 80);
}

/** x_r += Σ_t e_rt y_t over three outputs, eight coordinates at `o`. */
@inline
function addOutputs(targets: usize, first: usize, end: usize, o: usize): void {
  const t0 = <usize>load<u32>(targets) + o, t1 = <usize>load<u32>(targets, 4) + o, t2 = <usize>load<u32>(targets, 8) + o;
  const y0 = v128.load(t0), y1 = v128.load(t1), y2 = v128.load(t2);
  const z0 = v128.load(t0, 16), z1 = v128.load(t1, 16), z2 = v128.load(t2, 16);
  let e = errors + first;
  for (let at = inputs; at < end; at += 4) {
    const row = <usize>load<u32>(at) + o;
    const w0 = v128.load32_splat(e), w1 = v128.load32_splat(e, 4), w2 = v128.load32_splat(e, 8);
    v128.store(row, madd(w2, y2, madd(w1, y1, madd(w0, y0, v128.load(row)))));
    v128.store(row, madd(w2, z2, madd(w1, z1, madd(w0, z0, v128.load(row, 16)))), 16);
    e += 32;
  }
}

/** y_t += what sumInputs left, for three outputs; read again because a node may be drawn twice as a negative. */
@inline
function addInputs(targets: usize, o: usize, sums: usize): void {
  for (let t: usize = 0; t < 3; t++) {
    const row = <usize>load<u32>(targets + (t << 2)) + o;
    v128.store(row, f32x4.add(v128.load(row), v128.load(sums + (t << 5))));
    v128.store(row, f32x4.add(v128.load(row, 16), v128.load(sums + (t << 5), 16)), 16);
  }
}

/** Both updates of a tile from the errors: all of them read the old values, eight coordinates at a time. */
@inline
function updateTile(targets: usize, m: i32): void {
  const length = bytes;
  const end = inputs + (<usize>m << 2);
  for (let o: usize = 0; o < length; o += 32) {
    sumInputs(0, end, o, sums);
    sumInputs(12, end, o, sums + 96);
    addOutputs(targets, 0, end, o);
    addOutputs(targets + 12, 12, end, o);
    addInputs(targets, o, sums);
    addInputs(targets + 12, o, sums + 96);
  }
}

/** Loss of a tile before its update; a negative that could not be drawn counts ln 2. The scores are taken again: this is one window in 16. */
function addLoss(targets: usize, m: i32, outputsInTile: i32, label: f32): void {
  for (let r = 0; r < m; r++) {
    const x = <usize>load<u32>(inputs + (<usize>r << 2));
    for (let t = 0; t < outputsInTile; t++) {
      const y = <usize>load<u32>(targets + (<usize>t << 2));
      let sum = f32x4.splat(0);
      for (let o: usize = 0; o < bytes; o += 16) sum = madd(v128.load(x + o), v128.load(y + o), sum);
      const score = sumLanes(sum);
      lossSum += <f64>logLoss(t == 0 && label == 1 ? -score : score);
    }
  }
}

/** Trains on tokens [0, count) at `tokens`, learning rate α. The stream is the walk's own, purpose 1. */
export function trainWalk(tokens: usize, count: u32, pass: u32, keyHash: u64, alpha: f32): void {
  openStream(trainSeed, keyHash, pass, 1);
  const tiles = (negatives + TILE) / TILE; // ⌈(K + 1) / 6⌉
  for (let i: u32 = 0; i < count; i++) {
    const center = load<u32>(tokens + (<usize>i << 2));
    const random = nextU64();
    const reach: u32 = 1 + toBelow(random, window);
    if (keep != 0 && toUnit(random) >= load<f32>(keep + (<usize>center << 2))) continue;
    const lo: u32 = i > reach ? i - reach : 0;
    const hi: u32 = min(count - 1, i + reach);
    let m = 0;
    for (let j = lo; j <= hi; j++) {
      if (j == i) continue;
      const context = load<u32>(tokens + (<usize>j << 2));
      if (keep != 0 && toUnit(nextU64()) >= load<f32>(keep + (<usize>context << 2))) continue;
      store<u32>(inputs + (<usize>m << 2), <u32>(vectors + <usize>context * stride));
      m++;
    }
    if (m == 0) continue;
    for (let r = m; r < m + 2; r++) store<u32>(inputs + (<usize>r << 2), <u32>idle);

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

    const sampled = windowCount++ % LOSS_EVERY == 0;
    for (let tile = 0; tile < tiles; tile++) {
      const targets = outputs + <usize>(tile * TILE * 4);
      const label: f32 = tile == 0 ? 1 : 0;
      if (sampled) addLoss(targets, m, min(TILE, negatives + 1 - tile * TILE), label);
      scoreHalf(targets, 0, m, label, alpha);
      scoreHalf(targets + 12, 12, m, 0, alpha);
      updateTile(targets, m);
      if (idles > 0) memory.fill(idle, 0, bytes); // fillers collect gradient that belongs to nobody
    }
    if (sampled) lossPairs += <f64>m;
    pairs += <f64>m;
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
