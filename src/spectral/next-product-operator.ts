/**
 * NᵀN as the symmetric operator whose top is asked for: its eigenvectors are the right singular vectors of N,
 * its eigenvalues the squares of the singular values.
 */
import type { TaskContext } from '../base/task.ts';
import { type Combination, createBlockKernel, type RowSlice, type SparseRows } from '../kernel/block.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import type { NextProduct } from './next-product.ts';
import { type Block, mirror, type Operator, operatorBytes, PLAIN, SLICE_ROWS } from './operator.ts';
import { eachSlice } from './slices.ts';

export interface NextProductOperator extends Operator {
  /** N x on the near rows of a block that the next call of any other method overwrites. The far rows of x change. */
  image(x: Block): Promise<Block>;
  /** x ← values x on the listed rows; values of arcs to any of these must be 0. */
  multiply(rows: Uint32Array, values: SparseRows, x: Block): Promise<void>;
}

/** Bytes besides the two blocks of the subspace, for the estimate: a third one, and rows of no arcs. */
export const nextProductOperatorBytes = (nodeCount: number, width: number): number =>
  operatorBytes(width) + nodeCount * width * 4 + (nodeCount + 1) * 4;

/** @throws ShelfwalkError from what it returns: ABORTED */
export async function createNextProductOperator(
  { onward, backward, near, far }: NextProduct,
  memory: KernelMemory,
  width: number,
  context: TaskContext,
): Promise<NextProductOperator> {
  const kernel = await createBlockKernel(memory, width);
  const nodeCount = onward.offsets.length - 1;
  const middle = memory.f32(nodeCount * width);
  const noArcs: SparseRows = { ...onward, offsets: memory.u32(nodeCount + 1) };
  const turnRoom = memory.f32(width * width);
  const sumsAt = memory.bytes(width * width * 8);
  const sums = new Float64Array(memory.memory.buffer, sumsAt, width * width);

  const each = (list: Uint32Array, step: (rows: RowSlice) => void): Promise<void> =>
    eachSlice(list.length, SLICE_ROWS, context, (from, to) => step({ list, from, to }));
  const multiply = (
    rows: Uint32Array,
    matrix: SparseRows,
    x: Block,
    { out = x, ...combination }: Partial<Combination> & { readonly out?: Block } = {},
  ): Promise<void> =>
    each(rows, (slice) => kernel.multiply(slice, matrix, x, out, { ...PLAIN, ...combination }));
  const toProducts = async (x: Block): Promise<Float64Array> => {
    sums.fill(0);
    await each(near, (slice) => kernel.gram(slice, x, x, sums));
    return mirror(sums.slice(), width);
  };
  const image = async (x: Block): Promise<Block> => {
    await multiply(far, onward, x);
    await multiply(near, onward, x, { out: middle });
    return middle;
  };
  return {
    width,
    lowest: 0,
    image,
    async apply(x, out, { scale, shift, back }) {
      await image(x);
      await multiply(far, backward, middle);
      const isCombined = shift !== 0 || back !== 0;
      if (isCombined) await multiply(near, noArcs, x, { out, shift, back });
      await multiply(near, backward, middle, { out, scale, back: isCombined ? 1 : 0 });
    },
    project: async (x) => toProducts(await image(x)),
    gram: toProducts,
    async transform(side, x, out, turn) {
      if (side === 'far') return; // what is there follows from the products
      turnRoom.set(turn);
      await each(near, (slice) => kernel.transform(slice, x, out, turnRoom));
    },
    multiply: (rows, values, x) => multiply(rows, values, x),
  };
}
