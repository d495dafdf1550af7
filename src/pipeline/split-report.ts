/** What an evaluation answers with. A file of its own: public types must not lead to the kernel's. */
import type { EvaluationReport } from '../analyze/report.ts';
import type { Split } from '../graph/types.ts';

export type SplitReport = EvaluationReport & { readonly split: Split };
