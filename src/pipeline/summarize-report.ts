/** What a job keeps of a report: the longest list, without slices and the other ways to use the vectors. */
import type { ProtocolReport } from '../analyze/report.ts';
import { listVariants } from '../analyze/report-text.ts';
import type { EvaluationResult } from './split-report.ts';

/** The whole report lies in the folder that was asked for. */
export function toSummary({ measured, against, ...report }: EvaluationResult): object {
  const { data, settings, served, split, verdicts, notes, files, protocols } = report;
  const k = Math.max(...settings.k);
  const hidden = new Set(listVariants(report));
  const toShort = ({ results, ...protocol }: ProtocolReport): object => ({
    ...protocol,
    results: results
      .filter(({ scorer }) => !hidden.has(scorer))
      .map(({ scorer, at }) => ({ scorer, ...at.find((one) => one.k === k) })),
  });
  const comparisons = report.comparisons.filter((c) => c.k === k);
  const short = { all: toShort(protocols.all), new: toShort(protocols.new) };
  return {
    data,
    settings,
    served,
    split,
    verdicts,
    notes,
    protocols: short,
    comparisons,
    measured,
    against,
    files,
  };
}
