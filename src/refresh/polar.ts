/**
 * The orthogonal factor of a square matrix, which is all of a singular value decomposition that laying
 * one space onto another needs: for M = U S Vᵀ it is Q = U Vᵀ.
 */
import { ShelfwalkError } from '../base/errors.ts';

/** Of M's largest entry: where M says nothing (directions no row has), nothing is turned. */
const RIDGE = 1e-10;
const MAX_STEPS = 60;
/** Sum of squared changes per column at which the steps end; they halve no more, they square. */
const SMALL_CHANGE = 1e-24;

/**
 * Newton's iteration X ← (γX + X⁻ᵀ/γ) / 2 from X = M, γ = (‖X⁻¹‖₁ ‖X⁻¹‖∞ / ‖X‖₁ ‖X‖∞)^¼. Quadratic; the
 * scaling makes it about ten steps of one inverse each, however ill-conditioned M is: 0.3 s for n = 256.
 *
 * @param m f64 [n × n], row-major, not changed
 * @returns f64 [n × n], the orthogonal Q nearest to M; QᵀM is symmetric and has no negative eigenvalue
 * @throws ShelfwalkError VECTOR_INVALID — M is all zeros or not finite
 * @see Higham, Computing the Polar Decomposition—with Applications, SIAM J. Sci. Stat. Comput. 1986, §3
 */
export function toOrthogonalFactor(m: Float64Array, n: number): Float64Array {
  const largest = m.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  if (!(largest > 0) || !Number.isFinite(largest)) {
    const found = largest === 0 ? 'all zeros' : 'a value that is not finite';
    throw new ShelfwalkError('VECTOR_INVALID', { field: 'product of shared rows', found });
  }
  let x = m.map((value) => value / largest);
  for (let i = 0; i < n; i++) x[i * n + i]! += RIDGE;
  for (let step = 0; step < MAX_STEPS; step++) {
    const inverse = invert(x, n);
    const gamma = (toNormProduct(inverse, n) / toNormProduct(x, n)) ** 0.25;
    const next = new Float64Array(n * n);
    let change = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const value = (gamma * x[i * n + j]! + inverse[j * n + i]! / gamma) / 2;
        change += (value - x[i * n + j]!) ** 2;
        next[i * n + j] = value;
      }
    }
    x = next;
    if (change < SMALL_CHANGE * n) return x;
  }
  throw new ShelfwalkError('INTERNAL', { found: `no orthogonal factor after ${MAX_STEPS} steps`, n });
}

/** ‖A‖₁ · ‖A‖∞: greatest column sum times greatest row sum of absolute values. */
function toNormProduct(a: Float64Array, n: number): number {
  const columns = new Float64Array(n);
  let rows = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++) {
      const value = Math.abs(a[i * n + j]!);
      row += value;
      columns[j]! += value;
    }
    rows = Math.max(rows, row);
  }
  return rows * columns.reduce((max, x) => Math.max(max, x), 0);
}

/** Gauss–Jordan in place with partial pivoting. @throws ShelfwalkError INTERNAL — singular to the last bit */
export function invert(a: Float64Array, n: number): Float64Array {
  const x = a.slice();
  const pivots = new Uint32Array(n);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) {
      if (Math.abs(x[i * n + k]!) > Math.abs(x[pivot * n + k]!)) pivot = i;
    }
    pivots[k] = pivot;
    swapRows(x, n, k, pivot);
    const scale = 1 / x[k * n + k]!;
    if (!Number.isFinite(scale)) throw new ShelfwalkError('INTERNAL', { found: 'a singular matrix', n });
    x[k * n + k] = 1;
    for (let j = 0; j < n; j++) x[k * n + j]! *= scale;
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = x[i * n + k]!;
      x[i * n + k] = 0;
      for (let j = 0; j < n; j++) x[i * n + j]! -= factor * x[k * n + j]!;
    }
  }
  for (let k = n - 1; k >= 0; k--) swapColumns(x, n, k, pivots[k]!);
  return x;
}

function swapRows(x: Float64Array, n: number, a: number, b: number): void {
  if (a === b) return;
  for (let j = 0; j < n; j++) {
    const kept = x[a * n + j]!;
    x[a * n + j] = x[b * n + j]!;
    x[b * n + j] = kept;
  }
}

function swapColumns(x: Float64Array, n: number, a: number, b: number): void {
  if (a === b) return;
  for (let i = 0; i < n; i++) {
    const kept = x[i * n + a]!;
    x[i * n + a] = x[i * n + b]!;
    x[i * n + b] = kept;
  }
}
