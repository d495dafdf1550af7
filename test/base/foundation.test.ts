/** The rest of base: matrices, random numbers, tasks, and where compiled files lie. */
import { existsSync } from 'node:fs';
import { setImmediate as immediately } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { toCompiledUrl } from '../../src/base/compiled.ts';
import { Matrix, toNorm } from '../../src/base/matrix.ts';
import { createRandom, createRng } from '../../src/base/rng.ts';
import { createBreather, throwIfAborted } from '../../src/base/task.ts';
import { SIGNIFICANCE, toChiSquare, toPValue } from '../walk/chi-square.ts';

describe('Matrix', () => {
  test('a row of zeros is one whatever stands in its padding', () => {
    const m = new Matrix(Float32Array.of(0, 0, 7, 0, 1e-38, 0, Number.NaN, 0, 0), 3, 2, 3);
    expect([0, 1, 2].map((row) => m.isZeroRow(row))).toEqual([true, false, false]);
  });

  test('rows are views, a stride apart', () => {
    const m = new Matrix(
      Float32Array.from({ length: 8 }, (_, i) => i),
      2,
      3,
      4,
    ); // prettier-ignore
    expect([...m.row(1)]).toEqual([4, 5, 6]);
    m.row(1)[0] = 9;
    expect(m.data[4]).toBe(9);
  });

  test.each([
    { length: 7, rows: 2, cols: 4, stride: 4 },
    { length: 6, rows: 2, cols: 4, stride: 3 },
  ])('$length values are not $rows × $cols, stride $stride', ({ length, rows, cols, stride }) => {
    expect(() => new Matrix(new Float32Array(length), rows, cols, stride)).toThrow(
      expect.objectContaining({ code: 'EMBEDDING_SHAPE_MISMATCH' }),
    );
  });

  test('the norm is taken in f64', () => {
    expect(toNorm([3, 4])).toBe(5);
    expect(toNorm(Float32Array.of(1e30, 0))).toBeCloseTo(1e30, -24);
  });
});

describe('random numbers', () => {
  test.each([
    { name: 'createRandom', draw: createRandom(3) },
    { name: 'createRng().next', draw: createRng(3).next },
  ])('$name is uniform in [0, 1)', ({ draw }) => {
    const bins = new Array<number>(50).fill(0);
    for (let i = 0; i < 100_000; i++) bins[Math.floor(draw() * 50)]!++;
    expect(bins).toHaveLength(50); // a draw of 1 or more would have added a bin
    expect(toPValue(toChiSquare([{ observed: bins, law: bins.map(() => 1 / 50) }]))).toBeGreaterThan(
      SIGNIFICANCE,
    );
  });

  test('below(n) reaches each of n alike, and never n', () => {
    const { below } = createRng(4);
    const bins = new Array<number>(7).fill(0);
    for (let i = 0; i < 50_000; i++) bins[below(7)]!++;
    expect(bins).toHaveLength(7);
    expect(toPValue(toChiSquare([{ observed: bins, law: bins.map(() => 1 / 7) }]))).toBeGreaterThan(
      SIGNIFICANCE,
    );
  });

  test('a seed is its stream', () => {
    const five = (draw: () => number): number[] => Array.from({ length: 5 }, draw);
    expect(five(createRandom(8))).toEqual(five(createRandom(8)));
    expect(five(createRandom(8))).not.toEqual(five(createRandom(9)));
    expect(five(createRng(8n).next)).toEqual(five(createRng(8).next));
  });
});

describe('tasks', () => {
  test('an aborted signal is ABORTED, with the caller’s reason', () => {
    expect(() => throwIfAborted(undefined)).not.toThrow();
    expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
    expect(() => throwIfAborted(AbortSignal.abort('enough'))).toThrow(
      expect.objectContaining({ code: 'ABORTED', cause: 'enough' }),
    );
  });

  test('a breather lets others run once its slice is over', async () => {
    const breathe = createBreather(50);
    expect(breathe()).toBeUndefined();
    let ran = false;
    void immediately().then(() => {
      ran = true;
    });
    const until = performance.now() + 60;
    while (performance.now() < until); // a computation longer than the slice
    await breathe();
    expect(ran).toBe(true);
    expect(breathe()).toBeUndefined(); // the slice began anew
  });
});

describe('compiled siblings', () => {
  test('a source file’s lies in dist, a compiled file’s beside it', () => {
    expect(toCompiledUrl('file:///a/src/b/src/train/pool.ts', './worker.js').pathname).toBe(
      '/a/src/b/dist/train/worker.js',
    );
    expect(toCompiledUrl('file:///a/src/b/dist/train/pool.js', './worker.js').pathname).toBe(
      '/a/src/b/dist/train/worker.js',
    );
  });

  test.each(['train/worker.js', 'kernel/kernel.wasm', 'kernel/kernel-relaxed.wasm'])(
    'dist/%s is built',
    (file) => {
      expect(
        existsSync(toCompiledUrl(new URL('../../src/base/x.ts', import.meta.url).href, `../${file}`)),
      ).toBe(true);
    },
  );
});
