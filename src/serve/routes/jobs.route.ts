/** Jobs: started by the address of what they make, then watched and cancelled by their own. */
import { z } from 'zod';
import { ShelfwalkError } from '../../base/errors.ts';
import type { JobRunner } from '../../pipeline/jobs/job-runner.ts';
import { isJobId } from '../../pipeline/jobs/job-store.ts';
import type { Job } from '../../pipeline/jobs/types.ts';
import type { Operation } from '../../pipeline/operation.ts';
import type { Workspace } from '../../pipeline/workspace.ts';
import { EVENTS_TYPE, type JobEvents } from '../job-events.ts';
import { jobReply, toJobReply } from '../job-reply.ts';
import { defineRoute, type Route } from '../route.ts';
import { cursorQuery, limitQuery, noParams } from '../schemas.ts';

export interface JobDeps {
  readonly jobs: JobRunner;
  readonly events: JobEvents;
}

const jobId = z.string().min(1).max(200);
const jobParams = z.strictObject({ job: jobId });

export const jobRoutes = ({ jobs, events }: JobDeps): Route[] => [
  listRoute(jobs),
  jobRoute(jobs),
  eventsRoute(events),
  cancelRoute(jobs),
];

/** What is started as a job, and where. The body is the input of the operation. */
const STARTS = [
  { operation: 'train', path: '/v1/models', tag: 'models' },
  { operation: 'evaluate', path: '/v1/evaluations', tag: 'models' },
  { operation: 'tune', path: '/v1/tunings', tag: 'models' },
] as const;

export const jobStartRoutes = (operations: readonly Operation[], jobs: JobRunner): Route[] =>
  STARTS.flatMap(({ operation: name, path, tag }) => {
    const operation = operations.find((one) => one.name === name);
    return operation ? [startRoute(operation, jobs, { path, tag })] : [];
  });

const startRoute = (operation: Operation, jobs: JobRunner, where: { path: string; tag: string }): Route =>
  defineRoute<Record<string, never>, Record<string, never>, unknown, z.infer<typeof jobReply>>({
    ...where,
    method: 'post',
    summary: `${operation.summary}, as a job: answered at once, done by and by`,
    scope: 'admin',
    params: noParams,
    query: noParams,
    body: operation.input,
    status: 202,
    response: jobReply,
    headers: { Location: 'of the job' },
    errors: ['BUSY', 'SHUTTING_DOWN', 'DISK_FULL'],
    async handle({ body }, reply) {
      const job = await jobs.submit(operation, body);
      reply.setHeader('Location', `/v1/jobs/${job.id}`);
      return toJobReply(job);
    },
  });

/** Answered at once: it counts, and trains nothing. */
export const estimateRoutes = (operations: readonly Operation[], workspace: Workspace): Route[] =>
  operations
    .filter(({ name }) => name === 'estimate')
    .map((operation) =>
      defineRoute<Record<string, never>, Record<string, never>, unknown, Record<string, unknown>>({
        method: 'post',
        path: '/v1/models/estimate',
        tag: 'models',
        summary: operation.summary,
        scope: 'admin',
        params: noParams,
        query: noParams,
        body: operation.input,
        response: z.record(z.string(), z.unknown()),
        errors: ['CONFIG_INVALID'],
        handle: async ({ body }) => (await operation.run(workspace, body, {})) as Record<string, unknown>,
      }),
    );

const listRoute = (jobs: JobRunner): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/jobs',
    tag: 'jobs',
    summary: 'Jobs, newest first',
    scope: 'read',
    params: noParams,
    query: z.strictObject({ cursor: cursorQuery, limit: limitQuery }),
    response: z.strictObject({
      results: z.array(jobReply),
      nextCursor: z.string().optional().describe('absent on the last page'),
    }),
    errors: [],
    handle({ query: { cursor, limit } }) {
      const rest = toOlder(jobs.list(), cursor);
      const results = rest.slice(0, limit).map(toJobReply);
      return { results, ...(rest.length > limit && { nextCursor: results.at(-1)!.id }) };
    },
  });

/** The cursor is the last job of the page before, whether or not it is still there. @throws ShelfwalkError REQUEST_INVALID */
function toOlder(jobs: Job[], cursor: string | undefined): Job[] {
  if (cursor === undefined) return jobs;
  if (isJobId(cursor)) return jobs.filter(({ id }) => id < cursor);
  const expected = 'nextCursor of the page before';
  throw new ShelfwalkError('REQUEST_INVALID', { field: 'cursor', found: cursor, expected });
}

const jobRoute = (jobs: JobRunner): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/jobs/:job',
    tag: 'jobs',
    summary: 'One job: state, progress, result or failure',
    scope: 'read',
    params: jobParams,
    query: noParams,
    response: jobReply,
    errors: ['JOB_UNKNOWN'],
    handle: ({ params: { job } }) => toJobReply(jobs.get(job)),
  });

const eventsRoute = (events: JobEvents): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/jobs/:job/events',
    tag: 'jobs',
    summary: 'The job as it goes on: events state, progress and end, each with the whole job',
    scope: 'read',
    params: jobParams,
    query: noParams,
    mediaType: EVENTS_TYPE,
    response: z.string(),
    otherStatuses: { 204: 'the job has ended, and Last-Event-ID is its last event' },
    errors: ['JOB_UNKNOWN'],
    handle({ params: { job } }, reply) {
      events.send(job, reply);
      return undefined;
    },
  });

const cancelRoute = (jobs: JobRunner): Route =>
  defineRoute({
    method: 'delete',
    path: '/v1/jobs/:job',
    tag: 'jobs',
    summary: 'Cancels a job: one that waits at once, one that runs when it heeds the wish',
    scope: 'admin',
    params: jobParams,
    query: noParams,
    response: jobReply,
    errors: ['JOB_UNKNOWN', 'JOB_ENDED', 'DISK_FULL'],
    handle: async ({ params: { job } }) => toJobReply(await jobs.cancel(job)),
  });
