/** Files as other programs write them, and as they break: read, or refused with the place and what was there. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { ShelfwalkError } from '../../../src/base/errors.ts';
import { Matrix } from '../../../src/base/matrix.ts';
import { openFileSource } from '../../../src/vectors/formats/file-source.ts';
import { FORMATS, type FormatName } from '../../../src/vectors/formats/formats.ts';
import type { ReadOptions } from '../../../src/vectors/formats/types.ts';
import { toMatrixHeader, toNpyChunks } from '../../../src/vectors/npy.ts';
import { toSource } from './rows.ts';

const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const join2 = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));

async function read(format: FormatName, files: readonly (string | Buffer)[], options: ReadOptions = {}) {
  const sources = files.map((bytes, i) => toSource(bytes, `file${i}`));
  const { types, ids, names, vectors } = await FORMATS[format].read(sources, options);
  return ids.map((id, i) => [types[i], id, names[i], ...vectors.row(i)]);
}

async function refusal(format: FormatName, files: readonly (string | Buffer)[], options: ReadOptions = {}) {
  const outcome = await read(format, files, options).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(ShelfwalkError);
  return { code: (outcome as ShelfwalkError).code, ...(outcome as ShelfwalkError).details };
}

const npy = (rows: number, cols: number, values: number[]): Buffer =>
  Buffer.concat(
    [...toNpyChunks(new Matrix(Float32Array.from(values), rows, cols))].map((c) => Buffer.from(c)),
  );

const product = { type: 'product' } as const;
const A = ['product', 'a', '', 1, 2];
const B = ['product', 'b', '', 3, 4];

describe('read', () => {
  test.each([
    { why: 'gensim: plain ids', text: '2 2\na 1.0 2.0\nb 3.0 4.0\n' },
    {
      why: 'word2vec.c and fastText: a space at the end of a line',
      text: '2 2\na 1.000000 2.000000 \nb 3 4 \n',
    },
    { why: 'CR LF', text: '2 2\r\na 1 2\r\nb 3 4\r\n' },
    { why: 'no line end at the end, and a byte order mark', text: '\ufeff2 2\na 1 2\nb 3 4' },
    { why: 'GloVe: no first line', text: 'a 1 2\nb 3 4\n' },
    { why: 'tabs, several spaces, an empty line', text: '2 2\na\t1\t2\nb  3   4\n\n' },
    { why: 'exponents, signs, bare points', text: '2 2\na 1e0 +2.\nb .3E1 4e-0\n' },
  ])('word2vec text, $why', async ({ text }) => {
    expect(await read('word2vec', [text], product)).toEqual([A, B]);
  });

  test('word2vec keys with a type for all are taken as they stand', async () => {
    expect(await read('word2vec', ['1 1\n100%25 1\n'], product)).toEqual([['product', '100%25', '', 1]]);
    expect(await read('word2vec', ['1 1\nproduct:100%25 1\n'])).toEqual([['product', '100%', '', 1]]);
  });

  test.each([
    {
      why: 'word2vec.c: a line feed after each vector',
      parts: ['2 2\n', 'a ', floats(1, 2), '\n', 'b ', floats(3, 4), '\n'],
    },
    { why: 'gensim: none', parts: ['2 2\n', 'a ', floats(1, 2), 'b ', floats(3, 4)] },
  ])('word2vec binary, $why', async ({ parts }) => {
    expect(await read('word2vec-binary', [join2(...parts)], product)).toEqual([A, B]);
  });

  test('word2vec binary: values whose bytes are line feeds and spaces are values', async () => {
    const tricky = Buffer.from([10, 10, 10, 10, 32, 32, 32, 32]);
    const bytes = join2('2 2\n', 'a ', tricky, 'b ', tricky);
    const [a, b] = await read('word2vec-binary', [bytes], product);
    const values = [...new Float32Array(new Uint8Array(tricky).buffer)];
    expect([a, b]).toEqual([
      ['product', 'a', '', ...values],
      ['product', 'b', '', ...values],
    ]);
  });

  test.each([
    { why: 'pandas: unnamed index, columns counted from 0', text: ',0,1\na,1,2\nb,3,4\n' },
    { why: 'no header', text: 'a,1,2.0\nb,3,4\n' },
    {
      why: 'columns counted from 1, CR LF, quotes',
      text: '"id","x1","x2"\r\n"a","1","2"\r\n"b","3","4"\r\n',
    },
    { why: 'semicolons', text: 'id;v0;v1\na;1;2\nb;3;4\n' },
    { why: 'tabs, another order of columns', text: 'v0\tv1\tid\n1\t2\ta\n3\t4\tb' },
  ])('CSV, $why', async ({ text }) => {
    expect(await read('csv', [text], product)).toEqual([A, B]);
  });

  test('CSV of pandas with its index named: 0,1,2,3 is a header', async () => {
    const rows = await read('csv', ['product_id,0,1,2,3\n01111,1,2,3,4\n'], product);
    expect(rows).toEqual([['product', '01111', '', 1, 2, 3, 4]]);
  });

  test('CSV: one value, whose column could be a row', async () => {
    expect(await read('csv', ['id,v0\n01111,0\n'], product)).toEqual([['product', '01111', '', 0]]);
  });

  test('NDJSON with other members, another order, and empty lines', async () => {
    const lines = '{"vector":[1,2],"id":"a","price":3}\n\n{"id":"b","name":null,"vector":[3e0,4]}\r\n';
    expect(await read('ndjson', [lines], product)).toEqual([A, B]);
  });

  test('.npy with keys that are ids alone', async () => {
    expect(await read('npy', [npy(2, 2, [1, 2, 3, 4]), '"a"\n"b"\n'], product)).toEqual([A, B]);
  });

  test('the projector’s metadata with one column, and with other columns', async () => {
    expect(await read('projector', ['1\t2\n3\t4\n', 'a\nb\n'], product)).toEqual([A, B]);
    expect(await read('projector', ['1\t2\n3\t4', 'sku\tlabel\na\tTea\nb\t50%\n'], product)).toEqual([A, B]);
  });

  test('Parquet with a column per dimension, whole numbers as ids, and doubles', async () => {
    const writer = new ByteWriter();
    const columnData = [
      { name: 'sku', data: [7n, 2n ** 53n + 1n], type: 'INT64' as const },
      { name: '0', data: [1, 3], type: 'DOUBLE' as const },
      { name: '1', data: [2, 4], type: 'DOUBLE' as const },
    ];
    await parquetWrite({ writer, columnData });
    expect(await read('parquet', [Buffer.from(writer.getBuffer())], product)).toEqual([
      ['product', '7', '', 1, 2],
      ['product', '9007199254740993', '', 3, 4],
    ]);
  });
});

const UNREADABLE = { code: 'IMPORT_FILE_UNREADABLE' };

describe('refused', () => {
  test.each([
    { why: 'fewer rows than announced', text: '3 2\na 1 2\nb 3 4\n', line: undefined, found: '2 rows' },
    { why: 'more rows than announced', text: '1 2\na 1 2\nb 3 4\n', line: 3, found: 'one row more' },
    { why: 'a shorter row', text: '2 2\na 1 2\nb 3\n', line: 3, found: '1 values' },
    { why: 'a key with a space', text: '1 2\na b 1 2\n', line: 2, found: '3 values' },
    { why: 'the same key twice', text: '2 1\na 1\na 1\n', line: 3, found: 'product:a again' },
    { why: 'NaN', text: '1 2\na 1 nan\n', line: 2, found: 'nan' },
    { why: 'a hexadecimal number', text: '1 1\na 0x10\n', line: 2, found: '0x10' },
    { why: 'beyond a 32-bit float', text: '1 1\na 1e39\n', line: 2, found: '1e39' },
    { why: 'nothing', text: '', line: undefined, found: 'an empty file' },
    { why: 'no rows', text: '0 2\n', line: 1, found: 'no vectors' },
    { why: 'dimension 0', text: '1 0\na\n', line: 1, found: 'dimension 0' },
    { why: 'prose', text: 'Dear Sir,\n', line: 1, found: 'Dear Sir,' },
  ])('word2vec text: $why', async ({ text, line, found }) => {
    const facts = {
      ...UNREADABLE,
      file: 'file0',
      found,
      expected: expect.any(String),
      ...(line && { line }),
    };
    expect(await refusal('word2vec', [text], product)).toMatchObject(facts);
  });

  test('word2vec text: not UTF-8, with the line', async () => {
    const bytes = join2('1 1\n', Buffer.from([0xe4, 0x20, 0x31]));
    expect(await refusal('word2vec', [bytes], product)).toMatchObject({ ...UNREADABLE, line: 2 });
  });

  test.each([
    { format: 'word2vec' as const, bytes: Buffer.alloc(17_000_000, 'x'), found: /without a line feed/ },
    {
      format: 'csv' as const,
      bytes: Buffer.from(`id,v0\n"${`${'x'.repeat(999)}\n`.repeat(17_000)}`),
      found: /a quote/,
    },
  ])('$format: what has no end does not gather in memory', async ({ format, bytes, found }) => {
    const source = toSource(bytes, 'file0', 1 << 16);
    await expect(FORMATS[format].read([source], product)).rejects.toMatchObject({
      code: 'IMPORT_FILE_UNREADABLE',
      details: { found: expect.stringMatching(found) },
    });
  });

  test('word2vec text: keys without a type, and what to do', async () => {
    const hint = 'Keys that are plain ids need their type: --type product';
    expect(await refusal('word2vec', ['1 1\nbanana 1\n'])).toMatchObject({ line: 2, found: 'banana', hint });
  });

  test.each(['word2vec', 'word2vec-binary'] as const)(
    '%s: more announced than the file is long, before any memory is taken',
    async (format) => {
      const reply = await refusal(format, ['4000000000 4000000000\na 1\n'], product);
      expect(reply).toMatchObject({ ...UNREADABLE, found: expect.stringContaining('in a file of') });
    },
  );

  test.each([
    { why: 'cut within a vector', bytes: join2('2 2\n', 'a ', floats(1, 2), 'b ', floats(3)), byte: 20 },
    { why: 'cut within a key', bytes: join2('2 2\n', 'a ', floats(1, 2), '\nb'), byte: 16 },
    { why: 'more than announced', bytes: join2('1 2\n', 'a ', floats(1, 2), 'b ', floats(3, 4)), byte: 14 },
    { why: 'NaN', bytes: join2('1 2\n', 'a ', floats(1, Number.NaN)), byte: 6 },
    { why: 'a key twice', bytes: join2('2 1\n', 'a ', floats(1), 'a ', floats(1)), byte: 10 },
    { why: 'a key that is not UTF-8', bytes: join2('1 1\n', Buffer.from([0xff, 32]), floats(1)), byte: 4 },
    { why: 'text where the header belongs', bytes: Buffer.alloc(100, 'x'), byte: 0 },
  ])('word2vec binary: $why', async ({ bytes, byte }) => {
    const facts = {
      ...UNREADABLE,
      file: 'file0',
      byte,
      found: expect.anything(),
      expected: expect.anything(),
    };
    expect(await refusal('word2vec-binary', [bytes], product)).toMatchObject(facts);
  });

  test.each([
    { why: 'an index before the id', text: ',id,v0\n0,a,1\n', line: 1, column: '' },
    { why: 'a label among the values', text: 'id,v0,label,v1\na,1,x,2\n', line: 1, column: 'label' },
    { why: 'a dimension that is missing', text: 'id,v0,v2\na,1,2\n', line: 1, column: 'v2' },
    { why: 'what could be a header or a row', text: 'a,1,2\nb,3,4\n', line: 1, found: 'a,1,2' },
    { why: 'a cell too many', text: 'id,v0\na,1,2\n', line: 2 },
    { why: 'an empty cell', text: 'id,v0,v1\na,1,\n', line: 2 },
    { why: 'a quote never closed', text: 'id,v0\na,1\n"b,2\nc,3\n', line: 3 },
    { why: 'text after a quote', text: 'id,v0\n"a"x,1\n', line: 2 },
    { why: 'an unknown type', text: 'type,id,v0\nbrand,a,1\n', line: 2, found: 'brand', options: {} },
    { why: 'an empty id', text: 'id,v0\n,1\n', line: 2, found: 'an empty id' },
    { why: 'only ids', text: 'id\na\n', line: 1 },
  ])('CSV: $why', async ({ text, options = product, why: _, ...facts }) => {
    expect(await refusal('csv', [text], options)).toMatchObject({ ...UNREADABLE, file: 'file0', ...facts });
  });

  test.each([
    { why: 'an id that is a number', text: '{"id":13176,"vector":[1]}', found: '13176' },
    { why: 'values of other kinds', text: '{"id":"a","vector":[1,"2"]}', found: '2' },
    { why: 'no vector', text: '{"id":"a"}', found: 'dimension 0' },
    { why: 'no JSON', text: 'a 1 2', found: 'a 1 2' },
    {
      why: 'half a surrogate pair',
      text: '{"id":"\\ud83d","vector":[1]}',
      found: '{"id":"\\ud83d","name":""}',
    },
  ])('NDJSON: $why', async ({ text, found }) => {
    expect(await refusal('ndjson', [text], product)).toMatchObject({ ...UNREADABLE, line: 1, found });
  });

  test('NDJSON: a longer vector later on', async () => {
    const text = '{"id":"a","vector":[1]}\n{"id":"b","vector":[1,2]}\n';
    expect(await refusal('ndjson', [text], product)).toMatchObject({
      line: 2,
      found: '2 values',
      expected: '1 values',
    });
  });

  test('an attribute whose id has no kind', async () => {
    const text = '{"type":"attribute","id":"brand","vector":[1]}';
    expect(await refusal('ndjson', [text])).toMatchObject({
      line: 1,
      found: 'brand',
      expected: expect.stringContaining('kind/value'),
    });
  });

  test.each([
    { why: 'a key too few', keys: '"a"\n', file: 'file1', found: '1 keys' },
    { why: 'a key too many', keys: '"a"\n"b"\n"c"\n', file: 'file1', found: 'one row more' },
  ])('.npy: $why', async ({ keys, why: _, ...facts }) => {
    expect(await refusal('npy', [npy(2, 1, [1, 2]), keys], product)).toMatchObject({
      ...UNREADABLE,
      ...facts,
    });
  });

  test('.npy: NaN, with the row; doubles, with what to do', async () => {
    const nan = await refusal('npy', [npy(2, 1, [1, Number.NaN]), '"a"\n"b"\n'], product);
    expect(nan).toMatchObject({ ...UNREADABLE, file: 'file0', row: 1, found: 'NaN' });
    const doubles = Buffer.from(toMatrixHeader(1, 1).toString('latin1').replace('<f4', '<f8'), 'latin1');
    const reply = await refusal('npy', [Buffer.concat([doubles, Buffer.alloc(8)]), '"a"\n'], product);
    expect(reply).toMatchObject({ found: '<f8', hint: expect.stringContaining('astype') });
  });

  test.each([
    {
      why: 'fewer names',
      files: ['1\n2\n', 'a\n'],
      facts: { file: 'file1', found: '1 rows', expected: expect.stringMatching(/^more/) },
    },
    { why: 'more names', files: ['1\n', 'a\nb\n'], facts: { file: 'file1', found: 'more rows' } },
    {
      why: 'values of another number',
      files: ['1\t2\n3\n', 'a\nb\n'],
      facts: { file: 'file0', line: 2, found: '1 values' },
    },
    {
      why: 'an escape that is none',
      files: ['1\n', 'id\ttype\tname\n50%\tproduct\t\n'],
      facts: { file: 'file1', line: 2, column: 'id' },
    },
  ])('projector: $why', async ({ why, files, facts }) => {
    const options = why.startsWith('an escape') ? {} : product;
    expect(await refusal('projector', files, options)).toMatchObject({ ...UNREADABLE, ...facts });
  });

  test('Parquet: another file, and vectors of different lengths', async () => {
    expect(await refusal('parquet', ['no parquet at all, whatever its name'], product)).toMatchObject(
      UNREADABLE,
    );
    expect(await refusal('parquet', ['short'], product)).toMatchObject(UNREADABLE);
    const writer = new ByteWriter();
    const schema = [
      { name: 'root', num_children: 2 },
      { name: 'id', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'vector', repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
    ] as const;
    const columnData = [
      { name: 'id', data: ['a', 'b'] },
      { name: 'vector', data: [[1, 2], [3]] },
    ];
    await parquetWrite({ writer, schema: [...schema], columnData });
    const reply = await refusal('parquet', [Buffer.from(writer.getBuffer())], product);
    expect(reply).toMatchObject({ ...UNREADABLE, row: 1, found: '1 values', expected: '2 values' });
  });
});

describe('a file on the disk', () => {
  test('is read in pieces, from anywhere; a folder is none, and what is not there is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shelfwalk-source-'));
    try {
      const path = join(folder, 'a.bin');
      const content = Buffer.from(Array.from({ length: 600_000 }, (_, i) => i % 251));
      await writeFile(path, content);
      const { bytes, chunks } = await openFileSource(path);
      expect(bytes).toBe(content.length);
      const collect = async (...range: number[]) => {
        const parts: Buffer[] = [];
        for await (const chunk of chunks(...range)) parts.push(Buffer.from(chunk));
        return { count: parts.length, all: Buffer.concat(parts) };
      };
      const whole = await collect();
      expect(whole.count).toBeGreaterThan(2);
      expect(whole.all.equals(content)).toBe(true);
      expect((await collect(5, 9)).all).toEqual(content.subarray(5, 9));
      await writeFile(path, gzipSync('1 1\na 1\n'));
      await expect(openFileSource(path)).rejects.toMatchObject({
        code: 'IMPORT_FILE_UNREADABLE',
        details: { found: 'gzip', hint: expect.stringContaining('gunzip') },
      });
      for (const wrong of [folder, join(folder, 'none')])
        await expect(openFileSource(wrong)).rejects.toMatchObject({ code: 'IMPORT_FILE_MISSING' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
