/**
 * Our files in the hands of gensim, NumPy, Arrow and Python, and theirs in ours: the same nodes in the same
 * order, and every float to the bit.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NODE_TYPES, type NodeType } from '../../src/base/ids.ts';
import { Matrix } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import { createExactIndex } from '../../src/neighbors/exact.ts';
import { openFileSource } from '../../src/vectors/formats/file-source.ts';
import { FORMATS, type FormatName, toPaths } from '../../src/vectors/formats/formats.ts';
import { selectRows } from '../../src/vectors/formats/select-rows.ts';
import type { ReadOptions, ReadVectors } from '../../src/vectors/formats/types.ts';
import { toWord2vecKey } from '../../src/vectors/formats/word2vec-key.ts';
import type { VersionContent } from '../../src/vectors/types.ts';
import { findOraclePython, fromBits, type Oracle, openOracle, toBits } from './oracle-process.ts';

const COLS = 12;

/** What has broken readers of such files: the ends of keys, cells and lines, escapes, and names that look like values. */
const NASTY_IDS = [
  '01111',
  '1e5',
  'NaN',
  ' ',
  '  two  spaces ',
  'line\nbreak',
  '\nfirst',
  'last\n',
  'carriage\rreturn\r\n',
  'tab\there',
  'no\u00a0break',
  'line\u2028separator',
  'next\u0085line',
  '\ufeffmark',
  'nul\u0000',
  'zero\u200bwidth',
  '%',
  '%20',
  '100%25',
  'a+b',
  '"',
  `O'Brien "x"`,
  'comma,semi;colon',
  '=SUM(A1)',
  'sku/7',
  'x:y',
  'product:1',
  '🦆',
  '👩‍👩‍👧',
  'e\u0301',
  'é',
  'Ünï',
  '商品',
  '\\',
  '\\n',
  '#1',
  '</s>',
];

/** Beside every kind of float: those whose text is longest, smallest, largest, and the zero with a sign. */
const NASTY_FLOATS = [
  -0,
  1.1754944e-38,
  1e-45,
  -1e-45,
  3.4028235e38,
  -3.4028235e38,
  0.1,
  1 / 3,
  16777216,
  16777217,
  8.5e-6,
  1e21,
  9.007199e15,
  1.00000001e-7,
  123456.79,
  5e-324,
];

function makeContent(): VersionContent {
  const ids: Record<NodeType, string[]> = {
    customer: [...NASTY_IDS],
    product: [...NASTY_IDS],
    attribute: NASTY_IDS.map((id) => `kind/${id}`),
  };
  const all = NODE_TYPES.flatMap((type) => ids[type]);
  const ranges = NODE_TYPES.map((type, i) => {
    const start = NODE_TYPES.slice(0, i).reduce((sum, t) => sum + ids[t].length, 0);
    return { type, start, end: start + ids[type].length };
  });
  const random = createRandom(7);
  const data = new Float32Array(all.length * COLS);
  const bits = new Uint32Array(data.buffer);
  for (let i = 0; i < data.length; i++) {
    // Any bit pattern that is a finite number: exponents from end to end.
    do bits[i] = Math.floor(random() * 2 ** 32);
    while (!Number.isFinite(data[i]!));
  }
  data.set(NASTY_FLOATS, 5 * COLS);
  const matrix = new Matrix(data, all.length, COLS);
  const names = all.map((id, i) => (i % 3 === 0 ? '' : `name of ${id}`));
  const nodes = { count: all.length, ranges, ids: all, names, degrees: new Uint32Array(all.length).fill(1) };
  return { nodes, vectors: matrix, contexts: matrix, report: {} };
}

const python = findOraclePython();

describe.skipIf(!python)('files of vectors', () => {
  const content = makeContent();
  const { nodes, vectors } = content;
  const typeOf = (row: number): NodeType => nodes.ranges.find(({ end }) => row < end)!.type;
  const rows = nodes.ids.map((id, row) => [typeOf(row), id, nodes.names[row]!] as const);
  const bits = toBits(vectors.data);
  const withoutNames = rows.map(([type, id]) => [type, id, '']);

  let oracle: Oracle;
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'shelfwalk-oracle-'));
    oracle = await openOracle(python!, 'vectors.py');
  });
  afterAll(async () => {
    await oracle?.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** Paths of the files of a format, with what we write in them. */
  async function write(name: FormatName, of: VersionContent = content): Promise<string[]> {
    const format = FORMATS[name];
    const paths = toPaths(format, join(dir, `ours${format.extension}`));
    for (const [i, file] of format.files.entries()) await writeFile(paths[i]!, file.write(selectRows(of)));
    return paths;
  }

  async function read(
    name: FormatName,
    paths: readonly string[],
    options: ReadOptions = {},
  ): Promise<ReadVectors> {
    return FORMATS[name].read(await Promise.all(paths.map(openFileSource)), options);
  }

  const toRows = ({ types, ids, names }: ReadVectors) => ids.map((id, i) => [types[i], id, names[i]]);

  describe('what we write', () => {
    test.each<[FormatName, string, object, boolean]>([
      ['word2vec', 'read_word2vec', { binary: false }, false],
      ['word2vec-binary', 'read_word2vec', { binary: true }, false],
      ['npy', 'read_npy', {}, true],
      ['csv', 'read_csv', {}, true],
      ['parquet', 'read_parquet', {}, true],
      ['ndjson', 'read_ndjson', {}, true],
      ['projector', 'read_projector', {}, true],
    ])('%s, by %s %j', async (name, reader, options, hasNames) => {
      const [path, keys] = await write(name);
      const found = await oracle.ask({ do: reader, path, ...options, ...(keys && { keys }) });
      expect(found.rows).toEqual(hasNames ? rows : withoutNames);
      expect(fromBits(found.bits)).toEqual(vectors.data); // says which float differs
      expect(found.bits).toBe(bits); // and this one knows −0
    });
  });

  test.each<[FormatName, boolean]>([
    ['word2vec', false],
    ['word2vec-binary', true],
  ])('%s with plain keys: gensim finds each id as it is', async (name, binary) => {
    const path = join(dir, `plain-${name}`);
    const ids = ['0', '01111', '%20', 'a+b', 'x:y', '🦆', 'kind/x', '</s>', 'zero\u200bwidth', '"', '#1'];
    const few = new Matrix(vectors.data.slice(0, ids.length * COLS), ids.length, COLS);
    const ranges = [{ type: 'product' as const, start: 0, end: ids.length }];
    const table = { ...nodes, count: ids.length, ids, names: ids.map(() => ''), ranges };
    const selected = selectRows({ nodes: table, vectors: few }, { keys: 'id' });
    await writeFile(path, FORMATS[name].files[0].write(selected));
    const found = await oracle.ask({ do: 'read_plain', path, binary });
    expect(found).toEqual({ keys: ids, bits: toBits(few.data) });
    const back = await read(name, [path], { type: 'product' });
    expect([back.ids, toBits(back.vectors.data)]).toEqual([ids, toBits(few.data)]);
  });

  describe('what they write', () => {
    test.each<[FormatName, boolean]>([
      ['word2vec', false],
      ['word2vec-binary', true],
    ])('%s of gensim: keys as we write them, and plain ids under a type', async (name, binary) => {
      const path = join(dir, `theirs-${name}`);
      const keys = rows.map(([type, id]) => toWord2vecKey(type, id));
      await oracle.ask({ do: 'write_word2vec', path, binary, keys, bits, dimension: COLS });
      const typed = await read(name, [path]);
      expect(toRows(typed)).toEqual(withoutNames);
      expect(toBits(typed.vectors.data)).toBe(bits);

      // Of any other program: no types, no escapes; what looks like one is part of the id.
      const plain = ['01111', '%20', 'a+b', 'x:y', '🦆', 'kind/x', '</s>'];
      const few = toBits(vectors.data.subarray(0, plain.length * COLS));
      await oracle.ask({ do: 'write_word2vec', path, binary, keys: plain, bits: few, dimension: COLS });
      const untyped = await read(name, [path], { type: 'product' });
      expect(toRows(untyped)).toEqual(plain.map((id) => ['product', id, '']));
      expect(toBits(untyped.vectors.data)).toBe(few);
    });

    test('npy of NumPy, beside the keys', async () => {
      const [, keys] = await write('npy');
      const path = join(dir, 'theirs.npy');
      await oracle.ask({ do: 'write_npy', path, bits, dimension: COLS });
      const found = await read('npy', [path, keys!]);
      expect(toRows(found)).toEqual(rows);
      expect(toBits(found.vectors.data)).toBe(bits);
    });

    test.each(['snappy', 'gzip', 'brotli', 'none'])(
      'parquet of Arrow, compression %s',
      async (compression) => {
        const path = join(dir, 'theirs.parquet');
        await oracle.ask({ do: 'write_parquet', path, rows, bits, dimension: COLS, compression });
        const found = await read('parquet', [path]);
        expect(toRows(found)).toEqual(rows);
        expect(toBits(found.vectors.data)).toBe(bits);
      },
    );

    test("csv of Python's csv module", async () => {
      const path = join(dir, 'theirs.csv');
      await oracle.ask({ do: 'write_csv', path, rows, bits, dimension: COLS });
      const found = await read('csv', [path]);
      expect(toRows(found)).toEqual(rows);
      expect(toBits(found.vectors.data)).toBe(bits);
    });
  });

  test.each<[FormatName, boolean]>([
    ['word2vec', false],
    ['word2vec-binary', true],
  ])(
    'most_similar of gensim on our %s finds what our scan finds, with the same scores',
    async (name, binary) => {
      const random = createRandom(11);
      const data = Float32Array.from({ length: nodes.count * COLS }, () => random() - 0.5);
      const table = new Matrix(data, nodes.count, COLS);
      const [path] = await write(name, { ...content, vectors: table, contexts: table });
      const keys = rows.map(([type, id]) => toWord2vecKey(type, id));
      const { lists } = await oracle.ask({ do: 'most_similar', path, binary, keys, limit: 10 });
      const index = await createExactIndex(table, { metric: 'cosine' });
      for (const [row, list] of (lists as [string, number][][]).entries()) {
        const hits = await index.search(table.row(row), { limit: 10, exclude: [row] });
        expect(list.map(([key]) => key)).toEqual(hits.map((hit) => keys[hit.row]));
        // Both are sums of 12 products of f32 in an order of their own, below 1: 12 · 2⁻²⁴ < 1e-6.
        for (const [i, [, score]] of list.entries())
          expect(Math.abs(score - hits[i]!.score)).toBeLessThan(1e-6);
      }
      await index.close();
    },
  );
});
