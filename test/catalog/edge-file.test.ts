/**
 * Edge lists read without a database, held to the import: the same rows are taken, the same ones rejected
 * for the same reasons in the same words, and the graph that comes of them is the same, bit for bit.
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import { type EdgeFileOptions, readEdgeFile } from '../../src/catalog/edge-file.ts';
import type { Catalog, EdgeMapping } from '../../src/catalog/types.ts';
import { buildSnapshot, freeze } from '../../src/graph/snapshot.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { createTempCatalog, failureOf, PLAIN, runSql } from './temp-catalog.ts';

const fromCatalog = (catalog: Catalog): Promise<Snapshot> =>
  buildSnapshot(catalog, { weighting: PLAIN, attributes: true });

async function fromFile(path: string, options: EdgeFileOptions = {}): Promise<Snapshot> {
  const { ids, ranges, edges } = await readEdgeFile(path, options);
  return freeze(ids, ranges, edges);
}

/** Typed arrays as plain ones: where they lie is no part of a graph. */
const toPlain = (g: Snapshot): unknown => ({
  ...g,
  offsets: [...g.offsets],
  targets: [...g.targets],
  weights: [...g.weights],
  keyHashes: [...g.keyHashes],
});

/** Ids that are awkward in CSV, in sorting, or in both; the last two sort one way as UTF-8, the other as UTF-16. */
const IDS = [
  '01111',
  '1111',
  'a,b',
  'say "hi"',
  'two\nlines',
  ' led',
  'späti 🥖',
  '\u{fffd}x',
  '\u{10000}x',
  '',
];
const TYPES = ['customer', 'product', 'attribute'] as const;

/** Rows with parallel edges both ways round, in weights whose sums depend on the order they are added in. */
function toRows(): { from: string; to: string; weight: string; fromType: string; toType: string }[] {
  const random = createRandom(11);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  const toEnd = () => {
    const type = pick(TYPES);
    return { type, id: type === 'attribute' ? `kind/${pick(IDS) || 'v'}` : pick(IDS) };
  };
  return Array.from({ length: 2000 }, () => {
    const [a, b] = [toEnd(), toEnd()];
    const weight = pick(['0.1', '0.2', '0.3', '3', '1e-7', '12345678.9', '.5', '7.', '+2', '0000.25']);
    return { from: a.id, to: b.id, weight, fromType: a.type, toType: b.type };
  });
}

const quote = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const COLUMNS = ['from', 'to', 'weight', 'fromType', 'toType'] as const;
const toLines = (separator: string, lineEnd = '\n'): string =>
  toRows()
    .map((row) => COLUMNS.map((name) => quote(row[name])).join(separator) + lineEnd)
    .join('');
const TYPED: Partial<EdgeMapping> = {
  weight: 'weight',
  fromType: { column: 'fromType' },
  toType: { column: 'toType' },
};

describe('the graph is the one of import edges', () => {
  test.each([
    { why: 'undirected', mapping: {} },
    { why: 'directed', mapping: { directed: true } },
    {
      why: 'other words for types',
      mapping: { typeMap: { product: 'customer', customer: 'product' } as const },
    },
  ])('$why, ids and weights that are awkward', async ({ mapping }) => {
    const { catalog, edges, file } = await createTempCatalog();
    const path = await file('e.csv', `${COLUMNS.join(',')}\n${toLines(',')}`);
    const imported = await edges(path, { ...TYPED, ...mapping });
    const { report } = await readEdgeFile(path, { mapping });
    expect(imported.rowsRejected).toBeGreaterThan(100); // empty ids and self-loops
    expect(report).toMatchObject({
      rowsRead: imported.rowsRead,
      rowsAccepted: imported.rowsAccepted,
      rejectedByReason: imported.rejectedByReason,
    });
    expect(toPlain(await fromFile(path, { mapping }))).toEqual(toPlain(await fromCatalog(catalog)));
  });

  test('without a header, tabs, gzip, a byte order mark, CR LF: all the same', async () => {
    const { catalog, edges, file } = await createTempCatalog();
    await edges(await file('e.csv', `${COLUMNS.join(',')}\n${toLines(',')}`), TYPED);
    const expected = toPlain(await fromCatalog(catalog));
    const header = COLUMNS.join('\t');
    const paths: [string, EdgeFileOptions][] = [
      [await file('h.csv', toLines(',')), { header: false }],
      [await file('h.tsv', `\ufeff${header}\r\n${toLines('\t', '\r\n')}`), {}],
      [await file('h.tsv.gz', gzipSync(`${header}\n${toLines('\t')}`)), {}],
    ];
    for (const [path, options] of paths)
      expect(toPlain(await fromFile(path, options)), path).toEqual(expected);
  });

  test('edge lists: comments, blanks, lines with and without weight', async () => {
    const { catalog, edges, file } = await createTempCatalog();
    const path = await file(
      'k.edg',
      '# nodes 4\n01111 späti🥖 3\n\n  a/b:c\t01111  \n#end\nalone\na b 1 2\na b heavy\nb a 0.1\na b .2\n',
    );
    const imported = await edges(path);
    const { report } = await readEdgeFile(path);
    expect(report).toMatchObject({
      rowsRead: imported.rowsRead,
      rejectedByReason: imported.rejectedByReason,
    });
    expect(toPlain(await fromFile(path))).toEqual(toPlain(await fromCatalog(catalog)));
  });
});

const LONG = 'é'.repeat(513);
const BAD_ROWS = [
  ',b,1,product',
  ' \t,b,1,product',
  'a,,1,product',
  `${LONG},b,1,product`,
  `a,${LONG},1,product`,
  'a,b,1,shop',
  'a,b,1,',
  'a,jazz,1,attribute',
  'a,/jazz,1,attribute',
  'a,ge:nre/jazz,1,attribute',
  'a,genre/,1,attribute',
  'a,"genre/\nx",1,attribute',
  'a,a,1,product',
  'a,b,,product',
  'a,b,  ,product',
  'a,b,much,product',
  'a,b,NaN,product',
  'a,b,inf,product',
  'a,b,1_000,product',
  'a,b,0x10,product',
  'a,b,1e,product',
  'a,b,--1,product',
  'a,b,1 2,product',
  'a,b,1e400,product',
  'a,b,0,product',
  'a,b,-0.0,product',
  'a,b,-3,product',
  'a,b,1e31,product',
  'a,b,1e-31,product',
  'a,b,1',
  'a,b,1,product,more',
  'a,"b"x,1,product',
  '"a,b,1,product', // last: a quote that is never closed
];

test('rows that are rejected: line, column, reason, found and expected are those of the import', async () => {
  const { edges, file } = await createTempCatalog();
  const mapping = { weight: 'w', toType: { column: 'kind' } };
  const toText = (rows: readonly string[]): string =>
    ['from,to,w,kind', 'x,y,2,product', ...rows, ''].join('\n');
  const all = await file('bad.csv', toText(BAD_ROWS));
  const imported = await edges(all, mapping);
  const rejects = await runSql(
    `SELECT line::INTEGER AS line, "column", reason, found, expected
     FROM read_csv('${imported.rejectsFile}', all_varchar = true) ORDER BY line`,
  );
  const { report } = await readEdgeFile(all, { mapping });
  expect(report).toMatchObject({ rowsRead: imported.rowsRead, rejectedByReason: imported.rejectedByReason });
  expect(report.examples).toEqual(rejects.slice(0, 3));
  expect(rejects).toHaveLength(BAD_ROWS.length);
  for (const [i, row] of BAD_ROWS.entries()) {
    const read = await readEdgeFile(await file('one.csv', toText([row])), { mapping });
    expect(read.report.examples, row).toEqual([{ ...rejects[i], line: 3 }]);
  }
});

test.each([
  { why: 'a column that is not there', name: 'e.csv', text: 'a,b\n1,2\n', mapping: {} },
  { why: 'a column twice', name: 'e.csv', text: 'from,to,from\n1,2,3\n', mapping: {} },
  { why: 'semicolons', name: 'e.csv', text: 'from;to\n1;2\n', mapping: {} },
  { why: 'only a header', name: 'e.csv', text: 'from,to\n', mapping: {} },
  { why: 'loops alone', name: 'e.csv', text: 'from,to\na,a\nb,b\n', mapping: {} },
  { why: 'not UTF-8', name: 'e.csv', text: Buffer.from('from,to\na,b\nc,\xe9\n', 'latin1'), mapping: {} },
  { why: 'a NUL', name: 'e.edg', text: 'a b\nc \0\n', mapping: {} },
  { why: 'broken quotes in the header', name: 'e.csv', text: '"from,to\na,b\n', mapping: {} },
  { why: 'empty', name: 'e.csv', text: '', mapping: {} },
  { why: 'another extension', name: 'e.xlsx', text: 'from,to\n', mapping: {} },
  {
    why: 'a type that is none',
    name: 'e.csv',
    text: 'from,to\na,b\n',
    mapping: { fromType: { constant: 'shop' } },
  },
  { why: 'types of an edge list', name: 'e.edg', text: 'a b 1\n', mapping: { toType: { column: 'kind' } } },
])('refused as the import refuses it: $why', async ({ name, text, mapping }) => {
  const { edges, file } = await createTempCatalog();
  const path = await file(name, text);
  const given = mapping as Partial<EdgeMapping>;
  const [imported, read] = [
    await failureOf(edges(path, given)),
    await failureOf(readEdgeFile(path, { mapping: given })),
  ];
  expect({ code: read.code, details: read.details }).toEqual({
    code: imported.code,
    details: imported.details,
  });
});

test('what needs the database is sent there; a stop stops', async () => {
  const { file } = await createTempCatalog();
  const path = await file('e.ndjson', '{"from": "a", "to": "b"}\n');
  expect(await failureOf(readEdgeFile(path))).toMatchObject({
    code: 'IMPORT_FILE_UNREADABLE',
    details: { found: 'ndjson', hint: expect.stringContaining('shelfwalk import edges') },
  });
  const csv = await file('e.csv', 'from,to\na,b\n');
  expect(await failureOf(readEdgeFile(csv, { signal: AbortSignal.abort() }))).toMatchObject({
    code: 'ABORTED',
  });
  expect(await failureOf(readEdgeFile(await file('n.csv', 'a,b,1,x\n'), { header: false }))).toMatchObject({
    code: 'IMPORT_FILE_UNREADABLE',
    details: { line: 1, found: '4 fields' },
  });
});

test('ids enough to make every table grow', async () => {
  const { file } = await createTempCatalog();
  const count = 5000;
  const lines = Array.from({ length: count }, (_, i) => `n${i} n${i + 1} ${1 + (i % 7)}\n`);
  const { ids, edges, report } = await readEdgeFile(await file('path.edg', lines.join('')));
  expect(report).toMatchObject({ rowsAccepted: count, columns: { weight: 'weight' }, columnsLeftOut: [] });
  expect(ids).toEqual(Array.from({ length: count + 1 }, (_, i) => `n${i}`).sort());
  for (let e = 0; e < edges.count; e++) {
    const [a, b] = [ids[edges.from[e]!]!, ids[edges.to[e]!]!].map((id) => Number(id.slice(1)));
    expect(Math.abs(a! - b!)).toBe(1);
    expect(edges.weight[e]).toBe(1 + (Math.min(a!, b!) % 7));
  }
});

test('columns that were not read are named', async () => {
  const { file } = await createTempCatalog();
  const path = await file('e.csv', 'from,to,amount,note\na,b,2,x\n');
  const { report } = await readEdgeFile(path, { mapping: { weight: 'amount' } });
  expect(report).toMatchObject({
    columns: { from: 'from', to: 'to', weight: 'amount' },
    columnsLeftOut: ['note'],
  });
  expect(readFileSync(path, 'utf8')).toContain('note');
});
