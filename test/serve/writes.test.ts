/**
 * Writes over HTTP on a real catalog: what is acknowledged is read back at once, ids byte for byte; what
 * is wrong is said with its place, and takes nothing else with it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverConfigSchema } from '../../src/pipeline/server-config.ts';
import { openWorkspace, type Workspace } from '../../src/pipeline/workspace.ts';
import { type RunningServer, startServer } from '../../src/serve/server.ts';
import { NASTY_IDS, silent } from './fakes.ts';
import { type Answer, type AskOptions, ask } from './rig.ts';

const WRITE = 'a-key-that-may-write';
const READ = 'a-key-that-may-read';

let dir: string;
let workspace: Workspace;
let server: RunningServer;

async function start(): Promise<void> {
  workspace = await openWorkspace(dir);
  const apiKeys = [
    { scope: 'write', key: WRITE },
    { scope: 'read', key: READ },
  ];
  const config = serverConfigSchema.parse({ port: 0, apiKeys });
  server = await startServer({ workspace, operations: [], config, log: silent });
}
async function stop(): Promise<void> {
  await server.close();
  await workspace.close();
}
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-writes-'));
  await start();
});
afterAll(async () => {
  await stop();
  await rm(dir, { recursive: true });
});

const send = (
  method: string,
  path: string,
  body?: unknown,
  headers: AskOptions['headers'] = {},
): Promise<Answer> => ask(server.url, path, { method, body, headers: { 'x-api-key': WRITE, ...headers } });
const get = (path: string): Promise<Answer> => send('GET', path);
const NDJSON = { 'content-type': 'application/x-ndjson' };
const event = (customerId: string, productId: string, rest: object = {}) => ({
  customerId,
  productId,
  ...rest,
});

describe('ids that hurt', () => {
  // No path can carry these two: clients tidy them away.
  const inPath = NASTY_IDS.filter((id) => id !== '.' && id !== '..');

  test.each(inPath)('%j: put, patched, read, deleted', async (id) => {
    const path = `/v1/products/${encodeURIComponent(id)}`;
    const put = await send('PUT', path, { name: 'n', attributes: [{ kind: 'brand', value: id }] });
    expect(put.json).toMatchObject({ type: 'product', id });
    await send('PATCH', path, { inStock: false });
    expect((await get(path)).json).toMatchObject({
      id,
      name: 'n',
      inStock: false,
      attributes: [{ kind: 'brand', value: id }],
    });
    expect((await send('DELETE', path)).status).toBe(200);
    expect((await get(path)).status).toBe(404);
  });

  test('a batch that asks for something else is told all that there is', async () => {
    const { json } = await send('POST', '/v1/products/batch', { products: [{ op: 'upsert', id: 'x' }] });
    expect(json.errors).toEqual([
      { path: '0.op', message: 'Invalid option: expected one of "put"|"patch"|"delete"' },
    ]);
  });

  test('all of them by batch and in events', async () => {
    const products = NASTY_IDS.map((id) => ({ id, name: `name of ${id}` }));
    expect((await send('POST', '/v1/products/batch', { products })).json).toMatchObject({
      accepted: NASTY_IDS.length,
    });
    const interactions = NASTY_IDS.map((id) => event(id, id, { type: id, basket: id }));
    expect((await send('POST', '/v1/interactions', { interactions })).json.accepted).toBe(NASTY_IDS.length);
    for (const id of NASTY_IDS) {
      const { json } = await get(`/v1/interactions?customerId=${encodeURIComponent(id)}`);
      expect(json.results).toMatchObject([{ productId: id, type: id, basket: id }]);
    }
    const deletes = NASTY_IDS.map((id) => JSON.stringify({ op: 'delete', id })).join('\n');
    for (const segment of ['products', 'customers']) {
      expect((await send('POST', `/v1/${segment}/batch`, deletes, NDJSON)).json.accepted).toBe(
        NASTY_IDS.length,
      );
    }
  });
});

describe('NDJSON', () => {
  test('bad lines are refused by number, good ones are taken', async () => {
    const lines = [
      JSON.stringify(event('nd', 'p1')),
      '',
      '{"customerId": "nd", ',
      JSON.stringify(event('nd', 'p2', { quantity: 0 })),
      JSON.stringify(event('nd', 'p3', { colour: 'red' })),
      '{"customerId":"nd","productId":"p4","value":1e999}',
      `${JSON.stringify(event('nd', 'p5'))}\r`,
    ];
    const { json, status } = await send('POST', '/v1/interactions', lines.join('\n'), NDJSON);
    expect(status).toBe(200);
    expect(json).toMatchObject({ accepted: 2, rejected: 4 });
    expect(json.errors.map((e: { line: number; path: string }) => [e.line, e.path])).toEqual([
      [3, ''],
      [4, 'quantity'],
      [5, 'colour'],
      [6, 'value'],
    ]);
    expect(json.errors[0].message).toMatch(/^expected JSON in UTF-8, found .*JSON/);
    expect(json.errors[3].message).toBe('expected a finite number, found a number too large for a double');
    const { json: page } = await get('/v1/customers/nd/interactions');
    expect(page.results.map((r: { productId: string }) => r.productId)).toEqual(['p5', 'p1']);
  });

  test('a line that is not UTF-8 costs that line', async () => {
    const good = Buffer.from(`${JSON.stringify(event('utf', 'p'))}\n`);
    const bad = Buffer.concat([
      Buffer.from('{"customerId":"'),
      Buffer.from([0xff]),
      Buffer.from('","productId":"p"}\n'),
    ]);
    const { json } = await send('POST', '/v1/interactions', Buffer.concat([bad, good]), NDJSON);
    expect(json).toMatchObject({ accepted: 1, rejected: 1, errors: [{ line: 1 }] });
    expect(json.errors[0].message).toBe('expected JSON in UTF-8, found bytes that are not UTF-8');
  });

  test('is not what a single product is', async () => {
    expect((await send('PUT', '/v1/products/x', '{}', NDJSON)).status).toBe(415);
  });
});

describe('refused', () => {
  test.each<
    [why: string, method: string, path: string, body: unknown, status: number, code: string, field?: string]
  >([
    ['no body', 'POST', '/v1/interactions', undefined, 422, 'REQUEST_UNPROCESSABLE'],
    [
      'no product',
      'POST',
      '/v1/interactions',
      { customerId: 'c' },
      422,
      'REQUEST_UNPROCESSABLE',
      'productId',
    ],
    [
      'an unknown field',
      'POST',
      '/v1/interactions',
      event('c', 'p', { price: 1 }),
      422,
      'REQUEST_UNPROCESSABLE',
      'price',
    ],
    ['blank', 'POST', '/v1/interactions', event('c', ' '), 422, 'REQUEST_UNPROCESSABLE', 'productId'],
    [
      'half a surrogate pair',
      'POST',
      '/v1/interactions',
      '{"customerId":"\\ud800","productId":"p"}',
      422,
      'REQUEST_UNPROCESSABLE',
      'customerId',
    ],
    [
      'two days in one',
      'POST',
      '/v1/interactions',
      event('c', 'p', { timestamp: '01/02/2017' }),
      422,
      'REQUEST_UNPROCESSABLE',
      'timestamp',
    ],
    [
      '1e999',
      'POST',
      '/v1/interactions',
      '{"customerId":"c","productId":"p","value":1e999}',
      400,
      'REQUEST_INVALID',
      'value',
    ],
    [
      'none good',
      'POST',
      '/v1/interactions',
      { interactions: [event('c', ''), 5] },
      422,
      'REQUEST_UNPROCESSABLE',
      '0.productId',
    ],
    [
      'a return replaces nothing',
      'PUT',
      '/v1/interactions',
      event('c', 'p', { type: 'return' }),
      422,
      'REQUEST_UNPROCESSABLE',
      'quantity',
    ],
    [
      'too many',
      'POST',
      '/v1/interactions',
      { interactions: Array(1001).fill(event('c', 'p')) },
      422,
      'REQUEST_UNPROCESSABLE',
      'interactions',
    ],
    [
      'no customer',
      'DELETE',
      '/v1/interactions?productId=p',
      undefined,
      400,
      'REQUEST_INVALID',
      'customerId',
    ],
    [
      'a kind with a slash',
      'PUT',
      '/v1/products/p',
      { attributes: [{ kind: 'a/b', value: 'x' }] },
      422,
      'REQUEST_UNPROCESSABLE',
      'attributes.0.kind',
    ],
    ['a hidden customer', 'PUT', '/v1/customers/c', { hidden: true }, 422, 'REQUEST_UNPROCESSABLE', 'hidden'],
    ['a patch of nothing', 'PATCH', '/v1/products/nowhere', { name: 'x' }, 404, 'NODE_UNKNOWN', 'id'],
    ['a delete of nothing', 'DELETE', '/v1/products/nowhere', undefined, 404, 'NODE_UNKNOWN', 'id'],
    ['no such customer', 'GET', '/v1/customers/nowhere/interactions', undefined, 404, 'NODE_UNKNOWN'],
    [
      'a cursor of nobody',
      'GET',
      '/v1/customers/nd/interactions?cursor=x',
      undefined,
      400,
      'REQUEST_INVALID',
      'cursor',
    ],
    ['an attribute is not put by itself', 'PUT', '/v1/attributes/brand/x', {}, 405, 'METHOD_NOT_ALLOWED'],
  ])('%s: %s %s', async (_why, method, path, body, status, code, field) => {
    const before = await workspace.catalog.watermark();
    const reply = await send(method, path, body);
    expect(reply.status, reply.text).toBe(status);
    expect(reply.json.code).toBe(code);
    if (field) expect(reply.json.errors.map((e: { path: string }) => e.path)).toContain(field);
    expect(await workspace.catalog.watermark()).toBe(before);
  });

  test('a key that may only read, and no key', async () => {
    const reply = await send('POST', '/v1/interactions', event('c', 'p'), { 'x-api-key': READ });
    expect([reply.status, reply.json.code]).toEqual([403, 'FORBIDDEN']);
    expect((await ask(server.url, '/v1/products/x', { method: 'PUT', body: {} })).status).toBe(401);
  });
});

describe('Idempotency-Key', () => {
  const key = (name: string) => ({ 'idempotency-key': name });

  test('the same request once, whatever its white space, also after a restart', async () => {
    const first = await send('POST', '/v1/interactions', event('idem', 'p'), key('one'));
    const spaced = JSON.stringify(event('idem', 'p'), null, 2);
    expect((await send('POST', '/v1/interactions', spaced, key('one'))).json).toEqual(first.json);
    await stop();
    await start();
    expect((await send('POST', '/v1/interactions', event('idem', 'p'), key('one'))).json).toEqual(first.json);
    expect((await get('/v1/customers/idem/interactions')).json.results).toHaveLength(1);
  });

  test('another request under the same key is refused', async () => {
    await send('PUT', '/v1/products/idem', { name: 'a' }, key('two'));
    const other = await send('PUT', '/v1/products/idem', { name: 'b' }, key('two'));
    expect([other.status, other.json.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    const elsewhere = await send('DELETE', '/v1/products/idem', undefined, key('two'));
    expect(elsewhere.json.code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect((await get('/v1/products/idem')).json.name).toBe('a');
  });

  test('twenty at once are one', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => send('POST', '/v1/interactions', event('many', 'p'), key('three'))),
    );
    expect(new Set(replies.map((r) => r.text)).size).toBe(1);
    expect((await get('/v1/customers/many/interactions')).json.results).toHaveLength(1);
  });

  test('a key of blanks is refused', async () => {
    expect((await send('POST', '/v1/interactions', event('x', 'p'), key('a b'))).json.errors).toMatchObject([
      { path: 'Idempotency-Key' },
    ]);
  });
});

test('what was written is read at once: events, states, what was seen', async () => {
  await send('PUT', '/v1/products/now', { name: 'New', hidden: true });
  expect((await get('/v1/products/now')).json).toMatchObject({ name: 'New', hidden: true, count: 0 });
  await send('POST', '/v1/interactions', {
    interactions: [event('reader', 'now'), event('reader', 'now', { quantity: -1 })],
  });
  expect((await get('/v1/products/now')).json.count).toBe(0); // bought, and brought back
  const { json } = await get('/v1/customers/reader/interactions');
  expect(json.results.map((r: { quantity?: number }) => r.quantity)).toEqual([-1, undefined]);
  expect((await send('DELETE', '/v1/interactions?customerId=reader&type=return')).json.deleted).toBe(1);
  expect((await send('PUT', '/v1/interactions', event('reader', 'now', { value: 5 }))).json.accepted).toBe(1);
  expect((await get('/v1/customers/reader/interactions')).json.results).toMatchObject([{ value: 5 }]);
});
