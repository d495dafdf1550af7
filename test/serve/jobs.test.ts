/** Jobs over HTTP: started, listed, followed by events, cancelled, kept apart from the command line's operations. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { ShelfwalkError } from '../../src/base/errors.ts';
import type { JobListener } from '../../src/pipeline/jobs/job-book.ts';
import type { Job } from '../../src/pipeline/jobs/types.ts';
import type { Operation } from '../../src/pipeline/operation.ts';
import { runRemotely } from '../../src/pipeline/remote.ts';
import { createJobEvents } from '../../src/serve/job-events.ts';
import { holdable, type Run } from '../pipeline/job-rig.ts';
import { type Answer, ask, type Rig, type RigOptions, rigForTest } from './rig.ts';

/** Machines that run tests are busy. */
const PATIENT = { timeout: 20_000 };

interface JobsRig extends Rig {
  readonly runs: Run[];
  start(body?: object): Promise<Answer>;
  cancel(id: string): Promise<Answer>;
}

async function jobsRig(options: RigOptions = {}): Promise<JobsRig> {
  const { runs, make } = holdable();
  const operations = [make('train'), make('import'), make('look', { writes: false })];
  const rig = await rigForTest({ operations, ...options });
  const headers = { 'x-api-key': rig.token };
  return {
    ...rig,
    runs,
    start: (body = {}) => rig.ask('/v1/models', { method: 'POST', body, headers }),
    cancel: (id) => rig.ask(`/v1/jobs/${id}`, { method: 'DELETE', headers }),
  };
}

interface Event {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: the schema is checked by the contract
  readonly data: any;
}

interface Stream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly events: Event[];
  text(): string;
  readonly ended: Promise<unknown>;
  leave(): void;
}

async function follow(rig: Rig, id: string, headers: Record<string, string> = {}): Promise<Stream> {
  const call = request(new URL(`/v1/jobs/${id}/events`, rig.server.url), { agent: false, headers }).end();
  const [reply] = (await once(call, 'response')) as [IncomingMessage];
  const events: Event[] = [];
  let text = '';
  reply.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    events.length = 0;
    for (const [, eventId, event, data] of text.matchAll(/^id: (.*)\nevent: (.*)\ndata: (.*)\n\n/gm))
      events.push({ id: eventId!, event: event!, data: JSON.parse(data!) });
  });
  const ended = new Promise((resolve) => reply.on('close', resolve).on('error', () => {}));
  const { statusCode } = reply;
  return {
    status: statusCode!,
    headers: reply.headers,
    events,
    text: () => text,
    ended,
    leave: () => call.destroy(),
  };
}

test('202 with its address; it is read, listed and done there', async () => {
  const rig = await jobsRig();
  const { status, headers, json } = await rig.start({ text: 'ä' });
  expect([status, headers.location]).toEqual([202, `/v1/jobs/${json.id}`]);
  expect(json).toMatchObject({ operation: 'train', input: { text: 'ä' }, warnings: [] });
  await expect.poll(() => rig.runs.length, PATIENT).toBe(1);
  expect((await rig.ask(headers.location!)).json.state).toBe('running');
  expect((await rig.ask('/healthz')).json.operations).toEqual(['train']);
  rig.runs[0]!.finish({ version: 'v2' });
  const stream = await follow(rig, json.id);
  await stream.ended;
  expect((await rig.ask(headers.location!)).json).toMatchObject({
    state: 'succeeded',
    result: { version: 'v2' },
  });
  await expect.poll(async () => (await rig.ask('/healthz')).json.operations, PATIENT).toEqual([]);
  expect((await rig.ask('/metrics')).text).toContain(
    'shelfwalk_operations_total{name="train",outcome="ok"} 1',
  );
});

test('pages cover each job once, newest first, also when a job of the page before is gone', async () => {
  const rig = await jobsRig({ config: { limits: { queuedJobs: 20 } } });
  const ids: string[] = [];
  for (let i = 0; i < 7; i++) ids.unshift((await rig.start()).json.id);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { json } = await rig.ask(`/v1/jobs?limit=3${cursor ? `&cursor=${cursor}` : ''}`);
    expect(json.results.length).toBeLessThanOrEqual(3);
    seen.push(...json.results.map((job: { id: string }) => job.id));
    cursor = json.nextCursor;
  } while (cursor);
  expect(seen).toEqual(ids);
  expect((await rig.ask('/v1/jobs?limit=7')).json.nextCursor).toBeUndefined();
});

test('over the limit → 409 BUSY with Retry-After; while a job runs the command line is refused, readers are not', async () => {
  const rig = await jobsRig({ config: { limits: { queuedJobs: 1 } } });
  const { json } = await rig.start();
  await expect.poll(() => rig.runs.length, PATIENT).toBe(1);
  expect((await rig.start()).status).toBe(202);
  const refused = await rig.start();
  expect([refused.status, refused.json.code, refused.headers['retry-after']]).toEqual([409, 'BUSY', '10']);
  const lease = { url: rig.server.url, token: rig.token };
  await expect(runRemotely(lease, 'import', {})).rejects.toMatchObject({
    code: 'BUSY',
    details: { operation: 'train' },
  });
  const looking = runRemotely(lease, 'look', {});
  await expect.poll(() => rig.runs.length, PATIENT).toBe(2);
  rig.runs[1]!.finish('seen');
  expect(await looking).toBe('seen');
  expect((await rig.cancel(json.id)).status).toBe(200);
});

test('while the command line writes, a job waits; then it runs', async () => {
  const rig = await jobsRig();
  const importing = runRemotely({ url: rig.server.url, token: rig.token }, 'import', {});
  await expect.poll(() => rig.runs.length, PATIENT).toBe(1);
  const { json } = await rig.start();
  expect((await rig.ask(`/v1/jobs/${json.id}`)).json.state).toBe('queued');
  rig.runs[0]!.finish('done');
  expect(await importing).toBe('done');
  await expect.poll(() => rig.runs.length, PATIENT).toBe(2);
  expect(rig.runs[1]!.name).toBe('train');
});

test('what a job publishes is served; what it failed with is said without paths of this machine', async () => {
  const train: Operation = {
    ...holdable().make('train'),
    run: async (workspace, input) => {
      await workspace.versions.promote('prod', 'v2');
      if ((input as { text: string }).text === 'fail')
        throw new ShelfwalkError('VERSION_CORRUPT', { file: '/home/me/vectors.npy' });
      throw new ShelfwalkError('GRAPH_EMPTY', { hint: 'Import more' });
    },
  };
  const rig = await jobsRig({ operations: [train] });
  const first = (await rig.start({ text: 'fail' })).json.id;
  const second = (await rig.start()).json.id;
  await (await follow(rig, second)).ended;
  expect((await rig.ask('/v1/products/lamp/neighbors')).json.model.version).toBe('v2');
  const { error } = (await rig.ask(`/v1/jobs/${first}`)).json;
  expect(error).toEqual({
    code: 'VERSION_CORRUPT',
    detail: 'a file of this version does not match its checksum. The log of the server says more.',
  });
  expect((await rig.ask(`/v1/jobs/${second}`)).json.error).toMatchObject({
    code: 'GRAPH_EMPTY',
    details: { hint: 'Import more' },
  });
});

test('events: the state at once, progress, the end, and then the stream is over', async () => {
  const rig = await jobsRig();
  const { id } = (await rig.start()).json;
  await expect.poll(() => rig.runs.length, PATIENT).toBe(1);
  const stream = await follow(rig, id);
  expect(stream.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
  });
  await expect.poll(() => stream.events.length, PATIENT).toBe(1);
  rig.runs[0]!.context.onProgress!({ stage: 'walk\n\ndata: x', done: 1, total: 4, unit: 'walks' });
  await expect.poll(() => stream.events.length, PATIENT).toBe(2);
  rig.runs[0]!.finish();
  await stream.ended;
  expect(stream.events.map(({ event }) => event)).toEqual(['state', 'progress', 'end']);
  expect(stream.events[1]!.data.progress).toMatchObject({ stage: 'walk\n\ndata: x', percent: 25 });
  expect(stream.events[2]!.data.state).toBe('succeeded');
  expect(new Set(stream.events.map((event) => event.id)).size).toBe(3);
});

test('Last-Event-ID: nothing is said twice, nothing newer is left out, and after the end there is no more', async () => {
  const rig = await jobsRig();
  const { id } = (await rig.start()).json;
  await expect.poll(() => rig.runs.length, PATIENT).toBe(1);
  const first = await follow(rig, id);
  await expect.poll(() => first.events.length, PATIENT).toBe(1);
  first.leave();
  const seen = first.events[0]!.id;
  const again = await follow(rig, id, { 'last-event-id': seen });
  rig.runs[0]!.context.onProgress!({ stage: 'walk', done: 1, unit: 'walks' });
  await expect.poll(() => again.events.length, PATIENT).toBe(1);
  expect(again.events[0]!.event).toBe('progress');
  const missed = await follow(rig, id, { 'last-event-id': seen });
  await expect.poll(() => missed.events.length, PATIENT).toBe(1);
  expect(missed.events[0]).toEqual({ ...again.events[0]!, event: 'state' });
  rig.runs[0]!.finish();
  await Promise.all([again.ended, missed.ended]);
  const over = await follow(rig, id, { 'last-event-id': again.events.at(-1)!.id });
  await over.ended;
  expect([over.status, over.text()]).toEqual([204, '']);
  const late = await follow(rig, id, { 'last-event-id': 'of another server-3' });
  await late.ended;
  expect(late.events.map(({ event }) => event)).toEqual(['end']);
});

test('as many listen as may; a place is free again when one leaves', async () => {
  const rig = await jobsRig({ config: { limits: { jobListeners: 2 } } });
  const { id } = (await rig.start()).json;
  const streams = [await follow(rig, id), await follow(rig, id)];
  const refused = await rig.ask(`/v1/jobs/${id}/events`);
  expect([refused.status, refused.json.code, refused.headers['retry-after']]).toEqual([
    503,
    'OVERLOADED',
    '10',
  ]);
  streams[0]!.leave();
  await expect
    .poll(async () => {
      const stream = await follow(rig, id);
      if (stream.status === 200) stream.leave();
      return stream.status;
    }, PATIENT)
    .toBe(200);
});

test('a client that takes nothing has one event kept for it, not all of them', async () => {
  const rig = await jobsRig();
  const { id } = (await rig.start()).json;
  await expect.poll(() => rig.runs.length, PATIENT).toBe(1);
  const { hostname, port } = new URL(rig.server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.pause();
  socket.write(`GET /v1/jobs/${id}/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  const stage = 'x'.repeat(2 * 2 ** 20); // 24 MiB in all: no socket takes that along unread
  for (let done = 1; done <= 12; done++) {
    rig.runs[0]!.context.onProgress!({ stage, done, unit: 'walks' });
    await expect.poll(async () => (await rig.ask(`/v1/jobs/${id}`)).json.progress?.done, PATIENT).toBe(done);
  }
  rig.runs[0]!.finish();
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.resume();
  await once(socket, 'end'); // the server has said all it had, and that was the end of it
  socket.destroy();
  const events = [...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name);
  expect(events.length).toBeLessThan(12);
  expect(events.at(-1)).toBe('end');
});

describe('heartbeat', () => {
  const job: Job = {
    id: '20260101T000000Z-0000',
    operation: 'train',
    input: {},
    state: 'running',
    createdAt: '2026-01-01T00:00:00.000Z',
    attempts: 1,
    crashes: 0,
    warnings: [],
  };

  /** A server that has this one job, whose listener it hands out. */
  async function serveEvents(): Promise<{ url: string; tell: JobListener; left: () => boolean }> {
    let tell: JobListener | undefined;
    let hasLeft = false;
    const jobs = {
      get: () => job,
      watch(_id: string, listener: JobListener) {
        tell = listener;
        listener(job, 0);
        return () => {
          hasLeft = true;
        };
      },
    };
    const events = createJobEvents({ jobs, limit: 3, instanceId: 'i', heartbeatMs: 20 });
    const server = createServer((_request, reply) => events.send(job.id, reply)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, tell: (...told) => tell!(...told), left: () => hasLeft };
  }

  test('a comment now and then, of which no client hears', async () => {
    const { url, left } = await serveEvents();
    const call = request(url).end();
    const [reply] = (await once(call, 'response')) as [IncomingMessage];
    let text = '';
    reply.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    await expect.poll(() => text.match(/^:$/gm)?.length, PATIENT).toBeGreaterThan(2);
    expect(text.match(/^event:/gm)).toHaveLength(1);
    call.on('error', () => {}).destroy();
    await expect.poll(left, PATIENT).toBe(true);
  });

  test('a client that takes nothing for two of them is cut off', async () => {
    const { url, tell, left } = await serveEvents();
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).on('error', () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const stage = 'x'.repeat(32 * 2 ** 20);
    await expect
      .poll(() => {
        tell({ ...job, progress: { stage, done: 1, unit: 'walks' } }, 1);
        return left();
      }, PATIENT)
      .toBe(true);
  });
});

test('stopping ends streams and jobs at once, and what waits is still there for the next server', async () => {
  const rig = await jobsRig();
  const { id } = (await rig.start()).json;
  const waits = (await rig.start()).json.id;
  await expect.poll(() => rig.runs.length, PATIENT).toBe(1);
  const streams = [await follow(rig, id), await follow(rig, waits)];
  await rig.server.close();
  await Promise.all(streams.map(({ ended }) => ended));
  expect(streams[0]!.events.at(-1)).toMatchObject({ event: 'end', data: { state: 'interrupted' } });
  const { make } = holdable();
  const next = await rigForTest({ operations: [make('train')], shop: rig.shop });
  const stateOf = async (job: string) => (await ask(next.server.url, `/v1/jobs/${job}`)).json.state;
  await expect.poll(() => stateOf(waits), PATIENT).toBe('running');
  expect(await stateOf(id)).toBe('interrupted');
});

test('what a key may: read reads and listens, admin starts and cancels', async () => {
  const KEYS = { read: 'read-key-0123456789', write: 'write-key-0123456789', admin: 'admin-key-0123456789' };
  const apiKeys = (['read', 'write', 'admin'] as const).map((scope) => ({ scope, key: KEYS[scope] }));
  const rig = await jobsRig({ config: { apiKeys } });
  const { id } = (await rig.start()).json;
  await rig.cancel(id);
  const statuses = async (key: string) => {
    const headers = { 'x-api-key': key };
    const asked = [
      { path: '/v1/jobs' },
      { path: `/v1/jobs/${id}` },
      { path: `/v1/jobs/${id}/events` },
      { path: '/v1/models', method: 'POST', body: { text: 5 } },
      { path: `/v1/jobs/${id}`, method: 'DELETE' },
    ];
    const found: number[] = [];
    for (const { path, ...rest } of asked) found.push((await rig.ask(path, { ...rest, headers })).status);
    return found;
  };
  expect(await statuses(KEYS.read)).toEqual([200, 200, 200, 403, 403]);
  expect(await statuses(KEYS.write)).toEqual([200, 200, 200, 403, 403]);
  expect(await statuses(KEYS.admin)).toEqual([200, 200, 200, 422, 200]);
  expect(await statuses('x'.repeat(20))).toEqual([401, 401, 401, 401, 401]);
});

test('a schedule that nothing could follow is refused when the server starts', async () => {
  const { make } = holdable();
  const input = z.strictObject({ alias: z.literal('prod').optional() });
  const start = (names: string[], refresh: object) =>
    rigForTest({ operations: names.map((name) => make(name, { input })), config: { refresh } });
  await expect(start(['train'], { everyMinutes: 5 })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    details: { field: 'refresh' },
  });
  await start(['refresh'], { everyMinutes: 5, afterChanges: 5 });
});

test('a schedule that reads from Neo4j asks for that graph, in its shape', async () => {
  const { make } = holdable();
  const asked: unknown[] = [];
  const input = z.unknown().refine((given) => asked.push(given));
  const uri = 'neo4j://graph:7687';
  const shape = { graphModel: { strength: 'weight' } };
  const start = (refresh: object) => {
    const neo4j = { settings: undefined, ...shape };
    return rigForTest({ operations: [make('refresh', { input })], config: { refresh }, neo4j });
  };
  await start({ everyMinutes: 5, source: uri });
  await start({ everyMinutes: 5 });
  expect(asked).toEqual([
    { alias: 'prod', source: { uri, model: { strength: 'weight' } } },
    { alias: 'prod' },
  ]);
  await expect(start({ afterChanges: 5, source: uri })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    details: { field: 'refresh.afterChanges' },
  });
});
