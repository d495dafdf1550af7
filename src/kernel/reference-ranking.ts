/**
 * Windows that rank, in plain TypeScript: softmax with the correction for how likely negatives are drawn, and BPR.
 * As reference.ts, equal to the kernel bit for bit: the same f32 operations in the same order.
 */
import { dot, isFrozen, LOSS_EVERY, lookUp, type ReferenceModel, TILE, updateTile } from './reference.ts';
import type { ReferenceWindow } from './reference-windows.ts';

const f32 = Math.fround;
const NONE = f32(-1e30);

export interface RankingTables {
  readonly biases: Float32Array; //    [2n] of softmax: as a negative, as the centre
  readonly logCounts: Float32Array; // [257]
  readonly regularization: number;
}

/** Of one context: α times the negative gradient of its loss by each score. */
interface Errors {
  readonly errors: number[]; // [1 + K]
  readonly loss: number;
}

/** All errors of a window first, then both sides, tile by tile; then what λ takes. */
export function trainRanking(
  model: ReferenceModel,
  window: ReferenceWindow,
  tokens: readonly number[],
  alpha: number,
): void {
  const { contextsAt, center, negatives } = window;
  const sampled = model.totals.windows++ % LOSS_EVERY === 0;
  model.totals.pairs += contextsAt.length;
  if (sampled) model.totals.lossPairs += contextsAt.length;
  const nodes = [center, ...negatives];
  const drawn = countDrawn(window);
  const share = drawn === 0 ? 0 : f32(1 / drawn);
  const shifts = toShifts(model, window);
  const all = contextsAt.map((j) => {
    const x = model.vectors[tokens[j]!]!;
    const scores = nodes.map((v) => (v === undefined ? 0 : dot(x, model.contexts[v]!)));
    return model.objective === 'bpr'
      ? toPairwiseErrors(model, { scores, shifts, share, alpha: f32(f32(alpha) * share) })
      : toSoftmaxErrors(scores, shifts, f32(alpha));
  });
  if (sampled) for (const { loss } of all) model.totals.lossSum += loss;
  for (let first = 0; first < nodes.length; first += TILE) {
    const errors = nodes.slice(first, first + TILE).map((_, t) => all.map((one) => one.errors[first + t]!));
    updateTile(model, { window, tokens, first, errors });
  }
  if (drawn > 0) regularize(model, window, tokens, alpha);
}

/** k: in a walk that pushes, those that are left out as well. */
const countDrawn = ({ negatives, isPushed }: ReferenceWindow): number =>
  isPushed ? negatives.length : negatives.filter((v) => v !== undefined).length;

/** What is added to each score; NONE where no negative was drawn. */
function toShifts({ objective, ranking }: ReferenceModel, window: ReferenceWindow): number[] {
  const { center, negatives } = window;
  if (objective === 'bpr') return [0, ...negatives.map((v) => (v === undefined ? NONE : 0))];
  const { biases, logCounts } = ranking!;
  const ofCenter = f32(biases[2 * center + 1]! + logCounts[countDrawn(window)]!);
  return [ofCenter, ...negatives.map((v) => (v === undefined ? NONE : biases[2 * v]!))];
}

function toSoftmaxErrors(scores: number[], shifts: number[], alpha: number): Errors {
  const shifted = scores.map((s, t) => f32(s + shifts[t]!));
  const top = Math.max(...shifted);
  const powers = shifted.map((s) => exp(f32(s - top)));
  const whole = sumInLanes(powers);
  const scale = f32(-alpha / whole);
  const errors = powers.map((p) => f32(p * scale));
  errors[0] = f32(alpha + errors[0]!);
  return { errors, loss: Math.log(whole) - f32(shifted[0]! - top) };
}

/** Six of eight lanes of two registers hold a tile; the upper four are added to the lower, then tile to tile. */
function sumInLanes(values: number[]): number {
  const lanes = new Float32Array(4);
  for (let first = 0; first < values.length; first += TILE) {
    const at = (t: number): number => (t < TILE ? (values[first + t] ?? 0) : 0);
    for (let lane = 0; lane < 4; lane++) lanes[lane]! += f32(at(lane) + at(lane + 4));
  }
  return f32(f32(lanes[0]! + lanes[1]!) + f32(lanes[2]! + lanes[3]!));
}

/** @param alpha of one of the k @param share 1 / k */
function toPairwiseErrors(
  model: ReferenceModel,
  { scores, shifts, share, alpha }: { scores: number[]; shifts: number[]; share: number; alpha: number },
): Errors {
  let [sum, loss] = [0, 0];
  const errors = scores.map((score, t) => {
    if (t === 0 || shifts[t] === NONE) return 0;
    const behind = f32(score - scores[0]!);
    loss += lookUp(model.softplus, behind, Math.max(0, behind));
    const g = lookUp(model.sigmoids, behind, behind > 0 ? 1 : 0);
    sum = f32(sum + g);
    return f32(-alpha * g);
  });
  errors[0] = f32(alpha * sum);
  return { errors, loss: loss * share };
}

/** Each pair takes λ of the rows that stand in it, a kth of each negative's. */
function regularize(
  model: ReferenceModel,
  window: ReferenceWindow,
  tokens: readonly number[],
  alpha: number,
): void {
  const { contextsAt, center, negatives } = window;
  const lambda = f32(model.ranking?.regularization ?? 0);
  if (lambda === 0) return;
  const decay = f32(f32(alpha) * lambda);
  const ofInput = Math.max(0, f32(1 - decay));
  const ofCenter = Math.max(0, f32(1 - f32(decay * contextsAt.length)));
  const ofNegative = Math.max(0, f32(1 - f32(f32(decay * contextsAt.length) / countDrawn(window))));
  const shrink = (rows: Float32Array[], v: number | undefined, keep: number): void => {
    if (v === undefined || isFrozen(model, v)) return;
    rows[v]!.forEach((x, d) => {
      rows[v]![d] = x * keep;
    });
  };
  for (const j of contextsAt) shrink(model.vectors, tokens[j], ofInput);
  shrink(model.contexts, center, ofCenter);
  for (const v of negatives) shrink(model.contexts, v, ofNegative);
}

/** e^x, x ≤ 0, as assembly/exp-log.ts computes it; 0 below −60. */
export function exp(x: number): number {
  if (!(x > -60)) return 0;
  const n = Math.floor(f32(f32(x * f32(Math.LOG2E)) + 0.5));
  const r = f32(f32(x - f32(n * f32(0.693359375))) - f32(n * f32(-2.1219444e-4)));
  let y = f32(1.98756915e-4);
  for (const c of [1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1]) {
    y = f32(f32(y * r) + f32(c));
  }
  return f32(f32(f32(f32(f32(y * r) * r) + r) + 1) * 2 ** n);
}
