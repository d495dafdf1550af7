/**
 * Relations and analogies of served models, on shops in which the answers are known. Figures are shares over
 * all products of a shop and seeds are fixed; what is held to leaves room for another order of sums.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import { importFiles, type LiveModel, openModel, openWorkspace, train } from '../../src/index.ts';
import type { Relation } from '../../src/pipeline/live-types.ts';
import { isComplement, isSubstitute, plantNeeds, toPlanted } from './planted-needs.ts';

const RUN = {
  walk: { walkLength: 30, walksPerNode: 15 },
  train: { embeddingDimension: 32, concurrency: 1 },
};

const folders: string[] = [];
const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function serveRows(rows: readonly string[], products: readonly string[] = []): Promise<LiveModel> {
  const folder = await mkdtemp(join(tmpdir(), 'shelfwalk-planted-'));
  folders.push(folder);
  const file = async (name: string, lines: readonly string[]) => {
    const path = join(folder, name);
    await writeFile(path, `${lines.join('\n')}\n`);
    return path;
  };
  const workspace = await openWorkspace(join(folder, 'data'));
  const attributes = ['brand', 'sort'].map((kind) => ({ kind, column: kind }));
  await importFiles(workspace, [
    {
      kind: 'interactions',
      path: await file('bought.csv', ['customer,product', ...rows]),
      mapping: { customer: 'customer', product: 'product' },
    },
    ...(products.length > 0
      ? [
          {
            kind: 'products' as const,
            path: await file('products.csv', ['id,brand,sort', ...products]),
            mapping: { id: 'id', attributes },
          },
        ]
      : []),
  ]);
  await train(workspace, { run: RUN, evaluate: false });
  const model = await openModel(workspace);
  closers.push(async () => {
    await model.close();
    await workspace.close();
  });
  return model;
}

describe('relations, in a shop of needs', () => {
  const SIZE = { needs: 12, perSide: 5, customers: 700, needsPerCustomer: 2, noiseShare: 0.1 };
  const products = Array.from({ length: SIZE.needs * 2 * SIZE.perSide }, (_, i) => {
    const [need, side, p] = [Math.floor(i / 10), Math.floor(i / 5) % 2, i % 5];
    return `n${String(need).padStart(2, '0')}-s${side}-p${p}`;
  });
  const shares = {} as Record<Relation, { substitutes: number; complements: number }>;
  let model: LiveModel;
  beforeAll(async () => {
    const { interactions = [] } = plantNeeds(SIZE, 1);
    model = await serveRows(interactions.map(({ customer, product }) => `${customer},${product}`));
    for (const relation of ['similar', 'substitute', 'complement'] as const) {
      const hits = { substitutes: 0, complements: 0 };
      for (const id of products) {
        // As many as there are of each: 4 substitutes, 5 complements.
        const { results } = await model.neighbors({ type: 'product', id }, { limit: 5, relation });
        const planted = results.map((found) => toPlanted(found.id));
        hits.substitutes +=
          planted.slice(0, 4).filter((other) => isSubstitute(toPlanted(id), other)).length / 4;
        hits.complements += planted.filter((other) => isComplement(toPlanted(id), other)).length / 5;
      }
      const toShare = (sum: number) => sum / products.length;
      shares[relation] = { substitutes: toShare(hits.substitutes), complements: toShare(hits.complements) };
    }
  });

  test('substitute and complement each win their own task, by far; similar alone tells them not apart', () => {
    if (process.env['SHOW_FIGURES']) console.log(shares);
    const { similar, substitute, complement } = shares;
    expect(substitute.substitutes).toBeGreaterThan(0.4);
    expect(substitute.substitutes).toBeGreaterThan(3 * Math.max(complement.substitutes, similar.substitutes));
    expect(complement.complements).toBeGreaterThan(0.5);
    expect(complement.complements).toBeGreaterThan(3 * substitute.complements);
    expect(complement.complements).toBeGreaterThanOrEqual(similar.complements - 0.05);
  });

  test('affinity: products for a customer are of needs that the customer has', async () => {
    const bought = new Map<string, Set<number>>();
    for (const { customer, product } of plantNeeds(SIZE, 1).interactions ?? []) {
      bought.set(customer, (bought.get(customer) ?? new Set()).add(toPlanted(product).need));
    }
    let hits = 0;
    const customers = [...bought.keys()].slice(0, 100);
    for (const id of customers) {
      const options = { limit: 5, targetType: 'product', relation: 'affinity' } as const;
      const { results } = await model.neighbors({ type: 'customer', id }, options);
      hits += results.filter((found) => bought.get(id)!.has(toPlanted(found.id).need)).length / 5;
    }
    // 2 of 12 needs, more with noise: a fifth by chance.
    expect(hits / customers.length).toBeGreaterThan(0.6);
  });
});

describe('analogies, in a shop of brands and sorts', () => {
  const [BRANDS, SORTS] = [6, 8];
  const toId = (brand: number, sort: number): string => `b${brand}-k${sort}`;
  let model: LiveModel;
  beforeAll(async () => {
    const random = createRandom(3);
    const below = (n: number): number => Math.floor(random() * n);
    // Everybody has two brands and two sorts they like, and buys where they meet, or one of them at random.
    const rows = Array.from({ length: 900 }, (_, customer) => {
      const brands = [below(BRANDS), below(BRANDS)];
      const sorts = [below(SORTS), below(SORTS)];
      return Array.from({ length: 6 }, () => {
        const brand = random() < 0.85 ? brands[below(2)]! : below(BRANDS);
        return `c${customer},${toId(brand, random() < 0.85 ? sorts[below(2)]! : below(SORTS))}`;
      });
    }).flat();
    const products = Array.from({ length: BRANDS * SORTS }, (_, i) => {
      const [brand, sort] = [i % BRANDS, Math.floor(i / BRANDS)];
      return `${toId(brand, sort)},brand ${brand},sort ${sort}`;
    });
    model = await serveRows(rows, products);
  });

  test.each(['3CosAdd', '3CosMul'] as const)('%s: the same sort of another brand', async (method) => {
    const brandOf = (brand: number) => ({ type: 'attribute', id: `brand/brand ${brand}` }) as const;
    const hits = { first: 0, third: 0, count: 0 };
    for (let sort = 0; sort < SORTS; sort++) {
      for (let from = 0; from < BRANDS; from++) {
        const to = (from + 1 + (sort % (BRANDS - 1))) % BRANDS;
        const { results } = await model.analogies({
          positive: [{ type: 'product', id: toId(from, sort) }, brandOf(to)],
          negative: [brandOf(from)],
          targetType: 'product',
          method,
          limit: 3,
        });
        const place = results.findIndex(({ id }) => id === toId(to, sort));
        hits.count++;
        if (place === 0) hits.first++;
        if (place >= 0) hits.third++;
      }
    }
    if (process.env['SHOW_FIGURES']) console.log(method, hits);
    // One of 47 by chance.
    expect(hits.first / hits.count).toBeGreaterThan(0.6);
    expect(hits.third / hits.count).toBeGreaterThan(0.85);
  });
});
