/** Forgetting a customer: what is gone at once, what stays in files and for how long, and what the receipt says. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCatalog } from '../../src/catalog/catalog.ts';
import { type ForgetReply, forgetCustomer, readReceipt } from '../../src/pipeline/forget-customer.ts';
import { openWrittenShop, type WrittenShop } from './written-shop.ts';

const ID = 'zoë-4711-🦓'; // nothing else looks like it
const TRAIT = 'zebra-street-4711';

let shop: WrittenShop;
beforeEach(async () => {
  shop = await openWrittenShop();
  const { catalog } = shop.workspace;
  await catalog.changeEntities('customer', [
    { op: 'put', id: ID, name: `name of ${ID}`, attributes: [{ kind: 'street', value: TRAIT }] },
  ]);
  await catalog.appendInteractions(
    ['p1', 'p2'].map((productId) => ({ customerId: ID, productId, basket: `basket of ${ID}` })),
  );
  await catalog.appendInteractions([{ customerId: ID, productId: 'p1', quantity: -1 }]);
});
afterEach(() => shop.dispose());

const forget = (): Promise<ForgetReply> => forgetCustomer({ workspace: shop.workspace }, ID);
const event = { customerId: ID, productId: 'p1' };

test('no table of the catalog holds the id, the name, the basket or a trait that was only theirs', async () => {
  await forget();
  const { dataDir } = shop.workspace;
  await shop.live.close();
  await shop.workspace.close();
  const instance = await DuckDBInstance.create(join(dataDir, 'catalog.duckdb'));
  const connection = await instance.connect();
  const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
  const columns = await read(
    "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'VARCHAR' AND NOT internal",
  );
  expect(columns.length).toBeGreaterThan(20);
  for (const [table, column] of columns) {
    const found = await read(`SELECT count(*) FROM "${table}" WHERE contains("${column}", '4711')`);
    expect([table, column, Number(found[0]![0])]).toEqual([table, column, 0]);
  }
  connection.closeSync();
  instance.closeSync();
  await shop.restart();
});

test('a copy of the catalog, as the page says to make it, has no byte of them, and is the same catalog', async () => {
  await forget();
  const counts = await shop.workspace.catalog.counts();
  const { dataDir } = shop.workspace;
  await shop.live.close();
  await shop.workspace.close();
  const [old, copy] = [join(dataDir, 'catalog.duckdb'), join(dataDir, 'copy.duckdb')];
  const instance = await DuckDBInstance.create(copy);
  const connection = await instance.connect();
  await connection.run(`ATTACH '${old}' AS old (READ_ONLY); COPY FROM DATABASE old TO copy; DETACH old`);
  connection.closeSync();
  instance.closeSync();
  expect((await readFile(copy)).includes('4711')).toBe(false);
  const catalog = await openCatalog(copy, { rejectsDir: dataDir });
  expect(await catalog.counts()).toEqual(counts);
  expect((await catalog.appendInteractions([event])).rejected).toBe(1);
  await catalog.close();
  await shop.restart();
});

test('the receipt names every version with a row of theirs, and which of them are left', async () => {
  const withRow = await shop.addVersion('other', 2);
  const third = await shop.addVersion('third', 3);
  const receipt = await forget();
  expect(receipt).toEqual({
    receiptId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    watermark: await shop.workspace.catalog.watermark(),
    versionsAffected: expect.arrayContaining([withRow, third]), // prod was made before they came
    versionsLeft: receipt.versionsAffected,
  });
  expect(receipt.versionsAffected).toHaveLength(2);
  expect(JSON.stringify(receipt)).not.toContain('4711');
  const { versions } = shop.workspace;
  await shop.addVersion('third', 4);
  await shop.addVersion('third', 5); // the alias would not roll back to it any more
  await versions.remove(third);
  expect((await readReceipt(shop.workspace, receipt.receiptId)).versionsLeft).toEqual([withRow]);
  await shop.restart();
  expect((await readReceipt(shop.workspace, receipt.receiptId)).versionsLeft).toEqual([withRow]);
  await expect(readReceipt(shop.workspace, 'none')).rejects.toMatchObject({ code: 'RECEIPT_UNKNOWN' });
});

test('the receipt names a version that was being made meanwhile too, and not one that was made since', async () => {
  const made = await shop.readVersion(2); // a training has read the catalog, and takes its time
  const { receiptId, versionsAffected, watermark } = await forget();
  expect(versionsAffected).toEqual([]);
  const late = await made.publish('late');
  await shop.workspace.catalog.changeEntities('customer', [{ op: 'put', id: ID }]);
  const since = await shop.readVersion(3);
  expect(since.watermark).toBeGreaterThan(watermark);
  await since.publish('since'); // of somebody new
  for (let i = 0; i < 2; i++) {
    expect(await readReceipt(shop.workspace, receiptId)).toMatchObject({
      versionsAffected: [late],
      versionsLeft: [late],
    });
    await shop.restart();
  }
});

test('a request that is sent again has the refresh queued that the first one did not come to', async () => {
  await shop.addVersion('other', 2);
  const options = { idempotency: { key: 'k', request: 'r' } };
  const { workspace } = shop;
  const dies = { workspace, queueRefresh: () => Promise.reject(new Error('killed')) };
  await expect(forgetCustomer(dies, ID, options)).rejects.toThrow('killed');
  const again = await forgetCustomer({ workspace, queueRefresh: async () => 'job-2' }, ID, options);
  expect(again.refreshJob).toBe('job-2');
  expect(await forgetCustomer({ workspace, queueRefresh: async () => 'job-3' }, ID, options)).toEqual(again);
});

test('they are in no answer of a version that has their row, now and after a restart', async () => {
  await shop.addVersion('prod', 2);
  await shop.live.reload();
  const near = async (): Promise<string[]> =>
    (await shop.live.neighbors({ type: 'customer', id: 'c1' }, { limit: 1000 })).results.map(({ id }) => id);
  expect(await near()).toContain(ID);
  await forget();
  for (let i = 0; i < 2; i++) {
    expect(await near()).toHaveLength(11);
    expect(await near()).not.toContain(ID);
    await expect(shop.live.embedding({ type: 'customer', id: ID })).rejects.toMatchObject({
      code: 'NODE_UNKNOWN',
    });
    await shop.restart();
  }
});

test('late events do not bring them back; put again, they are somebody new', async () => {
  await shop.addVersion('prod', 2);
  await shop.live.reload();
  await forget();
  const { catalog } = shop.workspace;
  expect(await catalog.appendInteractions([event])).toMatchObject({
    accepted: 0,
    errors: [{ path: 'customerId', code: 'NODE_UNKNOWN' }],
  });
  await shop.restart();
  expect((await shop.workspace.catalog.appendInteractions([event])).accepted).toBe(0);
  await shop.workspace.catalog.changeEntities('customer', [{ op: 'put', id: ID }]);
  expect((await shop.workspace.catalog.appendInteractions([event])).accepted).toBe(1);
  for (let i = 0; i < 2; i++) {
    expect(await shop.live.embedding({ type: 'customer', id: ID })).toMatchObject({
      coldStart: true,
      basis: { interactions: 1, attributes: 0 },
    });
    await shop.restart();
  }
});

test('is not done twice: a second request finds nobody, one that is sent again gets the first receipt', async () => {
  const idempotency = { key: 'k', request: 'r' };
  const options = { idempotency };
  const first = await forgetCustomer({ workspace: shop.workspace }, ID, options);
  expect(await forgetCustomer({ workspace: shop.workspace }, ID, options)).toEqual(first);
  await expect(forget()).rejects.toMatchObject({ code: 'NODE_UNKNOWN' });
});

test('a refresh is queued where no version has a row of theirs yet and one may be under way', async () => {
  const { workspace } = shop; // its version is older than the customer
  const deps = { workspace, queueRefresh: async () => 'job-1' };
  const { versionsAffected, refreshJob } = await forgetCustomer({ ...deps, isPublishing: () => true }, ID);
  expect({ versionsAffected, refreshJob }).toEqual({ versionsAffected: [], refreshJob: 'job-1' });
  await workspace.catalog.appendInteractions([{ customerId: 'visitor', productId: 'p1' }]);
  expect((await forgetCustomer(deps, 'visitor')).refreshJob).toBeUndefined();
});

test('a refresh is queued once, and the receipt says which', async () => {
  let queued = 0;
  const queueRefresh = async (): Promise<string> => `job-${++queued}`;
  await shop.addVersion('other', 2);
  const deps = { workspace: shop.workspace, queueRefresh };
  await expect(forgetCustomer(deps, 'nobody')).rejects.toMatchObject({ code: 'NODE_UNKNOWN' });
  const { receiptId, refreshJob } = await forgetCustomer(deps, ID);
  expect([refreshJob, queued]).toEqual(['job-1', 1]);
  expect((await readReceipt(shop.workspace, receiptId)).refreshJob).toBe('job-1');
});
