/**
 * Edge lists without a header, as node2vec and networkx write them: `from to` or `from to weight` a line,
 * with blanks or tabs between, and `#` at the start of a comment line. As a relation they have three
 * columns, `from`, `to` and `weight`.
 */
import type { FormatPart } from './reader.ts';
import { findColumn, readCsv, toRelation } from './relation.ts';
import type { Rule } from './rules.ts';
import type { TextCopy } from './text-copy.ts';

export const EDGE_LIST_COLUMNS = ['from', 'to', 'weight'] as const;

const toFieldRule = (reason: string, when: string): Rule => ({
  reason,
  column: '',
  when,
  found: "len(parts) || ' fields'",
  expected: 'two or three fields: from to [weight]',
});

export const EDGE_LIST_RULES: readonly Rule[] = [
  toFieldRule('too-few-fields', 'len(parts) < 2'),
  toFieldRule('too-many-fields', 'len(parts) > 3'),
];

/** Comments are no rows, so how many rows there are is known only once they are read. */
export function toEdgeListFile(path: string, copy: TextCopy): FormatPart {
  const scan = readCsv(copy.rowsPath, { delimiter: copy.delimiter, quote: false, columns: ['raw'] });
  const lines = `(SELECT line, trim(raw, e' \\t') AS text FROM ${scan})`;
  const parted = `(SELECT line, string_split_regex(text, '[ \\t]+') AS parts FROM ${lines} WHERE NOT starts_with(text, '#'))`;
  return {
    columns: EDGE_LIST_COLUMNS,
    rules: EDGE_LIST_RULES,
    async relation(fields) {
      const at = fields.map(({ column }) => findColumn(path, EDGE_LIST_COLUMNS, column) + 1);
      return toRelation(fields, {
        from: parted,
        text: (i) => `parts[${at[i]!}]`,
        array: () => undefined,
        extra: ', parts',
      });
    },
  };
}
