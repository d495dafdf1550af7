/**
 * How far a mean over customers could be off: percentile bootstrap, customers drawn with replacement.
 * It covers the choice of customers, not that of the split, the seed of a training or the period.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Pause } from './types.ts';

/** Mean with the bounds of its 95 % interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly random: () => number;
  readonly resamples: number;
  readonly pause?: Pause;
}

export const CONFIDENCE = 0.95;

/** Quantile of ascending values, linear between neighbours (type 7 of Hyndman & Fan). */
export function toQuantile(sorted: ArrayLike<number>, share: number): number {
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}

/** Mean of draws with the band that holds the middle 95 % of them. */
export function toBand(draws: Float64Array, mean = toMean(draws)): Interval {
  const sorted = draws.slice().sort();
  const tail = (1 - CONFIDENCE) / 2;
  return { mean, low: toQuantile(sorted, tail), high: toQuantile(sorted, 1 - tail) };
}

export function toMean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/**
 * Intervals of the means of several columns over the same customers. One draw of customers serves
 * all columns, so what is compared is compared on the same resamples; for a paired difference pass
 * the column of differences.
 *
 * @param columns each f64 [customers], parallel
 * @throws ShelfwalkError INTERNAL — no customers, columns of different lengths, or a value that is not finite
 */
export async function bootstrapMeans(
  columns: readonly Float64Array[],
  options: BootstrapOptions,
): Promise<Interval[]> {
  const means = await resampleMeans(columns, options);
  return columns.map((c, i) => toBand(means[i]!, toMean(c)));
}

/**
 * How much better than one rival the best of several is, seen that it was chosen for being the best on these very
 * customers: the largest mean difference, less what the largest of as many means is above its own by chance
 * (the upper end of the band of max over k of mean* − mean). With one column it is the lower end of a plain interval
 * by the basic bootstrap. White, A reality check for data snooping, Econometrica 2000.
 *
 * @param differences each f64 [customers], parallel: of the contenders, minus the rival
 * @returns the bound below
 * @throws ShelfwalkError INTERNAL — as of `bootstrapMeans`
 */
export async function boundBest(
  differences: readonly Float64Array[],
  options: BootstrapOptions,
): Promise<number> {
  const resampled = await resampleMeans(differences, options);
  const means = differences.map(toMean);
  const largest = new Float64Array(options.resamples).fill(Number.NEGATIVE_INFINITY);
  for (const [c, draws] of resampled.entries()) {
    for (let r = 0; r < draws.length; r++) largest[r] = Math.max(largest[r]!, draws[r]! - means[c]!);
  }
  return Math.max(...means) - toBand(largest).high;
}

/** Means of columns over customers drawn with replacement, each f64 [resamples]; a draw serves all columns. */
async function resampleMeans(
  columns: readonly Float64Array[],
  { random, resamples, pause }: BootstrapOptions,
): Promise<Float64Array[]> {
  const n = columns[0]?.length ?? 0;
  for (const c of columns) {
    if (n === 0 || c.length !== n || !c.every(Number.isFinite)) {
      throw new ShelfwalkError('INTERNAL', {
        expected: 'columns of finite values, of one length > 0',
        found: c.length,
      });
    }
  }
  const means = columns.map(() => new Float64Array(resamples));
  const drawn = new Uint32Array(n);
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < n; i++) drawn[i] = Math.floor(random() * n);
    for (let c = 0; c < columns.length; c++) {
      const values = columns[c]!;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += values[drawn[i]!]!;
      means[c]![r] = sum / n;
    }
    await pause?.();
  }
  return means;
}
