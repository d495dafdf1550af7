/**
 * A job: an operation that the server runs by itself, after the request that asked for it has been
 * answered. One schema says what is kept on the disk and what is answered over HTTP.
 */
import { z } from 'zod';

export const JOB_STATES = [
  'queued',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'interrupted', // its server ended; without `endedAt` it is run again, from its checkpoint
] as const;

const instant = z.iso.datetime();

export const jobSchema = z.strictObject({
  id: z.string(),
  operation: z.string().describe('what is run'),
  input: z.unknown().describe('as the operation takes it, defaults filled in'),
  state: z
    .enum(JOB_STATES)
    .describe('interrupted: its server ended; without endedAt it goes on when the next one starts'),
  createdAt: instant,
  startedAt: instant.optional().describe('of the last time it was started'),
  endedAt: instant.optional().describe('nothing about the job changes any more'),
  cancelRequestedAt: instant.optional(),
  attempts: z.number().int().min(0).describe('times it was started'),
  crashes: z.number().int().min(0).describe('of these, how often the process ended with it'),
  progress: z
    .strictObject({
      stage: z.string(),
      done: z.number(),
      total: z.number().optional(),
      unit: z.string(),
      percent: z.number().min(0).max(100).optional().describe('of this stage, where the total is known'),
    })
    .optional(),
  result: z.unknown().optional(),
  error: z
    .strictObject({ code: z.string(), details: z.record(z.string(), z.unknown()) })
    .optional()
    .describe('why it failed'),
  warnings: z.array(z.string()),
});

export type Job = Readonly<z.infer<typeof jobSchema>>;
export type JobState = Job['state'];

export const isEnded = ({ endedAt }: Job): boolean => endedAt !== undefined;
