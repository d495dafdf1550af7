/** One job from its start to its end: written down as running before it begins, and as what became of it after. */
import { isShelfwalkError, ShelfwalkError } from '../../base/errors.ts';
import { type Progress, throwIfAborted } from '../../base/task.ts';
import type { Operation } from '../operation.ts';
import type { RunCheckpoints } from '../run-checkpoints.ts';
import type { JobBook } from './job-book.ts';
import { createJobCheckpoints } from './job-checkpoints.ts';
import type { JobRunnerOptions } from './job-runner.ts';
import type { Job } from './types.ts';

export interface RunJobOptions
  extends Pick<
    JobRunnerOptions,
    | 'workspace'
    | 'operations'
    | 'store'
    | 'checkpointMs'
    | 'limits'
    | 'log'
    | 'live'
    | 'afterWriting'
    | 'observe'
  > {
  readonly book: JobBook;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  /** What is aborted then is interrupted, not failed. */
  readonly isStopping: () => boolean;
}

/** Watchers are told of progress at most so often. */
const PROGRESS_EVERY_MS = 250;
/** Of a result as JSON; a longer one is for a file or an address of its own. */
const MAX_RESULT_CHARS = 65_536;

/** @throws ShelfwalkError DISK_FULL — what became of the job is known in memory only */
export async function runJob(id: string, options: RunJobOptions): Promise<void> {
  const { book, now, log, limits } = options;
  const { attempts, operation } = book.get(id);
  const startedAt = now();
  const running = {
    state: 'running' as const,
    startedAt: startedAt.toISOString(),
    attempts: attempts + 1,
    progress: undefined,
  };
  log.info({ job: id, operation, attempt: attempts + 1 }, 'job started');
  const outcome = await attempt(id, running, options);
  const endedAt = now();
  const isOver = outcome.state !== 'interrupted' || !isResumable(operation, options);
  const seconds = (endedAt.getTime() - startedAt.getTime()) / 1000;
  options.observe?.(
    operation,
    outcome.error?.code ?? (outcome.state === 'succeeded' ? 'ok' : 'ABORTED'),
    seconds,
  );
  log.info({ job: id, operation, state: outcome.state, code: outcome.error?.code, seconds }, 'job ended');
  await book.settle(id, { ...outcome, ...(isOver && { endedAt: endedAt.toISOString() }) });
  if (isOver) await options.store.removeCheckpoints(id);
  await book.keepEnded(limits.endedJobs);
}

type Outcome = Pick<Job, 'state' | 'result' | 'error' | 'warnings'>;

/** Never throws. */
async function attempt(id: string, running: Partial<Job>, options: RunJobOptions): Promise<Outcome> {
  const { book, workspace, live, signal, afterWriting } = options;
  const warnings = [...book.get(id).warnings];
  const progress = createThrottle((latest) => void book.change(id, { progress: latest }));
  let operation: Operation | undefined;
  let outcome: Omit<Outcome, 'warnings'>;
  try {
    await book.settle(id, running); // a process that goes down with it is counted
    operation = getOperation(book.get(id), options);
    const input = readInput(operation, book.get(id).input);
    throwIfAborted(signal); // while it was written down
    const onWarning = (text: string) => void warnings.push(text);
    const output = await operation.run(workspace, input, {
      signal,
      live,
      onWarning,
      onProgress: progress.put,
      checkpoints: openCheckpoints(id, operation, options, onWarning),
    });
    outcome = { state: 'succeeded', ...toKept(operation, output, warnings) };
  } catch (error) {
    outcome = toFailure(error, id, options);
  }
  progress.end();
  // Also after a failure: it may have published a version before it failed.
  const warning = operation?.writes ? await afterWriting?.() : undefined;
  if (warning !== undefined) warnings.push(warning);
  return { ...outcome, warnings };
}

function openCheckpoints(
  id: string,
  { resumes }: Operation,
  { store, checkpointMs }: RunJobOptions,
  onWarning: (text: string) => void,
): RunCheckpoints | undefined {
  if (resumes !== true) return undefined;
  return createJobCheckpoints(store.checkpointFolder(id), { everyMs: checkpointMs, onWarning });
}

function toFailure(
  error: unknown,
  id: string,
  { book, log, isStopping }: RunJobOptions,
): Omit<Outcome, 'warnings'> {
  if (isShelfwalkError(error, 'ABORTED')) {
    if (book.get(id).cancelRequestedAt !== undefined) return { state: 'cancelled' };
    if (isStopping()) return { state: 'interrupted' };
  }
  // The catalog is closed while jobs are still ending: one that reads then is as interrupted as any other.
  if (isStopping() && isShelfwalkError(error, 'SHUTTING_DOWN')) return { state: 'interrupted' };
  if (isShelfwalkError(error)) {
    return { state: 'failed', error: { code: error.code, details: { ...error.details } } };
  }
  log.error({ err: error, job: id }, 'job failed');
  const details = { hint: 'The log of the server says more' };
  return { state: 'failed', error: { code: 'INTERNAL', details } };
}

/** @throws ShelfwalkError REQUEST_UNPROCESSABLE — queued by a release that had it */
function getOperation(
  { operation: name }: Job,
  { operations }: Pick<RunJobOptions, 'operations'>,
): Operation {
  const operation = operations.find((one) => one.name === name);
  if (operation) return operation;
  const expected = operations.map((one) => one.name);
  throw new ShelfwalkError('REQUEST_UNPROCESSABLE', { field: 'operation', found: name, expected });
}

/** It was read when the job was made, but maybe by another release. @throws ShelfwalkError REQUEST_UNPROCESSABLE */
function readInput(operation: Operation, input: unknown): unknown {
  const read = operation.input.safeParse(input);
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0]!;
  throw new ShelfwalkError('REQUEST_UNPROCESSABLE', { field: path.join('.'), expected: message });
}

const isResumable = (name: string, { operations }: Pick<RunJobOptions, 'operations'>): boolean =>
  operations.find((one) => one.name === name)?.resumes === true;

function toKept(operation: Operation, output: unknown, warnings: string[]): { result?: unknown } {
  const kept = (operation.summarize ? operation.summarize(output) : output) ?? null;
  const text = JSON.stringify(kept);
  if (text.length <= MAX_RESULT_CHARS) return { result: JSON.parse(text) };
  warnings.push(
    `the result is not kept: it has ${text.length} characters, and ${MAX_RESULT_CHARS} is the most`,
  );
  return {};
}

interface Throttle {
  put(progress: Progress): void;
  /** The last one is told, whenever it came. */
  end(): void;
}

function createThrottle(tell: (progress: Job['progress']) => void): Throttle {
  let pending: Progress | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    if (pending) tell(toJobProgress(pending));
    pending = undefined;
  };
  const again = () => {
    timer = pending && setTimeout(again, PROGRESS_EVERY_MS);
    flush();
  };
  return {
    put(progress) {
      pending = progress;
      if (!timer) again();
    },
    end() {
      clearTimeout(timer);
      flush();
    },
  };
}

function toJobProgress({ stage, done, total, unit }: Progress): Job['progress'] {
  const percent = total ? Math.min(100, Math.round((done / total) * 1000) / 10) : undefined;
  return { stage, done, total, unit, percent };
}
