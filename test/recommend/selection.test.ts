/** Lists from rankings: against a plain reading of the rules, and by laws that hold for any ranking. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { discountScore } from '../../src/recommend/discount.ts';
import { fill } from '../../src/recommend/fill.ts';
import { select } from '../../src/recommend/selection.ts';

interface Item {
  readonly id: number;
  readonly score: number;
  readonly direction: readonly number[];
  readonly brands: readonly string[];
  readonly family?: string;
}

const unit = fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }).map((a) => [Math.cos(a), Math.sin(a)]);
const items = fc
  .array(
    fc.record({
      score: fc.integer({ min: -5, max: 5 }),
      direction: unit,
      brands: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 }),
      family: fc.option(fc.constantFrom('f', 'g', 'h'), { nil: undefined }),
    }),
    { maxLength: 30 },
  )
  .map((list) => list.map((item, id): Item => ({ ...item, id })).sort((a, b) => b.score - a.score));

const rules = fc.record({
  limit: fc.integer({ min: 1, max: 12 }),
  diversity: fc.constantFrom(0, 0.3, 1),
  caps: fc.array(
    fc.integer({ min: 1, max: 3 }).map((max) => ({ max, valuesOf: (item: Item) => item.brands })),
    { maxLength: 1 },
  ),
  grouping: fc.option(
    fc.integer({ min: 1, max: 2 }).map((size) => ({ size, groupOf: (item: Item) => item.family })),
    { nil: undefined },
  ),
});
type Rules = typeof rules extends fc.Arbitrary<infer R> ? R : never;

const mayFollow = (list: readonly Item[], item: Item, { caps, grouping }: Rules): boolean =>
  caps.every(({ max }) => item.brands.every((b) => list.filter((x) => x.brands.includes(b)).length < max)) &&
  (!grouping ||
    item.family === undefined ||
    list.filter((x) => x.family === item.family).length < grouping.size);

const cosine = (a: Item, b: Item): number => a.direction.reduce((sum, x, d) => sum + x * b.direction[d]!, 0);

/** Every step looks at everything again. */
function selectPlainly(all: readonly Item[], given: Rules): Item[] {
  const [low, high] = [Math.min(...all.map((x) => x.score)), Math.max(...all.map((x) => x.score))];
  const list: Item[] = [];
  while (list.length < given.limit) {
    let best: { item: Item; value: number } | undefined;
    for (const item of all) {
      if (list.includes(item) || !mayFollow(list, item, given)) continue;
      const relevance = high > low ? (item.score - low) / (high - low) : 1;
      const alike = list.length === 0 ? 0 : Math.max(...list.map((x) => cosine(x, item)));
      const value =
        given.diversity === 0 ? item.score : (1 - given.diversity) * relevance - given.diversity * alike;
      if (!best || value > best.value) best = { item, value };
    }
    if (!best) break;
    list.push(best.item);
  }
  return list;
}

test('as a plain reading of the rules has it', () => {
  fc.assert(
    fc.property(items, rules, (all, given) => {
      expect(select(all, given).map((x) => x.id)).toEqual(selectPlainly(all, given).map((x) => x.id));
    }),
    { numRuns: 2000 },
  );
});

describe('MMR', () => {
  const near = (id: number, score: number, angle: number): Item => ({
    id,
    score,
    direction: [Math.cos(angle), Math.sin(angle)],
    brands: [],
  });
  const all = [near(0, 1, 0), near(1, 0.9, 0.01), near(2, 0.8, 0.02), near(3, 0.2, 1.5)];
  test.each([
    [0, [0, 1, 2]],
    [0.5, [0, 3, 1]], // 1 and 2 are all but 0 itself: worth less than what is unlike it
    [1, [0, 3, 2]],
  ])('diversity %d', (diversity, expected) => {
    expect(select(all, { limit: 3, diversity, caps: [] }).map((x) => x.id)).toEqual(expected);
  });

  test('more of it never makes a list more alike', () => {
    const alike = (list: readonly Item[]): number => {
      let sum = 0;
      for (const a of list) for (const b of list) if (a !== b) sum += cosine(a, b);
      return sum;
    };
    const lists = [0, 0.5, 1].map((diversity) => alike(select(all, { limit: 2, diversity, caps: [] })));
    expect(lists).toEqual(lists.toSorted((a, b) => b - a));
  });
});

describe('fill', () => {
  const rank = (all: readonly Item[]) => {
    let asked = 0;
    return {
      ranking: async (count: number) => {
        asked = Math.max(asked, count);
        return all.slice(0, count);
      },
      asked: () => asked,
    };
  };

  test('is as full as the rules allow, whatever the ranking; without diversity it is select over all of it', async () => {
    const exponent = fc.option(fc.constantFrom(0, 0.5, 3), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(items, rules, exponent, async (all, given, beta) => {
        const discount =
          beta === undefined
            ? undefined
            : (x: Item) =>
                discountScore(x.score, { degree: 1 + (x.id % 4), exponent: beta, scale: 'log-odds' });
        const list = await fill(rank(all).ranking, { ...given, discount });
        const whole = all
          .map((x) => ({ ...x, score: discount?.(x) ?? x.score }))
          .sort((a, b) => b.score - a.score);
        const want = select(whole, given);
        expect(list.map((x) => x.id)).toEqual(want.map((x) => x.id));
      }),
      { numRuns: 500 },
    );
  });

  test('reads no more of a long ranking than it must', async () => {
    const all = Array.from(
      { length: 10_000 },
      (_, id): Item => ({ id, score: -id, direction: [1, 0], brands: [] }),
    );
    const plain = rank(all);
    expect(await fill(plain.ranking, { limit: 10, diversity: 0, caps: [] })).toHaveLength(10);
    expect(plain.asked()).toBe(10);
    const discounted = rank(all);
    const discount = (x: Item) => x.score - (x.id % 7);
    const list = await fill(discounted.ranking, { limit: 10, diversity: 0, caps: [], discount });
    expect(list.map((x) => x.score)).toEqual(
      all
        .map(discount)
        .sort((a, b) => b - a)
        .slice(0, 10),
    );
    expect(discounted.asked()).toBeLessThan(1000);
  });

  test('goes on to the end where a rule passes almost all over', async () => {
    const all = Array.from(
      { length: 1000 },
      (_, id): Item => ({
        id,
        score: -id,
        direction: [1, 0],
        brands: [id < 998 ? 'a' : 'b'],
      }),
    );
    const caps = [{ max: 1, valuesOf: (x: Item) => x.brands }];
    for (const diversity of [0, 0.5]) {
      const list = await fill(rank(all).ranking, { limit: 5, diversity, caps });
      expect(list.map((x) => x.brands[0])).toEqual(['a', 'b']);
    }
  });
});

describe('discountScore', () => {
  test('a share is divided, a logit lowered; neither is ever raised, and more customers never help', () => {
    expect(discountScore(0.6, { degree: 8, exponent: 1 / 3, scale: 'share' })).toBeCloseTo(0.3, 12);
    expect(discountScore(-2, { degree: 10, exponent: 1, scale: 'log-odds' })).toBeCloseTo(
      -2 - Math.log(10),
      12,
    );
    for (const scale of ['share', 'log-odds'] as const) {
      const scores = [0, 1, 2, 50].map((degree) => discountScore(0.5, { degree, exponent: 0.7, scale }));
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      expect(scores[0]).toBe(0.5);
    }
  });

  test('both are the same discount: odds divided by degree^β', () => {
    const [logit, facts] = [-1.3, { degree: 17, exponent: 0.4 }];
    expect(Math.exp(discountScore(logit, { ...facts, scale: 'log-odds' }))).toBeCloseTo(
      discountScore(Math.exp(logit), { ...facts, scale: 'share' }),
      12,
    );
  });
});
