import { describe, expect, test } from 'vitest';
import { toEigen } from '../../src/spectral/eigen.ts';
import { toOrthonormalizing } from '../../src/spectral/orthonormal.ts';
import { randomSymmetric, toEigenPairs } from './dense.ts';

const toRows = (a: Float64Array, n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from(a.subarray(i * n, (i + 1) * n)));

/** Largest difference between Σ value · row rowᵀ and the matrix, and between rows · rowsᵀ and I. */
function toErrors(a: Float64Array, n: number, { values, vectors }: Awaited<ReturnType<typeof toEigen>>) {
  let [rebuilt, orthonormal] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let [sum, product] = [0, 0];
      for (let k = 0; k < n; k++) {
        sum += values[k]! * vectors[k * n + i]! * vectors[k * n + j]!;
        product += vectors[i * n + k]! * vectors[j * n + k]!;
      }
      rebuilt = Math.max(rebuilt, Math.abs(sum - a[i * n + j]!));
      orthonormal = Math.max(orthonormal, Math.abs(product - (i === j ? 1 : 0)));
    }
  }
  return { rebuilt, orthonormal };
}

describe('eigenvalues of a small symmetric matrix', () => {
  test.each([1, 2, 3, 4, 7, 16, 40])('n = %i: as Jacobi finds them, and the matrix comes back', async (n) => {
    const a = randomSymmetric(n, n);
    const found = await toEigen(a.slice(), n);
    for (const [i, { value }] of toEigenPairs(toRows(a, n)).entries())
      expect(found.values[i]).toBeCloseTo(value, 10);
    const { rebuilt, orthonormal } = toErrors(a, n, found);
    expect(rebuilt).toBeLessThan(1e-12);
    expect(orthonormal).toBeLessThan(1e-12);
  });

  test.each([
    ['zeros', 5, () => 0],
    ['the unit matrix', 5, (i: number, j: number) => +(i === j)],
    ['ones, of rank 1', 6, () => 1],
    ['two blocks with equal eigenvalues', 6, (i: number, j: number) => +(i < 3 === j < 3)],
    ['a diagonal that does not descend', 4, (i: number, j: number) => (i === j ? [3, -1, 7, 0][i]! : 0)],
    ['entries of very different size', 4, (i: number, j: number) => 10 ** -(4 * (i + j))],
  ])('%s', async (_, n, of) => {
    const a = Float64Array.from({ length: n * n }, (__, at) => of(Math.floor(at / n), at % n));
    const found = await toEigen(a.slice(), n);
    expect([...found.values]).toEqual([...found.values].sort((x, y) => y - x));
    const { rebuilt, orthonormal } = toErrors(a, n, found);
    expect(rebuilt).toBeLessThan(1e-12);
    expect(orthonormal).toBeLessThan(1e-12);
  });

  test('numbers that are not finite are an error, not a loop', async () => {
    const a = randomSymmetric(4, 1);
    a[5] = Number.NaN;
    await expect(toEigen(a, 4)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('ends when it is told to', async () => {
    await expect(toEigen(randomSymmetric(8, 1), 8, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

describe('making columns orthonormal', () => {
  const ROWS = 12;
  /** Columns of a block whose third repeats the sum of the first two. */
  const block = (n: number): number[][] => {
    const a = randomSymmetric(ROWS, 3);
    const columns = toRows(a, ROWS).map((row) => row.slice(0, n));
    return columns.map((row) => row.map((x, j) => (j === 2 ? row[0]! + row[1]! : x)));
  };
  const toGram = (x: readonly (readonly number[])[], n: number): Float64Array =>
    Float64Array.from({ length: n * n }, (_, at) =>
      x.reduce((sum, row) => sum + row[Math.floor(at / n)]! * row[at % n]!, 0),
    );

  test('a column that depends on those before it becomes zero, the others are orthonormal', () => {
    const n = 5;
    const x = block(n);
    const { turn, rank } = toOrthonormalizing(toGram(x, n), n);
    expect(rank).toBe(4);
    const turned = x.map((row) =>
      Array.from({ length: n }, (_, j) => row.reduce((sum, value, i) => sum + value * turn[i * n + j]!, 0)),
    );
    toGram(turned, n).forEach((product, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      expect(product).toBeCloseTo(i === j && i !== 2 ? 1 : 0, 5);
    });
  });

  test('nothing is made of nothing', () => {
    const { turn, rank } = toOrthonormalizing(new Float64Array(9), 3);
    expect(rank).toBe(0);
    expect([...turn]).toEqual(new Array(9).fill(0));
  });
});
