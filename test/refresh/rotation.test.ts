/** The polar factor against what defines it, and planted rotations found again. */
import { beforeAll, describe, expect, test } from 'vitest';
import { Matrix } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import { invert, toOrthogonalFactor } from '../../src/refresh/polar.ts';
import { findRotation, rotateSpace, type Space } from '../../src/refresh/rotation.ts';

const random = createRandom(9);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const draw = (n: number): Float64Array => Float64Array.from({ length: n * n }, normal);

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) c[i * n + j]! += a[i * n + k]! * b[k * n + j]!;
  return c;
}
const transpose = (a: Float64Array, n: number): Float64Array =>
  a.map((_, at) => a[(at % n) * n + Math.floor(at / n)]!);
const identity = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, at) => (Math.floor(at / n) === at % n ? 1 : 0));
const distance = (a: Float64Array, b: Float64Array): number =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
/** Gram–Schmidt: another way to an orthogonal matrix than the one under test. */
function drawOrthogonal(n: number): Float64Array {
  const q = draw(n);
  for (let i = 0; i < n; i++) {
    const row = q.subarray(i * n, i * n + n);
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = q.subarray(j * n, j * n + n);
        const along = row.reduce((sum, x, k) => sum + x * other[k]!, 0);
        for (let k = 0; k < n; k++) row[k]! -= along * other[k]!;
      }
    }
    const norm = Math.hypot(...row);
    for (let k = 0; k < n; k++) row[k]! /= norm;
  }
  return q;
}

describe('the orthogonal factor', () => {
  // M = QH with Q orthogonal, H symmetric and without a negative eigenvalue: this alone makes Q the factor
  // (Higham 1986), which no other orthogonal matrix is as near to.
  test.each([1, 2, 7, 40])('of a random matrix of %i rows leaves a symmetric positive part', (n) => {
    const m = draw(n);
    const q = toOrthogonalFactor(m, n);
    expect(distance(multiply(transpose(q, n), q, n), identity(n))).toBeLessThan(1e-12);
    const h = multiply(transpose(q, n), m, n);
    expect(distance(h, transpose(h, n))).toBeLessThan(1e-9 * n);
    for (let trial = 0; trial < 20; trial++) {
      const x = Float64Array.from({ length: n }, normal);
      const hx = x.map((_, i) => x.reduce((sum, value, j) => sum + h[i * n + j]! * value, 0));
      expect(x.reduce((sum, value, i) => sum + value * hx[i]!, 0)).toBeGreaterThan(-1e-9 * n);
    }
  });

  test('of an orthogonal matrix is itself, a reflection too', () => {
    const q = drawOrthogonal(12);
    for (let j = 0; j < 12; j++) q[j]! *= -1;
    expect(distance(toOrthogonalFactor(q, 12), q)).toBeLessThan(1e-9);
  });

  test.each([1e-3, 1e-6, 1e-9])('survives directions %f as long as the rest', (small) => {
    const n = 10;
    const [u, v] = [drawOrthogonal(n), drawOrthogonal(n)];
    const scaled = u.map((x, at) => x * (at % n < 3 ? small : 1));
    const q = toOrthogonalFactor(multiply(scaled, v, n), n);
    // The ridge of 1e-10 of the largest entry turns such a direction by about 1e-10 / small.
    expect(distance(q, multiply(u, v, n))).toBeLessThan(1e-9 / small + 1e-9);
  });

  test('where the matrix says nothing, nothing is turned', () => {
    const q = toOrthogonalFactor(Float64Array.of(0, 2, 0, -2, 0, 0, 0, 0, 0), 3);
    expect(distance(q, Float64Array.of(0, 1, 0, -1, 0, 0, 0, 0, 1))).toBeLessThan(1e-9);
  });

  test.each([
    { what: 'all zeros', m: new Float64Array(4) },
    { what: 'not finite', m: Float64Array.of(1, NaN, 0, 1) },
  ])('of a matrix that is $what is refused', ({ m }) => {
    expect(() => toOrthogonalFactor(m, 2)).toThrow(expect.objectContaining({ code: 'VECTOR_INVALID' }));
  });

  test('the inverse it is made of undoes its matrix, rows in any order', () => {
    const m = draw(9);
    m.copyWithin(0, 9 * 8);
    m.set(Float64Array.from({ length: 9 }, normal), 9 * 8);
    m[0] = 0; // a pivot that must be exchanged
    expect(distance(multiply(m, invert(m, 9), 9), identity(9))).toBeLessThan(1e-10);
  });
});

describe('one space laid onto another', () => {
  const D = 8;
  const N = 50;
  const drawMatrix = (scale: number): Matrix =>
    new Matrix(
      Float32Array.from({ length: N * D }, () => normal() * scale),
      N,
      D,
    );
  const old: Space = { vectors: drawMatrix(1), contexts: drawMatrix(3) };
  const shared = [
    {
      from: Uint32Array.from({ length: 30 }, (_, i) => i),
      to: Uint32Array.from({ length: 30 }, (_, i) => i),
    },
    { from: Uint32Array.from([40, 41, 42]), to: Uint32Array.from([40, 41, 42]) },
  ];
  const q = drawOrthogonal(D);
  let turned: Space;
  beforeAll(async () => {
    turned = await rotateSpace(old, transpose(q, D));
  });

  test('a planted rotation of both matrices is found, and undone on nodes that are not shared too', async () => {
    const rotation = await findRotation(turned, old, shared);
    expect(distance(rotation.matrix, q)).toBeLessThan(1e-5); // rows are f32
    expect(rotation.sharedCount).toBe(33);
    expect(rotation.residual.vectors).toBeLessThan(1e-5);
    expect(rotation.residual.contexts).toBeLessThan(1e-5);
    const back = await rotateSpace(turned, rotation.matrix);
    for (const name of ['vectors', 'contexts'] as const) {
      back[name].data.forEach((x, i) => void expect(x).toBeCloseTo(old[name].data[i]!, 4));
    }
  });

  test('nothing that is served changes by it: in·out scores stay', () => {
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
      Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
    for (let i = 0; i < N; i++) {
      const before = dot(old.vectors.row(i), old.contexts.row(N - 1 - i));
      expect(dot(turned.vectors.row(i), turned.contexts.row(N - 1 - i))).toBeCloseTo(before, 4);
    }
  });

  test('noise leaves its share as the residual', async () => {
    const noisy = new Matrix(
      turned.vectors.data.map((x) => x + 0.3 * normal()),
      N,
      D,
    );
    const { residual } = await findRotation({ vectors: noisy, contexts: turned.contexts }, old, shared);
    // Noise of 0.3 in rows that vary by 1; of 264 values its share is known to 1/√528 = 4 %, thrice that is allowed.
    expect(residual.vectors).toBeGreaterThan(0.3 * 0.88);
    expect(residual.vectors).toBeLessThan(0.3 * 1.12);
    expect(residual.contexts).toBeLessThan(0.1);
  });

  test('unrelated spaces leave more than their mean would', async () => {
    const { residual } = await findRotation({ vectors: drawMatrix(1), contexts: drawMatrix(3) }, old, shared);
    expect(residual.vectors).toBeGreaterThan(1);
    expect(residual.contexts).toBeGreaterThan(1);
  });

  test('other dimensions, nothing shared, and a caller that has left, are refused', async () => {
    const short: Space = {
      vectors: new Matrix(new Float32Array(4), 1, 4),
      contexts: new Matrix(new Float32Array(4), 1, 4),
    };
    await expect(findRotation(short, old, shared)).rejects.toThrow(
      expect.objectContaining({ code: 'EMBEDDING_SHAPE_MISMATCH' }),
    );
    await expect(findRotation(turned, old, [])).rejects.toThrow(
      expect.objectContaining({ code: 'VECTOR_INVALID' }),
    );
    const signal = AbortSignal.abort();
    const aborted = expect.objectContaining({ code: 'ABORTED' });
    await expect(findRotation(turned, old, shared, { signal })).rejects.toThrow(aborted);
    await expect(rotateSpace(old, q, { signal })).rejects.toThrow(aborted);
  });
});
