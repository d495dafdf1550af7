/** Training on sentences: it learns what is bought together, and order matters where it should and nowhere else. */
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import { buildCorpus, type CorpusOptions } from '../../src/graph/corpus.ts';
import { buildSnapshot } from '../../src/graph/snapshot.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { createKernelMemory } from '../../src/kernel/memory.ts';
import { layOutSentences, trainBytes } from '../../src/train/layout.ts';
import type { Objective, TrainParams } from '../../src/train/params.ts';
import { type SentenceOptions, type Training, trainOnSentences } from '../../src/train/trainer.ts';
import {
  createMemorySource,
  type MemoryData,
  type MemoryInteraction,
  NO_DAMPING,
} from '../graph/memory-source.ts';
import { TRAIN } from '../kernel/rig.ts';
import { toPurity, toSha256, trainShop } from './planted-shop.ts';

interface Run extends Omit<SentenceOptions, 'train'> {
  readonly corpus?: Partial<CorpusOptions>;
  readonly train?: Partial<TrainParams>;
}

async function prepare(data: MemoryData, corpusOptions: Partial<CorpusOptions> = {}) {
  const memory = createKernelMemory(2 ** 28);
  const source = createMemorySource(data);
  const g = await buildSnapshot(source, { weighting: NO_DAMPING, attributes: true, allocator: memory });
  const how = { of: 'basket', order: 'set', minCount: 1, ...corpusOptions } as const;
  const corpus = await buildCorpus(await source.interactions('all'), g, { ...how, allocator: memory });
  return { memory, g, corpus };
}

async function trainBaskets(data: MemoryData, run: Run = {}): Promise<{ g: Snapshot; training: Training }> {
  const { memory, g, corpus } = await prepare(data, run.corpus);
  const training = await trainOnSentences(g, corpus, memory, { ...run, train: { ...TRAIN, ...run.train } });
  return { g, training };
}

const BLOCKS = 4;
const IN_BLOCK = 20;
/** Baskets of one block, a stray product in one of five. */
function plantBaskets(count: number, seed = 3): MemoryInteraction[] {
  const random = createRandom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const name = (block: number): string => `b${block}-p${String(below(IN_BLOCK)).padStart(3, '0')}`;
  return Array.from({ length: count }, (_, basket) => basket).flatMap((basket) => {
    const block = basket % BLOCKS;
    return Array.from({ length: 6 }, () => ({
      customer: `c${String(basket % 50).padStart(2, '0')}`,
      basket: `t${basket}`,
      product: name(random() < 0.2 ? below(BLOCKS) : block),
    }));
  });
}
const PLANTED: MemoryData = { interactions: plantBaskets(400) };

describe('it learns what is bought together', () => {
  test.each<[Objective, 'set' | 'sequence']>([
    ['skip-gram', 'set'],
    ['skip-gram', 'sequence'],
    ['cbow', 'set'],
    ['cbow', 'sequence'],
  ])('%s on baskets as %s: purity@5 ≥ 0.9, where chance is 0.24', async (objective, order) => {
    const { g, training } = await trainBaskets(PLANTED, {
      corpus: { order },
      train: { objective, passes: 15, windowSize: 5 },
    });
    expect(toPurity(g, training.vectors, 5)).toBeGreaterThanOrEqual(0.9);
  });

  test('the loss begins at (K + 1) ln 2 and falls, in sets far larger than a window', async () => {
    const interactions = Array.from({ length: 60 }, (_, c) => c).flatMap((c) =>
      Array.from({ length: 200 }, (_, i) => ({
        customer: `c${c}`,
        product: `p${c % 2}-${(i * 7 + c) % 300}`,
      })),
    );
    const lossOf = async (objective: Objective, rate: number, passes: number): Promise<number> => {
      const train = { objective, passes, initialLearningRate: rate, minLearningRate: 1e-7 };
      return (await trainBaskets({ interactions }, { corpus: { of: 'customer' }, train })).training
        .lossPerPair;
    };
    // The mean of 128 small vectors is smaller still: CBOW needs longer strides to get going.
    for (const [objective, rate] of [
      ['skip-gram', 0.05],
      ['cbow', 1],
    ] as const) {
      expect(Math.abs((await lossOf(objective, 1e-6, 1)) - 6 * Math.LN2)).toBeLessThan(0.02);
      // Two halves that never meet: a negative is of the other half every other time. Were all 128 contexts
      // of a centre one step, the loss would rise above where it began.
      expect(await lossOf(objective, rate, 30)).toBeLessThan(6 * Math.LN2 - 0.4);
    }
  });
});

describe('one worker', () => {
  test('the same seed gives the same bytes, another seed others', async () => {
    const hash = async (seed: number): Promise<string[]> => {
      const { training } = await trainBaskets(PLANTED, { train: { passes: 2, seed } });
      return [toSha256(training.vectors), toSha256(training.contexts)];
    };
    const first = await hash(1);
    expect(await hash(1)).toEqual(first);
    expect((await hash(2))[0]).not.toBe(first[0]);
  });

  test('order matters in sequences only: baskets written backwards give the same sets, bit for bit', async () => {
    const { interactions: forwards } = PLANTED;
    const baskets = [...new Set(forwards.map((e) => e.basket))];
    const backwards = baskets.flatMap((basket) => forwards.filter((e) => e.basket === basket).toReversed());
    const hash = async (interactions: readonly MemoryInteraction[], order: 'set' | 'sequence') =>
      toSha256((await trainBaskets({ interactions }, { corpus: { order } })).training.vectors);
    expect(await hash(backwards, 'set')).toBe(await hash(forwards, 'set'));
    expect(await hash(backwards, 'sequence')).not.toBe(await hash(forwards, 'sequence'));
  });
});

test('two workers train the pairs that one trains', async () => {
  const pairsOf = async (workers: number): Promise<number> =>
    (await trainBaskets(PLANTED, { train: { workers, passes: 3 } })).training.pairs;
  expect(await pairsOf(2)).toBe(await pairsOf(1));
});

test('windows never cross sentences: products of one basket alone get no neighbour from the next', async () => {
  // In file order the baskets lie side by side; each product is only ever with one other.
  const interactions = Array.from({ length: 30 }, (_, i) => ({
    customer: 'c',
    basket: `t${String(i).padStart(2, '0')}`,
    product: `p${String(i).padStart(2, '0')}`,
  })).flatMap((row) => [row, { ...row, product: `${row.product}x` }]);
  for (const order of ['set', 'sequence'] as const) {
    const { training } = await trainBaskets(
      { interactions },
      { corpus: { order }, train: { windowSize: 64 } },
    );
    expect(training.pairs).toBe(60); // two a basket
  }
});

describe('what stands in no sentence', () => {
  const data: MemoryData = {
    interactions: [
      ...PLANTED.interactions,
      { customer: 'c00', basket: 'single', product: 'alone' },
      { customer: 'c00', basket: 't0', product: 'rare' },
    ],
    productAttributes: [{ owner: 'b0-p000', kind: 'brand', value: 'x' }],
    extra: { product: ['never'] },
  };

  test('has rows of zeros in both matrices: rare and lone products, customers, attributes', async () => {
    const { g, training } = await trainBaskets(data, { corpus: { minCount: 2 }, train: { passes: 2 } });
    const products = new Set(PLANTED.interactions.map((e) => e.product));
    g.ids.forEach((id, v) => {
      const isThere = products.has(id);
      expect(training.vectors.row(v).some((x) => x !== 0)).toBe(isThere);
      expect(training.contexts.row(v).some((x) => x !== 0)).toBe(isThere);
      expect(training.visits[v]! > 0).toBe(isThere);
    });
  });

  test('if that is everything, training is refused and says what there was', async () => {
    const lonely = { interactions: [{ customer: 'a', basket: '1', product: 'x' }] };
    await expect(trainBaskets(lonely)).rejects.toMatchObject({
      code: 'SENTENCES_EMPTY',
      details: { sentences: 0, shortSentences: 1 },
    });
  });
});

test('progress counts sentences and ends at the total', async () => {
  const seen: number[] = [];
  const { training } = await trainBaskets(PLANTED, {
    train: { passes: 4 },
    onProgress: ({ stage, done, total, unit }) => {
      expect([stage, total, unit]).toEqual(['train', 1600, 'sentences']);
      seen.push(done);
    },
  });
  expect(training).toMatchObject({ sentences: 1600, walks: 0 });
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.at(-1)).toBe(1600);
});

test('cbow learns on walks too: two planted communities, purity@5 ≥ 0.9', async () => {
  const interactions = plantBaskets(300).map((e) => ({ customer: e.basket!, product: e.product }));
  const { g, training } = await trainShop(
    { interactions },
    { train: { objective: 'cbow', passes: 20, windowSize: 4 } },
  );
  expect(toPurity(g, training.vectors, 5)).toBeGreaterThanOrEqual(0.9);
});

test('the estimate covers what is allocated beside graph and corpus, and not much more', async () => {
  const { memory, g, corpus } = await prepare(PLANTED);
  const params = { ...TRAIN, dimension: 64, workers: 2, sampleFactor: 0.1 };
  const before = memory.usedBytes();
  layOutSentences(g, corpus, params, memory);
  const used = memory.usedBytes() - before;
  const told = trainBytes(g.nodeCount, params, corpus.longest, 0);
  expect(told).toBeGreaterThanOrEqual(used);
  expect(told).toBeLessThan(used * 1.1);
});
