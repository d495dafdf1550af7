import { describe, expect, test } from 'vitest';
import { bootstrapMeans, boundBest, toBand, toMean, toQuantile } from '../../src/analyze/bootstrap.ts';
import { toStream } from '../../src/analyze/shuffle.ts';

const draw = (purpose: string) => ({ random: toStream(1, purpose), resamples: 400 });

test('quantiles are linear between neighbours', () => {
  expect(toQuantile([1, 2, 3, 4], 0)).toBe(1);
  expect(toQuantile([1, 2, 3, 4], 1)).toBe(4);
  expect(toQuantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(toQuantile([0, 10], 0.025)).toBeCloseTo(0.25, 12);
  expect(toQuantile([7], 0.3)).toBe(7);
});

test('a band holds the middle 95 % of the draws', () => {
  const { mean, low, high } = toBand(Float64Array.from({ length: 1001 }, (_, i) => i));
  expect(mean).toBe(500);
  expect(low).toBeCloseTo(25, 9);
  expect(high).toBeCloseTo(975, 9);
});

describe('bootstrapMeans', () => {
  test('constant values have an interval of no width', async () => {
    const [interval] = await bootstrapMeans([new Float64Array(50).fill(0.25)], draw('constant'));
    expect(interval).toEqual({ mean: 0.25, low: 0.25, high: 0.25 });
  });

  test('columns share their resamples: the difference of a column with itself plus 1 is exactly 1', async () => {
    const a = Float64Array.from({ length: 40 }, (_, i) => (i * 7) % 11);
    const [one, other] = await bootstrapMeans([a, a.map((x) => x + 1)], draw('paired'));
    expect(other!.low - one!.low).toBeCloseTo(1, 10);
    expect(other!.high - one!.high).toBeCloseTo(1, 10);
  });

  test('the same seed gives the same interval, another seed another one', async () => {
    const a = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i));
    expect(await bootstrapMeans([a], draw('x'))).toEqual(await bootstrapMeans([a], draw('x')));
    expect(await bootstrapMeans([a], draw('x'))).not.toEqual(await bootstrapMeans([a], draw('y')));
  });

  test('95 % intervals cover the true mean about 95 times in 100', async () => {
    const TRIALS = 400;
    const random = toStream(5, 'coverage');
    let covered = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const sample = Float64Array.from({ length: 60 }, () => (random() < 0.3 ? 1 : 0)); // true mean .3
      const [interval] = await bootstrapMeans([sample], { random, resamples: 200 });
      if (interval!.low <= 0.3 && 0.3 <= interval!.high) covered++;
    }
    // A percentile interval on 60 yes/no values covers about .93; its binomial error over 400 trials is .013: ± 4σ.
    expect(covered / TRIALS).toBeGreaterThan(0.93 - 0.052);
    expect(covered / TRIALS).toBeLessThanOrEqual(0.93 + 0.052);
  });

  test.each([
    ['no customers', [new Float64Array(0)]],
    ['columns of two lengths', [new Float64Array(2), new Float64Array(3)]],
    ['a value that is not finite', [Float64Array.of(1, Number.NaN)]],
  ])('refuses %s', async (_, columns) => {
    await expect(bootstrapMeans(columns, draw('bad'))).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('boundBest', () => {
  test('of one contender: the mean, less what the upper end of its resampled means is above it', async () => {
    const a = Float64Array.from({ length: 50 }, (_, i) => (i * 7) % 11);
    const [interval] = await bootstrapMeans([a], draw('one'));
    expect(await boundBest([a], draw('one'))).toBeCloseTo(2 * interval!.mean - interval!.high, 12);
  });

  test('another contender never raises it but by being better, and a copy changes nothing', async () => {
    const a = Float64Array.from({ length: 50 }, (_, i) => Math.sin(i * i));
    const worse = Float64Array.from({ length: 50 }, (_, i) => Math.cos(3 * i) - 0.5);
    const alone = await boundBest([a], draw('more'));
    expect(await boundBest([a, a], draw('more'))).toBe(alone);
    expect(await boundBest([a, worse], draw('more'))).toBeLessThanOrEqual(alone);
  });

  test('where none of ten is better, the best is taken for better in 2.5 % of cases; its plain interval errs far oftener', async () => {
    const CASES = 200;
    const random = toStream(9, 'luck');
    let [plain, bound] = [0, 0];
    for (let i = 0; i < CASES; i++) {
      const contenders = Array.from({ length: 10 }, () =>
        Float64Array.from({ length: 60 }, () => random() - 0.5),
      );
      const best = contenders.reduce((a, b) => (toMean(b) > toMean(a) ? b : a));
      const [interval] = await bootstrapMeans([best], { random, resamples: 200 });
      if (interval!.low > 0) plain++;
      if ((await boundBest(contenders, { random, resamples: 200 })) > 0) bound++;
    }
    // Nominal .025; a bootstrap of 60 values is a little short, say .04, with a binomial error of .014 over 200: + 4σ.
    expect(bound / CASES).toBeLessThan(0.04 + 0.056);
    // Ten independent intervals miss 0 on this side with 1 − .975¹⁰ = .22, error .029: − 4σ.
    expect(plain / CASES).toBeGreaterThan(0.22 - 0.116);
  });
});
