/** What an embedding of a file was made from and where it lies, as a person reads it. */
import type { EmbedResult } from '../pipeline/embed-file.ts';
import { toKeyValues } from './render-table.ts';

export function toEmbedText({ files, format, keys, rows, training, writeMillis }: EmbedResult): string {
  const { rowsRead, rowsRejected, rejectedByReason, examples } = rows;
  const reasons = Object.entries(rejectedByReason).map(([reason, count]) => `${reason} ${count}`);
  const facts = toKeyValues({
    files: files.join(', '),
    format,
    keys,
    rowsRead,
    rowsRejected,
    rejected: reasons.length > 0 ? reasons.join(', ') : undefined,
    ...training,
    writeMillis,
  });
  const rejected = examples.map(({ line, column, reason, found, expected }) => {
    const where = column === null ? `line ${line}` : `line ${line}, ${column}`;
    return `  ${where}: ${reason}: found ${JSON.stringify(found)}, expected ${expected}\n`;
  });
  return rejected.length === 0 ? facts : `${facts}rejected, for example:\n${rejected.join('')}`;
}
