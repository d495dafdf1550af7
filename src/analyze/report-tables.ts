/** Tables and figures of a report's page: scorers down, what is measured across. */
import type { Interval } from './bootstrap.ts';
import { type Child, type Markup, markup } from './markup.ts';
import type {
  AgainstNull,
  EvaluationReport,
  LinkPrediction,
  ProtocolReport,
  ResultAtK,
  ScorerResult,
  SpaceReport,
} from './report.ts';
import { type Bar, type BarKind, toBarChart } from './report-charts.ts';
import { METRIC_PHRASE, PROTOCOL_PHRASE, toShare } from './verdicts.ts';

interface Table {
  readonly caption: Child;
  readonly head: readonly string[];
  readonly rows: readonly {
    readonly name: string;
    readonly isServed?: boolean;
    readonly cells: readonly Child[];
  }[];
}

/** The first column names the rows. A table that is wider than the page scrolls, and can be reached by keys. */
const toTable = ({ caption, head, rows }: Table): Markup =>
  markup`<div class="scroll" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${head.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    ({ name, isServed = false, cells }) =>
      markup`<tr${isServed && markup` class="served"`}><th scope="row">${isServed && '★ '}${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;

const NONE = '–';
const withInterval = ({ mean, low, high }: Interval): Markup =>
  markup`${toShare(mean)} <small>[${toShare(low)} ${toShare(high)}]</small>`;
const orNone = (x: number | null | undefined): string => (x === null || x === undefined ? NONE : toShare(x));

const atLength = ({ at }: ScorerResult, k: number): ResultAtK => at.find((one) => one.k === k)!;

function toKind({ scorers }: EvaluationReport, name: string): BarKind {
  const facts = scorers.find((s) => s.name === name);
  if (facts?.served) return 'served';
  return facts?.family === 'baseline' ? 'baseline' : 'other';
}

/** Recall and NDCG of the longest list, best first. */
export function toBarFigures(report: EvaluationReport, { protocol, results }: ProtocolReport): Markup[] {
  const k = Math.max(...report.settings.k);
  return (['recall', 'ndcg'] as const).map((metric) => {
    const bars = results
      .map(
        (result): Bar => ({
          label: result.scorer,
          kind: toKind(report, result.scorer),
          value: atLength(result, k)[metric],
        }),
      )
      .sort((a, b) => b.value.mean - a.value.mean);
    const title = `${metric === 'recall' ? 'Recall' : 'NDCG'}@${k} ${PROTOCOL_PHRASE[protocol]}, with 95 % intervals`;
    return markup`<figure><figcaption>${title}. ★ blue: what is served; grey: baselines; yellow: other ways to use a model, or another model</figcaption>
${toBarChart({ id: `chart-${protocol}-${metric}`, title, bars })}</figure>`;
  });
}

export function toQualityTable(report: EvaluationReport, { results }: ProtocolReport, k: number): Markup {
  return toTable({
    caption: `The first ${k} places; means over customers, with 95 % intervals`,
    head: ['scorer', `recall@${k}`, `NDCG@${k}`, `HR@${k}`, `MRR@${k}`, `precision@${k}`],
    rows: results.map((result) => {
      const { recall, ndcg, hitRate, mrr, precision } = atLength(result, k);
      return {
        name: result.scorer,
        isServed: result.scorer === report.served,
        cells: [recall, ndcg, hitRate, mrr, precision].map(withInterval),
      };
    }),
  });
}

export function toListTable(report: EvaluationReport, { results }: ProtocolReport): Markup {
  const k = Math.max(...report.settings.k);
  return toTable({
    caption: `What the lists of ${k} are made of`,
    head: [
      'scorer',
      'coverage',
      'Gini',
      'novelty, bits',
      'popularity shown',
      'popularity bought',
      'short lists',
    ],
    rows: results.map((result) => {
      const { coverage, gini, novelty, popularityShown, popularityBought } = atLength(result, k).spread;
      return {
        name: result.scorer,
        isServed: result.scorer === report.served,
        cells: [
          toShare(coverage),
          toShare(gini),
          novelty === undefined ? NONE : novelty.toFixed(2),
          popularityShown.toFixed(2),
          popularityBought.toFixed(2),
          result.shortLists.toLocaleString('en-US'),
        ],
      };
    }),
  });
}

export function toSliceTable(report: EvaluationReport, { results }: ProtocolReport): Markup {
  const slices = results[0]!.slices;
  const head = slices.map(({ name, customers }) => `${name} (${customers.toLocaleString('en-US')})`);
  const table = toTable({
    caption: `Recall@${Math.max(...report.settings.k)} by slice, with the number of customers`,
    head: ['scorer', ...head],
    rows: results.map((result) => ({
      name: result.scorer,
      isServed: result.scorer === report.served,
      cells: result.slices.map(({ recall }) => orNone(recall)),
    })),
  });
  return markup`<h3>By slice</h3>${table}<dl>${slices.map(({ name, text }) => markup`<dt>${name}</dt><dd>${text}</dd>`)}</dl>`;
}

/** By every metric, at every length: the served scorer minus the other model's, with the interval of the difference. */
export function toRivalTable({ comparisons }: EvaluationReport): Markup | undefined {
  const rows = comparisons
    .filter(({ against }) => against === 'other model')
    .map(({ protocol, metric, k, servedMean, otherMean, difference }) => ({
      name: `${METRIC_PHRASE[metric]}@${k} ${PROTOCOL_PHRASE[protocol]}`,
      cells: [toShare(servedMean), toShare(otherMean), withInterval(difference)],
    }));
  if (rows.length === 0) return undefined;
  const head = ['figure', 'this', 'against', 'difference'];
  const caption = 'Customer by customer, on the same resamples; an interval without 0 is a difference';
  return toTable({ caption, head, rows });
}

export function toLinkTable({ text, pairs, customers, results }: LinkPrediction): Markup {
  const table = toTable({
    caption: `${pairs.toLocaleString('en-US')} pairs of ${customers.toLocaleString('en-US')} customers; .500 is chance`,
    head: ['scorer', 'negatives', 'AUC'],
    rows: results.map(({ scorer, negatives, auc }) => ({
      name: scorer,
      cells: [negatives, withInterval(auc)],
    })),
  });
  return markup`<section aria-labelledby="links"><h2 id="links">Link prediction</h2><p>${text}</p>${table}</section>`;
}

export function toSpaceTable({ text, kinds }: SpaceReport): Markup {
  const show = (x: AgainstNull | null): Child[] =>
    x ? [toShare(x.observed), withInterval(x.chance)] : [NONE, NONE];
  const table = toTable({
    caption:
      'Agreement of the space with what the catalogue says, beside the same after values are dealt out at random',
    head: ['kind', 'values', 'labelled', 'purity@10', 'by chance', 'silhouette', 'by chance'],
    rows: kinds.map((kind) => ({
      name: `${kind.owner} ${kind.kind}`,
      cells: [kind.values, kind.labelled, ...show(kind.purity), ...show(kind.silhouette)],
    })),
  });
  return markup`<section aria-labelledby="space"><h2 id="space">The space</h2><p>${text}</p>${table}</section>`;
}
