/** Columns out: order of nodes, weights, splits; and against a plain aggregation in TypeScript. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EdgeWeighting, Split } from '../../src/graph/types.ts';
import {
  createTempCatalog,
  failureOf,
  openTempCatalog,
  PAIR,
  PLAIN,
  readPairs,
  type TempCatalog,
} from './temp-catalog.ts';

const DAY = 86_400_000;
const TIMED = { ...PAIR, timestamp: 'ts' };

/** Rows as CSV; the header is the keys of the first. */
async function load(
  temp: TempCatalog,
  rows: readonly Record<string, string | number>[],
  name = 'a.csv',
): Promise<string> {
  const columns = Object.keys(rows[0]!);
  return temp.file(
    name,
    [columns.join(','), ...rows.map((row) => columns.map((c) => row[c]).join(',')), ''].join('\n'),
  );
}

test('ids ascend by their UTF-8 bytes, not by their UTF-16 units', async () => {
  const temp = await createTempCatalog();
  const ids = ['😀', '\uffee', 'é', 'e\u0301', 'z', 'Z', '10', '9', '~', 'a/b', 'a b', '𝒳', ''].filter(
    Boolean,
  );
  await temp.interactions(
    await temp.file(
      'a.ndjson',
      ids.map((id) => JSON.stringify({ customer: id, product: `p${id}` })).join('\n'),
    ),
    PAIR,
  );
  const byBytes = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect(await temp.catalog.nodeIds('customer')).toEqual(byBytes);
  expect(await temp.catalog.nodeIds('product')).toEqual(byBytes.map((id) => `p${id}`));
  expect(byBytes.indexOf('\uffee')).toBeLessThan(byBytes.indexOf('😀')); // UTF-16 has them the other way round
});

describe('weights of pairs', () => {
  const rows = [
    { customer: 'a', product: 'x', ts: '2020-01-01', type: 'view' },
    { customer: 'a', product: 'x', ts: '2020-01-11', type: 'view' },
    { customer: 'a', product: 'x', ts: '2020-01-31', type: 'buy' },
    { customer: 'a', product: 'y', ts: '2020-01-21', type: 'view' },
    { customer: 'b', product: 'x', ts: '2020-02-10', type: 'wish' },
  ];
  const asOfMs = Date.UTC(2020, 0, 31);
  const cases: { why: string; weighting: EdgeWeighting; expected: [string, string, number][] }[] = [
    {
      why: 'counts',
      weighting: PLAIN,
      expected: [
        ['a', 'x', 3],
        ['a', 'y', 1],
        ['b', 'x', 1],
      ],
    },
    {
      why: 'log2(1 + n) of each type by itself',
      weighting: { typeWeights: {}, otherTypes: 1, damping: 'log' },
      expected: [
        ['a', 'x', Math.log2(3) + 1],
        ['a', 'y', 1],
        ['b', 'x', 1],
      ],
    },
    {
      why: 'a weight per type, and one for the others',
      weighting: { typeWeights: { view: 0.25, buy: 2 }, otherTypes: 10, damping: 'none' },
      expected: [
        ['a', 'x', 2.5],
        ['a', 'y', 0.25],
        ['b', 'x', 10],
      ],
    },
    {
      why: 'weight 0 leaves a type out, and pairs that have nothing else',
      weighting: { typeWeights: { view: 0 }, otherTypes: 1, damping: 'none' },
      expected: [
        ['a', 'x', 1],
        ['b', 'x', 1],
      ],
    },
    {
      why: 'half-life of 10 days: ages 30, 20, 0 and 10 days; later than asOf counts like asOf',
      weighting: { typeWeights: {}, otherTypes: 1, damping: 'none', halfLifeDays: 10, asOfMs },
      expected: [
        ['a', 'x', 1 / 8 + 1 / 4 + 1],
        ['a', 'y', 1 / 2],
        ['b', 'x', 1],
      ],
    },
    {
      why: 'half-life inside the logarithm',
      weighting: {
        typeWeights: { wish: 0, buy: 0 },
        otherTypes: 1,
        damping: 'log',
        halfLifeDays: 10,
        asOfMs,
      },
      expected: [
        ['a', 'x', Math.log2(1 + 3 / 8)],
        ['a', 'y', Math.log2(1.5)],
      ],
    },
    {
      why: 'nothing weighs anything',
      weighting: { typeWeights: {}, otherTypes: 0, damping: 'none' },
      expected: [],
    },
    {
      why: 'a type by the name of a property of every object',
      weighting: { typeWeights: { toString: 5 }, otherTypes: 1, damping: 'none' },
      expected: [
        ['a', 'x', 3],
        ['a', 'y', 1],
        ['b', 'x', 1],
      ],
    },
  ];

  test('each way of weighing', async () => {
    const temp = await createTempCatalog();
    await temp.interactions(await load(temp, rows), { ...TIMED, type: { column: 'type' } });
    for (const { why, weighting, expected } of cases) {
      const found = await readPairs(temp.catalog, weighting);
      expect(
        found.map(([c, p]) => [c, p]),
        why,
      ).toEqual(expected.map(([c, p]) => [c, p]));
      for (const [i, [, , weight]] of found.entries()) expect(weight, why).toBeCloseTo(expected[i]![2], 6);
    }
    const noInstant = readPairs(temp.catalog, { ...PLAIN, halfLifeDays: 10 });
    expect(await failureOf(noInstant)).toMatchObject({ code: 'CONFIG_INVALID', details: { field: 'asOf' } });
  });

  test('attribute edges: one row per pair, weight 1, in ascending order', async () => {
    const temp = await createTempCatalog();
    const attributes = [{ kind: 'k', column: 'k', split: ';' }];
    await temp.products(await temp.file('p.csv', 'id,k\nb,v2;v1\na,v1\nc,\n'), { id: 'id', attributes });
    await temp.customers(await temp.file('c.csv', 'id,k\nu,v2\n'), { id: 'id', attributes });
    const found: unknown[] = [];
    for (const owner of ['product', 'customer'] as const) {
      for await (const { count, from, to, weight } of temp.catalog.attributeEdges(owner)) {
        for (let i = 0; i < count; i++) found.push([owner, from[i], to[i], weight[i]]);
      }
    }
    expect(await temp.catalog.nodeIds('attribute')).toEqual(['k/v1', 'k/v2']);
    expect(found).toEqual([
      ['product', 0, 0, 1],
      ['product', 1, 0, 1],
      ['product', 1, 1, 1],
      ['customer', 0, 1, 1],
    ]);
  });
});

describe('splits', () => {
  test('train and test share no row and miss none; the cutoff itself is test', async () => {
    const temp = await createTempCatalog();
    const rows = [1, 2, 3, 4].map((day) => ({
      customer: `c${day % 2}`,
      product: `p${day}`,
      ts: `2020-01-0${day}`,
    }));
    await temp.interactions(await load(temp, rows), TIMED);
    const split: Split = { protocol: 'time', cutoffMs: Date.UTC(2020, 0, 3) };
    const train = await temp.catalog.interactions('train', split);
    const held = await temp.catalog.interactions('test', split);
    expect([...train.product]).toEqual([0, 1]);
    expect([...held.product]).toEqual([2, 3]);
    expect(await readPairs(temp.catalog, PLAIN, split)).toEqual([
      ['c0', 'p2', 1],
      ['c1', 'p1', 1],
    ]);
    expect(await failureOf(temp.catalog.interactions('test'))).toMatchObject({ code: 'SPLIT_IMPOSSIBLE' });
  });

  test('last-basket: by order, then import order; one basket stays in train', async () => {
    const temp = await createTempCatalog();
    const rows = [
      { customer: 'a', product: 'p1', seq: 2, basket: 'late' },
      { customer: 'a', product: 'p2', seq: 1, basket: 'early' },
      { customer: 'a', product: 'p3', seq: 2, basket: 'late' },
      { customer: 'b', product: 'p1', seq: 1, basket: 'late' }, // the name of another customer's basket
      { customer: 'c', product: 'p1', seq: 5, basket: 'x' },
      { customer: 'c', product: 'p2', seq: 5, basket: 'y' }, // same order: the later row
    ];
    await temp.interactions(await load(temp, rows), { ...PAIR, order: 'seq', basket: 'basket' });
    expect(await temp.catalog.proposeSplit(0.2)).toEqual({ protocol: 'last-basket' });
    expect(await readPairs(temp.catalog, PLAIN, { protocol: 'last-basket' })).toEqual([
      ['a', 'p2', 1],
      ['b', 'p1', 1],
      ['c', 'p1', 1],
    ]);
    const held = await temp.catalog.interactions('test', { protocol: 'last-basket' });
    expect([...held.customer].map((c, i) => [c, held.product[i]])).toEqual([
      [0, 0],
      [0, 2],
      [2, 1],
    ]);
  });

  test('rows with an order and no basket: the last order value is held out', async () => {
    const temp = await createTempCatalog();
    const rows = [3, 1, 2].map((seq) => ({ customer: 'a', product: `p${seq}`, seq }));
    await temp.interactions(await load(temp, rows), { ...PAIR, order: 'seq' });
    const held = await temp.catalog.interactions('test', await temp.catalog.proposeSplit(0.2));
    expect([...held.product]).toEqual([2]);
  });

  test('proposed by time: about the share, at an instant, and no basket in two where that can be had', async () => {
    const temp = await createTempCatalog();
    const rows = Array.from({ length: 100 }, (_, i) => ({
      customer: 'a',
      product: `p${i}`,
      ts: new Date(Date.UTC(2020) + i * DAY).toISOString(),
      basket: i >= 78 && i <= 83 ? 'long' : `b${i}`, // days 78–83 are one basket, and the share of .2 falls inside it
    }));
    await temp.interactions(await load(temp, rows), { ...TIMED, basket: 'basket' });
    const split = await temp.catalog.proposeSplit(0.2);
    expect(split).toEqual({ protocol: 'time', cutoffMs: Date.UTC(2020) + 78 * DAY });
    expect((await temp.catalog.interactions('test', split)).count).toBe(22);
    // .15 is nearer to the other end of that basket
    expect(await temp.catalog.proposeSplit(0.165)).toEqual({
      protocol: 'time',
      cutoffMs: Date.UTC(2020) + 84 * DAY,
    });
  });

  test('a basket as long as the data cannot be spared', async () => {
    const temp = await createTempCatalog();
    const rows = Array.from({ length: 10 }, (_, i) => ({
      customer: 'a',
      product: `p${i}`,
      ts: `2020-01-${10 + i}`,
      basket: 'b',
    }));
    await temp.interactions(await load(temp, rows), { ...TIMED, basket: 'basket' });
    const split = await temp.catalog.proposeSplit(0.2);
    expect((await temp.catalog.interactions('test', split)).count).toBeGreaterThan(1);
    expect((await temp.catalog.interactions('train', split)).count).toBeGreaterThan(6);
  });

  test('without any time or order, pairs at random; with it on some rows only, none of itself', async () => {
    const temp = await createTempCatalog();
    const rows = ['x', 'y', 'z'].map((product) => ({ customer: 'a', product }));
    await temp.interactions(await load(temp, rows), PAIR);
    expect(await temp.catalog.proposeSplit(0.2, { seed: 7 })).toEqual({
      protocol: 'random',
      share: 0.2,
      seed: 7,
    });
    await temp.interactions(
      await load(temp, [{ customer: 'b', product: 'x', ts: '2020-01-01' }], 'b.csv'),
      TIMED,
    );
    expect(await failureOf(temp.catalog.proposeSplit(0.2))).toMatchObject({ code: 'SPLIT_IMPOSSIBLE' });
  });

  test('impossible: nothing there, one instant, a time on some rows only', async () => {
    const temp = await createTempCatalog();
    expect(await failureOf(temp.catalog.proposeSplit(0.2))).toMatchObject({ code: 'CATALOG_EMPTY' });
    await temp.interactions(await load(temp, [{ customer: 'a', product: 'x', ts: '2020-01-01' }]), TIMED);
    expect(await failureOf(temp.catalog.proposeSplit(0.2))).toMatchObject({ code: 'SPLIT_IMPOSSIBLE' });
    await temp.interactions(await load(temp, [{ customer: 'a', product: 'y' }], 'b.csv'), PAIR);
    const error = await failureOf(temp.catalog.proposeSplit(0.2));
    expect(error.message).toContain('--timestamp');
  });
});

test('interactions: by time, then order, then import order; baskets dense per customer; no time is NaN, and comes first', async () => {
  const temp = await createTempCatalog();
  const mapping = { ...TIMED, basket: 'basket', order: 'seq' };
  const rows = [
    { customer: 'b', product: 'p1', ts: '2020-01-02', seq: 1, basket: 'k' },
    { customer: 'a', product: 'p2', ts: '2020-01-02', seq: 0, basket: 'k' },
    { customer: 'a', product: 'p3', ts: '2020-01-01', seq: 9, basket: '' },
  ];
  await temp.interactions(await load(temp, rows), mapping);
  await temp.interactions(await load(temp, [{ customer: 'a', product: 'p1' }], 'b.csv'), PAIR);
  const { count, customer, product, basket, timeMs } = await temp.catalog.interactions('all');
  expect(count).toBe(4);
  expect([...customer]).toEqual([0, 0, 0, 1]);
  expect([...product]).toEqual([0, 2, 1, 0]);
  expect([...basket]).toEqual([0xffffffff, 0xffffffff, 0, 1]);
  expect([...timeMs]).toEqual([Number.NaN, Date.UTC(2020, 0, 1), Date.UTC(2020, 0, 2), Date.UTC(2020, 0, 2)]);
  expect(await temp.catalog.lastEventMs()).toBe(Date.UTC(2020, 0, 2));
});

test('interactions: a type that weighs 0 is left out, named or not; what the others weigh is nothing to them', async () => {
  const temp = await createTempCatalog();
  const rows = ['purchase', 'view', 'cart', 'purchase'].map((type, i) => ({
    customer: 'a',
    product: `p${i}`,
    ts: `2020-01-0${1 + i}`,
    type,
  }));
  await temp.interactions(await load(temp, rows), { ...TIMED, type: { column: 'type' } });
  const read = async (typeWeights: Record<string, number>, otherTypes: number): Promise<number[]> =>
    Array.from((await temp.catalog.interactions('all', undefined, { typeWeights, otherTypes })).product);
  expect(await read({}, 1)).toEqual([0, 1, 2, 3]);
  expect(await read({ view: 0, cart: 0.1 }, 7)).toEqual([0, 2, 3]);
  expect(await read({ view: 1 }, 0)).toEqual([1]);
  expect(await read({}, 0)).toEqual([]);
});

describe('against a plain aggregation', () => {
  // No unpaired surrogates (they are no UTF-8), and no id of white space alone (that is a missing one).
  const id = fc
    .oneof(
      fc.constantFrom(
        '01',
        '1',
        ' 1',
        '1 ',
        'a,b',
        'a"b',
        '"',
        '""',
        'a\nb',
        'a\r\nb',
        'a\tb',
        "o'k",
        'x/y',
        'NULL',
        'nan',
        '\\',
        '{}',
        '[1]',
        '😀',
        '\uFEFFb',
      ),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
    )
    .filter(
      (text) => Buffer.from(text).toString() === text && !/^[ \t]*$/.test(text) && !text.includes('\0'),
    );
  const row = fc.record({
    customer: id,
    product: id,
    type: fc.constantFrom('view', 'buy', 'Wish list'),
    ts: fc.integer({ min: Date.UTC(1971), max: Date.UTC(2100) }),
  });
  const weighting: EdgeWeighting = {
    typeWeights: { view: 0.5, buy: 2 },
    otherTypes: 0.125,
    damping: 'log',
    halfLifeDays: 4000,
    asOfMs: Date.UTC(2050),
  };

  function aggregate(
    rows: readonly { customer: string; product: string; type: string; ts: number }[],
  ): Map<string, number> {
    const events = new Map<string, number>();
    for (const { customer, product, type, ts } of rows) {
      const key = JSON.stringify([customer, product, type]);
      const age = Math.max(0, weighting.asOfMs! - ts) / (weighting.halfLifeDays! * DAY);
      events.set(key, (events.get(key) ?? 0) + 2 ** -age);
    }
    const pairs = new Map<string, number>();
    for (const [key, count] of events) {
      const [customer, product, type] = JSON.parse(key) as [string, string, string];
      const weight = (weighting.typeWeights[type] ?? weighting.otherTypes) * Math.log2(1 + count);
      const pair = JSON.stringify([customer, product]);
      pairs.set(pair, (pairs.get(pair) ?? 0) + weight);
    }
    return pairs;
  }

  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const write = {
    'a.ndjson': (rows: readonly object[]) => rows.map((one) => JSON.stringify(one)).join('\n'),
    'a.csv': (rows: readonly { customer: string; product: string; type: string; ts: number }[]) =>
      [
        'customer,product,type,ts',
        ...rows.map((r) =>
          [quote(r.customer), quote(r.product), r.type, new Date(r.ts).toISOString()].join(','),
        ),
      ].join('\n'),
  };

  test.each(['a.ndjson', 'a.csv'] as const)('random rows with nasty ids through %s', async (name) => {
    const property = fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
      const temp = await openTempCatalog();
      try {
        const given =
          name === 'a.ndjson' ? rows.map((one) => ({ ...one, ts: new Date(one.ts).toISOString() })) : rows;
        const report = await temp.interactions(await temp.file(name, write[name](given as typeof rows)), {
          ...TIMED,
          type: { column: 'type' },
        });
        expect(report.rejectedByReason).toEqual({});
        const found = await readPairs(temp.catalog, weighting);
        const expected = aggregate(rows);
        expect(new Set(found.map(([c, p]) => JSON.stringify([c, p])))).toEqual(new Set(expected.keys()));
        for (const [c, p, weight] of found)
          expect(weight).toBeCloseTo(expected.get(JSON.stringify([c, p]))!, 5);
        expect((await temp.catalog.counts()).interactions).toBe(rows.length);
      } finally {
        await temp.dispose();
      }
    });
    await fc.assert(property, { numRuns: 20, endOnFailure: true });
  });
});
