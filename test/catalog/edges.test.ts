/** Edge lists into the catalog and out again: every format, types of ends, what adds up and what is refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createTempCatalog, failureOf, readGivenEdges, readRejects, runSql } from './temp-catalog.ts';

const TRANSFERS = `from,to,amount,timestamp,from_type,to_type
ann,bakery,12.5,2025-03-01T09:00:00Z,person,merchant
ann,bakery,7.5,2025-03-02T09:00:00Z,person,merchant
bakery,ann,1,2025-03-03T09:00:00Z,merchant,person
ann,bob,100,2025-03-04T09:00:00Z,person,person
01111,genre/jazz/blues,2,2025-03-05T09:00:00Z,merchant,attribute
`;
const ARTICLE = {
  weight: 'amount',
  timestamp: 'timestamp',
  fromType: { column: 'from_type' },
  toType: { column: 'to_type' },
  typeMap: { person: 'customer', merchant: 'product' },
} as const;

test('transfers, directed: one arc a pair, amounts added, types by the words of the file', async () => {
  const { catalog, edges, file } = await createTempCatalog();
  const report = await edges(await file('t.csv', TRANSFERS), { ...ARTICLE, directed: true });
  expect(report).toMatchObject({ kind: 'edges', rowsRead: 5, rowsAccepted: 5, rowsRejected: 0 });
  expect(await readGivenEdges(catalog)).toEqual({
    'customer ann → product bakery': 20,
    'product bakery → customer ann': 1,
    'customer ann → customer bob': 100,
    'product 01111 → attribute genre/jazz/blues': 2,
  });
  expect(await catalog.nodeIds('customer')).toEqual(['ann', 'bob']);
  expect(await catalog.nodeIds('product')).toEqual(['01111', 'bakery']);
  expect(await catalog.find('attribute', 'genre/jazz/blues')).toMatchObject({ name: '' });
  expect(await catalog.counts()).toMatchObject({
    customers: 2,
    products: 2,
    attributes: 1,
    interactions: 0,
    edges: 5,
    edgePairs: 4,
  });
});

test('the same, undirected: which end came first does not matter', async () => {
  const { catalog, edges, file } = await createTempCatalog();
  await edges(await file('t.csv', TRANSFERS), ARTICLE);
  const found = await readGivenEdges(catalog);
  expect(Object.values(found).sort((a, b) => a - b)).toEqual([2, 21, 100]);
  expect(await catalog.counts()).toMatchObject({ edges: 5, edgePairs: 3 });
});

test('on a split by time, what comes later is not there; edges without a time are', async () => {
  const { catalog, edges, file } = await createTempCatalog();
  await edges(await file('t.csv', TRANSFERS), { ...ARTICLE, directed: true });
  await edges(await file('more.csv', 'from,to\na,b\n'));
  const split = { protocol: 'time', cutoffMs: Date.UTC(2025, 2, 2) } as const;
  expect(await readGivenEdges(catalog, split)).toEqual({
    'customer ann → product bakery': 12.5,
    'product a — product b': 1,
  });
  expect(Object.keys(await readGivenEdges(catalog, { protocol: 'last-basket' }))).toHaveLength(5);
});

test('every format reads alike', async () => {
  const rows = [
    ['a', 'b', 2],
    ['b', 'c', 0.5],
  ] as const;
  const { catalog, dir, edges, file } = await createTempCatalog();
  const parquet = join(dir, 'e.parquet');
  await runSql(
    `COPY (SELECT * FROM (VALUES ('a', 'b', 2.0), ('b', 'c', 0.5)) AS e ("from", "to", weight)) TO '${parquet}' (FORMAT parquet)`,
  );
  const files = [
    await file('e.csv', `from,to,weight\n${rows.map((row) => row.join(',')).join('\n')}`),
    await file('e.tsv', `from\tto\tweight\n${rows.map((row) => row.join('\t')).join('\n')}\n`),
    await file('e.ndjson', rows.map(([from, to, weight]) => JSON.stringify({ from, to, weight })).join('\n')),
    await file('e.edgelist', `# from to weight\n${rows.map((row) => row.join(' ')).join('\n')}\n`),
    await file('e.edg.gz', gzipSync(rows.map((row) => row.join('\t  ')).join('\r\n'))),
    parquet,
  ];
  for (const [i, path] of files.entries()) {
    expect(await edges(path, { weight: 'weight' })).toMatchObject({ rowsRead: 2, rowsAccepted: 2 });
    const times = i + 1;
    expect(await readGivenEdges(catalog)).toEqual({
      'product a — product b': 2 * times,
      'product b — product c': 0.5 * times,
    });
  }
});

test('edge lists: comments, lines with and without weight, ids byte for byte, broken lines by number', async () => {
  const { catalog, edges, file } = await createTempCatalog();
  const text = '# nodes 4\n01111 späti🥖 3\n\n  a/b:c\t01111  \n#end\nalone\na b 1 2\na b heavy\n';
  const report = await edges(await file('k.edgelist', text));
  expect(report).toMatchObject({ rowsRead: 5, rowsAccepted: 2 });
  expect(readRejects(report)).toEqual([
    '6  too-few-fields 1 fields',
    '7  too-many-fields 4 fields',
    '8 weight weight-not-a-number heavy',
  ]);
  expect(await readGivenEdges(catalog)).toEqual({
    'product 01111 — product a/b:c': 1,
    'product 01111 — product späti🥖': 3,
  });
  expect(await catalog.nodeIds('product')).toEqual(['01111', 'a/b:c', 'späti🥖']);
});

test('each reason, and docs/import.md has it', async () => {
  const { edges, file } = await createTempCatalog();
  const bad = [
    [',b,1,product', 'from from-missing'],
    ['a,,1,product', 'to to-missing'],
    [`${'x'.repeat(513)},b,1,product`, 'from from-too-long'],
    [`a,${'x'.repeat(513)},1,product`, 'to to-too-long'],
    ['a,b,1,shop', 'kind to-type-unknown'],
    ['a,b,1,', 'kind to-type-unknown'],
    ['a,jazz,1,attribute', 'to to-not-an-attribute'],
    ['a,/jazz,1,attribute', 'to to-not-an-attribute'],
    ['a,ge:nre/jazz,1,attribute', 'to to-not-an-attribute'],
    ['a,a,1,product', 'to self-loop'],
    ['a,b,,product', 'w weight-missing'],
    ['a,b,much,product', 'w weight-not-a-number'],
    ['a,b,NaN,product', 'w weight-not-a-number'],
    ['a,b,0,product', 'w weight-not-positive'],
    ['a,b,-3,product', 'w weight-not-positive'],
    ['a,b,1e31,product', 'w weight-out-of-range'],
    ['a,b,1e-31,product', 'w weight-out-of-range'],
  ] as const;
  // The same id as another type is another node, and no loop.
  const path = await file('e.csv', `from,to,w,kind\n${bad.map(([row]) => row).join('\n')}\na,a,1,customer\n`);
  const report = await edges(path, { weight: 'w', toType: { column: 'kind' } });
  expect(report).toMatchObject({ rowsRead: bad.length + 1, rowsAccepted: 1 });
  const rejected = readRejects(report).map((line) => line.split(' ').slice(0, 3).join(' '));
  expect(rejected).toEqual(bad.map(([, reason], i) => `${i + 2} ${reason}`));
  const page = readFileSync(join(import.meta.dirname, '../../docs/import.md'), 'utf8');
  for (const [, reason] of bad) expect(page).toContain(`\`${reason.split(' ')[1]}\``);
});

test('a file of self-loops alone is refused with examples', async () => {
  const { catalog, edges, file } = await createTempCatalog();
  const failure = await failureOf(edges(await file('loops.csv', 'from,to\na,a\nb,b\n')));
  expect(failure).toMatchObject({
    code: 'IMPORT_ALL_REJECTED',
    details: { rejectedByReason: { 'self-loop': 2 } },
  });
  expect(await catalog.nodeIds('product')).toEqual([]);
});

test('the same content changes nothing; --again adds it once more', async () => {
  const { catalog, edges, file } = await createTempCatalog();
  const path = await file('e.csv', 'from,to\na,b\n');
  await edges(path);
  expect(await edges(await file('copy.csv', 'from,to\na,b\n'))).toMatchObject({
    rowsAccepted: 0,
    warnings: [],
  });
  expect((await edges(path, { directed: true })).warnings).toEqual([
    expect.stringContaining('another mapping'),
  ]);
  expect(await readGivenEdges(catalog)).toEqual({ 'product a — product b': 1 });
  await edges(path, {}, { again: true });
  expect(await readGivenEdges(catalog)).toEqual({ 'product a — product b': 2 });
});

test('sums are the same whatever the order of rows and files', async () => {
  const weights = [1e8, 1, 1e-8, 3e7, 0.1, 0.2, 0.3];
  const sums = await Promise.all(
    [weights, weights.toReversed()].map(async (order) => {
      const { catalog, edges, file } = await createTempCatalog();
      for (const [i, part] of [order.slice(0, 3), order.slice(3)].entries()) {
        await edges(await file(`${i}.csv`, `from,to,w\n${part.map((w) => `a,b,${w}`).join('\n')}\n`), {
          weight: 'w',
        });
      }
      return readGivenEdges(catalog);
    }),
  );
  expect(sums[0]).toEqual(sums[1]);
});

test('an attribute that an edge ends at stays when no product carries it any more', async () => {
  const { catalog, edges, products, file } = await createTempCatalog();
  const mapping = { id: 'id', attributes: [{ kind: 'brand', column: 'brand' }] };
  await products(await file('p.csv', 'id,brand\na,acme\n'), mapping);
  await edges(await file('e.csv', 'from,to\nb,brand/acme\n'), { toType: { constant: 'attribute' } });
  await products(await file('q.csv', 'id,brand\na,zenith\n'), mapping);
  expect(await catalog.nodeIds('attribute')).toEqual(['brand/acme', 'brand/zenith']);
  expect(await readGivenEdges(catalog)).toEqual({ 'attribute brand/acme — product b': 1 });
});

test.each([
  { why: 'a type that is none', mapping: { fromType: { constant: 'shop' as 'product' } }, field: 'fromType' },
  { why: 'a map to nowhere', mapping: { typeMap: { shop: 'shop' as 'product' } }, field: 'typeMap "shop"' },
  { why: 'no column', mapping: { from: '' }, field: 'from' },
])('refused before anything is read: $why', async ({ mapping, field }) => {
  const { edges, file } = await createTempCatalog();
  const failure = await failureOf(edges(await file('e.csv', 'from,to\na,b\n'), mapping));
  expect(failure).toMatchObject({ code: 'IMPORT_MAPPING_INVALID', details: { field } });
});

test('a column that is not there is named', async () => {
  const { edges, file } = await createTempCatalog();
  const failure = await failureOf(edges(await file('e.csv', 'source,target\na,b\n')));
  expect(failure).toMatchObject({ code: 'IMPORT_COLUMN_MISSING', details: { column: 'from' } });
  const list = await failureOf(edges(await file('e.edgelist', 'a b\n'), { from: 'source' }));
  expect(list).toMatchObject({ code: 'IMPORT_COLUMN_MISSING', details: { found: ['from', 'to', 'weight'] } });
});
