/** What was bought before, as a served blend knows it: ranked as it is evaluated, said in explanations, not shown where it is left out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildIncidence, toCustomerPairs, transpose } from '../../src/analyze/incidence.ts';
import { createOwn, toFrequencies } from '../../src/analyze/own.ts';
import { createRandom } from '../../src/base/rng.ts';
import { CUSTOMERS, openWrittenShop, PRODUCTS, type WrittenShop } from './written-shop.ts';

const OWN_ALONE = { embedding: 0, walk: 0, counts: 0, own: 1 };
/** Learned before there was `own`; with its ratios. */
const THREE = { embedding: 0.5, walk: 0.25, counts: 0.25 };
const WITH_OWN = { embedding: 0.25, walk: 0.125, counts: 0.125, own: 0.5 };

let shop: WrittenShop;
beforeAll(async () => {
  shop = await openWrittenShop();
  const random = createRandom(3);
  const below = (n: number): number => Math.floor(random() * n);
  // A few products each, so that they are bought again; several on a day.
  const events = Array.from({ length: 200 }, () => {
    const customer = below(CUSTOMERS.length);
    const day = String(1 + below(9)).padStart(2, '0');
    return {
      customerId: CUSTOMERS[customer]!,
      productId: PRODUCTS[(customer + below(6)) % PRODUCTS.length]!,
      timestamp: `2026-01-${day}T00:00:00Z`,
    };
  });
  await shop.workspace.catalog.appendInteractions(events);
  await shop.addVersion('own', 1, OWN_ALONE);
  await shop.addVersion('three', 1, THREE);
  await shop.addVersion('zero', 1, { ...THREE, own: 0 });
  await shop.addVersion('four', 1, WITH_OWN);
});
afterAll(() => shop.dispose());

const ask = (customer: string, model: string, options: object = {}) =>
  shop.live.recommend(customer, { limit: 100, exclude: 'none', scorer: 'blend', model, ...options });
const toIds = ({ results }: { readonly results: readonly { readonly id: string }[] }) =>
  results.map(({ id }) => id);

test('own products are served in the order in which they are evaluated', async () => {
  const { catalog } = shop.workspace;
  const [customers, products] = [await catalog.nodeIds('customer'), await catalog.nodeIds('product')];
  const rows = await catalog.interactions('all');
  const train = buildIncidence(toCustomerPairs(rows), customers.length, products.length);
  const own = createOwn({ train, trainByProduct: transpose(train) }, toFrequencies(rows, train));
  const scores = new Float32Array(products.length);
  for (const [row, id] of customers.entries()) {
    own.score(row, scores);
    const evaluated = products
      .map((product, p) => ({ product, score: scores[p]! }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .map(({ product }) => product);
    expect(toIds(await ask(id, 'own'))).toEqual(evaluated);
  }
});

test('a version with weights for three gives none to own', async () => {
  for (const customer of CUSTOMERS) {
    const [three, zero] = [await ask(customer, 'three', { explain: true }), await ask(customer, 'zero')];
    expect(toIds(three)).toEqual(toIds(zero));
    expect(three.results.every(({ explanation }) => explanation && !explanation.own)).toBe(true);
  }
});

describe('with weights for own', () => {
  test('lists of what is new are what they were', async () => {
    for (const customer of CUSTOMERS) {
      const exclude = 'seen';
      const list = toIds(await ask(customer, 'four', { exclude }));
      expect(list).toEqual(toIds(await ask(customer, 'three', { exclude })));
      expect(list.length).toBeGreaterThan(5);
    }
  });

  test('lists with repeats are not: what was bought before comes forward', async () => {
    let [four, three] = [0, 0];
    for (const customer of CUSTOMERS) {
      const own = toIds(await ask(customer, 'own'));
      const toPlaces = (list: readonly string[]) => own.reduce((sum, id) => sum + list.indexOf(id), 0);
      four += toPlaces(toIds(await ask(customer, 'four')));
      three += toPlaces(toIds(await ask(customer, 'three')));
    }
    expect(four).toBeLessThan(0.75 * three);
  });

  test('an explanation says how often, how long ago and what it is worth', async () => {
    const history = await shop.workspace.catalog.history('c3');
    const { results } = await ask('c3', 'four', { explain: true });
    for (const { id, score, explanation } of results) {
      const bought = history.find(({ productId }) => productId === id);
      if (!bought) {
        expect(explanation).not.toHaveProperty('own');
        continue;
      }
      const place = toIds(await ask('c3', 'own')).indexOf(id);
      expect(explanation!.own).toEqual({
        weight: expect.closeTo(0.5 / (61 + place) / score, 3),
        times: bought.ages.length,
        momentsAgo: bought.age,
        ...(bought.lastMs !== undefined && { lastAt: new Date(bought.lastMs).toISOString() }),
      });
    }
    expect(results.some(({ explanation }) => (explanation?.own?.times ?? 0) > 1)).toBe(true);
  });

  test('a session of what was bought is answered as the customer is, repeats too', async () => {
    const { catalog } = shop.workspace;
    const events = ['p4', 'p9', 'p4', 'p2'].map((productId, i) => ({
      productId,
      timestamp: `2026-02-0${1 + i}T00:00:00Z`,
    }));
    await catalog.appendInteractions(events.map((event) => ({ customerId: 'somebody', ...event })));
    const options = { limit: 20, scorer: 'blend', model: 'four', explain: true } as const;
    const known = await shop.live.recommend('somebody', { ...options, exclude: 'none' });
    const session = await shop.live.recommendFor({ ...options, events, exclude: { seen: false } });
    const { own } = known.results.find(({ id }) => id === 'p4')!.explanation!;
    expect(own).toMatchObject({ times: 2, momentsAgo: 1, lastAt: '2026-02-03T00:00:00.000Z' });
    const toOwn = ({ results }: typeof known) =>
      results.map(({ id, score, explanation }) => ({ id, score, own: explanation?.own }));
    expect(toOwn(session)).toEqual(toOwn(known));
  });
});

test('last, because it deletes: what came after the version, and what may not be shown', async () => {
  const { catalog } = shop.workspace;
  for (const day of [20, 21])
    await catalog.appendInteractions([
      { customerId: 'c0', productId: 'new', timestamp: `2026-01-${day}T00:00:00Z` },
    ]);
  const [first, second, ...rest] = toIds(await ask('c0', 'own'));
  const [newest] = (await ask('c0', 'own', { filter: { must: [{ ids: ['new'] }] } })).results;
  expect([first, second, ...rest]).toContain('new');
  expect(newest).toMatchObject({ id: 'new', coldStart: true });
  await catalog.changeEntities('product', [
    { op: 'patch', id: first!, hidden: true },
    { op: 'delete', id: second! },
  ]);
  const exclude = { hidden: true, ids: [rest[0]!] };
  expect(toIds(await ask('c0', 'own', { exclude }))).toEqual(rest.slice(1));
});
