/** What becomes of the jobs that a server finds when it starts: those the one before it left unfinished. */
import type { Operation } from '../operation.ts';
import { isEnded, type Job } from './types.ts';

/** A job that took the process down so often is not run again: it would take down the next one too. */
export const MAX_CRASHES = 2;

/**
 * A job that was running went down with the process, and one that is interrupted was cut off by a stop in
 * order: both are run again if their operation allows it. Ended and queued ones stay as they are.
 * @param now ISO 8601
 */
export function toRecovered(job: Job, operation: Operation | undefined, now: string): Job {
  if (isEnded(job) || job.state === 'queued') return job;
  const crashes = job.crashes + (job.state === 'running' ? 1 : 0);
  const left = { ...job, crashes, progress: undefined };
  if (job.cancelRequestedAt !== undefined) return { ...left, state: 'cancelled', endedAt: now };
  if (crashes >= MAX_CRASHES) {
    const details = { crashes, hint: 'Look for the reason (memory?) before it is started again' };
    return { ...left, state: 'failed', endedAt: now, error: { code: 'JOB_INTERRUPTED', details } };
  }
  const isOver = operation?.resumes !== true;
  return { ...left, state: 'interrupted', ...(isOver && { endedAt: now }) };
}

/** In the order in which they are to run: what was begun first, then what waits, older ones before newer ones. */
export function toWaiting(jobs: readonly Job[]): Job[] {
  const open = jobs.filter((job) => !isEnded(job));
  return [
    ...open.filter(({ state }) => state === 'interrupted'),
    ...open.filter(({ state }) => state === 'queued'),
  ];
}
