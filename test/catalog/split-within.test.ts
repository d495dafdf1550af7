/** A split of the train part of another: its two parts are that part, and nothing of what the first holds out. */
import { expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import type { InteractionColumns, Split } from '../../src/graph/types.ts';
import { createTempCatalog, PLAIN, readPairs } from './temp-catalog.ts';

const day = (n: number): number => Date.UTC(2026, 0, n);

const SPLITS: readonly Split[] = [
  { protocol: 'time', cutoffMs: day(12), within: { protocol: 'time', cutoffMs: day(16) } },
  { protocol: 'last-basket', within: { protocol: 'last-basket' } },
  { protocol: 'last-basket', within: { protocol: 'time', cutoffMs: day(16) } },
];

/** Rows as text, sorted: a basket's number differs from one reading to the next. */
const toRows = ({ count, customer, product, timeMs }: InteractionColumns): string[] =>
  Array.from({ length: count }, (_, i) => `${customer[i]} ${product[i]} ${timeMs[i]}`).sort();

test.each(SPLITS)('$protocol within $within.protocol', async (split) => {
  const temp = await createTempCatalog();
  const random = createRandom(9);
  const below = (n: number): number => Math.floor(random() * n);
  const rows = Array.from({ length: 300 }, () => {
    const [customer, on] = [below(9), 1 + below(20)];
    return `c${customer},p${below(6)},2026-01-${String(on).padStart(2, '0')},b${customer}-${on},${on}`;
  });
  const path = await temp.file('rows.csv', `customer,product,timestamp,basket,order\n${rows.join('\n')}\n`);
  const columns = ['customer', 'product', 'timestamp', 'basket', 'order'];
  await temp.interactions(
    path,
    Object.fromEntries(columns.map((c) => [c, c])) as { customer: string; product: string },
  );

  const [train, test] = [
    await temp.catalog.interactions('train', split),
    await temp.catalog.interactions('test', split),
  ];
  const outer = await temp.catalog.interactions('train', split.within);
  expect(train.count).toBeGreaterThan(0);
  expect(test.count).toBeGreaterThan(0);
  expect([...toRows(train), ...toRows(test)].sort()).toEqual(toRows(outer));

  const [customers, products] = [
    await temp.catalog.nodeIds('customer'),
    await temp.catalog.nodeIds('product'),
  ];
  const pairs = new Set((await readPairs(temp.catalog, PLAIN, split)).map(([c, p]) => `${c} ${p}`));
  const wanted = Array.from(train.customer, (c, i) => `${customers[c]} ${products[train.product[i]!]}`);
  expect([...pairs].sort()).toEqual([...new Set(wanted)].sort());
});
