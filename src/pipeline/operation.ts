/**
 * A use case by name: what the command line runs itself when it owns the data directory, and asks a
 * running server to run when that one does. Input and output are plain JSON, so both ways are the same.
 */
import type { z } from 'zod';
import type { LiveModel } from './live-types.ts';
import type { RunContext } from './run-checkpoints.ts';
import type { Workspace } from './workspace.ts';

export interface OperationContext extends RunContext {
  /** Of the server that runs the operation. Elsewhere nothing is in memory yet: who needs a model loads it. */
  readonly live?: LiveModel;
  /** What went otherwise than asked for, and is no failure. Kept with a job. */
  readonly onWarning?: (text: string) => void;
}

export interface Operation<I = unknown, O = unknown> {
  readonly name: string;
  readonly summary: string;
  readonly input: z.ZodType<I>;
  /** Writers run one at a time; a second one is refused with BUSY, or queued if it is a job. */
  readonly writes: boolean;
  /** A job of it that was cut off with its server may be started again. Default: no. */
  readonly resumes?: boolean;
  /** What a job keeps of the result, where the whole is long and can be read elsewhere. Default: the whole. */
  summarize?(output: O): unknown;
  run(workspace: Workspace, input: I, context: OperationContext): Promise<O>;
}
