/**
 * What a run that may be cut off keeps on the way, so that it need not begin anew. A run trains up to three
 * times (RunPart); each keeps the last state it saved.
 * States are those of train/checkpoint.ts, typed anew: what is declared here is public, and must not lead
 * to the kernel.
 */
import type { Matrix } from '../base/matrix.ts';
import type { TaskContext } from '../base/task.ts';

/**
 * `blend`: before the evaluation's split, for weights; `evaluation`: on its training part, and `comparison` there
 * the recipe that the other one is compared with; `everything`: what is published.
 */
export type RunPart = 'blend' | 'evaluation' | 'comparison' | 'everything';

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

/** Its progress is told apart, and its checkpoints are kept beside those of the run's other trainings. */
export const asPart = (context: RunContext, part: RunPart, prefix: string): RunContext => {
  const { checkpoints } = context;
  return {
    ...named(context, prefix),
    ...(checkpoints && { checkpoints: { open: (_part, of) => checkpoints.open(part, of) } }),
  };
};

/** Says of every stage which part of the run it is of. */
export const named = (context: RunContext, prefix: string): RunContext => ({
  ...context,
  onProgress: (p) => context.onProgress?.({ ...p, stage: prefix + p.stage }),
});
