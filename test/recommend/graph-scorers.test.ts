/** Scores and explanations from the graph: against matrices, against one another, and by taking edges away. */
import { describe, expect, test } from 'vitest';
import { createRecentItemKnn, createRp3b } from '../../src/analyze/baselines.ts';
import { buildIncidence, type Incidence, transpose } from '../../src/analyze/incidence.ts';
import { createRandom } from '../../src/base/rng.ts';
import { discountScore } from '../../src/recommend/discount.ts';
import { GRAPH_SCORERS, GraphScorers, toStart } from '../../src/recommend/graph-scorers.ts';
import { findPaths } from '../../src/recommend/paths.ts';

const CUSTOMERS = 60;
const PRODUCTS = 40;

/** Customers of four tastes, a fifth of the purchases anywhere; popularity is skewed. */
function plant(seed: number): [customer: number, product: number][] {
  const random = createRandom(seed);
  const pairs = new Set<string>();
  for (let c = 0; c < CUSTOMERS; c++) {
    for (let i = 0; i < 7; i++) {
      const skewed = Math.floor(random() ** 2 * 10);
      pairs.add(`${c},${random() < 0.8 ? (c % 4) * 10 + skewed : Math.floor(random() * PRODUCTS)}`);
    }
  }
  return [...pairs].map((pair) => pair.split(',').map(Number) as [number, number]);
}

function toPurchases(pairs: readonly [number, number][]): { train: Incidence; trainByProduct: Incidence } {
  const row = Uint32Array.from(pairs, ([c]) => c);
  const col = Uint32Array.from(pairs, ([, p]) => p);
  const train = buildIncidence({ count: pairs.length, row, col }, CUSTOMERS, PRODUCTS);
  return { train, trainByProduct: transpose(train) };
}

const productsOf = (pairs: readonly [number, number][], customer: number): Uint32Array =>
  Uint32Array.from(pairs.filter(([c]) => c === customer).map(([, p]) => p)).sort();

const ones = (n: number): Float64Array => new Float64Array(n).fill(1);

describe('scores', () => {
  const pairs = plant(1);
  const purchases = toPurchases(pairs);
  const scorers = new GraphScorers(purchases);

  test('walk, discounted, is RP3β; counts is item-kNN with recency: as they are evaluated', () => {
    const ages = Uint32Array.from(purchases.train.items, (p) => p % 3);
    const want = new Float32Array(PRODUCTS);
    for (let c = 0; c < CUSTOMERS; c++) {
      const own = productsOf(pairs, c);
      const walk = scorers.score('walk', own, ones(own.length));
      expect(walk.walks).toBeUndefined();
      createRp3b(purchases, 0.6).score(c, want);
      for (const [p, score] of walk.scores.entries()) {
        const degree = purchases.trainByProduct.offsets[p + 1]! - purchases.trainByProduct.offsets[p]!;
        expect(discountScore(score, { degree, exponent: 0.6, scale: 'share' })).toBeCloseTo(want[p]!, 7);
      }
      createRecentItemKnn({ ...purchases, ages, decay: 0.6 }).score(c, want);
      const weights = Float64Array.from(own, (p) => 0.6 ** (p % 3));
      expect(Array.from(scorers.score('counts', own, weights).scores)).toEqual(
        Array.from(want, (x) => expect.closeTo(x, 6)),
      );
    }
  });

  test('a walk has to end somewhere: its scores sum to 1', () => {
    const { scores } = scorers.score('walk', Uint32Array.of(3, 17), Float64Array.of(2, 1));
    expect(scores.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 6);
  });

  test('what is counted is what an exact sum goes through, not the paths: every customer is left once', () => {
    const all = Uint32Array.from({ length: PRODUCTS }, (_, p) => p);
    const exactArcs = 2 * pairs.length; // there and back
    const enough = new GraphScorers(purchases, { exactArcs });
    expect(enough.score('walk', all, ones(all.length)).walks).toBeUndefined();
    const short = new GraphScorers(purchases, { exactArcs: exactArcs - 1 });
    expect(short.score('walk', all, ones(all.length)).walks).toBeDefined();
  });

  // Each entry is a mean of W walks: within 5 standard errors, √(p (1 − p) / W) for `walk`; for `counts` the
  // entries are of mixed sizes, and what is held to is the whole: 2 % of the sum of scores, in L1.
  test('sampled scores are the exact ones, up to chance; the same question gets the same answer', () => {
    const walks = 200_000;
    const sampled = new GraphScorers(purchases, { exactArcs: 0, walks });
    const own = productsOf(pairs, 5);
    for (const scorer of GRAPH_SCORERS) {
      const exact = scorers.score(scorer, own, ones(own.length)).scores;
      const estimate = sampled.score(scorer, own, ones(own.length));
      expect(estimate.walks).toBe(walks);
      expect(sampled.score(scorer, own, ones(own.length))).toEqual(estimate);
      const sum = exact.reduce((a, b) => a + b, 0);
      const apart = exact.reduce((a, x, p) => a + Math.abs(x - estimate.scores[p]!), 0);
      expect(apart / sum).toBeLessThan(0.02);
      if (scorer === 'walk') {
        for (const [p, x] of exact.entries()) {
          expect(Math.abs(estimate.scores[p]! - x)).toBeLessThanOrEqual(
            5 * Math.sqrt((x * (1 - x)) / walks) + 1e-9,
          );
        }
      }
    }
  });
});

describe('explanations', () => {
  const pairs = plant(2);
  const purchases = toPurchases(pairs);
  const { trainByProduct } = purchases;
  const scorers = new GraphScorers(purchases);
  /** Rows of a product are its customers. */
  const graph = { offsets: trainByProduct.offsets, targets: trainByProduct.items };
  const explain = (scorer: 'walk' | 'counts', customer: number, to: number, limit: number) => {
    const own = productsOf(pairs, customer);
    const { into, middle, out } = scorers.factors(scorer);
    const start = toStart(scorer, ones(own.length), own.length);
    return findPaths(graph, {
      from: Array.from(own, (row, i) => ({ row, worth: start[i]! })),
      to,
      into: (q) => into[q]!,
      between: (c) => (c === customer ? 0 : middle[c]!),
      out: (p) => out[p]!,
      limit,
    });
  };

  test.each(GRAPH_SCORERS)('%s: the paths to a new product carry all of its score', (scorer) => {
    const own = productsOf(pairs, 9);
    const { scores } = scorers.score(scorer, own, ones(own.length));
    for (const [p, score] of scores.entries()) {
      if (own.includes(p)) continue;
      const paths = explain(scorer, 9, p, 1e6);
      expect(paths.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(score > 0 ? 1 : 0, 9);
      expect(paths.map(({ share }) => share)).toEqual(
        paths.map(({ share }) => share).toSorted((a, b) => b - a),
      );
    }
  });

  /**
   * The deletion test: without the arcs of the three heaviest paths the score falls further than without as
   * many arcs, drawn at random, of the same products: an arc of a path leads from a product to a customer,
   * and so does its stand-in, which often lowers the score too. 120 pairs of customer and recommended product.
   * The mean fall must be larger by more than 3 standard errors of the paired differences (p < 0.002), and by
   * a quarter (it is by half: 70 % of the score against 47 %).
   */
  test.each(GRAPH_SCORERS)(
    '%s: taking away the explained edges lowers the score more than others do',
    (scorer) => {
      const random = createRandom(7);
      const differences: number[] = [];
      const falls = { explained: 0, random: 0 };
      for (let customer = 0; customer < 60; customer++) {
        const own = productsOf(pairs, customer);
        const { scores } = scorers.score(scorer, own, ones(own.length));
        const best = [...scores.keys()]
          .filter((p) => !own.includes(p))
          .sort((a, b) => scores[b]! - scores[a]!);
        for (const p of best.slice(0, 2)) {
          const edges = new Set(
            explain(scorer, customer, p, 3).flatMap(({ from, between }) => [
              `${between},${from}`,
              `${between},${p}`,
            ]),
          );
          const others = new Set<string>();
          for (const edge of edges) {
            const product = Number(edge.split(',')[1]);
            const same = pairs.filter(
              ([c, q]) => q === product && c !== customer && !others.has(`${c},${q}`),
            );
            if (same.length > 0) others.add(same[Math.floor(random() * same.length)]!.join(','));
          }
          const fallWithout = (gone: ReadonlySet<string>): number => {
            const left = pairs.filter((pair) => !gone.has(pair.join(',')));
            const after = new GraphScorers(toPurchases(left)).score(scorer, own, ones(own.length)).scores[p]!;
            return (scores[p]! - after) / scores[p]!;
          };
          const [explained, chance] = [fallWithout(edges), fallWithout(others)];
          differences.push(explained - chance);
          falls.explained += explained;
          falls.random += chance;
        }
      }
      const mean = differences.reduce((a, b) => a + b, 0) / differences.length;
      const variance = differences.reduce((a, x) => a + (x - mean) ** 2, 0) / (differences.length - 1);
      expect(differences).toHaveLength(120);
      expect(mean).toBeGreaterThan(3 * Math.sqrt(variance / differences.length));
      expect(falls.explained).toBeGreaterThan(1.25 * falls.random);
    },
  );
});
