/** Models compared on one split: against the same figures of a whole evaluation, and on what must hold. */
import { describe, expect, test } from 'vitest';
import { compareModels } from '../../src/analyze/compare-models.ts';
import { evaluateSplit } from '../../src/analyze/evaluate.ts';
import type { EvaluatedModel } from '../../src/analyze/types.ts';
import { Matrix } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import { CUSTOMERS, PRODUCTS, toShop } from './planted-shop.ts';

/** Knows which half each node is of, as far as `noise` lets it. */
function toModel(noise: number, seed = 3): EvaluatedModel {
  const random = createRandom(seed);
  const n = CUSTOMERS + PRODUCTS;
  const make = () =>
    new Matrix(
      Float32Array.from({ length: 2 * n }, (_, i) => {
        const v = i >> 1;
        const half = v < CUSTOMERS ? +(v >= CUSTOMERS / 2) : +(v - CUSTOMERS >= PRODUCTS / 2);
        return (i % 2 === half ? 1 : 0) + noise * (random() - 0.5);
      }),
      n,
      2,
    );
  const ranges = [
    { type: 'customer', start: 0, end: CUSTOMERS },
    { type: 'product', start: CUSTOMERS, end: n },
    { type: 'attribute', start: n, end: n },
  ] as const;
  return { vectors: make(), contexts: make(), ranges };
}

const compare = (models: Record<string, EvaluatedModel>) =>
  compareModels({ ...toShop(11), models, scorer: 'customer-in-out', k: 10, resamples: 200 });

describe('compareModels', () => {
  test('gives the means that a whole evaluation gives', async () => {
    const model = toModel(0.3);
    const { recall, customers } = await compare({ model });
    const report = await evaluateSplit({ ...toShop(11), model });
    const of = (scorer: string) =>
      report.protocols.all.results.find((r) => r.scorer === scorer)!.at.find(({ k }) => k === 10)!.recall
        .mean;
    expect(recall['model']).toBeCloseTo(of('customer-in-out'), 12);
    expect(recall['popularity']).toBeCloseTo(of('popularity'), 12);
    expect(customers).toBe(report.protocols.all.customers);
  });

  test('tells a model from one of noise, and not from itself', async () => {
    const compared = await compare({ good: toModel(0.1), same: toModel(0.1), bad: toModel(100) });
    expect(await compared.difference('good', 'same')).toEqual({ mean: 0, low: 0, high: 0 });
    const better = await compared.difference('good', 'bad');
    expect(better.low).toBeGreaterThan(0);
    const worse = await compared.difference('bad', 'good');
    expect(worse.mean).toBeCloseTo(-better.mean, 12);
    expect(worse.high).toBeLessThan(0);
  });

  test('a scorer that no model has is refused', async () => {
    const asked = compareModels({
      ...toShop(11),
      models: { a: toModel(1) },
      scorer: 'tarot',
      k: 10,
      resamples: 10,
    });
    await expect(asked).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: { found: 'tarot' } });
  });
});
