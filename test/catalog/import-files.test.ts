/** Files as a whole: formats and what only claims to be one, recognition, dry run, all or nothing. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { InteractionMapping } from '../../src/catalog/types.ts';
import {
  createTempCatalog,
  failureOf,
  PAIR,
  PLAIN,
  readPairs,
  runSql,
  SEED_FORMATS,
} from './temp-catalog.ts';

const CSV = 'customer,product,ts,qty\n007,"a, ""b""",2020-01-01T02:00:00+02:00,1\n08,é/😀,1577836800,2.5\n';
const TIMED: InteractionMapping = { ...PAIR, timestamp: 'ts', quantity: 'qty' };
const PAIRS = [
  ['007', 'a, "b"', 1],
  ['08', 'é/😀', 1],
];

describe('one table in every format', () => {
  test.each([
    ['a.csv', CSV],
    ['a.csv.gz', gzipSync(CSV)],
    ['gzipped-in-secret.csv', gzipSync(CSV)],
    ['two-members.csv.gz', Buffer.concat([gzipSync(CSV.slice(0, 30)), gzipSync(CSV.slice(30))])],
    ['A.TSV', 'customer\tproduct\tts\tqty\n007\t"a, ""b"""\t2020-01-01\t1\n08\té/😀\t2020-01-01T00:00Z\t2.5'],
    [
      'a.jsonl',
      '{"customer":"007","product":"a, \\"b\\"","ts":1577836800000,"qty":1}\n{"product":"é/😀","qty":"2.5","ts":"2020-01-01","customer":"08","more":{}}',
    ],
  ])('%s', async (name, content) => {
    const { catalog, file, interactions } = await createTempCatalog();
    const report = await interactions(await file(name, content), TIMED);
    expect(report).toMatchObject({ rowsRead: 2, rowsAccepted: 2, warnings: [] });
    expect(await readPairs(catalog, PLAIN)).toEqual(PAIRS);
    const { timeMs } = await catalog.interactions('all');
    expect([...timeMs]).toEqual([Date.UTC(2020), Date.UTC(2020)]);
  });

  test.each([false, true])('Parquet with typed columns, gzipped: %s', async (gzipped) => {
    const { dir, catalog, file, interactions } = await createTempCatalog();
    const plain = join(dir, "it's [1]*.parquet");
    await runSql(`COPY (SELECT * FROM (VALUES (7, 9007199254740993, TIMESTAMPTZ '2020-01-01 02:00:00+02', 1.5::FLOAT, 12.0::DOUBLE),
      (8, 1, TIMESTAMPTZ '2020-01-01 00:00:00Z', 2, NULL)) AS t (customer, product, ts, qty, "order id"))
      TO '${plain.replaceAll("'", "''")}' (FORMAT parquet)`);
    const path = gzipped ? await file('b.parquet.gz', gzipSync(await readFile(plain))) : plain;
    await interactions(path, { ...TIMED, basket: 'order id' });
    expect(await readPairs(catalog, PLAIN)).toEqual([
      ['7', '9007199254740993', 1],
      ['8', '1', 1],
    ]);
    const { timeMs, basket } = await catalog.interactions('all');
    expect([...timeMs]).toEqual([Date.UTC(2020), Date.UTC(2020)]);
    expect([...basket]).toEqual([0, 0xffffffff]);
    await catalog.close();
    const rows = await runSql(
      'SELECT basket, quantity FROM interactions ORDER BY seq',
      join(dir, 'data/catalog.duckdb'),
    );
    expect(rows).toEqual([
      { basket: '12', quantity: 1.5 },
      { basket: null, quantity: 2 },
    ]);
  });

  test('lists: a cell with a separator, a JSON array, a Parquet list; equal entries are two rows', async () => {
    const { dir, catalog, file, interactions } = await createTempCatalog();
    const mapping = { customer: 'c', product: 'p', productSplit: ',' };
    const csv = await interactions(await file('a.csv', 'c,p\n1,"x, y,,x"\n'), mapping);
    expect(csv.warnings).toEqual(['1 empty places in lists were passed over']);
    await interactions(await file('a.ndjson', '{"c":1,"p":["x","y, z"]}\n{"c":2,"p":"x,y"}'), mapping);
    const path = join(dir, 'a.parquet');
    await runSql(`COPY (SELECT 1 AS c, ['x', NULL, 'q'] AS p) TO '${path}'`);
    await interactions(path, mapping);
    expect(await readPairs(catalog, PLAIN)).toEqual([
      ['1', 'q', 1],
      ['1', 'x', 4],
      ['1', 'y', 1],
      ['1', 'y, z', 1],
      ['2', 'x', 1],
      ['2', 'y', 1],
    ]);
  });
});

test('times of every form are one instant', async () => {
  const { catalog, file, interactions } = await createTempCatalog();
  const forms = [
    '2020-01-01',
    '2020-01-01 00:00',
    '2020-01-01T00:00Z',
    '2020-01-01T00:00:00',
    '2020-01-01 00:00:00.000000000 Z',
    '"2020-01-01T00:00:00,000Z"',
    '2020-01-01T02:00:00+02:00',
    '2020-01-01T02:00+02',
    '2019-12-31T20:30:00-0330',
    '1577836800',
    '1577836800000',
    '2019-12-31T24:00:00Z',
  ];
  const rows = forms.map((form) => `c,p,${form}\n`).join('');
  const report = await interactions(await file('a.csv', `customer,product,ts\n${rows}`), {
    ...PAIR,
    timestamp: 'ts',
  });
  expect(report.rejectedByReason).toEqual({});
  const { timeMs } = await catalog.interactions('all');
  expect([...timeMs]).toEqual(forms.map(() => Date.UTC(2020)));
});

describe('a file that is not what it claims', () => {
  const parquetHead = Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(100)]);
  test.each([
    ['a.csv', '', 'IMPORT_FILE_UNREADABLE', { found: 'an empty file' }],
    ['a.xlsx', 'x', 'IMPORT_FILE_UNREADABLE', { found: 'the extension .xlsx' }],
    ['no-extension', 'x', 'IMPORT_FILE_UNREADABLE', { found: 'no extension' }],
    ['a.csv.gz', 'customer,product\n1,2\n', 'IMPORT_FILE_UNREADABLE', { expected: 'gzip, as the name says' }],
    [
      'b.csv.gz',
      gzipSync(CSV.repeat(50)).subarray(0, 100),
      'IMPORT_FILE_UNREADABLE',
      { found: 'gzip that ends early' },
    ],
    ['a.csv', parquetHead, 'IMPORT_FILE_UNREADABLE', { found: 'Parquet', expected: 'csv' }],
    ['a.parquet', CSV, 'IMPORT_FILE_UNREADABLE', { expected: 'Parquet (the file begins with PAR1)' }],
    ['b.parquet', parquetHead, 'IMPORT_FILE_UNREADABLE', { expected: 'a whole Parquet file' }],
    [
      'a.csv',
      Buffer.from('PK\u0003\u0004'),
      'IMPORT_FILE_UNREADABLE',
      { found: 'a ZIP archive or a spreadsheet' },
    ],
    [
      'a.csv',
      Buffer.from('\uFEFFcustomer', 'utf16le'),
      'IMPORT_FILE_UNREADABLE',
      { line: 1, found: 'UTF-16' },
    ],
    [
      'a.csv',
      'customer,product\n1,2\n1,\u0000\n',
      'IMPORT_FILE_UNREADABLE',
      { line: 3, found: 'a NUL byte' },
    ],
    ['a.csv.gz', gzipSync(parquetHead), 'IMPORT_FILE_UNREADABLE', { found: 'Parquet' }],
    ['a.ndjson', '[{"customer":1}]', 'IMPORT_FILE_UNREADABLE', { line: 1, found: 'a JSON array' }],
    ['a.csv', '"customer,product\n1,2\n', 'IMPORT_FILE_UNREADABLE', { line: 1, found: 'bad-quotes' }],
    [
      'a.csv',
      'user,product\n1,2\n',
      'IMPORT_COLUMN_MISSING',
      { column: 'customer', found: ['user', 'product'] },
    ],
    [
      'a.ndjson',
      '{"user":1,"product":2}',
      'IMPORT_COLUMN_MISSING',
      { column: 'customer', found: ['product', 'user'] },
    ],
    ['a.csv', 'customer,customer,product\n1,2,3\n', 'IMPORT_MAPPING_INVALID', { column: 'customer' }],
    ['a.csv', 'customer,product\n', 'IMPORT_ALL_REJECTED', { rows: 0 }],
  ])('%# %s', async (name, content, code, details) => {
    const { catalog, file, interactions } = await createTempCatalog();
    const path = await file(name, content);
    const error = await failureOf(interactions(path, PAIR));
    expect(error).toMatchObject({ code, details: { file: path, ...details } });
    expect(await catalog.counts()).toMatchObject({ customers: 0, products: 0, interactions: 0 });
  });

  test('Latin-1 is named with its line, and how to convert it', async () => {
    const { file, interactions } = await createTempCatalog();
    const path = await file('a.csv', Buffer.from('customer,product\n1,x\n2,caf\xe9\n', 'latin1'));
    const error = await failureOf(interactions(path, PAIR));
    expect(error.details).toMatchObject({ file: path, line: 3, expected: 'UTF-8' });
    expect(error.message).toContain('iconv -f WINDOWS-1252 -t UTF-8');
  });

  test('nearly the right column, or the wrong separator: the error says so', async () => {
    const { file, interactions } = await createTempCatalog();
    const cased = await failureOf(interactions(await file('a.csv', 'Customer ,product\n1,2\n'), PAIR));
    expect(cased.details['hint']).toBe('Did you mean "Customer "?');
    const semicolons = await failureOf(interactions(await file('b.csv', 'customer;product\n1;2\n'), PAIR));
    expect(semicolons.details['hint']).toContain('separated by ";"');
  });

  test('no file, a folder', async () => {
    const { dir, interactions } = await createTempCatalog();
    expect(await failureOf(interactions(join(dir, 'none.csv'), PAIR))).toMatchObject({
      code: 'IMPORT_FILE_MISSING',
    });
    const folder = await failureOf(interactions(dir, PAIR));
    expect(folder).toMatchObject({ code: 'IMPORT_FILE_UNREADABLE', details: { found: 'a folder' } });
  });

  test('--format overrules the name', async () => {
    const { file, interactions } = await createTempCatalog();
    const report = await interactions(await file('orders.txt', CSV), TIMED, { format: 'csv' });
    expect(report.rowsAccepted).toBe(2);
  });
});

describe('a file is recognised by its content', () => {
  test('the same bytes under another name change nothing; another kind or --again do', async () => {
    const { catalog, file, interactions, products } = await createTempCatalog();
    const first = await interactions(await file('a.csv', CSV), PAIR);
    const copy = await interactions(await file('b.csv', CSV), PAIR);
    expect(copy).toMatchObject({ sha256: first.sha256, rowsRead: 0, rowsAccepted: 0, warnings: [] });
    expect(copy.skipped).toEqual({ importedAt: expect.stringMatching(/^\d{4}-.*Z$/), importId: '1' });
    expect((await catalog.counts()).interactions).toBe(2);

    expect((await products(await file('c.csv', CSV), { id: 'product' })).skipped).toBeUndefined();
    const again = await interactions(await file('a.csv', CSV), PAIR, { again: true });
    expect(again.rowsAccepted).toBe(2);
    expect((await catalog.counts()).interactions).toBe(4);
  });

  test('rows inside a file are never de-duplicated', async () => {
    const { catalog, file, interactions } = await createTempCatalog();
    await interactions(await file('a.csv', 'customer,product\n1,x\n1,x\n1,x\n'), PAIR);
    expect(await catalog.counts()).toMatchObject({ interactions: 3, pairs: 1 });
  });

  test('with another mapping it is skipped with a warning', async () => {
    const { file, interactions } = await createTempCatalog();
    const path = await file('a.csv', CSV);
    await interactions(path, PAIR);
    const second = await interactions(path, TIMED);
    expect(second.skipped?.importId).toBe('1');
    expect(second.warnings).toEqual([expect.stringContaining('--again')]);
  });

  test('twice in one command it is taken in once', async () => {
    const { catalog, file } = await createTempCatalog();
    const source = { kind: 'interactions', path: await file('a.csv', CSV), mapping: PAIR } as const;
    const { files } = await catalog.importFiles([source, source], {}, {});
    expect(files.map(({ rowsAccepted }) => rowsAccepted)).toEqual([2, 0]);
    expect((await catalog.counts()).interactions).toBe(2);
  });
});

describe('all or nothing', () => {
  test('a dry run reports everything and changes nothing', async () => {
    const { dir, catalog, file, interactions } = await createTempCatalog();
    const path = await file('a.csv', 'customer,product\n1,x\n2,\n');
    const source = { kind: 'interactions', path, mapping: PAIR } as const;
    const report = await catalog.importFiles([source], { dryRun: true }, {});
    expect(report).toMatchObject({ dryRun: true, catalog: { customers: 1, products: 1, interactions: 1 } });
    expect(report.files[0]).toMatchObject({ rowsAccepted: 1, rejectedByReason: { 'product-missing': 1 } });
    expect(report.files[0]!.rejectsFile).toBeUndefined();
    expect(existsSync(join(dir, 'rejects'))).toBe(false);
    expect(await catalog.counts()).toMatchObject({ customers: 0, products: 0, interactions: 0 });
    expect((await interactions(path, PAIR)).skipped).toBeUndefined();
  });

  test('if the second file of a command fails, the first is not in either', async () => {
    const { dir, catalog, file } = await createTempCatalog();
    const good = await file('good.csv', 'customer,product\n1,x\n,x\n');
    const bad = await file('bad.csv', 'customer,produkt\n1,x\n');
    const sources = [good, bad].map((path) => ({ kind: 'interactions', path, mapping: PAIR }) as const);
    expect(await failureOf(catalog.importFiles(sources, {}, {}))).toMatchObject({
      code: 'IMPORT_COLUMN_MISSING',
    });
    expect(await catalog.counts()).toMatchObject({ customers: 0, interactions: 0 });
    expect(await readdir(join(dir, 'rejects'))).toEqual([]);
    expect(await readdir(join(dir, 'data/catalog.duckdb.tmp'))).toEqual([]);
  });

  test('stopped half way', async () => {
    const { catalog, file } = await createTempCatalog();
    const rows = Array.from({ length: 300_000 }, (_, i) => `${i % 1000},${i % 77}`).join('\n');
    const source = {
      kind: 'interactions',
      path: await file('a.csv', `customer,product\n${rows}\n`),
      mapping: PAIR,
    } as const;
    for (const stage of ['read file', 'store rows']) {
      const controller = new AbortController();
      const onProgress = (progress: { stage: string }) => progress.stage === stage && controller.abort();
      const error = await failureOf(
        catalog.importFiles([source], {}, { signal: controller.signal, onProgress }),
      );
      expect(error.code).toBe('ABORTED');
      expect((await catalog.counts()).interactions).toBe(0);
    }
    await catalog.importFiles([source], {}, {});
    expect((await catalog.counts()).interactions).toBe(300_000);
  });

  test('a second import at the same time is refused, and reads go on', async () => {
    const { catalog, file, interactions } = await createTempCatalog();
    const first = interactions(await file('a.csv', CSV), PAIR);
    expect(await failureOf(interactions(await file('b.csv', `${CSV}\n`), PAIR))).toMatchObject({
      code: 'BUSY',
    });
    await catalog.list({ type: 'customer', limit: 1 });
    expect((await first).rowsAccepted).toBe(2);
  });

  test('progress is told', async () => {
    const { catalog } = await createTempCatalog();
    const stages = new Set<string>();
    const source = { kind: 'preset', preset: 'instacart', path: SEED_FORMATS } as const;
    await catalog.importFiles([source], {}, { onProgress: ({ stage }) => stages.add(stage) });
    expect([...stages]).toEqual(['read file', 'store rows']);
  });
});

test('a Parquet file is read alone, whatever pattern its name makes', async () => {
  const { dir, catalog, interactions } = await createTempCatalog();
  const write = async (name: string, customer: string) => {
    const path = join(dir, name);
    await runSql(`COPY (SELECT '${customer}' AS customer, 'p' AS product) TO '${path}' (FORMAT parquet)`);
    return path;
  };
  const names = ['*.parquet', '?.parquet', '[ab].parquet', 'a[!x]].parquet', 'a.parquet', 'b*'];
  const paths: string[] = [];
  for (const name of names) paths.push(await write(name, `of ${name}`));
  for (const path of paths) await interactions(path, PAIR, { format: 'parquet' });
  expect((await readPairs(catalog, PLAIN)).map(([customer]) => customer).sort()).toEqual(
    names.map((name) => `of ${name}`).sort(),
  );
  expect((await catalog.counts()).interactions).toBe(names.length);
  const refused = interactions(await write('a\\*.parquet', 'x'), PAIR);
  expect(await failureOf(refused)).toMatchObject({ code: 'IMPORT_FILE_UNREADABLE' });
});
