import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planEmbeddingScorers } from '../../src/analyze/embedding-scorers.ts';
import { buildIncidence, rowOf, toAges, toCustomerPairs } from '../../src/analyze/incidence.ts';
import { scanRows, toRowTable } from '../../src/analyze/row-scan.ts';
import type { EvaluatedModel, Scorer } from '../../src/analyze/types.ts';
import { Matrix } from '../../src/base/matrix.ts';
import { type Row, sum, toColumns, toRandom } from './small-data.ts';

const noPause = (): undefined => undefined;
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => sum(Array.from(a, (x, i) => x * b[i]!));
const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

function toRandomMatrix(rows: number, cols: number, { seed = 1, stride = cols } = {}): Matrix {
  const random = toRandom(seed);
  return new Matrix(
    Float32Array.from({ length: rows * stride }, () => random() - 0.5),
    rows,
    cols,
    stride,
  );
}

describe('scanRows', () => {
  const shapes = fc.record({
    queries: fc.integer({ min: 1, max: 9 }),
    rows: fc.integer({ min: 1, max: 70 }),
    cols: fc.integer({ min: 1, max: 9 }),
    padding: fc.nat(3),
    start: fc.nat(3),
    similarity: fc.constantFrom('dot' as const, 'cosine' as const),
  });
  test('equals a plain loop for any number of queries, rows and columns, padded rows and row ranges', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ queries, rows, cols, padding, start, similarity }) => {
        const matrix = toRandomMatrix(rows + start, cols, { seed: rows, stride: cols + padding });
        const table = toRowTable(matrix, { start, end: rows + start }, similarity);
        const asked = Array.from({ length: queries }, (_, q) =>
          Float64Array.from(toRandomMatrix(1, cols, { seed: 100 + q }).row(0)),
        );
        const out = asked.map(() => new Float32Array(rows));
        await scanRows(asked, table, { out, pause: noPause });
        for (const [q, query] of asked.entries()) {
          for (let i = 0; i < rows; i++) {
            const row = matrix.row(start + i);
            expect(out[q]![i]).toBeCloseTo(dot(query, row) / (similarity === 'cosine' ? norm(row) : 1), 5);
          }
        }
      }),
    );
  });
  test('a row of zeros scores -Infinity: it has no vector', async () => {
    const table = toRowTable(new Matrix(Float32Array.of(1, 0, 0, 0), 2, 2), { start: 0, end: 2 }, 'dot');
    const out = [new Float32Array(2)];
    await scanRows([Float64Array.of(-3, 1)], table, { out, pause: noPause });
    expect(Array.from(out[0]!)).toEqual([-3, Number.NEGATIVE_INFINITY]);
  });
});

// Two customers, four products, one attribute; customer 0 bought 0, then 1 and 2 together; customer 1 has no vector.
const rows: Row[] = [
  [0, 0, 0],
  [0, 1, 1],
  [0, 2, 1],
  [1, 3, 2],
];
const columns = toColumns(rows);
const train = buildIncidence(toCustomerPairs(columns), 2, 4);
const ranges = [
  { type: 'customer', start: 0, end: 2 },
  { type: 'product', start: 2, end: 6 },
  { type: 'attribute', start: 6, end: 7 },
] as const;

function toModel(): EvaluatedModel {
  const vectors = toRandomMatrix(7, 5, { seed: 3, stride: 8 });
  vectors.row(1).fill(0);
  return { vectors, contexts: toRandomMatrix(7, 5, { seed: 4, stride: 8 }), ranges };
}

const ages = toAges(columns, train);

const createAll = (model: EvaluatedModel, withAges: Uint32Array | null = ages): Scorer[] =>
  planEmbeddingScorers({ model, population: { train, ages: withAges ?? undefined, decay: 0.6 } }).map(
    (plan) => plan.create(),
  );

async function scoresOf(scorer: Scorer, customer: number): Promise<Float32Array> {
  const scores = new Float32Array(4).fill(Number.NaN);
  await scorer.score(customer, scores);
  return scores;
}

describe('each way to use the model, by its formula', () => {
  const { vectors, contexts } = toModel();
  const v = (p: number) => vectors.row(2 + p);
  const unit = (p: number) => Array.from(v(p), (x) => x / norm(v(p)));
  const mean = (of: (p: number) => ArrayLike<number>, weights: readonly number[]): number[] => {
    const bought = Array.from(rowOf(train, 0));
    return Array.from(
      { length: 5 },
      (_, d) => sum(bought.map((p, i) => weights[i]! * of(p)[d]!)) / sum(weights),
    );
  };
  const plain = [1, 1, 1];
  const recent = Array.from(ages.subarray(0, 3), (age) => 0.6 ** age);
  test.each([
    { name: 'customer-in-out', expected: (p: number) => dot(vectors.row(0), contexts.row(2 + p)) },
    { name: 'customer-cosine', expected: (p: number) => dot(vectors.row(0), unit(p)) },
    { name: 'history-in-out', expected: (p: number) => dot(mean(v, plain), contexts.row(2 + p)) },
    { name: 'history-cosine', expected: (p: number) => dot(mean(unit, plain), unit(p)) },
    { name: 'recent-in-out', expected: (p: number) => dot(mean(v, recent), contexts.row(2 + p)) },
    { name: 'recent-cosine', expected: (p: number) => dot(mean(unit, recent), unit(p)) },
  ])('$name', async ({ name, expected }) => {
    const scorer = createAll(toModel()).find((s) => s.name === name)!;
    const scores = await scoresOf(scorer, 0);
    for (let p = 0; p < 4; p++) expect(scores[p]).toBeCloseTo(expected(p), 5);
  });
  test('recency weighs the last basket 1 and the one before .6', () => {
    expect(recent).toEqual([0.6, 1, 1]);
  });
});

describe('what is missing is said, not made up', () => {
  test('a customer without a vector is shown nothing by the node scorers, something by the roll-ups', async () => {
    for (const scorer of createAll(toModel())) {
      const shown = (await scoresOf(scorer, 1)).filter(Number.isFinite).length;
      expect(shown).toBe(scorer.name.startsWith('customer') ? 0 : 4);
    }
  });
  test('a product without a vector is never shown, and counted in the notes', async () => {
    const model = toModel();
    model.vectors.row(2 + 3).fill(0);
    const scorer = createAll(model).find((s) => s.name === 'customer-cosine')!;
    expect((await scoresOf(scorer, 0))[3]).toBe(Number.NEGATIVE_INFINITY);
    expect(scorer.notes).toEqual(['1 products have no vector and are never shown']);
  });
  test('without an order there are no recency roll-ups', () => {
    expect(createAll(toModel(), null).map((s) => s.name)).toEqual([
      'customer-in-out',
      'customer-cosine',
      'history-in-out',
      'history-cosine',
    ]);
  });
  test('a model of another shop is refused', () => {
    const model = {
      ...toModel(),
      ranges: [
        { type: 'customer', start: 0, end: 2 },
        { type: 'product', start: 2, end: 5 },
      ] as const,
    };
    expect(() => createAll(model)).toThrow(expect.objectContaining({ code: 'EMBEDDING_SHAPE_MISMATCH' }));
    expect(() => createAll({ ...toModel(), ranges: [] })).toThrow(
      expect.objectContaining({ code: 'EMBEDDING_SHAPE_MISMATCH' }),
    );
  });
  test('a number that is not finite is refused with its row', () => {
    const model = toModel();
    model.contexts.row(4)[1] = Number.NaN;
    expect(() => createAll(model)).toThrow(
      expect.objectContaining({
        code: 'VECTOR_INVALID',
        details: expect.objectContaining({ field: 'contexts', row: 4 }),
      }),
    );
  });
});

test('scoring many customers at once gives what scoring one by one gives', async () => {
  for (const scorer of createAll(toModel())) {
    const together = [new Float32Array(4), new Float32Array(4), new Float32Array(4)];
    await scorer.scoreMany!([0, 1, 0], together, noPause);
    for (const [i, customer] of [0, 1, 0].entries())
      expect(together[i]).toEqual(await scoresOf(scorer, customer));
  }
});
