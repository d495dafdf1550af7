/** Who may do what: every scope against every kind of key, and what is refused before any key is looked at. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Operation } from '../../src/pipeline/operation.ts';
import { serverConfigSchema } from '../../src/pipeline/server-config.ts';
import { createLog } from '../../src/serve/log.ts';
import { startServer } from '../../src/serve/server.ts';
import { fakeShop, silent } from './fakes.ts';
import { type Rig, rigForTest, startRig } from './rig.ts';

const noop: Operation = {
  name: 'noop',
  summary: 'Does nothing',
  writes: false,
  input: z.strictObject({}),
  run: async () => null,
};
const KEYS = { read: 'read-key-0123456789', write: 'write-key-0123456789', admin: 'admin-key-0123456789' };
const apiKeys = (['read', 'write', 'admin'] as const).map((scope) => ({ scope, key: KEYS[scope] }));

const READ = { path: '/v1/products/lamp' };
const ADMIN = { path: '/v1/aliases/staging', method: 'PUT', body: { version: 'v2' } };
const OPERATION = { path: '/v1/operations/noop', method: 'POST', body: {} };
const OPEN = { path: '/livez' };

describe.each([
  { name: 'with keys', keys: apiKeys },
  { name: 'without keys', keys: [] },
])('$name', ({ keys }) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ operations: [noop], config: { apiKeys: [...keys] } });
  });
  afterAll(() => rig.server.close());

  const isOpen = keys.length === 0;
  const wrong = isOpen ? 401 : undefined; // without keys, keys are not known
  test.each<[who: string, key: string | undefined, read: number, admin: number]>([
    ['nobody', undefined, isOpen ? 200 : 401, 401],
    ['an empty key', '', 401, 401],
    ['a wrong key', 'x'.repeat(20), 401, 401],
    ['part of a key', KEYS.admin.slice(0, -1), 401, 401],
    ['read', KEYS.read, wrong ?? 200, wrong ?? 403],
    ['write', KEYS.write, wrong ?? 200, wrong ?? 403],
    ['admin', KEYS.admin, wrong ?? 200, wrong ?? 200],
    ['the lease', 'lease', 200, 200],
  ])('%s', async (_who, key, read, admin) => {
    const presented = key === 'lease' ? rig.token : key;
    for (const headers of presented === undefined
      ? [{}]
      : [{ authorization: `Bearer ${presented}` }, { 'x-api-key': presented }]) {
      const statuses = [];
      for (const { path, ...rest } of [READ, ADMIN, OPERATION, OPEN])
        statuses.push((await rig.ask(path, { ...rest, headers: headers as Record<string, string> })).status);
      expect(statuses).toEqual([read, admin, admin, 200]);
    }
  });

  test('401 says how to send a key; the body of a refused request is not even parsed', async () => {
    const reply = await rig.ask(ADMIN.path, { method: 'PUT', body: '{not json' });
    expect([reply.status, reply.headers['www-authenticate'], reply.json.code]).toEqual([
      401,
      'Bearer realm="shelfwalk"',
      'UNAUTHORIZED',
    ]);
  });

  test.each(['Basic YTpi', 'Bearer', `Token ${KEYS.admin}`, `Bearer ${KEYS.admin} x`])(
    'Authorization: %s → 401',
    async (authorization) => {
      expect((await rig.ask(READ.path, { headers: { authorization } })).status).toBe(401);
    },
  );
});

describe('pages of other sites', () => {
  test.each<[host: string, status: number]>([
    ['localhost', 200],
    ['127.0.0.1:8080', 200],
    ['[::1]:8080', 200],
    ['LOCALHOST:1', 200],
    ['my-name', 200],
    ['rebound.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost.evil.example:80', 403],
  ])('Host: %s → %i', async (host, status) => {
    const rig = await rigForTest({ config: { allowedHosts: ['my-name'] } });
    const reply = await rig.ask(READ.path, { headers: { host } });
    expect(reply.status).toBe(status);
    if (status === 403) expect(reply.json).toMatchObject({ code: 'FORBIDDEN', errors: [{ path: 'Host' }] });
  });

  test('no Host at all → 403', async () => {
    const rig = await rigForTest();
    expect(await rig.sendRaw('GET /v1/products/lamp HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('where keys are needed any name may be used', async () => {
    const rig = await rigForTest({ config: { apiKeys } });
    expect(
      (await rig.ask(READ.path, { headers: { host: 'shop.example', 'x-api-key': KEYS.read } })).status,
    ).toBe(200);
  });
});

describe('beyond loopback', () => {
  test.each(['0.0.0.0', '::', '192.168.0.1', '127.0.0.1.evil.example'])(
    '%s without a key is refused',
    async (host) => {
      const { workspace } = await fakeShop();
      await expect(
        startServer({
          workspace,
          operations: [],
          config: serverConfigSchema.parse({ host, port: 0 }),
          log: silent,
        }),
      ).rejects.toMatchObject({
        code: 'BIND_REFUSED',
        details: { host, hint: expect.stringContaining('SHELFWALK_API_KEYS') },
      });
    },
  );

  test('with a key it listens, and the lease names an address of this machine', async () => {
    const rig = await rigForTest({ config: { host: '0.0.0.0', apiKeys } });
    expect(rig.server.url).toMatch(/^http:\/\/0\.0\.0\.0:/);
    expect((await rig.ask(READ.path, { headers: { 'x-api-key': KEYS.read } })).status).toBe(200);
  });
});

test('a busy port is said, with another one to try', async () => {
  const rig = await rigForTest();
  const port = Number(new URL(rig.server.url).port);
  const { workspace } = await fakeShop();
  await expect(
    startServer({ workspace, operations: [], config: serverConfigSchema.parse({ port }), log: silent }),
  ).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    details: { port, hint: `Try --port ${port + 1}` },
  });
});

test('no key and no token reaches the log, at any level', async () => {
  let written = '';
  const log = createLog('debug', {
    write: (line: string) => {
      written += line;
    },
  });
  const rig = await rigForTest({ log, config: { apiKeys } });
  for (const key of [KEYS.read, KEYS.admin, rig.token, 'a-wrong-key-0123456789']) {
    await rig.ask(READ.path, { headers: { authorization: `Bearer ${key}` } });
    await rig.ask('/v1/nowhere', { headers: { 'x-api-key': key } });
  }
  await rig.server.close();
  expect(written).toContain('"route":"/v1/products/{id}"');
  for (const secret of [...Object.values(KEYS), rig.token, 'a-wrong-key'])
    expect(written).not.toContain(secret);
});
