/**
 * What every window needs, whichever objective it is trained by: where both matrices and the tables lie,
 * this instance's scratch, and its totals.
 */
export const TILE: i32 = 6; //            outputs that are worked together
export const MAX_CONTEXTS: i32 = 128; //  2 × the largest window; of a larger set as many are drawn
export const MAX_NEGATIVES: i32 = 256;
export const MAX_TILES: i32 = (MAX_NEGATIVES + TILE) / TILE; // of the centre and its negatives
/** What a window is trained to do. */
export const SKIP_GRAM: i32 = 0;
export const CBOW: i32 = 1; //    the mean of the contexts is the one input of a window
export const SOFTMAX: i32 = 2; // this and what follows is in ranking.ts
export const BPR: i32 = 3;
const LOSS_EVERY: u32 = 16; //            windows; the loss is a sample, its mean unbiased

export let stride: usize = 0; //     bytes from row to row
export let bytes: usize = 0; //      bytes of a row that are worked on, a multiple of 32
export let vectors: usize = 0; //    f32 [n, stride / 4] inputs
export let contexts: usize = 0; //   f32 [n, stride / 4] outputs
export let window: u32 = 5;
export let negatives: i32 = 5;
export let negativeSlots: usize = 0; // {probability f32, alias u32} [n] drawn within a type's rows
export let negativeStart: usize = 0; // u32 [3] rows that stand in for a type, and how many
export let negativeCount: usize = 0; // u32 [3]
export let keep: usize = 0; //       f32 [n] probability to keep a token of a pair; 0 keeps all
export let frozen: usize = 0; //     u8 [n] 1: neither row may change; 0: no row is frozen
export let pushSlots: usize = 0; //  as negativeSlots, for walks from frozen nodes; 0: these have none of their own
export let pushTotals: usize = 0; // f32 [3] by the centre's type, how many of its negatives in such walks there are, 0 … 1
export let trainSeed: u64 = 0;
export let objective: i32 = SKIP_GRAM;
let firstProduct: u32 = 0; //        node types are row ranges
let firstAttribute: u32 = 0;
let sigmoids: usize = 0; //          f32 [1025] over [−6, 6]
let softplus: usize = 0; //          f32 [1025] log(1 + e^x) over [−6, 6]

// scratch of this instance
export let idle: usize = 0; //   a row of zeros that fills up the last tile
export let sink: usize = 0; //   a row that is written and never read: where updates of frozen rows go
export let mean: usize = 0; //   a row: h of CBOW
export let errors: usize = 0; // f32 [MAX_CONTEXTS + 2][8] e_rt of a tile · CBOW: f32 [≥ K + 1] e_t
export let inputs: usize = 0; // u32 [MAX_CONTEXTS + 2] addresses of x_r
export let outputs: usize = 0; // u32 [≥ K + 1, whole tiles] addresses of y_t
export let sums: usize = 0; //   f32 [6][8] of updateTile

let pairs: f64 = 0;
let lossSum: f64 = 0;
let lossPairs: f64 = 0;
let windowCount: u32 = 0;

const ROW_BYTES: usize = 4096; // of the longest row, 1024 columns
const INPUTS_BYTES: usize = <usize>(MAX_CONTEXTS + 16) * 4;
const OUTPUTS_BYTES: usize = <usize>(MAX_TILES * TILE + 6) * 4;

/** From where `inputs` and `outputs` say a row is read to where they say it is written: kept only where rows are frozen. */
export const STORED: usize = INPUTS_BYTES + OUTPUTS_BYTES;

export const SCRATCH_BYTES: usize = 3 * ROW_BYTES + <usize>(MAX_CONTEXTS + 2) * 32 + 2 * STORED + 192;

export function setTraining(
  stride_: usize, bytes_: usize, vectors_: usize, contexts_: usize, window_: u32, negatives_: i32, objective_: i32,
  negativeSlots_: usize, negativeStart_: usize, negativeCount_: usize, keep_: usize, frozen_: usize, pushSlots_: usize,
  pushTotals_: usize, sigmoids_: usize, softplus_: usize, firstProduct_: u32, firstAttribute_: u32, scratch: usize, seed_: u64,
): void {
  stride = stride_; bytes = bytes_; vectors = vectors_; contexts = contexts_; window = window_; negatives = negatives_;
  objective = objective_; negativeSlots = negativeSlots_; negativeStart = negativeStart_; negativeCount = negativeCount_;
  keep = keep_; frozen = frozen_; pushSlots = pushSlots_; pushTotals = pushTotals_; sigmoids = sigmoids_; softplus = softplus_; trainSeed = seed_;
  firstProduct = firstProduct_; firstAttribute = firstAttribute_;
  idle = scratch; //                                          zeroed by the caller
  mean = idle + ROW_BYTES;
  sink = mean + ROW_BYTES;
  errors = sink + ROW_BYTES;
  inputs = errors + (<usize>MAX_CONTEXTS + 2) * 32;
  outputs = inputs + INPUTS_BYTES;
  sums = inputs + 2 * STORED;
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

/** One more window of so many pairs; whether its loss is to be taken. */
@inline
export function countWindow(pairs_: i32): bool {
  const sampled = windowCount++ % LOSS_EVERY == 0;
  pairs += <f64>pairs_;
  if (sampled) lossPairs += <f64>pairs_;
  return sampled;
}

@inline
export function typeOf(v: u32): u32 {
  return <u32>(v >= firstProduct) + <u32>(v >= firstAttribute);
}

// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (isDefined(RELAXED)) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

@inline
export function sumLanes(c: v128): f32 {
  return (f32x4.extract_lane(c, 0) + f32x4.extract_lane(c, 1)) + (f32x4.extract_lane(c, 2) + f32x4.extract_lane(c, 3));
}

@inline
function tableIndex(x: f32): usize {
  return <usize><u32>((x + 6) * <f32>(1024.0 / 12.0)) << 2;
}

/** Saturated scores (|x| ≥ 6) take the full gradient, as word2vec.c does; gensim skips them. */
@inline
export function sigmoid(x: f32): f32 {
  if (x >= 6) return 1;
  if (x <= -6) return 0;
  return load<f32>(sigmoids + tableIndex(x));
}

/** log(1 + e^x): the loss of a negative with score x, or of a positive with score −x. */
@inline
export function logLoss(x: f32): f32 {
  if (x >= 6) return x;
  if (x <= -6) return 0;
  return load<f32>(softplus + tableIndex(x));
}

/** A loss of a sampled window. */
@inline
export function addToLoss(loss: f64): void {
  lossSum += loss;
}

/** The loss of one score of a sampled window; a negative that could not be drawn scores 0 and counts ln 2. */
@inline
export function addLoss(score: f32, label: f32): void {
  lossSum += <f64>logLoss(label == 1 ? -score : score);
}
