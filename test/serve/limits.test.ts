/** Too much, too fast, too slow, too deep: each is refused by name, and others are served meanwhile. */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Rig } from './rig.ts';
import { rigForTest } from './rig.ts';

/** Machines that run tests are busy. */
const PATIENT = { timeout: 20_000 };

const N = '/v1/products/lamp/neighbors';

describe('bodies', () => {
  const post = (rig: Rig, body: string | Buffer, headers = {}) =>
    rig.ask('/v1/query', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });

  test('over the limit → 413, by announced length and by counted bytes', async () => {
    const rig = await rigForTest({ config: { limits: { bodyBytes: 2048 } } });
    expect((await post(rig, JSON.stringify('x'.repeat(2046)))).status).toBe(422); // 2048 bytes: read, then not what was asked for
    const reply = await post(rig, JSON.stringify('x'.repeat(2047)));
    expect([reply.status, reply.json.code]).toEqual([413, 'BODY_TOO_LARGE']);
    const chunk = 'x'.repeat(0x900);
    const chunked = `POST /v1/query HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n900\r\n"${chunk.slice(2)}"\r\n0\r\n\r\n`;
    expect(await rig.sendRaw(chunked)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('a gzip bomb is stopped at the limit of what it inflates to', async () => {
    const rig = await rigForTest();
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20));
    expect(bomb.length).toBeLessThan(1024 * 1024);
    const before = process.memoryUsage().rss;
    const reply = await post(rig, bomb, { 'content-encoding': 'gzip' });
    expect([reply.status, reply.json.code]).toEqual([413, 'BODY_TOO_LARGE']);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
  });

  test('gzip that is none → 400, an encoding that is not ours → 415', async () => {
    const rig = await rigForTest();
    expect((await post(rig, 'not gzip', { 'content-encoding': 'gzip' })).status).toBe(400);
    // zstd: Node reads it from 22 on, we do not. An answer must not depend on the Node it comes from.
    for (const encoding of ['zstd', 'compress', 'gzip, gzip']) {
      const reply = await post(rig, '{}', { 'content-encoding': encoding });
      expect([reply.status, reply.json.code]).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED']);
    }
  });

  test('gzip within the limit is read', async () => {
    const rig = await rigForTest();
    const body = gzipSync(
      JSON.stringify({ query: { nearest: { refs: [{ type: 'product', id: 'lamp' }] } } }),
    );
    expect((await post(rig, body, { 'content-encoding': 'gzip' })).status).toBe(200);
  });
});

test('overload → 503 with Retry-After while health answers; then everything is as before', async () => {
  const rig = await rigForTest({ config: { limits: { inFlight: 3 } } });
  let release = () => {};
  rig.control.hold = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held = [1, 2, 3].map(() => rig.ask(N));
  await expect.poll(() => rig.control.searches, PATIENT).toBe(3);
  for (let i = 0; i < 5; i++) {
    const reply = await rig.ask(N);
    expect([reply.status, reply.json.code, reply.headers['retry-after']]).toEqual([503, 'OVERLOADED', '1']);
  }
  expect((await rig.ask('/livez')).status).toBe(200);
  expect(rig.control.searches).toBe(3);
  release();
  expect((await Promise.all(held)).map((r) => r.status)).toEqual([200, 200, 200]);
  expect((await rig.ask(N)).status).toBe(200);
});

describe('rate', () => {
  test('over the limit → 429 with Retry-After; health is not counted', async () => {
    const rig = await rigForTest({ config: { limits: { requestsPerMinute: 5 } } });
    for (let i = 0; i < 5; i++) expect((await rig.ask(N)).status).toBe(200);
    const reply = await rig.ask(N);
    expect([reply.status, reply.json.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(reply.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await rig.ask('/readyz')).status).toBe(200);
  });

  test('guessing keys is counted too', async () => {
    const rig = await rigForTest({
      config: { apiKeys: [{ scope: 'read', key: 'k'.repeat(20) }], limits: { requestsPerMinute: 3 } },
    });
    const statuses = [];
    for (let i = 0; i < 5; i++)
      statuses.push((await rig.ask(N, { headers: { 'x-api-key': `guess-${i}` } })).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  });

  test('X-Forwarded-For does not make a new client unless a proxy is trusted', async () => {
    const ask = (rig: Rig, i: number) => rig.ask(N, { headers: { 'x-forwarded-for': `10.0.0.${i}` } });
    const trusted = await rigForTest({ config: { trustProxy: 1, limits: { requestsPerMinute: 1 } } });
    const direct = await rigForTest({ config: { limits: { requestsPerMinute: 1 } } });
    expect([(await ask(trusted, 1)).status, (await ask(trusted, 2)).status]).toEqual([200, 200]);
    expect([(await ask(direct, 1)).status, (await ask(direct, 2)).status]).toEqual([200, 429]);
  });

  test.each<[string, object, boolean]>([
    ['none on loopback', {}, false],
    [
      'beyond loopback there is one',
      { host: '0.0.0.0', apiKeys: [{ scope: 'read', key: 'k'.repeat(20) }] },
      true,
    ],
  ])('%s by default', async (_name, config, limited) => {
    const rig = await rigForTest({ config });
    expect(
      'ratelimit' in (await rig.ask(N, { headers: limited ? { 'x-api-key': 'k'.repeat(20) } : {} })).headers,
    ).toBe(limited);
  });
});

describe('slow clients', () => {
  const limits = { headersTimeoutMs: 200, requestTimeoutMs: 400 };
  test.each([
    ['headers that do not end', 'GET /v1/products HTTP/1.1\r\nHost: localhost\r\nX-A'],
    [
      'a body that does not come',
      'POST /v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a',
    ],
  ])('%s → 408', async (_what, bytes) => {
    const rig = await rigForTest({ config: { limits } });
    const startedAt = performance.now();
    const answer = rig.sendRaw(bytes);
    for (let i = 0; i < 5; i++) expect((await rig.ask(N)).status).toBe(200); // others are served
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('a client that leaves half-way is no failure', async () => {
    const errors: unknown[] = [];
    const rig = await rigForTest({ log: { info() {}, warn() {}, error: (facts) => errors.push(facts) } });
    const { hostname, port } = new URL(rig.server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      'POST /v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a',
      () => socket.destroy(),
    );
    await expect.poll(async () => (await rig.ask('/metrics')).text, PATIENT).toContain('status="499"');
    expect(errors).toEqual([]);
  });
});

test('long replies are compressed for those who ask, short ones are not', async () => {
  const rig = await rigForTest();
  const headers = { 'accept-encoding': 'gzip' };
  expect((await rig.ask('/openapi.json', { headers })).headers['content-encoding']).toBe('gzip');
  expect((await rig.ask('/openapi.json')).headers['content-encoding']).toBeUndefined();
  expect((await rig.ask(`${N}?limit=1`, { headers })).headers['content-encoding']).toBeUndefined();
});

test('no model → 503 with Retry-After and what to do', async () => {
  const rig = await rigForTest({ aliases: {} });
  for (const path of [N, '/v1/customers/ada/recommendations', '/v1/embeddings/products/lamp', '/readyz']) {
    const reply = await rig.ask(path);
    expect([reply.status, reply.json.code, reply.headers['retry-after']]).toEqual([503, 'NO_MODEL', '30']);
    expect(reply.json.detail).toContain('shelfwalk train');
  }
  expect((await rig.ask('/v1/products/lamp')).json).toMatchObject({
    embedded: false,
    reason: 'no model has been trained yet',
  });
  expect((await rig.ask('/healthz')).json).toMatchObject({ status: 'no-model', model: null });
});

test('a failure of ours says nothing of the inside, and the log says all, under the same number', async () => {
  const logged: Record<string, unknown>[] = [];
  const rig = await rigForTest({
    log: { info() {}, warn() {}, error: (facts) => logged.push(facts as Record<string, unknown>) },
  });
  rig.shop.workspace.catalog.find = async () => {
    throw new Error('cannot open /secret/path/catalog.duckdb');
  };
  const reply = await rig.ask('/v1/products/lamp');
  expect([reply.status, reply.json.code]).toEqual([500, 'INTERNAL']);
  expect(reply.text).not.toMatch(/secret|duckdb|\.ts:/);
  expect(logged).toEqual([
    expect.objectContaining({
      requestId: reply.json.instance,
      err: expect.objectContaining({ message: expect.stringContaining('/secret/') }),
    }),
  ]);
});

test('metrics count by route template and never by id', async () => {
  const rig = await rigForTest();
  await rig.ask('/v1/products/sku%2F7/neighbors');
  await rig.ask('/v1/attributes/aisle/24/neighbors');
  await rig.ask('/v1/products/nowhere');
  await rig.ask('/wp-login.php');
  const { text } = await rig.ask('/metrics');
  expect(text).toContain(
    'shelfwalk_http_request_duration_seconds_count{method="GET",route="/v1/products/{id}/neighbors",status="200"} 1',
  );
  expect(text).toContain(
    'shelfwalk_http_request_duration_seconds_count{method="GET",route="/v1/attributes/{id}/neighbors",status="200"} 1',
  );
  expect(text).toContain(
    'shelfwalk_http_request_duration_seconds_count{method="GET",route="/v1/products/{id}",status="404"} 1',
  );
  expect(text).toContain(
    'shelfwalk_http_request_duration_seconds_count{method="GET",route="none",status="404"} 1',
  );
  expect(text).toContain('shelfwalk_search_duration_seconds_count{metric="cosine"} 2');
  expect(text).toContain('shelfwalk_model_info{alias="prod",version="v1",space="s1"} 1');
  expect(text).not.toMatch(/sku|wp-login|nowhere/);
});
