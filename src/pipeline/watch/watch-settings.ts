/** Settings of a server about the folder it imports from. */
import { z } from 'zod';

/** Never from a request: who may name a folder may read what the server can read. */
export const watchSettings = z.strictObject({
  folder: z
    .string()
    .min(1)
    .optional()
    .describe('files that arrive in it are imported (docs/changes.md); none if not given'),
  everySeconds: z
    .number()
    .int()
    .min(1)
    .max(86_400)
    .default(10)
    .describe('time between two looks; a file that is the same in both is complete'),
});
