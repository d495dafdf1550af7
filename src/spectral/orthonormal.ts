/** From the products of a block's columns with one another to the matrix that makes them orthonormal. */

/** A column of which no more than this share of its squared length is new is left out: f32 sums know no better. */
const LEAST_NEW = 1e-5;

/**
 * Cholesky QR: with G = XᵀX = R ᵀR the columns of X R⁻¹ are orthonormal. A column that depends on the ones
 * before it becomes zero, and so does its column of the result, so a rank below the width is no failure.
 * @param gram f64 [n × n], row-major; only what is on and above the diagonal is read
 * @returns `turn`, f32 [n × n], upper triangular, and how many columns are left
 */
export function toOrthonormalizing(gram: Float64Array, n: number): { turn: Float32Array; rank: number } {
  const lower = new Float64Array(n * n); // Rᵀ, rows of columns that are left out are zero
  const inverse = new Float64Array(n * n); // columns of R⁻¹, as rows
  let rank = 0;
  for (let j = 0; j < n; j++) {
    let left = gram[j * n + j]!;
    for (let k = 0; k < j; k++) {
      const pivot = lower[k * n + k]!;
      if (pivot === 0) continue;
      let sum = gram[k * n + j]!;
      for (let i = 0; i < k; i++) sum -= lower[j * n + i]! * lower[k * n + i]!;
      lower[j * n + k] = sum / pivot;
      left -= lower[j * n + k]! ** 2;
    }
    if (!(left > LEAST_NEW * gram[j * n + j]!)) {
      lower.fill(0, j * n, (j + 1) * n);
      continue;
    }
    rank++;
    lower[j * n + j] = Math.sqrt(left);
    invertRow(lower, inverse, n, j);
  }
  const turn = new Float32Array(n * n);
  for (let j = 0; j < n; j++) for (let i = 0; i <= j; i++) turn[i * n + j] = inverse[j * n + i]!;
  return { turn, rank };
}

/** Column j of R⁻¹, as Gram and Schmidt say it: e_j less its share of each column before it, to length 1. */
function invertRow(lower: Float64Array, inverse: Float64Array, n: number, j: number): void {
  const pivot = lower[j * n + j]!;
  for (let k = 0; k < j; k++) {
    const share = lower[j * n + k]!;
    if (share === 0) continue;
    for (let i = 0; i <= k; i++) inverse[j * n + i]! -= share * inverse[k * n + i]!;
  }
  inverse[j * n + j] = 1;
  for (let i = 0; i <= j; i++) inverse[j * n + i]! /= pivot;
}
