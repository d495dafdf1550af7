/** A tuning, as a person reads it: what was tried, what it came to, and whether it is worth a change. */
import { toSplitText } from '../pipeline/report-pages.ts';
import type { Trial, TuneResult } from '../pipeline/tune/types.ts';
import { toDuration } from './progress.ts';
import { toKeyValues, toTable } from './render-table.ts';

export function toTuneText(result: TuneResult): string {
  const { trials, measure, split, knobs, leftOut, verdict, because, best, margin, settings } = result;
  const { metric, k, protocol, scorer, customers } = measure;
  const winner = trials.find(({ number }) => number === best)!;
  const facts = toKeyValues({
    measured: `${metric}@${k} (${protocol}) of ${scorer}, ${customers} customers of the validation part`,
    'held out': toSplitText(split),
    ...toKnobRows(knobs),
    'left out': leftOut.length > 0 ? leftOut.map((one) => `${one.setting}: ${one.because}`) : undefined,
    best: `trial ${best}: ${toSettingsText(winner.changed)}`,
    ...(margin && {
      'better than the start by': toInterval(margin),
      [`… the best of ${margin.rivals}, by at least`]: toFigure(margin.lowOfBest),
    }),
    verdict: `${verdict === 'keep' ? 'keep the settings of the start' : `change to those of trial ${best}`}: ${because}`,
    settings: JSON.stringify(settings),
    'ended by': result.endedBy,
    took: toDuration(result.tookMs / 1000),
    ...(result.file !== undefined && { written: result.file }),
  });
  return `${toTrialTable(trials)}\n${facts}`;
}

const toTrialTable = (trials: readonly Trial[]): string =>
  toTable(trials, [
    { title: 'trial', text: ({ number }) => String(number), align: 'right' },
    { title: 'passes', text: ({ rungs }) => toPasses(rungs.at(-1)), align: 'right' },
    { title: 'metric', text: ({ rungs }) => toFigureOf(rungs.at(-1)?.metric.mean), align: 'right' },
    { title: 'interval', text: ({ rungs }) => (rungs.length > 0 ? toBounds(rungs.at(-1)!.metric) : '–') },
    { title: 'against the start', text: ({ difference }) => (difference ? toInterval(difference) : '–') },
    { title: 'seconds', text: ({ rungs }) => toSeconds(rungs), align: 'right' },
    {
      title: 'came to',
      text: ({ state, because }) => (because === undefined ? state : `${state}: ${because}`),
    },
    { title: 'changed', text: ({ changed }) => toSettingsText(changed) },
  ]);

/** One row where attributes make no difference. */
function toKnobRows(knobs: TuneResult['knobs']): Record<string, string> {
  const toText = (graph: TuneResult['knobs'][number]): string =>
    `${graph.knobs === 1 ? 'one knob' : 'two knobs'}: ${graph.because}`;
  if (new Set(knobs.map((graph) => graph.knobs)).size === 1) return { 'p and q': toText(knobs[0]!) };
  return Object.fromEntries(
    knobs.map((graph) => [`p and q, ${graph.attributes ? 'with' : 'without'} attributes`, toText(graph)]),
  );
}

function toPasses(rung: Trial['rungs'][number] | undefined): string {
  if (!rung) return '–';
  return rung.passes === undefined
    ? 'closed form'
    : rung.share < 1
      ? `${rung.passes} (few)`
      : String(rung.passes);
}

const toSettingsText = (changed: Trial['changed']): string =>
  Object.entries(changed)
    .map(([path, value]) => `${path.slice(path.indexOf('.') + 1)} ${toValueText(value)}`)
    .join(', ') || 'the start';

const toValueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const toSeconds = (rungs: Trial['rungs']): string =>
  (rungs.reduce((sum, { tookMs }) => sum + tookMs, 0) / 1000).toFixed(1);

/** A share of 1, as in a report: four decimals without the zero. */
const toFigure = (value: number): string => value.toFixed(4).replace(/^(-?)0\./, '$1.');
const toFigureOf = (value: number | undefined): string => (value === undefined ? '–' : toFigure(value));

type Band = Trial['rungs'][number]['metric'];
const toBounds = ({ low, high }: Band): string => `${toFigure(low)} … ${toFigure(high)}`;
const toInterval = (band: Band): string => `${toFigure(band.mean)} (${toBounds(band)})`;
