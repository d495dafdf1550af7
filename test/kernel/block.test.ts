import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import { createBlockKernel } from '../../src/kernel/block.ts';
import { createKernelMemory } from '../../src/kernel/memory.ts';

/** Small whole numbers: every f32 sum is exact in any order, so results agree to the bit. */
function layOut({ rows, lines, seed }: { rows: number; lines: number; seed: number }) {
  const memory = createKernelMemory(2 ** 24);
  const random = createRandom(seed);
  const whole = (): number => Math.floor(random() * 7) - 3;
  const width = lines * 16;
  const offsets = memory.u32(rows + 1);
  for (let v = 0; v < rows; v++) offsets[v + 1] = offsets[v]! + Math.floor(random() * 4);
  const arcs = offsets[rows]!;
  const targets = memory.u32(arcs).map(() => Math.floor(random() * rows));
  const matrix = { offsets, targets: memory.u32(arcs), values: memory.f32(arcs) };
  matrix.targets.set(targets);
  matrix.values.set(matrix.values.map(whole));
  const listed = Array.from({ length: rows }, (_, v) => v).filter(() => random() < 0.8);
  const list = memory.u32(listed.length);
  list.set(listed);
  const block = (): Float32Array => {
    const made = memory.f32(rows * width);
    made.set(made.map(whole));
    return made;
  };
  const slice = { list, from: Math.min(1, listed.length), to: listed.length };
  return { memory, width, matrix, slice, chosen: listed.slice(1), x: block(), y: block() };
}

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 150 }), // more than are summed at a time
  lines: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(),
});

test('multiply, against the plain sum', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, fc.constantFrom(0, 2), fc.constantFrom(0, -1), async (shape, shift, back) => {
      const { memory, width, matrix, slice, chosen, x, y } = layOut(shape);
      const { offsets, targets, values } = matrix;
      const expected = y.slice();
      for (const v of chosen) {
        for (let j = 0; j < width; j++) {
          let sum = 0;
          for (let a = offsets[v]!; a < offsets[v + 1]!; a++) sum += values[a]! * x[targets[a]! * width + j]!;
          expected[v * width + j] = 3 * sum + shift * x[v * width + j]! + back * y[v * width + j]!;
        }
      }
      const kernel = await createBlockKernel(memory, width);
      kernel.multiply(slice, matrix, x, y, { scale: 3, shift, back });
      expect(y).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});

test('gram, on and above the diagonal, added to what is there', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async (shape) => {
      const { memory, width, slice, chosen, x, y } = layOut(shape);
      const at = memory.bytes(width * width * 8);
      const sums = new Float64Array(memory.memory.buffer, at, width * width).fill(5);
      (await createBlockKernel(memory, width)).gram(slice, x, y, sums);
      for (let i = 0; i < width; i++) {
        for (let j = i; j < width; j++) {
          const product = chosen.reduce((sum, v) => sum + x[v * width + i]! * y[v * width + j]!, 0);
          expect(sums[i * width + j]).toBe(5 + product);
        }
      }
    }),
    { numRuns: 20 },
  );
});

test('transform, and rows that are not listed stay', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async (shape) => {
      const { memory, width, slice, chosen, x, y } = layOut(shape);
      const random = createRandom(shape.seed);
      const turn = memory.f32(width * width);
      turn.set(turn.map(() => Math.floor(random() * 5) - 2));
      const expected = y.slice();
      for (const v of chosen) {
        for (let j = 0; j < width; j++) {
          let sum = 0;
          for (let i = 0; i < width; i++) sum += x[v * width + i]! * turn[i * width + j]!;
          expected[v * width + j] = sum;
        }
      }
      (await createBlockKernel(memory, width)).transform(slice, x, y, turn);
      expect(y).toEqual(expected);
    }),
    { numRuns: 20 },
  );
});
