/** The kernel's memory, its tables and its modules. */
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import { compileKernel, instantiateKernel } from '../../src/kernel/load.ts';
import { createKernelMemory } from '../../src/kernel/memory.ts';
import { fillAlias, toSigmoids, toSoftplus } from '../../src/kernel/tables.ts';
import { RANKING_SCRATCH_BYTES, TRAINING_SCRATCH_BYTES } from '../../src/train/layout.ts';
import { createHost } from './rig.ts';

describe('createKernelMemory', () => {
  test('arrays are zero, apart, on cache lines, and stay valid as it grows', () => {
    const memory = createKernelMemory(2 ** 24);
    const first = memory.u32(3);
    const arrays = Array.from({ length: 20 }, (_, i) => memory.f32(1 + i * 3000));
    first.fill(7);
    arrays.forEach((array, i) => {
      expect(array.every((x) => x === 0)).toBe(true);
      expect(array.byteOffset % 64).toBe(0);
      array.fill(i + 1);
    });
    expect([...first]).toEqual([7, 7, 7]);
    arrays.forEach((array, i) => {
      expect(array.every((x) => x === i + 1)).toBe(true);
    });
    expect(memory.usedBytes()).toBeGreaterThanOrEqual(arrays.at(-1)!.byteOffset + arrays.at(-1)!.byteLength);
  });

  test('an allocation over the limit is refused with both numbers, and takes nothing', () => {
    const memory = createKernelMemory(100_000);
    const before = memory.usedBytes();
    expect(() => memory.f32(50_000)).toThrow(
      expect.objectContaining({
        code: 'LIMIT_EXCEEDED',
        details: expect.objectContaining({
          neededBytes: 201_024,
          limitBytes: 100_000,
          hint: expect.stringContaining('maxMemoryMiB'),
        }),
      }),
    );
    expect(memory.usedBytes()).toBe(before);
    expect(memory.f32(20_000)).toHaveLength(20_000);
  });

  test('wasm32 ends at 4 GiB, whatever limit is asked for', () => {
    expect(() => createKernelMemory(2 ** 40).f32(2 ** 30)).toThrow(
      expect.objectContaining({
        code: 'LIMIT_EXCEEDED',
        details: expect.objectContaining({ limitBytes: 2 ** 32 }),
      }),
    );
  });
});

describe('fillAlias', () => {
  /** What a draw by these slots gives: each slot is hit alike, and keeps its row or takes the alias. */
  function toLaw(weights: number[]): number[] {
    const start = 3; // slots lie at rows of the graph
    const [probability, alias] = [new Float32Array(40), new Uint32Array(40)];
    fillAlias(Float64Array.from(weights), start, probability, alias);
    const law = weights.map(() => 0);
    weights.forEach((_, i) => {
      const kept = probability[2 * (start + i)]!;
      law[i]! += kept / weights.length;
      if (kept < 1) law[alias[2 * (start + i) + 1]! - start]! += (1 - kept) / weights.length;
    });
    return law;
  }

  test.each([
    { weights: [5] },
    { weights: [1, 1, 1] },
    { weights: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1] },
    { weights: [1, 2, 3, 4] },
    { weights: [1000, 1, 1e-6] },
    { weights: [0, 3, 0, 1, 0] },
    { weights: [0, 0, 2] },
    { weights: Array.from({ length: 17 }, createRandom(1)) },
  ])('$weights', ({ weights }) => {
    const total = weights.reduce((a, b) => a + b, 0);
    toLaw(weights).forEach((share, i) => {
      expect(share).toBeCloseTo(weights[i]! / total, 7); // f32 probabilities
      if (weights[i] === 0) expect(share).toBe(0); // an isolated node is never drawn
    });
  });
});

test('tables are σ and softplus to half a bin', () => {
  const [sigmoids, softplus] = [toSigmoids(), toSoftplus()];
  for (const x of [-5.999, -3.21, -0.004, 0, 0.01, 1, 2.5, 5.9999]) {
    const i = Math.floor(((x + 6) * 1024) / 12);
    expect(Math.abs(sigmoids[i]! - 1 / (1 + Math.exp(-x)))).toBeLessThan(0.25 * (6 / 1024) + 1e-6); // slope ≤ 1/4
    expect(Math.abs(softplus[i]! - Math.log1p(Math.exp(x)))).toBeLessThan(6 / 1024 + 1e-6); // slope ≤ 1
  }
});

test('the module asks for no more scratch than it is given', async () => {
  const { kernel } = await createHost();
  expect(kernel.scratchBytes()).toBeLessThanOrEqual(TRAINING_SCRATCH_BYTES);
  expect(kernel.rankingBytes()).toBe(RANKING_SCRATCH_BYTES);
});

test('an instance writes nothing of its own into the memory that all share', async () => {
  for (const flavour of ['plain', 'relaxed'] as const) {
    const { memory, u32 } = createKernelMemory(2 ** 20);
    u32(1000);
    const bytes = new Uint8Array(memory.buffer);
    bytes.fill(255);
    instantiateKernel((await compileKernel(flavour)).module, memory);
    expect(bytes.every((b) => b === 255)).toBe(true);
  }
});

test('a flavour that is asked for is the flavour that is used', async () => {
  expect((await compileKernel('plain')).flavour).toBe('plain');
  expect((await compileKernel()).flavour).toBe('relaxed'); // every Node that is supported has it
});
