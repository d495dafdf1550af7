/** Settings of a server that are about jobs: how many, how safe, and which start by themselves. */
import { z } from 'zod';

/** Among the limits of a server. */
export const jobLimits = {
  queuedJobs: z
    .number()
    .int()
    .min(0)
    .max(1000)
    .default(10)
    .describe('jobs that wait for the one that runs; more are refused with 409'),
  endedJobs: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe('ended jobs that are kept; the oldest go first'),
  jobListeners: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(32)
    .describe('event streams of jobs open at once; more are answered 503 with Retry-After'),
};

export const checkpointSeconds = z
  .number()
  .int()
  .min(0)
  .max(86_400)
  .default(60)
  .describe('a training job saves its state so often, at the end of a pass; 0: after every pass');

export const refreshSettings = z.strictObject({
  everyMinutes: z
    .number()
    .int()
    .min(1)
    .max(525_600)
    .optional()
    .describe('starts a refresh so long after the last one; never if not given'),
  afterChanges: z
    .number()
    .int()
    .min(1)
    .max(1e12)
    .optional()
    .describe('starts a refresh once so many changes are not in the served version; never if not given'),
  source: z
    .string()
    .min(1)
    .optional()
    .describe('address of a Neo4j: what starts by itself reads its graph in place of the catalog'),
});
