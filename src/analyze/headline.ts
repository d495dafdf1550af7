/** The few figures a version is listed by: the served scorer at the longest list, under both protocols. */
import type { EvaluationReport } from './report.ts';
import { PROTOCOLS } from './types.ts';

/** E.g. `{"all.recall@20": .17, "new.recall@20": .08, …}`; a protocol without customers has none. */
export function toHeadline(report: EvaluationReport): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const protocol of PROTOCOLS) {
    const at = report.protocols[protocol].results.find((r) => r.scorer === report.served)?.at.at(-1);
    if (!at) continue;
    for (const metric of ['recall', 'ndcg', 'hitRate'] as const) {
      figures[`${protocol}.${metric}@${at.k}`] = at[metric].mean;
    }
  }
  return figures;
}
