/** BPR-MF: one row a node, in both matrices; from pairs of customer and product, and nothing else. */
import { describe, expect, test } from 'vitest';
import { buildSnapshot, findNode } from '../../src/graph/snapshot.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { createKernelMemory } from '../../src/kernel/memory.ts';
import type { TrainingState } from '../../src/train/checkpoint.ts';
import { type PairOptions, trainOnPairs } from '../../src/train/pairs.ts';
import type { Training } from '../../src/train/trainer.ts';
import { createMemorySource, type MemoryData, NO_DAMPING } from '../graph/memory-source.ts';
import { TRAIN } from '../kernel/rig.ts';
import { plantShop, TWO_BLOCKS, toPurity, toSha256 } from './planted-shop.ts';

const SHOP = plantShop(TWO_BLOCKS);

async function train(
  data: MemoryData,
  {
    train: given,
    ...options
  }: Omit<PairOptions, 'train'> & { readonly train?: Partial<PairOptions['train']> } = {},
): Promise<{ g: Snapshot; training: Training }> {
  const memory = createKernelMemory(2 ** 28);
  const source = createMemorySource(data);
  const g = await buildSnapshot(source, { weighting: NO_DAMPING, attributes: true, allocator: memory });
  const base = { ...TRAIN, initialLearningRate: 0.2, negatives: 2, passes: 30 };
  return { g, training: await trainOnPairs(g, memory, { ...options, train: { ...base, ...given } }) };
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, d) => sum + x * b[d]!, 0);

describe('the model', () => {
  test('has the same row in both matrices, and of an attribute the mean of its carriers', async () => {
    const { g, training } = await train(SHOP);
    const { vectors, contexts } = training;
    for (let v = 0; v < g.nodeCount; v++) expect(contexts.row(v)).toEqual(vectors.row(v));
    const { start, end } = g.ranges[2]!;
    expect(end - start).toBe(5);
    for (let v = start; v < end; v++) {
      const carriers = [...g.targets.subarray(g.offsets[v]!, g.offsets[v + 1]!)];
      vectors.row(v).forEach((x, d) => {
        const mean = carriers.reduce((sum, c) => sum + vectors.row(c)[d]!, 0) / carriers.length;
        expect(x).toBeCloseTo(mean, 5);
      });
    }
  });

  test('passes over as many pairs as there are edges from customers to products', async () => {
    const { g, training } = await train(SHOP, { train: { passes: 3 } });
    const [customers, products] = g.ranges;
    let edges = 0;
    for (let v = customers!.start; v < customers!.end; v++) {
      for (const x of g.targets.subarray(g.offsets[v]!, g.offsets[v + 1]!)) edges += +(x < products!.end);
    }
    expect(training).toMatchObject({ walks: 3 * edges, tokens: 6 * edges, pairs: 3 * edges });
    expect(training.visits.slice(0, products!.end).reduce((a, b) => a + b)).toBe(2 * edges);
  });

  test('two communities, two workers: purity@5 ≥ 0.95, and own products score above others', async () => {
    const { g, training } = await train(SHOP, { train: { workers: 2 } });
    expect(toPurity(g, training.vectors, 5)).toBeGreaterThanOrEqual(0.95);
    expect(training.lossPerPair).toBeLessThan(0.5); // untrained it is ln 2
    const [customers, products] = g.ranges;
    let [above, pairs] = [0, 0];
    for (let v = customers!.start; v < customers!.end; v++) {
      const own = new Set(g.targets.subarray(g.offsets[v]!, g.offsets[v + 1]!));
      const scores = Array.from({ length: products!.end - products!.start }, (_, i) =>
        dot(training.vectors.row(v), training.contexts.row(products!.start + i)),
      );
      const isOwn = scores.map((_, i) => own.has(products!.start + i));
      for (const [i, a] of scores.entries())
        for (const [j, b] of scores.entries())
          if (isOwn[i] && !isOwn[j]) [above, pairs] = [above + +(a > b), pairs + 1];
    }
    expect(above / pairs).toBeGreaterThan(0.85); // AUC of what was trained on; chance 0.5
  });

  test('a penalty makes rows shorter', async () => {
    const lengthOf = async (regularization: number): Promise<number> =>
      Math.hypot(...(await train(SHOP, { train: { regularization } })).training.vectors.data);
    expect(await lengthOf(0.1)).toBeLessThan(0.8 * (await lengthOf(0)));
  });
});

describe('what takes no part', () => {
  test('has no vector: who bought nothing, what nobody bought, a kind that only it has', async () => {
    const data: MemoryData = {
      ...SHOP,
      productAttributes: [...SHOP.productAttributes!, { owner: 'new', kind: 'kind', value: 'unseen' }],
      customerAttributes: [{ owner: 'reader', kind: 'city', value: 'x' }],
    };
    const { g, training } = await train(data, { train: { passes: 2 } });
    const nodes = [
      ['product', 'new'],
      ['customer', 'reader'],
      ['attribute', 'kind/unseen'],
      ['attribute', 'city/x'],
    ] as const;
    for (const [type, id] of nodes) {
      const v = findNode(g, { type, id })!;
      expect([...training.vectors.row(v), ...training.contexts.row(v)].every((x) => x === 0)).toBe(true);
    }
  });

  test('no customer bought anything: refused, with what else there is', async () => {
    const { productAttributes } = SHOP;
    await expect(train({ interactions: [], productAttributes })).rejects.toMatchObject({
      code: 'GRAPH_EMPTY',
      details: { hint: expect.stringContaining('node2vec') },
    });
  });
});

test('one worker: the same bytes every time, and from a checkpoint', async () => {
  let saved: TrainingState | undefined;
  const save = async (state: TrainingState): Promise<void> => {
    const copy = (m: typeof state.vectors): typeof m =>
      Object.assign(Object.create(Object.getPrototypeOf(m)), m, { data: m.data.slice() });
    saved ??= {
      ...state,
      vectors: copy(state.vectors),
      contexts: copy(state.contexts),
      visits: state.visits.slice(),
    };
  };
  const hashesOf = ({ training }: { training: Training }): string[] => [
    toSha256(training.vectors),
    toSha256(training.contexts),
  ];
  const few = { train: { passes: 6 } };
  const whole = hashesOf(await train(SHOP, { ...few, checkpoint: { everyPasses: 4, save } }));
  expect(hashesOf(await train(SHOP, few))).toEqual(whole);
  const from = saved!;
  expect(from.passesDone).toBe(4);
  expect(hashesOf(await train(SHOP, { ...few, checkpoint: { everyPasses: 4, save, from } }))).toEqual(whole);
});
