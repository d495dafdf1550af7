/**
 * A running server over one workspace: listens, leaves its lease, and stops in order: no new connection,
 * operations stopped, requests in hand finished, then everything closed. The caller closes the workspace.
 */

import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ERRORS, ShelfwalkError } from '../base/errors.ts';
import { countCommits } from '../pipeline/count-commits.ts';
import { type Cypher, type CypherOptions, createCypher } from '../pipeline/cypher.ts';
import { createWriterTurn } from '../pipeline/jobs/writer-turn.ts';
import { removeLease, writeLease } from '../pipeline/lease.ts';
import { createLiveModel, type LiveModelOptions } from '../pipeline/live-model.ts';
import type { LiveModel, Log } from '../pipeline/live-types.ts';
import type { Operation } from '../pipeline/operation.ts';
import type { ServerConfig } from '../pipeline/server-config.ts';
import type { FolderWatch } from '../pipeline/watch/folder-watch.ts';
import type { Workspace } from '../pipeline/workspace.ts';
import { createApp } from './app.ts';
import { isLoopback } from './auth.ts';
import { createFollower } from './follow-aliases.ts';
import { createGate, type Gate } from './gate.ts';
import { openJobs, type ServerJobs } from './jobs.ts';
import { createMetrics } from './metrics.ts';
import { createOperationRunner, type OperationRunner } from './operations.ts';
import { PROBLEM_TYPE, toProblem } from './problem.ts';
import { openWatch } from './watch.ts';

export interface ServerOptions {
  readonly workspace: Workspace;
  readonly operations: readonly Operation[];
  readonly config: ServerConfig;
  /** With `debug`, every request is logged. */
  readonly log: Log & { debug?(facts: object, message: string): void };
  /** On any of these the server stops in order; on a second one, at once. Default: none. */
  readonly stopSignals?: readonly NodeJS.Signals[];
  /** The Neo4j that queries of /v1/cypher go to. Default: none, and they say so. */
  readonly neo4j?: Pick<CypherOptions, 'settings' | 'names'> & { readonly graphModel?: object };
  /** Default: made for `neo4j`. Closed with the server. */
  readonly cypher?: Cypher;
  /** Changes that are not in the served version, for `refresh.afterChanges`. Default: commits of the catalog. */
  readonly countChanges?: () => Promise<number>;
  /** How tables are searched; default: exactly. */
  readonly createIndex?: LiveModelOptions['createIndex'];
}

export interface RunningServer {
  readonly url: string;
  readonly live: LiveModel;
  /** Stops in order; all callers wait for the same stop. */
  close(): Promise<void>;
  /** Resolves when the server has stopped, for whatever reason. */
  readonly closed: Promise<void>;
}

/**
 * @throws ShelfwalkError BIND_REFUSED — beyond loopback without a key, or not an address of this machine
 * @throws ShelfwalkError PORT_IN_USE · VERSION_CORRUPT
 * @throws ShelfwalkError CONFIG_INVALID — a refresh is to start by itself, and there is none
 * @throws ShelfwalkError FOLDER_UNUSABLE — the one that is to be watched
 */
export async function startServer({
  workspace,
  operations,
  config,
  log,
  stopSignals = [],
  neo4j,
  cypher = createCypher({ settings: undefined, ...neo4j, limits: toCypherLimits(config) }),
  countChanges = () => countCommits(workspace, config.alias),
  createIndex,
}: ServerOptions): Promise<RunningServer> {
  refuseOpenBind(config);
  const instanceId = randomBytes(6).toString('hex');
  const leaseToken = randomBytes(32).toString('base64url');
  let isStopping = false;

  const watched = () => watch?.state();
  const metrics = createMetrics({ models: () => live.loaded(), inFlight: () => gate.inFlight(), watched });
  const gate = createGate({
    config,
    instanceId,
    metrics: () => metrics,
    logRequest: (facts, message) => log.debug?.(facts, message),
  });
  const live: LiveModel = await createLiveModel(workspace, {
    alias: config.alias,
    limit: config.limits.models,
    log,
    createIndex,
    onSearch: metrics.observeSearch,
  });
  const writing = { turn: createWriterTurn(), afterWriting: createFollower(live, log) };
  const running = { workspace, live, log, ...writing, observe: metrics.observeOperation };
  const runner = createOperationRunner(running);
  const failToStart = async (error: unknown): Promise<never> => {
    await live.close();
    throw error;
  };
  const { graphModel } = neo4j ?? {};
  const jobs = await openJobs({ ...running, operations, config, instanceId, countChanges, graphModel }).catch(
    failToStart,
  );
  const watch: FolderWatch | undefined = await openWatch(running, config).catch(failToStart);
  const app = createApp({
    workspace,
    live,
    cypher,
    operations,
    runner,
    jobs,
    config,
    log,
    gate,
    metrics,
    watched,
    instanceId,
    leaseToken,
    isStopping: () => isStopping,
  });

  const server = createHttpServer(config, app);
  const url = await listen(server, config).catch(failToStart);
  await writeLease(workspace.dataDir, {
    url: toLocalUrl(url),
    token: leaseToken,
    instanceId,
    pid: process.pid,
    startedAt: new Date().toISOString(),
  });
  jobs.start();
  watch?.start();
  log.info({ url, model: live.info()?.version, keys: config.apiKeys.length }, 'listening');

  const stop = async () => {
    isStopping = true;
    log.info({ inFlight: gate.inFlight() }, 'stopping');
    await shutDown(server, { gate, runner, jobs, watch, timeoutMs: config.limits.shutdownTimeoutMs, log });
    // A search that never ends must not keep the process: its request was cut off above.
    await Promise.race([live.close(), delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    await cypher.close();
    await removeLease(workspace.dataDir, instanceId);
    log.info({}, 'stopped');
  };
  const { promise: closed, start: close } = createOnce(stop);
  stopOnSignals(stopSignals, { close, closed, server, log });
  return { url, live, close, closed };
}

const toCypherLimits = ({ limits }: ServerConfig) => ({
  maxRows: limits.cypherRows,
  timeoutMs: limits.cypherTimeoutMs,
});

/** @throws ShelfwalkError BIND_REFUSED */
function refuseOpenBind({ host, apiKeys }: ServerConfig): void {
  if (isLoopback(host) || apiKeys.length > 0) return;
  throw new ShelfwalkError('BIND_REFUSED', {
    host,
    expected: 'an API key for any address beyond loopback',
    hint: 'Set SHELFWALK_API_KEYS=read:…,admin:… or listen on 127.0.0.1',
  });
}

function createHttpServer({ limits }: ServerConfig, app: ReturnType<typeof createApp>): Server {
  const server = createServer(
    {
      headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: 500, // how late the two above may be noticed; 30 s if not given
      keepAliveTimeout: 5000,
    },
    app,
  );
  server.maxConnections = limits.connections;
  server.on('clientError', answerUnreadable);
  return server;
}

const UNREADABLE: Readonly<Record<string, ShelfwalkError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: new ShelfwalkError('REQUEST_TIMEOUT'),
  HPE_HEADER_OVERFLOW: new ShelfwalkError('HEADERS_TOO_LARGE'),
  HPE_INVALID_URL: new ShelfwalkError('REQUEST_INVALID', {
    field: 'path',
    expected: 'percent-encoded UTF-8',
  }),
};

/** What never became a request: too slow, or not HTTP. There is no response object yet, only the socket. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const problem =
    UNREADABLE[error.code ?? ''] ??
    new ShelfwalkError('REQUEST_INVALID', { field: 'request', expected: 'HTTP/1.1' });
  const body = JSON.stringify(toProblem(problem, ''));
  const head = `HTTP/1.1 ${problem.status} ${ERRORS[problem.code].text}\r\nContent-Type: ${PROBLEM_TYPE}\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}

/** @throws ShelfwalkError PORT_IN_USE · BIND_REFUSED */
function listen(server: Server, { host, port }: ServerConfig): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        reject(
          new ShelfwalkError(
            'PORT_IN_USE',
            { host, port, hint: `Try --port ${port < 65_535 ? port + 1 : 8081}` },
            { cause: error },
          ),
        );
      } else reject(new ShelfwalkError('BIND_REFUSED', { host, port, found: error.code }, { cause: error }));
    });
    server.listen({ host, port }, () => {
      const { address, family, port: taken } = server.address() as AddressInfo;
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`);
    });
  });
}

/** Where the command line of this machine reaches a server that listens on all addresses. */
const toLocalUrl = (url: string): string =>
  url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');

interface ShutDownOptions {
  readonly gate: Gate;
  readonly runner: OperationRunner;
  readonly jobs: ServerJobs;
  readonly watch: FolderWatch | undefined;
  readonly timeoutMs: number;
  readonly log: Log;
}

const CLOSE_TIMEOUT_MS = 1000;
/** A client that is between two requests on a kept-alive connection has this long to send the next. */
const KEEP_ALIVE_GRACE_MS = 300;

async function shutDown(
  server: Server,
  { gate, runner, jobs, watch, timeoutMs, log }: ShutDownOptions,
): Promise<void> {
  // net's close, not http's: that one also cuts connections which a client may be writing to just now.
  const isClosed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  runner.stop();
  const workStopped = Promise.all([jobs.stop(), watch?.stop()]);
  const timers = new AbortController();
  const isLate = delay(timeoutMs, 'late' as const, { signal: timers.signal }).catch(() => {});
  const isDrained = delay(KEEP_ALIVE_GRACE_MS, undefined, { signal: timers.signal })
    .catch(() => {})
    .then(() => workStopped)
    .then(() => gate.drained());
  gate.drain();
  if ((await Promise.race([isClosed, isDrained, isLate])) === 'late') {
    log.warn({ inFlight: gate.inFlight(), timeoutMs }, 'requests still in hand are cut off');
  }
  timers.abort();
  server.closeAllConnections();
  await isClosed;
}

interface StopOptions extends Pick<RunningServer, 'close' | 'closed'> {
  readonly server: Server;
  readonly log: Log;
}

function stopOnSignals(
  signals: readonly NodeJS.Signals[],
  { close, closed, server, log }: StopOptions,
): void {
  let count = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'signal');
    if (++count > 1) server.closeAllConnections();
    else close().catch((error: unknown) => log.error({ err: error }, 'the server did not stop in order'));
  };
  for (const signal of signals) process.on(signal, onSignal);
  const forget = () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  closed.then(forget, forget);
}

/** Starts `work` once, however often it is asked to; `promise` settles with it. */
function createOnce(work: () => Promise<void>): { promise: Promise<void>; start: () => Promise<void> } {
  let begin!: () => void;
  const promise = new Promise<void>((resolve) => {
    begin = resolve;
  }).then(work);
  return {
    promise,
    start: () => {
      begin();
      return promise;
    },
  };
}
