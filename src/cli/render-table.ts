/** Plain text for the terminal: aligned tables, and key–value lines for any JSON. */

export interface Column<R> {
  readonly title: string;
  readonly text: (row: R) => string;
  readonly align?: 'left' | 'right';
}

/** Titles, then rows; the last column is not padded. '' when there are no rows. */
export function toTable<R>(rows: readonly R[], columns: readonly Column<R>[]): string {
  if (rows.length === 0) return '';
  const cells = [columns.map((c) => c.title), ...rows.map((row) => columns.map((c) => toLine(c.text(row))))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => toWidth(line[i]!))));
  const toCell = (cell: string, i: number): string => {
    const gap = ' '.repeat(widths[i]! - toWidth(cell));
    return columns[i]!.align === 'right' ? gap + cell : cell + gap;
  };
  return `${cells.map((line) => line.map(toCell).join('  ').trimEnd()).join('\n')}\n`;
}

/** `key  value` per leaf: keys of nested objects are joined by dots, objects in a list are numbered from 1. */
export function toKeyValues(value: unknown): string {
  const leaves = toLeaves(value, '');
  const width = Math.max(0, ...leaves.map(([key]) => toWidth(key)));
  return leaves.map(([key, text]) => `${key.padEnd(width)}  ${text}\n`).join('');
}

function toLeaves(value: unknown, path: string): [string, string][] {
  if (Array.isArray(value)) {
    if (!value.some(isObject)) return [[path, value.map(toScalar).join(', ') || '–']];
    return value.flatMap((item, i) => toLeaves(item, `${path}${path && '.'}${i + 1}`));
  }
  if (!isObject(value)) return [[path || 'result', toScalar(value)]];
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (entries.length === 0) return path ? [[path, '–']] : [];
  return entries.flatMap(([key, inner]) => toLeaves(inner, path ? `${path}.${key}` : key));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function toScalar(value: unknown): string {
  if (typeof value === 'number') return toNumberText(value);
  return value === null ? '–' : toLine(String(value));
}

/** Whole numbers in groups of three; others with as many digits as a reader can use. */
export function toNumberText(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en-US')
    : String(Number(value.toPrecision(4)));
}

/** Ids and names are other people's text: a line break or an escape sequence must not reach the terminal. */
export const toLine = (text: string): string =>
  text.replace(/\p{Cc}/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Code points, not UTF-16 units; wide scripts may still be off by a column. */
const toWidth = (text: string): number => [...text].length;
