/** Where a setting of the server comes from, who wins, and what is said when it is wrong. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadServerConfig, serverSettings } from '../../src/pipeline/server-config.ts';

async function toFile(content: unknown): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'shelfwalk-config-')), 'server.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const KEY = 'k-0123456789abcdef';

test('defaults', async () => {
  expect(await loadServerConfig({ environment: {} })).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    alias: 'prod',
    apiKeys: [],
    logLevel: 'info',
    limits: { bodyBytes: 8_388_608 },
  });
});

test('the file is below the environment, the environment below flags, setting by setting', async () => {
  const file = await toFile({
    host: 'localhost',
    port: 1,
    alias: 'a',
    limits: { inFlight: 10, bodyBytes: 4096 },
  });
  const environment = {
    SHELFWALK_CONFIG: file,
    SHELFWALK_PORT: '2',
    SHELFWALK_ALIAS: 'b',
    SHELFWALK_LIMITS_IN_FLIGHT: '20',
    SHELFWALK_HOST: '',
  };
  const flags = { alias: 'c', port: undefined };
  expect(await loadServerConfig({ environment, flags })).toMatchObject({
    host: 'localhost',
    port: 2,
    alias: 'c',
    limits: { inFlight: 20, bodyBytes: 4096 },
  });
});

test('keys and hosts in the environment are lists', async () => {
  const environment = {
    SHELFWALK_API_KEYS: `read:${KEY}, admin:with:colon:${KEY}`,
    SHELFWALK_ALLOWED_HOSTS: 'a.example, b.example',
  };
  const { apiKeys, allowedHosts } = await loadServerConfig({ environment });
  expect(apiKeys).toEqual([
    { scope: 'read', key: KEY },
    { scope: 'admin', key: `with:colon:${KEY}` },
  ]);
  expect(allowedHosts).toEqual(['a.example', 'b.example']);
});

test('text that looks like a number stays text where text is meant', async () => {
  expect((await loadServerConfig({ environment: { SHELFWALK_ALIAS: '2026' } })).alias).toBe('2026');
});

describe('what is wrong is named', () => {
  test.each<[why: string, sources: Parameters<typeof loadServerConfig>[0], details: object]>([
    [
      'a variable',
      { environment: { SHELFWALK_PORT: 'http' } },
      { variable: 'SHELFWALK_PORT', field: 'port', found: 'http' },
    ],
    [
      'a variable out of range',
      { environment: { SHELFWALK_PORT: '70000' } },
      { variable: 'SHELFWALK_PORT', field: 'port', found: '70000' },
    ],
    [
      'a nested variable',
      { environment: { SHELFWALK_LIMITS_BODY_BYTES: '1' } },
      { variable: 'SHELFWALK_LIMITS_BODY_BYTES', field: 'limits.bodyBytes' },
    ],
    [
      'an alias that is none',
      { environment: { SHELFWALK_ALIAS: '../prod' } },
      { variable: 'SHELFWALK_ALIAS', field: 'alias' },
    ],
    [
      'a flag',
      { environment: {}, flags: { logLevel: 'loud' } },
      { flag: '--log-level', field: 'logLevel', found: 'loud' },
    ],
    [
      'a flag over a good variable',
      { environment: { SHELFWALK_PORT: '1' }, flags: { port: -1 } },
      { flag: '--port', field: 'port', found: -1 },
    ],
  ])('%s', async (_why, sources, details) => {
    await expect(loadServerConfig(sources)).rejects.toMatchObject({ code: 'CONFIG_INVALID', details });
  });

  test.each<[why: string, content: unknown, details: object]>([
    ['a field that is not ours', { prot: 1 }, { field: 'prot', expected: expect.stringContaining('port') }],
    ['a nested field that is not ours', { limits: { bodyBites: 1 } }, { field: 'limits.bodyBites' }],
    ['a number where a group is meant', { limits: 5 }, { field: 'limits', found: 5 }],
    ['__proto__', '{"__proto__": {"port": 1}}', { field: '__proto__' }],
    ['not JSON', '{', { expected: 'one JSON object' }],
    ['a list', '[]', { expected: 'one JSON object' }],
  ])('in the file: %s', async (_why, content, details) => {
    const file = await toFile(content);
    await expect(
      loadServerConfig({ file, environment: { SHELFWALK_LIMITS_IN_FLIGHT: '5' } }),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID', details: { file, ...details } });
  });

  test('a file that is not there', async () => {
    await expect(loadServerConfig({ file: '/nowhere/server.json', environment: {} })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: { file: '/nowhere/server.json', found: 'ENOENT' },
    });
  });

  test.each([
    ['too short', 'read:hunter2', 'hunter2'],
    ['no scope', `hunter2${KEY}`, 'hunter2'],
    ['not a scope', `owner:hunter2${KEY}`, 'hunter2'],
    ['a space', `read:hunter2 ${KEY}`, 'hunter2'],
  ])('a key that is wrong (%s) is not shown', async (_why, text, secret) => {
    const error = await loadServerConfig({ environment: { SHELFWALK_API_KEYS: text } }).catch(
      (e: Error) => e,
    );
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      details: { variable: 'SHELFWALK_API_KEYS', field: expect.stringMatching(/^apiKeys\.0/) },
    });
    expect(JSON.stringify(error) + (error as Error).message).not.toContain(secret);
  });

  test('a file that is no JSON does not show the key in it either', async () => {
    const file = await toFile(`{"apiKeys": [{"scope": "read", "key": "hunter2"}`);
    const error = (await loadServerConfig({ file, environment: {} }).catch((e: Error) => e)) as Error;
    expect(error.message + JSON.stringify(error)).not.toContain('hunter2');
  });
});

test('every setting has its variable', () => {
  expect(serverSettings.map((s) => s.variable)).toEqual(
    expect.arrayContaining(['SHELFWALK_HOST', 'SHELFWALK_API_KEYS', 'SHELFWALK_LIMITS_REQUESTS_PER_MINUTE']),
  );
  expect(new Set(serverSettings.map((s) => s.variable)).size).toBe(serverSettings.length);
});
