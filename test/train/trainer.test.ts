/** Training as a whole, on threads: reproducible, stoppable, honest about limits, and it learns. */
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findNode } from '../../src/graph/snapshot.ts';
import { compileKernel, instantiateKernel, type KernelFlavour } from '../../src/kernel/load.ts';
import { createKernelMemory } from '../../src/kernel/memory.ts';
import { layOutTraining, type TrainLayout, trainBytes } from '../../src/train/layout.ts';
import { createTrainingPool } from '../../src/train/pool.ts';
import { findStarts, layOutWalk, walkBytes } from '../../src/walk/params.ts';
import { smallGraph } from '../graph/small-graph.ts';
import { TRAIN, WALK } from '../kernel/rig.ts';
import { plantShop, type ShopSize, TWO_BLOCKS, toPurity, toSha256, trainShop } from './planted-shop.ts';

/** Every thread that the trainer starts while this file runs. */
const threads: Worker[] = [];
const remember = (worker: Worker): void => void threads.push(worker);
beforeAll(() => void process.on('worker', remember));
afterAll(() => void process.off('worker', remember));
const running = (): Worker[] => threads.filter((w) => w.threadId !== -1); // −1 once a thread has ended

const SHOP = plantShop(TWO_BLOCKS);

describe('one worker', () => {
  test.each(['plain', 'relaxed'] as KernelFlavour[])(
    '%s: the same seed gives the same bytes, another seed others',
    async (flavour) => {
      const hash = async (seed: number): Promise<string[]> => {
        const { training } = await trainShop(SHOP, { flavour, walk: { seed }, train: { passes: 3, seed } });
        expect(training.kernel).toBe(flavour);
        return [toSha256(training.vectors), toSha256(training.contexts)];
      };
      const first = await hash(1);
      expect(await hash(1)).toEqual(first);
      const other = await hash(2);
      expect(other[0]).not.toBe(first[0]);
      expect(other[1]).not.toBe(first[1]);
    },
  );
});

describe('two workers', () => {
  test('count the visits that one counts, and train the pairs that one trains', async () => {
    const one = (await trainShop(SHOP, { train: { passes: 2, workers: 1 } })).training;
    const two = (await trainShop(SHOP, { train: { passes: 2, workers: 2 } })).training;
    expect(two.visits).toEqual(one.visits);
    expect(one.visits.reduce((a, b) => a + b, 0)).toBe((one.walks / 2) * WALK.length);
    expect([two.walks, two.tokens, two.pairs]).toEqual([one.walks, one.tokens, one.pairs]);
    expect(two.vectors.data.every(Number.isFinite)).toBe(true);
  });
});

describe('it learns', () => {
  // Six passes: a graph this small is learnt by heart from about twenty on, its planted noise included.
  const settings = { train: { dimension: 16, windowSize: 4, passes: 6 }, walk: { length: 20 } };

  test('two planted communities: purity@5 ≥ 0.95, where chance is 0.49 and untrained vectors stay below 0.65', async () => {
    const { g, training } = await trainShop(SHOP, { ...settings, train: { ...settings.train, workers: 2 } });
    expect(toPurity(g, training.vectors, 5)).toBeGreaterThanOrEqual(0.95);
    const untrained = await trainShop(SHOP, {
      train: { ...settings.train, passes: 1, initialLearningRate: 1e-9, minLearningRate: 1e-9 },
    });
    expect(toPurity(untrained.g, untrained.training.vectors, 5)).toBeLessThan(0.65);
  });

  test.each([
    ['softmax', 0.03],
    ['bpr', 0.1],
  ] as const)('by %s as well', async (objective, rate) => {
    const train = { ...settings.train, objective, negatives: 8, initialLearningRate: rate, workers: 2 };
    const { g, training } = await trainShop(SHOP, { ...settings, train });
    expect(toPurity(g, training.vectors, 5)).toBeGreaterThanOrEqual(0.95);
  });

  test('the loss of bpr starts at ln 2 and that of softmax below ln n of a type, and both fall', async () => {
    // Where all scores are 0, BPR has even odds (and half a bin of its table); softmax gives the centre one part of as many as its type has, as
    // far as the drawn negatives tell. Contexts are products, customers and brands: 50, 80 and 5.
    for (const [objective, most] of [
      ['bpr', Math.LN2 + 4e-3],
      ['softmax', Math.log(80)],
    ] as const) {
      const lossOf = async (rate: number): Promise<number> => {
        const train = {
          objective,
          negatives: 16,
          passes: 6,
          initialLearningRate: rate,
          minLearningRate: 1e-9,
        };
        return (await trainShop(SHOP, { train })).training.lossPerPair;
      };
      const untrained = await lossOf(1e-9);
      expect(untrained).toBeLessThan(most);
      expect(untrained).toBeGreaterThan(most - (objective === 'bpr' ? 6e-3 : 1.5));
      expect(await lossOf(0.2)).toBeLessThan(untrained - 0.15);
    }
  });

  test('five personas: purity@5 ≥ 0.9, chance 0.19', async () => {
    const size: ShopSize = { blocks: 5, customers: 30, products: 20, purchases: 10, insideShare: 0.85 };
    const { g, training } = await trainShop(plantShop(size, 2), settings);
    expect(toPurity(g, training.vectors, 5)).toBeGreaterThanOrEqual(0.9);
  });

  test('customers and products of a block lie in one space: in · out of own products is the larger', async () => {
    const { g, training } = await trainShop(SHOP, settings);
    const mean = (customer: string, products: string): number => {
      const rowsOf = (prefix: string): number[] =>
        g.ids.flatMap((id, v) => (id.startsWith(prefix) ? [v] : []));
      const scores = rowsOf(customer).flatMap((c) =>
        rowsOf(products).map((p) =>
          training.vectors.row(c).reduce((sum, x, d) => sum + x * training.contexts.row(p)[d]!, 0),
        ),
      );
      return scores.reduce((a, b) => a + b, 0) / scores.length;
    };
    expect(mean('b0-c', 'b0-p')).toBeGreaterThan(mean('b0-c', 'b1-p') + 0.5);
    expect(mean('b1-c', 'b1-p')).toBeGreaterThan(mean('b1-c', 'b0-p') + 0.5);
  });

  test('the loss begins at (K + 1) ln 2 and falls', async () => {
    const lossOf = async (passes: number, rate: number): Promise<number> =>
      (await trainShop(SHOP, { train: { passes, initialLearningRate: rate } })).training.lossPerPair;
    const idle = await lossOf(1, 1e-6);
    expect(idle).toBeGreaterThan(6 * Math.LN2 - 0.02);
    expect(idle).toBeLessThan(6 * Math.LN2 + 0.02);
    const [one, ten] = [await lossOf(1, 0.05), await lossOf(10, 0.05)];
    expect(one).toBeLessThan(idle);
    expect(ten).toBeLessThan(one - 0.2);
  });
});

describe('isolated nodes', () => {
  test('have rows of zeros in both matrices, and no walk ever meets them', async () => {
    const data = {
      ...SHOP,
      extra: { product: ['b0-p000a', 'zz'], customer: ['b0-c000a'], attribute: ['brand/none'] },
    };
    const { g, training } = await trainShop(data, { train: { passes: 2, negativeExponent: -1 } });
    const isolated = [
      { type: 'product', id: 'b0-p000a' },
      { type: 'product', id: 'zz' },
      { type: 'customer', id: 'b0-c000a' },
      { type: 'attribute', id: 'brand/none' },
    ] as const;
    for (const ref of isolated) {
      const v = findNode(g, ref)!;
      expect(training.vectors.row(v).every((x) => x === 0)).toBe(true);
      expect(training.contexts.row(v).every((x) => x === 0)).toBe(true); // never drawn as a negative either
      expect(training.visits[v]).toBe(0);
    }
    const others = Array.from({ length: g.nodeCount }, (_, v) => v).filter(
      (v) => g.offsets[v]! < g.offsets[v + 1]!,
    );
    expect(
      others.every((v) => training.visits[v]! > 0 && training.contexts.row(v).some((x) => x !== 0)),
    ).toBe(true);
    expect(others).toHaveLength(g.nodeCount - isolated.length);
  });

  test('a graph of nothing else is GRAPH_EMPTY', async () => {
    const data = { interactions: [], extra: { product: ['a', 'b'] } };
    await expect(trainShop(data)).rejects.toMatchObject({ code: 'GRAPH_EMPTY', details: { nodeCount: 2 } });
  });

  test('so is one where no start type has a neighbour', async () => {
    const data = { interactions: [{ customer: 'a', product: 'b' }] };
    await expect(trainShop(data, { startTypes: ['attribute'] })).rejects.toMatchObject({
      code: 'GRAPH_EMPTY',
    });
  });
});

describe('progress', () => {
  test('counts walks upward and ends at the total', async () => {
    const seen: number[] = [];
    const { training } = await trainShop(SHOP, {
      train: { passes: 300 },
      onProgress: ({ stage, done, total, unit }) => {
        expect([stage, total, unit]).toEqual(['walk + train', 300 * 135, 'walks']);
        seen.push(done);
      },
    });
    expect(training.walks).toBe(300 * 135); // 80 customers, 50 products, 5 brands
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(training.walks);
  });
});

describe('stopping and failing', () => {
  test('abort in the middle: ABORTED within seconds, and no thread is left', async () => {
    const controller = new AbortController();
    let abortedAt = 0;
    const run = trainShop(SHOP, {
      train: { passes: 1000, workers: 2, dimension: 256, windowSize: 10 }, // about half a minute, were it not stopped
      signal: controller.signal,
      onProgress: ({ done, total }) => {
        expect(done).toBeLessThan(total!);
        abortedAt ||= performance.now();
        controller.abort('enough');
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    expect(abortedAt).toBeGreaterThan(0);
    expect(performance.now() - abortedAt).toBeLessThan(5000);
    expect(running()).toEqual([]);
  });

  test('a signal that has fired before: ABORTED, and no thread is left', async () => {
    await expect(trainShop(SHOP, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(running()).toEqual([]);
  });

  /** A layout in memory, ready for a pool that is about to meet with trouble. */
  async function layOut(workers: number) {
    const memory = createKernelMemory(2 ** 24);
    const g = smallGraph(
      {
        nodes: { customer: 2, product: 2 },
        edges: [
          [0, 2],
          [1, 2],
          [1, 3],
        ],
      },
      memory,
    ); // prettier-ignore
    const starts = findStarts(g, ['customer', 'product']);
    const { layout } = layOutTraining(layOutWalk(g, WALK, memory), starts, { ...TRAIN, workers }, memory);
    return { memory, layout, kernel: await compileKernel() };
  }

  test('a worker that cannot start: TRAINING_FAILED with the cause, and no thread is left', async () => {
    const { memory, layout } = await layOut(2);
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)); // a module that exports nothing
    expect(() => instantiateKernel(empty, memory.memory).setWalk).not.toThrow();
    await expect(
      createTrainingPool({ module: empty, flavour: 'plain' }, memory, layout, {}),
    ).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      details: { found: expect.stringContaining('is not a function') },
    });
    expect(running()).toEqual([]);
  });

  test('a worker that fails in the middle: TRAINING_FAILED with its words; closing leaves no thread', async () => {
    const { memory, layout, kernel } = await layOut(2);
    const broken: TrainLayout = {
      ...layout,
      scratch: layout.scratch.map((s) => ({ ...s, tokens: 2 ** 31 })),
    };
    const pool = await createTrainingPool(kernel, memory, broken, {});
    await pool.run('slots');
    await expect(pool.run('count')).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      details: { found: expect.stringContaining('out of bounds') },
    });
    await pool.close();
    expect(running()).toEqual([]);
  });

  test('a worker that ends early: TRAINING_FAILED', async () => {
    const { memory, layout, kernel } = await layOut(1);
    const total = 1_000_000 * layout.startCount; // it cannot be done first
    const endless = { ...layout, schedule: { ...layout.schedule, total } };
    const pool = await createTrainingPool(kernel, memory, endless, {});
    const run = pool.run('train');
    await pool.close();
    await expect(run).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      details: { found: expect.stringContaining('ended with code') },
    });
  });

  test('more memory than allowed: LIMIT_EXCEEDED with both numbers, before a thread starts', async () => {
    const before = threads.length;
    await expect(trainShop(SHOP, { maxBytes: 2 ** 20, train: { dimension: 1024 } })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringMatching(/neededBytes=\d{7,}; limitBytes=1048576/),
    });
    expect(threads).toHaveLength(before);
  });
});

test.each([
  { sort: 'typed, weighted', policy: { product: { customer: 1 } }, weight: 2, sampleFactor: 0.1 },
  { sort: 'plain, equal weights', policy: {}, weight: 1, sampleFactor: 0 },
])('the estimate covers what is allocated, and not much more: $sort', ({ policy, weight, sampleFactor }) => {
  const memory = createKernelMemory(2 ** 28);
  const [customers, products] = [3000, 200];
  const edges = Array.from(
    { length: 20_000 },
    (_, i) =>
      [
        i % customers,
        customers + ((i * 7 + Math.floor(i / customers)) % products),
        i === 0 ? weight : 1,
      ] as const,
  );
  const g = smallGraph({ nodes: { customer: customers, product: products }, edges }, memory);
  const graphBytes = memory.usedBytes();
  const params = { ...TRAIN, dimension: 64, workers: 2, sampleFactor };
  layOutTraining(
    layOutWalk(g, { ...WALK, policy }, memory),
    findStarts(g, ['customer', 'product']),
    params,
    memory,
  );
  const used = memory.usedBytes() - graphBytes;
  const typed = Object.keys(policy).length > 0;
  const highest = Math.max(
    ...Array.from({ length: g.nodeCount }, (_, v) => g.offsets[v + 1]! - g.offsets[v]!),
  );
  const told =
    walkBytes(g.nodeCount, g.arcCount, { typed, weighted: weight !== 1, extended: false }) +
    trainBytes(g.nodeCount, params, WALK.length, highest);
  expect(told).toBeGreaterThanOrEqual(used);
  expect(told).toBeLessThan(used * 1.1);
});
