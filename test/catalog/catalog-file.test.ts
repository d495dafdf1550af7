/** The file of the catalog: made, kept, held by one, and refused when it is not ours. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { openCatalog } from '../../src/catalog/catalog.ts';
import { createTempCatalog, failureOf, PAIR, runSql } from './temp-catalog.ts';

test('what was imported is there after closing and opening', async () => {
  const { dir, catalog, file, interactions } = await createTempCatalog();
  await interactions(await file('a.csv', 'customer,product\n01111,x\n'), PAIR);
  const before = await catalog.counts();
  await catalog.close();
  const again = await openCatalog(join(dir, 'data/catalog.duckdb'), { rejectsDir: join(dir, 'rejects') });
  expect(await again.counts()).toEqual(before);
  expect(await again.nodeIds('customer')).toEqual(['01111']);
  await again.close();
});

test('held by this process, or by another', async () => {
  const { dir } = await createTempCatalog();
  const file = join(dir, 'data/catalog.duckdb');
  const same = await failureOf(openCatalog(file, { rejectsDir: dir }));
  expect(same).toMatchObject({ code: 'CATALOG_IN_USE', details: { file } });

  const other = join(dir, 'other.duckdb');
  const script = `import('@duckdb/node-api').then(async ({ DuckDBInstance }) => {
    globalThis.held = await DuckDBInstance.create(${JSON.stringify(other)}); console.log('held'); setInterval(() => {}, 1000); })`;
  const holder = execFile(process.execPath, ['-e', script], { cwd: import.meta.dirname });
  await new Promise((resolve) => holder.stdout!.once('data', resolve));
  const error = await failureOf(openCatalog(other, { rejectsDir: dir }));
  expect(error).toMatchObject({ code: 'CATALOG_IN_USE', details: { found: `(PID ${holder.pid})` } });
  expect(error.message).toContain('--data-dir');
  const gone = promisify(holder.once.bind(holder) as (event: string, done: () => void) => void)('exit');
  holder.kill('SIGKILL');
  await gone.catch(() => undefined);
  await (await openCatalog(other, { rejectsDir: dir })).close();
});

test.each([
  ['not a database', async (file: string) => writeFile(file, 'hello'.repeat(5000))],
  [
    'a database of something else',
    async (file: string) => void (await runSql('CREATE TABLE t (i INTEGER)', file)),
  ],
  [
    'a catalog of a later format',
    async (file: string) => void (await runSql('CREATE TABLE catalog_format AS SELECT 99 AS version', file)),
  ],
])('%s is CATALOG_FORMAT_UNKNOWN, however often it is tried', async (_, write) => {
  const { dir } = await createTempCatalog();
  const file = join(dir, 'foreign.duckdb');
  await write(file);
  const error = await failureOf(openCatalog(file, { rejectsDir: dir }));
  expect(error.code).toBe('CATALOG_FORMAT_UNKNOWN');
  expect((await failureOf(openCatalog(file, { rejectsDir: dir }))).code).toBe('CATALOG_FORMAT_UNKNOWN');
});

test('a folder with quotes and wildcards in its name', async () => {
  const { dir } = await createTempCatalog();
  const folder = join(dir, "it's [a-z]* ünï");
  await mkdir(folder);
  const path = join(folder, 'a.csv');
  await writeFile(path, 'customer,product\n1,x\n2,\n');
  const catalog = await openCatalog(join(folder, 'c.duckdb'), { rejectsDir: join(folder, 'rejects') });
  const { files } = await catalog.importFiles([{ kind: 'interactions', path, mapping: PAIR }], {}, {});
  expect(files[0]).toMatchObject({ rowsAccepted: 1, rowsRejected: 1 });
  await catalog.close();
});

test('a question mark, which DuckDB cannot have in a path', async () => {
  const { dir } = await createTempCatalog();
  const error = await failureOf(openCatalog(join(dir, 'what?', 'c.duckdb'), { rejectsDir: dir }));
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: { found: '?' } });
});

test('after closing, calls are refused', async () => {
  const { catalog } = await createTempCatalog();
  await catalog.close();
  await catalog.close();
  expect(await failureOf(catalog.counts())).toMatchObject({ code: 'SHUTTING_DOWN' });
});
