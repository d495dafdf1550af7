/**
 * Matrices as NumPy's .npy, version 1.0: little-endian f32, two dimensions, C order; nothing else is
 * written, nothing else is read. Both ways go chunk by chunk, so a matrix is in memory once.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * Typed arrays are taken to be little-endian, as on every machine that wasm's shared memory works on.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { Matrix } from '../base/matrix.ts';
import { findChunks, writeDurable } from './durable-file.ts';

const MAGIC = '\x93NUMPY';
const PRELUDE_BYTES = 10; // magic, major, minor, u16 length of the header
const ALIGNMENT = 64; // of the first value
const CHUNK_FLOATS = 1 << 18;

/** @throws ShelfwalkError DISK_FULL */
export async function writeNpy(path: string, matrix: Matrix): Promise<void> {
  await writeDurable(path, toNpyChunks(matrix));
}

/** @throws ShelfwalkError IMPORT_FILE_UNREADABLE · IMPORT_FILE_MISSING */
export async function readNpy(path: string): Promise<Matrix<SharedArrayBuffer>> {
  const found = await findChunks(path);
  if (!found) throw new ShelfwalkError('IMPORT_FILE_MISSING', { file: path });
  return fromNpyChunks(found.chunks, { file: path, bytes: found.bytes });
}

/** The file in chunks; each is a view of one buffer and good until the next is asked for. Padding of rows is left out. */
export function* toNpyChunks(matrix: Matrix): Generator<Uint8Array, void> {
  yield toNpyHeader(matrix.rows, matrix.cols);
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

/**
 * @param from `bytes` is the size of the whole file: it must be what the header says before any memory is taken
 * @returns a matrix in shared memory, so that search threads can read it
 * @throws ShelfwalkError IMPORT_FILE_UNREADABLE — names the field: magic, version, header, descr, order, shape, bytes
 */
export async function fromNpyChunks(
  chunks: AsyncIterable<Uint8Array>,
  { file, bytes }: { file: string; bytes: number },
): Promise<Matrix<SharedArrayBuffer>> {
  let head: Uint8Array = new Uint8Array(0); // until it holds the whole header
  let matrix: Matrix<SharedArrayBuffer> | undefined;
  let target = new Uint8Array(0) as Uint8Array; // the matrix as bytes
  let at = 0;
  for await (const chunk of chunks) {
    let body = chunk;
    if (!matrix) {
      head = Buffer.concat([head, chunk]);
      const dataAt = findDataStart(head, file);
      if (dataAt === undefined) continue;
      matrix = allocate(head.subarray(PRELUDE_BYTES, dataAt), { file, dataBytes: bytes - dataAt });
      target = new Uint8Array(matrix.data.buffer);
      body = head.subarray(dataAt);
    }
    if (at + body.length > target.length) throw unreadable(file, 'bytes', `more than ${bytes}`, bytes);
    target.set(body, at);
    at += body.length;
  }
  if (!matrix) throw unreadable(file, 'header', `${head.length} bytes`, 'a whole header');
  if (at !== target.length) throw unreadable(file, 'bytes', at, target.length);
  return matrix;
}

/** All that comes before the values. */
export function toNpyHeader(rows: number, cols: number): Buffer {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${cols}), }`;
  const unpadded = PRELUDE_BYTES + dict.length + 1;
  const length = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT - PRELUDE_BYTES;
  const prelude = Buffer.from([...Buffer.from(MAGIC, 'latin1'), 1, 0, length & 0xff, length >> 8]);
  return Buffer.concat([prelude, Buffer.from(`${dict.padEnd(length - 1)}\n`, 'latin1')]);
}

/** Where the values start; undefined while `head` is too short to tell. */
function findDataStart(head: Uint8Array, file: string): number | undefined {
  if (head.length < PRELUDE_BYTES) return undefined;
  const magic = Buffer.from(head.subarray(0, MAGIC.length)).toString('latin1');
  if (magic !== MAGIC) throw unreadable(file, 'magic', JSON.stringify(magic), '\\x93NUMPY');
  const version = `${head[6]}.${head[7]}`;
  if (version !== '1.0') throw unreadable(file, 'version', version, '1.0');
  const dataAt = PRELUDE_BYTES + head[8] + head[9] * 256;
  return head.length < dataAt ? undefined : dataAt;
}

function allocate(
  header: Uint8Array,
  { file, dataBytes }: { file: string; dataBytes: number },
): Matrix<SharedArrayBuffer> {
  const { rows, cols } = readHeader(Buffer.from(header).toString('latin1'), file);
  if (dataBytes !== rows * cols * 4) throw unreadable(file, 'bytes', dataBytes, rows * cols * 4);
  return new Matrix(new Float32Array(new SharedArrayBuffer(dataBytes)), rows, cols);
}

/** The header is a Python literal; the three keys may come in any order, as NumPy's own reader allows. */
function readHeader(text: string, file: string): { rows: number; cols: number } {
  const dict = /^\{(.*)\} *\n$/s.exec(text)?.[1];
  if (dict === undefined)
    throw unreadable(file, 'header', JSON.stringify(text.slice(0, 120)), "{'descr': …}");
  const descr = /'descr': *'([^']*)'/.exec(dict)?.[1];
  if (descr !== '<f4') throw unreadable(file, 'descr', descr, '<f4');
  const order = /'fortran_order': *(\w+)/.exec(dict)?.[1];
  if (order !== 'False') throw unreadable(file, 'fortran_order', order, 'False');
  const shape = /'shape': *(\([^)]*\))/.exec(dict)?.[1];
  const [, rows, cols] = /^\((\d{1,10}), *(\d{1,10}),?\)$/.exec(shape ?? '') ?? [];
  if (rows === undefined) throw unreadable(file, 'shape', shape, '(rows, cols)');
  return { rows: Number(rows), cols: Number(cols) };
}

const unreadable = (file: string, field: string, found: unknown, expected: unknown): ShelfwalkError =>
  new ShelfwalkError('IMPORT_FILE_UNREADABLE', { file, field, found: found ?? 'nothing', expected });
