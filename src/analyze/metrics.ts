/**
 * Quality of one ranked list, by formula. A list is given as flags: flags[i] = 1 where the product at
 * rank i + 1 is relevant. R = number of relevant products, in the list or not; R ≥ 1. A list shorter
 * than k counts as misses to the end.
 */

export const METRICS = ['recall', 'ndcg', 'hitRate', 'mrr', 'precision'] as const;
export type MetricName = (typeof METRICS)[number];

/** Hits among the first k. */
function toHits(flags: ArrayLike<number>, k: number): number {
  let hits = 0;
  for (let i = 0; i < Math.min(k, flags.length); i++) hits += flags[i]!;
  return hits;
}

/** Recall@k = hits@k / R. Divided by R, not by min(k, R): with more than k relevant products it cannot reach 1. */
const toRecall = (flags: ArrayLike<number>, relevantCount: number, k: number): number =>
  toHits(flags, k) / relevantCount;

/** Precision@k = hits@k / k, also where the list is shorter than k. */
export const toPrecision = (flags: ArrayLike<number>, _relevantCount: number, k: number): number =>
  toHits(flags, k) / k;

/** HR@k = 1 if hits@k ≥ 1, else 0. */
export const toHitRate = (flags: ArrayLike<number>, _relevantCount: number, k: number): number =>
  toHits(flags, k) > 0 ? 1 : 0;

/** MRR@k = 1 / rank of the first hit, 0 if that lies beyond k. */
function toReciprocalRank(flags: ArrayLike<number>, _relevantCount: number, k: number): number {
  for (let i = 0; i < Math.min(k, flags.length); i++) if (flags[i]) return 1 / (i + 1);
  return 0;
}

/**
 * NDCG@k with binary gains: DCG / IDCG, DCG = Σ_{i=1…k} flag_i / log2(i + 1),
 * IDCG = Σ_{i=1…min(k, R)} 1 / log2(i + 1).
 * @see Järvelin & Kekäläinen, Cumulated gain-based evaluation, TOIS 2002
 */
function toNdcg(flags: ArrayLike<number>, relevantCount: number, k: number): number {
  let gained = 0;
  let ideal = 0;
  for (let i = 0; i < k; i++) {
    const gain = 1 / Math.log2(i + 2);
    if (i < relevantCount) ideal += gain;
    if (i < flags.length && flags[i]) gained += gain;
  }
  return gained / ideal;
}

export const METRIC_OF: Record<
  MetricName,
  (flags: ArrayLike<number>, relevantCount: number, k: number) => number
> = {
  recall: toRecall,
  ndcg: toNdcg,
  hitRate: toHitRate,
  mrr: toReciprocalRank,
  precision: toPrecision,
};
