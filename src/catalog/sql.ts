/**
 * The only place where text from outside becomes part of an SQL statement. Everything else goes in
 * as a parameter; these two are for what DuckDB takes no parameter for (file names, CREATE TABLE AS).
 */
import { ShelfwalkError } from '../base/errors.ts';

/** `it's` → `'it''s'`. @throws ShelfwalkError CONFIG_INVALID — a NUL would end the statement early */
export function quoteLiteral(text: string): string {
  refuseNul(text);
  return `'${text.replaceAll("'", "''")}'`;
}

/** `a"b` → `"a""b"`. @throws ShelfwalkError CONFIG_INVALID — a NUL would end the statement early */
export function quoteIdentifier(name: string): string {
  refuseNul(name);
  return `"${name.replaceAll('"', '""')}"`;
}

/** A list of text literals: `['a', 'b']`. */
export const quoteList = (texts: readonly string[]): string => `[${texts.map(quoteLiteral).join(', ')}]`;

/** JSON pointer (RFC 6901) of one key of the outermost object. */
export const toJsonPointer = (key: string): string => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** A finite number as an SQL literal of type DOUBLE. */
export const toDouble = (value: number): string => `'${value}'::DOUBLE`;

/**
 * Text on its way out. The library decodes like a reader of files and drops one U+FEFF at the start; a
 * second one in front of it keeps ids what they are.
 */
export const toText = (sql: string): string =>
  `CASE WHEN starts_with(${sql}, chr(65279)) THEN chr(65279) || ${sql} ELSE ${sql} END`;

function refuseNul(text: string): void {
  if (text.includes('\0')) {
    throw new ShelfwalkError('CONFIG_INVALID', { found: JSON.stringify(text), expected: 'text without NUL' });
  }
}
