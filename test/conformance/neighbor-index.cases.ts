import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Matrix } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import { createReferenceIndex } from '../../src/neighbors/reference.ts';
import { toRowSet } from '../../src/neighbors/row-set.ts';
import type { Hit, NeighborIndex } from '../../src/neighbors/types.ts';

export type CreateIndex = (m: Matrix, options: { metric: 'cosine' | 'dot' }) => Promise<NeighborIndex>;

const ROWS = 500;
const COLS = 18; // not a multiple of four: the padding must not be seen
const WITHOUT_VECTOR = [0, 123, 499];

/** 500 × 18 in [-0.5, 0.5); rows 0, 123 and 499 are zeros, rows 40, 41 and 300 are the same. */
function buildVectors(): Matrix {
  const random = createRandom(3);
  const vectors = new Matrix(
    Float32Array.from({ length: ROWS * COLS }, () => random() - 0.5),
    ROWS,
    COLS,
  );
  for (const i of WITHOUT_VECTOR) vectors.row(i).fill(0);
  for (const i of [41, 300]) vectors.row(i).set(vectors.row(40));
  return vectors;
}

/** The contract of NeighborIndex. An index passes all of it or states, in `minRecall`, how much it gives up. */
export function neighborIndexCases(name: string, create: CreateIndex, { minRecall = 1 } = {}): void {
  describe(name, () => {
    const vectors = buildVectors();
    let index: NeighborIndex;
    let dot: NeighborIndex;
    beforeAll(async () => {
      index = await create(vectors, { metric: 'cosine' });
      dot = await create(vectors, { metric: 'dot' });
    });
    afterAll(async () => {
      await Promise.all([index.close(), dot.close()]);
    });

    test('says what it is', () => {
      expect(index).toMatchObject({ metric: 'cosine', rows: ROWS, cols: COLS });
      expect(dot).toMatchObject({ metric: 'dot', rows: ROWS, cols: COLS });
    });

    describeAnswers(vectors, () => index);
    describeFilters(vectors, () => index);
    describeRefusals(vectors, create, () => ({ index, dot }));
    describeAgreement(vectors, () => ({ index, dot }), minRecall);
  });
}

function describeAnswers(vectors: Matrix, get: () => NeighborIndex): void {
  test('a vector is its own nearest neighbour, whatever its length', async () => {
    for (const factor of [1, 1e-6, 1e6]) {
      const [best] = await get().search(
        vectors.row(17).map((x) => x * factor),
        { limit: 1 },
      );
      expect(best.row).toBe(17);
      expect(best.score).toBeCloseTo(1, 5);
    }
  });

  test('scores descend and stay within [-1, 1]', async () => {
    for (const q of [1, 40, 250]) {
      const scores = (await get().search(vectors.row(q), { limit: ROWS })).map((h) => h.score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      expect(Math.max(...scores.map(Math.abs))).toBeLessThanOrEqual(1);
    }
  });

  test('equal rows have equal scores, in ascending order of row', async () => {
    const hits = await get().search(vectors.row(300), { limit: 3 });
    expect(hits.map((h) => h.row)).toEqual([40, 41, 300]);
    expect(new Set(hits.map((h) => h.score)).size).toBe(1);
    expect((await get().search(vectors.row(300), { limit: 2 })).map((h) => h.row)).toEqual([40, 41]);
  });

  test('rows of zeros never appear, not even when everything is asked for', async () => {
    const rows = (await get().search(vectors.row(1), { limit: ROWS })).map((h) => h.row);
    expect(rows).toHaveLength(ROWS - WITHOUT_VECTOR.length);
    for (const row of WITHOUT_VECTOR) expect(rows).not.toContain(row);
  });

  test.each([0, 1, 496, 497, 498, 501, 1e9])(
    'limit = %d returns as many, or all 497 there are',
    async (limit) => {
      const hits = await get().search(vectors.row(1), { limit });
      expect(hits).toHaveLength(Math.min(limit, 497));
      expect(new Set(hits.map((h) => h.row)).size).toBe(hits.length);
    },
  );

  test('the query is only read: the same array gives the same answer again', async () => {
    const query = Array.from(vectors.row(7), (x) => x * 3);
    const before = [...query];
    const first = await get().search(query, { limit: 5 });
    expect(query).toEqual(before);
    expect(await get().search(query, { limit: 5 })).toEqual(first);
  });

  test('searches in flight together do not mix', async () => {
    const found = await Promise.all(
      Array.from({ length: 40 }, (_, q) => get().search(vectors.row(q + 50), { limit: 1 })),
    );
    expect(found.map(([best]) => best.row)).toEqual(Array.from({ length: 40 }, (_, q) => q + 50));
  });
}

function describeFilters(vectors: Matrix, get: () => NeighborIndex): void {
  test('a range is kept to, and filled', async () => {
    const hits = await get().search(vectors.row(17), { limit: 20, range: { start: 90, end: 133 } });
    expect(hits).toHaveLength(20);
    expect(hits.every((h) => h.row >= 90 && h.row < 133)).toBe(true);
    expect(await get().search(vectors.row(17), { limit: 100, range: { start: 90, end: 133 } })).toHaveLength(
      42,
    );
    expect(await get().search(vectors.row(17), { limit: 5, range: { start: 60, end: 60 } })).toEqual([]);
  });

  test('excluded rows are replaced by the next best, not taken off the list', async () => {
    const all = await get().search(vectors.row(17), { limit: 30 });
    const exclude = all.filter((_, i) => i % 2 === 0).map((h) => h.row);
    const left = await get().search(vectors.row(17), { limit: 15, exclude });
    expect(left).toEqual(all.filter((_, i) => i % 2 === 1));
  });

  test('any iterable excludes; repeats and rows outside the table or the range are no harm', async () => {
    const exclude = new Set([17, 10_000, -1]);
    const hits = await get().search(vectors.row(17), { limit: 400, range: { start: 10, end: 60 }, exclude });
    expect(hits).toHaveLength(49);
    const repeated = [17, 17, 300, 1.5];
    expect(
      await get().search(vectors.row(17), { limit: 400, range: { start: 10, end: 60 }, exclude: repeated }),
    ).toEqual(hits);
  });

  test('flagged rows are left out by the bits that are asked for, as they are when the search begins', async () => {
    const flags = new Uint8Array(new SharedArrayBuffer(ROWS));
    const all = await get().search(vectors.row(17), { limit: 30 });
    all.forEach(({ row }, i) => {
      flags[row] = [0, 1, 2, 3][i % 4]!;
    });
    const search = (bits: number) => get().search(vectors.row(17), { limit: 7, without: { flags, bits } });
    const left = (keeps: (i: number) => boolean) => all.filter((_, i) => keeps(i)).slice(0, 7);
    expect(await search(0)).toEqual(left(() => true));
    expect(await search(1)).toEqual(left((i) => i % 4 === 0 || i % 4 === 2));
    expect(await search(2)).toEqual(left((i) => i % 4 < 2));
    expect(await search(3)).toEqual(left((i) => i % 4 === 0));
    flags[all[0]!.row] = 4;
    expect((await search(4))[0]).toEqual(all[1]);
    expect((await search(3))[0]).toEqual(all[0]);
  });

  test('flags of another table are refused', async () => {
    const flags = new Uint8Array(new SharedArrayBuffer(ROWS - 1));
    const search = get().search(vectors.row(17), { limit: 1, without: { flags, bits: 1 } });
    await expect(search).rejects.toMatchObject({ code: 'EMBEDDING_SHAPE_MISMATCH' });
  });

  test('only the rows of a set are found, and as many as are asked for; flags and exclusions hold inside it', async () => {
    const all = await get().search(vectors.row(17), { limit: ROWS });
    const inside = all.filter((_, i) => i % 3 === 0);
    const only = toRowSet(
      ROWS,
      inside.map((h) => h.row),
    );
    expect(await get().search(vectors.row(17), { limit: 9, only })).toEqual(inside.slice(0, 9));
    expect(await get().search(vectors.row(17), { limit: ROWS, only })).toEqual(inside);
    const exclude = [inside[1]!.row];
    const flags = new Uint8Array(new SharedArrayBuffer(ROWS));
    flags[inside[0]!.row] = 1;
    const left = await get().search(vectors.row(17), {
      limit: 4,
      only,
      exclude,
      without: { flags, bits: 1 },
    });
    expect(left).toEqual(inside.slice(2, 6));
    const range = { start: 90, end: 133 };
    const ranged = await get().search(vectors.row(17), { limit: ROWS, only, range });
    expect(ranged).toEqual(inside.filter((h) => h.row >= 90 && h.row < 133));
    expect(await get().search(vectors.row(17), { limit: 3, only: toRowSet(ROWS, []) })).toEqual([]);
  });

  test('a set of rows of another table is refused', async () => {
    const search = get().search(vectors.row(17), { limit: 1, only: toRowSet(ROWS - 8, []) });
    await expect(search).rejects.toMatchObject({ code: 'EMBEDDING_SHAPE_MISMATCH' });
  });

  test('nothing is left when everything is excluded', async () => {
    const exclude = Array.from({ length: ROWS }, (_, i) => i);
    expect(await get().search(vectors.row(17), { limit: 3, exclude })).toEqual([]);
  });
}

function describeRefusals(
  vectors: Matrix,
  create: CreateIndex,
  get: () => { index: NeighborIndex; dot: NeighborIndex },
): void {
  test.each([NaN, Infinity, -Infinity, Number('1e999'), 1e39])(
    'a query with %d is refused under both metrics',
    async (bad) => {
      const query = Array.from(vectors.row(17));
      query[COLS - 1] = bad;
      for (const index of Object.values(get())) {
        await expect(index.search(query, { limit: 1 })).rejects.toMatchObject({
          code: 'VECTOR_INVALID',
          details: { field: `query[${COLS - 1}]`, found: String(bad) },
        });
      }
    },
  );

  test('zeros have no direction, but a dot product with everything', async () => {
    const { index, dot } = get();
    const zeros = new Float32Array(COLS);
    await expect(index.search(zeros, { limit: 1 })).rejects.toMatchObject({ code: 'VECTOR_INVALID' });
    expect(await dot.search(zeros, { limit: 2 })).toEqual([
      { row: 1, score: 0 },
      { row: 2, score: 0 },
    ]);
  });

  test.each([0, COLS - 1, COLS + 1])('a query of length %d is refused', async (length) => {
    const query = new Float32Array(length).fill(1);
    await expect(get().index.search(query, { limit: 1 })).rejects.toMatchObject({
      code: 'EMBEDDING_SHAPE_MISMATCH',
      details: { found: length, expected: COLS },
    });
  });

  test.each([
    { options: { limit: -1 }, field: 'limit' },
    { options: { limit: 1.5 }, field: 'limit' },
    { options: { limit: NaN }, field: 'limit' },
    { options: { limit: 1, range: { start: -1, end: 5 } }, field: 'range' },
    { options: { limit: 1, range: { start: 5, end: 4 } }, field: 'range' },
    { options: { limit: 1, range: { start: 0, end: ROWS + 1 } }, field: 'range' },
    { options: { limit: 1, range: { start: 0.5, end: 4 } }, field: 'range' },
  ])('options that mean nothing are refused: $options', async ({ options, field }) => {
    await expect(get().index.search(vectors.row(17), options)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      details: { field },
    });
  });

  test('a refused search leaves the next one unharmed', async () => {
    await expect(get().index.search([NaN], { limit: 1 })).rejects.toThrow();
    expect((await get().index.search(vectors.row(17), { limit: 1 }))[0].row).toBe(17);
  });

  test('a closed index answers what it was asked before, and refuses what comes after', async () => {
    const index = await create(vectors, { metric: 'cosine' });
    const asked = Promise.all([17, 18, 19].map((q) => index.search(vectors.row(q), { limit: 1 })));
    await Promise.all([asked, index.close(), index.close()]);
    expect((await asked).map(([best]) => best.row)).toEqual([17, 18, 19]);
    await expect(index.search(vectors.row(17), { limit: 1 })).rejects.toMatchObject({ code: 'INDEX_CLOSED' });
  });
}

function describeAgreement(
  vectors: Matrix,
  get: () => { index: NeighborIndex; dot: NeighborIndex },
  minRecall: number,
): void {
  test.each(['cosine', 'dot'] as const)(
    `%s: recall@10 against the reference ≥ ${minRecall}, scores to six digits`,
    async (metric) => {
      const { index, dot } = get();
      const searched = metric === 'cosine' ? index : dot;
      const reference = createReferenceIndex(vectors, { metric });
      let found = 0;
      for (let q = 1; q < 101; q++) {
        const options = { limit: 10, exclude: [q] };
        const [want, have] = await Promise.all([
          reference.search(vectors.row(q), options),
          searched.search(vectors.row(q), options),
        ]);
        const scores = new Map(want.map((h: Hit) => [h.row, h.score]));
        for (const { row, score } of have) {
          if (!scores.has(row)) continue;
          found++;
          expect(Math.abs(score - scores.get(row)!)).toBeLessThan(1e-6);
        }
      }
      expect(found / 1000).toBeGreaterThanOrEqual(minRecall);
    },
  );
}
