/** Records of a CSV file (RFC 4180), whose quoted cells may hold separators, quotes and line ends. */
import type { FileSource } from './file-source.ts';
import { readLines, withoutReturn } from './lines.ts';
import { type Place, unreadable } from './row-collector.ts';

export interface CsvRecord {
  readonly cells: readonly string[];
  /** The line it begins on. */
  readonly place: Place;
}

const SEPARATORS = [',', '\t', ';'];

/**
 * Empty lines are passed over. The separator is a comma, or where the first line has none, a tab or semicolon.
 * @throws ShelfwalkError IMPORT_FILE_UNREADABLE — a quote that is not closed, or text after a closing one
 */
export async function* readCsv(source: FileSource): AsyncGenerator<CsvRecord, void> {
  let separator: string | undefined;
  let open: OpenRecord | undefined;
  for await (const { text, number } of readLines(source)) {
    separator ??= SEPARATORS.find((one) => text.includes(one)) ?? ',';
    if (!open) {
      const plain = withoutReturn(text);
      if (plain === '') continue;
      const place = { file: source.file, line: number };
      if (!text.includes('"')) {
        yield { cells: plain.split(separator), place };
        continue;
      }
      open = createOpenRecord(separator, place);
    }
    if (!open.feed(text)) continue;
    yield { cells: open.cells, place: open.place };
    open = undefined;
  }
  if (open) throw unreadable(open.place, { found: 'a quote that is never closed', expected: 'another "' });
}

interface OpenRecord {
  readonly cells: string[];
  readonly place: Place;
  /** Takes one more line; true: the record ends with it. */
  feed(line: string): boolean;
}

const MAX_RECORD = 1 << 24; // a quote too many must not gather the rest of the file

function createOpenRecord(separator: string, place: Place): OpenRecord {
  const cells: string[] = [];
  let quoted: string[] | undefined; // pieces of a quoted cell that goes on
  let length = 0;

  /** From `at` in `line` on; where the closing quote stands, or undefined. */
  function readQuoted(line: string, at: number): number | undefined {
    let from = at;
    for (;;) {
      const quote = line.indexOf('"', from);
      if (quote < 0) {
        quoted!.push(line.slice(from), '\n');
        return undefined;
      }
      quoted!.push(line.slice(from, quote));
      if (line[quote + 1] !== '"') return quote;
      quoted!.push('"');
      from = quote + 2;
    }
  }

  return {
    cells,
    place,
    feed(text) {
      length += text.length;
      if (length > MAX_RECORD)
        throw unreadable(place, { found: 'a quote without end', expected: 'another "' });
      let at = 0;
      for (;;) {
        if (!quoted && text[at] !== '"') {
          const end = text.indexOf(separator, at);
          cells.push(end < 0 ? withoutReturn(text.slice(at)) : text.slice(at, end));
          if (end < 0) return true;
          at = end + 1;
          continue;
        }
        if (!quoted) at++;
        quoted ??= [];
        const quote = readQuoted(text, at);
        if (quote === undefined) return false;
        cells.push(quoted.join(''));
        quoted = undefined;
        const after = withoutReturn(text.slice(quote + 1));
        if (after === '') return true;
        if (!after.startsWith(separator)) {
          throw unreadable(place, {
            found: `"${after.slice(0, 20)}`,
            expected: `${separator} after a quoted cell`,
          });
        }
        at = quote + 2;
      }
    },
  };
}
