/** What an evaluation must not fall for: parts that overlap, a model or a scorer that has seen the test part, noise. */
import { describe, expect, test } from 'vitest';
import { evaluateSplit } from '../../src/analyze/evaluate.ts';
import type { EvaluatedModel, EvaluationInput } from '../../src/analyze/types.ts';
import { Matrix } from '../../src/base/matrix.ts';
import { buildSnapshot } from '../../src/graph/snapshot.ts';
import type { Split } from '../../src/graph/types.ts';
import { trainOnGraph } from '../../src/pipeline/train-graph.ts';
import { createMemorySource, type MemoryInteraction, NO_DAMPING } from '../graph/memory-source.ts';
import { CUSTOMERS, PRODUCTS, toScorer, toShop } from './planted-shop.ts';
import { type Row, toColumns, toRandom } from './small-data.ts';

const evaluateRows = (train: readonly Row[], held: readonly Row[], split: Split) =>
  evaluateSplit({
    ...toShop(1),
    customerCount: 3,
    productCount: 4,
    train: toColumns(train),
    test: toColumns(held),
    split,
  });

const TRAIN: Row[] = [
  [0, 0, undefined, 1],
  [0, 1, undefined, 2],
  [1, 0, undefined, 9],
];
const HELD: Row[] = [
  [0, 2, undefined, 5],
  [1, 3, undefined, 9],
];

describe('parts that are not what they are said to be', () => {
  test.each<{ why: string; split: Split; train: Row[]; held: Row[] }>([
    {
      why: 'time: a training event at the cutoff',
      split: { protocol: 'time', cutoffMs: 5 },
      train: [...TRAIN, [0, 3, undefined, 5]],
      held: HELD,
    },
    {
      why: 'time: a test event before it',
      split: { protocol: 'time', cutoffMs: 6 },
      train: TRAIN.slice(0, 2),
      held: HELD,
    },
    {
      why: 'last-item: a training event of the customer after the one held out',
      split: { protocol: 'last-item' },
      train: [...TRAIN, [0, 3, undefined, 6]],
      held: HELD,
    },
    {
      why: 'random: a pair in both parts',
      split: { protocol: 'random', share: 0.2, seed: 1 },
      train: [...TRAIN, [0, 2, undefined, 1]],
      held: HELD,
    },
  ])('$why', async ({ split, train, held }) => {
    await expect(evaluateRows(train, held, split)).rejects.toMatchObject({ code: 'TEST_LEAKED' });
  });

  test.each<{ split: Split }>([
    { split: { protocol: 'last-item' } }, // another customer's training part may lie later, and a tie is no leak
    { split: { protocol: 'last-basket' } },
    { split: { protocol: 'random', share: 0.2, seed: 1 } },
    { split: { protocol: 'files', files: ['a.csv'] } },
  ])('sound parts pass: $split.protocol', async ({ split }) => {
    expect((await evaluateRows(TRAIN, HELD, split)).protocols.all.customers).toBe(2);
  });
});

const RANGES: EvaluatedModel['ranges'] = [
  { type: 'customer', start: 0, end: CUSTOMERS },
  { type: 'product', start: CUSTOMERS, end: CUSTOMERS + PRODUCTS },
  { type: 'attribute', start: CUSTOMERS + PRODUCTS, end: CUSTOMERS + PRODUCTS },
];

const toEvents = (rows: EvaluationInput['train']): MemoryInteraction[] =>
  Array.from({ length: rows.count }, (_, i) => ({
    customer: String(rows.customer[i]).padStart(4, '0'),
    product: String(rows.product[i]).padStart(4, '0'),
  }));

/** Trained in earnest, on events of all customers and products. */
async function trainOnEvents(interactions: readonly MemoryInteraction[]): Promise<EvaluatedModel> {
  const ids = (count: number) => Array.from({ length: count }, (_, i) => String(i).padStart(4, '0'));
  const extra = { customer: ids(CUSTOMERS), product: ids(PRODUCTS) };
  const source = createMemorySource({ interactions, extra });
  const snapshot = await buildSnapshot(source, { weighting: NO_DAMPING, attributes: false });
  const { vectors, contexts, close } = await trainOnGraph(snapshot, {
    walk: { walkLength: 20, walksPerNode: 20 },
    train: { embeddingDimension: 16, concurrency: 1 },
  });
  await close();
  return { vectors, contexts, ranges: RANGES };
}

describe('a model', () => {
  test('that knows of events of the test part is refused; one that ends before it is not', async () => {
    const input = toShop(5); // training at 1, test at 2
    const model = await trainOnEvents(toEvents(input.train));
    await expect(evaluateSplit({ ...input, model: { ...model, knownUntilMs: 2 } })).rejects.toMatchObject({
      code: 'TEST_LEAKED',
    });
    const { served } = await evaluateSplit({ ...input, model: { ...model, knownUntilMs: 1 } });
    expect(served).toBe('customer-in-out');
  });

  test('trained on the edges beats popularity; on shuffled edges it gets the verdict that it does not', async () => {
    const input = toShop(5);
    const events = toEvents(input.train);
    const random = toRandom(2);
    const shuffled = events
      .map(({ product }) => ({ product, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ product }, i) => ({ ...events[i]!, product }));
    const toVerdicts = async (trainedOn: MemoryInteraction[]): Promise<string> => {
      const model = await trainOnEvents(trainedOn);
      return (await evaluateSplit({ ...input, model })).verdicts.join('\n');
    };
    const verdict = 'customer-in-out does not beat popularity by recall@10 on products new to the customer';
    expect(await toVerdicts(events)).not.toContain(verdict);
    expect(await toVerdicts(shuffled)).toContain(verdict);
  });

  test('compared with itself there is no difference by any metric; with noise there is, and it is said', async () => {
    const input = toShop(6);
    const model = await trainOnEvents(toEvents(input.train));
    const same = await evaluateSplit({ ...input, model, rival: model });
    const differences = same.comparisons.filter(({ against }) => against === 'other model');
    expect(differences).toHaveLength(20); // 2 protocols × 2 lengths × 5 metrics
    for (const { difference } of differences) expect(difference).toEqual({ mean: 0, low: 0, high: 0 });

    const noise = toRandom(8);
    const toNoise = ({ rows, cols }: Matrix): Matrix =>
      new Matrix(
        Float32Array.from({ length: rows * cols }, () => noise() - 0.5),
        rows,
        cols,
      );
    const random = { ranges: RANGES, vectors: toNoise(model.vectors), contexts: toNoise(model.contexts) };
    const report = await evaluateSplit({ ...input, model, rival: random });
    expect(report.verdicts.join('\n')).toContain('customer-in-out beats other-model by recall@10');
    for (const { difference, servedMean, otherMean } of report.comparisons)
      expect(servedMean - otherMean).toBeCloseTo(difference.mean, 10);
  });
});

test('a scorer that peeks at the test part is called too good to be true', async () => {
  const input = toShop(1);
  const bought = Array.from({ length: CUSTOMERS }, () => new Set<number>());
  for (let i = 0; i < input.test.count; i++) bought[input.test.customer[i]!]!.add(input.test.product[i]!);
  const peek = toScorer('peek', (customer, scores) => {
    scores.fill(0);
    for (const p of bought[customer]!) scores[p] = 1;
  });
  const report = await evaluateSplit({ ...input, scorers: [peek], served: 'peek' });
  expect(report.verdicts.join('\n')).toContain(
    'too good to be true: peek has NDCG@10 1.000 on products new to the customer',
  );
});
