import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METRIC_OF, METRICS } from '../../src/analyze/metrics.ts';

const log2 = Math.log2;

describe('one list, by hand', () => {
  // Ranks 2 and 4 are hits; five products are relevant.
  const flags = [0, 1, 0, 1, 0];
  test.each([
    { metric: 'recall', k: 5, expected: 2 / 5 },
    { metric: 'recall', k: 3, expected: 1 / 5 },
    { metric: 'recall', k: 1, expected: 0 },
    { metric: 'precision', k: 5, expected: 2 / 5 },
    { metric: 'precision', k: 3, expected: 1 / 3 },
    { metric: 'precision', k: 10, expected: 2 / 10 },
    { metric: 'hitRate', k: 1, expected: 0 },
    { metric: 'hitRate', k: 2, expected: 1 },
    { metric: 'mrr', k: 5, expected: 1 / 2 },
    { metric: 'mrr', k: 1, expected: 0 },
    { metric: 'ndcg', k: 1, expected: 0 },
    { metric: 'ndcg', k: 2, expected: 1 / log2(3) / (1 + 1 / log2(3)) },
    {
      metric: 'ndcg',
      k: 5,
      expected: (1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3) + 1 / 2 + 1 / log2(5) + 1 / log2(6)),
    },
  ] as const)('$metric@$k', ({ metric, k, expected }) => {
    expect(METRIC_OF[metric](flags, 5, k)).toBeCloseTo(expected, 12);
  });

  test('recall divides by all that is relevant, so a perfect list shorter than that stays below 1', () => {
    expect(METRIC_OF.recall([1, 1], 4, 2)).toBe(0.5);
    expect(METRIC_OF.ndcg([1, 1], 4, 2)).toBe(1);
  });
});

test('all metrics stay in [0, 1], and a perfect list has NDCG, HR and MRR of 1', () => {
  const lists = fc.record({
    flags: fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 12 }),
    missed: fc.nat(5),
    k: fc.integer({ min: 1, max: 15 }),
  });
  fc.assert(
    fc.property(lists, ({ flags, missed, k }) => {
      const relevant = flags.filter((f) => f === 1).length + missed;
      fc.pre(relevant > 0);
      for (const metric of METRICS) {
        const value = METRIC_OF[metric](flags, relevant, k);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1 + 1e-12);
      }
      const perfect = Array.from({ length: 15 }, (_, i) => (i < relevant ? 1 : 0));
      for (const metric of ['ndcg', 'hitRate', 'mrr'] as const) {
        expect(METRIC_OF[metric](perfect, relevant, k)).toBeCloseTo(1, 12);
      }
    }),
  );
});

test('a hit that moves up never lowers NDCG or MRR', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 1), { minLength: 2, maxLength: 10 }), fc.nat(8), (flags, at) => {
      fc.pre(at + 1 < flags.length && flags[at] === 0 && flags[at + 1] === 1);
      const better = flags.slice();
      better[at] = 1;
      better[at + 1] = 0;
      const relevant = flags.filter((f) => f === 1).length;
      for (const metric of ['ndcg', 'mrr'] as const) {
        expect(METRIC_OF[metric](better, relevant, 10)).toBeGreaterThanOrEqual(
          METRIC_OF[metric](flags, relevant, 10),
        );
      }
    }),
  );
});
