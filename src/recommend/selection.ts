/**
 * From a ranking to a list: at most so many of one attribute, at most so many of one group, and by choice
 * not all alike. One greedy pass does all three, so that none takes back what another has promised.
 */

/** What is chosen from. A list of these is best first. */
export interface Candidate {
  readonly score: number; // higher is better
  /** Of norm 1; two candidates without are taken for unlike everything. */
  readonly direction?: ArrayLike<number>;
}

/** At most `max` of the list carry one and the same value. A candidate with several values counts for each. */
export interface Cap<T> {
  readonly max: number; // ≥ 1
  valuesOf(candidate: T): readonly string[];
}

/** At most `size` of one group; a candidate without a group is one of its own. */
export interface Grouping<T> {
  readonly size: number; // ≥ 1
  groupOf(candidate: T): string | undefined;
}

export interface SelectionRules<T> {
  readonly limit: number;
  /** 0: by score alone … 1: after the best one, by unlikeness alone. */
  readonly diversity: number;
  readonly caps: readonly Cap<T>[];
  readonly grouping?: Grouping<T>;
  /** On the list already, in front of what is chosen: they count for every rule. */
  readonly taken?: readonly T[];
}

/**
 * The first `limit` candidates that the rules allow. With diversity δ > 0 the next one is
 *
 *     argmax over the candidates left of (1 − δ) · r(i) − δ · max over those chosen j of cos(i, j)
 *
 * maximal marginal relevance with λ = 1 − δ; r is the score brought to 0 … 1 over all candidates, since a
 * dot product knows no scale that a cosine could be weighed against. Ties go to the better score.
 *
 * Cost: O(n) without diversity, O(limit · n · dimension) with.
 * @see Carbonell & Goldstein, The use of MMR, SIGIR 1998
 */
export function select<T extends Candidate>(candidates: readonly T[], rules: SelectionRules<T>): T[] {
  const { taken = [] } = rules;
  const quota = createQuota(rules);
  for (const candidate of taken) quota.take(candidate);
  const chosen: T[] = [];
  if (rules.diversity === 0) {
    for (const candidate of candidates) {
      if (chosen.length === rules.limit) break;
      if (quota.take(candidate)) chosen.push(candidate);
    }
    return chosen;
  }
  const { diversity } = rules;
  const relevance = toRelevance(candidates);
  const nearest = new Float64Array(candidates.length).fill(-Infinity); // greatest cosine to one on the list
  const isLeft = new Uint8Array(candidates.length).fill(1);
  const list = (candidate: T): void => {
    for (const [i, other] of candidates.entries()) {
      if (isLeft[i] === 1) nearest[i] = Math.max(nearest[i]!, toCosine(candidate, other));
    }
  };
  for (const candidate of taken) list(candidate);
  while (chosen.length < rules.limit) {
    const isFirst = chosen.length + taken.length === 0;
    const best = findBest(isLeft, (i) =>
      isFirst ? relevance[i]! : (1 - diversity) * relevance[i]! - diversity * nearest[i]!,
    );
    if (best < 0) return chosen;
    isLeft[best] = 0;
    const candidate = candidates[best]!;
    if (!quota.take(candidate)) continue;
    chosen.push(candidate);
    list(candidate);
  }
  return chosen;
}

/** Scores brought to 0 … 1; all alike are all 1. */
function toRelevance(candidates: readonly Candidate[]): Float64Array {
  const scores = Float64Array.from(candidates, ({ score }) => score);
  const [low, high] = [
    scores.reduce((a, b) => Math.min(a, b), Infinity),
    scores.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  return scores.map((score) => (high > low ? (score - low) / (high - low) : 1));
}

/** −1 where none is left; the first of equal ones. */
function findBest(isLeft: Uint8Array, rate: (i: number) => number): number {
  let best = -1;
  let greatest = -Infinity;
  for (let i = 0; i < isLeft.length; i++) {
    if (isLeft[i] === 0) continue;
    const value = rate(i);
    if (value > greatest) [best, greatest] = [i, value];
  }
  return best;
}

function toCosine({ direction: a }: Candidate, { direction: b }: Candidate): number {
  if (!a || !b) return 0;
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}

/** Counts what has been taken; `take` says no where a rule would be broken, and counts nothing then. */
function createQuota<T>({ caps, grouping }: SelectionRules<T>): { take(candidate: T): boolean } {
  const counts = caps.map(() => new Map<string, number>());
  const groups = new Map<string, number>();
  return {
    take(candidate) {
      const values = caps.map((cap) => new Set(cap.valuesOf(candidate)));
      const isFull = caps.some(({ max }, c) =>
        [...values[c]!].some((value) => (counts[c]!.get(value) ?? 0) >= max),
      );
      const group = grouping?.groupOf(candidate);
      if (isFull || (group !== undefined && (groups.get(group) ?? 0) >= grouping!.size)) return false;
      for (const [c, own] of values.entries()) {
        for (const value of own) counts[c]!.set(value, (counts[c]!.get(value) ?? 0) + 1);
      }
      if (group !== undefined) groups.set(group, (groups.get(group) ?? 0) + 1);
      return true;
    },
  };
}
