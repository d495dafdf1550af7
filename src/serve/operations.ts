/**
 * Runs operations on the server's workspace and streams how they go, one JSON line each: progress, at
 * most four a second, then one result or error. One writer at a time, jobs included; a client that leaves
 * stops its own.
 */
import type { ServerResponse } from 'node:http';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import type { Progress } from '../base/task.ts';
import type { WriterTurn } from '../pipeline/jobs/writer-turn.ts';
import type { LiveModel, Log } from '../pipeline/live-types.ts';
import type { Operation, OperationContext } from '../pipeline/operation.ts';
import type { OperationLine } from '../pipeline/remote.ts';
import type { Workspace } from '../pipeline/workspace.ts';

export interface OperationRunner {
  /** @throws ShelfwalkError BUSY · SHUTTING_DOWN — before anything is written to `reply` */
  run(operation: Operation, input: unknown, reply: ServerResponse): Promise<void>;
  running(): string[];
  /** Takes no more and stops those that run. */
  stop(): void;
}

export interface OperationRunnerOptions {
  readonly workspace: Workspace;
  /** Operations answer from it. */
  readonly live: LiveModel;
  readonly turn: WriterTurn;
  /** After an operation that writes. @returns a warning for its caller */
  readonly afterWriting: () => Promise<string | undefined>;
  readonly log: Log;
  readonly observe: (name: string, outcome: string, seconds: number) => void;
}

const PROGRESS_EVERY_MS = 250;
/** A blank line now and then: clients and proxies drop a connection that says nothing for minutes. */
const AWAKE_EVERY_MS = 15_000;

export function createOperationRunner({
  workspace,
  live,
  turn,
  afterWriting,
  log,
  observe,
}: OperationRunnerOptions): OperationRunner {
  const running = new Map<AbortController, Operation>();
  let isStopping = false;

  /** The line that ends the stream. Never throws: by now the status is sent. */
  async function runToLine(
    operation: Operation,
    input: unknown,
    context: OperationContext,
  ): Promise<OperationLine> {
    let line: OperationLine;
    try {
      line = { result: (await operation.run(workspace, input, context)) ?? null };
    } catch (error) {
      line = toErrorLine(error);
    }
    // Also after a failure: it may have published a version before it failed.
    const warning = operation.writes ? await afterWriting() : undefined;
    return warning !== undefined && 'result' in line ? { ...line, warnings: [warning] } : line;
  }

  function toErrorLine(error: unknown): OperationLine {
    if (isShelfwalkError(error)) {
      const code = isStopping && error.code === 'ABORTED' ? 'SHUTTING_DOWN' : error.code;
      return { error: { code, details: error.details } };
    }
    log.error({ err: error }, 'operation failed');
    return { error: { code: 'INTERNAL', details: { hint: 'The log of the server says more' } } };
  }

  return {
    async run(operation, input, reply) {
      if (isStopping) throw new ShelfwalkError('SHUTTING_DOWN');
      const release = operation.writes ? turn.take(operation.name) : undefined;
      const controller = new AbortController();
      running.set(controller, operation);
      const startedAt = performance.now();
      const stream = openStream(reply, () => controller.abort());
      try {
        const line = await runToLine(operation, input, {
          signal: controller.signal,
          onProgress: stream.progress,
          live,
        });
        stream.end(line);
        observe(
          operation.name,
          'error' in line ? line.error.code : 'ok',
          (performance.now() - startedAt) / 1000,
        );
      } finally {
        running.delete(controller);
        release?.();
      }
    },
    running: () => [...running.values()].map((operation) => operation.name),
    stop() {
      isStopping = true;
      for (const controller of running.keys()) controller.abort();
    },
  };
}

interface Stream {
  progress(progress: Progress): void;
  end(line: OperationLine): void;
}

function openStream(reply: ServerResponse, onLeft: () => void): Stream {
  // no-transform: compressed, lines would wait in the compressor for company.
  reply.writeHead(200, {
    'Content-Type': 'application/x-ndjson; charset=utf-8',
    'Cache-Control': 'no-store, no-transform',
  });
  reply.flushHeaders();
  reply.once('close', () => {
    if (!reply.writableFinished) onLeft();
  });
  let pending: Progress | undefined;
  let lastAt = Number.NEGATIVE_INFINITY;
  const write = (line: OperationLine) => void reply.write(`${JSON.stringify(line)}\n`);
  const flush = () => {
    if (!pending) return;
    write({ progress: pending });
    pending = undefined;
    lastAt = performance.now();
  };
  const slow = setInterval(flush, PROGRESS_EVERY_MS);
  const awake = setInterval(() => void reply.write('\n'), AWAKE_EVERY_MS);
  return {
    progress(progress) {
      pending = progress;
      if (performance.now() - lastAt >= PROGRESS_EVERY_MS) flush();
    },
    end(line) {
      clearInterval(slow);
      clearInterval(awake);
      flush();
      write(line);
      reply.end();
    },
  };
}
