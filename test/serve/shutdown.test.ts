/** Stopping: what is in hand is finished, what comes on an open connection is answered, and it ends in time. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { rigForTest } from './rig.ts';

/** Machines that run tests are busy. */
const PATIENT = { timeout: 20_000 };

const N = '/v1/products/lamp/neighbors';

test('requests in hand are finished, new connections are refused, readiness says so at once', async () => {
  const rig = await rigForTest();
  let release = () => {};
  rig.control.hold = new Promise<void>((resolve) => {
    release = resolve;
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const held = [1, 2, 3, 4].map(() => rig.ask(N));
  await expect.poll(() => rig.control.searches, PATIENT).toBe(4);
  expect((await viaAgent(rig.server.url, '/readyz', agent)).status).toBe(200);
  const closing = rig.server.close();
  const onOpenConnection = await viaAgent(rig.server.url, '/readyz', agent);
  expect(onOpenConnection).toEqual({ status: 503, connection: 'close' });
  await expect(rig.ask(N)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  release();
  const replies = await Promise.all(held);
  expect(replies.map((r) => r.status)).toEqual([200, 200, 200, 200]);
  expect(replies.every((r) => r.headers.connection === 'close' && r.json.results.length > 0)).toBe(true);
  await closing;
  expect(rig.control.closed).toBe(2);
});

async function viaAgent(
  url: string,
  path: string,
  agent: Agent,
): Promise<{ status: number; connection?: string }> {
  const call = request(new URL(path, url), { agent });
  call.end();
  const [reply] = await once(call, 'response').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${call.reusedSocket ? 'open' : 'new'} connection: ${error.code}`);
  });
  reply.resume();
  await once(reply, 'end');
  return { status: reply.statusCode, connection: reply.headers.connection };
}

test('clients in a loop on kept-alive connections lose no request', async () => {
  const rig = await rigForTest();
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  let answered = 0;
  const loop = async (): Promise<string> => {
    for (;;) {
      try {
        const { status } = await viaAgent(rig.server.url, N, agent);
        if (status !== 200) return `status ${status}`;
        answered++;
      } catch (error) {
        return (error as Error).message;
      }
    }
  };
  const ends = Array.from({ length: 8 }, loop);
  await expect.poll(() => answered, PATIENT).toBeGreaterThan(40);
  const before = answered;
  await rig.server.close();
  // Each loop ends at a connection it could not open (or that was never accepted): none that was open is cut.
  for (const end of await Promise.all(ends))
    expect(end).toMatch(/^new connection: (ECONNREFUSED|ECONNRESET)$/);
  expect(answered).toBeGreaterThanOrEqual(before + 8);
});

test('a request that does not end holds the stop no longer than the timeout', async () => {
  const rig = await rigForTest({ config: { limits: { shutdownTimeoutMs: 500 } } });
  let release = () => {};
  rig.control.hold = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held = rig.ask(N).catch((error: NodeJS.ErrnoException) => error.code);
  await expect.poll(() => rig.control.searches, PATIENT).toBe(1);
  const startedAt = performance.now();
  const closing = rig.server.close();
  expect(await held).toBe('ECONNRESET');
  await closing; // though the search still hangs
  release();
  expect(performance.now() - startedAt).toBeGreaterThan(450);
  expect(performance.now() - startedAt).toBeLessThan(6000);
});

test('connections that say nothing do not hold the stop', async () => {
  const rig = await rigForTest();
  const { hostname, port } = new URL(rig.server.url);
  const sockets = [connect(Number(port), hostname), connect(Number(port), hostname)];
  await Promise.all(sockets.map((s) => once(s, 'connect')));
  sockets[1].write('GET /v1/pro');
  for (const socket of sockets) socket.on('error', () => {});
  const startedAt = performance.now();
  await rig.server.close();
  expect(performance.now() - startedAt).toBeLessThan(6000);
});

test('a signal stops it in order, once, and its handlers go with it', async () => {
  const before = process.listenerCount('SIGUSR2');
  const rig = await rigForTest({ stopSignals: ['SIGUSR2'] });
  expect(process.listenerCount('SIGUSR2')).toBe(before + 1);
  process.kill(process.pid, 'SIGUSR2');
  await rig.server.closed;
  expect(process.listenerCount('SIGUSR2')).toBe(before);
  await expect(rig.ask('/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
