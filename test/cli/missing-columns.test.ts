/** An import whose columns were not named: the file's are listed, evident ones proposed, none taken. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openMemorySession } from '../../src/catalog/database.ts';
import { invoke } from './invocation.ts';

const SALES = 'InvoiceNo,StockCode,Quantity,InvoiceDate,Unit Price,CustomerID\n1,a,1,2020-01-01,1,c\n';
let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'shelfwalk-columns-'));
  const files: Record<string, string | Buffer> = {
    'sales.csv': SALES,
    'my sales.csv': SALES,
    'marked.tsv.gz': gzipSync('\ufeffuser_id\tsku\tmy col\nc\ta\tx\n'),
    'quoted.csv': '"user id","a ""b""",\'item\'\nc,x,p\n',
    'events.ndjson': '{"user":"c","what":"p"}\n{"later":1}\n',
    'list.ndjson': '"no object"\n',
    'two.csv': 'user_id,UserId,item\nc,d,p\n',
    'graph.csv': 'source,target,w\na,b,1\n',
    'wide.csv': `${Array.from({ length: 45 }, (_, i) => `c${i}`).join(',')}\n`,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(cwd, name), content);
  const session = await openMemorySession();
  await session.run(`COPY (SELECT 1 AS customer, 2 AS item, 3 AS ts) TO '${join(cwd, 'sales.parquet')}'`);
  session.close();
});
afterAll(() => rm(cwd, { recursive: true }));

async function detailsOf(...args: string[]): Promise<Record<string, unknown>> {
  const { code, out } = await invoke([...args, '--json'], { cwd });
  expect(code).toBe(2);
  const { error } = JSON.parse(out);
  return { code: error.code, ...error.details };
}

const INTERACTIONS = '--customer <column> --product <column>';

test.each([
  {
    file: 'sales.csv',
    found: 'columns "InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "Unit Price", "CustomerID"',
    hint: 'shelfwalk import interactions sales.csv --json --customer CustomerID --product StockCode --timestamp InvoiceDate --quantity Quantity --basket InvoiceNo',
  },
  {
    file: 'my sales.csv',
    found: 'columns "InvoiceNo"',
    hint: "shelfwalk import interactions 'my sales.csv' --json --customer CustomerID",
  },
  {
    file: 'marked.tsv.gz',
    found: 'columns "user_id", "sku", "my col"',
    hint: '--customer user_id --product sku',
  },
  {
    file: 'quoted.csv',
    found: String.raw`columns "user id", "a \"b\"", "'item'"`,
    hint: String.raw`--customer 'user id' --product ''\''item'\'''`,
  },
  { file: 'events.ndjson', found: 'columns "user", "what"', hint: '--customer user --product COLUMN' },
  {
    file: 'sales.parquet',
    found: 'columns "customer", "item", "ts"',
    hint: '--customer customer --product item --timestamp ts',
  },
  { file: 'two.csv', found: 'columns "user_id", "UserId", "item"', hint: '--customer COLUMN --product item' },
  { file: 'wide.csv', found: '"c39" and 5 more', hint: '--customer COLUMN --product COLUMN' },
])('interactions, $file', async ({ file, found, hint }) => {
  expect(await detailsOf('import', 'interactions', file)).toEqual({
    code: 'USAGE_INVALID',
    file: join(cwd, file),
    found: expect.stringContaining(found),
    expected: INTERACTIONS,
    hint: expect.stringContaining(hint),
  });
});

test('what was said is kept, and its column not proposed again', async () => {
  const details = await detailsOf('import', 'interactions', 'sales.csv', '--product', 'InvoiceNo');
  expect(details['expected']).toBe('--customer <column>');
  expect(details['hint']).toMatch(
    /sales\.csv --product InvoiceNo --json --customer CustomerID --timestamp InvoiceDate --quantity Quantity$/,
  );
});

test('products and customers', async () => {
  const expected = '--id <column>';
  expect(await detailsOf('import', 'products', 'sales.csv')).toMatchObject({
    expected,
    hint: expect.stringMatching(/--id StockCode$/),
  });
  expect(await detailsOf('import', 'customers', 'sales.csv')).toMatchObject({
    expected,
    hint: expect.stringMatching(/--id CustomerID$/),
  });
});

test('edges have names by default; a file that lacks them is answered in the same way', async () => {
  expect(await detailsOf('import', 'edges', 'graph.csv', '--data-dir', 'edges')).toMatchObject({
    code: 'IMPORT_COLUMN_MISSING',
    found: ['source', 'target', 'w'],
    hint: expect.stringMatching(/graph\.csv --data-dir edges --json --from source --to target$/),
  });
  expect(await detailsOf('embed', 'graph.csv', '--out', 'g.vec')).toMatchObject({
    code: 'IMPORT_COLUMN_MISSING',
    hint: expect.stringMatching(/embed graph\.csv --out g\.vec --json --from source --to target$/),
  });
  // A name that was said and is wrong is no gap to fill.
  const wrong = await detailsOf('import', 'edges', 'graph.csv', '--data-dir', 'edges', '--from', 'payer');
  expect(wrong).toMatchObject({ code: 'IMPORT_COLUMN_MISSING', column: 'payer' });
  expect(wrong).not.toHaveProperty('hint');
});

test('a command line that was proposed works, once the last gap is filled', async () => {
  const { hint } = await detailsOf('import', 'interactions', 'sales.csv', '--data-dir', 'tried');
  const [, line] = /: shelfwalk (.+)$/.exec(String(hint))!;
  const { code, out } = await invoke(line!.split(' '), { cwd });
  expect({ code, accepted: JSON.parse(out).files[0].rowsAccepted }).toEqual({ code: 0, accepted: 1 });
});

test('a file that cannot be looked into is refused for that, and nothing is made for any of them', async () => {
  const before = await readdir(cwd);
  expect(await detailsOf('import', 'interactions', 'none.csv')).toMatchObject({
    code: 'IMPORT_FILE_MISSING',
  });
  expect(await detailsOf('import', 'products', '.')).toMatchObject({ code: 'IMPORT_FILE_UNREADABLE' });
  expect(await detailsOf('import', 'products', 'list.ndjson')).toEqual({
    code: 'USAGE_INVALID',
    file: join(cwd, 'list.ndjson'),
    found: 'no names of columns',
    expected: '--id <column>',
  });
  expect(await readdir(cwd)).toEqual(before);
});
