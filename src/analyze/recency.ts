/**
 * How fast what customers want moves on: the decay by which the past is weighed, learned from counting alone,
 * on events that came after what is counted. Vectors are weighed by it too; nothing is trained for it.
 */
import { createRecentItemKnn } from './baselines.ts';
import { toMean } from './bootstrap.ts';
import { measureLists, toMetricColumns } from './measure.ts';
import type { Population } from './population.ts';
import { type RankOptions, rankCustomers } from './ranker.ts';
import type { LearnedRecency } from './types.ts';

/** From "all that was ever bought counts alike" to "what was bought last decides". */
export const DECAYS = [1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5] as const;

/**
 * The decay with which item-kNN foresees best what came next; of equal ones the one nearest to none.
 * @throws ShelfwalkError ABORTED
 */
export async function learnRecency(
  population: Population & { readonly ages: Uint32Array },
  { width: k, ...options }: RankOptions & Parameters<typeof rankCustomers>[2],
): Promise<LearnedRecency> {
  const protocol = population.members.new.length > 0 ? 'new' : 'all';
  const ndcg: { decay: number; ndcg: number }[] = [];
  for (const decay of DECAYS) {
    const scorer = createRecentItemKnn({ ...population, decay });
    const lists = await rankCustomers(scorer, population, { width: k, ...options });
    const measured = measureLists(lists[protocol], population, protocol);
    ndcg.push({ decay, ndcg: toMean(toMetricColumns(measured, k).ndcg) });
  }
  const best = ndcg.reduce((a, b) => (b.ndcg > a.ndcg ? b : a));
  return { decay: best.decay, k, protocol, customers: population.members[protocol].length, ndcg };
}
