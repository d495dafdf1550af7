/** A list of matches, best first, and the version it came from. */
import type { Match, MatchReply } from '../pipeline/live-types.ts';
import { toLine, toTable } from './render-table.ts';

export function toNeighborsText({ results, metric, model, warnings = [] }: MatchReply): string {
  const toAttributes = ({ attributes = [] }: Match) =>
    attributes.map((a) => `${a.kind}/${a.name || a.value}`).join(', ');
  const table = toTable(results, [
    { title: metric, text: (m) => m.score.toFixed(3), align: 'right' },
    { title: 'type', text: (m) => m.type },
    { title: 'id', text: (m) => m.id },
    { title: 'name', text: (m) => m.name },
    ...(results.some((m) => m.attributes) ? [{ title: 'attributes', text: toAttributes }] : []),
  ]);
  const notes = warnings.map((warning) => `note: ${toLine(warning)}\n`).join('');
  return `${table || 'nothing near\n'}${notes}model ${model.alias} = ${model.version}\n`;
}
