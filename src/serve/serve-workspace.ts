/** The HTTP service for an application that starts it itself: settings checked, stopped by a signal. */
import { throwIfAborted } from '../base/task.ts';
import type { CypherOptions } from '../pipeline/cypher.ts';
import type { Log } from '../pipeline/live-types.ts';
import { readSettings } from '../pipeline/read-settings.ts';
import { type ServerConfigInput, serverConfigSchema } from '../pipeline/server-config.ts';
import type { Workspace } from '../pipeline/workspace.ts';
import type { RunningServer } from './server.ts';

export interface ServeOptions {
  /** Aborting it stops the server in order, as `close()` does. */
  readonly signal?: AbortSignal;
  /** The Neo4j that queries of /v1/cypher go to. Default: none. */
  readonly neo4j?: Pick<CypherOptions, 'settings' | 'names'>;
  /** Default: JSON lines to standard error, as much as the setting `logLevel` says. */
  readonly log?: Log & { debug?(facts: object, message: string): void };
}

/**
 * Serves a workspace over HTTP. Neither the environment nor a file is read; `port: 0` takes any free port.
 * Close the server before the workspace.
 * @throws ShelfwalkError CONFIG_INVALID · BIND_REFUSED · PORT_IN_USE · VERSION_CORRUPT · ABORTED
 */
export async function serve(
  workspace: Workspace,
  settings: ServerConfigInput = {},
  { signal, log, neo4j }: ServeOptions = {},
): Promise<RunningServer> {
  const config = readSettings(serverConfigSchema, settings);
  throwIfAborted(signal);
  // Loaded only now: who trains or asks in the same process needs no HTTP stack.
  const [{ startServer }, { createLog }, { OPERATIONS }] = await Promise.all([
    import('./server.ts'),
    import('./log.ts'),
    import('../pipeline/operations.ts'),
  ]);
  const logger = log ?? createLog(config.logLevel);
  const server = await startServer({ workspace, operations: OPERATIONS, config, log: logger, neo4j });
  const stop = (): void => {
    server
      .close()
      .catch((error: unknown) => logger.error({ err: error }, 'the server did not stop in order'));
  };
  const forget = (): void => signal?.removeEventListener('abort', stop);
  server.closed.then(forget, forget);
  if (signal?.aborted)
    stop(); // while it was starting
  else signal?.addEventListener('abort', stop, { once: true });
  return server;
}
