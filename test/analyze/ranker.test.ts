import { describe, expect, test } from 'vitest';
import { buildPopulation } from '../../src/analyze/population.ts';
import { NO_PRODUCT, rankCustomers } from '../../src/analyze/ranker.ts';
import { CUSTOMERS, PRODUCTS, toScorer, toShop } from './planted-shop.ts';
import { toColumns } from './small-data.ts';

describe('rankCustomers', () => {
  test('lists all candidates once; under `new` exactly those the customer has not had', async () => {
    const input = toShop(5);
    const population = await buildPopulation(input);
    const constant = toScorer('constant', (_, scores) => void scores.fill(0));
    const lists = await rankCustomers(constant, population, { width: PRODUCTS, seed: 1 });
    for (const protocol of ['all', 'new'] as const) {
      for (const [i, customer] of lists[protocol].members.entries()) {
        const list = Array.from(lists[protocol].products.subarray(i * PRODUCTS, (i + 1) * PRODUCTS)).filter(
          (p) => p !== NO_PRODUCT,
        );
        const seen = new Set(
          population.train.items.subarray(
            population.train.offsets[customer],
            population.train.offsets[customer + 1],
          ),
        );
        const candidates = Array.from({ length: PRODUCTS }, (_, p) => p).filter(
          (p) => protocol === 'all' || !seen.has(p),
        );
        expect(list.toSorted((a, b) => a - b)).toEqual(candidates);
      }
    }
  });

  test('a list wider than the catalogue ends with it', async () => {
    const population = await buildPopulation(toShop(5));
    const lists = await rankCustomers(
      toScorer('constant', (_, s) => void s.fill(0)),
      population,
      { width: PRODUCTS + 3, seed: 1 },
    );
    expect(Array.from(lists.all.products.subarray(PRODUCTS, PRODUCTS + 3))).toEqual([
      NO_PRODUCT,
      NO_PRODUCT,
      NO_PRODUCT,
    ]);
  });

  test('NaN is refused', async () => {
    const broken = toScorer('broken', (_, scores) => void scores.fill(Number.NaN));
    await expect(
      rankCustomers(broken, await buildPopulation(toShop(5)), { width: 5, seed: 1 }),
    ).rejects.toMatchObject({ code: 'VECTOR_INVALID' });
  });

  test('stops when its signal fires, and says how far it was', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = ({ done }: { done: number }): void => {
      seen.push(done);
      controller.abort();
    };
    const constant = toScorer('constant', (_, scores) => void scores.fill(0));
    const ranking = rankCustomers(constant, await buildPopulation(toShop(5)), {
      width: 5,
      seed: 1,
      signal: controller.signal,
      onProgress,
    });
    await expect(ranking).rejects.toMatchObject({ code: 'ABORTED' });
    expect(seen).toEqual([32]);
  });
});

describe('who counts', () => {
  // 0: repeats and news; 1: repeats only; 2: not in training; 3: not in test; 4: news only.
  const input = {
    train: toColumns([
      [0, 0],
      [0, 1],
      [1, 1],
      [3, 0],
      [4, 0],
    ]),
    test: toColumns([
      [0, 0],
      [0, 2],
      [0, 2],
      [1, 1],
      [2, 0],
      [4, 1],
    ]),
    customerCount: 5,
    productCount: 3,
    ordered: true,
    maxCustomers: 10,
    seed: 1,
  };
  test('members and the reasons of the others', async () => {
    const { members, leftOut } = await buildPopulation(input);
    expect(Array.from(members.all)).toEqual([0, 1, 4]);
    expect(Array.from(members.new)).toEqual([0, 4]);
    expect(leftOut.all).toEqual({ noTraining: 1, nothingNew: 0, notSampled: 0 });
    expect(leftOut.new).toEqual({ noTraining: 1, nothingNew: 1, notSampled: 0 });
  });
  test('relevant are distinct test products, without the seen ones under `new`', async () => {
    const { relevant } = await buildPopulation(input);
    expect(Array.from(relevant.all.items)).toEqual([0, 2, 1, 0, 1]);
    expect(Array.from(relevant.new.items)).toEqual([2, 0, 1]); // customer 2 has no training part: all is new
  });
  test('a sample is a subset, counted, and the same for the same seed', async () => {
    const shop = toShop(6);
    const draw = async (seed: number): Promise<string> =>
      (await buildPopulation({ ...shop, seed, maxCustomers: 20 })).members.all.join();
    expect(await draw(1)).toBe(await draw(1));
    expect(await draw(1)).not.toBe(await draw(2));
    const { members, leftOut } = await buildPopulation({ ...shop, maxCustomers: 20 });
    expect(members.all).toHaveLength(20);
    expect(leftOut.all.notSampled).toBe(CUSTOMERS - 20);
    expect(Array.from(members.new).every((c) => members.all.includes(c))).toBe(true);
  });
  test('no customer in both parts is refused', async () => {
    const apart = { ...input, train: toColumns([[3, 0]]) };
    await expect(buildPopulation(apart)).rejects.toMatchObject({ code: 'SPLIT_IMPOSSIBLE' });
  });
});
