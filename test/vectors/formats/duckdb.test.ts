/**
 * An independent reader and writer: DuckDB gets the same bits out of our Parquet, CSV and NDJSON, and what it
 * writes itself comes in.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFileSource } from '../../../src/vectors/formats/file-source.ts';
import { FORMATS } from '../../../src/vectors/formats/formats.ts';
import { type PlainRow, toBytes, toRows } from './rows.ts';

let dir: string;
let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-duckdb-'));
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});
afterAll(async () => {
  connection.closeSync();
  instance.closeSync();
  await rm(dir, { recursive: true });
});

const VALUES = [0, -0, 1.401298464324817e-45, 3.4028234663852886e38, 0.1, -1 / 3];
const PLAIN = ['01111', 'a,"b"', 'two\nlines', ' padded ', '🙂', '%20'].map((id, i): PlainRow => {
  return { type: 'product', id, name: `Name of ${id}`, vector: VALUES.map((x) => Math.fround(x / (i + 1))) };
});

const toHex = (values: readonly number[]): string =>
  Buffer.from(Float32Array.from(values).buffer).toString('hex');

test.each([
  { name: 'parquet' as const, read: (file: string) => `SELECT type, id, name, vector FROM '${file}'` },
  {
    name: 'ndjson' as const,
    read: (file: string) =>
      `FROM read_ndjson('${file}', columns = {type: 'VARCHAR', id: 'VARCHAR', name: 'VARCHAR', vector: 'FLOAT[]'})`,
  },
  {
    name: 'csv' as const,
    read: (file: string) =>
      `SELECT type, id, name, [${VALUES.map((_, i) => `v${i}::FLOAT`)}] FROM read_csv('${file}', all_varchar = true, header = true)`,
  },
])('$name, as DuckDB reads it', async ({ name, read }) => {
  const file = join(dir, `out${FORMATS[name].extension}`);
  await writeFile(file, await toBytes(FORMATS[name].files[0], toRows(PLAIN)));
  const result = await (await connection.runAndReadAll(read(file))).getRowsJS();
  const found = result.map(([type, id, label, vector]) => [type, id, label, toHex(vector as number[])]);
  expect(found).toEqual(PLAIN.map(({ type, id, name: label, vector }) => [type, id, label, toHex(vector)]));
});

test.each([
  { why: 'a list of floats', select: 'id, vector', format: 'parquet' as const, extension: 'parquet' },
  {
    why: 'a list of doubles',
    select: 'id, vector::DOUBLE[] AS vector',
    format: 'parquet' as const,
    extension: 'parquet',
  },
  {
    why: 'an array of fixed length',
    select: 'id, vector::FLOAT[2] AS vector',
    format: 'parquet' as const,
    extension: 'parquet',
  },
  {
    why: 'a column per dimension',
    select: 'id, vector[1] AS d0, vector[2] AS d1',
    format: 'parquet' as const,
    extension: 'parquet',
  },
  { why: 'CSV', select: 'id, vector[1] AS d0, vector[2] AS d1', format: 'csv' as const, extension: 'csv' },
  { why: 'NDJSON', select: 'id, vector', format: 'ndjson' as const, extension: 'json' },
])('written by DuckDB: $why', async ({ select, format, extension }) => {
  const file = join(dir, `in.${extension}`);
  const rows =
    "(VALUES ('01111', [0.5::FLOAT, -2::FLOAT]), ('a b', [0.25::FLOAT, 8::FLOAT])) AS t(id, vector)";
  await connection.run(`COPY (SELECT ${select} FROM ${rows}) TO '${file}'`);
  const { ids, types, vectors } = await FORMATS[format].read([await openFileSource(file)], {
    type: 'product',
  });
  expect({ ids, types }).toEqual({ ids: ['01111', 'a b'], types: ['product', 'product'] });
  expect([...vectors.data]).toEqual([0.5, -2, 0.25, 8]);
});
