/**
 * Training as the kernel does it, in plain TypeScript: slow, obvious, and the oracle of its tests. It
 * draws the same random numbers in the same order and rounds to f32 where the kernel does, so without
 * FMA both matrices come out equal bit for bit, on any engine. Walks: reference-walk.ts.
 */
import { createRng, GAMMA, mix64, type Rng } from '../base/rng.ts';

const f32 = Math.fround;
const MAX_REDRAWS = 8; // negatives that may fall on the centre before it goes without one
const TILE = 6; // outputs whose scores are taken before any of them is updated
const LOSS_EVERY = 16; // windows
const MAX_CONTEXTS = 128; // of a larger set as many are drawn
const GROUP = 12; // contexts of a set's centre that share negatives under skip-gram

/** The stream of one purpose (0 walks, 1 trains, 2 initialises, 3 deals sets), keyed so that a walk can be replayed alone. */
export function openStream(seed: bigint, keyHash: bigint, pass: number, purpose: 0 | 1 | 2 | 3): Rng {
  return createRng(mix64(mix64(seed ^ mix64(keyHash)) + ((BigInt(purpose) << 32n) | BigInt(pass)) * GAMMA));
}

/** Uniform in [0, 1) from the low 24 bits, so that `toBelow` can use the high 32 of the same number. */
export const toUnit = (random: bigint): number => Number(random & 0xffffffn) / 16777216;
export const toBelow = (random: bigint, n: number): number => Number(((random >> 32n) * BigInt(n)) >> 32n);

export const keyHashOf = (keyHashes: Uint32Array, v: number): bigint =>
  (BigInt(keyHashes[2 * v + 1]!) << 32n) | BigInt(keyHashes[2 * v]!);

/** A permutation of [0, n): four Feistel rounds on the next power of four, repeated until the value falls inside. */
export function permute(i: number, n: number, key: bigint): number {
  let half = 1;
  while (4 ** half < n) half++;
  const mask = 2 ** half - 1;
  let x = i;
  do {
    let [left, right] = [Math.floor(x / (mask + 1)), x & mask];
    for (let round = 0n; round < 4n; round++) {
      const f = Number(mix64(key ^ ((round << 32n) | BigInt(right))) & BigInt(mask));
      [left, right] = [right, (left ^ f) >>> 0];
    }
    x = left * (mask + 1) + right;
  } while (x >= n);
  return x;
}

/** Both matrices and what training draws from. Rows are plain arrays of f32 [dimension]. */
export interface ReferenceModel {
  readonly vectors: Float32Array[]; // [n] inputs
  readonly contexts: Float32Array[]; // [n] outputs
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  readonly window: number;
  readonly negatives: number;
  /** CBOW: the mean of the contexts is the one input of a window. */
  readonly byMean: boolean;
  readonly negativeSlots: { readonly probability: Float32Array; readonly alias: Uint32Array }; // [2n] interleaved
  readonly negativeStart: Uint32Array; // [3]
  readonly negativeCount: Uint32Array; // [3]
  readonly keep: Float32Array | undefined; // [n]
  readonly sigmoids: Float32Array; // [1025]
  readonly softplus: Float32Array; // [1025]
  readonly seed: number;
  totals: { pairs: number; lossSum: number; lossPairs: number; windows: number };
}

export interface ReferenceWindow {
  readonly center: number; // row
  readonly at: number; //     position of the centre in the walk
  readonly contextsAt: number[]; // positions of the contexts
  readonly negatives: (number | undefined)[]; // rows; undefined where only the centre could be drawn
}

/** The windows of a walk or an ordered sentence: its whole use of random numbers, so that the arithmetic below needs none. */
export function drawWindows(
  model: ReferenceModel,
  tokens: readonly number[],
  pass: number,
  keyHash: bigint,
): ReferenceWindow[] {
  const random = openStream(BigInt(model.seed), keyHash, pass, 1);
  const windows: ReferenceWindow[] = [];
  tokens.forEach((center, at) => {
    const number = random.nextU64();
    const reach = 1 + toBelow(number, model.window);
    if (isThinned(model, center, number)) return;
    const contextsAt: number[] = [];
    for (let j = Math.max(0, at - reach); j <= Math.min(tokens.length - 1, at + reach); j++) {
      if (j === at || (model.keep && isThinned(model, tokens[j]!, random.nextU64()))) continue;
      contextsAt.push(j); // thinning leaves gaps: offsets, and so the sides of a two-colourable graph, stay
    }
    if (contextsAt.length === 0) return;
    windows.push({ center, at, contextsAt, negatives: drawNegatives(model, center, random) });
  });
  return windows;
}

/** A set as it is dealt at this pass: Fisher–Yates from the inside out, a stream of its own. */
export function dealSet(
  model: ReferenceModel,
  set: readonly number[],
  pass: number,
  keyHash: bigint,
): number[] {
  const random = openStream(BigInt(model.seed), keyHash, pass, 3);
  const dealt: number[] = [];
  set.forEach((token, i) => {
    const at = toBelow(random.nextU64(), i + 1);
    dealt[i] = dealt[at]!;
    dealt[at] = token;
  });
  return dealt;
}

/**
 * The windows of a set that was dealt: to each centre all others, or the 128 that follow it around the
 * ring; under skip-gram in groups of twelve that survive thinning, each with negatives of its own.
 */
export function drawSetWindows(
  model: ReferenceModel,
  dealt: readonly number[],
  pass: number,
  keyHash: bigint,
): ReferenceWindow[] {
  const random = openStream(BigInt(model.seed), keyHash, pass, 1);
  const others = Math.min(dealt.length - 1, MAX_CONTEXTS);
  const windows: ReferenceWindow[] = [];
  dealt.forEach((center, at) => {
    if (model.keep && isThinned(model, center, random.nextU64())) return;
    let contextsAt: number[] = [];
    for (let i = 1; i <= others; i++) {
      const j = (at + i) % dealt.length;
      if (!model.keep || !isThinned(model, dealt[j]!, random.nextU64())) contextsAt.push(j);
      const isFull = contextsAt.length === (model.byMean ? MAX_CONTEXTS : GROUP);
      if (contextsAt.length === 0 || (!isFull && i < others)) continue;
      windows.push({ center, at, contextsAt, negatives: drawNegatives(model, center, random) });
      contextsAt = [];
    }
  });
  return windows;
}

const isThinned = (model: ReferenceModel, v: number, number: bigint): boolean =>
  model.keep !== undefined && toUnit(number) >= model.keep[v]!;

const drawNegatives = (model: ReferenceModel, center: number, random: Rng): (number | undefined)[] =>
  Array.from({ length: model.negatives }, () => drawNegative(model, center, random));

function drawNegative(model: ReferenceModel, center: number, random: Rng): number | undefined {
  const type = model.ranges.findIndex((r) => center >= r.start && center < r.end);
  for (let i = 0; i < MAX_REDRAWS; i++) {
    const number = random.nextU64();
    let x = model.negativeStart[type]! + toBelow(number, model.negativeCount[type]!);
    if (toUnit(number) >= model.negativeSlots.probability[2 * x]!) x = model.negativeSlots.alias[2 * x + 1]!;
    if (x !== center) return x;
  }
  return undefined;
}

/**
 * One window of skip-gram: outputs in tiles of six, scores of a tile first, then both sides from the old values. The
 * halves matter to the last bit only, and only where a node stands twice in the window.
 */
function trainSkipGram(
  model: ReferenceModel,
  window: ReferenceWindow,
  tokens: readonly number[],
  alpha: number,
): void {
  const inputs = window.contextsAt.map((j) => model.vectors[tokens[j]!]!);
  const nothing = new Float32Array(inputs[0]!.length);
  const outputs = [window.center, ...window.negatives].map((v) =>
    v === undefined ? undefined : model.contexts[v]!,
  );
  const sampled = model.totals.windows++ % LOSS_EVERY === 0;
  model.totals.pairs += inputs.length;
  if (sampled) model.totals.lossPairs += inputs.length;
  for (let first = 0; first < outputs.length; first += TILE) {
    const tile = outputs.slice(first, first + TILE);
    const errors = tile.map((y, t) =>
      inputs.map((x) => toError(model, x, y ?? nothing, { label: first + t === 0 ? 1 : 0, alpha, sampled })),
    );
    const gradients = tile.map((_, t) => weightedSum(errors[t]!, inputs));
    for (const half of [0, 3]) {
      for (const [r, x] of inputs.entries()) {
        for (let t = half; t < half + 3; t++) if (tile[t]) addScaled(x, errors[t]![r]!, tile[t]!);
      }
    }
    for (const [t, y] of tile.entries()) if (y) addScaled(y, 1, gradients[t]!);
  }
}

/** One window of CBOW: the mean of the inputs against all outputs, then both sides from the old values; 1/m is the gradient of the mean. */
function trainMean(
  model: ReferenceModel,
  window: ReferenceWindow,
  tokens: readonly number[],
  alpha: number,
): void {
  const inputs = window.contextsAt.map((j) => model.vectors[tokens[j]!]!);
  const nothing = new Float32Array(inputs[0]!.length);
  const outputs = [window.center, ...window.negatives].map((v) =>
    v === undefined ? nothing : model.contexts[v]!,
  );
  const sampled = model.totals.windows++ % LOSS_EVERY === 0;
  model.totals.pairs++;
  if (sampled) model.totals.lossPairs++;
  const share = f32(1 / inputs.length);
  const mean = weightedSum(
    inputs.map(() => 1),
    inputs,
  ).map((x) => x * share);
  const errors = outputs.map((y, t) => toError(model, mean, y, { label: t === 0 ? 1 : 0, alpha, sampled }));
  const gradient = weightedSum(errors, outputs);
  for (const [t, y] of outputs.entries()) if (y !== nothing) addScaled(y, errors[t]!, mean);
  for (const x of inputs) addScaled(x, share, gradient);
}

export function trainWindow(
  model: ReferenceModel,
  window: ReferenceWindow,
  tokens: readonly number[],
  alpha: number,
): void {
  if (model.byMean) trainMean(model, window, tokens, alpha);
  else trainSkipGram(model, window, tokens, alpha);
}

/** α (label − σ(x·y)); a sampled window adds its loss, that of a negative it could not draw included (ln 2). */
function toError(
  model: ReferenceModel,
  x: Float32Array,
  y: Float32Array,
  { label, alpha, sampled }: { label: number; alpha: number; sampled: boolean },
): number {
  const score = dot(x, y);
  const margin = label ? -score : score;
  if (sampled) model.totals.lossSum += lookUp(model.softplus, margin, Math.max(0, margin));
  return f32(f32(label - lookUp(model.sigmoids, score, score > 0 ? 1 : 0)) * f32(alpha));
}

export function trainWalk(
  model: ReferenceModel,
  tokens: readonly number[],
  pass: number,
  keyHash: bigint,
  alpha: number,
): void {
  for (const window of drawWindows(model, tokens, pass, keyHash)) trainWindow(model, window, tokens, alpha);
}

export function trainSet(
  model: ReferenceModel,
  set: readonly number[],
  pass: number,
  keyHash: bigint,
  alpha: number,
): void {
  const dealt = dealSet(model, set, pass, keyHash);
  for (const window of drawSetWindows(model, dealt, pass, keyHash)) trainWindow(model, window, dealt, alpha);
}

/** Input row of a node before training: uniform in ±0.5/dimension. Outputs start at zero. */
export function initialVector(seed: number, keyHash: bigint, dimension: number): Float32Array {
  const random = openStream(BigInt(seed), keyHash, 0, 2);
  return Float32Array.from({ length: dimension }, () =>
    f32(f32(toUnit(random.nextU64()) - 0.5) * f32(1 / dimension)),
  );
}

/** x · y in four lanes, as a SIMD register sums it. */
function dot(x: Float32Array, y: Float32Array): number {
  const lanes = new Float32Array(4);
  for (let d = 0; d < x.length; d++) lanes[d % 4]! += f32(x[d]! * y[d]!);
  return f32(f32(lanes[0]! + lanes[1]!) + f32(lanes[2]! + lanes[3]!));
}

function weightedSum(scales: number[], rows: Float32Array[]): Float32Array {
  const sum = new Float32Array(rows[0]!.length);
  for (const [r, row] of rows.entries()) addScaled(sum, scales[r]!, row);
  return sum;
}

/** y += scale · x */
function addScaled(y: Float32Array, scale: number, x: Float32Array): void {
  for (let d = 0; d < y.length; d++) y[d]! += f32(scale * x[d]!);
}

/** Value of a table over [−6, 6) at x; `saturated` beyond it: word2vec.c's full gradient, where gensim skips the pair. */
function lookUp(table: Float32Array, x: number, saturated: number): number {
  if (x >= 6 || x <= -6) return saturated;
  return table[Math.trunc(f32(f32(x + 6) * f32(1024 / 12)))]!;
}
