/**
 * Runs jobs one at a time, in the order in which they came, and never beside another writer of the data
 * directory. What a job does wrong is the job's alone: it is written down, and the next one starts.
 */
import { ShelfwalkError } from '../../base/errors.ts';
import { toVersionId } from '../../vectors/version-id.ts';
import type { LiveModel, Log } from '../live-types.ts';
import type { Operation } from '../operation.ts';
import type { Workspace } from '../workspace.ts';
import { createJobBook, type JobBook, type JobListener } from './job-book.ts';
import type { JobStore } from './job-store.ts';
import { toRecovered, toWaiting } from './recover.ts';
import { runJob } from './run-job.ts';
import { isEnded, type Job } from './types.ts';
import type { WriterTurn } from './writer-turn.ts';

export interface JobRunner {
  /**
   * On the disk when this returns: from then on it is run, by this server or the next one.
   * @param input as the operation's schema has read it
   * @throws ShelfwalkError BUSY — as many wait as may · SHUTTING_DOWN · DISK_FULL
   */
  submit(operation: Operation, input: unknown): Promise<Job>;
  /** Newest first. */
  list(): Job[];
  /** @throws ShelfwalkError JOB_UNKNOWN */
  get(id: string): Job;
  /**
   * One that waits is cancelled when this returns, one that runs is asked to stop. Again is no failure.
   * @throws ShelfwalkError JOB_UNKNOWN · JOB_ENDED · DISK_FULL
   */
  cancel(id: string): Promise<Job>;
  /** @returns ends it. @throws ShelfwalkError JOB_UNKNOWN */
  watch(id: string, listener: JobListener): () => void;
  /** Names of operations. */
  running(): string[];
  /** Goes on with what the server before this one left. */
  start(): void;
  /** Takes no more, stops what runs and resolves when it has stopped. What waits is for the next server. */
  stop(): Promise<void>;
}

export interface JobRunnerOptions {
  readonly workspace: Workspace;
  readonly operations: readonly Operation[];
  readonly store: JobStore;
  readonly turn: WriterTurn;
  readonly limits: {
    /** Jobs that wait, at most. */
    readonly queuedJobs: number;
    /** Ended ones that are kept. */
    readonly endedJobs: number;
  };
  /** Between two states of a training, at the least. */
  readonly checkpointMs: number;
  readonly log: Log;
  readonly live?: LiveModel;
  /** After a job that writes, however it ended. @returns a warning for it */
  readonly afterWriting?: () => Promise<string | undefined>;
  readonly observe?: (operation: string, outcome: string, seconds: number) => void;
  /** Default: the clock. */
  readonly now?: () => Date;
}

interface Running {
  readonly id: string;
  readonly operation: string;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

const NOT_WRITTEN = 'a job could not be written down';

/** Reads what is on the disk; nothing runs before `start`. */
export async function createJobRunner(options: JobRunnerOptions): Promise<JobRunner> {
  const { store, turn, limits, log, now = () => new Date() } = options;
  const book = createJobBook(store);
  const waiting = (await recoverJobs(book, options, now().toISOString())).map(({ id }) => id);
  const unsaved = new Set<string>(); // their first write is not on the disk yet
  let running: Running | undefined;
  let isStarted = false;
  let isStopping = false;
  let newest = book.list()[0]?.id;

  function startNext(): void {
    const id = waiting[0];
    if (!isStarted || isStopping || running || id === undefined || unsaved.has(id)) return;
    if (turn.holder() !== undefined) return; // it says when it is free
    waiting.shift();
    const operation = book.get(id).operation;
    const release = turn.take(operation);
    const controller = new AbortController();
    const ended = runJob(id, {
      ...options,
      book,
      now,
      signal: controller.signal,
      isStopping: () => isStopping,
    })
      .catch((error: unknown) => log.error({ err: error, job: id }, NOT_WRITTEN))
      .finally(() => {
        running = undefined;
        release(); // starts the next one
      });
    running = { id, operation, controller, ended };
  }
  turn.onFree(startNext);

  function takePlace(operation: Operation): void {
    if (isStopping) throw new ShelfwalkError('SHUTTING_DOWN');
    const isFree = waiting.length === 0 && turn.holder() === undefined;
    if (isFree || waiting.length < limits.queuedJobs) return;
    const hint = 'Wait for one to end, or cancel one: GET /v1/jobs lists them';
    const facts = { operation: turn.holder() ?? operation.name, queued: waiting.length };
    throw new ShelfwalkError('BUSY', { ...facts, expected: `≤ ${limits.queuedJobs} that wait`, hint });
  }

  return {
    list: book.list,
    get: book.get,
    watch: book.watch,
    running: () => (running ? [running.operation] : []),
    async submit(operation, input) {
      takePlace(operation);
      const id = toVersionId(now(), newest, Math.random);
      newest = id;
      book.add(toNewJob(id, { operation: operation.name, input, createdAt: now().toISOString() }));
      waiting.push(id);
      unsaved.add(id);
      try {
        await book.save(id);
      } catch (error) {
        takeOut(waiting, id);
        book.forget(id);
        throw error;
      } finally {
        unsaved.delete(id);
        startNext();
      }
      return book.get(id);
    },
    async cancel(id) {
      const job = book.get(id);
      if (job.state === 'cancelled') return job;
      if (isEnded(job)) throw new ShelfwalkError('JOB_ENDED', { job: id, state: job.state });
      const at = now().toISOString();
      if (running?.id === id) {
        book.change(id, { cancelRequestedAt: job.cancelRequestedAt ?? at });
        running.controller.abort();
        await book.save(id);
      } else if (takeOut(waiting, id)) {
        await book.settle(id, { state: 'cancelled', cancelRequestedAt: at, endedAt: at });
      } else await book.save(id); // somebody else is cancelling it: when its turn comes, it is
      const cancelled = book.get(id);
      await book.keepEnded(limits.endedJobs);
      return cancelled;
    },
    start() {
      isStarted = true;
      startNext();
    },
    async stop() {
      isStopping = true;
      if (!running) return;
      const { id, controller, ended } = running;
      controller.abort();
      // Should it not end in time: it was stopped then, and did not crash.
      await book
        .settle(id, { state: 'interrupted' })
        .catch((error: unknown) => log.error({ err: error, job: id }, NOT_WRITTEN));
      await ended;
    },
  };
}

/** @returns those that are to run, in order */
async function recoverJobs(
  book: JobBook,
  { store, operations, limits, log }: JobRunnerOptions,
  now: string,
): Promise<Job[]> {
  const { jobs, damaged } = await store.read();
  for (const job of damaged) log.warn({ job }, 'the file of a job is damaged and passed over');
  const recovered: Job[] = [];
  for (const found of jobs) {
    const operation = operations.find(({ name }) => name === found.operation);
    const job = toRecovered(found, operation, now);
    recovered.push(job);
    book.add(job);
    if (isEnded(job)) await store.removeCheckpoints(job.id);
    if (job === found) continue;
    const { id, state, crashes } = job;
    log.warn({ job: id, operation: job.operation, state, crashes }, 'a job was cut off');
    // A full disk keeps no server from starting: what it has to serve is there.
    await book.save(id).catch((error: unknown) => log.error({ err: error, job: id }, NOT_WRITTEN));
  }
  await book.keepEnded(limits.endedJobs);
  return toWaiting(recovered);
}

const toNewJob = (id: string, facts: Pick<Job, 'operation' | 'input' | 'createdAt'>): Job => ({
  id,
  ...facts,
  state: 'queued',
  attempts: 0,
  crashes: 0,
  warnings: [],
});

/** @returns whether it was there */
function takeOut(ids: string[], id: string): boolean {
  const at = ids.indexOf(id);
  if (at >= 0) ids.splice(at, 1);
  return at >= 0;
}
