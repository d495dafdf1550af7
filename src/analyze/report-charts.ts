/** Bars with intervals as inline SVG: one row a scorer. The table beside each chart holds the same numbers. */
import type { Interval } from './bootstrap.ts';
import { type Markup, markup } from './markup.ts';
import { toShare } from './verdicts.ts';

export type BarKind = 'served' | 'baseline' | 'other';

export interface Bar {
  readonly label: string;
  readonly kind: BarKind;
  readonly value: Interval;
}

export interface BarChart {
  /** Differs from those of other charts on the page. */
  readonly id: string;
  readonly title: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 720;
const ROW = 24;
const LABEL = 170; // px left of the axis
const VALUE = 60; //  px right of the longest whisker
const TOP = 8;
const AXIS = 26;

const round = (x: number): number => Math.round(x * 100) / 100;

/** From 0, so that lengths can be compared; the axis ends at a round number above all whiskers. */
export function toBarChart({ id, title, bars }: BarChart): Markup {
  const top = toAxisEnd(Math.max(...bars.map(({ value }) => value.high)));
  const toX = (value: number): number => round(LABEL + (value / top) * (WIDTH - LABEL - VALUE));
  const bottom = TOP + bars.length * ROW;
  const ticks = [0, 1, 2, 3, 4].map((i) => (i / 4) * top);
  return markup`<svg class="chart" viewBox="0 0 ${WIDTH} ${bottom + AXIS}" role="img" aria-labelledby="${id}-t ${id}-d">
<title id="${id}-t">${title}</title>
<desc id="${id}-d">${bars.map(toSentence).join(' ')}</desc>
${ticks.map((tick) => markup`<line class="grid" x1="${toX(tick)}" x2="${toX(tick)}" y1="${TOP}" y2="${bottom}"/><text class="tick" x="${toX(tick)}" y="${bottom + 16}" text-anchor="middle">${toShare(tick)}</text>`)}
${bars.map((bar, i) => toRow(bar, TOP + i * ROW, toX))}
</svg>`;
}

function toRow({ label, kind, value }: Bar, y: number, toX: (value: number) => number): Markup {
  const middle = y + ROW / 2;
  const [low, high] = [toX(value.low), toX(value.high)];
  return markup`<g class="${kind}"><text class="label" x="${LABEL - 8}" y="${middle + 4}" text-anchor="end">${kind === 'served' && '★ '}${label}</text>
<rect class="bar" x="${LABEL}" y="${y + 5}" width="${round(Math.max(0, toX(value.mean) - LABEL))}" height="${ROW - 10}"/>
<path class="whisker" d="M${low} ${middle}H${high}M${low} ${middle - 4}v8M${high} ${middle - 4}v8"/>
<text class="value" x="${high + 6}" y="${middle + 4}">${toShare(value.mean)}</text></g>`;
}

const toSentence = ({ label, value }: Bar): string =>
  `${label} ${toShare(value.mean)}, from ${toShare(value.low)} to ${toShare(value.high)}.`;

/** 1, 2 or 4 times a power of ten, or 1. */
function toAxisEnd(highest: number): number {
  if (!(highest > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  const end = [1, 2, 4, 10].map((factor) => factor * power).find((candidate) => candidate >= highest)!;
  return Math.min(1, end);
}
