/**
 * Where a row of a matrix lies, given what its node touches. Before anything is known it is one of its
 * type: normal, with the mean and the covariance of the rows that were trained. Every node it touches
 * then says what its score with that node should be, as far as real pairs agree on it:
 *
 *     x ~ N(m, L Lᵀ)      (x − m) · y_k ~ N(lift_k, variance_k)
 *
 * The mean of x under both is linear regression with a prior, hence one small system of equations, of
 * as many unknowns as there are observations or dimensions, whichever are fewer.
 */
import { factorize, solve } from './cholesky.ts';

export interface Observation {
  /** [dimension] row of the node touched, in the other matrix. */
  readonly row: ArrayLike<number>;
  readonly lift: number;
  readonly variance: number; // > 0
}

/**
 * @param mean   f64 [d] before anything is observed
 * @param factor f64 [d × d] lower triangle L of the covariance of what the mean leaves over
 * @returns      f64 [d]
 */
export function regressRow(
  mean: Float64Array,
  factor: Float64Array,
  observations: readonly Observation[],
): Float64Array {
  const d = mean.length;
  const count = observations.length;
  if (count === 0) return mean.slice();
  // In coordinates u with x = m + L u and u ~ N(0, I): row k asks z_k · u = lift_k / σ_k, z_k = Lᵀ y_k / σ_k.
  const z = new Float64Array(count * d);
  const targets = new Float64Array(count);
  for (const [k, { row, lift, variance }] of observations.entries()) {
    const scale = 1 / Math.sqrt(variance);
    targets[k] = lift * scale;
    writeWhitened(factor, row, { out: z.subarray(k * d, (k + 1) * d), scale });
  }
  const u = count <= d ? solveByObservations(z, targets, d) : solveByDimensions(z, targets, d);
  return Float64Array.from(mean, (value, i) => {
    let sum = value;
    for (let j = 0; j <= i; j++) sum += factor[i * d + j]! * u[j]!;
    return sum;
  });
}

/** out = scale · Lᵀ y, L read in the order of its memory, two rows at a time so that `out` is gone through half as often. */
function writeWhitened(
  factor: Float64Array,
  y: ArrayLike<number>,
  { out, scale }: { out: Float64Array; scale: number },
): void {
  const d = out.length;
  for (let i = 0; i < d; i += 2) {
    const above = i * d;
    const below = above + d;
    const a = y[i]! * scale;
    const b = i + 1 < d ? y[i + 1]! * scale : 0;
    if (b === 0) for (let j = 0; j <= i; j++) out[j]! += factor[above + j]! * a;
    else {
      for (let j = 0; j <= i; j++) out[j]! += factor[above + j]! * a + factor[below + j]! * b;
      out[i + 1]! += factor[below + i + 1]! * b;
    }
  }
}

/** Row i · row j of z, in four sums that need not wait for one another. */
function toProduct(z: Float64Array, i: number, j: number, d: number): number {
  const x = i * d;
  const y = j * d;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < d; k += 4) {
    s0 += z[x + k]! * z[y + k]!;
    s1 += z[x + k + 1]! * z[y + k + 1]!;
    s2 += z[x + k + 2]! * z[y + k + 2]!;
    s3 += z[x + k + 3]! * z[y + k + 3]!;
  }
  for (; k < d; k++) s0 += z[x + k]! * z[y + k]!;
  return s0 + s1 + (s2 + s3);
}

/** u = Zᵀ (Z Zᵀ + I)⁻¹ t */
function solveByObservations(z: Float64Array, targets: Float64Array, d: number): Float64Array {
  const count = targets.length;
  const a = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) a[i * count + j] = toProduct(z, i, j, d) + (i === j ? 1 : 0);
  }
  return combine(z, solve(factorize(a, count), count, targets.slice()), d);
}

/** u = (Zᵀ Z + I)⁻¹ Zᵀ t, which is the same. */
function solveByDimensions(z: Float64Array, targets: Float64Array, d: number): Float64Array {
  const a = new Float64Array(d * d);
  for (let i = 0; i < d; i++) a[i * d + i] = 1;
  for (let k = 0; k < targets.length; k++) {
    for (let i = 0; i < d; i++) {
      const value = z[k * d + i]!;
      for (let j = 0; j <= i; j++) a[i * d + j]! += value * z[k * d + j]!;
    }
  }
  return solve(factorize(a, d), d, combine(z, targets, d));
}

/** Zᵀ c */
function combine(z: Float64Array, c: Float64Array, d: number): Float64Array {
  const sum = new Float64Array(d);
  for (let k = 0; k < c.length; k++) for (let i = 0; i < d; i++) sum[i]! += c[k]! * z[k * d + i]!;
  return sum;
}
