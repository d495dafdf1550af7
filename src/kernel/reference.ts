/**
 * Training as the kernel does it, in plain TypeScript: slow, obvious, and the oracle of its tests. It
 * draws the same random numbers in the same order and rounds to f32 where the kernel does, so without
 * FMA both matrices come out equal bit for bit, on any engine. Walks: reference-walk.ts; windows: reference-windows.ts.
 */
import { openStream, toUnit } from './reference-random.ts';
import { type RankingTables, trainRanking } from './reference-ranking.ts';
import {
  type DrawModel,
  dealSet,
  drawPair,
  drawSetWindows,
  drawWindows,
  type ReferenceWindow,
} from './reference-windows.ts';

const f32 = Math.fround;
export const TILE = 6; // outputs whose scores are taken before any of them is updated
export const LOSS_EVERY = 16; // windows

/** Both matrices, and the tables of the arithmetic. Rows are plain arrays of f32 [dimension]. */
export interface ReferenceModel extends DrawModel {
  readonly vectors: Float32Array[]; // [n] inputs
  readonly contexts: Float32Array[]; // [n] outputs
  readonly sigmoids: Float32Array; // [1025]
  readonly softplus: Float32Array; // [1025]
  readonly ranking?: RankingTables | undefined;
  totals: { pairs: number; lossSum: number; lossPairs: number; windows: number };
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
  const outputNodes = [window.center, ...window.negatives];
  const outputs = outputNodes.map((v) => (v === undefined ? undefined : model.contexts[v]!));
  const sampled = model.totals.windows++ % LOSS_EVERY === 0;
  model.totals.pairs += inputs.length;
  if (sampled) model.totals.lossPairs += inputs.length;
  for (let first = 0; first < outputs.length; first += TILE) {
    const errors = outputs
      .slice(first, first + TILE)
      .map((y, t) =>
        inputs.map((x) =>
          toError(model, x, y ?? nothing, { label: first + t === 0 ? 1 : 0, alpha, sampled }),
        ),
      );
    updateTile(model, { window, tokens, first, errors });
  }
}

interface Tile {
  readonly window: ReferenceWindow;
  readonly tokens: readonly number[];
  /** Of six outputs, the centre being 0. */
  readonly first: number;
  readonly errors: readonly number[][]; // [outputs of the tile][contexts]
}

/** Both sides from the old values, frozen rows left as they are. */
export function updateTile(model: ReferenceModel, { window, tokens, first, errors }: Tile): void {
  const inputs = window.contextsAt.map((j) => model.vectors[tokens[j]!]!);
  const nodes = [window.center, ...window.negatives].slice(first, first + TILE);
  const tile = nodes.map((v) => (v === undefined ? undefined : model.contexts[v]!));
  const gradients = tile.map((_, t) => weightedSum(errors[t]!, inputs));
  for (const half of [0, 3]) {
    for (const [r, x] of inputs.entries()) {
      if (isFrozen(model, tokens[window.contextsAt[r]!])) continue;
      for (let t = half; t < half + 3; t++) if (tile[t]) addScaled(x, errors[t]![r]!, tile[t]!);
    }
  }
  for (const [t, y] of tile.entries()) {
    if (y && !isFrozen(model, nodes[t])) addScaled(y, 1, gradients[t]!);
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
  const outputNodes = [window.center, ...window.negatives];
  const outputs = outputNodes.map((v) => (v === undefined ? nothing : model.contexts[v]!));
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
  for (const [t, y] of outputs.entries()) {
    if (y !== nothing && !isFrozen(model, outputNodes[t])) addScaled(y, errors[t]!, mean);
  }
  for (const [r, x] of inputs.entries()) {
    if (!isFrozen(model, tokens[window.contextsAt[r]!])) addScaled(x, share, gradient);
  }
}

export const isFrozen = ({ frozen }: ReferenceModel, v: number | undefined): boolean =>
  v !== undefined && frozen?.[v] === 1;

/** Trains a window; one in which no row may move is passed over, and not counted. */
export function trainWindow(
  model: ReferenceModel,
  window: ReferenceWindow,
  tokens: readonly number[],
  alpha: number,
): void {
  const nodes = [window.center, ...window.negatives, ...window.contextsAt.map((j) => tokens[j])];
  if (nodes.every((v) => v === undefined || isFrozen(model, v))) return;
  if (model.objective === 'cbow') trainMean(model, window, tokens, alpha);
  else if (model.objective === 'skip-gram') trainSkipGram(model, window, tokens, alpha);
  else trainRanking(model, window, tokens, alpha);
}

/** A walk of two nodes as one pair. */
export function trainPair(
  model: ReferenceModel,
  tokens: readonly [number, number],
  stream: Parameters<typeof drawPair>[2],
  alpha: number,
): void {
  trainWindow(model, drawPair(model, tokens[1], stream), tokens, alpha);
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

/** Input row of a node before training: uniform in ±1/dimension. Outputs start at zero. */
export function initialVector(seed: number, keyHash: bigint, dimension: number): Float32Array {
  const random = openStream(BigInt(seed), keyHash, 0, 2);
  return Float32Array.from({ length: dimension }, () =>
    f32(f32(toUnit(random.nextU64()) - 0.5) * f32(2 / dimension)),
  );
}

/** A node going on from rows that are given; where both are zeros it starts cold. */
export function firstRows(
  given: { readonly vector: Float32Array; readonly context: Float32Array },
  seed: number,
  keyHash: bigint,
): { vector: Float32Array; context: Float32Array } {
  const isCold = [...given.vector, ...given.context].every((x) => x === 0);
  return isCold ? { ...given, vector: initialVector(seed, keyHash, given.vector.length) } : given;
}

/** x · y in four lanes, as a SIMD register sums it. */
export function dot(x: Float32Array, y: Float32Array): number {
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
export function lookUp(table: Float32Array, x: number, saturated: number): number {
  if (x >= 6 || x <= -6) return saturated;
  return table[Math.trunc(f32(f32(x + 6) * f32(1024 / 12)))]!;
}
