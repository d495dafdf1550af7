/** An import with `replace`: what goes, what stays, and that it is what PUT /v1/interactions does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InteractionMapping } from '../../src/catalog/types.ts';
import type { InteractionEvent } from '../../src/catalog/write-types.ts';
import { failureOf, openTempCatalog, PAIR, runSql, type TempCatalog } from './temp-catalog.ts';

const MAPPING: InteractionMapping = {
  ...PAIR,
  type: { column: 'type' },
  timestamp: 'ts',
  quantity: 'n',
  basket: 'basket',
};

const toCsv = (events: readonly InteractionEvent[]): string =>
  [
    'customer,product,type,ts,n,basket',
    ...events.map((e) =>
      [e.customerId, e.productId, e.type, e.timestamp, e.quantity, e.basket ?? ''].join(','),
    ),
  ].join('\n');

/** Everything in the two tables, as text, in an order of its own. */
async function dump({ dir, catalog }: TempCatalog): Promise<string[]> {
  await catalog.close();
  const rows = await runSql(
    `SELECT which, customers.id AS c, products.id AS p, interaction_types.name AS t, epoch_ms(ts)::VARCHAR AS ts, quantity AS n, basket
     FROM (SELECT 'interaction' AS which, * FROM interactions UNION ALL SELECT 'return' AS which, * FROM returns) AS events
     JOIN customers ON customers.key = customer JOIN products ON products.key = product JOIN interaction_types ON interaction_types.key = type`,
    `${dir}/data/catalog.duckdb`,
  );
  return rows.map((row) => JSON.stringify(Object.values(row))).sort();
}

async function after(
  old: readonly InteractionEvent[],
  change: (temp: TempCatalog) => Promise<unknown>,
): Promise<string[]> {
  const temp = await openTempCatalog();
  try {
    await temp.interactions(await temp.file('old.csv', toCsv(old)), MAPPING);
    await change(temp);
    return await dump(temp);
  } finally {
    await temp.dispose();
  }
}

const event = ([c, p, type, n, basket]: readonly [
  string,
  string,
  string,
  number,
  string?,
]): InteractionEvent => ({
  customerId: c,
  productId: p,
  type,
  timestamp: '2026-01-01T00:00:00Z',
  quantity: n,
  basket,
});

const importing = (given: readonly InteractionEvent[]) => async (temp: TempCatalog) =>
  temp.interactions(await temp.file('new.csv', toCsv(given)), MAPPING, { replace: true });

const OLD = [
  event(['a', 'p', 'purchase', 1, 'b1']),
  event(['a', 'p', 'purchase', 2, 'b2']),
  event(['a', 'p', 'return', 1, 'b2']),
  event(['a', 'p', 'view', 1]),
  event(['a', 'q', 'purchase', 1, 'b1']),
  event(['b', 'p', 'purchase', 1, 'b1']),
];
const have = async (given: readonly InteractionEvent[]) =>
  (await after(OLD, importing(given))).map((row) => {
    const [which, c, p, t, , n, basket] = JSON.parse(row) as (string | number | null)[];
    return [which, c, p, t, n, basket].join(' ').trimEnd();
  });

test('without a basket: all of the three, returns too; other types, products and customers stay', async () => {
  expect(await have([event(['a', 'p', 'purchase', 7]), event(['new', 'p', 'purchase', 1])])).toEqual([
    'interaction a p purchase 7',
    'interaction a p view 1',
    'interaction a q purchase 1 b1',
    'interaction b p purchase 1 b1',
    'interaction new p purchase 1',
  ]);
});

test('with a basket: of that basket, however many rows it has', async () => {
  const given = [7, 8, -3].map((n) => event(['a', 'p', 'purchase', n, 'b2']));
  expect(await have(given)).toEqual([
    'interaction a p purchase 1 b1',
    'interaction a p purchase 7 b2',
    'interaction a p purchase 8 b2',
    'interaction a p view 1',
    'interaction a q purchase 1 b1',
    'interaction b p purchase 1 b1',
    'return a p purchase 3 b2',
  ]);
});

test('a return replaces nothing, it is added', async () => {
  const rows = await have([event(['b', 'p', 'return', 1]), event(['a', 'q', 'purchase', -2, 'b1'])]);
  expect(rows).toHaveLength(OLD.length + 2);
  expect(rows).toContain('return b p purchase 1');
});

const anyEvent = fc
  .tuple(
    fc.constantFrom('a', 'b'),
    fc.constantFrom('p', 'q'),
    fc.constantFrom('purchase', 'view', 'return'),
    fc.constantFrom(1, 2, -1),
    fc.constantFrom(undefined, 'b1', 'b2'),
  )
  .map(event);

test('is what PUT /v1/interactions does, on random events', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyEvent, { minLength: 1, maxLength: 12 }),
      fc.array(
        anyEvent.filter(({ type, quantity }) => type !== 'return' && quantity! > 0),
        { minLength: 1, maxLength: 6 },
      ),
      async (old, given) => {
        const put = ({ catalog }: TempCatalog) => catalog.replaceInteractions(given);
        expect(await after(old, importing(given))).toEqual(await after(old, put));
      },
    ),
    { numRuns: 20 },
  );
}, 120_000);

test('products, customers and edges are refused: they are known by id', async () => {
  const temp = await openTempCatalog();
  const path = await temp.file('p.csv', 'id\na\n');
  const failure = await failureOf(temp.products(path, { id: 'id' }, { replace: true }));
  expect(failure).toMatchObject({ code: 'CONFIG_INVALID', details: { field: 'replace', found: 'products' } });
  await temp.dispose();
});
