/** A report for the terminal: plain strings in aligned columns, no colour, at most about 100 characters wide. */
import type { Interval } from './bootstrap.ts';
import type {
  AgainstNull,
  EvaluationReport,
  ProtocolReport,
  ResultAtK,
  ScorerResult,
  SpaceReport,
} from './report.ts';
import type { Protocol } from './types.ts';
import { METRIC_PHRASE, PROTOCOL_PHRASE, toShare } from './verdicts.ts';

export interface ReportTextOptions {
  /** Only the main table of each protocol, at the longest list, baselines and the served scorer, and the verdicts. */
  readonly short?: boolean;
}

/** Left-aligned first column, the others right-aligned. */
export function toTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  const align = (cell: string, i: number): string =>
    i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!);
  return rows.map((row) => row.map(align).join('  ').trimEnd()).join('\n');
}

const count = (n: number): string => n.toLocaleString('en-US');
const withInterval = ({ mean, low, high }: Interval): string =>
  `${toShare(mean)} [${toShare(low)} ${toShare(high)}]`;

export function toReportText(report: EvaluationReport, { short = false }: ReportTextOptions = {}): string {
  const lengths = short ? report.settings.k.slice(-1) : report.settings.k;
  const blocks = [
    short ? [] : [toDataText(report)],
    [
      toProtocolText(report, short ? withoutVariants(report, 'all') : report.protocols.all, lengths),
      toProtocolText(report, short ? withoutVariants(report, 'new') : report.protocols.new, lengths),
    ],
  ].flat();
  if (!short) {
    blocks.push(toSliceText(report.protocols.all), toSliceText(report.protocols.new));
    blocks.push(toRivalText(report));
    if (report.linkPrediction) blocks.push(toLinkText(report.linkPrediction));
    if (report.space && report.space.kinds.length > 0) blocks.push(toSpaceText(report.space));
    blocks.push(toScorerText(report));
  }
  blocks.push(report.verdicts.map((v) => `- ${v}`).join('\n'));
  return `${blocks.filter((b) => b !== '').join('\n\n')}\n`;
}

/** Other ways to use the same vectors are for the full report. */
function withoutVariants(report: EvaluationReport, name: Protocol): ProtocolReport {
  const { protocols } = report;
  const variants = listVariants(report);
  const results = protocols[name].results.filter((r) => !variants.includes(r.scorer));
  return { ...protocols[name], results };
}

function toDataText({ data, settings }: EvaluationReport): string {
  const part = (name: 'train' | 'test'): string[] => {
    const { interactions, customers, products, pairs } = data[name];
    return [name, ...[interactions, customers, products, pairs].map(count)];
  };
  const table = toTable([
    ['', 'interactions', 'customers', 'products', 'pairs'],
    part('train'),
    part('test'),
  ]);
  const cold = `${count(data.coldProducts)} products of the test part are new to the shop (${toShare(data.coldPairShare)} of its pairs); ${toShare(data.repeatPairShare)} of known customers' pairs are repeats`;
  return `${table}\n${cold}\nseed ${settings.seed}, ${count(settings.resamples)} resamples, intervals 95 % over customers`;
}

function toProtocolText(
  report: EvaluationReport,
  protocol: ProtocolReport,
  lengths: readonly number[],
): string {
  const { leftOut } = protocol;
  const left = [
    [leftOut.noTraining, 'without training purchases'],
    [leftOut.nothingNew, 'who bought nothing new'],
    [leftOut.notSampled, 'not drawn for the sample'],
  ] as const;
  const said = left.filter(([n]) => n > 0).map(([n, why]) => `${count(n)} ${why}`);
  const title = `${PROTOCOL_PHRASE[protocol.protocol]}: ${count(protocol.customers)} customers, ${protocol.meanRelevant.toFixed(1)} relevant products each${said.length > 0 ? `; left out ${said.join(', ')}` : ''}`;
  const tables = lengths.map((k) =>
    toTable([toHead(report, k), ...protocol.results.map((r) => toRow(report, r, k))]),
  );
  return protocol.results.length === 0 ? title : [title, ...tables].join('\n');
}

const hasClock = (report: EvaluationReport): boolean => report.scorers.some((s) => s.tookMs !== undefined);

const toHead = (report: EvaluationReport, k: number): string[] => [
  '',
  `recall@${k}`,
  `ndcg@${k}`,
  `hr@${k}`,
  `mrr@${k}`,
  `prec@${k}`,
  'coverage',
  'gini',
  ...(hasClock(report) ? ['s'] : []),
];

/** The served scorer carries a star. */
function toRow(report: EvaluationReport, result: ScorerResult, k: number): string[] {
  const facts = report.scorers.find((s) => s.name === result.scorer);
  const at = result.at.find((a) => a.k === k) as ResultAtK;
  const { coverage, gini } = at.spread;
  const means = [at.hitRate.mean, at.mrr.mean, at.precision.mean, coverage, gini].map(toShare);
  const took = facts?.tookMs === undefined ? [] : [(facts.tookMs / 1000).toFixed(1)];
  return [
    `${facts?.served ? '*' : ' '} ${result.scorer}`,
    withInterval(at.recall),
    withInterval(at.ndcg),
    ...means,
    ...took,
  ];
}

function toSliceText(protocol: ProtocolReport): string {
  const [first] = protocol.results;
  if (!first) return '';
  const show = (x: number | null): string => (x === null ? '–' : toShare(x));
  const head = ['', ...first.slices.map((s) => s.name)];
  const sizes = ['  customers', ...first.slices.map((s) => count(s.customers))];
  const rows = protocol.results.map((r) => [`  ${r.scorer}`, ...r.slices.map((s) => show(s.recall))]);
  return `recall by slice, ${PROTOCOL_PHRASE[protocol.protocol]}\n${toTable([head, sizes, ...rows])}`;
}

/** By every metric, at every length: the served scorer minus the other model's. */
function toRivalText({ comparisons }: EvaluationReport): string {
  const rows = comparisons
    .filter(({ against }) => against === 'other model')
    .map(({ protocol, metric, k, servedMean, otherMean, difference }) => [
      `  ${METRIC_PHRASE[metric]}@${k} ${PROTOCOL_PHRASE[protocol]}`,
      toShare(servedMean),
      toShare(otherMean),
      withInterval(difference),
    ]);
  if (rows.length === 0) return '';
  return `against the other model, customer by customer\n${toTable([['', 'this', 'against', 'difference'], ...rows])}`;
}

function toLinkText(links: NonNullable<EvaluationReport['linkPrediction']>): string {
  const rows = links.results.map((r) => [`  ${r.scorer}, negatives ${r.negatives}`, withInterval(r.auc)]);
  return `link prediction, ${count(links.pairs)} pairs of ${count(links.customers)} customers\n${toTable([['', 'AUC'], ...rows])}`;
}

function toSpaceText(space: SpaceReport): string {
  const show = (x: AgainstNull | null): string[] =>
    x ? [toShare(x.observed), withInterval(x.chance)] : ['–', '–'];
  const head = ['', 'values', 'labelled', 'purity@10', 'by chance', 'silhouette', 'by chance'];
  const rows = space.kinds.map((k) => [
    `  ${k.owner} ${k.kind}`,
    count(k.values),
    count(k.labelled),
    ...show(k.purity),
    ...show(k.silhouette),
  ]);
  return `the space against the catalogue; ${space.text}\n${toTable([head, ...rows])}`;
}

function toScorerText({ scorers, notes }: EvaluationReport): string {
  const lines = scorers.flatMap((s) => [`  ${s.name}: ${s.text}`, ...s.notes.map((n) => `    ${n}`)]);
  return ['scorers (* is the one served)', ...lines, ...notes.map((n) => `  ${n}`)].join('\n');
}

/** Ways to use the vectors by which nothing is answered. */
export const listVariants = ({
  scorers,
  embedding,
}: Pick<EvaluationReport, 'scorers' | 'embedding'>): string[] =>
  scorers.filter((s) => s.family === 'embedding' && !s.served && s.name !== embedding).map((s) => s.name);
