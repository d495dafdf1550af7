/** What every format owes: the bits of every vector, and every id, come back; what a file cannot hold is refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isShelfwalkError } from '../../../src/base/errors.ts';
import { NODE_TYPES } from '../../../src/base/ids.ts';
import { FORMAT_NAMES, FORMATS, toPaths } from '../../../src/vectors/formats/formats.ts';
import type { ReadOptions, ReadVectors, VectorRows } from '../../../src/vectors/formats/types.ts';
import { type PlainRow, toBytes, toRows, toSource } from './rows.ts';

/** word2vec's files have room for a key and nothing else. */
const NAMELESS = new Set(['word2vec', 'word2vec-binary']);

const toBits = (values: ArrayLike<number>): number[] => [
  ...new Uint32Array(Float32Array.from(values).buffer),
];

const toPlain = ({ types, ids, names, vectors }: ReadVectors): PlainRow[] =>
  ids.map((id, i) => ({ type: types[i]!, id, name: names[i]!, vector: toBits(vectors.row(i)) }));

async function passThrough(
  name: (typeof FORMAT_NAMES)[number],
  rows: VectorRows,
  { chunkBytes = 7, ...options }: ReadOptions & { chunkBytes?: number } = {},
): Promise<ReadVectors> {
  const format = FORMATS[name];
  const files = await Promise.all(format.files.map((file) => toBytes(file, rows)));
  return format.read(
    files.map((bytes, i) => toSource(bytes, `file ${i}`, chunkBytes)),
    options,
  );
}

/** Any bits but those of NaN and the infinities. */
const float = fc
  .nat({ max: 0xffff_ffff })
  .map((bits) => new Float32Array(Uint32Array.of(bits).buffer)[0]!)
  .filter(Number.isFinite);
const text = fc.string({ unit: 'binary', maxLength: 12 });
const node = fc
  .record({ type: fc.constantFrom(...NODE_TYPES), id: text.filter((id) => id !== ''), name: text })
  .map((row) => ({ ...row, id: row.type === 'attribute' ? `kind/${row.id}` : row.id }));
const rowsOf = fc.integer({ min: 1, max: 5 }).chain((dimension) =>
  fc
    .uniqueArray(node, { minLength: 1, maxLength: 8, selector: ({ type, id }) => `${type}:${id}` })
    .chain((nodes) =>
      fc
        .array(fc.array(float, { minLength: dimension, maxLength: dimension }), {
          minLength: nodes.length,
          maxLength: nodes.length,
        })
        .map((vectors) => nodes.map((one, i): PlainRow => ({ ...one, vector: vectors[i]! }))),
    ),
);

describe.each(FORMAT_NAMES)('%s', (name) => {
  test('every id and name, every bit of a float', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOf, async (plain) => {
        const expected = plain.map((row) => ({
          ...row,
          name: NAMELESS.has(name) ? '' : row.name,
          vector: toBits(row.vector),
        }));
        expect(toPlain(await passThrough(name, toRows(plain)))).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  test('awkward values, each by name', async () => {
    const values = [0, -0, 1.401298464324817e-45, 3.4028234663852886e38, -1.1754943508222875e-38, 0.1];
    const ids = [
      '01111',
      '1e5',
      'null',
      'a,"b"',
      'two\nlines',
      'cr\rlf\r\n',
      '\ttab',
      ' padded ',
      '%20',
      '100%',
      'ä🙂',
      '"',
    ];
    const plain = ids.map((id): PlainRow => ({ type: 'product', id, name: id, vector: values }));
    const back = toPlain(await passThrough(name, toRows(plain), { chunkBytes: 64 }));
    expect(back.map(({ id }) => id)).toEqual(ids);
    for (const { vector } of back) expect(vector).toEqual(toBits(values));
  });

  test('more rows than fit into a chunk, a row group or a batch', async () => {
    const dimension = 300;
    const rows = toRows(
      Array.from({ length: 2500 }, (_, i): PlainRow => {
        const vector = Array.from({ length: dimension }, (_, d) => Math.fround(Math.sin(i * dimension + d)));
        return { type: 'customer', id: `c${i}`, name: '', vector };
      }),
    );
    const { ids, vectors } = await passThrough(name, rows, { chunkBytes: 1 << 16 });
    expect(ids).toEqual([...rows].map(({ id }) => id));
    const expected = Buffer.concat([...rows].map(({ vector }) => new Uint8Array(vector.buffer)));
    const { buffer, byteOffset, byteLength } = vectors.data;
    expect(Buffer.from(buffer, byteOffset, byteLength).equals(expected)).toBe(true);
  });

  test.each([
    { why: 'not a number', vector: [1, Number.NaN], id: 'a', code: 'VECTOR_INVALID' as const },
    { why: 'infinite', vector: [Number.NEGATIVE_INFINITY, 1], id: 'a', code: 'VECTOR_INVALID' as const },
    { why: 'half a surrogate pair', vector: [1, 2], id: '\ude42', code: 'NODE_KEY_INVALID' as const },
  ])('writing refuses: $why', async ({ vector, id, code }) => {
    const rows = toRows([{ type: 'product', id, vector }]);
    for (const file of FORMATS[name].files)
      await expect(toBytes(file, rows)).rejects.toSatisfy((error) => isShelfwalkError(error, code));
  });

  test('a file cut short anywhere is refused, or has lost no row', async () => {
    const rows = toRows(
      ['a', 'b', 'c'].map(
        (id): PlainRow => ({ type: 'product', id, name: `name of ${id}`, vector: [0.25, -3] }),
      ),
    );
    const files = await Promise.all(FORMATS[name].files.map((file) => toBytes(file, rows)));
    const hasCount = name !== 'csv' && name !== 'ndjson';
    for (let end = 0; end < files[0]!.length; end++) {
      const sources = files.map((bytes, i) =>
        toSource(i === 0 ? bytes.subarray(0, end) : bytes, `file ${i}`),
      );
      const outcome = await FORMATS[name].read(sources, {}).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(isShelfwalkError(outcome, 'IMPORT_FILE_UNREADABLE'), `${end}: ${outcome.stack}`).toBe(true);
      } else if (hasCount) {
        expect((outcome as ReadVectors).ids, `cut at ${end}`).toHaveLength(3);
      }
    }
  });

  test('a type for all is refused where the file says the types itself, and needed where it does not', async () => {
    const rows = toRows([{ type: 'product', id: 'a', vector: [1, 2] }]);
    if (NAMELESS.has(name)) return; // there a key is what it is: product:a would be the id
    await expect(passThrough(name, rows, { type: 'customer' })).rejects.toThrow('Leave --type out');
  });
});

test.each([
  ['word2vec', { line: 3, first: 'line 2' }],
  ['word2vec-binary', { byte: 11, first: 'byte 4' }],
  ['npy', { file: 'file 1', line: 2, first: 'line 1' }],
  ['csv', { line: 3, first: 'line 2' }],
  ['parquet', { row: 1, first: 'row 0' }],
  ['ndjson', { line: 2, first: 'line 1' }],
  ['projector', { file: 'file 1', line: 3, first: 'line 2' }],
] as const)(
  '%s: a node that comes twice is named with both places, as the file counts',
  async (name, place) => {
    const row = { type: 'product', id: 'a', vector: [1] } as const;
    const twice = passThrough(
      name,
      toRows([row, row], 1, 'id'),
      FORMATS[name].joinsKeys ? { type: 'product' } : {},
    );
    const details = { found: 'product:a again', ...place };
    await expect(twice).rejects.toMatchObject({ code: 'IMPORT_FILE_UNREADABLE', details });
  },
);

const PLAIN = FORMAT_NAMES.filter((name) => FORMATS[name].joinsKeys);

test('formats that join type and id are those without names', () => expect(new Set(PLAIN)).toEqual(NAMELESS));

/** Whatever UTF-8 can hold, beside what is likely: digits, escapes, colons, and pieces of typed keys. */
const plainId = fc
  .oneof(text, fc.string({ unit: fc.constantFrom('0', '%', '2', ':', 'product', 'é', '🙂', '#') }))
  .filter((id) => id !== '' && !/[\p{Cc}\p{Z}\s]|^(?:product|customer|attribute):/u.test(id));

test.each(PLAIN)('%s with plain keys: every id that may stand, and every bit', async (name) => {
  const ids = fc.uniqueArray(plainId, { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(ids, fc.array(float, { minLength: 24, maxLength: 24 }), async (all, values) => {
      const plain = all.map((id, i): PlainRow => {
        return { type: 'product', id, name: '', vector: values.slice(3 * i, 3 * i + 3) };
      });
      const back = await passThrough(name, toRows(plain, 3, 'id'), { type: 'product' });
      expect(toPlain(back)).toEqual(plain.map((row) => ({ ...row, vector: toBits(row.vector) })));
    }),
    { numRuns: 300 },
  );
});

describe('where the files of a format lie', () => {
  test.each([
    { name: 'npy' as const, path: '/x/vectors.npy', expected: ['/x/vectors.npy', '/x/vectors.keys.ndjson'] },
    { name: 'projector' as const, path: 'v.tsv', expected: ['v.tsv', 'v.metadata.tsv'] },
    { name: 'npy' as const, path: 'model', expected: ['model', 'model.keys.ndjson'] },
    { name: 'csv' as const, path: 'a.txt', expected: ['a.txt'] },
  ])('$name $path', ({ name, path, expected }) => expect(toPaths(FORMATS[name], path)).toEqual(expected));
});
