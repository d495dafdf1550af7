/**
 * Matrices as NumPy's .npy: little-endian f32, two dimensions, C order; nothing else is written, nothing
 * else is read. Both ways go chunk by chunk, so a matrix is in memory once.
 */
import { Matrix } from '../base/matrix.ts';
import { readNpyValues, toNpyHeader } from './npy-file.ts';

const CHUNK_FLOATS = 1 << 18;

/** The file in chunks; each is a view of one buffer and good until the next is asked for. Padding of rows is left out. */
export function* toNpyChunks(matrix: Matrix): Generator<Uint8Array, void> {
  yield toMatrixHeader(matrix.rows, matrix.cols);
  const { rows, cols } = matrix;
  if (rows * cols === 0) return;
  const rowsPerChunk = Math.min(rows, Math.max(1, Math.floor(CHUNK_FLOATS / cols)));
  const chunk = new Float32Array(rowsPerChunk * cols);
  for (let first = 0; first < rows; first += rowsPerChunk) {
    const count = Math.min(rowsPerChunk, rows - first);
    for (let i = 0; i < count; i++) chunk.set(matrix.row(first + i), i * cols);
    yield new Uint8Array(chunk.buffer, 0, count * cols * 4);
  }
}

/** All that comes before the values. */
export const toMatrixHeader = (rows: number, cols: number): Buffer => toNpyHeader('<f4', [rows, cols]);

/**
 * @param from `bytes` is the size of the whole file
 * @returns a matrix in shared memory, so that search threads can read it
 * @throws ShelfwalkError IMPORT_FILE_UNREADABLE — names the field: magic, version, header, descr, order, shape, bytes
 */
export async function fromNpyChunks(
  chunks: AsyncIterable<Uint8Array>,
  from: { file: string; bytes: number },
): Promise<Matrix<SharedArrayBuffer>> {
  const { shape, buffer } = await readNpyValues(chunks, { ...from, descr: '<f4', dimensions: 2 });
  return new Matrix(new Float32Array(buffer), shape[0]!, shape[1]!);
}
