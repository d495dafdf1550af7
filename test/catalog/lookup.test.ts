/** Looking around: pages, parts of names, single nodes. */
import { describe, expect, test } from 'vitest';
import { buildIncidence, toAges, toCustomerPairs } from '../../src/analyze/incidence.ts';
import type { NodeType } from '../../src/base/ids.ts';
import { createTempCatalog, failureOf, PAIR, type TempCatalog } from './temp-catalog.ts';

async function fill(temp: TempCatalog): Promise<void> {
  const rows = [
    'p1,Red dress,24',
    'p2,Blue dress,24',
    'DRESS-3,Hat,7',
    'p4,"50% off_now",7',
    'p5,Überzieher,7',
    "p6,it's,7",
  ];
  const attributes = [{ kind: 'aisle', column: 'aisle', codes: true }];
  await temp.products(await temp.file('p.csv', `id,name,aisle\n${rows.join('\n')}\n`), {
    id: 'id',
    name: 'name',
    attributes,
  });
  await temp.interactions(await temp.file('i.csv', 'customer,product\na,p1\na,p1\na,p9\nb/ç,p1\n'), PAIR);
}

async function readAll(
  temp: TempCatalog,
  type: NodeType,
  q: string | undefined,
  limit: number,
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await temp.catalog.list({ type, q, limit, cursor });
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    ids.push(...page.rows.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor);
  return ids;
}

describe('list', () => {
  test.each([
    ['product', undefined, ['DRESS-3', 'p1', 'p2', 'p4', 'p5', 'p6', 'p9']],
    ['product', 'dress', ['DRESS-3', 'p1', 'p2']], // a prefix (of the id) first, then inside
    ['product', 'ÜBER', ['p5']],
    ['product', '%', ['p4']], // no wildcards
    ['product', '_', ['p4']],
    ['product', "it's", ['p6']],
    ['product', 'nothing like it', []],
    ['attribute', '7', ['aisle/7']], // begins a value
    ['attribute', 'aisle', ['aisle/24', 'aisle/7']],
    ['customer', 'B/Ç', ['b/ç']],
  ] as const)('%s %s', async (type, q, expected) => {
    const temp = await createTempCatalog();
    await fill(temp);
    for (const limit of [1, 2, 100]) expect(await readAll(temp, type, q, limit)).toEqual(expected);
  });

  test('rows carry name, attributes and counts', async () => {
    const temp = await createTempCatalog();
    await fill(temp);
    const { rows } = await temp.catalog.list({ type: 'product', q: 'p', limit: 10 });
    const aisle = { kind: 'aisle', value: '24', name: '' };
    expect(rows[0]).toEqual({ type: 'product', id: 'p1', name: 'Red dress', attributes: [aisle], count: 3 });
    expect(rows.at(-1)).toEqual({ type: 'product', id: 'p9', name: '', attributes: [], count: 1 });
    const attributes = await temp.catalog.list({ type: 'attribute', limit: 10 });
    expect(attributes.rows.map(({ id, count }) => [id, count])).toEqual([
      ['aisle/24', 2],
      ['aisle/7', 4],
    ]);
  });

  test('a cursor belongs to its query', async () => {
    const temp = await createTempCatalog();
    await fill(temp);
    const { nextCursor } = await temp.catalog.list({ type: 'product', q: 'p', limit: 1 });
    for (const query of [
      { type: 'product', q: 'd', limit: 1, cursor: nextCursor },
      { type: 'customer', q: 'p', limit: 1, cursor: nextCursor },
      { type: 'product', limit: 1, cursor: 'made up' },
      { type: 'product', limit: 1, cursor: '' },
    ] as const) {
      expect(await failureOf(temp.catalog.list(query))).toMatchObject({
        code: 'REQUEST_INVALID',
        details: { field: 'cursor' },
      });
    }
  });
});

test('find: by id as it was written; undefined for what is not there', async () => {
  const temp = await createTempCatalog();
  await fill(temp);
  expect(await temp.catalog.find('customer', 'b/ç')).toEqual({
    type: 'customer',
    id: 'b/ç',
    name: '',
    attributes: [],
    count: 1,
  });
  expect(await temp.catalog.find('attribute', 'aisle/24')).toMatchObject({ id: 'aisle/24', count: 2 });
  for (const [type, id] of [
    ['customer', 'B/ç'],
    ['product', "p1' OR 1=1 --"],
    ['attribute', 'aisle'],
    ['attribute', '/x'],
    ['attribute', 'aisle/'],
  ] as const) {
    expect(await temp.catalog.find(type, id)).toBeUndefined();
  }
});

test('a mark at the start of an id is part of it', async () => {
  const temp = await createTempCatalog();
  const id = '\uFEFFx';
  await temp.interactions(await temp.file('i.csv', `customer,product\n${id},${id}\n`), PAIR);
  expect(await temp.catalog.nodeIds('customer')).toEqual([id]);
  expect((await temp.catalog.find('product', id))?.id).toBe(id);
  expect((await temp.catalog.list({ type: 'product', limit: 1 })).rows[0]?.id).toBe(id);
  expect(await temp.catalog.history(id)).toEqual([{ productId: id, age: 0, ages: [0] }]);
  expect([...(await temp.catalog.attributesOf('product', [id])).keys()]).toEqual([id]);
});

test('attributesOf: many at once; ids that do not exist have no entry', async () => {
  const temp = await createTempCatalog();
  await fill(temp);
  const found = await temp.catalog.attributesOf('product', ['p9', 'p1', 'none']);
  expect([...found.keys()].sort()).toEqual(['p1', 'p9']);
  expect(found.get('p9')).toEqual([]);
  expect(await temp.catalog.attributesOf('customer', [])).toEqual(new Map());
});

test('history: without a time or an order nothing is older than anything else, in the columns neither', async () => {
  const temp = await createTempCatalog();
  const basket = { ...PAIR, basket: 'basket' };
  await temp.interactions(
    await temp.file('i.csv', 'customer,product,basket\na,p1,1\na,p2,2\na,p3,\n'),
    basket,
  );
  expect((await temp.catalog.history('a')).map(({ age }) => age)).toEqual([0, 0, 0]);
  const columns = await temp.catalog.interactions('all');
  expect(columns.unordered).toBe(true);
  expect([...toAges(columns, buildIncidence(toCustomerPairs(columns), 1, 3))]).toEqual([0, 0, 0]);

  const ordered = { ...PAIR, order: 'n' };
  await temp.interactions(await temp.file('o.csv', 'customer,product,n\nb,p1,1\nb,p2,2\n'), ordered);
  expect((await temp.catalog.history('b')).map(({ age }) => age)).toEqual([1, 0]);
  expect((await temp.catalog.interactions('all')).unordered).toBeUndefined();
});

test('history: every time a product was bought, and the last of them', async () => {
  const temp = await createTempCatalog();
  const rows = [
    'a,p1,2026-01-01',
    'a,p2,2026-01-01',
    'a,p1,2026-01-02',
    'a,p2,2026-01-03',
    'a,p1,2026-01-04',
  ];
  const mapping = { ...PAIR, timestamp: 'day' };
  await temp.interactions(await temp.file('t.csv', ['customer,product,day', ...rows].join('\n')), mapping);
  expect(await temp.catalog.history('a')).toEqual([
    { productId: 'p1', age: 0, ages: [0, 2, 3], lastMs: Date.UTC(2026, 0, 4) },
    { productId: 'p2', age: 1, ages: [1, 3], lastMs: Date.UTC(2026, 0, 3) },
  ]);
  // A return takes back the newest purchase before it.
  await temp.catalog.appendInteractions([
    { customerId: 'a', productId: 'p1', type: 'return', timestamp: '2026-01-05T00:00:00Z' },
  ]);
  expect((await temp.catalog.history('a')).find(({ productId }) => productId === 'p1')).toMatchObject({
    ages: [1, 2],
    lastMs: Date.UTC(2026, 0, 2),
  });
});

test('history: each product once, unknown customers have none', async () => {
  const temp = await createTempCatalog();
  await fill(temp);
  expect((await temp.catalog.history('a')).map((entry) => entry.productId)).toEqual(['p1', 'p9']);
  expect(await temp.catalog.history('nobody')).toEqual([]);
});

test('an empty catalog', async () => {
  const { catalog } = await createTempCatalog();
  expect(await catalog.counts()).toEqual({
    customers: 0,
    products: 0,
    attributes: 0,
    interactions: 0,
    returns: 0,
    baskets: 0,
    pairs: 0,
    attributeEdges: 0,
    edges: 0,
    edgePairs: 0,
    interactionsByType: {},
    attributesByKind: {},
    firstAt: undefined,
    lastAt: undefined,
  });
  expect(await catalog.lastEventMs()).toBeUndefined();
  expect(await catalog.nodeIds('attribute')).toEqual([]);
  expect((await catalog.interactions('all')).count).toBe(0);
  expect(await catalog.list({ type: 'product', limit: 5 })).toEqual({ rows: [] });
});
