/** A refresh that follows from a request and is not the request: it is queued, and that it was not is no failure of it. */
import { isShelfwalkError } from '../base/errors.ts';
import type { ForgetDeps } from '../pipeline/forget-customer.ts';
import type { JobRunner } from '../pipeline/jobs/job-runner.ts';
import type { Log } from '../pipeline/live-types.ts';
import type { Operation } from '../pipeline/operation.ts';

export interface RefreshQueueOptions {
  readonly operations: readonly Operation[];
  readonly jobs: Pick<JobRunner, 'submit'>;
  readonly alias: string;
  readonly log: Log;
}

/** None where the operation is not there. */
export function createRefreshQueue({
  operations,
  jobs,
  alias,
  log,
}: RefreshQueueOptions): ForgetDeps['queueRefresh'] {
  const refresh = operations.find(({ name }) => name === 'refresh');
  if (!refresh) return undefined;
  return async () => {
    try {
      return (await jobs.submit(refresh, refresh.input.parse({ alias }))).id;
    } catch (error) {
      // What was asked for is done and on disk; the next refresh, whoever asks for it, does the rest.
      if (!isShelfwalkError(error)) throw error;
      log.warn({ err: error, alias }, 'a customer was forgotten, but the refresh was not queued');
      return undefined;
    }
  };
}
