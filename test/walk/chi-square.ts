/**
 * Pearson's χ² test, for checks of random draws. A test rejects below SIGNIFICANCE: seeds are fixed, so
 * a pass stays a pass; with the hundred or so tests of this suite, the chance that a right kernel would
 * have failed one when they were written is below 1e-4 (Bonferroni).
 */
export const SIGNIFICANCE = 1e-6;

export interface ChiSquare {
  readonly statistic: number;
  readonly degrees: number;
}

/**
 * Adds up counts against what was expected, cell group by cell group (one multinomial each). Cells
 * expected below 5 times are pooled; a count where none can be makes the statistic infinite.
 */
export function toChiSquare(groups: Iterable<{ observed: number[]; law: ArrayLike<number> }>): ChiSquare {
  let statistic = 0;
  let degrees = 0;
  for (const { observed, law } of groups) {
    const total = observed.reduce((a, b) => a + b, 0);
    const pooled = { observed: 0, expected: 0 };
    let cells = 0;
    const add = (seen: number, expected: number): void => {
      statistic += (seen - expected) ** 2 / expected;
      cells++;
    };
    observed.forEach((seen, i) => {
      const expected = total * law[i]!;
      if (expected === 0 && seen > 0) statistic = Infinity;
      else if (expected >= 5) add(seen, expected);
      else {
        pooled.observed += seen;
        pooled.expected += expected;
      }
    });
    if (pooled.expected >= 1) add(pooled.observed, pooled.expected);
    degrees += Math.max(0, cells - 1);
  }
  return { statistic, degrees };
}

/** P(χ² with this many degrees of freedom ≥ statistic): the regularised incomplete gamma function Q(k/2, x/2). */
export function toPValue({ statistic, degrees }: ChiSquare): number {
  const [a, x] = [degrees / 2, statistic / 2];
  if (statistic === Infinity) return 0;
  if (degrees === 0) return statistic > 1e-6 ? 0 : 1;
  if (x === 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a; // series of P
    let sum = term;
    for (let n = 1; n < 10_000 && term > sum * 1e-16; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - front * sum;
  }
  let b = x + 1 - a; // Lentz's continued fraction of Q
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let n = 1; n < 10_000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front * h;
}

/** Lanczos, g = 7. */
function logGamma(x: number): number {
  const coefficients = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const t = x + 6.5;
  const sum = coefficients.reduce((s, c, i) => (i === 0 ? c : s + c / (x - 1 + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}
