import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/base/matrix.ts';
import { readMissingReasons } from '../../src/vectors/missing-reasons.ts';
import { findVectors, type MeanRow, writeMeans } from '../../src/vectors/rollup.ts';

/** Rows 0 and 1 are to be written; 2, 3 and 4 are sources, 4 without a vector. Rows are padded, as the kernel's are. */
const build = (scale = 1): Matrix =>
  new Matrix(
    Float32Array.from([9, 9, 7, 9, 9, 7, 1, 2, 7, 3, -4, 7, 0, 0, 7], (x, i) => (i % 3 < 2 ? x * scale : x)),
    5,
    2,
    3,
  );

const mean = (
  row: number,
  entries: readonly (readonly [number, number])[],
  links = entries.length,
): MeanRow => ({
  row,
  links,
  count: entries.length,
  sources: Uint32Array.from(entries, ([source]) => source),
  weights: Float64Array.from(entries, ([, weight]) => weight),
});
const named = { stage: 's', unit: 'rows', total: 2 };

describe('writeMeans', () => {
  test('writes the weighted mean into both tables, counts, and leaves padding and sources alone', async () => {
    const [a, b] = [build(), build(10)];
    const degrees = new Uint32Array(5);
    const facts = await writeMeans(
      [
        mean(
          0,
          [
            [2, 1],
            [3, 3],
          ],
          4,
        ),
        mean(1, [], 2),
      ],
      [a, b],
      { ...named, degrees },
    );
    expect(facts).toEqual({ rows: 2, averaged: 1, sources: 2, isolated: 0, empty: 1 });
    expect([...a.row(0)]).toEqual([(1 + 3 * 3) / 4, (2 - 3 * 4) / 4]);
    expect([...b.row(0)]).toEqual([25, -25]);
    expect([...a.row(1)]).toEqual([0, 0]); // nothing to average: what was there is gone
    expect([...a.data.filter((_, i) => i % 3 === 2)]).toEqual([7, 7, 7, 7, 7]);
    expect([...a.row(3)]).toEqual([3, -4]);
    expect([...degrees]).toEqual([4, 2, 0, 0, 0]);
  });

  test('the sum is taken in f64: a million small values do not drown in a large one', async () => {
    const table = new Matrix(Float32Array.from([0, 1e8, 1]), 3, 1);
    const entries = [[1, 1] as const, ...Array.from({ length: 1_000_000 }, () => [2, 1] as const)];
    await writeMeans([mean(0, entries)], [table], { ...named, degrees: new Uint32Array(3) });
    expect(table.data[0]).toBe(Math.fround((1e8 + 1e6) / 1_000_001));
  });

  test('a signal that has fired stops it; progress ends at the number of rows', async () => {
    const options = { ...named, degrees: new Uint32Array(5) };
    await expect(
      writeMeans([], [build()], { ...options, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const seen: number[] = [];
    await writeMeans([mean(0, [[2, 1]]), mean(1, [[3, 1]])], [build()], {
      ...options,
      onProgress: ({ done }) => seen.push(done),
    });
    expect(seen.at(-1)).toBe(2);
  });
});

test('findVectors: 1 where a row is not all zeros, padding not looked at', () => {
  expect([...findVectors(build(), 2, 5)]).toEqual([1, 1, 0]);
});

test.each([
  [undefined, {}],
  [
    { product: { empty: 'too rare', isolated: 5 }, customer: null, other: {} },
    { product: { empty: 'too rare' } },
  ],
  ['text', {}],
])('reasons in a report are texts, anything else there is passed over: %j', (missingReasons, expected) => {
  expect(JSON.parse(JSON.stringify(readMissingReasons({ missingReasons })))).toEqual({
    customer: {},
    product: {},
    attribute: {},
    ...expected,
  });
});
