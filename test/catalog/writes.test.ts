import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCatalog } from '../../src/catalog/catalog.ts';
import type { CatalogNews, InteractionEvent } from '../../src/catalog/write-types.ts';
import {
  createTempCatalog,
  failureOf,
  openTempCatalog,
  PAIR,
  PLAIN,
  readPairs,
  runSql,
} from './temp-catalog.ts';

const event = (
  customerId: string,
  productId: string,
  rest: Partial<InteractionEvent> = {},
): InteractionEvent => ({
  customerId,
  productId,
  ...rest,
});

describe('entries that cannot be written', () => {
  const LONG = 'x'.repeat(513);
  test.each([
    [event('', 'p'), 'customerId'],
    [event('c', ' \t'), 'productId'],
    [event('c', LONG), 'productId'],
    [event('c', '\ud800'), 'productId'],
    [event('c', 'p', { type: '' }), 'type'],
    [event('c', 'p', { basket: ' ' }), 'basket'],
    [event('c', 'p', { quantity: 0 }), 'quantity'],
    [event('c', 'p', { quantity: Number.NaN }), 'quantity'],
    [event('c', 'p', { value: Number.POSITIVE_INFINITY }), 'value'],
    [event('c', 'p', { timestamp: '01/02/2017' }), 'timestamp'],
    [event('c', 'p', { timestamp: '2017-02-30' }), 'timestamp'],
    [event('c', 'p', { timestamp: '1492-10-12' }), 'timestamp'],
    [event('c', 'p', { timestamp: 5 }), 'timestamp'],
  ])('%j', async (bad, path) => {
    const { catalog } = await createTempCatalog();
    const reply = await catalog.appendInteractions([event('c', 'p'), bad]);
    expect(reply).toMatchObject({ accepted: 1, rejected: 1, errors: [{ index: 1, path }], watermark: 1 });
    expect((await catalog.counts()).interactions).toBe(1);
  });

  test('512 characters are an id, whatever they are made of', async () => {
    const { catalog } = await createTempCatalog();
    expect(await catalog.appendInteractions([event('🦆'.repeat(512), 'p')])).toMatchObject({ accepted: 1 });
  });

  test('of a product: a number without bins, a kind with a slash, null in a put; of a customer: states', async () => {
    const { catalog } = await createTempCatalog();
    const { errors } = await catalog.changeEntities('product', [
      { op: 'put', id: 'a', attributes: [{ kind: 'price', value: 3 }] },
      { op: 'put', id: 'b', attributes: [{ kind: 'a/b', value: 'x' }] },
      { op: 'put', id: 'c', attributes: [{ kind: 'k', value: null }] },
      { op: 'patch', id: 'nowhere', name: 'x' },
      { op: 'delete', id: 'nowhere' },
    ]);
    expect(errors.map(({ index, path, code }) => [index, path, code])).toEqual([
      [0, 'attributes.0.value', 'REQUEST_UNPROCESSABLE'],
      [1, 'attributes.0.kind', 'REQUEST_UNPROCESSABLE'],
      [2, 'attributes.0.value', 'REQUEST_UNPROCESSABLE'],
      [3, 'id', 'NODE_UNKNOWN'],
      [4, 'id', 'NODE_UNKNOWN'],
    ]);
    const customers = await catalog.changeEntities('customer', [{ op: 'put', id: 'c', hidden: true }]);
    expect(customers.errors).toMatchObject([{ path: 'hidden' }]);
    expect(await catalog.watermark()).toBe(0);
  });
});

describe('times', () => {
  test.each([
    ['2017-02-01', '2017-02-01T00:00:00.000Z'],
    ['2017-02-01 09:30', '2017-02-01T09:30:00.000Z'],
    ['2017-02-01T09:30:00,25Z', '2017-02-01T09:30:00.250Z'],
    ['2017-02-01T09:30:00+02:30', '2017-02-01T07:00:00.000Z'],
    ['2017-02-01T09:30-08', '2017-02-01T17:30:00.000Z'],
    ['1485907200', '2017-02-01T00:00:00.000Z'],
    [1485907200000, '2017-02-01T00:00:00.000Z'],
  ])('%s is %s, as in an import', async (timestamp, expected) => {
    const { catalog, file, interactions } = await createTempCatalog();
    await catalog.appendInteractions([event('written', 'p', { timestamp })]);
    const path = await file('a.csv', `customer,product,at\nread,p,"${timestamp}"\n`);
    await interactions(path, { ...PAIR, timestamp: 'at' });
    for (const id of ['written', 'read']) {
      expect((await catalog.listInteractions(id, { limit: 5 })).rows).toMatchObject([
        { timestamp: expected },
      ]);
    }
  });

  test('an event without one is of now', async () => {
    const temp = await openTempCatalog();
    await temp.catalog.close();
    const now = () => Date.UTC(2026, 0, 2);
    const catalog = await openCatalog(join(temp.dir, 'data', 'catalog.duckdb'), {
      rejectsDir: temp.dir,
      now,
    });
    await catalog.appendInteractions([event('c', 'p')]);
    expect(await catalog.lastEventMs()).toBe(now());
    await catalog.close();
    await temp.dispose();
  });
});

describe('returns', () => {
  const day = (n: number): string => `2024-01-${String(n).padStart(2, '0')}`;
  const standing = async (events: readonly Partial<InteractionEvent>[]): Promise<number> => {
    const { catalog } = await createTempCatalog();
    await catalog.appendInteractions(events.map((rest) => event('c', 'p', rest)));
    return (await readPairs(catalog, PLAIN))[0]?.[2] ?? 0;
  };

  test.each([
    [
      'a purchase that was brought back is none',
      [{ timestamp: day(1) }, { timestamp: day(2), quantity: -1 }],
      0,
    ],
    [
      'one of two',
      [
        { timestamp: day(1), quantity: 2 },
        { timestamp: day(2), quantity: -1 },
      ],
      1,
    ],
    [
      'two of one and one',
      [{ timestamp: day(1) }, { timestamp: day(2) }, { timestamp: day(3), quantity: -2 }],
      0,
    ],
    [
      'before anything was bought: nothing to take back',
      [{ timestamp: day(1), quantity: -5 }, { timestamp: day(2) }],
      1,
    ],
    [
      'bought again after',
      [{ timestamp: day(1) }, { timestamp: day(2), type: 'return' }, { timestamp: day(3) }],
      1,
    ],
    ['of the same day', [{ timestamp: day(1), type: 'return' }, { timestamp: day(1) }], 0],
    [
      'a purchase that comes late',
      [{ timestamp: day(2), type: 'return', quantity: 1 }, { timestamp: day(1) }],
      0,
    ],
    [
      'of tenths',
      [
        { timestamp: day(1), quantity: 0.1 },
        { timestamp: day(1), quantity: 0.2 },
        { timestamp: day(2), quantity: -0.3 },
      ],
      0,
    ],
    [
      'a view is not brought back by the return of a purchase',
      [
        { timestamp: day(1), type: 'view' },
        { timestamp: day(2), type: 'return' },
      ],
      1,
    ],
    [
      'a view is by a view of −1',
      [
        { timestamp: day(1), type: 'view' },
        { timestamp: day(2), type: 'view', quantity: -1 },
      ],
      0,
    ],
  ])('%s', async (_what, events, left) => {
    expect(await standing(events)).toBe(left);
  });

  test('a customer and a product count what stands, in a list too', async () => {
    const { catalog } = await createTempCatalog();
    await catalog.appendInteractions([
      event('c', 'x', { timestamp: day(1), quantity: 2 }),
      event('c', 'x', { timestamp: day(2), quantity: -2 }),
      event('c', 'y', { timestamp: day(2) }),
      event('d', 'x', { timestamp: day(1) }),
      event('d', 'x', { timestamp: day(2), type: 'view' }),
      event('e', 'x', { timestamp: day(1) }),
      event('e', 'x', { timestamp: day(2), type: 'return' }),
    ]);
    const counts = async (type: 'customer' | 'product') =>
      (await catalog.list({ type, limit: 10 })).rows.map(({ id, count }) => [id, count]);
    expect(await counts('customer')).toEqual([
      ['c', 1],
      ['d', 2],
      ['e', 0],
    ]);
    expect(await counts('product')).toEqual([
      ['x', 2],
      ['y', 1],
    ]);
    expect(await catalog.find('customer', 'e')).toMatchObject({ count: 0 });
  });

  test('a file says the same as single events, by quantity or by type', async () => {
    const { catalog, file, interactions } = await createTempCatalog();
    const rows = [
      'a,x,2024-01-01,2,purchase',
      'a,x,2024-01-02,-2,purchase',
      'b,x,2024-01-01,1,purchase',
      'b,x,2024-01-05,1,return',
      'c,x,2024-01-01,1,purchase',
    ];
    const path = await file('a.csv', ['customer,product,at,n,type', ...rows].join('\n'));
    const report = await interactions(path, {
      ...PAIR,
      timestamp: 'at',
      quantity: 'n',
      type: { column: 'type' },
    });
    expect(report).toMatchObject({ rowsAccepted: 5, rowsRejected: 0 });
    expect(await readPairs(catalog, PLAIN)).toEqual([['c', 'x', 1]]);
    expect(await catalog.counts()).toMatchObject({
      interactions: 3,
      returns: 2,
      pairs: 1,
      interactionsByType: { purchase: 3 },
    });
    expect(await catalog.history('a')).toEqual([]);
    expect((await catalog.listInteractions('a', { limit: 5 })).rows.map((row) => row.quantity)).toEqual([
      -2, 2,
    ]);
  });

  test('a return in the test part does not take back what training may know', async () => {
    const { catalog } = await createTempCatalog();
    await catalog.appendInteractions([
      event('c', 'p', { timestamp: day(1) }),
      event('c', 'p', { timestamp: day(8), type: 'return' }),
      event('c', 'q', { timestamp: day(9) }),
    ]);
    const split = { protocol: 'time', cutoffMs: Date.parse(day(5)) } as const;
    expect(await readPairs(catalog, PLAIN, split)).toEqual([['c', 'p', 1]]);
    expect((await catalog.interactions('test', split)).count).toBe(1);
    expect((await catalog.interactions('all')).count).toBe(1);
  });
});

describe('groups', () => {
  test('writers at one time share commits, and each gets its own reply', async () => {
    const { catalog } = await createTempCatalog();
    const writes = Array.from({ length: 100 }, (_, i) =>
      catalog.appendInteractions(
        i % 10 === 3 ? [event('c', ''), event(`c${i}`, 'p')] : [event(`c${i}`, 'p')],
      ),
    );
    const replies = await Promise.all(writes);
    for (const [i, reply] of replies.entries()) {
      expect(reply).toMatchObject({ accepted: 1, rejected: i % 10 === 3 ? 1 : 0 });
      if (i % 10 === 3) expect(reply.errors).toMatchObject([{ index: 0, path: 'productId' }]);
    }
    expect((await catalog.counts()).interactions).toBe(100);
    expect(await catalog.watermark()).toBeLessThan(20);
  });

  test('in the order in which they were asked for', async () => {
    const { catalog } = await createTempCatalog();
    const replies = await Promise.all([
      catalog.changeEntities('product', [{ op: 'put', id: 'p', name: 'one' }]),
      catalog.appendInteractions([event('c', 'p')]),
      catalog.changeEntities('product', [{ op: 'delete', id: 'p' }]),
      catalog.appendInteractions([event('d', 'p')]),
      catalog.changeEntities('product', [{ op: 'put', id: 'p', name: 'two' }]),
      catalog.appendInteractions([event('e', 'p')]),
    ]);
    expect(replies.map(({ accepted }) => accepted)).toEqual([1, 1, 1, 0, 1, 1]);
    expect(replies[3]!.errors).toMatchObject([{ index: 0, path: 'productId', code: 'NODE_UNKNOWN' }]);
    expect(await catalog.find('product', 'p')).toMatchObject({ name: 'two', count: 1 });
    expect(await catalog.tombstones()).toEqual([]);
  });

  test('a write waits for an import, and an import for writes', async () => {
    const { catalog, file } = await createTempCatalog();
    const path = await file(
      'a.csv',
      `customer,product\n${Array.from({ length: 20_000 }, (_, i) => `c${i},p${i % 7}`).join('\n')}`,
    );
    const source = { kind: 'interactions', path, mapping: PAIR } as const;
    const first = catalog.appendInteractions([event('before', 'p1')]);
    const imported = catalog.importFiles([source], {}, {});
    const writes = Array.from({ length: 10 }, (_, i) => catalog.appendInteractions([event(`new${i}`, 'p1')]));
    await Promise.all([first, imported, ...writes]);
    expect(await catalog.counts()).toMatchObject({ interactions: 20_011, customers: 20_011, products: 7 });
    const keys = await catalog.nodeIds('customer');
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('what was deleted', () => {
  test('is gone with all that hung on it, stays away until it is put, and an import puts it', async () => {
    const { catalog, file, interactions, edges } = await createTempCatalog();
    await edges(await file('e.csv', 'from,to\np,q\nq,r\n'));
    await catalog.changeEntities('product', [
      { op: 'put', id: 'p', attributes: [{ kind: 'brand', value: 'Acme' }], hidden: true },
      { op: 'put', id: 'q', attributes: [{ kind: 'brand', value: 'Other' }] },
    ]);
    await catalog.appendInteractions([event('c', 'p'), event('c', 'q'), event('c', 'p', { type: 'return' })]);
    const { watermark } = await catalog.changeEntities('product', [{ op: 'delete', id: 'p' }]);
    expect(await catalog.counts()).toMatchObject({
      products: 2,
      attributes: 1,
      interactions: 1,
      returns: 0,
      edges: 1,
    });
    expect(await catalog.productStates()).toEqual({ hidden: [], outOfStock: [] });
    expect(await catalog.tombstones()).toMatchObject([{ type: 'product', id: 'p', watermark }]);
    expect(await catalog.tombstones(watermark)).toEqual([]);
    expect(await catalog.appendInteractions([event('d', 'p')])).toMatchObject({ accepted: 0, watermark });
    await interactions(await file('a.csv', 'customer,product\nd,p\n'), PAIR);
    expect(await catalog.tombstones()).toEqual([]);
    expect(await catalog.appendInteractions([event('d', 'p')])).toMatchObject({ accepted: 1 });
  });

  test('a number goes into the bin of its kind', async () => {
    const { catalog, file, products } = await createTempCatalog();
    const path = await file('p.csv', 'id,price\na,1\nb,2\nc,3\nd,4\n');
    await products(path, { id: 'id', attributes: [{ kind: 'price', column: 'price', bins: 2 }] });
    const binOf = async (id: string) => (await catalog.find('product', id))!.attributes[0]!.value;
    for (const [value, same] of [
      [1, 'a'],
      [0, 'a'],
      [3, 'c'],
      [99, 'd'],
    ] as const) {
      await catalog.changeEntities('product', [
        { op: 'put', id: 'new', attributes: [{ kind: 'price', value }] },
      ]);
      expect(await binOf('new')).toBe(await binOf(same));
    }
  });
});

describe('Idempotency-Key', () => {
  const idempotency = { key: 'k', request: 'hash of the request' };

  test('the same reply, one event, also after the file was opened again', async () => {
    const temp = await openTempCatalog();
    const [a, b] = await Promise.all(
      [1, 2].map(() => temp.catalog.appendInteractions([event('c', 'p')], { idempotency })),
    );
    expect(b).toEqual(a);
    await temp.catalog.close();
    const catalog = await openCatalog(join(temp.dir, 'data', 'catalog.duckdb'), { rejectsDir: temp.dir });
    expect(await catalog.appendInteractions([event('c', 'p')], { idempotency })).toEqual(a);
    expect((await catalog.counts()).interactions).toBe(1);
    const other = { key: 'k', request: 'another' };
    const refused = failureOf(catalog.appendInteractions([event('c', 'p')], { idempotency: other }));
    const beside = catalog.appendInteractions([event('c', 'p')]);
    expect(await refused).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await beside).toMatchObject({ accepted: 1 });
    await catalog.close();
    await temp.dispose();
  });

  test('a key of yesterday is forgotten', async () => {
    const temp = await openTempCatalog();
    const file = join(temp.dir, 'data', 'catalog.duckdb');
    await temp.catalog.appendInteractions([event('c', 'p')], { idempotency });
    await temp.catalog.close();
    await runSql('UPDATE idempotency_keys SET made_at = made_at - INTERVAL 25 HOURS', file);
    const catalog = await openCatalog(file, { rejectsDir: temp.dir });
    await catalog.appendInteractions([event('c', 'p')], { idempotency });
    expect((await catalog.counts()).interactions).toBe(2);
    await catalog.close();
    await temp.dispose();
  });
});

describe('listeners', () => {
  test('are told what each commit changed, before the writer is', async () => {
    const { catalog, file, interactions } = await createTempCatalog();
    const told: CatalogNews[] = [];
    const stop = catalog.onChange((news) => told.push(news));
    const reply = await catalog.appendInteractions([event('c', 'p'), event('c', 'p', { type: 'return' })]);
    expect(told.at(-1)).toEqual({
      watermark: reply.watermark,
      bulk: false,
      products: { upserted: ['p'], deleted: [], putAgain: [], states: [] },
      customers: { upserted: ['c'], deleted: [], putAgain: [] },
      interactions: [{ customerId: 'c', productId: 'p', type: 'purchase' }],
    });
    await catalog.changeEntities('product', [{ op: 'patch', id: 'p', inStock: false }]);
    expect(told.at(-1)!.products.states).toEqual([{ id: 'p', hidden: false, inStock: false }]);
    await catalog.changeEntities('product', [
      { op: 'put', id: 'q' },
      { op: 'delete', id: 'q' },
    ]);
    expect(told.at(-1)!.products).toMatchObject({ upserted: [], deleted: ['q'] });
    await catalog.deleteInteractions({ customerId: 'c' });
    expect(told.at(-1)!.interactions).toHaveLength(1);
    await catalog.deleteInteractions({ customerId: 'nobody' });
    await catalog.appendInteractions([event('', '')]);
    expect(told).toHaveLength(4);
    await interactions(await file('a.csv', 'customer,product\nd,p\n'), PAIR);
    expect(told.at(-1)).toMatchObject({ bulk: true, watermark: 5 });
    stop();
    await catalog.appendInteractions([event('c', 'p')]);
    expect(told).toHaveLength(5);
  });
});

test('reads of one moment fit together, whatever is written meanwhile', async () => {
  const { catalog } = await createTempCatalog();
  await catalog.appendInteractions([event('m', 'p'), event('n', 'q')]);
  await catalog.atOneMoment(async (moment) => {
    const before = await moment.nodeIds('customer');
    await catalog.appendInteractions([event('a', 'a')]);
    await catalog.changeEntities('customer', [{ op: 'delete', id: 'm' }]);
    expect(await moment.nodeIds('customer')).toEqual(before);
    expect(await readPairs(moment, PLAIN)).toEqual([
      ['m', 'p', 1],
      ['n', 'q', 1],
    ]);
    expect(await moment.watermark()).toBe(1);
    expect((await moment.interactions('all')).count).toBe(2);
  });
  expect(await catalog.nodeIds('customer')).toEqual(['a', 'n']);
  expect(await catalog.watermark()).toBe(3);
});

test('a file that was made before there were writes gets what it lacks', async () => {
  const temp = await openTempCatalog();
  const file = join(temp.dir, 'data', 'catalog.duckdb');
  await temp.catalog.close();
  const added = [
    'returns',
    'product_states',
    'tombstones',
    'watermark',
    'idempotency_keys',
    'put_again',
    'forgotten',
  ];
  for (const table of added) await runSql(`DROP TABLE ${table}`, file);
  const catalog = await openCatalog(file, { rejectsDir: temp.dir });
  expect(await catalog.appendInteractions([event('c', 'p')])).toMatchObject({ accepted: 1, watermark: 1 });
  await catalog.close();
  await temp.dispose();
});

test('events that are written come after a history that has an order and no times', async () => {
  const { catalog, file, interactions } = await createTempCatalog();
  const rows = [1, 2, 3].flatMap((n) => [`a,p${n},${n}`, `b,q${n},${n}`]);
  await interactions(await file('a.csv', ['customer,product,n', ...rows].join('\n')), {
    ...PAIR,
    order: 'n',
  });
  await catalog.appendInteractions([event('a', 'new', { basket: 'today' })]);
  expect((await catalog.history('a')).map(({ productId, age }) => [productId, age])).toEqual([
    ['new', 0],
    ['p1', 3],
    ['p2', 2],
    ['p3', 1],
  ]);
  const split = await catalog.proposeSplit(0.2);
  expect(split).toEqual({ protocol: 'last-basket' });
  const products = await catalog.nodeIds('product');
  const test = await catalog.interactions('test', split);
  expect([...test.product].map((p) => products[p]).sort()).toEqual(['new', 'q3']);
});

test('pages of a customer: newest first, none twice, none left out', async () => {
  const { catalog } = await createTempCatalog();
  const times = Array.from({ length: 23 }, (_, i) => 1_700_000_000_000 + (i % 5) * 1000);
  await catalog.appendInteractions(times.map((timestamp, i) => event('c', `p${i}`, { timestamp })));
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await catalog.listInteractions('c', { limit: 5, cursor });
    seen.push(...page.rows.map(({ timestamp, productId }) => `${timestamp} ${productId}`));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(new Set(seen).size).toBe(23);
  expect(seen.map((row) => row.slice(0, 24))).toEqual(
    seen
      .map((row) => row.slice(0, 24))
      .sort()
      .reverse(),
  );
  expect(await failureOf(catalog.listInteractions('d', { limit: 1 }))).toMatchObject({
    code: 'NODE_UNKNOWN',
  });
  expect(await failureOf(catalog.listInteractions('c', { limit: 1, cursor: 'x' }))).toMatchObject({
    code: 'REQUEST_INVALID',
  });
});
