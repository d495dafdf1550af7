/** What lies over a version: what is deleted, hidden or new since it was made, in every answer at once. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NodeRef } from '../../src/base/ids.ts';
import type { EntityChange } from '../../src/catalog/write-types.ts';
import { createLiveModel } from '../../src/pipeline/live-model.ts';
import type { Exclusion, MatchReply } from '../../src/pipeline/live-types.ts';
import { rollUpSettingsSchema } from '../../src/pipeline/rollup-settings.ts';
import { rollUpVersion } from '../../src/pipeline/rollup-version.ts';
import { silent } from '../serve/fakes.ts';
import { CUSTOMERS, openWrittenShop, PRODUCTS, type WrittenShop } from './written-shop.ts';

let shop: WrittenShop;
beforeEach(async () => {
  shop = await openWrittenShop();
});
afterEach(() => shop.dispose());

const product = (id: string): NodeRef => ({ type: 'product', id });
const customer = (id: string): NodeRef => ({ type: 'customer', id });
const change = (type: 'product' | 'customer', ...changes: EntityChange[]) =>
  shop.workspace.catalog.changeEntities(type, changes);
const buy = (customerId: string, productId: string) =>
  shop.workspace.catalog.appendInteractions([{ customerId, productId }]);
const idsOf = ({ results }: MatchReply): string[] => results.map(({ id }) => id);
const ALL = 1000;

/** All products, by each kind of question. */
async function askForProducts(exclude: Exclusion = {}, model?: string): Promise<string[][]> {
  const { live } = shop;
  const one = { limit: ALL, targetType: 'product', exclude, model } as const;
  const [near] = await Promise.all([live.neighbors(customer('c5'), one)]);
  const vector = Array.from({ length: 8 }, (_, i) => i - 3);
  return [
    idsOf(near),
    idsOf(await live.recommend('c5', { limit: ALL, exclude, model })),
    idsOf(await live.query({ ...one, refs: [customer('c5'), customer('c6')] })),
    idsOf(await live.query({ ...one, vector })),
  ];
}

const expectProducts = async (
  ids: readonly string[],
  exclude: Exclusion = {},
  model?: string,
): Promise<void> => {
  for (const found of await askForProducts(exclude, model)) expect(found.sort()).toEqual([...ids].sort());
};
const without = (...ids: string[]): string[] => PRODUCTS.filter((id) => !ids.includes(id));

describe('a deleted product', () => {
  beforeEach(() => change('product', { op: 'delete', id: 'p7' }));

  test('is in no answer, and unknown when it is asked for', async () => {
    await expectProducts(without('p7'));
    for (const ask of [
      () => shop.live.neighbors(product('p7'), { limit: 3 }),
      () => shop.live.embedding(product('p7')),
      () => shop.live.query({ refs: [product('p7')], limit: 3 }),
    ]) {
      await expect(ask()).rejects.toMatchObject({ code: 'NODE_UNKNOWN' });
    }
    const inferred = await shop.live.infer({ type: 'customer', edges: [product('p7'), product('p8')] });
    expect(inferred).toMatchObject({ basis: { interactions: 1 }, missing: [product('p7')] });
  });

  test('is not in the history that recommendations go by', async () => {
    // c6 bought p6, p7 and p8; c99 buys p6 and p8 only.
    await shop.workspace.catalog.appendInteractions(
      ['p6', 'p8'].map((productId) => ({ customerId: 'c99', productId })),
    );
    const ask = { limit: 5, exclude: 'none' } as const;
    const [own, same] = [await shop.live.recommend('c6', ask), await shop.live.recommend('c99', ask)];
    expect(new Set(idsOf(own))).not.toContain('p7');
    expect(idsOf(own)).toHaveLength(5);
    expect(idsOf(same)).toHaveLength(5);
  });

  test('stays away after a restart, and in versions that are loaded later', async () => {
    await shop.restart();
    await expectProducts(without('p7'));
    await shop.addVersion('other', 2); // made from the catalog of now: it has no row
    await shop.workspace.versions.promote('old', shop.version);
    await expectProducts(without('p7'), {}, 'old');
  });

  test('when it is put again, is a new product: its old vector is not its own', async () => {
    await change('product', { op: 'put', id: 'p7' });
    const untouched = { code: 'NODE_NOT_EMBEDDED' };
    await expect(shop.live.embedding(product('p7'))).rejects.toMatchObject(untouched);
    await expectProducts(without('p7'));
    await change('product', { op: 'patch', id: 'p7', attributes: [{ kind: 'brand', value: 'odd' }] });
    const own = { coldStart: true, basis: { interactions: 0, attributes: 1 } };
    expect(await shop.live.embedding(product('p7'))).toMatchObject(own);
    await expectProducts(PRODUCTS);
    await shop.restart();
    expect(await shop.live.embedding(product('p7'))).toMatchObject(own);
    await shop.addVersion('prod', 2);
    await shop.live.reload();
    expect(await shop.live.embedding(product('p7'))).not.toHaveProperty('coldStart');
  });

  test('when it is put again before a version is written that was read before, the row is not its own', async () => {
    const { versions, catalog } = shop.workspace;
    const { manifest: _, ...content } = await versions.load(shop.version); // of the catalog that had the old p8
    const watermark = await catalog.watermark();
    await change('product', { op: 'delete', id: 'p8' });
    const brand = [{ kind: 'brand', value: 'odd' }];
    await change('product', { op: 'put', id: 'p8', attributes: brand });
    const facts = { spaceId: 's', configuration: {}, metrics: {}, watermark };
    await versions.promote('prod', (await versions.write(content, facts)).id);
    await shop.live.reload();
    for (let i = 0; i < 2; i++) {
      expect(await shop.live.embedding(product('p8'))).toMatchObject({ coldStart: true });
      await expectProducts(without('p7'));
      await shop.restart();
    }
  });

  test('when it is put again, has no row in a roll-up of the version either', async () => {
    await change('product', { op: 'put', id: 'p7', attributes: [{ kind: 'brand', value: 'odd' }] });
    const settings = rollUpSettingsSchema.parse({});
    const { version } = await rollUpVersion(shop.workspace, { of: 'prod', alias: 'rolled', settings }, {});
    const options = { limit: ALL, targetType: 'product', model: 'rolled' } as const;
    expect(idsOf(await shop.live.neighbors(customer('c5'), options))).not.toContain('p7');
    const { watermark } = await shop.workspace.versions.manifest(version);
    expect(watermark).toBe(await shop.workspace.catalog.watermark());
  });

  test('deleted and put by one request, too', async () => {
    await change('product', { op: 'delete', id: 'p8' }, { op: 'put', id: 'p8' });
    await expect(shop.live.embedding(product('p8'))).rejects.toMatchObject({ code: 'NODE_NOT_EMBEDDED' });
    await expectProducts(without('p7', 'p8'));
  });
});

test('a deleted customer is in no answer', async () => {
  await change('customer', { op: 'delete', id: 'c3' });
  const { results } = await shop.live.neighbors(customer('c5'), { limit: ALL });
  expect(results.map(({ id }) => id).sort()).toEqual(
    CUSTOMERS.filter((id) => id !== 'c3' && id !== 'c5').sort(),
  );
  await expect(shop.live.recommend('c3', { limit: 1, exclude: 'seen' })).rejects.toMatchObject({
    code: 'NODE_UNKNOWN',
  });
});

test('hidden and sold out products are left out on request, and come back; lists are filled', async () => {
  await change(
    'product',
    { op: 'patch', id: 'p1', hidden: true },
    { op: 'patch', id: 'p2', inStock: false },
    { op: 'patch', id: 'p3', hidden: true, inStock: false },
  );
  const check = async (): Promise<void> => {
    await expectProducts(PRODUCTS);
    await expectProducts(without('p1', 'p3'), { hidden: true });
    await expectProducts(without('p2', 'p3'), { outOfStock: true });
    await expectProducts(without('p1', 'p2', 'p3', 'p4'), { hidden: true, outOfStock: true, ids: ['p4'] });
  };
  await check();
  await shop.restart();
  await check();
  const ask = { limit: 17, exclude: { hidden: true, outOfStock: true } };
  expect((await shop.live.recommend('c5', ask)).results).toHaveLength(17);
  await change('product', { op: 'patch', id: 'p3', hidden: false, inStock: true });
  await expectProducts(without('p1', 'p2'), { hidden: true, outOfStock: true });
});

test('what was seen is up to date at once, also of products that the version does not know', async () => {
  await buy('c5', 'new');
  await buy('c6', 'new');
  await buy('c7', 'p19');
  const seen = async (id: string): Promise<string[]> =>
    idsOf(await shop.live.recommend(id, { limit: ALL, exclude: 'seen' }));
  expect(await seen('c5')).not.toContain('new');
  expect(await seen('c8')).toContain('new');
  expect(await seen('c7')).not.toContain('p19');
  expect(await seen('c8')).toContain('p19');
});

describe('what is new since the version was made', () => {
  test('a product with attributes is asked for, and found, at once', async () => {
    await change('product', {
      op: 'put',
      id: 'neu',
      name: 'Neu',
      attributes: [{ kind: 'brand', value: 'odd' }],
    });
    const cold = { coldStart: true, basis: { interactions: 0, attributes: 1 } };
    expect(await shop.live.embeddingState(product('neu'))).toMatchObject({ embedded: true, ...cold });
    const { vector, context } = await shop.live.infer({
      type: 'product',
      attributes: [{ kind: 'brand', value: 'odd' }],
    });
    expect(await shop.live.embedding(product('neu'))).toMatchObject({
      ...cold,
      name: 'Neu',
      vector,
      context,
    });
    await expectProducts([...PRODUCTS, 'neu']);
    const near = await shop.live.neighbors(product('neu'), { limit: 4 });
    expect(near).toMatchObject(cold);
    expect(idsOf(near)).not.toContain('neu');
    const byVector = await shop.live.query({ vector, targetType: 'product', limit: 1, withAttributes: true });
    expect(byVector.results[0]).toMatchObject({
      id: 'neu',
      score: expect.closeTo(1, 6),
      attributes: [{ kind: 'brand', value: 'odd', name: '' }],
      ...cold,
    });
    expect(byVector).not.toHaveProperty('coldStart'); // a vector is no node
  });

  test('scores of both tables are on one scale, best first', async () => {
    await change('product', { op: 'put', id: 'neu', attributes: [{ kind: 'brand', value: 'even' }] });
    const { vector, context } = await shop.live.embedding(product('neu'));
    const query = Array.from((await shop.live.embedding(customer('c5'))).vector);
    const toDot = (a: number[], b: number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
    const near = await shop.live.neighbors(customer('c5'), { limit: ALL, targetType: 'product' });
    const norm = Math.sqrt(toDot(vector, vector) * toDot(query, query));
    const scoreOf = ({ results }: MatchReply) => results.find(({ id }) => id === 'neu')!.score;
    expect(scoreOf(near)).toBeCloseTo(toDot(vector, query) / norm, 6);
    expect(near.results).toEqual(near.results.toSorted((a, b) => b.score - a.score));
    const wanted = await shop.live.recommend('c5', { limit: ALL, exclude: 'seen', scorer: 'embedding' });
    expect(wanted.results).toEqual(wanted.results.toSorted((a, b) => b.score - a.score));
    const mean = await Promise.all(
      ['p5', 'p6', 'p7'].map(async (id) => (await shop.live.embedding(product(id))).vector),
    );
    const ages = new Map(
      (await shop.workspace.catalog.history('c5')).map(({ productId, age }) => [productId, 0.6 ** age]),
    );
    const weights = ['p5', 'p6', 'p7'].map((id) => ages.get(id)!);
    const total = weights.reduce((a, b) => a + b, 0);
    const preference = context!.map((_, d) =>
      mean.reduce((sum, v, i) => sum + (v[d]! * weights[i]!) / total, 0),
    );
    expect(scoreOf(wanted)).toBeCloseTo(toDot(preference, context!), 6);
  });

  test('a customer with one click, and the same with another', async () => {
    await buy('fresh', 'p4');
    const first = await shop.live.embedding(customer('fresh'));
    expect(first).toMatchObject({ coldStart: true, basis: { interactions: 1, attributes: 0 } });
    expect(idsOf(await shop.live.neighbors(customer('c5'), { limit: ALL }))).toContain('fresh');
    expect(idsOf(await shop.live.recommend('fresh', { limit: 3, exclude: 'seen' }))).toHaveLength(3);
    await buy('fresh', 'p5');
    const second = await shop.live.embedding(customer('fresh'));
    expect(second.basis).toEqual({ interactions: 2, attributes: 0 });
    expect(second.vector).not.toEqual(first.vector);
    const { vector } = await shop.live.infer({ type: 'customer', edges: [product('p4'), product('p5')] });
    expect(second.vector).toEqual(vector);
  });

  test('what a deleted product told of a new customer is told no more', async () => {
    await buy('fresh', 'p4');
    await buy('fresh', 'p5');
    await change('product', { op: 'delete', id: 'p4' });
    const { vector } = await shop.live.infer({ type: 'customer', edges: [product('p5')] });
    expect(await shop.live.embedding(customer('fresh'))).toMatchObject({
      vector,
      basis: { interactions: 1 },
    });
    await change('product', { op: 'delete', id: 'p5' });
    await expect(shop.live.embedding(customer('fresh'))).rejects.toMatchObject({ code: 'NODE_NOT_EMBEDDED' });
  });

  test('is hidden, deleted, and found again after a restart like anything else', async () => {
    const brand = [{ kind: 'brand', value: 'odd' }];
    await change('product', { op: 'put', id: 'x', attributes: brand, hidden: true });
    await change('product', { op: 'put', id: 'y', attributes: brand });
    await expectProducts([...PRODUCTS, 'y'], { hidden: true });
    await shop.restart();
    await expectProducts([...PRODUCTS, 'y'], { hidden: true });
    await change('product', { op: 'patch', id: 'x', hidden: false }, { op: 'delete', id: 'y' });
    await expectProducts([...PRODUCTS, 'x'], { hidden: true });
  });

  test('is a row like any other in a version that was made with it', async () => {
    await change('product', { op: 'put', id: 'neu', attributes: [{ kind: 'brand', value: 'odd' }] });
    await shop.addVersion('prod', 2);
    await shop.live.reload();
    expect(await shop.live.embedding(product('neu'))).not.toHaveProperty('coldStart');
    await expectProducts([...PRODUCTS, 'neu']);
  });

  test('came with an import while the version was served', async () => {
    const { catalog } = shop.workspace;
    const path = `${shop.workspace.dataDir}/later.csv`;
    const { writeFile } = await import('node:fs/promises');
    await writeFile(path, 'customer,product\nc1,late\nc2,late\n');
    const mapping = { customer: 'customer', product: 'product' };
    await catalog.importFiles([{ kind: 'interactions', path, mapping }], {}, {});
    await expectProducts([...PRODUCTS, 'late']);
  });
});

test('a recommendation does not wait for what the customer has bought and is still being folded in', async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { catalog, versions } = shop.workspace;
  const slow: typeof catalog = {
    ...catalog,
    async neighborhoods(asked, weighting) {
      await held;
      return catalog.neighborhoods(asked, weighting);
    },
  };
  const options = { alias: 'prod', log: silent, foldInWaitMs: 1 };
  const live = await createLiveModel({ catalog: slow, versions }, options);
  const before = await live.recommend('c6', { limit: 20, exclude: 'none' });
  const odd = [{ kind: 'brand', value: 'odd' }];
  await catalog.changeEntities('product', [{ op: 'put', id: 'fresh', attributes: odd }]);
  await catalog.appendInteractions([{ customerId: 'c6', productId: 'fresh' }]);
  const ask = () => live.recommend('c6', { limit: 20, exclude: 'none' });
  const early = await ask(); // while it is held
  expect(early.warnings).toEqual(['1 new nodes are not in this answer yet']);
  expect(idsOf(early)).toEqual(idsOf(before));
  release();
  await expect.poll(async () => (await ask()).warnings).toBeUndefined();
  expect((await live.recommend('c6', { limit: 30, exclude: 'none' })).results).toHaveLength(21);
  await live.close();
});

test('a version without contexts is answered from as before: nothing can be folded in', async () => {
  const { versions } = shop.workspace;
  const whole = await versions.load(shop.version);
  const { id } = await versions.write(
    { ...whole, contexts: undefined },
    { spaceId: 's', configuration: {}, metrics: {} },
  );
  await versions.promote('bare', id);
  await change('product', { op: 'put', id: 'neu', attributes: [{ kind: 'brand', value: 'odd' }] });
  await change('product', { op: 'delete', id: 'p0' });
  const options = { limit: ALL, targetType: 'product', model: 'bare' } as const;
  expect(idsOf(await shop.live.neighbors(customer('c5'), options)).sort()).toEqual(without('p0').sort());
  await expect(shop.live.embedding(product('neu'), { model: 'bare' })).rejects.toMatchObject({
    code: 'NODE_NOT_EMBEDDED',
  });
});
