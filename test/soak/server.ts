/** A server as its user runs it: `shelfwalk serve`, a process of its own, over HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const KEY = 'a-key-for-the-soak-test';
const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');

export interface Server {
  readonly url: string;
  /** JSON in and out; what cannot be sent, or is never answered, throws. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
}

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: replies are checked where they are used
  readonly json: any;
}

export interface ServerProcess extends Server {
  /** By SIGKILL, at once; resolves when it is gone. */
  kill(): Promise<void>;
}

/** @param flags further ones of `shelfwalk serve` */
export async function startServer(dataDir: string, flags: readonly string[] = []): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    [MAIN, 'serve', '--data-dir', dataDir, '--port', '0', '--json', '--log-level', 'error', ...flags],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, SHELFWALK_API_KEYS: `admin:${KEY}` } },
  );
  let output = '';
  child.stdout!.setEncoding('utf8');
  child.stdout!.on('data', (text: string) => {
    output += text;
  });
  for (;;) {
    const url = /"url": ?"([^"]+)"/.exec(output)?.[1];
    if (url !== undefined) return { ...toServer(url), kill: () => kill(child) };
    if (child.exitCode !== null) throw new Error(`the server ended by itself: ${child.exitCode} ${output}`);
    await delay(5);
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'close');
  child.kill('SIGKILL');
  await gone;
}

const toServer = (url: string): Server => ({
  url,
  async send(method, path, body, headers = {}) {
    const reply = await fetch(url + path, {
      method,
      headers: {
        'x-api-key': KEY,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: reply.status, json: await reply.json() };
  },
});

/** Of a job, once it has ended. */
export async function endOf(server: Server, id: string): Promise<Reply['json']> {
  for (;;) {
    const { status, json } = await server.send('GET', `/v1/jobs/${id}`);
    if (status !== 200) throw new Error(`job ${id}: ${status} ${JSON.stringify(json)}`);
    if (json.endedAt !== undefined) return json;
    await delay(20);
  }
}
