/** Vectors out of Parquet files, our own and those of pandas, DuckDB or Spark, a row group at a time. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { isShelfwalkError } from '../../base/errors.ts';
import { TEXT_PARSERS } from '../parquet-text.ts';
import { toColumns } from './columns.ts';
import type { FileSource } from './file-source.ts';
import { readNumberVector } from './read-numbers.ts';
import { createRowCollector, type Place, type RowCollector, toRef, unreadable } from './row-collector.ts';
import type { ReadOptions, ReadVectors } from './types.ts';

type Row = Readonly<Record<string, unknown>>;

const DECODING = {
  parsers: TEXT_PARSERS,
  // Snappy, which most programs write, is the decoder's own.
  compressors: {
    GZIP: (page: Uint8Array, bytes: number): Uint8Array => gunzipSync(page, { maxOutputLength: bytes }),
    BROTLI: (page: Uint8Array, bytes: number): Uint8Array =>
      brotliDecompressSync(page, { maxOutputLength: bytes }),
  },
};

/** @throws ShelfwalkError IMPORT_FILE_UNREADABLE · LIMIT_EXCEEDED */
export async function readParquet(source: FileSource, options: ReadOptions): Promise<ReadVectors> {
  const { file } = source;
  try {
    return await readGroups(source, options);
  } catch (cause) {
    if (isShelfwalkError(cause)) throw cause;
    const found = cause instanceof Error ? cause.message : String(cause); // the decoder's own words
    throw unreadable({ file }, { found, expected: 'a Parquet file' }, cause);
  }
}

async function readGroups(source: FileSource, options: ReadOptions): Promise<ReadVectors> {
  const place: Place = { file: source.file };
  const buffer = toAsyncBuffer(source);
  const metadata = await parquetMetadataAsync(buffer);
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const table = toTable(names, place);
  let collector: RowCollector | undefined;
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    const { columns } = table;
    const rows = await parquetReadObjects({ ...DECODING, file: buffer, metadata, columns, rowStart, rowEnd });
    for (const [i, row] of rows.entries()) {
      const at = { ...place, row: rowStart + i };
      const vector = table.toVector(row);
      collector ??= createCollector(source, { rows: Number(metadata.num_rows), vector, place: at });
      readNumberVector(vector, collector.next(at), at);
      const type = table.type === undefined ? undefined : toText(row, table.type, at);
      const name = table.name === undefined ? '' : toText(row, table.name, at);
      collector.add(toRef(type, toText(row, table.id, at), at, options), name, at);
    }
    rowStart = rowEnd;
  }
  if (!collector) throw unreadable(place, { found: 'no rows', expected: 'at least one' });
  return collector.finish();
}

/** The format compresses, so the length of the file bounds nothing; what is never filled costs nothing. */
function createCollector(
  { file }: FileSource,
  { rows, vector, place }: { rows: number; vector: unknown; place: Place },
): RowCollector {
  const dimension =
    Array.isArray(vector) || ArrayBuffer.isView(vector) ? (vector as ArrayLike<number> & object).length : 0;
  if (dimension === 0)
    throw unreadable(place, { found: JSON.stringify(vector) ?? 'nothing', expected: 'a list of numbers' });
  return createRowCollector({ file }, { rows, dimension, fileBytes: 0, valueBytes: 0 });
}

interface Table {
  readonly columns: string[]; // those that are read
  readonly id: string;
  readonly type?: string;
  readonly name?: string;
  readonly toVector: (row: Row) => unknown;
}

/** With a column `vector` others than id, type and name are passed over; without it each dimension is a column. */
function toTable(names: readonly string[], place: Place): Table {
  const isThere = (name: string): string | undefined => (names.includes(name) ? name : undefined);
  const [type, name] = [isThere('type'), isThere('name')];
  if (isThere('vector')) {
    const id = isThere('id');
    if (id === undefined) throw unreadable(place, { found: names.join(', '), expected: 'a column id' });
    const columns = ['id', 'type', 'name', 'vector'].filter(isThere);
    return { columns, id, type, name, toVector: (row) => row['vector'] };
  }
  const found = toColumns(names, place);
  const values = found.values.map((at) => names[at]!);
  const id = names[found.id]!;
  const columns = [id, ...[type, name].filter((one) => one !== undefined), ...values];
  return { columns, id, type, name, toVector: (row) => values.map((column) => row[column]) };
}

/** Whole numbers are exact in Parquet, leading zeros or not: as ids they are their digits. */
function toText(row: Row, column: string, place: Place): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value);
  if (column === 'name' && (value === null || value === undefined)) return '';
  throw unreadable({ ...place, column }, { found: String(value), expected: 'text, or a whole number' });
}

const toAsyncBuffer = ({ bytes, chunks }: FileSource): AsyncBuffer => ({
  byteLength: bytes,
  async slice(start, end = bytes) {
    const from = start < 0 ? Math.max(0, bytes + start) : Math.min(start, bytes);
    const part = new Uint8Array(Math.max(0, Math.min(end, bytes) - from));
    let at = 0;
    for await (const chunk of chunks(from, from + part.length)) {
      part.set(chunk, at);
      at += chunk.length;
    }
    return part.buffer;
  },
});
