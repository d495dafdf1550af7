/** Where the served scorer loses, wins, or cannot be told apart: sentences for the longest list, worst first. */
import type { Comparison, EvaluationReport, ProtocolReport } from './report.ts';
import { PROTOCOL_PHRASE, toComparisonVerdict, toShare } from './verdicts.ts';

export interface Outcome {
  /** Of how many comparisons with the best baseline. */
  readonly compared: number;
  readonly loses: readonly string[];
  readonly even: readonly string[];
  readonly wins: readonly string[];
  /** Where a baseline finds clearly more in a slice; slices have no intervals. */
  readonly weak: readonly string[];
  /** Verdicts about other things than the best baseline and the other model. */
  readonly other: readonly string[];
}

/** Below this, of the rival's recall, a difference within a slice is not worth a sentence. */
const WORTH_SAYING = 0.05;

export function toOutcome(report: EvaluationReport): Outcome {
  const ofBaseline = ofLongest(report, 'best baseline');
  const said = new Set([...ofBaseline, ...ofLongest(report, 'other model')].map(toComparisonVerdict));
  return {
    compared: ofBaseline.length,
    ...toSides(ofBaseline),
    weak: toWeakSlices(report),
    other: report.verdicts.filter((verdict) => !said.has(verdict)),
  };
}

export const toRivalOutcome = (report: EvaluationReport): Sides => toSides(ofLongest(report, 'other model'));

type Sides = Pick<Outcome, 'loses' | 'even' | 'wins'>;

function ofLongest(
  { settings, comparisons }: EvaluationReport,
  against: Comparison['against'],
): Comparison[] {
  const k = Math.max(...settings.k);
  return comparisons.filter((c) => c.k === k && c.against === against);
}

function toSides(comparisons: readonly Comparison[]): Sides {
  const say = (which: (c: Comparison) => boolean): string[] =>
    comparisons
      .filter(which)
      .toSorted((a, b) => a.difference.mean - b.difference.mean)
      .map(toComparisonVerdict);
  return {
    loses: say(({ difference }) => difference.high < 0),
    even: say(({ difference: { low, high } }) => low <= 0 && high >= 0),
    wins: say(({ difference }) => difference.low > 0),
  };
}

/** Parts of the customers and products where a baseline finds clearly more, although the whole may look well. */
function toWeakSlices(report: EvaluationReport): string[] {
  return Object.values(report.protocols).flatMap((protocol) => {
    const served = protocol.results.find(({ scorer }) => scorer === report.served);
    return (served?.slices ?? []).flatMap(({ name, text, customers, recall }) => {
      const best = findBest(report, protocol, name);
      if (recall === null || !best || best.recall - recall <= WORTH_SAYING * best.recall) return [];
      const values = `${toShare(recall)} against ${toShare(best.recall)} of ${best.scorer}`;
      return [
        `${name} (${text}), ${PROTOCOL_PHRASE[protocol.protocol]}: recall ${values}, ${customers} customers`,
      ];
    });
  });
}

function findBest(
  { scorers }: EvaluationReport,
  { results }: ProtocolReport,
  slice: string,
): { readonly scorer: string; readonly recall: number } | undefined {
  const baselines = new Set(scorers.filter((s) => s.family === 'baseline').map((s) => s.name));
  return results
    .filter(({ scorer }) => baselines.has(scorer))
    .map(({ scorer, slices }) => ({ scorer, recall: slices.find((s) => s.name === slice)?.recall ?? 0 }))
    .reduce<{ scorer: string; recall: number } | undefined>(
      (best, one) => (best && best.recall >= one.recall ? best : one),
      undefined,
    );
}
