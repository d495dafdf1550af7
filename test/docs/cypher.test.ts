/** docs/cypher.md lists the queries as the headers of their files have them. UPDATE_DOCS=1 prints what should stand there. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type AnalyticsQuery, readQueryFiles } from '../../src/neo4j/query-file.ts';

const page = readFileSync(new URL('../../docs/cypher.md', import.meta.url), 'utf8');
const toCell = (text: string): string => text.replaceAll('|', '\\|');

function toSection({ name, purpose, start, bound, parameters, columns }: AnalyticsQuery): string {
  const facts = `### ${name}\n\n${purpose}\n\nStarts from: ${start}${bound ? ` — ${bound}` : ''}.\n`;
  const parameterRows = parameters.map((p) => {
    const value = 'default' in p ? `\`${p.default ?? 'none'}\`` : 'must be given';
    return `| \`${p.name}\` | ${toCell(p.typeText)} | ${value} | ${toCell(p.text)} |`;
  });
  const columnRows = columns.map((c) => `| \`${c.name}\` | ${c.type} | ${toCell(c.text)} |`);
  const tables = [
    parameterRows.length > 0 &&
      ['| parameter | type | default | |', '| --- | --- | --- | --- |', ...parameterRows].join('\n'),
    ['| column | type | |', '| --- | --- | --- |', ...columnRows].join('\n'),
  ];
  return [facts, ...tables.filter((table) => table !== false).map((table) => `${table}\n`)].join('\n');
}

test('docs/cypher.md has each query with its parameters and columns, and no other', () => {
  const queries = readQueryFiles();
  const sections = queries.map(toSection).join('\n');
  if (process.env['UPDATE_DOCS']) console.log(`\n${sections}`);
  expect(page).toContain(sections);
  expect([...page.matchAll(/^### (.+)$/gm)].map(([, name]) => name)).toEqual(queries.map(({ name }) => name));
});
