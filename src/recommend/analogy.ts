/**
 * "a is to b as c is to …" by arithmetic on directions: what is near to all of the positive examples and far
 * from the negative ones, by a sum of cosines or by their product.
 */
import { toNorm } from '../base/matrix.ts';

export const ANALOGY_METHODS = ['3CosAdd', '3CosMul'] as const;
export type AnalogyMethod = (typeof ANALOGY_METHODS)[number];

/** Keeps a cosine of −1 from dividing by zero; the paper's value. */
const EPSILON = 0.001;

/**
 * 3CosAdd as one query: cos(x, Σ positive − Σ negative) over unit vectors orders x as Σ cos(x, p) − Σ cos(x, n) does.
 * @returns f64 [dimension]; its norm is 0 where the examples cancel out
 * @see Mikolov et al., Linguistic regularities in continuous space word representations, NAACL 2013
 */
export function toOffset(
  positive: readonly ArrayLike<number>[],
  negative: readonly ArrayLike<number>[],
): Float64Array {
  const sum = new Float64Array((positive[0] ?? negative[0])!.length);
  for (const [sign, vectors] of [
    [1, positive],
    [-1, negative],
  ] as const) {
    for (const vector of vectors) {
      const norm = toNorm(vector);
      for (let d = 0; d < sum.length; d++) sum[d]! += (sign * vector[d]!) / norm;
    }
  }
  return sum;
}

/**
 * 3CosMul: Π over positive of c(x, p) / Π over negative of (c(x, n) + ε), c = (1 + cosine) / 2. A product lets
 * no single example outweigh the others.
 * @see Levy & Goldberg, Linguistic regularities in sparse and explicit word representations, CoNLL 2014, §6
 */
export function toCosMul(positive: readonly number[], negative: readonly number[]): number {
  const near = positive.reduce((product, cosine) => product * ((1 + cosine) / 2), 1);
  return negative.reduce((quotient, cosine) => quotient / ((1 + cosine) / 2 + EPSILON), near);
}
