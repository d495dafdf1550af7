/**
 * NDJSON as a relation: each line is one column of text, and DuckDB's JSON functions take it apart.
 * Numbers keep their digits, so an id of twenty digits stays what it was.
 */
import type { Session } from './database.ts';
import type { FormatPart } from './reader.ts';
import { columnMissing, type Field, readCsv, toRelation } from './relation.ts';
import type { Rule } from './rules.ts';
import { quoteList, quoteLiteral, toJsonPointer } from './sql.ts';
import type { TextCopy } from './text-copy.ts';

const RULES: readonly Rule[] = [
  {
    reason: 'json-invalid',
    column: '',
    when: 'root IS NULL',
    found: 'left(raw, 200)',
    expected: 'one JSON object',
  },
  {
    reason: 'json-not-an-object',
    column: '',
    when: 'doc IS NULL',
    found: 'root',
    expected: 'one JSON object',
  },
  {
    reason: 'value-not-single',
    column: '',
    when: 'nested IS NOT NULL',
    found: 'nested',
    expected: 'text, a number or nothing; a list only where the mapping has a separator',
  },
];

/** `columns` are the keys of the first thousand lines; a key that comes later is found when it is asked for. */
export async function toNdjsonFile(session: Session, path: string, copy: TextCopy): Promise<FormatPart> {
  const scan = readCsv(copy.rowsPath, { delimiter: copy.delimiter, quote: false, columns: ['raw'] });
  const parsed = `(SELECT line, raw, CASE WHEN json_valid(raw) THEN json_type(raw) END AS root,
    CASE WHEN json_valid(raw) AND json_type(raw) = 'OBJECT' THEN raw END AS doc FROM ${scan})`;
  const keys = await session.rows<{ key: string }>(
    `SELECT DISTINCT unnest(json_keys(doc)) AS key FROM (SELECT doc FROM ${parsed} WHERE doc IS NOT NULL LIMIT 1000) ORDER BY key`,
  );
  const columns = keys.map(({ key }) => key);
  return {
    columns,
    rules: RULES,
    async relation(fields) {
      for (const { column } of fields) {
        if (!columns.includes(column)) await checkKey(session, parsed, { path, column, columns });
      }
      return toObjectRelation(parsed, fields);
    },
  };
}

/** `parsed`: line, raw, root (type of the line) and doc (the line, if it is an object). */
function toObjectRelation(parsed: string, fields: readonly Field[]): string {
  const pointers = fields.map(({ column }) => toJsonPointer(column));
  const singles = fields.flatMap((field, i) => (field.split === undefined ? [i + 1] : []));
  const nested = singles.map((i) => `CASE WHEN types[${i}] IN ('ARRAY', 'OBJECT') THEN cells[${i}] END`);
  return toRelation(fields, {
    from: `(SELECT line, raw, root, doc, json_extract_string(doc, ${quoteList(pointers)}) AS cells,
      json_type(doc, ${quoteList(pointers)}) AS types FROM ${parsed})`,
    text: (i) => `cells[${i + 1}]`,
    array: (i) =>
      `CASE WHEN types[${i + 1}] = 'ARRAY' THEN from_json(json_extract(doc, ${quoteLiteral(pointers[i]!)}), '["VARCHAR"]') END`,
    extra: `, raw, root, doc, ${nested.length > 0 ? `coalesce(${nested.join(', ')})` : 'NULL'} AS nested`,
  });
}

/** A key that the first lines lack may still come later. */
async function checkKey(
  session: Session,
  parsed: string,
  { path, column, columns }: { path: string; column: string; columns: readonly string[] },
): Promise<void> {
  const [row] = await session.rows<{ found: boolean }>(
    `SELECT coalesce(bool_or(json_exists(doc, $1)), false) AS found FROM ${parsed}`,
    [toJsonPointer(column)],
  );
  if (!row?.found) throw columnMissing(path, columns, column);
}
