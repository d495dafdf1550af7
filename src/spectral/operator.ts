/**
 * The symmetric operator whose top eigenvectors are asked for, as products of whole blocks. Of a
 * two-colourable graph A = [0 B; Bᵀ 0] and the operator is M = B Bᵀ on one colour, whose eigenvalues are
 * the squares of B's singular values; of any other graph it is A itself.
 */
import type { TaskContext } from '../base/task.ts';
import { type BlockKernel, type Combination, createBlockKernel, type RowSlice } from '../kernel/block.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import type { Adjacency } from './adjacency.ts';
import { eachSlice } from './slices.ts';

/** Rows of one call of the kernel: a few milliseconds where rows are long, and the event loop waits for it. */
export const SLICE_ROWS = 64;

/** f32 [n × width]; rows in no list stay as they are. */
export type Block = Float32Array;

export interface Operator {
  readonly width: number;
  /** No eigenvalue is below. */
  readonly lowest: 0 | -1;
  /** out ← scale · M x + shift · x + back · out, on the near rows; the far rows of x become Bᵀ x. */
  apply(x: Block, out: Block, combination: Combination): Promise<void>;
  /** xᵀ M x. The far rows of x become Bᵀ x; where there are none, `room` becomes M x. f64 [width × width] */
  project(x: Block, room: Block): Promise<Float64Array>;
  /** xᵀ x over the near rows. f64 [width × width] */
  gram(x: Block): Promise<Float64Array>;
  /** out ← x · turn on the rows of one side. @param turn f32 [width × width] */
  transform(side: 'near' | 'far', x: Block, out: Block, turn: Float32Array): Promise<void>;
}

/** Bytes besides the blocks, for the estimate. */
export const operatorBytes = (width: number): number => width * width * (8 + 4);

/** @throws ShelfwalkError from what it returns: ABORTED */
export async function createOperator(
  { matrix, near, far }: Adjacency,
  memory: KernelMemory,
  width: number,
  context: TaskContext,
): Promise<Operator> {
  const kernel: BlockKernel = await createBlockKernel(memory, width);
  const sumsAt = memory.bytes(width * width * 8); // first: it may grow the memory
  const sums = new Float64Array(memory.memory.buffer, sumsAt, width * width);
  const turnRoom = memory.f32(width * width);

  const each = (list: Uint32Array, step: (rows: RowSlice) => void): Promise<void> =>
    eachSlice(list.length, SLICE_ROWS, context, (from, to) => step({ list, from, to }));
  const multiply = (rows: Uint32Array, x: Block, out: Block, combination: Combination): Promise<void> =>
    each(rows, (slice) => kernel.multiply(slice, matrix, x, out, combination));
  const toProducts = async (rows: Uint32Array, left: Block, right: Block): Promise<Float64Array> => {
    sums.fill(0);
    await each(rows, (slice) => kernel.gram(slice, left, right, sums));
    return mirror(sums.slice(), width);
  };
  return {
    width,
    lowest: far ? 0 : -1,
    async apply(x, out, combination) {
      if (far) await multiply(far, x, x, PLAIN);
      await multiply(near, x, out, combination);
    },
    async project(x, room) {
      if (!far) {
        await multiply(near, x, room, PLAIN);
        return toProducts(near, x, room);
      }
      await multiply(far, x, x, PLAIN);
      return toProducts(far, x, x);
    },
    gram: (x) => toProducts(near, x, x),
    async transform(side, x, out, turn) {
      turnRoom.set(turn);
      const rows = side === 'near' ? near : (far ?? NO_ROWS);
      await each(rows, (slice) => kernel.transform(slice, x, out, turnRoom));
    },
  };
}

export const PLAIN: Combination = { scale: 1, shift: 0, back: 0 };
const NO_ROWS = new Uint32Array(0);

/** What is below the diagonal, from what is above it. */
export function mirror(a: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[i * n + j] = a[j * n + i]!;
  return a;
}
