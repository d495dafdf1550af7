/** The jobs of a server: read from its data directory, run on its workspace, told to whoever listens. */
import { ShelfwalkError } from '../base/errors.ts';
import { createJobRunner, type JobRunner, type JobRunnerOptions } from '../pipeline/jobs/job-runner.ts';
import { openJobStore } from '../pipeline/jobs/job-store.ts';
import { type ScheduleOptions, startSchedule, systemClock } from '../pipeline/jobs/schedule.ts';
import { findRefreshObstacle } from '../pipeline/parent-model.ts';
import type { ServerConfig } from '../pipeline/server-config.ts';
import { createJobEvents, type JobEvents } from './job-events.ts';

export interface ServerJobs {
  readonly jobs: JobRunner;
  readonly events: JobEvents;
  /** Goes on with what the server before this one left, and starts by itself what the settings say. */
  start(): void;
  /** Stops what runs, ends all event streams, and resolves when both is done. */
  stop(): Promise<void>;
}

export interface ServerJobsOptions extends Omit<JobRunnerOptions, 'store' | 'limits' | 'checkpointMs'> {
  readonly config: ServerConfig;
  readonly instanceId: string;
  /** Changes that are not in the served version; `refresh.afterChanges` needs it. */
  readonly countChanges?: ScheduleOptions['countChanges'];
  /** The shape of the graph that `refresh.source` names, as in a request. Default: ours. */
  readonly graphModel?: object;
}

/** @throws ShelfwalkError CONFIG_INVALID — there is nothing that the schedule could start */
export async function openJobs(options: ServerJobsOptions): Promise<ServerJobs> {
  const { workspace, config, instanceId } = options;
  const store = await openJobStore(workspace.dataDir);
  const jobs = await createJobRunner({
    ...options,
    store,
    limits: config.limits,
    checkpointMs: config.checkpointSeconds * 1000,
  });
  const events = createJobEvents({ jobs, limit: config.limits.jobListeners, instanceId });
  const toSchedule = findSchedule(options);
  let endSchedule: (() => void) | undefined;
  return {
    jobs,
    events,
    start() {
      jobs.start();
      endSchedule = toSchedule && startSchedule(toSchedule(jobs));
    },
    async stop() {
      endSchedule?.();
      await jobs.stop();
      events.close();
    },
  };
}

const SCHEDULED = 'refresh';
const MINUTE_MS = 60_000;

/** @throws ShelfwalkError CONFIG_INVALID */
function findSchedule({
  config,
  operations,
  countChanges,
  graphModel,
  log,
  workspace,
}: ServerJobsOptions): ((jobs: JobRunner) => ScheduleOptions) | undefined {
  const { everyMinutes, afterChanges, source: uri } = config.refresh;
  if (everyMinutes === undefined && afterChanges === undefined) return undefined;
  const operation = operations.find(({ name }) => name === SCHEDULED);
  if (!operation || (afterChanges !== undefined && !countChanges)) {
    const field = operation ? 'refresh.afterChanges' : 'refresh';
    const found = operation ? 'nothing that counts changes' : 'no operation of this name';
    throw new ShelfwalkError('CONFIG_INVALID', { field, found, hint: 'Leave it out' });
  }
  if (uri !== undefined && afterChanges !== undefined) {
    const hint = 'Say refresh.everyMinutes: a refresh that finds nothing changed costs a few counts';
    const found = 'with refresh.source, of which no changes are counted';
    throw new ShelfwalkError('CONFIG_INVALID', { field: 'refresh.afterChanges', found, hint });
  }
  const source = uri === undefined ? {} : { source: { uri, model: graphModel } };
  const input = operation.input.parse({ alias: config.alias, ...source }); // what is served if nobody says otherwise
  return (jobs) => ({
    operation: SCHEDULED,
    everyMs: everyMinutes === undefined ? undefined : everyMinutes * MINUTE_MS,
    afterChanges,
    countChanges,
    findObstacle: () => findRefreshObstacle(workspace, config.alias),
    jobs,
    submit: () => jobs.submit(operation, input),
    clock: systemClock,
    log,
  });
}
