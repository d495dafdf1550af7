/** Bad rows: every reason, and the physical line of each, whatever stands before it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FileReport } from '../../src/catalog/types.ts';
import { createTempCatalog, failureOf, openTempCatalog, PAIR, readRejects, runSql } from './temp-catalog.ts';

const FULL = {
  ...PAIR,
  timestamp: 'ts',
  quantity: 'qty',
  value: 'value',
  basket: 'basket',
  order: 'seq',
  type: { column: 'type' },
};
const HEADER = 'customer,product,ts,qty,value,basket,seq,type';
const GOOD = 'c,p,2020-01-01,1,2.5,b,1,buy';
const LONG = 'x'.repeat(513);

const BAD_ROWS: readonly (readonly [row: string, reason: string, column: string])[] = [
  [',p,2020-01-01,1,1,b,1,buy', 'customer-missing', 'customer'],
  ['"  ",p,2020-01-01,1,1,b,1,buy', 'customer-missing', 'customer'],
  [`${LONG},p,2020-01-01,1,1,b,1,buy`, 'customer-too-long', 'customer'],
  ['c,,2020-01-01,1,1,b,1,buy', 'product-missing', 'product'],
  [`c,${LONG},2020-01-01,1,1,b,1,buy`, 'product-too-long', 'product'],
  ['c,p,,1,1,b,1,buy', 'timestamp-missing', 'ts'],
  ['c,p,01/02/2017,1,1,b,1,buy', 'timestamp-unreadable', 'ts'],
  ['c,p,2017-02-30,1,1,b,1,buy', 'timestamp-unreadable', 'ts'],
  ['c,p,20170203,1,1,b,1,buy', 'timestamp-unreadable', 'ts'],
  ['c,p,12345678901,1,1,b,1,buy', 'timestamp-unreadable', 'ts'],
  ['c,p,yesterday,1,1,b,1,buy', 'timestamp-unreadable', 'ts'],
  ['c,p,1492-10-12,1,1,b,1,buy', 'timestamp-out-of-range', 'ts'],
  ['c,p,2200-01-01,1,1,b,1,buy', 'timestamp-out-of-range', 'ts'],
  ['c,p,2020-01-01,two,1,b,1,buy', 'quantity-not-a-number', 'qty'],
  ['c,p,2020-01-01,NaN,1,b,1,buy', 'quantity-not-a-number', 'qty'],
  ['c,p,2020-01-01,inf,1,b,1,buy', 'quantity-not-a-number', 'qty'],
  ['c,p,2020-01-01,1_000,1,b,1,buy', 'quantity-not-a-number', 'qty'],
  ['c,p,2020-01-01,0,1,b,1,buy', 'quantity-zero', 'qty'],
  ['c,p,2020-01-01,1,"1,5",b,1,buy', 'value-not-a-number', 'value'],
  ['c,p,2020-01-01,1,1e999,b,1,buy', 'value-not-a-number', 'value'],
  [`c,p,2020-01-01,1,1,${LONG},1,buy`, 'basket-too-long', 'basket'],
  ['c,p,2020-01-01,1,1,b,,buy', 'order-missing', 'seq'],
  ['c,p,2020-01-01,1,1,b,first,buy', 'order-not-a-number', 'seq'],
  ['c,p,2020-01-01,1,1,b,1,', 'type-missing', 'type'],
  [`c,p,2020-01-01,1,1,b,1,${LONG}`, 'type-too-long', 'type'],
  ['c,p,2020-01-01,1,1,b,1', 'too-few-fields', ''],
  ['c,p,2020-01-01,1,1,b,1,buy,more', 'too-many-fields', ''],
  ['c,p,2020-01-01,1,1,b,1,"buy"s', 'bad-quotes', ''],
  [`c,${'y'.repeat(1 << 20)},2020-01-01,1,1,b,1,buy`, 'line-too-long', ''],
];

describe('each reason', () => {
  let report: FileReport;
  let rejected: string[];

  // One file with every bad row between good ones; its header is line 1 and its first bad row line 3.
  beforeAll(async () => {
    const { file, interactions, dispose } = await openTempCatalog();
    const lines = [HEADER, ...BAD_ROWS.flatMap(([row]) => [GOOD, row]), GOOD];
    report = await interactions(await file('a.csv', `${lines.join('\n')}\n`), FULL);
    rejected = readFileSync(report.rejectsFile!, 'utf8').trimEnd().split('\n').slice(1);
    await dispose();
  });

  test('all of them are counted, and the good rows are in', () => {
    const counts: Record<string, number> = {};
    for (const [, reason] of BAD_ROWS) counts[reason] = (counts[reason] ?? 0) + 1;
    expect(report.rejectedByReason).toEqual(counts);
    const rows = BAD_ROWS.length;
    expect(report).toMatchObject({ rowsRead: 2 * rows + 1, rowsAccepted: rows + 1, rowsRejected: rows });
  });

  test.each(BAD_ROWS.map(([, reason, column], i) => ({ reason, column, i })))(
    '$reason ($i)',
    ({ reason, column, i }) => {
      expect(rejected[i]!.split(',').slice(1, 4)).toEqual([String(2 * i + 3), column, reason]);
    },
  );
});

test('docs/import.md has each of them', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/import.md'), 'utf8');
  for (const [, reason] of BAD_ROWS) expect(page).toContain(`\`${reason}\``);
});

describe('what is no reason', () => {
  test.each([
    ['a negative value is a discount', 'c,p,2020-01-01,1,-2.5,b,1,buy'],
    ['empty quantity, value and basket', 'c,p,2020-01-01,,,,1,buy'],
    ['an id of 512 characters', `${'😀'.repeat(512)},p,2020-01-01,1,1,b,1,buy`],
    ['spaces around numbers and times', 'c,p, 2020-01-01 , 1 , 1 ,b, 1 ,buy'],
    ['a quote inside an unquoted field', 'c,24" pipe,2020-01-01,1,1,b,1,buy'],
  ])('accepted: %s', async (_, row) => {
    const { file, interactions } = await createTempCatalog();
    const report = await interactions(await file('a.csv', `${HEADER}\n${row}\n`), FULL);
    expect(report).toMatchObject({ rowsRead: 1, rowsAccepted: 1, rejectedByReason: {} });
    expect(report.rejectsFile).toBeUndefined();
  });
});

describe('line numbers are those of an editor', () => {
  const rows = [
    'customer,product,qty', //  1
    'a,"two', //                2
    'lines",1', //              3
    'b,short', //               4 too-few-fields
    '', //                      5 blank: no row
    'c,"three', //              6
    '', //                      7 inside the quotes
    'lines",0', //              8 its record begins on 6: quantity-zero
    'd,x,1,extra', //           9 too-many-fields
    'e,"bad"quote,1', //       10 bad-quotes
    'f,x,1', //                11
    'g,"never closed,1', //    12 bad-quotes: costs this line alone
    'h,x,0', //               13 quantity-zero
    'i,x,1', //                14
  ];
  const expected = [
    '4  too-few-fields 2 fields',
    '6 qty quantity-zero 0',
    '9  too-many-fields 4 fields',
    '10  bad-quotes',
    '12  bad-quotes',
    '13 qty quantity-zero 0',
  ];
  const mapping = { ...PAIR, quantity: 'qty' };

  test.each([
    ['LF', '\n', (text: string) => text],
    ['CRLF', '\r\n', (text: string) => text],
    ['CR', '\r', (text: string) => text],
    ['a byte order mark', '\n', (text: string) => `\uFEFF${text}`],
    ['gzip', '\n', (text: string) => gzipSync(text)],
    ['TSV', '\n', (text: string) => text.replaceAll(',', '\t')],
  ])('%s', async (name, lineBreak, write) => {
    const { catalog, file, interactions } = await createTempCatalog();
    const path = await file(name === 'TSV' ? 'a.tsv' : 'a.csv', write(`${rows.join(lineBreak)}${lineBreak}`));
    const report = await interactions(path, mapping);
    expect(report).toMatchObject({ rowsRead: 9, rowsAccepted: 3, rowsRejected: 6 });
    expect(readRejects(report)).toEqual(expected);
    expect(await catalog.nodeIds('customer')).toEqual(['a', 'f', 'i']);
    expect(await catalog.nodeIds('product')).toEqual([`two${lineBreak}lines`, 'x']);
  });

  test('across the blocks a large file is read in', async () => {
    const { file, interactions } = await createTempCatalog();
    const lines = ['customer,product,qty'];
    const bad: string[] = [];
    for (let i = 0; lines.length < 150_000; i++) {
      if (i % 9973 === 5) bad.push(`${lines.push(`c${i},p,0`)} qty quantity-zero 0`);
      else if (i % 101 === 0) lines.push(`c${i},"a`, 'b', 'c",1');
      else lines.push(`c${i},product number ${i % 17},1`);
    }
    const report = await interactions(await file('large.csv', lines.join('\n')), mapping);
    expect(bad.length).toBeGreaterThan(10);
    expect(readRejects(report)).toEqual(bad);
  });

  test('NDJSON: the line', async () => {
    const { file, interactions } = await createTempCatalog();
    const lines = [
      '{"customer":"a","product":"x"}',
      '',
      '{"customer":"a"}',
      'not json',
      '["a","x"]',
      '{"customer":["a"],"product":"x"}',
      '{"customer":null,"product":"x"}',
      `{"customer":"a\\u001f","product":"x"}`,
      '{"customer":"a\u001f","product":"x"}',
    ];
    const report = await interactions(await file('a.ndjson', lines.join('\r\n')), PAIR);
    expect(readRejects(report)).toEqual([
      '3 product product-missing',
      '4  json-invalid not json',
      '5  json-not-an-object ARRAY',
      '6  value-not-single ["a"]'.replaceAll('"', '""').replace('[', '"[').replace(']', ']"'),
      '7 customer customer-missing',
      '9  control-character',
    ]);
    expect(report.rowsAccepted).toBe(2);
  });

  test('Parquet: the row, from 1', async () => {
    const { dir, interactions } = await createTempCatalog();
    const path = join(dir, 'a.parquet');
    await runSql(`COPY (SELECT i AS customer, 'p' AS product, CASE WHEN i = 2500 THEN 0 ELSE 1 END AS qty
      FROM range(5000) AS t(i)) TO '${path}' (ROW_GROUP_SIZE 2048)`);
    const report = await interactions(path, mapping);
    expect(readRejects(report)).toEqual(['2501 qty quantity-zero 0']);
  });
});

test('when no row can be used the import fails, says why, and nothing has changed', async () => {
  const { dir, catalog, file, interactions } = await createTempCatalog();
  await interactions(await file('good.csv', 'customer,product\na,x\n'), PAIR);
  const path = await file('bad.csv', 'customer,product\n,x\nb,\n');
  const error = await failureOf(interactions(path, PAIR));
  expect(error.code).toBe('IMPORT_ALL_REJECTED');
  expect(error.details).toMatchObject({
    file: path,
    rows: 2,
    rejectedByReason: { 'customer-missing': 1, 'product-missing': 1 },
    examples: [
      { line: 2, reason: 'customer-missing' },
      { line: 3, reason: 'product-missing' },
    ],
  });
  expect((await catalog.counts()).interactions).toBe(1);
  expect(existsSync(join(dir, 'rejects')) ? readdirSync(join(dir, 'rejects')) : []).toEqual([]);
});

test('the rejects file quotes what it copies', async () => {
  const { file, interactions } = await createTempCatalog();
  const path = await file('a.csv', 'customer,product\na,x\n"b ""quoted"", with comma",\nc,"x"y\n');
  const report = await interactions(path, PAIR);
  expect(readFileSync(report.rejectsFile!, 'utf8')).toBe(
    `file,line,column,reason,found,expected,raw\n${path},3,product,product-missing,,a value,\n${path},4,,bad-quotes,,"quotes around a whole field, doubled inside it","c,""x""y"\n`,
  );
});
