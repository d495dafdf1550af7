/** The regression against the objective it minimises, and its two ways of solving against one another. */
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import { factorize, solve } from '../../src/refresh/cholesky.ts';
import { type Observation, regressRow } from '../../src/refresh/row-regression.ts';

const D = 7; // odd, and no multiple of four: both loops have a rest
const random = createRandom(5);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const draw = (n: number): Float64Array => Float64Array.from({ length: n }, normal);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);

/** A covariance A Aᵀ + I / 2, whole. */
function drawCovariance(): Float64Array {
  const a = draw(D * D);
  return Float64Array.from({ length: D * D }, (_, at) => {
    const [i, j] = [Math.floor(at / D), at % D];
    return dot(a.subarray(i * D, i * D + D), a.subarray(j * D, j * D + D)) + (i === j ? 0.5 : 0);
  });
}
const observe = (count: number): Observation[] =>
  Array.from({ length: count }, () => ({ row: draw(D), lift: normal(), variance: 0.2 + random() }));

describe('a row regressed on observations', () => {
  const covariance = drawCovariance();
  const factor = factorize(covariance.slice(), D);
  const mean = draw(D);

  /** (x − m)ᵀ Σ⁻¹ (x − m) + Σ_k ((x − m)·y_k − lift_k)² / variance_k, by the definition. */
  function toObjective(x: Float64Array, observations: readonly Observation[]): number {
    const u = x.map((value, i) => value - mean[i]!);
    const prior = dot(u, solve(factor, D, u.slice()));
    return observations.reduce(
      (sum, { row, lift, variance }) => sum + (dot(u, row) - lift) ** 2 / variance,
      prior,
    );
  }

  // Below D unknowns are observations, above it dimensions: both must end at the one minimum.
  test.each([1, 3, D, D + 1, 40])(
    '%i observations: the objective is least there, in every direction',
    (count) => {
      const observations = observe(count);
      const x = regressRow(mean, factor, observations);
      const least = toObjective(x, observations);
      for (let i = 0; i < D; i++) {
        for (const step of [-1e-3, 1e-3]) {
          const moved = x.slice();
          moved[i]! += step;
          expect(toObjective(moved, observations)).toBeGreaterThan(least);
        }
        // The central difference of a quadratic is its gradient, up to rounding: 1e-16 · objective / step.
        const [up, down] = [x.slice(), x.slice()];
        up[i]! += 1e-3;
        down[i]! -= 1e-3;
        const gradient = (toObjective(up, observations) - toObjective(down, observations)) / 2e-3;
        expect(Math.abs(gradient)).toBeLessThan(1e-9 * (1 + least));
      }
      expect(least).toBeLessThan(toObjective(mean, observations));
    },
  );

  test('nothing observed: the mean', () => {
    expect(regressRow(mean, factor, [])).toEqual(mean);
  });

  test('an observation without noise is met', () => {
    const [sure] = observe(1);
    const x = regressRow(mean, factor, [{ ...sure!, variance: 1e-12 }]);
    expect(dot(x, sure!.row) - dot(mean, sure!.row)).toBeCloseTo(sure!.lift, 8);
  });

  test('twice the same with noise v is once with noise v / 2', () => {
    const [once] = observe(1);
    const twice = regressRow(mean, factor, [once!, once!]);
    const half = regressRow(mean, factor, [{ ...once!, variance: once!.variance / 2 }]);
    for (const [i, value] of twice.entries()) expect(value).toBeCloseTo(half[i]!, 10);
  });
});

describe('the factor', () => {
  test('solves what it was made of', () => {
    const a = drawCovariance();
    const b = draw(D);
    const x = solve(factorize(a.slice(), D), D, b.slice());
    for (let i = 0; i < D; i++) expect(dot(a.subarray(i * D, i * D + D), x)).toBeCloseTo(b[i]!, 10);
  });

  test('a matrix that is not positive definite is refused', () => {
    expect(() => factorize(Float64Array.of(1, 2, 2, 1), 2)).toThrow(
      expect.objectContaining({ code: 'INTERNAL' }),
    );
  });
});
