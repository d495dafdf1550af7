import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeLease } from '../../src/pipeline/lease.ts';
import type { Operation } from '../../src/pipeline/operation.ts';
import { modelsListOperation } from '../../src/pipeline/operations/models.operation.ts';
import { openWorkspace } from '../../src/pipeline/workspace.ts';
import { invoke } from './invocation.ts';

const TOKEN = 'a token of at least thirty-two characters';
const INSTANCE = 'the-one';

let dataDir: string;
let server: Server | undefined;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'shelfwalk-session-'));
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
  await rm(dataDir, { recursive: true });
});

interface Call {
  readonly url: string;
  readonly token?: string;
  readonly input: unknown;
}

/** Stands in for a running server: alive under `instanceId`, answers every operation with `lines`. */
async function serveFake(lines: readonly object[], instanceId = INSTANCE): Promise<Call[]> {
  const calls: Call[] = [];
  server = createServer(async (request, reply) => {
    if (request.url === '/livez') return void reply.end(JSON.stringify({ instanceId }));
    calls.push({
      url: request.url!,
      token: request.headers.authorization,
      input: JSON.parse(await readBody(request)),
    });
    reply.setHeader('content-type', 'application/x-ndjson');
    reply.end(lines.map((line) => `${JSON.stringify(line)}\n`).join('\n'));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const startedAt = new Date(0).toISOString();
  await writeLease(dataDir, {
    url: `http://127.0.0.1:${port}`,
    token: TOKEN,
    instanceId: INSTANCE,
    pid: process.pid,
    startedAt,
  });
  return calls;
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

const list = () =>
  invoke(['models', 'list', '--json', '--data-dir', dataDir], {
    operations: [modelsListOperation as Operation],
  });

describe('while a server holds the data directory', () => {
  test('the work is done there, with its token, and looks the same', async () => {
    const answer = { versions: [], aliases: { prod: '20250630T120000Z-1a2b' } };
    const calls = await serveFake([{ progress: { stage: 'x', done: 1, unit: 'y' } }, { result: answer }]);
    const { code, out } = await list();
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(answer);
    expect(calls).toEqual([{ url: '/v1/operations/models-list', token: `Bearer ${TOKEN}`, input: {} }]);
  });

  test('people are told where it is done', async () => {
    await serveFake([{ result: { versions: [], aliases: {} } }]);
    const { errors } = await invoke(['models', 'list', '--data-dir', dataDir]);
    expect(errors).toMatch(/^through the server at http:\/\/127\.0\.0\.1:\d+\n$/);
  });

  test('a failure there is the same failure here', async () => {
    await serveFake([{ error: { code: 'VERSION_UNKNOWN', details: { version: 'x' } } }]);
    const { code, errors } = await invoke(['models', 'delete', 'x', '--data-dir', dataDir]);
    expect(code).toBe(3);
    expect(errors).toContain('error VERSION_UNKNOWN: no version has this id: version=x\n');
  });

  test('paths are sent absolute: the server may run elsewhere', async () => {
    const calls = await serveFake([{ error: { code: 'IMPORT_FILE_MISSING', details: {} } }]);
    const cwd = join(dataDir, 'files');
    const args = [
      'import',
      'interactions',
      'a.csv',
      '../b.csv',
      '--customer',
      'c',
      '--product',
      'p',
      '--dry-run',
    ];
    const { code } = await invoke([...args, '--data-dir', relative(cwd, dataDir)], { cwd });
    expect(code).toBe(2);
    const mapping = { customer: 'c', product: 'p' };
    expect(calls[0]!.input).toEqual({
      sources: [join(cwd, 'a.csv'), join(dataDir, 'b.csv')].map((path) => ({
        kind: 'interactions',
        path,
        mapping,
      })),
      options: { dryRun: true },
    });
  });

  test('a second server on the directory is refused with the address of the first', async () => {
    await serveFake([]);
    const { code, errors } = await invoke(['serve', '--port', '0', '--data-dir', dataDir]);
    expect(code).toBe(4);
    expect(errors).toMatch(/^error CATALOG_IN_USE: .*server=http:\/\/127\.0\.0\.1:\d+/);
  });
});

describe('without one', () => {
  test('the directory is opened here', async () => {
    const { code, out } = await list();
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ versions: [], aliases: {} });
  });

  test('a lease left over, or of another server, is passed over', async () => {
    const calls = await serveFake([], 'another-one');
    const { code, out } = await list();
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ versions: [], aliases: {} });
    expect(calls).toEqual([]);
  });

  test('another process that is no server: a clear message', async () => {
    const workspace = await openWorkspace(dataDir);
    try {
      const { code, errors } = await invoke(['models', 'list', '--data-dir', dataDir]);
      expect(code).toBe(4);
      expect(errors).toMatch(/^error CATALOG_IN_USE: /);
    } finally {
      await workspace.close();
    }
  });

  test('the directory is closed again, also after a failure', async () => {
    const failing = { ...modelsListOperation, run: () => Promise.reject(new Error('no')) } as Operation;
    expect((await invoke(['models', 'list', '--data-dir', dataDir], { operations: [failing] })).code).toBe(1);
    expect((await list()).code).toBe(0);
  });
});

describe('which directory', () => {
  test('--data-dir before SHELFWALK_DATA_DIR before ./.shelfwalk', async () => {
    const sub = (name: string) => join(dataDir, name);
    await mkdir(sub('flag'));
    const run = (args: string[], environment: Record<string, string> = {}) =>
      invoke([...args, 'models', 'list', '--json'], { cwd: dataDir, environment });
    expect((await run([])).errors).toContain(sub('.shelfwalk'));
    expect((await run([], { SHELFWALK_DATA_DIR: '' })).errors).toContain(sub('.shelfwalk'));
    expect((await run([], { SHELFWALK_DATA_DIR: 'variable' })).errors).toContain(sub('variable'));
    expect((await run(['--data-dir', 'flag'], { SHELFWALK_DATA_DIR: 'variable' })).code).toBe(0);
  });

  test('a file in its place is refused', async () => {
    await writeFile(join(dataDir, 'file'), '');
    const { code, errors } = await invoke(['models', 'list', '--data-dir', join(dataDir, 'file')]);
    expect(code).toBe(3);
    expect(errors).toMatch(/^error DATA_DIR_MISSING: .*found=a file/);
  });
});
