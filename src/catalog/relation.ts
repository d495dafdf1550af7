/**
 * The SQL that every reader has in common: scanning a scratch copy, naming the cells that were asked
 * for, and saying which columns there are when one is missing.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { quoteLiteral } from './sql.ts';

/** A cell that is asked for. */
export interface Field {
  readonly column: string;
  /** The cell is a list with this separator; a JSON array or a Parquet list is taken as it is. */
  readonly split?: string;
}

export interface CsvLayout {
  readonly delimiter: string;
  readonly quote: boolean;
  readonly columns: readonly string[];
  readonly multiline?: boolean;
}

/**
 * The scratch copy, which is well formed: nothing is guessed, and a mistake in it is a failure. Two
 * threads that meet inside a quoted field have to guess where they are: such files are read by one.
 */
export function readCsv(path: string, { delimiter, quote, columns, multiline = false }: CsvLayout): string {
  const types = ["'line': 'BIGINT'", ...columns.map((name) => `${quoteLiteral(name)}: 'VARCHAR'`)].join(', ');
  return `read_csv(${quoteLiteral(path)}, auto_detect = false, header = false, delim = ${quoteLiteral(delimiter)},
    quote = '${quote ? '"' : ''}', escape = '${quote ? '"' : ''}', new_line = '\\n', parallel = ${!multiline}, nullstr = '', columns = {${types}})`;
}

export interface RelationParts {
  readonly from: string;
  text(i: number): string;
  array(i: number): string | undefined;
  readonly extra?: string;
}

export function toRelation(
  fields: readonly Field[],
  { from, text, array, extra = '' }: RelationParts,
): string {
  const cells = fields.map(({ split }, i) => {
    const cell = `nullif(${text(i)}, '') AS t${i}`;
    if (split === undefined) return cell;
    const parts = `list_transform(string_split(${text(i)}, ${quoteLiteral(split)}), lambda part: trim(part))`;
    const given = array(i);
    return `${cell}, ${given ? `coalesce(${given}, ${parts})` : parts} AS l${i}`;
  });
  return `SELECT line, ${cells.join(', ')}${extra} FROM ${from}`;
}

export function findColumn(path: string, columns: readonly string[], column: string): number {
  const at = columns.indexOf(column);
  if (at < 0) throw columnMissing(path, columns, column);
  if (columns.indexOf(column, at + 1) >= 0) {
    throw new ShelfwalkError('IMPORT_MAPPING_INVALID', {
      file: path,
      column,
      found: 'two columns of this name',
    });
  }
  return at;
}

export function columnMissing(file: string, columns: readonly string[], column: string): ShelfwalkError {
  const fold = (text: string): string => text.trim().toLowerCase();
  const near = columns.find((name) => fold(name) === fold(column));
  const separator = [';', '\t', '|'].find((mark) => columns.length === 1 && columns[0]!.includes(mark));
  const hint = near
    ? `Did you mean ${JSON.stringify(near)}?`
    : separator &&
      `The columns seem to be separated by ${JSON.stringify(separator)}: convert the file to commas, or to tabs with --format tsv`;
  return new ShelfwalkError('IMPORT_COLUMN_MISSING', { file, column, found: columns, hint });
}
