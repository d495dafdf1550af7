/** The decay of the past, on planted customers: whose taste stays, and whose taste moves on. */
import { expect, test } from 'vitest';
import { createRecentItemKnn } from '../../src/analyze/baselines.ts';
import { buildPopulation } from '../../src/analyze/population.ts';
import { DECAYS, learnRecency } from '../../src/analyze/recency.ts';
import { createRandom } from '../../src/base/rng.ts';
import { type Row, toColumns } from './small-data.ts';

const GROUPS = 6;
const PER_GROUP = 20;
const CUSTOMERS = 150;
const BASKETS = 6;

/** Six baskets of three products each, then one that is asked for. `groupOf` says which of two tastes a basket is of. */
async function plant(groupOf: (basket: number, random: () => number) => 0 | 1) {
  const random = createRandom(5);
  const [train, test]: [Row[], Row[]] = [[], []];
  const draw = (group: number) => group * PER_GROUP + Math.floor(random() * PER_GROUP);
  let basket = 0;
  for (let c = 0; c < CUSTOMERS; c++) {
    const tastes = [c % GROUPS, (c + 1 + (c % 4)) % GROUPS] as const;
    for (let b = 0; b <= BASKETS; b++, basket++) {
      const rows = b < BASKETS ? train : test;
      const group = tastes[groupOf(b, random)];
      for (let i = 0; i < 3; i++) rows.push([c, draw(group), basket, basket]);
    }
  }
  const population = await buildPopulation({
    train: toColumns(train),
    test: toColumns(test),
    customerCount: CUSTOMERS,
    productCount: GROUPS * PER_GROUP,
    ordered: true,
    maxCustomers: CUSTOMERS,
    seed: 1,
  });
  return { ...population, ages: population.ages! };
}

const learn = (population: Awaited<ReturnType<typeof plant>>) =>
  learnRecency(population, { width: 10, seed: 1 });

test('tastes that stay: all that was bought counts about alike', async () => {
  const learned = await learn(await plant((_, random) => (random() < 0.7 ? 0 : 1)));
  expect(learned.decay).toBeGreaterThanOrEqual(0.9);
  expect(learned).toMatchObject({ k: 10, protocol: 'new' });
  expect(learned.customers).toBeGreaterThan(0.9 * CUSTOMERS);
});

test('a taste that moved on two baskets ago: the last ones decide', async () => {
  const learned = await learn(await plant((basket) => (basket < BASKETS - 2 ? 0 : 1)));
  expect(learned.decay).toBeLessThanOrEqual(0.6);
  const of = (decay: number) => learned.ndcg.find((one) => one.decay === decay)!.ndcg;
  expect(of(0.5)).toBeGreaterThan(1.5 * of(1));
  expect(learned.ndcg.map(({ decay }) => decay)).toEqual(DECAYS);
});

test('of equal ones the nearest to none: with one basket each there is nothing to weigh', async () => {
  const population = await plant(() => 0);
  const once = { ...population, ages: population.ages.fill(0) };
  expect((await learn(once)).decay).toBe(1);
});

test('item-kNN weighs by it', async () => {
  const population = await plant(() => 0);
  const score = (decay: number) => {
    const scores = new Float32Array(GROUPS * PER_GROUP);
    createRecentItemKnn({ ...population, decay }).score(0, scores);
    return scores;
  };
  expect(score(1)).not.toEqual(score(0.5));
});
