/**
 * Random writes between random questions: every list is as long as the rules allow, holds nothing that a
 * filter, a flag or an exclusion keeps out as the catalog is at that moment, and keeps to its caps and groups.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import type { Filter } from '../../src/catalog/types.ts';
import { type RecommendReply, SCORERS } from '../../src/pipeline/recommend-types.ts';
import { CUSTOMERS, openWrittenShop, PRODUCTS, type WrittenShop } from './written-shop.ts';

interface Product {
  readonly brand: string;
  hidden: boolean;
  inStock: boolean;
}

let shop: WrittenShop;
let products: Map<string, Product>;
beforeEach(async () => {
  shop = await openWrittenShop();
  products = new Map(
    PRODUCTS.map((id, i) => [id, { brand: i % 2 ? 'odd' : 'even', hidden: false, inStock: true }]),
  );
});
afterEach(() => shop.dispose());

type Draw = <T>(from: readonly T[]) => T;
const drawWith =
  (random: () => number): Draw =>
  (from) =>
    from[Math.floor(random() * from.length)]!;

async function write(draw: Draw): Promise<void> {
  const { catalog } = shop.workspace;
  const id = draw([...PRODUCTS, 'new 1', 'new 2', 'new 3']);
  const kind = draw(['put', 'put', 'delete', 'state', 'event', 'event']);
  if (kind === 'put') {
    const product = { brand: draw(['odd', 'even']), hidden: false, inStock: true };
    await catalog.changeEntities('product', [
      { op: 'put', id, attributes: [{ kind: 'brand', value: product.brand }] },
    ]);
    products.set(id, product);
  } else if (kind === 'delete') {
    await catalog.changeEntities('product', [{ op: 'delete', id }]);
    products.delete(id);
  } else if (products.has(id) && kind === 'state') {
    const state = { hidden: draw([true, false]), inStock: draw([true, false]) };
    await catalog.changeEntities('product', [{ op: 'patch', id, ...state }]);
    Object.assign(products.get(id)!, state);
  } else if (products.has(id)) {
    await catalog.appendInteractions([{ customerId: draw(CUSTOMERS), productId: id }]);
  }
}

const FILTERS: readonly { readonly filter?: Filter; readonly lets: (id: string, p: Product) => boolean }[] = [
  { lets: () => true },
  { filter: { must: [{ key: 'brand', match: 'odd' }] }, lets: (_, p) => p.brand === 'odd' },
  {
    filter: {
      should: [{ ids: ['p1', 'new 1', 'nowhere'] }, { key: 'brand', match: ['even'] }],
      mustNot: [{ key: 'hidden', match: true }],
    },
    lets: (id, p) => (['p1', 'new 1'].includes(id) || p.brand === 'even') && !p.hidden,
  },
  {
    filter: {
      must: [
        { key: 'inStock', match: true },
        { key: 'brand', exists: true },
      ],
    },
    lets: (_, p) => p.inStock,
  },
  { filter: { must: [{ key: 'brand', match: 'neither' }] }, lets: () => false },
];

async function check(draw: Draw): Promise<void> {
  const { live, workspace } = shop;
  const customer = draw(CUSTOMERS);
  const { filter, lets } = draw(FILTERS);
  const limit = draw([1, 3, 7, 40]);
  const scorer = draw(SCORERS);
  const exclude = { seen: draw([true, false]), hidden: draw([true, false]), ids: [draw(PRODUCTS)] };
  const cap = draw([undefined, 1, 4]);
  const groupBy = draw([undefined, { key: 'brand', size: 2 }]);
  const reply = await live.recommend(customer, {
    limit,
    scorer,
    exclude,
    ...(filter && { filter }),
    diversity: draw([0, 0.5]),
    popularityDiscount: draw([0, 1]),
    ...(cap && { caps: [{ key: 'brand', max: cap }] }),
    ...(groupBy && { groupBy }),
    fallback: 'popular',
    explain: true,
  });
  const history = (await workspace.catalog.history(customer)).map(({ productId }) => productId);
  const seen = new Set(exclude.seen ? history : []);
  const matching = [...products].filter(
    ([id, product]) =>
      lets(id, product) && !(exclude.hidden && product.hidden) && !exclude.ids.includes(id) && !seen.has(id),
  );
  const most = Math.min(cap ?? Infinity, groupBy?.size ?? Infinity);
  const byBrand = ['odd', 'even'].map((brand) => matching.filter(([, p]) => p.brand === brand).length);
  const found = reply.results.map(({ id }) => id);
  expect(matching.map(([id]) => id)).toEqual(expect.arrayContaining(found));
  expect(new Set(found).size).toBe(found.length);
  expect(found).toHaveLength(
    Math.min(
      limit,
      byBrand.reduce((sum, count) => sum + Math.min(count, most), 0),
    ),
  );
  for (const brand of ['odd', 'even']) {
    expect(found.filter((id) => products.get(id)!.brand === brand).length).toBeLessThanOrEqual(most);
  }
  checkSources(reply, scorer);
}

/** The scorer's first; explained by paths of at most their whole weight, which name nothing that is gone. */
function checkSources({ results }: RecommendReply, scorer: string): void {
  const sources = results.map(({ source }) => source);
  expect(sources).toEqual(sources.toSorted((a, b) => (a === b ? 0 : a === scorer ? -1 : 1)));
  for (const { id, source, explanation } of results) {
    expect(explanation === undefined).toBe(source === 'popular');
    const { paths = [] } = explanation ?? {};
    expect(paths.reduce((sum, { weight }) => sum + weight, 0)).toBeLessThan(1.001);
    for (const { nodes } of paths) {
      expect(nodes).toHaveLength(4);
      expect(nodes[3]).toBe(`product:${id}`);
      expect(products.has(nodes[1]!.slice('product:'.length))).toBe(true);
    }
  }
}

test.each([1, 2])('twenty-five writes with two questions after each, seed %d', async (seed) => {
  const draw = drawWith(createRandom(seed));
  for (let step = 0; step < 25; step++) {
    await write(draw);
    for (let question = 0; question < 2; question++) await check(draw);
  }
});

describe('a filter', () => {
  const odd = { must: [{ key: 'brand', match: 'odd' }] };
  const ask = async (filter: Filter) =>
    (await shop.live.recommend('c0', { limit: 100, exclude: 'none', filter })).results
      .map(({ id }) => id)
      .sort();

  test('is read again after each acknowledged write to a product, and not after an event', async () => {
    const { catalog } = shop.workspace;
    let reads = 0;
    const matching = catalog.matching;
    catalog.matching = (filter) => {
      reads++;
      return matching(filter);
    };
    const before = await ask(odd);
    expect(before).toHaveLength(10);
    await ask(odd);
    await catalog.appendInteractions([{ customerId: 'c0', productId: 'p9' }]);
    await ask(odd);
    expect(reads).toBe(1);
    await catalog.changeEntities('product', [
      { op: 'put', id: 'p1', attributes: [{ kind: 'brand', value: 'even' }] },
    ]);
    expect(await ask(odd)).toEqual(before.filter((id) => id !== 'p1'));
    await catalog.changeEntities('product', [
      { op: 'put', id: 'brand new', attributes: [{ kind: 'brand', value: 'odd' }] },
    ]);
    expect(await ask(odd)).toEqual(['brand new', ...before.filter((id) => id !== 'p1')]);
    expect(reads).toBe(3);
  });

  test('holds for analogies to products, and is refused for other types', async () => {
    const ref = { type: 'product', id: 'p1' } as const;
    for (const method of ['3CosAdd', '3CosMul'] as const) {
      const question = { positive: [ref], negative: [], method, limit: 100, filter: odd } as const;
      const { results } = await shop.live.analogies({ ...question, targetType: 'product' });
      expect(results.map(({ id }) => id).sort()).toEqual(PRODUCTS.filter((_, i) => i % 2 && i !== 1).sort());
      await expect(shop.live.analogies({ ...question, targetType: 'customer' })).rejects.toMatchObject({
        code: 'REQUEST_UNPROCESSABLE',
      });
    }
  });
});

describe('who is asked for', () => {
  test('seenTypes: only what was bought is left out, what was looked at is not', async () => {
    const { catalog } = shop.workspace;
    await catalog.appendInteractions([{ customerId: 'c0', productId: 'p10', type: 'view' }]);
    const ask = async (exclude: object) =>
      (await shop.live.recommend('c0', { limit: 100, exclude })).results.map(({ id }) => id);
    expect(await ask({ seen: true })).not.toContain('p10');
    const kept = await ask({ seen: true, seenTypes: ['purchase'] });
    expect(kept).toContain('p10');
    expect(kept).not.toContain('p0');
  });

  test('a session of what a customer has just done is answered as the customer is', async () => {
    const [first, second] = [PRODUCTS.slice(10, 12), PRODUCTS.slice(12, 14)];
    const { catalog } = shop.workspace;
    const at = (day: number) => `2026-01-0${day}T10:00:00Z`;
    const events = [
      ...first.map((productId) => ({ productId, timestamp: at(1) })),
      ...second.map((productId) => ({ productId, timestamp: at(2) })),
    ];
    await catalog.appendInteractions(events.map((event) => ({ customerId: 'somebody', ...event })));
    for (const scorer of SCORERS) {
      const known = await shop.live.recommend('somebody', { limit: 10, exclude: 'seen', scorer });
      const session = await shop.live.recommendFor({ events: events.toReversed(), limit: 10, scorer });
      expect(session.results).toEqual(known.results);
    }
  });

  test('rank: the whole list in the order of the scores, and what cannot be ranked', async () => {
    const productIds = ['p3', 'nowhere', 'p0', 'p7', 'p3'];
    for (const scorer of SCORERS) {
      const all = await shop.live.recommend('c0', { limit: 100, exclude: 'none', scorer });
      const { results, missingIds } = await shop.live.rank({ customerId: 'c0', productIds, scorer });
      expect(missingIds).toEqual(['nowhere']);
      expect(results.map(({ id }) => id).sort()).toEqual(['p0', 'p3', 'p7']);
      expect(results.map(({ score }) => score)).toEqual(
        results.map(({ score }) => score).toSorted((a, b) => b - a),
      );
      if (scorer === 'blend') continue; // places among these three are not places among all
      for (const { id, score } of results) {
        expect(score).toBe(all.results.find((r) => r.id === id)?.score ?? 0);
      }
    }
  });

  test('nobody: refused, or answered by what is popular where that is asked for', async () => {
    const options = { limit: 5, exclude: 'seen' } as const;
    for (const scorer of SCORERS) {
      await expect(shop.live.recommend('nobody', { ...options, scorer })).rejects.toMatchObject({
        code: 'NODE_UNKNOWN',
      });
      const { results, warnings } = await shop.live.recommend('nobody', {
        ...options,
        scorer,
        fallback: 'popular',
      });
      expect(results).toHaveLength(5);
      expect(results.every(({ source }) => source === 'popular')).toBe(true);
      expect(results.map(({ score }) => score)).toEqual(
        results.map(({ score }) => score).toSorted((a, b) => b - a),
      );
      expect(warnings).toEqual([expect.stringContaining('popular products instead')]);
    }
  });
});

test.each([
  { limit: -1 },
  { limit: Number.NaN },
  { diversity: 1.5 },
  { popularityDiscount: Infinity },
  { caps: [{ key: 'brand', max: 0 }] },
  { groupBy: { key: 'brand', size: 0.5 } },
  { limit: 201, diversity: 0.1 },
  { limit: 101, explain: true },
])('code is refused what HTTP would refuse: %j', async (options) => {
  await expect(shop.live.recommend('c0', { limit: 5, exclude: 'seen', ...options })).rejects.toMatchObject({
    code: 'REQUEST_UNPROCESSABLE',
    details: { field: expect.stringMatching(/^(limit|diversity|popularityDiscount|caps|groupBy)/) },
  });
});
