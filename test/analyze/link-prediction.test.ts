import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measureAuc, measureLinks } from '../../src/analyze/link-prediction.ts';
import { buildPopulation } from '../../src/analyze/population.ts';
import { toStream } from '../../src/analyze/shuffle.ts';
import type { EvaluatedModel } from '../../src/analyze/types.ts';
import { Matrix } from '../../src/base/matrix.ts';
import { type Row, toColumns } from './small-data.ts';

const noPause = (): undefined => undefined;
const options = (owners: number) => ({ owners, resamples: 50, random: toStream(1, 'auc'), pause: noPause });

describe('measureAuc', () => {
  const toPairs = (positives: number[], negatives: number[]) => ({
    positives: Float64Array.from(positives),
    negatives: Float64Array.from(negatives),
    owner: Uint32Array.from(positives.keys()),
  });
  test('counts every pair of a positive and a negative, ties by half', async () => {
    const scores = fc
      .integer({ min: 1, max: 8 })
      .chain((n) =>
        fc.tuple(
          fc.array(fc.integer({ min: 0, max: 4 }), { minLength: n, maxLength: n }),
          fc.array(fc.integer({ min: 0, max: 4 }), { minLength: n, maxLength: n }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(scores, async ([positives, negatives]) => {
        let won = 0;
        for (const a of positives) for (const b of negatives) won += a > b ? 1 : a === b ? 0.5 : 0;
        const { mean } = await measureAuc(toPairs(positives, negatives), options(positives.length));
        expect(mean).toBeCloseTo(won / positives.length ** 2, 12);
      }),
    );
  });
  test('one owner leaves nothing to resample', async () => {
    const auc = await measureAuc({ ...toPairs([1, 3], [2, 0]), owner: Uint32Array.of(0, 0) }, options(1));
    expect(auc).toEqual({ mean: 0.75, low: 0.75, high: 0.75 });
  });
});

// Ten customers; each bought product c in training and product c + 10 in the test part.
const N = 10;
const rows = (shift: number): Row[] => Array.from({ length: N }, (_, c) => [c, c + shift] as const);
const population = await buildPopulation({
  train: toColumns([...rows(0), ...rows(20), ...rows(10).map(([c, p]): Row => [(c + 1) % N, p])]),
  test: toColumns(rows(10)),
  customerCount: N,
  productCount: 30,
  ordered: true,
  maxCustomers: 100,
  seed: 1,
});

/** in·out is 1 on the held-out pairs and 0 elsewhere. */
function toModel(): EvaluatedModel {
  const [vectors, contexts] = [
    new Matrix(new Float32Array(40 * N), 40, N),
    new Matrix(new Float32Array(40 * N).fill(1e-6), 40, N),
  ];
  for (let c = 0; c < N; c++) vectors.row(c)[c] = 1;
  for (let p = 0; p < N; p++) contexts.row(N + 10 + p)[p] = 1;
  return {
    vectors,
    contexts,
    ranges: [
      { type: 'customer', start: 0, end: N },
      { type: 'product', start: N, end: 40 },
    ],
  };
}

describe('measureLinks', () => {
  const input = { population, seed: 1, resamples: 50 };
  test('a model that knows the held-out pairs has an AUC of 1 against both kinds of negatives', async () => {
    const links = (await measureLinks({ ...input, model: toModel() }, noPause))!;
    expect(links).toMatchObject({ pairs: N, customers: N });
    const own = links.results.filter((r) => r.scorer === 'customer-in-out');
    expect(own.map((r) => r.negatives)).toEqual(['uniform', 'by popularity']);
    expect(own.map((r) => r.auc.mean)).toEqual([1, 1]);
  });
  test('the served scorer is measured by its own scores, beside the node of the customer', async () => {
    // Knows the pairs too, but the wrong way round: the held-out product is what it likes least.
    const score = (customer: number, scores: Float32Array): void => {
      scores.fill(0);
      scores[customer + 10] = -1;
    };
    const plan = { name: 'contrary', family: 'embedding', text: '', score } as const;
    const served = { ...plan, create: () => plan };
    const links = (await measureLinks({ ...input, model: toModel(), served }, noPause))!;
    const means = (name: string) => links.results.filter((r) => r.scorer === name).map((r) => r.auc.mean);
    expect([means('contrary'), means('customer-in-out')]).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(links.results[0]!.scorer).toBe('contrary');
  });
  test('pairs without a vector at one end are left out; without any left there is nothing to say', async () => {
    const model = toModel();
    model.vectors.row(3).fill(0);
    model.contexts.row(N + 10 + 5).fill(0);
    expect((await measureLinks({ ...input, model }, noPause))!.pairs).toBe(N - 2);
    model.contexts.data.fill(0);
    expect(await measureLinks({ ...input, model }, noPause)).toBeUndefined();
  });
});
