/** Recommendations count ages in SQL, evaluations in typed arrays: what is served is what was measured. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildIncidence, findPair, toAges } from '../../src/analyze/incidence.ts';
import { toFrequencies, toFrequency } from '../../src/analyze/own.ts';
import { createRandom } from '../../src/base/rng.ts';
import { openCatalog } from '../../src/catalog/catalog.ts';

const LAYOUTS = [
  { with: ['timestamp', 'basket'], why: 'baskets with times' },
  { with: ['timestamp'], why: 'instants' },
  { with: ['basket', 'order'], why: 'baskets in a given order' },
  { with: ['order'], why: 'a given order only' },
  { with: [], why: 'rows' },
];

test.each(LAYOUTS)('history(), toAges() and toFrequencies() agree: $why', async ({ with: columns }) => {
  const dir = await mkdtemp(join(tmpdir(), 'shelfwalk-test-'));
  const catalog = await openCatalog(join(dir, 'catalog.duckdb'), { rejectsDir: join(dir, 'rejects') });
  try {
    const random = createRandom(columns.length + 5);
    const below = (n: number): number => Math.floor(random() * n);
    const lines = Array.from({ length: 400 }, () => {
      const [customer, day] = [below(6), 1 + below(9)];
      return `c${customer},p${below(12)},2024-01-0${day},b${customer}-${day},${day}`;
    });
    const path = join(dir, 'rows.csv');
    await writeFile(path, `customer,product,timestamp,basket,order\n${lines.join('\n')}\n`);
    const mapping = {
      customer: 'customer',
      product: 'product',
      ...Object.fromEntries(columns.map((c) => [c, c])),
    };
    await catalog.importFiles([{ kind: 'interactions', path, mapping }], {}, {});

    const [customers, products] = [await catalog.nodeIds('customer'), await catalog.nodeIds('product')];
    const rows = await catalog.interactions('all');
    const pairs = buildIncidence(
      { count: rows.count, row: rows.customer, col: rows.product },
      customers.length,
      products.length,
    );
    const ages = toAges(rows, pairs);
    const frequencies = toFrequencies(rows, pairs);
    for (const [c, id] of customers.entries()) {
      const history = await catalog.history(id);
      expect(history.map((entry) => entry.productId)).toEqual(
        products.filter((_, p) => findPair(pairs, c, p) >= 0),
      );
      for (const entry of history) {
        const at = findPair(pairs, c, products.indexOf(entry.productId));
        expect(entry.age).toBe(ages[at]);
        expect(entry.ages).toHaveLength(pairs.counts[at]!);
        expect(toFrequency(entry.ages)).toBe(frequencies[at]); // to the bit: equal ones stay equal
      }
    }
  } finally {
    await catalog.close();
    await rm(dir, { recursive: true, force: true });
  }
});
