/**
 * A report as one page of HTML that needs nothing from elsewhere: no script, no font, no request. What it
 * says first is where the model loses. report-text.ts is the same for a terminal.
 */
import { type Child, type Markup, markup } from './markup.ts';
import { type Outcome, toOutcome, toRivalOutcome } from './outcome.ts';
import type { DataFacts, EvaluationReport } from './report.ts';
import { REPORT_STYLE } from './report-style.ts';
import {
  toBarFigures,
  toLinkTable,
  toListTable,
  toQualityTable,
  toRivalTable,
  toSliceTable,
  toSpaceTable,
} from './report-tables.ts';
import { PROTOCOL_PHRASE, toShare } from './verdicts.ts';

/** What else is known of an evaluation, as facts and settings; printed as it is. */
export interface PageFacts {
  /** Default: Evaluation. */
  readonly title?: string;
  readonly facts?: Readonly<Record<string, string>>;
  /** JSON, by what it is of. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Reports of older releases can be printed too; what they lack is left out. */
export function toReportPage(
  report: EvaluationReport,
  { title = 'Evaluation', facts = {}, settings = {} }: PageFacts = {},
): string {
  const body = markup`
${toHeader(report, title, facts)}
${toVerdict(report)}
${toRivalSection(report)}
${Object.values(report.protocols).map((protocol) => toSection(report, protocol))}
${report.linkPrediction && toLinkTable(report.linkPrediction)}
${report.space && report.space.kinds.length > 0 && toSpaceTable(report.space)}
${toDataSection(report, settings)}
${HOW_TO_READ}`;
  return toPage(title, body);
}

/** Where there are no figures, the page says why. */
export const toEmptyPage = (title: string, why: string): string =>
  toPage(title, markup`<h1>${title}</h1><p>Not evaluated: ${why}</p>`);

const toPage = (title: string, body: Markup): string =>
  `<!doctype html>\n${markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>${body}</main>
</body>
</html>
`}`;

function toHeader(report: EvaluationReport, title: string, facts: Readonly<Record<string, string>>): Markup {
  const { customers, products } = report.data;
  const entries = Object.entries(facts);
  return markup`<header><h1>${title}</h1>
<p class="soft">${count(report.protocols.all.customers)} customers measured, of ${count(customers)}; ${count(products)} products ranked for each, none sampled.</p>
${entries.length > 0 && markup`<dl>${entries.map(([name, text]) => markup`<dt>${name}</dt><dd>${text}</dd>`)}</dl>`}</header>`;
}

const count = (n: number): string => n.toLocaleString('en-US');

function toVerdict(report: EvaluationReport): Markup {
  const outcome = toOutcome(report);
  return markup`<section aria-labelledby="verdict"><h2 id="verdict">In short</h2>
<p class="verdict">${toHeadline(report, outcome)}</p>
${toList('loses', 'Where it loses', outcome.loses)}
${toList('loses', 'Slices where a baseline finds more', outcome.weak)}
${toList('even', 'Where it cannot be told apart', outcome.even)}
${toList('wins', 'Where it wins', outcome.wins)}
${toList('other', 'What else there is to say', outcome.other)}</section>`;
}

function toHeadline({ served, settings }: EvaluationReport, { compared, ...outcome }: Outcome): Markup {
  if (served === undefined)
    return markup`Only baselines were measured: what follows is what a model has to beat.`;
  const [loses, even, wins] = [outcome.loses.length, outcome.even.length, outcome.wins.length];
  const k = Math.max(...settings.k);
  const name = markup`<strong>${served}</strong>, which answers where the model is served,`;
  if (compared === 0) return markup`${name} could not be compared with any baseline.`;
  if (wins === compared)
    return markup`${name} beats the best baseline by all ${compared} figures of lists of ${k} that are compared.`;
  if (wins === 0)
    return markup`${name} beats the best baseline by none of the ${compared} figures of lists of ${k} that are compared: it loses by ${loses}, and cannot be told apart by ${even}.`;
  return markup`Of the ${compared} figures of lists of ${k} that are compared with the best baseline, ${name} wins ${wins}, loses ${loses}, and cannot be told apart by ${even}.`;
}

function toRivalSection(report: EvaluationReport): Markup | undefined {
  const table = toRivalTable(report);
  const { loses, even, wins } = toRivalOutcome(report);
  return (
    table &&
    markup`<section aria-labelledby="rival"><h2 id="rival">Against the other model</h2>
<p>By the figures of lists of ${Math.max(...report.settings.k)}, both kinds of rankings taken together, this model wins ${wins.length}, loses ${loses.length}, and cannot be told apart by ${even.length}.</p>
${table}</section>`
  );
}

const toList = (kind: string, title: string, sentences: readonly string[]): Child =>
  sentences.length > 0 &&
  markup`<div class="${kind}"><h3>${title}</h3><ul>${sentences.map((text) => markup`<li>${text}</li>`)}</ul></div>`;

function toSection(report: EvaluationReport, protocol: EvaluationReport['protocols']['all']): Markup {
  const { leftOut, results, meanRelevant } = protocol;
  const id = `protocol-${protocol.protocol}`;
  const left = [
    `${count(leftOut.noTraining)} cold customers, who have no purchase in the training part`,
    `${count(leftOut.nothingNew)} who bought nothing new`,
    `${count(leftOut.notSampled)} who were not drawn for the sample`,
  ];
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">Rankings ${PROTOCOL_PHRASE[protocol.protocol]}</h2>
<p>Here ${protocol.text}. ${count(protocol.customers)} customers, ${meanRelevant.toFixed(1)} relevant products each. Left out: ${left.join('; ')}.</p>
${
  results.length === 0
    ? markup`<p>No such customer was measured.</p>`
    : [
        toBarFigures(report, protocol),
        report.settings.k.map((k) => toQualityTable(report, protocol, k)),
        toListTable(report, protocol),
        toSliceTable(report, protocol),
      ]
}</section>`;
}

function toDataSection(report: EvaluationReport, settings: Readonly<Record<string, unknown>>): Markup {
  const { seed, resamples, k, maxCustomers } = report.settings;
  const { scorers, notes } = report;
  return markup`<section aria-labelledby="data"><h2 id="data">Data and settings</h2>
${toPartsTable(report.data)}
<p>${count(report.data.coldProducts)} products of the test part are new to the shop (${toShare(report.data.coldPairShare)} of its pairs); ${toShare(report.data.repeatPairShare)} of known customers’ pairs are repeats.</p>
<p>Lists of ${k.join(' and ')}; at most ${count(maxCustomers)} customers; seed ${seed}; ${count(resamples)} resamples.</p>
${Object.entries(settings).map(([name, value]) => markup`<h3>${name}</h3><pre tabindex="0">${JSON.stringify(value, null, 2)}</pre>`)}
<h3>Scorers</h3><dl>${scorers.map(({ name, text, notes: own }) => markup`<dt>${name}</dt><dd>${[text, ...own].join('; ')}</dd>`)}</dl>
<h3>Notes</h3><ul>${notes.map((note) => markup`<li>${note}</li>`)}</ul></section>`;
}

function toPartsTable({ train, test }: DataFacts): Markup {
  const toRow = (name: string, part: DataFacts['train']): Markup =>
    markup`<tr><th scope="row">${name}</th>${[part.interactions, part.customers, part.products, part.pairs].map((n) => markup`<td>${count(n)}</td>`)}</tr>`;
  return markup`<div class="scroll" tabindex="0"><table><caption>Parts of the split</caption>
<thead><tr><th scope="col">part</th><th scope="col">interactions</th><th scope="col">customers</th><th scope="col">products</th><th scope="col">distinct pairs</th></tr></thead>
<tbody>${toRow('training', train)}${toRow('test', test)}</tbody></table></div>`;
}

const HOW_TO_READ = markup`<section aria-labelledby="how"><h2 id="how">How to read it</h2><ul>
<li><strong>Recall@k</strong>: share of what a customer went on to buy that stands among the first k; <strong>NDCG@k</strong> weighs early places more; <strong>HR@k</strong>: share of customers with a hit; <strong>MRR@k</strong>: mean of 1 / rank of the first hit.</li>
<li>Brackets are 95 % intervals over the choice of customers. They do not cover the choice of the split, of the season, or of the seed of a training.</li>
<li>Whether two scorers differ is read from the sentences above, which compare customer by customer, not from whether two intervals overlap.</li>
<li><strong>Coverage</strong>: share of all products that stand in some list. <strong>Gini</strong>: 0 where all products are shown alike, 1 where one takes all. <strong>Novelty</strong>: bits of surprise of what is shown; what everybody bought has 0.</li>
<li>All of it rewards what would have been bought anyway. What a recommendation causes is for an experiment.</li>
</ul></section>`;
