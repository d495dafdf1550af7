/**
 * Products of tall blocks, in kernel memory: with a sparse matrix, with one another, with a small matrix.
 * A block is f32 [n, width] in one piece; rows of it are named by lists that lie in kernel memory too.
 * Each call does a slice of a list, so that the caller can let the event loop run in between.
 */
import { readFile } from 'node:fs/promises';
import { toCompiledUrl } from '../base/compiled.ts';
import { addressOf, type KernelMemory } from './memory.ts';

/** Compressed sparse rows, laid out in kernel memory. */
export interface SparseRows {
  readonly offsets: Uint32Array; // [n + 1]
  readonly targets: Uint32Array; // [m]
  readonly values: Float32Array; // [m]
}

/** Rows at [from, to) of a list. */
export interface RowSlice {
  readonly list: Uint32Array;
  readonly from: number;
  readonly to: number;
}

/** out ← scale · A block + shift · block + back · out */
export interface Combination {
  readonly scale: number;
  readonly shift: number;
  readonly back: number;
}

export interface BlockKernel {
  /** `out` may be `block` where shift and back are 0 and no target of the rows is among them. */
  multiply(
    rows: RowSlice,
    matrix: SparseRows,
    block: Float32Array, // [n, width]
    out: Float32Array, //   [n, width]
    combination: Combination,
  ): void;
  /** sums += leftᵀ · right over the rows, in the tiles of 16 × 16 on and above the diagonal. */
  gram(rows: RowSlice, left: Float32Array, right: Float32Array, sums: Float64Array): void; // sums [width, width]
  /** out ← block · turn; not in place. */
  transform(rows: RowSlice, block: Float32Array, out: Float32Array, turn: Float32Array): void; // turn [width, width]
}

interface BlockExports {
  multiply(
    list: number,
    from: number,
    to: number,
    offsets: number,
    targets: number,
    values: number,
    block: number,
    out: number,
    width: number,
    scale: number,
    shift: number,
    back: number,
  ): void;
  gram(
    list: number,
    from: number,
    to: number,
    left: number,
    right: number,
    width: number,
    sums: number,
  ): void;
  transform(
    list: number,
    from: number,
    to: number,
    block: number,
    out: number,
    width: number,
    turn: number,
  ): void;
}

/** @param width columns of every block, a multiple of 16 (toStride) */
export async function createBlockKernel({ memory }: KernelMemory, width: number): Promise<BlockKernel> {
  const module = await WebAssembly.compile(await readFile(toCompiledUrl(import.meta.url, './block.wasm')));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { multiply, gram, transform } = exports as unknown as BlockExports;
  return {
    multiply: ({ list, from, to }, { offsets, targets, values }, block, out, { scale, shift, back }) =>
      multiply(
        addressOf(list),
        from,
        to,
        addressOf(offsets),
        addressOf(targets),
        addressOf(values),
        addressOf(block),
        addressOf(out),
        width,
        scale,
        shift,
        back,
      ),
    gram: ({ list, from, to }, left, right, sums) =>
      gram(addressOf(list), from, to, addressOf(left), addressOf(right), width, sums.byteOffset),
    transform: ({ list, from, to }, block, out, turn) =>
      transform(addressOf(list), from, to, addressOf(block), addressOf(out), width, addressOf(turn)),
  };
}
