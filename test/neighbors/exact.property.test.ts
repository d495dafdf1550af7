import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import { BLOCK_ROWS } from '../../src/kernel/scan.ts';
import { createExactIndex } from '../../src/neighbors/exact.ts';
import { createReferenceIndex } from '../../src/neighbors/reference.ts';

const METRICS = ['cosine', 'dot'] as const;

/** Tables of a few values only, so that ties, zero rows and duplicates turn up in every run; strides wider than the rows. */
const cases = (values: fc.Arbitrary<number>) =>
  fc
    .record({ rows: fc.integer({ min: 0, max: 40 }), cols: fc.integer({ min: 1, max: 19 }), pad: fc.nat(3) })
    .chain(({ rows, cols, pad }) =>
      fc.record({
        matrix: fc
          .array(values, { minLength: rows * (cols + pad), maxLength: rows * (cols + pad) })
          .map((xs) => new Matrix(Float32Array.from(xs), rows, cols, cols + pad)),
        query: fc.array(values, { minLength: cols, maxLength: cols }).filter((q) => q.some((x) => x !== 0)),
        limit: fc.nat(rows + 3),
        range: fc.option(
          fc
            .tuple(fc.nat(rows), fc.nat(rows))
            .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) })),
          { nil: undefined },
        ),
        exclude: fc.option(fc.array(fc.integer({ min: -2, max: rows + 2 })), { nil: undefined }),
      }),
    );

describe('exact search against the reference', () => {
  // Small whole numbers: every f32 sum is exact in any order, so the two must agree to the bit, ties included.
  test('dot products of whole numbers are the same hits with the same bits', async () => {
    await fc.assert(
      fc.asyncProperty(
        cases(fc.integer({ min: -3, max: 3 })),
        async ({ matrix, query, limit, range, exclude }) => {
          const index = await createExactIndex(matrix, { metric: 'dot', threads: 0 });
          const hits = await index.search(query, { limit, range, exclude });
          const want = await createReferenceIndex(matrix, { metric: 'dot' }).search(query, {
            limit,
            range,
            exclude,
          });
          expect(hits).toEqual(want.map((h) => ({ ...h, score: h.score + 0 }))); // + 0: −0 and 0 are one score
        },
      ),
      { numRuns: 1000 },
    );
  });

  // With rounding, near ties may change places: each hit must have its true score, and none left out may be better.
  test.each(METRICS)('%s of any finite numbers: true scores, nothing better left out', async (metric) => {
    const values = fc.oneof(
      fc.constant(0),
      fc.float({ min: -8, max: 8, noNaN: true }).map((x) => (Math.abs(x) < 1e-3 ? 0 : x)),
    );
    await fc.assert(
      fc.asyncProperty(cases(values), async ({ matrix, query, limit, range, exclude }) => {
        const index = await createExactIndex(matrix, { metric, threads: 0 });
        const hits = await index.search(query, { limit, range, exclude });
        const all = await createReferenceIndex(matrix, { metric }).search(query, {
          limit: matrix.rows,
          range,
          exclude,
        });
        // An f32 sum of 19 products errs by at most about 20 ulp of Σ|x·y|; 1216 = 19 · 8 · 8 bounds that for dot.
        const tolerance = 24 * 2 ** -24 * (metric === 'dot' ? 1216 : 1);
        expect(hits).toHaveLength(Math.min(limit, all.length));
        const truth = new Map(all.map((h) => [h.row, h.score]));
        for (const { row, score } of hits)
          expect(Math.abs(score - truth.get(row)!)).toBeLessThanOrEqual(tolerance);
        const worst = hits.at(-1)?.score ?? Infinity;
        const found = new Set(hits.map((h) => h.row));
        for (const { row, score } of all)
          if (!found.has(row)) expect(score).toBeLessThanOrEqual(worst + 2 * tolerance);
      }),
      { numRuns: 500 },
    );
  });
});

/** Seeded table of whole numbers in [-4, 4]. */
function buildWhole(rows: number, cols: number): Matrix {
  const random = createRandom(rows);
  return new Matrix(
    Float32Array.from({ length: rows * cols }, () => Math.floor(random() * 9) - 4),
    rows,
    cols,
  );
}

// Sizes around the unrolled eight rows and the block: where a count is off by one, it is off here.
test.each([1, 7, 8, 9, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, 2 * BLOCK_ROWS + 13])(
  '%d rows, in thread and pooled',
  async (rows) => {
    const matrix = buildWhole(rows, 6);
    const query = [3, -1, 2, 0, 1, -4];
    const range = { start: Math.min(3, rows - 1), end: rows };
    for (const options of [{ limit: 25 }, { limit: 25, range }]) {
      const want = await createReferenceIndex(matrix, { metric: 'dot' }).search(query, options);
      for (const threads of [0, 1]) {
        const index = await createExactIndex(matrix, { metric: 'dot', threads });
        expect(await index.search(query, options)).toEqual(want);
        await index.close();
      }
    }
  },
);

describe('values at the edge of f32', () => {
  const search = async (data: number[], query: number[], metric: 'cosine' | 'dot') => {
    const matrix = new Matrix(Float32Array.from(data), data.length / query.length, query.length);
    return (await createExactIndex(matrix, { metric, threads: 0 })).search(query, { limit: 10 });
  };

  test('a dot product that f32 cannot hold is still right', async () => {
    const [first, second] = await search([2 ** 100, 0, 2 ** 99, 0], [2 ** 100, 0], 'dot');
    expect(first).toEqual({ row: 0, score: 2 ** 200 });
    expect(second).toEqual({ row: 1, score: 2 ** 199 });
  });

  test('the largest and the smallest numbers keep their direction under cosine', async () => {
    const max = 3.4028234663852886e38;
    const hits = await search([1e-45, 1e-45, max, max, max, -max], [1e-40, 1e-40], 'cosine');
    expect(hits.map((h) => h.row)).toEqual([0, 1, 2]);
    expect(hits.map((h) => h.score)).toEqual([
      expect.closeTo(1, 6),
      expect.closeTo(1, 6),
      expect.closeTo(0, 6),
    ]);
  });
});

describe('tables that are refused', () => {
  test.each([NaN, Infinity, -Infinity])('a row with %d, by its row and column', async (bad) => {
    const matrix = buildWhole(20, 6);
    matrix.row(13)[4] = bad;
    await expect(createExactIndex(matrix, { metric: 'cosine' })).rejects.toMatchObject({
      code: 'VECTOR_INVALID',
      details: { row: 13, column: 4, found: String(bad) },
    });
  });

  test('one that wasm cannot address, by the number of bytes, before anything is allocated', async () => {
    const matrix = { rows: 2 ** 24, cols: 128 } as Matrix; // 8 GiB: never really there
    await expect(createExactIndex(matrix, { metric: 'cosine' })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { rows: 2 ** 24, cols: 128 },
    });
  });

  test.each([-1, 1.5, 65])('threads = %d', async (threads) => {
    await expect(createExactIndex(buildWhole(2, 2), { metric: 'dot', threads })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});

test('the index keeps a copy: changing the matrix afterwards changes nothing', async () => {
  const matrix = buildWhole(50, 6);
  const index = await createExactIndex(matrix, { metric: 'cosine', threads: 0 });
  const before = await index.search([1, 2, 3, 4, 5, 6], { limit: 5 });
  matrix.data.fill(9);
  expect(await index.search([1, 2, 3, 4, 5, 6], { limit: 5 })).toEqual(before);
});
