import { describe, expect, test } from 'vitest';
import { evaluateSplit } from '../../src/analyze/evaluate.ts';
import { buildPopulation } from '../../src/analyze/population.ts';
import type { EvaluationReport, ResultAtK } from '../../src/analyze/report.ts';
import { toReportText } from '../../src/analyze/report-text.ts';
import type { EvaluationInput, Protocol, Scorer } from '../../src/analyze/types.ts';
import { Matrix } from '../../src/base/matrix.ts';
import { CUSTOMERS, PRODUCTS, toScorer, toShop } from './planted-shop.ts';
import { type Row, toColumns, toRandom } from './small-data.ts';

const resultOf = (report: EvaluationReport, protocol: Protocol, scorer: string): ResultAtK =>
  report.protocols[protocol].results.find((r) => r.scorer === scorer)!.at.at(-1)!;

/** Looks into the test part. */
function peek(input: EvaluationInput): Scorer {
  const bought = Array.from({ length: CUSTOMERS }, () => new Set<number>());
  for (let i = 0; i < input.test.count; i++) bought[input.test.customer[i]!]!.add(input.test.product[i]!);
  return toScorer('peek', (customer, scores) => {
    scores.fill(0);
    for (const p of bought[customer]!) scores[p] = 1;
  });
}

describe('planted scorers', () => {
  test('one that peeks at the test part is perfect under both protocols, so nothing relevant is out of reach', async () => {
    const input = toShop(1);
    const report = await evaluateSplit({ ...input, scorers: [peek(input)] });
    for (const protocol of ['all', 'new'] as const) {
      const at = resultOf(report, protocol, 'peek');
      expect([at.recall.mean, at.ndcg.mean, at.hitRate.mean, at.mrr.mean]).toEqual([1, 1, 1, 1]); // ≤ 3 relevant, lists of 10
    }
  });

  test('one that repeats training purchases finds repeats under `all` and nothing under `new`', async () => {
    const input = toShop(2);
    const population = await buildPopulation(input);
    const repeat = toScorer('repeat', (customer, scores) => {
      scores.fill(Number.NEGATIVE_INFINITY);
      const { offsets, items } = population.train;
      for (let i = offsets[customer]!; i < offsets[customer + 1]!; i++) scores[items[i]!] = 1;
    });
    const report = await evaluateSplit({ ...input, scorers: [repeat] });
    expect(resultOf(report, 'all', 'repeat').recall.mean).toBeGreaterThan(0.3);
    expect(resultOf(report, 'new', 'repeat').recall.mean).toBe(0);
    const { shortLists } = report.protocols.new.results.find((r) => r.scorer === 'repeat')!;
    expect(shortLists).toBe(report.protocols.new.customers); // seen products are struck out, nothing is put in their place
  });

  test('a constant scorer is at chance level, wherever the popular products stand', async () => {
    // Products 0…9 hold all test purchases: ranking ties by row would make this scorer perfect.
    const random = toRandom(3);
    const rows = (time: number): Row[] =>
      Array.from({ length: 2000 }, (_, c) => [c, Math.floor(random() * 10), undefined, time] as const);
    const input = {
      ...toShop(3),
      train: toColumns(rows(1)),
      test: toColumns(rows(2)),
      customerCount: 2000,
      maxCustomers: 2000,
      productCount: 100,
      k: [10],
    };
    const report = await evaluateSplit(input);
    const { recall } = resultOf(report, 'all', 'chance');
    // One relevant product, a list of 10 of 100: .1 with standard error √(.1 · .9 / 2000) = .0067; 4σ.
    expect(Math.abs(recall.mean - 0.1)).toBeLessThan(0.027);
    expect(recall.low).toBeLessThan(0.1);
    expect(recall.high).toBeGreaterThan(0.1);
  });

  test('adding a constant to all scores changes nothing', async () => {
    const input = toShop(4);
    const noisy = (name: string, plus: number): Scorer =>
      toScorer(name, (customer, scores) => {
        for (let p = 0; p < scores.length; p++) scores[p] = ((customer * 31 + p * 17) % 8) + plus; // many ties
      });
    const report = await evaluateSplit({ ...input, scorers: [noisy('a', 0), noisy('b', 5)] });
    for (const protocol of ['all', 'new'] as const)
      expect(resultOf(report, protocol, 'a')).toEqual(resultOf(report, protocol, 'b'));
  });
});

/** A model that knows the halves: customers and products of one half point the same way. */
function toModel(good: boolean): EvaluationInput['model'] {
  const random = toRandom(11);
  const half = (i: number): number =>
    i < CUSTOMERS ? (i < CUSTOMERS / 2 ? 0 : 1) : i - CUSTOMERS < PRODUCTS / 2 ? 0 : 1;
  const fill = (): Matrix => {
    const matrix = new Matrix(new Float32Array((CUSTOMERS + PRODUCTS) * 4), CUSTOMERS + PRODUCTS, 4);
    for (let i = 0; i < matrix.rows; i++)
      matrix.row(i).set([0, 1, 2, 3].map((d) => 0.2 * (random() - 0.5) + (good && d === half(i) ? 1 : 0)));
    return matrix;
  };
  return {
    vectors: fill(),
    contexts: fill(),
    ranges: [
      { type: 'customer', start: 0, end: CUSTOMERS },
      { type: 'product', start: CUSTOMERS, end: CUSTOMERS + PRODUCTS },
      { type: 'attribute', start: CUSTOMERS + PRODUCTS, end: CUSTOMERS + PRODUCTS },
    ],
  };
}

/** Numbers that JSON cannot carry, by path. */
function findUnfinished(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => findUnfinished(inner, `${path}/${key}`));
}

describe('the report', () => {
  test('is plain JSON, the same for the same seed', async () => {
    const input = { ...toShop(8), model: toModel(true) };
    const report = await evaluateSplit(input);
    expect(JSON.parse(JSON.stringify(report))).toEqual(
      JSON.parse(JSON.stringify(await evaluateSplit(input))),
    );
    expect(findUnfinished(report)).toEqual([]);
    expect(report.served).toBe('customer-in-out');
    expect(report.scorers.filter((s) => s.served).map((s) => s.name)).toEqual(['customer-in-out']);
  });

  test('every scorer has every k under both protocols, means inside their intervals', async () => {
    const report = await evaluateSplit({ ...toShop(8), model: toModel(true) });
    for (const protocol of Object.values(report.protocols)) {
      expect(protocol.results.map((r) => r.scorer)).toEqual(report.scorers.map((s) => s.name));
      for (const { at } of protocol.results) {
        expect(at.map((a) => a.k)).toEqual([5, 10]);
        for (const { recall, ndcg } of at) {
          for (const { mean, low, high } of [recall, ndcg]) expect(low <= mean && mean <= high).toBe(true);
        }
      }
    }
  });

  test('says in words that a random model loses to a baseline, and that its AUC is chance', async () => {
    const report = await evaluateSplit({ ...toShop(9), model: toModel(false) });
    const lost = report.comparisons.find(
      (c) => c.protocol === 'all' && c.k === 10 && c.metric === 'recall' && c.against === 'best baseline',
    )!;
    expect(lost.difference.high).toBeLessThan(0);
    expect(lost.servedMean - lost.otherMean).toBeCloseTo(lost.difference.mean, 10);
    expect(report.verdicts[0]).toMatch(
      new RegExp(`^${lost.other} beats customer-in-out by recall@10 with repeat purchases counted: `),
    );
    expect(report.verdicts.join('\n')).toContain(
      'does not tell held-out purchases from equally popular products',
    );
  });

  test('a model that knows the halves beats chance and has an AUC well above one half', async () => {
    const report = await evaluateSplit({ ...toShop(10), model: toModel(true) });
    expect(resultOf(report, 'new', 'customer-in-out').recall.low).toBeGreaterThan(
      resultOf(report, 'new', 'chance').recall.high,
    );
    const auc = report.linkPrediction!.results.find(
      (r) => r.scorer === 'customer-in-out' && r.negatives === 'by popularity',
    )!.auc;
    expect(auc.low).toBeGreaterThan(0.6);
  });

  test('a blend is what is served, and the vectors stand beside it; two models are compared by their vectors', async () => {
    const model = toModel(true)!;
    const input = {
      ...toShop(10),
      model,
      served: 'recent-in-out',
      blend: { embedding: 0.5, walk: 0, counts: 0.2, own: 0.3 },
    };
    const report = await evaluateSplit(input);
    expect(report).toMatchObject({ served: 'blend', embedding: 'recent-in-out' });
    expect(report.scorers.filter((s) => s.served).map((s) => s.name)).toEqual(['blend']);
    expect(report.comparisons.find(({ against }) => against === 'best baseline')!.served).toBe('blend');
    expect(report.linkPrediction!.results[0]!.scorer).toBe('recent-in-out');
    expect(report.verdicts.join('\n')).toContain('recent-in-out tells held-out purchases');
    expect(toReportText(report, { short: true })).toMatch(/^ {2}recent-in-out .*\n\* blend /m);

    const compared = await evaluateSplit({ ...input, rival: model });
    expect(compared.served).toBe('recent-in-out');
    expect(compared.scorers.map(({ name }) => name)).not.toContain('blend');
  });

  test('the best baseline is the one with the highest mean', async () => {
    const report = await evaluateSplit({ ...toShop(9), served: 'chance' });
    for (const c of report.comparisons.filter(({ against }) => against === 'best baseline')) {
      const means = report.protocols[c.protocol].results
        .filter((r) => r.scorer !== 'chance')
        .map((r) => r.at.find((a) => a.k === c.k)![c.metric as 'recall'].mean);
      expect(c.otherMean).toBeCloseTo(Math.max(...means), 12);
    }
    expect(report.comparisons).toHaveLength(16); // 2 protocols × 2 lengths × 2 metrics × best baseline and popularity
  });

  test('without anything new to find, `new` is empty and the verdicts say so', async () => {
    const report = await evaluateSplit({ ...toShop(9), test: toShop(9).train });
    expect(report.protocols.new).toMatchObject({ customers: 0, results: [], meanRelevant: 0 });
    expect(report.protocols.new.leftOut.nothingNew).toBe(CUSTOMERS);
    expect(report.verdicts).toContain(
      'nothing can be said on products new to the customer: no such customer was measured',
    );
  });

  test('cold products are counted, and stay relevant', async () => {
    const input = {
      ...toShop(9),
      productCount: PRODUCTS + 1,
      test: toColumns([
        [0, PRODUCTS],
        [1, PRODUCTS],
        [2, 0],
      ]),
    };
    const report = await evaluateSplit(input);
    expect(report.data).toMatchObject({ coldProducts: 1, coldPairShare: 2 / 3 });
    const cold = report.protocols.all.results
      .find((r) => r.scorer === 'popularity')!
      .slices.find((s) => s.name === 'cold')!;
    expect(cold).toMatchObject({ customers: 2, recall: 0 });
  });

  test('times appear only with a clock', async () => {
    let at = 0;
    const timed = await evaluateSplit({ ...toShop(9), now: () => (at += 5) });
    expect(timed.scorers.every((s) => s.tookMs === 5)).toBe(true);
    expect((await evaluateSplit(toShop(9))).scorers.every((s) => s.tookMs === undefined)).toBe(true);
  });

  test.each([
    { why: 'an unknown served name', change: { served: 'nobody' }, field: 'served' },
    { why: 'a list of no length', change: { k: [0] }, field: 'k' },
    { why: 'no list lengths', change: { k: [] }, field: 'k' },
    {
      why: 'two scorers of one name',
      change: { scorers: [toScorer('popularity', () => undefined)] },
      field: 'scorers',
    },
  ])('refuses $why', async ({ change, field }) => {
    await expect(evaluateSplit({ ...toShop(9), ...change })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { field },
    });
  });
});
