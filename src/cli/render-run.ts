/** Graph, estimate, training and evaluation, as a person reads them. */

import { NODE_TYPES } from '../base/ids.ts';
import type { Estimate } from '../pipeline/estimate.ts';
import { type EvaluationReport, toReportText } from '../pipeline/evaluate-run.ts';
import type { LintFinding } from '../pipeline/graph-lint.ts';
import type { GraphStats } from '../pipeline/graph-stats.ts';
import type { ProjectionReport } from '../pipeline/operations/graph.operation.ts';
import { toSplitText } from '../pipeline/report-pages.ts';
import type { EvaluationResult } from '../pipeline/split-report.ts';
import type { NotEvaluated, TrainResult } from '../pipeline/train-version.ts';
import { toDuration } from './progress.ts';
import { toKeyValues, toNumberText, toTable } from './render-table.ts';

export function toStatsText({
  byType,
  arcs,
  unwalkedArcs: _, // lint says what to do about them
  hubs,
  expectedVisits,
  returnProbability,
  ...facts
}: GraphStats): string {
  const number = (title: string, of: (type: (typeof NODE_TYPES)[number]) => number) =>
    ({ title, text: (type: (typeof NODE_TYPES)[number]) => toNumberText(of(type)), align: 'right' }) as const;
  const types = toTable(NODE_TYPES, [
    { title: 'type', text: (type) => type },
    number('nodes', (type) => byType[type].nodes),
    number('isolated', (type) => byType[type].isolated),
    number('median degree', (type) => byType[type].median),
    number('mean', (type) => byType[type].mean),
    number('p99', (type) => byType[type].p99),
    number('max', (type) => byType[type].max),
    ...NODE_TYPES.map((to) => number(`arcs to ${to}s`, (type) => arcs[type][to])),
    { title: 'of steps', text: (type) => toPercent(expectedVisits[type]), align: 'right' },
    { title: 'steps back', text: (type) => toPercent(returnProbability[type]), align: 'right' },
  ]);
  const most = toTable(hubs, [
    { title: 'most visited', text: (hub) => `${hub.type} ${hub.id}` },
    { title: 'name', text: (hub) => hub.name },
    { title: 'degree', text: (hub) => toNumberText(hub.degree), align: 'right' },
    { title: 'of steps', text: (hub) => toPercent(hub.visitShare), align: 'right' },
  ]);
  return [toKeyValues(facts), types, most].filter((block) => block !== '').join('\n');
}

/** Errors first, as they come. */
export function toLintText(findings: readonly LintFinding[]): string {
  if (findings.length === 0) return 'nothing to report\n';
  return findings.map(({ level, code, message }) => `${level.padEnd(7)}  ${code}  ${message}\n`).join('');
}

export function toProjectionText({ target, tookMs, ...facts }: ProjectionReport): string {
  const where = 'file' in target ? { file: target.file } : { 'in the catalog as': target.name };
  return toKeyValues({ ...where, ...facts, took: `${(tookMs / 1000).toFixed(1)} s` });
}

export function toEstimateText({ configuration: _, computeMillis, ...facts }: Estimate): string {
  return toKeyValues({ ...facts, computeTime: `about ${toDuration(Math.max(1, computeMillis / 1000))}` });
}

export function toTrainText({
  version,
  alias,
  previous,
  deleted,
  training,
  corpus,
  writeMillis,
  evaluation,
}: TrainResult): string {
  const facts = toKeyValues({
    version,
    alias,
    previous,
    deleted: deleted.length > 0 ? deleted : undefined,
    ...training,
    writeMillis,
    ...(corpus && { corpus: toCorpusLines(corpus) }),
  });
  return `${toEvaluationText(evaluation, { short: true })}\n${facts}`;
}

/** What was left out for being rare: how many, and the first few; the version's report lists all. */
function toCorpusLines({ firstRare, ...facts }: NonNullable<TrainResult['corpus']>): object {
  const more = facts.rareProducts > firstRare.length ? ', … (all: the report of the version)' : '';
  const rare = firstRare.map(({ id, count }) => `${id} (${count})`).join(', ');
  return { ...facts, rare: rare === '' ? undefined : rare + more };
}

export function toEvaluationText(
  evaluation: EvaluationReport | NotEvaluated,
  { short = false } = {},
): string {
  if ('notEvaluated' in evaluation) return `not evaluated: ${evaluation.notEvaluated}\n`;
  return toReportText(evaluation, { short });
}

export function toRecipeText({ measured, against, files = [], ...report }: EvaluationResult): string {
  const said = [
    ...(measured?.version === undefined
      ? []
      : [`measured: ${measured.asIs ? 'the vectors' : 'the recipe'} of version ${measured.version}`]),
    ...(against
      ? [
          `against: ${against.version === undefined ? 'other settings' : `the recipe of version ${against.version}`}`,
        ]
      : []),
    `held out: ${toSplitText(report.split)}`,
    ...files.map((file) => `written: ${file}`),
  ];
  return `${toEvaluationText(report)}\n${said.join('\n')}\n`;
}

const toPercent = (share: number): string => `${(share * 100).toFixed(1)} %`;
