/** Small dense systems of equations: a symmetric positive definite matrix and its triangular factor. */
import { ShelfwalkError } from '../base/errors.ts';

/**
 * A = L Lᵀ, in place; only the lower triangle of `a` is read and written.
 * @param a f64 [n × n], row-major
 * @throws ShelfwalkError INTERNAL — not positive definite
 */
export function factorize(a: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!;
      if (j < i) a[i * n + j] = sum / a[j * n + j]!;
      else if (sum > 0) a[i * n + i] = Math.sqrt(sum);
      else throw new ShelfwalkError('INTERNAL', { found: `pivot ${sum} of row ${i}`, expected: '> 0' });
    }
  }
  return a;
}

/** Solves L Lᵀ x = b in place. @param x f64 [n], b on the way in */
export function solve(factor: Float64Array, n: number, x: Float64Array): Float64Array {
  for (let i = 0; i < n; i++) {
    let sum = x[i]!;
    for (let k = 0; k < i; k++) sum -= factor[i * n + k]! * x[k]!;
    x[i] = sum / factor[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < n; k++) sum -= factor[k * n + i]! * x[k]!;
    x[i] = sum / factor[i * n + i]!;
  }
  return x;
}
