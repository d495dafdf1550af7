/** Jobs over a folder of their own, with operations that a test can hold, let go and look into. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { ShelfwalkError } from '../../src/base/errors.ts';
import {
  createJobRunner,
  type JobRunner,
  type JobRunnerOptions,
} from '../../src/pipeline/jobs/job-runner.ts';
import { type JobStore, openJobStore } from '../../src/pipeline/jobs/job-store.ts';
import { isEnded, type Job } from '../../src/pipeline/jobs/types.ts';
import { createWriterTurn, type WriterTurn } from '../../src/pipeline/jobs/writer-turn.ts';
import type { Operation, OperationContext } from '../../src/pipeline/operation.ts';
import { silent } from '../serve/fakes.ts';

export interface Run {
  readonly name: string;
  readonly context: OperationContext;
  finish(result?: unknown): void;
  fail(error: unknown): void;
}

/** Operations that run until the test says otherwise, or they are aborted. */
export function holdable(): {
  readonly runs: Run[];
  make(name: string, more?: Partial<Operation>): Operation;
} {
  const runs: Run[] = [];
  const make = (name: string, more: Partial<Operation> = {}): Operation => ({
    name,
    summary: name,
    writes: true,
    input: z.strictObject({ text: z.string().default('none') }),
    run: (_workspace, input, context) =>
      new Promise((resolve, reject) => {
        const finish = (result: unknown = { given: input }) => resolve(result);
        runs.push({ name, context, finish, fail: reject });
        context.signal?.addEventListener('abort', () => reject(new ShelfwalkError('ABORTED')));
      }),
    ...more,
  });
  return { runs, make };
}

export async function dataDirForTest(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shelfwalk-jobs-'));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  return dataDir;
}

export interface JobRig {
  readonly jobs: JobRunner;
  readonly store: JobStore;
  readonly turn: WriterTurn;
  submit(name: string, input?: unknown): Promise<Job>;
  /** Resolves with the job as it ended. */
  ended(id: string): Promise<Job>;
}

export async function startJobs(
  dataDir: string,
  operations: readonly Operation[],
  { toStore = (store: JobStore) => store, limits = {}, ...options }: RigOptions = {},
): Promise<JobRig> {
  const store = toStore(await openJobStore(dataDir));
  const turn = createWriterTurn();
  const jobs = await createJobRunner({
    workspace: { dataDir } as JobRunnerOptions['workspace'],
    operations,
    store,
    turn,
    checkpointMs: 0,
    log: silent,
    ...options,
    limits: { queuedJobs: 10, endedJobs: 100, ...limits },
  });
  onTestFinished(() => jobs.stop());
  jobs.start();
  return {
    jobs,
    store,
    turn,
    submit(name, input = {}) {
      const operation = operations.find((one) => one.name === name)!;
      return jobs.submit(operation, operation.input.parse(input));
    },
    ended: (id) =>
      new Promise((resolve) => {
        jobs.watch(id, (job) => {
          if (isEnded(job)) resolve(job);
        });
      }),
  };
}

export interface RigOptions extends Partial<Omit<JobRunnerOptions, 'limits'>> {
  readonly limits?: Partial<JobRunnerOptions['limits']>;
  readonly toStore?: (store: JobStore) => JobStore;
}
