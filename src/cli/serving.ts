/** A server in the foreground: opened on a data directory, announced, and gone when it has been stopped. */
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { findNeo4jSettings } from '../pipeline/cypher.ts';
import { readLease } from '../pipeline/lease.ts';
import { graphModelSchema } from '../pipeline/neo4j-config.ts';
import { readSettings } from '../pipeline/read-settings.ts';
import type { ServerConfig } from '../pipeline/server-config.ts';
import { openWorkspace, type Workspace } from '../pipeline/workspace.ts';
import { createLog } from '../serve/log.ts';
import { type RunningServer, type ServerOptions, startServer } from '../serve/server.ts';
import { readModel } from './neo4j-flags.ts';
import { checkDataDir } from './session.ts';
import type { Task } from './task.ts';

export interface Serving {
  readonly config: ServerConfig;
  /** Once it listens. */
  readonly announce: (server: RunningServer) => void;
}

/** Resolves when the server has stopped: on Ctrl-C, on SIGTERM. */
export async function serveUntilStopped(
  workspace: Workspace,
  task: Task,
  { config, announce }: Serving,
): Promise<void> {
  const server = await startServer({
    workspace,
    operations: task.operations,
    config,
    log: createLog(config.logLevel),
    neo4j: await toNeo4j(config, task),
    stopSignals: ['SIGINT', 'SIGTERM'],
  });
  announce(server);
  await server.closed;
}

/** Where its queries go, and what things are called there. */
async function toNeo4j({ graphModel }: ServerConfig, { io }: Task): Promise<ServerOptions['neo4j']> {
  const settings = await findNeo4jSettings(io.environment);
  if (graphModel === undefined) return { settings };
  const model = readSettings(graphModelSchema, await readModel(resolve(io.cwd, graphModel)));
  return { settings, names: model.names, graphModel: model };
}

/**
 * @throws ShelfwalkError CATALOG_IN_USE — names the address if it is a server that holds the directory
 */
export async function withWorkspace<T>(
  dataDir: string,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  await checkDataDir(dataDir, true);
  await refuseSecondServer(dataDir);
  const workspace = await openWorkspace(dataDir).catch(async (error: unknown) => {
    if (isShelfwalkError(error, 'CATALOG_IN_USE')) await refuseSecondServer(dataDir);
    throw error;
  });
  try {
    return await work(workspace);
  } finally {
    await workspace.close();
  }
}

/**
 * Asked before minutes of work whose result could not be served then.
 * @throws ShelfwalkError PORT_IN_USE
 */
export async function refuseBusyPort({ host, port }: ServerConfig): Promise<void> {
  const probe = createServer();
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    probe.once('error', resolve).listen({ host, port }, () => probe.close(() => resolve(undefined)));
  });
  if (error?.code !== 'EADDRINUSE') return; // anything else is for the server to say
  throw new ShelfwalkError('PORT_IN_USE', {
    host,
    port,
    hint: `Try --port ${port < 65_535 ? port + 1 : port - 1}`,
  });
}

async function refuseSecondServer(dataDir: string): Promise<void> {
  const lease = await readLease(dataDir);
  if (!lease) return;
  const hint = 'Use that one, stop it first, or name another directory with --data-dir';
  throw new ShelfwalkError('CATALOG_IN_USE', { dataDir, server: lease.url, pid: lease.pid, hint });
}
