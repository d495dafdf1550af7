/** What recommendation lists are made of: how much of the catalogue they reach, how evenly, how popular it is. */
import { rowOf } from './incidence.ts';
import { NO_PRODUCT } from './ranker.ts';
import type { Spread } from './report.ts';
import type { Sliced } from './slices.ts';
import type { Protocol } from './types.ts';

/**
 * Gini coefficient of counts, zeros included: G = Σ_i (2i − n − 1) x_i / (n Σ x), x ascending, i from 1.
 * 0 when all are equal (or all are 0), (n − 1)/n when one holds everything.
 */
export function toGini(counts: ArrayLike<number>): number {
  const x = Float64Array.from(counts).sort();
  let total = 0;
  let weighted = 0;
  for (let i = 0; i < x.length; i++) {
    total += x[i]!;
    weighted += (2 * (i + 1) - x.length - 1) * x[i]!;
  }
  return total === 0 ? 0 : weighted / (x.length * total);
}

/** @param k length the lists are cut to, ≤ the width of the lists */
export function measureSpread(
  { measured, population, yardsticks }: Sliced,
  { k, protocol }: { readonly k: number; readonly protocol: Protocol },
): Spread {
  const { lists } = measured;
  const { logPopularity, logCustomers } = yardsticks;
  const shown = new Uint32Array(logPopularity.length);
  let shownSum = 0;
  let boughtSum = 0;
  let filled = 0;
  for (const [i, customer] of lists.members.entries()) {
    const row = lists.products.subarray(i * lists.width, i * lists.width + k);
    const list = row.filter((p) => p !== NO_PRODUCT);
    for (const p of list) shown[p]!++;
    if (list.length > 0) {
      shownSum += toMeanOf(list, logPopularity);
      filled++;
    }
    boughtSum += toMeanOf(rowOf(population.relevant[protocol], customer), logPopularity);
  }
  const reached = shown.reduce((n, times) => n + (times > 0 ? 1 : 0), 0);
  const popularityShown = filled === 0 ? 0 : shownSum / filled;
  return {
    coverage: reached / shown.length,
    gini: toGini(shown),
    popularityShown,
    // One added on both sides: a product that nobody bought yet is as novel as can be, not infinitely so.
    novelty: filled === 0 ? 0 : (logCustomers - popularityShown) / Math.LN2,
    popularityBought: boughtSum / lists.members.length,
  };
}

function toMeanOf(products: Uint32Array, value: Float64Array): number {
  let sum = 0;
  for (const p of products) sum += value[p]!;
  return sum / products.length;
}
