/**
 * Where an operation runs. A data directory belongs to one process: while a server holds it the work is
 * done through that server, otherwise it is opened here. Commands need not know which.
 */
import { stat } from 'node:fs/promises';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import { type Lease, readLease } from '../pipeline/lease.ts';
import type { Operation } from '../pipeline/operation.ts';
import { runRemotely } from '../pipeline/remote.ts';
import type { Workspace } from '../pipeline/workspace.ts';

export interface Session {
  /** Address of the server that does the work; undefined: it is done here. */
  readonly server?: string;
  /** @throws ShelfwalkError REQUEST_INVALID — the input does not match the operation's schema */
  run(name: string, input: unknown, context: TaskContext): Promise<unknown>;
}

export interface SessionOptions {
  readonly dataDir: string;
  readonly operations: readonly Operation[];
  /** False: a directory that is not there is refused, not made. */
  readonly create: boolean;
}

/**
 * @throws ShelfwalkError CATALOG_IN_USE — another process holds the directory, and it is no server
 * @throws ShelfwalkError DATA_DIR_MISSING
 */
export async function withSession<T>(
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { dataDir, operations } = options;
  await checkDataDir(dataDir, options.create);
  const lease = await readLease(dataDir);
  if (lease) return work(toRemote(lease));
  const workspace = await openHere(dataDir);
  if ('token' in workspace) return work(toRemote(workspace));
  try {
    return await work(toLocal(workspace, operations));
  } finally {
    await workspace.close();
  }
}

/** A server may have started between the look at the lease and the opening: then there is one now. */
async function openHere(dataDir: string): Promise<Workspace | Lease> {
  // Loaded only now: the database takes a while, and neither --help nor work on a server needs it.
  const { openWorkspace } = await import('../pipeline/workspace.ts');
  try {
    return await openWorkspace(dataDir);
  } catch (error) {
    const lease = isShelfwalkError(error, 'CATALOG_IN_USE') ? await readLease(dataDir) : undefined;
    if (lease) return lease;
    throw error;
  }
}

function toLocal(workspace: Workspace, operations: readonly Operation[]): Session {
  return {
    run(name, input, context) {
      const operation = findOperation(operations, name);
      return operation.run(workspace, parseInput(operation, input), context);
    },
  };
}

const toRemote = (lease: Lease): Session => ({
  server: lease.url,
  run: (name, input, context) => runRemotely(lease, name, input, context),
});

function findOperation(operations: readonly Operation[], name: string): Operation {
  const operation = operations.find((one) => one.name === name);
  if (!operation)
    throw new ShelfwalkError('INTERNAL', {
      operation: name,
      expected: operations.map((o) => o.name).join(', '),
    });
  return operation;
}

function parseInput(operation: Operation, input: unknown): unknown {
  const parsed = operation.input.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ShelfwalkError('REQUEST_INVALID', {
    operation: operation.name,
    field: issue!.path.join('.'),
    expected: issue!.message,
  });
}

/** @throws ShelfwalkError DATA_DIR_MISSING — a file stands there; or nothing does, and nothing is to be made */
export async function checkDataDir(dataDir: string, create: boolean): Promise<void> {
  const found = await stat(dataDir).catch(() => undefined);
  if (found ? found.isDirectory() : create) return;
  throw new ShelfwalkError('DATA_DIR_MISSING', {
    dataDir,
    found: found ? 'a file' : undefined,
    hint: 'Name another one with --data-dir, or import something first: shelfwalk import --help',
  });
}
