/** Fused rankings: the sum as it is written down, and weights against every other choice of them. `own` by itself. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BLEND_MEMBERS,
  type BlendCase,
  type BlendWeights,
  fuseRankings,
  learnBlend,
  NEW_MEMBERS,
} from '../../src/analyze/blend.ts';
import { createRandom } from '../../src/base/rng.ts';

const rankings = (embedding: number[], walk: number[], counts: number[], own: number[] = []) => ({
  embedding,
  walk,
  counts,
  own,
});
const ranking = fc.uniqueArray(fc.nat(15), { maxLength: 10 });
const relevant = fc.uniqueArray(fc.nat(20), { minLength: 1, maxLength: 4 });
const cases = fc.array(
  fc.record({
    rankings: fc.tuple(ranking, ranking, ranking).map(([a, b, c]) => rankings(a, b, c)),
    relevant,
  }),
  { minLength: 1, maxLength: 5 },
);
const casesWithOwn = fc.array(
  fc.record({
    rankings: fc.tuple(ranking, ranking, ranking, ranking).map(([a, b, c, d]) => rankings(a, b, c, d)),
    relevant,
  }),
  { minLength: 1, maxLength: 5 },
);
const ofNew = (given: readonly BlendCase[]) => ({ new: given, all: [] });

test('a product scores the weighted reciprocal of 60 + its place, from 1', () => {
  const weights = { embedding: 0.4, walk: 0.3, counts: 0.2, own: 0.1 };
  const scores = fuseRankings(rankings([7, 8], [8], [9, 8, 7], [6, 7]), weights);
  expect(Object.fromEntries(scores)).toEqual({
    6: expect.closeTo(0.1 / 61, 12),
    7: expect.closeTo(0.4 / 61 + 0.2 / 63 + 0.1 / 62, 12),
    8: expect.closeTo(0.4 / 62 + 0.3 / 61 + 0.2 / 62, 12),
    9: expect.closeTo(0.2 / 61, 12),
  });
  const alone = { embedding: 1, walk: 0, counts: 0, own: 0 };
  expect([...fuseRankings(rankings([7], [8], [], [9]), alone).keys()]).toEqual([7]);
});

/** Scores all, sorts them, irrelevant ones first among equals, and counts. */
function toNdcgPlainly({ rankings: given, relevant }: BlendCase, weights: BlendWeights, k: number): number {
  const list = [...fuseRankings(given, weights)]
    .filter(([, score]) => score > 0)
    .sort(([p, a], [q, b]) => b - a || Number(relevant.includes(p)) - Number(relevant.includes(q)));
  const gain = list
    .slice(0, k)
    .reduce((sum, [p], place) => sum + (relevant.includes(p) ? 1 / Math.log2(place + 2) : 0), 0);
  let ideal = 0;
  for (let place = 0; place < Math.min(k, relevant.length); place++) ideal += 1 / Math.log2(place + 2);
  return gain / ideal;
}

const meanOf = (given: readonly BlendCase[], weights: BlendWeights, k: number): number =>
  given.reduce((sum, one) => sum + toNdcgPlainly(one, weights, k), 0) / given.length;

test('no weights in steps of a tenth do better on what is new than those that are learned', () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 5 }), (given, k) => {
      const measure = (weights: BlendWeights) => meanOf(given, weights, k);
      const learned = learnBlend(ofNew(given), k);
      expect(learned.ndcg).toBeCloseTo(measure(learned.weights), 9);
      expect(BLEND_MEMBERS.reduce((sum, member) => sum + learned.weights[member], 0)).toBeCloseTo(1, 12);
      for (let a = 0; a <= 10; a++) {
        for (let b = 0; a + b <= 10; b++) {
          const weights = { embedding: a / 10, walk: b / 10, counts: (10 - a - b) / 10, own: 0 };
          expect(measure(weights)).toBeLessThanOrEqual(learned.ndcg + 1e-9);
        }
      }
      for (const member of NEW_MEMBERS)
        expect(learned.alone[member]).toBeLessThanOrEqual(learned.ndcg + 1e-12);
    }),
    { numRuns: 60 },
  );
});

test('own: the ratios of the others stay those of what is new, and no share does better with repeats', () => {
  fc.assert(
    fc.property(cases, casesWithOwn, fc.integer({ min: 1, max: 5 }), (given, all, k) => {
      const { weights: of } = learnBlend(ofNew(given), k);
      expect(of.own).toBe(0);
      const share = (own: number): BlendWeights => ({
        embedding: of.embedding * (1 - own),
        walk: of.walk * (1 - own),
        counts: of.counts * (1 - own),
        own,
      });
      const learned = learnBlend({ new: given, all }, k);
      for (const member of BLEND_MEMBERS)
        expect(learned.weights[member]).toBeCloseTo(share(learned.weights.own)[member], 12);
      expect(learned.all).toMatchObject({
        cases: all.length,
        withoutOwn: expect.closeTo(meanOf(all, of, k), 9),
      });
      expect(learned.all.ndcg).toBeCloseTo(meanOf(all, learned.weights, k), 9);
      for (let own = 0; own < 10; own++)
        expect(meanOf(all, share(own / 10), k)).toBeLessThanOrEqual(learned.all.ndcg + 1e-9);
      expect(learned.weights.own > 0).toBe(learned.all.ndcg > learned.all.withoutOwn);
    }),
    { numRuns: 60 },
  );
});

describe('what is learned', () => {
  const random = createRandom(2);
  const shuffled = () =>
    Array.from({ length: 30 }, (_, p) => ({ p, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ p }) => p);
  const inFront = (list: number[], p: number) => [p, ...list.filter((x) => x !== p)];

  test('the whole weight where one scorer knows and two guess', () => {
    const given = Array.from({ length: 50 }, (_, i): BlendCase => {
      return { rankings: rankings(shuffled(), inFront(shuffled(), i % 30), shuffled()), relevant: [i % 30] };
    });
    const { weights, alone, ndcg } = learnBlend(ofNew(given), 10);
    expect(alone.walk).toBe(1);
    expect(ndcg).toBe(1);
    expect(weights.walk).toBeGreaterThanOrEqual(0.5);
  });

  test('some of each where each knows a part: better than any alone', () => {
    const given = Array.from({ length: 90 }, (_, i): BlendCase => {
      const relevant = i % 30;
      const lists = [shuffled(), shuffled(), shuffled()];
      lists[i % 3] = inFront(lists[i % 3]!, relevant);
      const other = (i + 1) % 3;
      lists[other] = inFront(lists[other]!, relevant);
      return { rankings: rankings(lists[0]!, lists[1]!, lists[2]!), relevant: [relevant] };
    });
    const { ndcg, alone } = learnBlend(ofNew(given), 10);
    for (const member of NEW_MEMBERS) expect(ndcg).toBeGreaterThan(alone[member] + 0.05);
  });

  /** Everybody has one product of their own, which the others rank as they rank any. */
  const toAll = (isBoughtAgain: (i: number) => boolean) =>
    Array.from({ length: 60 }, (_, i): BlendCase => {
      const [own, other] = [i % 30, (i + 7) % 30];
      return {
        rankings: rankings(inFront(shuffled(), other), shuffled(), shuffled(), [own]),
        relevant: [isBoughtAgain(i) ? own : other],
      };
    });
  const fresh = Array.from({ length: 30 }, (_, i): BlendCase => {
    return { rankings: rankings(inFront(shuffled(), i), shuffled(), shuffled()), relevant: [i] };
  });

  test('own weighs something where people buy again, and nothing where nobody does', () => {
    const again = learnBlend({ new: fresh, all: toAll(() => true) }, 10);
    expect(again.weights.own).toBeGreaterThan(0);
    expect(again.all).toMatchObject({ ndcg: 1, alone: { own: 1 } });
    expect(again.all.withoutOwn).toBeLessThan(0.7);
    const half = learnBlend({ new: fresh, all: toAll((i) => i % 2 === 0) }, 10);
    expect(half.all.ndcg).toBeGreaterThan(Math.max(half.all.withoutOwn, half.all.alone.own));
    const never = learnBlend({ new: fresh, all: toAll(() => false) }, 10);
    expect(never.weights.own).toBe(0);
    expect(never.all.ndcg).toBe(never.all.withoutOwn);
  });
});
