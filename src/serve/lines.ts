/**
 * A body of NDJSON: one JSON value a line. A line that is none is a fault of that line alone, so bodies
 * are read whole and each line is kept with its number.
 */
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { parseJson } from './body.ts';

/** Entries of one request; the bytes of a body are bounded besides. */
const MAX_LINES = 100_000;

export type Line =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly path: string; readonly fault: string };

/** Numbered from 1, as an editor does; blank lines count, and are passed over. */
export class Lines {
  readonly lines: readonly Line[];

  constructor(lines: readonly Line[]) {
    this.lines = lines;
  }
}

/** @throws ShelfwalkError REQUEST_INVALID — nothing in it · REQUEST_UNPROCESSABLE — too many lines */
export function parseLines(bytes: Buffer): Lines {
  const lines: Line[] = [];
  let number = 0;
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    number++;
    const line = bytes.subarray(start, end);
    if (!isBlank(line)) lines.push(parseLine(line, number));
    if (lines.length > MAX_LINES) {
      throw new ShelfwalkError('REQUEST_UNPROCESSABLE', {
        field: 'body',
        expected: `at most ${MAX_LINES} lines`,
      });
    }
    start = end + 1;
  }
  if (lines.length === 0)
    throw new ShelfwalkError('REQUEST_INVALID', { field: 'body', expected: 'lines of JSON' });
  return new Lines(lines);
}

const isBlank = (line: Buffer): boolean =>
  line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

function parseLine(bytes: Buffer, line: number): Line {
  try {
    return { line, value: parseJson(bytes) };
  } catch (error) {
    if (!isShelfwalkError(error)) throw error;
    const { field, found, expected } = error.details;
    const said = [`expected ${String(expected)}`, ...(found ? [`found ${String(found)}`] : [])];
    return { line, path: field === 'body' ? '' : String(field), fault: said.join(', ') };
  }
}
