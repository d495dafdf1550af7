import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  buildSimulatedShop,
  SHOP_DEFAULTS,
  SHOP_README,
  toShopFiles,
  toShopSources,
  writeSimulatedShop,
} from '../../src/pipeline/simulated-shop.ts';
import { NEVER_SOLD } from '../../src/pipeline/simulated-shop-catalogue.ts';
import { PERSONAS, THEMES } from '../../src/pipeline/simulated-shop-personas.ts';
import { SHOP_END_MS, SHOP_START_MS } from '../../src/pipeline/simulated-shop-visits.ts';

const shop = buildSimulatedShop();
const files = toShopFiles(shop);
const purchases = shop.interactions.filter((one) => one.type === 'purchase');

const distinct = <T>(values: Iterable<T>): number => new Set(values).size;

describe('the same shop everywhere', () => {
  test('the bytes of a seed are known', () => {
    const hash = createHash('sha256');
    for (const [name, text] of Object.entries(files)) hash.update(`${name}\n${text}`);
    expect(hash.digest('hex')).toBe('a1994b22cda46f828db5e32d1d8e505a0e59cb9372faedf55430b9ff9ceb2754');
  });

  test('another seed is another shop with the same shelves', () => {
    const other = buildSimulatedShop({ ...SHOP_DEFAULTS, seed: SHOP_DEFAULTS.seed + 100 });
    expect(other.products.map((p) => p.name)).toEqual(shop.products.map((p) => p.name));
    expect(toShopFiles(other)['interactions.csv']).not.toBe(files['interactions.csv']);
  });

  test('more customers leave products as they are', () => {
    const larger = buildSimulatedShop({ ...SHOP_DEFAULTS, customerCount: 2100 });
    expect(larger.products).toEqual(shop.products);
    expect(larger.customers.slice(0, 2000)).toEqual(shop.customers);
  });
});

describe('what is in it', () => {
  test('counts', () => {
    expect(shop.products.length).toBeGreaterThan(550);
    expect(shop.products.length).toBeLessThan(650);
    expect(shop.customers).toHaveLength(2000);
    expect(shop.interactions.length).toBeGreaterThan(25_000);
    expect(shop.interactions.length).toBeLessThan(35_000);
    expect(shop.interactions.length - purchases.length).toBeGreaterThan(5_000); // views
    expect(distinct(shop.customers.map((c) => c.persona))).toBe(PERSONAS.length);
  });

  test('products have a name of their own, in a tree of three levels', () => {
    expect(distinct(shop.products.map((p) => p.name))).toBe(shop.products.length);
    expect(distinct(shop.products.map((p) => p.id))).toBe(shop.products.length);
    const parents = (child: 'type' | 'category', parent: 'category' | 'department') =>
      distinct(shop.products.map((p) => `${p[child]}|${p[parent]}`)) -
      distinct(shop.products.map((p) => p[child]));
    expect(parents('type', 'category')).toBe(0);
    expect(parents('category', 'department')).toBe(0);
    expect(distinct(shop.products.map((p) => p.department))).toBe(12);
    expect(shop.products.every((p) => p.priceCents > 0)).toBe(true);
  });

  test('themes name categories that exist, personas name themes that exist, shares add up', () => {
    const categories = new Set(shop.products.map((p) => p.category));
    const named = Object.values(THEMES).flatMap((theme) => Object.keys(theme));
    expect(named.filter((category) => !categories.has(category))).toEqual([]);
    expect(PERSONAS.flatMap((p) => Object.keys(p.themes)).filter((theme) => !(theme in THEMES))).toEqual([]);
    expect(PERSONAS.reduce((sum, p) => sum + p.share, 0)).toBeCloseTo(1, 10);
  });

  test('time is in order and within the half year; baskets hold several lines and carry what was paid', () => {
    const times = shop.interactions.map((one) => one.timeMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(SHOP_START_MS);
    expect(times.at(-1)).toBeLessThan(SHOP_END_MS);
    const baskets = distinct(purchases.map((one) => one.basket));
    expect(purchases.length / baskets).toBeGreaterThan(2.5);
    expect(purchases.every((one) => one.quantity! >= 1 && one.valueCents! > 0)).toBe(true);
  });

  test('a small dose of what real files hold', () => {
    const seen = new Set(shop.interactions.map((one) => one.product.name));
    expect(shop.products.map((p) => p.name)).toContain(NEVER_SOLD);
    expect(seen.has(NEVER_SOLD)).toBe(false);
    expect(distinct(shop.interactions.map((one) => one.customer))).toBeLessThan(shop.customers.length);
    expect(files['products.csv']).toContain('"Poster ""Harvest, early morning"" 50 × 70 cm"');
    expect(shop.products[0]!.id).toBe('00001'); // an id, not a number
  });
});

describe('what is planted can be measured', () => {
  test('popularity is skewed: a tenth of the products sells more than a third, and a tail sells almost nothing', () => {
    const sold = new Map<string, number>();
    for (const { product } of purchases) sold.set(product.id, (sold.get(product.id) ?? 0) + 1);
    const counts = [...sold.values()].sort((a, b) => b - a);
    const head = counts.slice(0, Math.round(shop.products.length / 10)).reduce((sum, n) => sum + n, 0);
    expect(head / purchases.length).toBeGreaterThan(1 / 3);
    expect(counts.filter((n) => n <= 5).length).toBeGreaterThan(20);
  });

  test('customers who bought the same product share a persona at least three times as often as by chance', () => {
    const buyers = new Map<string, Set<(typeof shop.customers)[number]>>();
    for (const { product, customer } of purchases) {
      if (!buyers.has(product.id)) buyers.set(product.id, new Set());
      buyers.get(product.id)!.add(customer);
    }
    const toPairs = (n: number) => n * (n - 1);
    let [pairs, alike] = [0, 0];
    for (const who of buyers.values()) {
      pairs += toPairs(who.size);
      for (const persona of PERSONAS) alike += toPairs([...who].filter((c) => c.persona === persona).length);
    }
    const byChance = PERSONAS.reduce((sum, p) => sum + p.share ** 2, 0);
    expect(byChance).toBeLessThan(0.1);
    expect(alike / pairs).toBeGreaterThan(3 * byChance);
  });

  test('regions say nothing about personas: the largest gap of a share stays within 5σ', () => {
    for (const persona of PERSONAS) {
      for (const region of new Set(shop.customers.map((c) => c.region))) {
        const there = shop.customers.filter((c) => c.region === region);
        const share = there.filter((c) => c.persona === persona).length / there.length;
        const sigma = Math.sqrt((persona.share * (1 - persona.share)) / there.length);
        expect(Math.abs(share - persona.share), `${persona.name} in ${region}`).toBeLessThan(5 * sigma);
      }
    }
  });

  test('products are bought again: over a fifth of purchases repeat an earlier one', () => {
    const known = new Set<string>();
    let again = 0;
    for (const { customer, product } of purchases) {
      const key = `${customer.id}|${product.id}`;
      if (known.has(key)) again++;
      known.add(key);
    }
    expect(again / purchases.length).toBeGreaterThan(0.2);
  });
});

describe('the files', () => {
  test('say that they are simulated, and keep the truth out of what is imported', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shelfwalk-shop-'));
    try {
      await writeSimulatedShop(join(folder, 'shop'), shop);
      expect((await readdir(join(folder, 'shop'))).sort()).toEqual(Object.keys(files).sort());
      expect(await readFile(join(folder, 'shop', SHOP_README), 'utf8')).toContain('simulated');
      expect(JSON.stringify(toShopSources(folder))).not.toContain('persona');
      expect(files['customers.csv']).not.toContain('young family');
      expect(files['personas.csv']!.split('\n')).toHaveLength(2002); // header, customers, end of file
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('sources name columns that the files have', () => {
    for (const source of toShopSources('.')) {
      const header = files[source.path]!.split('\n')[0]!.split(',');
      const named = [
        ...JSON.stringify(source).matchAll(
          /"(?:column|id|name|customer|product|timestamp|quantity|value|basket)":"([^"]+)"/g,
        ),
      ];
      expect(named.length).toBeGreaterThan(2);
      expect(named.map((match) => match[1]!).filter((column) => !header.includes(column))).toEqual([]);
    }
  });
});
