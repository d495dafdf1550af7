/**
 * One shared WebAssembly.Memory and a bump allocator over it. The graph is laid out in it by the same
 * `Allocator` interface as anywhere else, so nothing is copied to be trained on. Views stay valid when
 * the memory grows: a shared buffer never moves.
 */
import { ShelfwalkError } from '../base/errors.ts';

const PAGE = 65536;
const MAX_PAGES = 65536; // wasm32: 4 GiB
const ALIGN = 64; // a cache line
const FIRST = 1024; // address 0 means "absent"

export interface KernelMemory {
  readonly memory: WebAssembly.Memory;
  u32(length: number): Uint32Array;
  f32(length: number): Float32Array;
  /** Raw bytes for scratch and interleaved tables; the address. */
  bytes(length: number): number;
  usedBytes(): number;
  /** Forgets every allocation and zeroes what was used; all earlier views are void. */
  reset(): void;
}

/**
 * @param maxBytes above this an allocation is refused
 * @throws ShelfwalkError LIMIT_EXCEEDED — from the allocating call, with the number
 */
export function createKernelMemory(maxBytes: number): KernelMemory {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  const limit = Math.min(maxBytes, MAX_PAGES * PAGE);
  let top = FIRST;
  const bytes = (length: number): number => {
    const at = Math.ceil(top / ALIGN) * ALIGN;
    const end = at + length;
    if (end > limit)
      throw new ShelfwalkError('LIMIT_EXCEEDED', { neededBytes: end, limitBytes: limit, hint: LIMIT_HINT });
    const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE);
    if (missing > 0) {
      try {
        memory.grow(missing);
      } catch (cause) {
        throw new ShelfwalkError(
          'LIMIT_EXCEEDED',
          { neededBytes: end, found: 'the system gave no more memory' },
          { cause },
        );
      }
    }
    top = end;
    return at;
  };
  return {
    memory,
    bytes,
    // The address first: taking it may grow the memory, and only a buffer fetched after that is long enough.
    u32: (length) => {
      const at = bytes(length * 4);
      return new Uint32Array(memory.buffer, at, length);
    },
    f32: (length) => {
      const at = bytes(length * 4);
      return new Float32Array(memory.buffer, at, length);
    },
    usedBytes: () => top,
    reset: () => {
      new Uint8Array(memory.buffer, 0, top).fill(0);
      top = FIRST;
    },
  };
}

export const LIMIT_HINT =
  'Use a smaller embeddingDimension, leave attributes out, or raise maxMemoryMiB (at most 4096)';

/** Address of an array that was laid out in kernel memory. */
export const addressOf = (array: Uint32Array | Float32Array): number => array.byteOffset;

/**
 * f32 from row to row: whole cache lines, an odd number of them. With rows a power of two apart, every
 * eighth row would agree in its low twelve address bits and loads would wait for unrelated stores.
 */
export const toStride = (dimension: number): number => {
  const lines = Math.ceil(dimension / 16);
  return (lines % 2 === 0 ? lines + 1 : lines) * 16;
};
