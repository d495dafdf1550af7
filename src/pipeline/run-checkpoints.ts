/**
 * What a run that may be cut off keeps on the way, so that it need not begin anew. A run trains up to
 * twice, on a part of the catalog to be evaluated and on everything, or two recipes on that part; each keeps the last state it saved.
 * States are those of train/checkpoint.ts, typed anew: what is declared here is public, and must not lead
 * to the kernel.
 */
import type { Matrix } from '../base/matrix.ts';
import type { TaskContext } from '../base/task.ts';

/** `comparison`: of an evaluation, the recipe that the other one is compared with. */
export type RunPart = 'evaluation' | 'comparison' | 'everything';

export interface RunCheckpoints {
  /** For one training. */
  open(part: RunPart, of: TrainingIdentity): Promise<TrainingCheckpoints>;
}

export interface TrainingCheckpoints {
  readonly everyPasses: number;
  save(state: SavedState): Promise<void>;
  /** Where it goes on; undefined: at the start. */
  readonly from?: SavedState;
}

export interface SavedState {
  readonly passesDone: number;
  readonly vectors: Matrix; //  [n, dimension]
  readonly contexts: Matrix; // [n, dimension]
  readonly visits: Uint32Array; // [n]
  readonly totals: Readonly<Record<'tokens' | 'pairs' | 'lossSum' | 'lossPairs', number>>;
}

export interface TrainingIdentity {
  /** Of all that the training depends on: a state of another one is of no use to it. */
  readonly fingerprint: string;
  readonly passes: number;
}

export interface RunContext extends TaskContext {
  /** Of a job. Elsewhere whoever waits for the run would start it again himself. */
  readonly checkpoints?: RunCheckpoints;
}

/** Says of every stage which part of the run it is of. */
export const named = (context: RunContext, prefix: string): RunContext => ({
  ...context,
  onProgress: (p) => context.onProgress?.({ ...p, stage: prefix + p.stage }),
});
