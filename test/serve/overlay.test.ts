/** Writes over HTTP, and what the next answer says: over a catalog and a version on disk. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Operation } from '../../src/pipeline/operation.ts';
import { serverConfigSchema } from '../../src/pipeline/server-config.ts';
import { type RunningServer, startServer } from '../../src/serve/server.ts';
import { openWrittenShop, PRODUCTS, type WrittenShop } from '../pipeline/written-shop.ts';
import { silent } from './fakes.ts';
import { findLeaseForTest } from './lease-file.ts';
import { type Answer, ask } from './rig.ts';

let shop: WrittenShop;
let server: RunningServer;
let token: string;

/** Says what it was asked, and does nothing. */
const asked: unknown[] = [];
const refresh: Operation = {
  name: 'refresh',
  summary: 'Does nothing',
  input: z.strictObject({ alias: z.string() }),
  writes: true,
  run: async (_workspace, input) => void asked.push(input),
};

beforeAll(async () => {
  shop = await openWrittenShop();
  server = await startServer({
    workspace: shop.workspace,
    operations: [refresh],
    config: serverConfigSchema.parse({ port: 0 }),
    log: silent,
  });
  token = (await findLeaseForTest(shop.workspace.dataDir)).token;
});
afterAll(async () => {
  await server.close();
  await shop.dispose();
});

const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
  ask(server.url, path, { method, body, headers: { 'x-api-key': token } });
const get = (path: string): Promise<Answer> => ask(server.url, path);
const idsOf = ({ json }: Answer): string[] => json.results.map(({ id }: { id: string }) => id);

test('a product that is put has its vectors in the reply to the put, and is in the next answer', async () => {
  const body = { name: 'Neu', attributes: [{ kind: 'brand', value: 'odd' }] };
  expect((await send('PUT', '/v1/products/neu', body)).json).toMatchObject({
    id: 'neu',
    embedded: true,
    coldStart: true,
    basis: { interactions: 0, attributes: 1 },
  });
  const { json } = await get('/v1/customers/c5/recommendations?limit=1000');
  expect(json.results.find(({ id }: { id: string }) => id === 'neu')).toMatchObject({
    name: 'Neu',
    coldStart: true,
  });
  expect((await get('/v1/embeddings/products/neu')).json).toMatchObject({ coldStart: true });
  expect((await send('PUT', '/v1/products/bare', {})).json).toMatchObject({ embedded: false });
  expect((await send('PATCH', '/v1/products/p1', { name: 'One' })).json).not.toHaveProperty('coldStart');
});

test('a customer with one click is asked for by the next request', async () => {
  await send('POST', '/v1/interactions', { customerId: 'click', productId: 'p3' });
  expect((await get('/v1/customers/click')).json).toMatchObject({
    coldStart: true,
    basis: { interactions: 1 },
  });
  const wanted = await get('/v1/customers/click/recommendations?limit=5');
  expect(idsOf(wanted)).toHaveLength(5);
  expect(idsOf(wanted)).not.toContain('p3');
});

test('exclude, in both forms; the old ones mean what they meant', async () => {
  await send('PATCH', '/v1/products/p10', { hidden: true });
  await send('PATCH', '/v1/products/p11', { inStock: false });
  const found = async (query: string): Promise<string[]> =>
    idsOf(await get(`/v1/customers/c3/recommendations?limit=1000${query}`));
  const seen = ['p3', 'p4', 'p5'];
  const has = (ids: string[], ...wanted: string[]): boolean[] => wanted.map((id) => ids.includes(id));
  expect(has(await found(''), ...seen, 'p10', 'p11')).toEqual([false, false, false, true, true]);
  expect(has(await found('&exclude=none'), ...seen, 'p10')).toEqual([true, true, true, true]);
  expect(has(await found('&exclude=hidden'), ...seen, 'p10', 'p11')).toEqual([true, true, true, false, true]);
  expect(has(await found('&exclude=seen,hidden,outOfStock'), ...seen, 'p10', 'p11', 'p12')).toEqual([
    ...[false, false, false],
    ...[false, false, true],
  ]);
  const post = await send('POST', '/v1/customers/c3/recommendations', {
    limit: 1000,
    exclude: { seen: false, hidden: true, outOfStock: true, ids: ['p12'] },
  });
  expect(has(idsOf(post), ...seen, 'p10', 'p11', 'p12')).toEqual([true, true, true, false, false, false]);
  const near = await get('/v1/products/p1/neighbors?limit=1000&exclude=hidden,outOfStock');
  expect(has(idsOf(near), 'p10', 'p11', 'p12')).toEqual([false, false, true]);
  const query = await send('POST', '/v1/query', {
    query: { nearest: { refs: [{ type: 'product', id: 'p1' }] } },
    limit: 1000,
    exclude: { hidden: true, ids: ['p12'] },
  });
  expect(has(idsOf(query), 'p10', 'p11', 'p12')).toEqual([false, true, false]);
});

test('a deleted product is in no answer from the next request on', async () => {
  expect((await send('DELETE', '/v1/products/p9')).status).toBe(200);
  for (const path of [
    '/v1/products/p1/neighbors?limit=1000',
    '/v1/customers/c9/recommendations?limit=1000&exclude=none',
    '/v1/attributes/brand/odd/neighbors?limit=1000&targetType=product',
  ]) {
    expect(idsOf(await get(path))).not.toContain('p9');
    expect(idsOf(await get(path)).length).toBeGreaterThan(PRODUCTS.length - 3);
  }
  for (const path of ['/v1/products/p9', '/v1/embeddings/products/p9', '/v1/products/p9/neighbors'])
    expect((await get(path)).json.code).toBe('NODE_UNKNOWN');
});

test('a customer is forgotten, with a receipt that can be read again', async () => {
  const { json } = await send('DELETE', '/v1/customers/c7?forget=true');
  expect(json).toMatchObject({
    versionsAffected: [shop.version],
    versionsLeft: [shop.version],
    refreshJob: expect.any(String),
  });
  expect((await get(`/v1/receipts/${json.receiptId}`)).json).toEqual(json);
  await vi.waitFor(async () => {
    expect((await get(`/v1/jobs/${json.refreshJob}`)).json.state).toBe('succeeded');
  });
  expect(asked).toEqual([{ alias: 'prod' }]);
  expect(idsOf(await get('/v1/customers/c5/neighbors?limit=1000'))).not.toContain('c7');
  expect((await get('/v1/embeddings/customers/c7')).json.code).toBe('NODE_UNKNOWN');
  const late = await send('POST', '/v1/interactions', { customerId: 'c7', productId: 'p1' });
  expect([late.status, late.json.code]).toEqual([404, 'NODE_UNKNOWN']);
  expect((await send('DELETE', '/v1/customers/c8')).json).toMatchObject({ type: 'customer', id: 'c8' });
});
