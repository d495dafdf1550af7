/**
 * Starts one kind of job by itself: so long after the last one, or once so much has changed. It only ever
 * asks for a job; whether and when that runs is the runner's matter.
 */
import type { Log } from '../live-types.ts';
import type { JobRunner } from './job-runner.ts';
import { isEnded } from './types.ts';

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** @returns ends it */
  every(ms: number, work: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  every(ms, work) {
    const timer = setInterval(work, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};

export interface ScheduleOptions {
  /** Of the jobs that are started, whoever starts them: none is started while one is queued or runs. */
  readonly operation: string;
  /** From the end of the last one, or from the start of the schedule where there is none. */
  readonly everyMs?: number;
  readonly afterChanges?: number;
  /** Changes that a job of this kind would take in, were it to start now. */
  readonly countChanges?: () => Promise<number>;
  /** Why a job would be in vain. None is started then; it is said once, not at every look. */
  readonly findObstacle?: () => Promise<string | undefined>;
  readonly jobs: Pick<JobRunner, 'list'>;
  readonly submit: () => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

export const CHECK_EVERY_MS = 5_000;

/** @returns ends it */
export function startSchedule(options: ScheduleOptions): () => void {
  const { operation, everyMs, afterChanges, countChanges, findObstacle, jobs, submit, clock, log } = options;
  const startedAt = clock.now();
  /** The count when the last job was asked for. Those changes do not start another one, should it fail or not be published. */
  let tried = 0;
  let isChecking = false;
  let obstacle: string | undefined;

  function isLate(): boolean {
    if (everyMs === undefined) return false;
    const last = jobs.list().find((job) => job.operation === operation);
    const lastAt = last ? Date.parse(last.endedAt!) : startedAt;
    return clock.now() - lastAt >= everyMs;
  }

  async function check(): Promise<void> {
    if (jobs.list().some((job) => job.operation === operation && !isEnded(job))) return;
    const changes = (await countChanges?.()) ?? 0;
    if (changes < tried) tried = 0; // they have been taken in
    const hasChanged = afterChanges !== undefined && changes - tried >= afterChanges;
    if (!hasChanged && !isLate()) return;
    if (await isInVain()) return;
    await submit();
    tried = changes;
    log.info({ operation, changes, because: hasChanged ? 'changes' : 'time' }, 'started by the schedule');
  }

  async function isInVain(): Promise<boolean> {
    const found = await findObstacle?.();
    if (found !== undefined && found !== obstacle)
      log.warn({ operation, because: found }, 'nothing is started by the schedule: it would be in vain');
    obstacle = found;
    return found !== undefined;
  }

  return clock.every(CHECK_EVERY_MS, () => {
    if (isChecking) return;
    isChecking = true;
    check()
      .catch((error: unknown) => log.warn({ err: error, operation }, 'the schedule could not start a job'))
      .finally(() => {
        isChecking = false;
      });
  });
}
