/** Jobs, as a person reads them. */
import type { JobReply } from '../serve/job-reply.ts';
import { toDuration } from './progress.ts';
import { toKeyValues, toTable } from './render-table.ts';

export function toJobsText(jobs: readonly JobReply[]): string {
  if (jobs.length === 0) return 'no job yet: POST /v1/models starts one\n';
  return toTable(jobs, [
    { title: 'job', text: ({ id }) => id },
    { title: 'operation', text: ({ operation }) => operation },
    { title: 'state', text: ({ state }) => state },
    { title: 'created', text: ({ createdAt }) => createdAt.slice(0, 16).replace('T', ' ') },
    { title: 'took', text: toTook, align: 'right' },
    { title: '', text: toRemark },
  ]);
}

export const toJobText = (job: JobReply): string => toKeyValues(job);

function toTook({ startedAt, endedAt }: JobReply): string {
  if (startedAt === undefined || endedAt === undefined) return '';
  return toDuration((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
}

/** What is most worth knowing of a job in this state. */
function toRemark({ state, progress, error, warnings, cancelRequestedAt, endedAt }: JobReply): string {
  if (error) return error.code;
  if (state === 'interrupted' && endedAt === undefined) return 'goes on when its server starts';
  if (endedAt !== undefined) return warnings.join('; ');
  if (cancelRequestedAt !== undefined) return 'is being cancelled';
  if (!progress) return '';
  return progress.percent === undefined ? progress.stage : `${progress.stage} ${progress.percent} %`;
}
