/** A job as it is answered: what it failed with is said as in any other reply, so paths of this machine are not. */
import { z } from 'zod';
import { ERRORS, type ErrorCode, ShelfwalkError } from '../base/errors.ts';
import { type Job, jobSchema } from '../pipeline/jobs/types.ts';
import { toProblem } from './problem.ts';

export const jobReply = jobSchema.extend({
  error: z
    .strictObject({
      code: z.string().describe('branch on this'),
      detail: z.string(),
      details: z.record(z.string(), z.unknown()).optional(),
    })
    .optional()
    .describe('why it failed'),
});

export type JobReply = z.infer<typeof jobReply>;

export const toJobReply = ({ error, ...job }: Job): JobReply => ({
  ...job,
  warnings: [...job.warnings],
  ...(error && { error: toErrorReply(error) }),
});

/** A code that this release does not know is of another one, and is all that can be said. */
function toErrorReply({ code, details }: NonNullable<Job['error']>): NonNullable<JobReply['error']> {
  if (!Object.hasOwn(ERRORS, code)) return { code, detail: code };
  const problem = toProblem(new ShelfwalkError(code as ErrorCode, details), '');
  // A job has no title to say what a code means, and where details are for the log alone nothing else does.
  const isForTheLog = problem.details === undefined;
  const detail = isForTheLog ? `${problem.title}. ${problem.detail}` : problem.detail;
  return { code, detail, ...(problem.details && { details: problem.details }) };
}
