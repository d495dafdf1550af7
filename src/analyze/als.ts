/**
 * Implicit alternating least squares: a factor for every customer and product, so that bought pairs come
 * near 1 with great confidence and all others near 0 with little. Minimises
 *
 *     Σ_{c,p} w_cp (b_cp − x_c · y_p)² + λ (Σ ‖x_c‖² + Σ ‖y_p‖²),   w = 1 + α b,  b = 1 where c bought p
 *
 * One side is solved exactly while the other is held, in turn: (YᵀY + α Y_cᵀ Y_c + λI) x_c = (1 + α) Σ y_p. Each
 * of these systems is solved by conjugate gradients from where the last sweep left it, without forming it.
 * @see Hu, Koren & Volinsky, Collaborative filtering for implicit feedback datasets, ICDM 2008
 * @see Takács, Pilászy & Tikk, Applications of the conjugate gradient method for implicit feedback, RecSys 2011
 */
import { type Incidence, rowOf } from './incidence.ts';
import type { Pause } from './types.ts';

export interface AlsParams {
  readonly factors: number;
  /** Both sides once. */
  readonly sweeps: number;
  /** λ > 0 */
  readonly regularization: number;
  /** α ≥ 0 */
  readonly confidence: number;
  /** Steps of conjugate gradients for each system; `factors` of them solve it exactly. */
  readonly steps: number;
}

/** Rows of one side, [rows * factors]. */
export type Factors = Float64Array;

export interface AlsFactors {
  readonly customers: Factors;
  readonly products: Factors;
}

const ROWS_PER_LOOK = 256;
/** Squared residual at which a system counts as solved. */
const SOLVED = 1e-20;

/**
 * @param random draws from [0, 1): where the factors start
 * @throws ShelfwalkError ABORTED — by way of `pause`
 */
export async function fitAls(
  { train, trainByProduct }: { readonly train: Incidence; readonly trainByProduct: Incidence },
  params: AlsParams,
  { random, pause }: { readonly random: () => number; readonly pause: Pause },
): Promise<AlsFactors> {
  const { factors, sweeps } = params;
  const start = (rows: number): Factors =>
    Float64Array.from({ length: rows * factors }, () => (random() - 0.5) / factors);
  const customers = start(train.rows);
  const products = start(train.cols);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    await solveSide(train, { solved: customers, held: products }, params, pause);
    await solveSide(trainByProduct, { solved: products, held: customers }, params, pause);
  }
  return { customers, products };
}

/** Every row of one side, the other held. A row without a pair is zero. */
export async function solveSide(
  pairs: Incidence,
  { solved, held }: { readonly solved: Factors; readonly held: Factors },
  params: AlsParams,
  pause: Pause,
): Promise<void> {
  const { factors, regularization } = params;
  const gram = toGram(held, factors);
  for (let f = 0; f < factors; f++) gram[f * factors + f]! += regularization;
  const scratch = {
    residual: new Float64Array(factors),
    direction: new Float64Array(factors),
    image: new Float64Array(factors),
  };
  for (let row = 0; row < pairs.rows; row++) {
    const x = solved.subarray(row * factors, (row + 1) * factors);
    const bought = rowOf(pairs, row);
    if (bought.length === 0) x.fill(0);
    else solveRow(x, { bought, held, gram }, params, scratch);
    if (row % ROWS_PER_LOOK === 0) await pause();
  }
}

interface System {
  readonly bought: Uint32Array;
  readonly held: Factors;
  readonly gram: Float64Array; // [factors²] YᵀY + λI
}

type Scratch = Readonly<Record<'residual' | 'direction' | 'image', Float64Array>>; // each [factors]

function solveRow(
  x: Float64Array,
  system: System,
  { factors, confidence, steps }: AlsParams,
  { residual: r, direction: p, image: ap }: Scratch,
): void {
  const { bought, held } = system;
  multiply(x, system, confidence, ap);
  for (let f = 0; f < factors; f++) r[f] = -ap[f]!;
  for (const item of bought) {
    for (let f = 0; f < factors; f++) r[f]! += (1 + confidence) * held[item * factors + f]!;
  }
  p.set(r);
  let square = dot(r, r);
  for (let step = 0; step < steps && square > SOLVED; step++) {
    multiply(p, system, confidence, ap);
    const length = square / dot(p, ap);
    for (let f = 0; f < factors; f++) {
      x[f]! += length * p[f]!;
      r[f]! -= length * ap[f]!;
    }
    const next = dot(r, r);
    for (let f = 0; f < factors; f++) p[f] = r[f]! + (next / square) * p[f]!;
    square = next;
  }
}

/** out = (YᵀY + λI) v + α Σ_{bought} y (y · v) */
function multiply(
  v: Float64Array,
  { bought, held, gram }: System,
  confidence: number,
  out: Float64Array,
): void {
  const factors = v.length;
  for (let i = 0; i < factors; i++) {
    let sum = 0;
    for (let j = 0; j < factors; j++) sum += gram[i * factors + j]! * v[j]!;
    out[i] = sum;
  }
  for (const item of bought) {
    const at = item * factors;
    let along = 0;
    for (let f = 0; f < factors; f++) along += held[at + f]! * v[f]!;
    along *= confidence;
    for (let f = 0; f < factors; f++) out[f]! += along * held[at + f]!;
  }
}

/** YᵀY, [factors²]. */
function toGram(held: Factors, factors: number): Float64Array {
  const gram = new Float64Array(factors * factors);
  for (let at = 0; at < held.length; at += factors) {
    for (let i = 0; i < factors; i++) {
      const a = held[at + i]!;
      for (let j = 0; j < factors; j++) gram[i * factors + j]! += a * held[at + j]!;
    }
  }
  return gram;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
