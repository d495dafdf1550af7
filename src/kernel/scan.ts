/**
 * The table that exact search reads, in one shared WebAssembly.Memory: rows padded to a multiple of
 * four floats, then one slot per searching thread (its query, and the scores of one block of rows).
 * A ScanTable is plain to post to a worker; each thread opens its own scanner on a slot of its own.
 */
import { readFile } from 'node:fs/promises';
import { toCompiledUrl } from '../base/compiled.ts';
import { ShelfwalkError } from '../base/errors.ts';
import { Matrix } from '../base/matrix.ts';

/** Rows scored by one call: their scores stay in the first-level cache until they are looked at. */
export const BLOCK_ROWS = 2048;

const PAGE_BYTES = 65536;
const MAX_PAGES = 65536; // the address space of wasm32
const FIRST_BYTE = 1024; // the compiler keeps the addresses below for its own data

export interface ScanTable {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly rows: number;
  readonly cols: number;
  readonly stride: number; // floats, a multiple of 4
  readonly slots: number;
}

export interface Scanner {
  readonly rows: number;
  /** f32 [stride] of this slot: write the query into the first `cols`; the rest is 0 and stays so. */
  readonly query: Float32Array<SharedArrayBuffer>;
  /** Query · row for rows [first, first + count), count ≤ BLOCK_ROWS. The view is good until the next call. */
  scan(first: number, count: number): Float32Array<SharedArrayBuffer>; // [count]
}

interface ScanExports {
  scan(query: number, row: number, count: number, stride: number, out: number): void;
}

/**
 * Memory for `rows` × `cols`, all zeros: fill it through `toMatrix`.
 * @throws ShelfwalkError LIMIT_EXCEEDED — over 4 GiB, or more than this machine gives
 */
export async function createScanTable(rows: number, cols: number, slots: number): Promise<ScanTable> {
  const stride = Math.ceil(cols / 4) * 4;
  const bytes = FIRST_BYTE + rows * stride * 4 + slots * toSlotBytes(stride);
  const pages = Math.ceil(bytes / PAGE_BYTES);
  const refusal = {
    field: 'index memory',
    found: bytes,
    expected: `<= ${MAX_PAGES * PAGE_BYTES} bytes`,
    rows,
    cols,
  };
  if (pages > MAX_PAGES) throw new ShelfwalkError('LIMIT_EXCEEDED', refusal);
  const module = await WebAssembly.compile(await readFile(toCompiledUrl(import.meta.url, './scan.wasm')));
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    return { module, memory, rows, cols, stride, slots };
  } catch (cause) {
    throw new ShelfwalkError('LIMIT_EXCEEDED', { ...refusal, expected: 'memory that can be had' }, { cause });
  }
}

/** The rows of a table, zero-copy. */
export function toMatrix({ memory, rows, cols, stride }: ScanTable): Matrix<SharedArrayBuffer> {
  return new Matrix(new Float32Array(memory.buffer, FIRST_BYTE, rows * stride), rows, cols, stride);
}

/** @param slot 0 ≤ slot < table.slots, used by no other thread */
export function openScanner({ module, memory, rows, stride, slots }: ScanTable, slot: number): Scanner {
  if (!(slot >= 0 && slot < slots))
    throw new ShelfwalkError('INTERNAL', { field: 'slot', found: slot, expected: `< ${slots}` });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { scan } = exports as unknown as ScanExports;
  const queryAt = FIRST_BYTE + rows * stride * 4 + slot * toSlotBytes(stride);
  const scoresAt = queryAt + stride * 4;
  const scores = new Float32Array(memory.buffer, scoresAt, BLOCK_ROWS);
  return {
    rows,
    query: new Float32Array(memory.buffer, queryAt, stride),
    scan: (first, count) => {
      if (!(first >= 0 && count >= 0 && count <= BLOCK_ROWS && first + count <= rows)) {
        throw new ShelfwalkError('INTERNAL', { field: 'block of rows', found: [first, count], rows }); // the kernel checks nothing
      }
      scan(queryAt, FIRST_BYTE + first * stride * 4, count, stride * 4, scoresAt);
      return scores.subarray(0, count);
    },
  };
}

const toSlotBytes = (stride: number): number => stride * 4 + BLOCK_ROWS * 4;
