/**
 * A use case by name: what the command line runs itself when it owns the data directory, and asks a
 * running server to run when that one does. Input and output are plain JSON, so both ways are the same.
 */
import type { z } from 'zod';
import type { TaskContext } from '../base/task.ts';
import type { LiveModel } from './live-types.ts';
import type { Workspace } from './workspace.ts';

export interface OperationContext extends TaskContext {
  /** Of the server that runs the operation. Elsewhere nothing is in memory yet: who needs a model loads it. */
  readonly live?: LiveModel;
}

export interface Operation<I = unknown, O = unknown> {
  readonly name: string;
  readonly summary: string;
  readonly input: z.ZodType<I>;
  /** Writers run one at a time; a second one is refused with BUSY. */
  readonly writes: boolean;
  run(workspace: Workspace, input: I, context: OperationContext): Promise<O>;
}
