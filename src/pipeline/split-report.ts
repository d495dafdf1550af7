/** What an evaluation answers with. A file of its own: public types must not lead to the kernel's. */
import type { LearnedBlend } from '../analyze/blend.ts';
import type { EvaluationReport } from '../analyze/report.ts';
import type { LearnedRecency } from '../analyze/types.ts';
import type { Split } from '../graph/types.ts';
import type { RecordedConfig } from './recorded-config.ts';

export type SplitReport = EvaluationReport & {
  readonly split: Split;
  /** The decay of what was bought before, learned on events before the split, or why it is the default. */
  readonly recency?: LearnedRecency | { readonly notLearned: string };
  /** With `evaluate.blend`: weights learned on events before the split, or why there are none. */
  readonly blend?: LearnedBlend | { readonly notLearned: string };
};

/** What was trained on the part before the split; or, as it is, the vectors of a version. */
export interface Measured {
  /** Whose recipe or vectors they are; absent where settings were given. */
  readonly version?: string;
  readonly asIs: boolean;
  readonly recipe: RecordedConfig;
}

export type RecipeReport = SplitReport & {
  /** Absent with baselines only. */
  readonly measured?: Measured;
  /** What it was compared with. */
  readonly against?: Measured;
};

/** With the files that were written, if any. */
export type EvaluationResult = RecipeReport & { readonly files?: readonly string[] };
