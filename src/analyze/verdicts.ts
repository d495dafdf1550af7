/** What a report's numbers say, in sentences: who wins, by how much, and what the reader should doubt. */
import type { Interval } from './bootstrap.ts';
import type { MetricName } from './metrics.ts';
import type { Comparison, EvaluationReport, SpaceReport } from './report.ts';
import type { Protocol } from './types.ts';

/** `.123`, `-.045`, `1.000`: three digits are what samples of thousands can carry. */
export const toShare = (x: number): string => x.toFixed(3).replace(/^(-?)0\./, '$1.');

/** How each protocol is called in a sentence. */
export const PROTOCOL_PHRASE: Record<Protocol, string> = {
  all: 'with repeat purchases counted',
  new: 'on products new to the customer',
};

export const METRIC_PHRASE: Record<MetricName, string> = {
  recall: 'recall',
  ndcg: 'NDCG',
  hitRate: 'hit rate',
  mrr: 'MRR',
  precision: 'precision',
};

const toDifference = ({ mean, low, high }: Interval): string =>
  `difference ${toShare(mean)}, 95 % interval ${toShare(low)} to ${toShare(high)}`;

/** The interval holds no zero. */
const isClear = ({ low, high }: Interval): boolean => low > 0 || high < 0;

export function toComparisonVerdict(c: Comparison): string {
  const where = `${METRIC_PHRASE[c.metric]}@${c.k} ${PROTOCOL_PHRASE[c.protocol]}`;
  if (!isClear(c.difference)) {
    const values = `${toShare(c.servedMean)} and ${toShare(c.otherMean)}`;
    return `${c.served} and ${c.other} cannot be told apart by ${where}: ${values} (${toDifference(c.difference)})`;
  }
  const won = c.difference.mean > 0;
  const [winner, loser] = won ? [c.served, c.other] : [c.other, c.served];
  const [high, low] = won ? [c.servedMean, c.otherMean] : [c.otherMean, c.servedMean];
  return `${winner} beats ${loser} by ${where}: ${toShare(high)} against ${toShare(low)} (${toDifference(c.difference)})`;
}

const isSaid = ({ against, metric, difference }: Comparison): boolean =>
  against === 'best baseline' ||
  (against === 'other model' && (metric === 'recall' || metric === 'ndcg')) ||
  (against === 'best of this model' && difference.high < 0);

/** One list for everyone is as good. */
function toFailures({ against, metric, protocol, served, k, difference, ...c }: Comparison): string[] {
  if (against !== 'popularity' || difference.low > 0) return [];
  const values = `${toShare(c.servedMean)} against ${toShare(c.otherMean)}`;
  return [
    `${served} does not beat popularity by ${METRIC_PHRASE[metric]}@${k} ${PROTOCOL_PHRASE[protocol]}: ${values} (${toDifference(difference)})`,
  ];
}

/** Purchases are not that foreseeable: who finds nearly all of them, and baselines do not, has seen them. */
const NEARLY_ALL = 0.9;

function toDoubts({ against, metric, protocol, served, servedMean, otherMean, k }: Comparison): string[] {
  if (against !== 'best baseline' || metric !== 'ndcg' || servedMean < NEARLY_ALL) return [];
  if (otherMean > servedMean / 2) return [];
  return [
    `too good to be true: ${served} has NDCG@${k} ${toShare(servedMean)} ${PROTOCOL_PHRASE[protocol]}, the best baseline ${toShare(otherMean)}; see whether it knows of the test part`,
  ];
}

/** Sentences for the longest list; a rival use of the same model is named only where it clearly wins. */
export function toVerdicts(
  report: Pick<
    EvaluationReport,
    'served' | 'comparisons' | 'settings' | 'linkPrediction' | 'space' | 'protocols'
  >,
): string[] {
  const k = Math.max(...report.settings.k);
  const said = report.comparisons.filter((c) => c.k === k && isSaid(c)).map(toComparisonVerdict);
  said.push(
    ...report.comparisons.filter((c) => c.k === k).flatMap((c) => [...toFailures(c), ...toDoubts(c)]),
  );
  for (const protocol of Object.values(report.protocols)) {
    if (protocol.customers === 0)
      said.push(`nothing can be said ${PROTOCOL_PHRASE[protocol.protocol]}: no such customer was measured`);
    else if (protocol.customers < 100) {
      said.push(
        `only ${protocol.customers} customers were measured ${PROTOCOL_PHRASE[protocol.protocol]}: read the intervals, not the means`,
      );
    }
  }
  return [...said, ...toLinkVerdicts(report), ...toSpaceVerdicts(report.space)];
}

/** About the vectors as the service asks them, which come first; without a model there is nothing to say. */
function toLinkVerdicts({ linkPrediction: links }: Pick<EvaluationReport, 'linkPrediction'>): string[] {
  const model = links?.results.find(({ negatives }) => negatives === 'by popularity');
  if (!model) return [];
  const { mean, low, high } = model.auc;
  const tells = low > 0.5 ? 'tells' : 'does not tell';
  return [
    `${model.scorer} ${tells} held-out purchases from equally popular products: AUC ${toShare(mean)} (${toShare(low)} to ${toShare(high)}), chance .500`,
  ];
}

function toSpaceVerdicts(space: SpaceReport | undefined): string[] {
  const judged = space?.kinds.filter((k) => k.purity) ?? [];
  const silent = judged.filter((k) => k.purity!.observed <= k.purity!.chance.high);
  if (!space || judged.length === 0) return [];
  const names = silent.map((k) => `${k.owner} ${k.kind}`).join(', ');
  const of = space.walked ? ' (attributes were part of the graph)' : '';
  return silent.length === 0
    ? [`nearest neighbours share every attribute kind more often than chance${of}`]
    : [`nearest neighbours share ${names} no more often than chance${of}`];
}
