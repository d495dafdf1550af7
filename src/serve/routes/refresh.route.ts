/**
 * Refresh: the plan is answered at once, carrying it out is a job.
 */
import type { ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { JobRunner } from '../../pipeline/jobs/job-runner.ts';
import type { Operation } from '../../pipeline/operation.ts';
import type { Workspace } from '../../pipeline/workspace.ts';
import { jobReply, toJobReply } from '../job-reply.ts';
import { defineRoute, type Route } from '../route.ts';
import { noParams } from '../schemas.ts';

export interface RefreshDeps {
  readonly operations: readonly Operation[];
  readonly workspace: Workspace;
  readonly jobs: JobRunner;
}

/** None where the operation is not there. */
export const refreshRoutes = ({ operations, workspace, jobs }: RefreshDeps): Route[] =>
  operations
    .filter(({ name }) => name === 'refresh')
    .map((operation) =>
      defineRoute<Record<string, never>, Record<string, never>, unknown, z.infer<typeof jobReply>>({
        method: 'post',
        path: '/v1/refresh',
        tag: 'models',
        summary: `${operation.summary}, as a job; with dryRun only the plan, at once`,
        scope: 'admin',
        params: noParams,
        query: noParams,
        body: operation.input,
        status: 202,
        response: jobReply,
        headers: { Location: 'of the job' },
        otherStatuses: { 200: 'the plan of a dry run: mode, reason and plan' },
        errors: ['REFRESH_IMPOSSIBLE', 'ALIAS_UNKNOWN', 'BUSY', 'SHUTTING_DOWN', 'DISK_FULL'],
        async handle({ body }, reply) {
          if ((body as { readonly dryRun?: boolean }).dryRun) {
            sendPlan(reply, await operation.run(workspace, body, {}));
            return undefined;
          }
          const job = await jobs.submit(operation, body);
          reply.setHeader('Location', `/v1/jobs/${job.id}`);
          return toJobReply(job);
        },
      }),
    );

function sendPlan(reply: ServerResponse, plan: unknown): void {
  reply.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
  reply.end(JSON.stringify(plan));
}
