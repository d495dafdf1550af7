/** The command line's way through a running server: lease, stream, one writer, stop, and what is served after. */
import { chmod, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isShelfwalkError, ShelfwalkError } from '../../src/base/errors.ts';
import { type Progress, throwIfAborted } from '../../src/base/task.ts';
import { type Lease, readLease, removeLease, writeLease } from '../../src/pipeline/lease.ts';
import type { MatchReply } from '../../src/pipeline/live-types.ts';
import type { Operation } from '../../src/pipeline/operation.ts';
import { neighborsOperation } from '../../src/pipeline/operations/neighbors.operation.ts';
import { runRemotely } from '../../src/pipeline/remote.ts';
import { findLeaseForTest } from './lease-file.ts';
import { type Rig, rigForTest } from './rig.ts';

/** Machines that run tests are busy. */
const PATIENT = { timeout: 20_000 };

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const anything = z.strictObject({ text: z.string().default('') });
const make = (name: string, run: Operation<{ text: string }>['run'], writes = true) =>
  ({ name, summary: name, writes, input: anything, run }) as Operation;

const OPERATIONS = [
  make('echo', async (workspace, input) => ({ ...input, dataDir: workspace.dataDir }), false),
  make('void', async () => undefined),
  make('train', async (workspace) => workspace.versions.promote('prod', 'v2')),
  make('fail', async () => {
    throw new ShelfwalkError('IMPORT_FILE_MISSING', { file: 'a.csv', line: 3, hint: 'Look again' });
  }),
  make('crash', async () => {
    throw new TypeError('secret internals');
  }),
  make('publish-and-fail', async (workspace) => {
    await workspace.versions.promote('prod', 'v3');
    throw new ShelfwalkError('TRAINING_FAILED', {});
  }),
  make('endless', async (_workspace, _input, { signal, onProgress }) => {
    for (let done = 0; ; done++) {
      throwIfAborted(signal);
      onProgress?.({ stage: 'walk', done, unit: 'walks' });
      await wait(5);
    }
  }),
];

const leaseOf = (rig: Rig): Promise<Lease> => findLeaseForTest(rig.shop.workspace.dataDir);

describe('runRemotely', () => {
  test('is like running it here: input, result, workspace of the server', async () => {
    const rig = await rigForTest({ operations: OPERATIONS });
    const lease = await leaseOf(rig);
    expect(await runRemotely(lease, 'echo', { text: 'ä🦆\n' })).toEqual({
      text: 'ä🦆\n',
      dataDir: rig.shop.workspace.dataDir,
    });
    expect(await runRemotely(lease, 'void', {})).toBeNull();
  });

  test.each([
    ['fail', {}, 'IMPORT_FILE_MISSING', { file: 'a.csv', line: 3, hint: 'Look again' }],
    ['crash', {}, 'INTERNAL', { hint: 'The log of the server says more' }],
    ['echo', { text: 5 }, 'REQUEST_UNPROCESSABLE', { field: 'text' }],
    ['nothing-of-the-kind', {}, 'ROUTE_UNKNOWN', {}],
  ])('%s %j throws %s with its details', async (name, input, code, details) => {
    const rig = await rigForTest({ operations: OPERATIONS });
    const error = await runRemotely(await leaseOf(rig), name, input).catch((e: unknown) => e);
    expect(isShelfwalkError(error)).toBe(true);
    expect(error).toMatchObject({ code, details });
  });

  test('progress comes at most four times a second, the last before the end', async () => {
    const busy = make('busy', async (_workspace, _input, { onProgress }) => {
      for (let done = 1; done <= 100; done++) {
        onProgress?.({ stage: 'count', done, total: 100, unit: 'numbers' });
        await wait(7);
      }
      return 'done';
    });
    const rig = await rigForTest({ operations: [busy] });
    const seen: Progress[] = [];
    const startedAt = performance.now();
    expect(await runRemotely(await leaseOf(rig), 'busy', {}, { onProgress: (p) => seen.push(p) })).toBe(
      'done',
    );
    const seconds = (performance.now() - startedAt) / 1000;
    expect(seen[0].done).toBe(1);
    expect(seen.at(-1)!.done).toBe(100);
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(seen.length).toBeLessThanOrEqual(Math.ceil(seconds * 4) + 2);
  });

  test('its signal stops the operation there, and the next writer may start', async () => {
    const rig = await rigForTest({ operations: OPERATIONS });
    const lease = await leaseOf(rig);
    const controller = new AbortController();
    let started = () => {};
    const begun = new Promise<void>((resolve) => {
      started = resolve;
    });
    const running = runRemotely(
      lease,
      'endless',
      {},
      { signal: controller.signal, onProgress: () => started() },
    );
    await begun;
    expect((await rig.ask('/healthz')).json.operations).toEqual(['endless']);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    await expect.poll(async () => (await rig.ask('/healthz')).json.operations, PATIENT).toEqual([]);
    await expect(runRemotely(lease, 'void', {})).resolves.toBeNull();
  });

  test('one writer at a time; readers go on', async () => {
    const rig = await rigForTest({ operations: OPERATIONS });
    const lease = await leaseOf(rig);
    const controller = new AbortController();
    let started = () => {};
    const begun = new Promise<void>((resolve) => {
      started = resolve;
    });
    const running = runRemotely(
      lease,
      'endless',
      {},
      { signal: controller.signal, onProgress: () => started() },
    ).catch(() => {});
    await begun;
    await expect(runRemotely(lease, 'void', {})).rejects.toMatchObject({
      code: 'BUSY',
      details: { operation: 'endless' },
    });
    await expect(runRemotely(lease, 'echo', { text: 'x' })).resolves.toMatchObject({ text: 'x' });
    controller.abort();
    await running;
  });

  test('a server that is gone, or goes away, is SERVER_UNREACHABLE or says that it stops', async () => {
    const rig = await rigForTest({ operations: OPERATIONS });
    const lease = await leaseOf(rig);
    let started = () => {};
    const begun = new Promise<void>((resolve) => {
      started = resolve;
    });
    const running = runRemotely(lease, 'endless', {}, { onProgress: () => started() });
    running.catch(() => {}); // looked at below, after the server has stopped
    await begun;
    await rig.server.close();
    await expect(running).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(runRemotely(lease, 'echo', {})).rejects.toMatchObject({
      code: 'SERVER_UNREACHABLE',
      details: { operation: 'echo' },
    });
  });
});

test('neighbors run on the server answers from memory: nothing is loaded for it', async () => {
  const rig = await rigForTest({
    operations: [neighborsOperation as Operation],
    aliases: { prod: 'v1', other: 'v3' },
  });
  const lease = await leaseOf(rig);
  const input = { type: 'product', id: 'lamp', limit: 3 };
  const served = (await rig.ask('/v1/products/lamp/neighbors?limit=3')).json;
  expect(await runRemotely(lease, 'neighbors', input)).toMatchObject({ results: served.results });
  expect(rig.shop.loads).toEqual(['v1']);
  for (let i = 0; i < 2; i++) {
    const { model } = (await runRemotely(lease, 'neighbors', { ...input, alias: 'other' })) as MatchReply;
    expect(model).toEqual({ alias: 'other', version: 'v3', spaceId: 's3' });
  }
  expect(rig.shop.loads).toEqual(['v1', 'v3']);
  await expect(runRemotely(lease, 'neighbors', { ...input, alias: 'nope' })).rejects.toMatchObject({
    code: 'ALIAS_UNKNOWN',
    details: { hint: 'Known: other, prod' },
  });
});

test('what is loaded, and its bytes, is in /v1/models and in /metrics', async () => {
  const rig = await rigForTest({ aliases: { prod: 'v1', other: 'v3' } });
  await rig.ask('/v1/products/lamp/neighbors?model=other');
  const { loaded } = (await rig.ask('/v1/models')).json;
  expect(loaded).toEqual([
    expect.objectContaining({ version: 'v1', aliases: ['prod'], bytes: expect.any(Number) }),
    expect.objectContaining({ version: 'v3', aliases: ['other'], spaceId: 's3' }),
  ]);
  const { text } = await rig.ask('/metrics');
  expect(text).toContain('shelfwalk_model_info{alias="prod",version="v1",space="s1"} 1\n');
  expect(text).toContain('shelfwalk_model_info{alias="other",version="v3",space="s3"} 1\n');
  expect(text).toContain(`shelfwalk_model_bytes{version="v1"} ${loaded[0].bytes}\n`);
});

describe('after a writer the alias is followed', () => {
  const served = async (rig: Rig) => (await rig.ask('/v1/products/lamp/neighbors')).json.model.version;

  test('when it succeeded', async () => {
    const rig = await rigForTest({ operations: OPERATIONS });
    expect(await served(rig)).toBe('v1');
    await runRemotely(await leaseOf(rig), 'train', {});
    expect(await served(rig)).toBe('v2');
  });

  test('when it failed after it had published', async () => {
    const rig = await rigForTest({ operations: OPERATIONS });
    await expect(runRemotely(await leaseOf(rig), 'publish-and-fail', {})).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
    });
    expect(await served(rig)).toBe('v3');
  });

  test('when the new version is damaged the old one is served on, and the stream says so', async () => {
    const rig = await rigForTest({ operations: OPERATIONS });
    rig.shop.corrupt.add('v2');
    const reply = await rig.ask('/v1/operations/train', {
      method: 'POST',
      body: {},
      headers: { authorization: `Bearer ${rig.token}` },
    });
    expect(reply.text).toMatch(/"warnings":\["the version that was served before still is: .*vectors\.npy/);
    expect(await served(rig)).toBe('v1');
  });

  test('PUT on the alias swaps at once; onto a damaged version it is refused and nothing moves', async () => {
    const rig = await rigForTest();
    rig.shop.corrupt.add('v3');
    const put = (version: string) =>
      rig.ask('/v1/aliases/prod', { method: 'PUT', body: { version }, headers: { 'x-api-key': rig.token } });
    expect((await put('v2')).json).toEqual({ alias: 'prod', version: 'v2', previous: 'v1' });
    expect(await served(rig)).toBe('v2');
    expect((await put('v3')).status).toBe(500);
    expect(await served(rig)).toBe('v2');
    expect(rig.shop.aliases.prod).toBe('v2');
  });
});

describe('the lease', () => {
  test('is readable by its owner only, alive while the server is, and gone after it', async () => {
    const rig = await rigForTest();
    const { dataDir } = rig.shop.workspace;
    expect((await stat(join(dataDir, 'server.json'))).mode & 0o777).toBe(0o600);
    expect(await readLease(dataDir)).toMatchObject({ url: rig.server.url, pid: process.pid });
    await rig.server.close();
    expect(await readLease(dataDir)).toBeUndefined();
    await expect(readFile(join(dataDir, 'server.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  const left = (lease: Partial<Lease>): Lease => ({
    url: 'http://127.0.0.1:1',
    token: 't'.repeat(43),
    instanceId: 'other',
    pid: process.pid,
    startedAt: 'then',
    ...lease,
  });

  test('left by a process that is gone, or whose address answers as another server, counts for nothing', async () => {
    const rig = await rigForTest();
    const dataDir = await mkdtemp(join(tmpdir(), 'shelfwalk-lease-'));
    expect(await readLease(dataDir)).toBeUndefined();
    for (const lease of [
      left({}),
      left({ url: rig.server.url }),
      left({ url: rig.server.url, pid: 4_194_304 }),
    ]) {
      await writeLease(dataDir, lease);
      expect(await readLease(dataDir)).toBeUndefined();
    }
    for (const text of ['', '{', '[]', '{"url":"file:///etc/passwd"}']) {
      await writeFile(join(dataDir, 'server.json'), text);
      expect(await readLease(dataDir)).toBeUndefined();
    }
  });

  test('a file left open to all is replaced, not written into', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'shelfwalk-lease-'));
    await writeFile(join(dataDir, 'server.json'), '{}');
    await chmod(join(dataDir, 'server.json'), 0o644);
    await writeLease(dataDir, left({}));
    expect((await stat(join(dataDir, 'server.json'))).mode & 0o777).toBe(0o600);
  });

  test('removing leaves the lease of a successor alone', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'shelfwalk-lease-'));
    await writeLease(dataDir, left({ instanceId: 'successor' }));
    await removeLease(dataDir, 'predecessor');
    expect((await findLeaseForTest(dataDir)).instanceId).toBe('successor');
  });
});
