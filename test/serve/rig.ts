/** Starts a server over the fake shop, and asks it things: politely with fetch, or byte by byte. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Operation } from '../../src/pipeline/operation.ts';
import { type ServerConfigInput, serverConfigSchema } from '../../src/pipeline/server-config.ts';
import { type RunningServer, startServer } from '../../src/serve/server.ts';
import { type FakeShop, fakeIndexes, fakeShop, type IDS, type IndexControl, silent } from './fakes.ts';
import { findLeaseForTest } from './lease-file.ts';

export interface Rig {
  readonly server: RunningServer;
  readonly shop: FakeShop;
  readonly control: IndexControl;
  /** The token of the lease. */
  readonly token: string;
  /** Sends the path byte for byte: fetch would tidy up dots and encode. */
  ask(path: string, options?: AskOptions): Promise<Answer>;
  /** Sends these bytes and returns all that comes back. */
  sendRaw(bytes: string): Promise<string>;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** Objects are sent as JSON, strings and buffers as they are. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: replies are checked against their schemas where it matters
  readonly json: any;
}

export interface RigOptions {
  readonly config?: ServerConfigInput;
  readonly operations?: readonly Operation[];
  readonly aliases?: Record<string, string>;
  /** Default: the small shop, 8 columns. */
  readonly ids?: typeof IDS;
  readonly cols?: number;
  /** Default: a shop of its own. */
  readonly shop?: FakeShop;
  readonly cypher?: Parameters<typeof startServer>[0]['cypher'];
  readonly neo4j?: Parameters<typeof startServer>[0]['neo4j'];
  readonly stopSignals?: readonly NodeJS.Signals[];
  readonly log?: Parameters<typeof startServer>[0]['log'];
}

export async function startRig({
  config = {},
  operations = [],
  aliases,
  ids,
  cols,
  shop: given,
  cypher,
  neo4j,
  stopSignals,
  log = silent,
}: RigOptions = {}): Promise<Rig> {
  const shop = given ?? (await fakeShop({ aliases, ids, cols }));
  const { createIndex, control } = fakeIndexes();
  const server = await startServer({
    workspace: shop.workspace,
    operations,
    config: serverConfigSchema.parse({ port: 0, ...config }),
    log,
    stopSignals,
    cypher,
    neo4j,
    createIndex,
  });
  const { token } = await findLeaseForTest(shop.workspace.dataDir);
  return {
    server,
    shop,
    control,
    token,
    ask: (path, options) => ask(server.url, path, options),
    sendRaw: (bytes) => sendRaw(server.url, bytes),
  };
}

/** A rig for one test. */
export async function rigForTest(options?: RigOptions): Promise<Rig> {
  const rig = await startRig(options);
  onTestFinished(() => rig.server.close());
  return rig;
}

export async function ask(
  url: string,
  path: string,
  { method = 'GET', headers = {}, body }: AskOptions = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const isPlain = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = isPlain ? body : JSON.stringify(body);
  const call = request({
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port,
    path,
    method,
    agent: false,
    headers: {
      ...(bytes !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(bytes as string),
      }),
      ...headers,
    },
  });
  call.on('error', () => {}); // a server that refuses a body closes while it is sent; the answer is what counts
  call.end(bytes);
  const [reply] = (await once(call, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const isJson =
    /json(;|$)/.test(reply.headers['content-type'] ?? '') &&
    !reply.headers['content-encoding'] &&
    !reply.headers['content-type']?.includes('ndjson');
  return {
    status: reply.statusCode!,
    headers: reply.headers,
    text,
    json: isJson && text ? JSON.parse(text) : undefined,
  };
}

async function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.write(Buffer.from(bytes, 'latin1'));
  await once(socket, 'close');
  return text;
}
