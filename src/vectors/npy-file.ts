/**
 * The container of NumPy's .npy, version 1.0: a header that says type and shape, then the values,
 * little-endian and in C order. What may stand in it is said by who reads: npy.ts and npy-column.ts.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * Typed arrays are taken to be little-endian, as on every machine that wasm's shared memory works on.
 */
import { ShelfwalkError } from '../base/errors.ts';

const MAGIC = '\x93NUMPY';
const PRELUDE_BYTES = 10; // magic, major, minor, u16 length of the header
const ALIGNMENT = 64; // of the first value

/** f32 and u32, the only types of ours. */
export type NpyType = '<f4' | '<u4';

export interface NpyExpected {
  /** What to call it in an error. */
  readonly file: string;
  /** Size of the whole file: it must be what the header says before any memory is taken. */
  readonly bytes: number;
  readonly descr: NpyType;
  readonly dimensions: 1 | 2;
}

/** All that comes before the values. */
export function toNpyHeader(descr: NpyType, shape: readonly number[]): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const unpadded = PRELUDE_BYTES + dict.length + 1;
  const length = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT - PRELUDE_BYTES;
  const prelude = Buffer.from([...Buffer.from(MAGIC, 'latin1'), 1, 0, length & 0xff, length >> 8]);
  return Buffer.concat([prelude, Buffer.from(`${dict.padEnd(length - 1)}\n`, 'latin1')]);
}

/**
 * Values of four bytes into shared memory, so that search threads can read them.
 * @throws ShelfwalkError IMPORT_FILE_UNREADABLE — names the field: magic, version, header, descr, order, shape, bytes
 */
export async function readNpyValues(
  chunks: AsyncIterable<Uint8Array>,
  expected: NpyExpected,
): Promise<{ shape: readonly number[]; buffer: SharedArrayBuffer }> {
  const { file, bytes } = expected;
  let head: Uint8Array = new Uint8Array(0); // until it holds the whole header
  let shape: readonly number[] | undefined;
  let target = new Uint8Array(new SharedArrayBuffer(0));
  let at = 0;
  for await (const chunk of chunks) {
    let body = chunk;
    if (!shape) {
      head = Buffer.concat([head, chunk]);
      const dataAt = findDataStart(head, file);
      if (dataAt === undefined) continue;
      shape = readShape(head.subarray(PRELUDE_BYTES, dataAt), expected);
      const size = shape.reduce((product, n) => product * n, 4);
      if (bytes - dataAt !== size) throw unreadable(file, 'bytes', bytes - dataAt, size);
      target = new Uint8Array(new SharedArrayBuffer(size));
      body = head.subarray(dataAt);
    }
    if (at + body.length > target.length) throw unreadable(file, 'bytes', `more than ${bytes}`, bytes);
    target.set(body, at);
    at += body.length;
  }
  if (!shape) throw unreadable(file, 'header', `${head.length} bytes`, 'a whole header');
  if (at !== target.length) throw unreadable(file, 'bytes', at, target.length);
  return { shape, buffer: target.buffer };
}

/** Where the values start; undefined while `head` is too short to tell. */
function findDataStart(head: Uint8Array, file: string): number | undefined {
  if (head.length < PRELUDE_BYTES) return undefined;
  const magic = Buffer.from(head.subarray(0, MAGIC.length)).toString('latin1');
  if (magic !== MAGIC) throw unreadable(file, 'magic', JSON.stringify(magic), '\\x93NUMPY');
  const version = `${head[6]}.${head[7]}`;
  if (version !== '1.0') throw unreadable(file, 'version', version, '1.0');
  const dataAt = PRELUDE_BYTES + head[8]! + head[9]! * 256;
  return head.length < dataAt ? undefined : dataAt;
}

const SHAPES = {
  1: { pattern: /^\((\d{1,10}),\)$/, words: '(rows,)' },
  2: { pattern: /^\((\d{1,10}), *(\d{1,10}),?\)$/, words: '(rows, cols)' },
} as const;

/** The header is a Python literal; the three keys may come in any order, as NumPy's own reader allows. */
function readShape(header: Uint8Array, { file, descr, dimensions }: NpyExpected): readonly number[] {
  const text = Buffer.from(header).toString('latin1');
  const dict = /^\{(.*)\} *\n$/s.exec(text)?.[1];
  if (dict === undefined)
    throw unreadable(file, 'header', JSON.stringify(text.slice(0, 120)), "{'descr': …}");
  const foundType = /'descr': *'([^']*)'/.exec(dict)?.[1];
  if (foundType !== descr) throw unreadable(file, 'descr', foundType, descr);
  const order = /'fortran_order': *(\w+)/.exec(dict)?.[1];
  if (order !== 'False') throw unreadable(file, 'fortran_order', order, 'False');
  const shape = /'shape': *(\([^)]*\))/.exec(dict)?.[1];
  const { pattern, words } = SHAPES[dimensions];
  const [, ...counts] = pattern.exec(shape ?? '') ?? [];
  if (counts.length === 0) throw unreadable(file, 'shape', shape, words);
  return counts.map(Number);
}

const unreadable = (file: string, field: string, found: unknown, expected: unknown): ShelfwalkError =>
  new ShelfwalkError('IMPORT_FILE_UNREADABLE', { file, field, found: found ?? 'nothing', expected });
