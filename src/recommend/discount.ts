/** Popular products discounted by the number of their customers, for scores of either kind. */

/** What a score is: a share of something (≥ 0), or the logarithm of odds (any sign). */
export type ScoreScale = 'share' | 'log-odds';

/**
 * A share is divided by degree^β, as RP3β does. A dot product of skip-gram with negative sampling is a logit,
 * so that odds / degree^β is dot − β · ln degree: the same discount, which holds for negative scores too,
 * where division would raise them. Degrees below 1 count as 1; a discounted score is never higher.
 *
 * @param exponent β ≥ 0; 0 changes nothing
 * @see Paudel et al., Updatable, accurate, diverse, and scalable recommendations, TiiS 2017
 * @see Levy & Goldberg, Neural word embedding as implicit matrix factorization, NIPS 2014
 */
export function discountScore(
  score: number,
  {
    degree,
    exponent,
    scale,
  }: { readonly degree: number; readonly exponent: number; readonly scale: ScoreScale },
): number {
  const popularity = Math.max(1, degree);
  return scale === 'share' ? score / popularity ** exponent : score - exponent * Math.log(popularity);
}
