/**
 * Random writes between questions: no answer holds what is deleted, every list is as long as what is left
 * allows, and a restart changes nothing of that. The model beside is two maps of what there is.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import type { MatchReply } from '../../src/pipeline/live-types.ts';
import { CUSTOMERS, openWrittenShop, PRODUCTS, type WrittenShop } from './written-shop.ts';

type EntityType = 'customer' | 'product';

interface Entity {
  hidden: boolean;
  inStock: boolean;
}

let shop: WrittenShop;
let model: Record<EntityType, Map<string, Entity>>;
beforeEach(async () => {
  shop = await openWrittenShop();
  const plain = (): Entity => ({ hidden: false, inStock: true });
  model = {
    customer: new Map(CUSTOMERS.map((id) => [id, plain()])),
    product: new Map(PRODUCTS.map((id) => [id, plain()])),
  };
});
afterEach(() => shop.dispose());

const BRANDS = ['odd', 'even'];
const TOWNS = ['left', 'right'];

async function write(random: () => number): Promise<void> {
  const { catalog } = shop.workspace;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const type = random() < 0.7 ? 'product' : 'customer';
  const own = type === 'product' ? PRODUCTS : CUSTOMERS;
  const id = pick([...own, ...own.map((name) => `new ${name}`).slice(0, 10)]);
  const what = random();
  if (what < 0.3) {
    // An attribute each time, so that a node which is put can always be folded in.
    const attributes =
      type === 'product' ? [{ kind: 'brand', value: pick(BRANDS) }] : [{ kind: 'town', value: pick(TOWNS) }];
    await catalog.changeEntities(type, [{ op: 'put', id, attributes }]);
    model[type].set(id, { hidden: false, inStock: true });
  } else if (what < 0.6) {
    const { accepted } = await catalog.changeEntities(type, [{ op: 'delete', id }]);
    expect(accepted).toBe(model[type].delete(id) ? 1 : 0);
  } else if (what < 0.8) {
    const productId = pick([...model.product.keys()]);
    const state = { hidden: random() < 0.5, inStock: random() < 0.5 };
    await catalog.changeEntities('product', [{ op: 'patch', id: productId, ...state }]);
    model.product.set(productId, state);
  } else {
    const event = {
      customerId: pick([...model.customer.keys()]),
      productId: pick([...model.product.keys()]),
    };
    expect((await catalog.appendInteractions([event])).accepted).toBe(1);
  }
}

const idsOf = ({ results }: MatchReply): string[] => results.map(({ id }) => id);

async function check(random: () => number): Promise<void> {
  const { live, workspace } = shop;
  const customers = [...model.customer.keys()];
  const asked = customers[Math.floor(random() * customers.length)]!;
  const exclude = { hidden: random() < 0.5, outOfStock: random() < 0.5 };
  const shown = [...model.product].flatMap(([id, { hidden, inStock }]) =>
    (exclude.hidden && hidden) || (exclude.outOfStock && !inStock) ? [] : [id],
  );
  const seen = new Set((await workspace.catalog.history(asked)).map(({ productId }) => productId));
  const ref = { type: 'customer', id: asked } as const;
  const limit = 1 + Math.floor(random() * 40);
  const answers = [
    { reply: await live.neighbors(ref, { limit, targetType: 'product', exclude }), left: shown },
    { reply: await live.query({ refs: [ref], limit, targetType: 'product', exclude }), left: shown },
    {
      reply: await live.recommend(asked, { limit, exclude: { ...exclude, seen: true } }),
      left: shown.filter((id) => !seen.has(id)),
    },
    { reply: await live.neighbors(ref, { limit }), left: customers.filter((id) => id !== asked) },
  ];
  for (const { reply, left } of answers) {
    const found = idsOf(reply);
    expect(left).toEqual(expect.arrayContaining(found));
    expect(found).toHaveLength(Math.min(limit, left.length));
    expect(new Set(found).size).toBe(found.length);
    expect(reply.results).toEqual(reply.results.toSorted((a, b) => b.score - a.score));
  }
}

test.each([1, 2, 3, 4])('sixty writes and questions, seed %d', async (seed) => {
  const random = createRandom(seed);
  for (let step = 0; step < 60; step++) {
    await write(random);
    await check(random);
  }
  await shop.restart();
  for (let step = 0; step < 10; step++) await check(random);
});
