/** Columns of numbers as NumPy's .npy: one dimension, u32 or f32, as they lie in memory. */
import { readNpyValues, toNpyHeader } from './npy-file.ts';

/** The file in chunks, the values as a view of the column itself. */
export function* toNpyColumnChunks(column: Uint32Array | Float32Array): Generator<Uint8Array, void> {
  yield toNpyHeader(column instanceof Uint32Array ? '<u4' : '<f4', [column.length]);
  yield new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

interface From {
  /** What to call it in an error. */
  readonly file: string;
  /** Size of the whole file. */
  readonly bytes: number;
}

/** @throws ShelfwalkError IMPORT_FILE_UNREADABLE — another type or shape, or cut short */
export async function fromNpyU32(chunks: AsyncIterable<Uint8Array>, from: From): Promise<Uint32Array> {
  return new Uint32Array((await readNpyValues(chunks, { ...from, descr: '<u4', dimensions: 1 })).buffer);
}

/** @throws ShelfwalkError IMPORT_FILE_UNREADABLE — another type or shape, or cut short */
export async function fromNpyF32(chunks: AsyncIterable<Uint8Array>, from: From): Promise<Float32Array> {
  return new Float32Array((await readNpyValues(chunks, { ...from, descr: '<f4', dimensions: 1 })).buffer);
}
