/**
 * The deletion test of an embedding: trained again without the edges of the five heaviest paths, the score of what
 * was recommended falls further than without as many others of the same products.
 */
import { expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import { findPaths, toDotWorth, toWalkedLaw } from '../../src/recommend/paths.ts';
import { plantNeeds } from '../pipeline/planted-needs.ts';
import { trainShop } from '../train/planted-shop.ts';

const SEEDS = [1, 2];
type Pair = readonly [customer: string, product: string];
type Shop = Awaited<ReturnType<typeof trainShop>>;

const trainOnPairs = (pairs: readonly Pair[], seed: number): Promise<Shop> =>
  trainShop(
    { interactions: pairs.map(([customer, product]) => ({ customer, product })) },
    { walk: { length: 20, seed }, train: { passes: 12, dimension: 16, seed, negativeExponent: 0.5 } },
  );

const rowIn = ({ g }: Shop, type: 0 | 1, id: string): number => {
  const { start, end } = g.ranges[type]!;
  return start + g.ids.slice(start, end).indexOf(id);
};

/** Mean vector of what the customer has · the product's context. */
function toScore(shop: Shop, own: readonly string[], product: string): number {
  const { vectors, contexts } = shop.training;
  const context = contexts.row(rowIn(shop, 1, product));
  return own.reduce((sum, q) => {
    const vector = vectors.row(rowIn(shop, 1, q));
    return sum + vector.reduce((dot, x, d) => dot + x * context[d]!, 0) / own.length;
  }, 0);
}

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

/** Edges of the paths, as they are told. */
function explainEdges(shop: Shop, customer: string, own: readonly string[], product: string): Set<string> {
  const { g, training } = shop;
  const strengths = Float64Array.from({ length: g.nodeCount }, (_, row) =>
    g.weights.subarray(g.offsets[row]!, g.offsets[row + 1]!).reduce((sum, weight) => sum + weight, 0),
  );
  const [to, self] = [rowIn(shop, 1, product), rowIn(shop, 0, customer)];
  const law = toWalkedLaw(strengths);
  const from = own.map((q) => {
    const row = rowIn(shop, 1, q);
    return { row, worth: toDotWorth(1, training.vectors.row(row), training.contexts.row(to)) };
  });
  const between = (row: number): number => (row === self ? 0 : law.between(row));
  return new Set(
    findPaths(g, { ...law, from, to, between, limit: 5 }).flatMap((path) => [
      `${g.ids[path.between]}\t${g.ids[path.from]}`,
      `${g.ids[path.between]}\t${product}`,
    ]),
  );
}

// 38 customers, their best new product each, two seeds averaged. Falls are 0.44 and 0.19 of a logit; what is held
// to is that the paired difference exceeds two standard errors (p < 0.03). It is 3.0 of them.
test('without the explained edges the score falls further', async () => {
  const { interactions = [] } = plantNeeds(
    { needs: 15, perSide: 3, customers: 150, needsPerCustomer: 3, noiseShare: 0.3 },
    2,
  );
  const pairs = [...new Set(interactions.map(({ customer, product }) => `${customer}\t${product}`))].map(
    (text) => text.split('\t') as unknown as Pair,
  );
  const whole = await Promise.all(SEEDS.map((seed) => trainOnPairs(pairs, seed)));
  const random = createRandom(3);
  const differences: number[] = [];
  for (const customer of [...new Set(pairs.map(([c]) => c))].filter((_, i) => i % 4 === 0)) {
    const own = pairs.filter(([c]) => c === customer).map(([, p]) => p);
    const products = [...new Set(pairs.map(([, p]) => p))].filter((p) => !own.includes(p));
    const scoreOf = (p: string): number => mean(whole.map((shop) => toScore(shop, own, p)));
    const product = products.reduce((best, p) => (scoreOf(p) > scoreOf(best) ? p : best));
    const edges = explainEdges(whole[0]!, customer, own, product);
    const others = new Set<string>();
    for (const edge of edges) {
      const of = edge.split('\t')[1];
      const same = pairs.filter(([c, p]) => p === of && c !== customer && !others.has(`${c}\t${p}`));
      if (same.length > 0) others.add(same[Math.floor(random() * same.length)]!.join('\t'));
    }
    const scoreWithout = async (gone: ReadonlySet<string>): Promise<number> => {
      const left = pairs.filter((pair) => !gone.has(pair.join('\t')));
      const scores: number[] = [];
      for (const seed of SEEDS) scores.push(toScore(await trainOnPairs(left, seed), own, product));
      return mean(scores);
    };
    differences.push((await scoreWithout(others)) - (await scoreWithout(edges)));
  }
  const variance =
    differences.reduce((sum, x) => sum + (x - mean(differences)) ** 2, 0) / (differences.length - 1);
  expect(differences).toHaveLength(38);
  expect(mean(differences)).toBeGreaterThan(2 * Math.sqrt(variance / differences.length));
}, 60_000);
