/** Queries of Neo4j, their descriptions and answers, and what writing back did, as a person reads them. */
import type { AnalyticsQuery, CypherReply, QueryParameter } from '../pipeline/cypher.ts';
import type { RemovalReport } from '../pipeline/neo4j-unwrite.ts';
import type { WriteReport } from '../pipeline/operations/neo4j-vectors.operation.ts';
import { toLine, toNumberText, toTable } from './render-table.ts';

export const toQueryListText = (queries: readonly AnalyticsQuery[]): string =>
  toTable(queries, [
    { title: 'query', text: ({ name }) => name },
    { title: 'starts from', text: ({ start }) => start },
    { title: 'purpose', text: ({ purpose }) => purpose },
  ]);

export function toQueryText({ name, purpose, start, bound, parameters, columns }: AnalyticsQuery): string {
  const facts = `${name}\n${purpose}\nstarts from: ${start}${bound ? ` (${bound})` : ''}\n`;
  const parameterTable = toTable(parameters, [
    { title: 'parameter', text: (p) => p.name },
    { title: 'type', text: (p) => p.typeText },
    { title: 'default', text: toDefaultText },
    { title: '', text: (p) => p.text },
  ]);
  const columnTable = toTable(columns, [
    { title: 'column', text: (c) => c.name },
    { title: 'type', text: (c) => c.type },
    { title: '', text: (c) => c.text },
  ]);
  return [facts, parameterTable, columnTable].filter(Boolean).join('\n');
}

const toDefaultText = (parameter: QueryParameter): string =>
  'default' in parameter ? String(parameter.default ?? 'none') : 'must be given';

export function toReplyText({ columns, results, truncated, model, tookMs }: CypherReply): string {
  const isNumber = (name: string): boolean => results.every((row) => typeof row[name] === 'number');
  const table = toTable(
    results,
    columns.map((name) => ({
      title: name,
      text: (row: Readonly<Record<string, unknown>>) => toCellText(row[name]),
      align: isNumber(name) ? ('right' as const) : ('left' as const),
    })),
  );
  const rows = results.length === 1 ? '1 row' : `${toNumberText(results.length)} rows`;
  const facts = [
    truncated ? `the first ${rows}, there are more` : rows,
    `${Math.round(tookMs)} ms`,
    model && `version ${model.version}`,
  ];
  return `${table}${facts.filter(Boolean).join(' · ')}\n`;
}

function toCellText(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') return toNumberText(value);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(' → ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function toWriteText(report: WriteReport): string {
  const { version, property, types, missing, missingFirst, resumedAt, vectorsPerSecond, seconds, removed } =
    report;
  const rows = Object.entries(types).map(([type, counts]) => ({ type, ...counts }));
  const table = toTable(rows, [
    { title: 'type', text: (r) => r.type },
    { title: 'vectors', text: (r) => toNumberText(r.vectors), align: 'right' },
    { title: 'nodes in Neo4j', text: (r) => toNumberText(r.nodes), align: 'right' },
    { title: 'with a vector now', text: (r) => toNumberText(r.embedded), align: 'right' },
    { title: 'rows without a vector', text: (r) => toNumberText(r.withoutVector), align: 'right' },
  ]);
  const lines = [
    `${version} is live, under the property ${property}`,
    missing > 0 &&
      `${toNumberText(missing)} vectors have no node in Neo4j: ${missingFirst.map(toLine).join(', ')}${missing > missingFirst.length ? ' …' : ''}`,
    resumedAt > 0 && `went on at row ${toNumberText(resumedAt)}, where an earlier write had stopped`,
    `${toNumberText(vectorsPerSecond)} vectors a second for ${seconds.write.toFixed(1)} s, indexes in ${seconds.index.toFixed(1)} s`,
    removed.length > 0 && `taken out: ${removed.join(', ')}`,
  ];
  return `${table}${lines
    .filter((line) => line !== false)
    .map((line) => `${line}\n`)
    .join('')}`;
}

export function toRemovalText({ removed, nodesCleaned, left }: RemovalReport): string {
  const nodes = Object.values(left.nodes).reduce((sum, n) => sum + n, 0);
  const out = removed.length > 0 ? `taken out: ${removed.join(', ')}` : 'nothing was written';
  return `${out}; ${toNumberText(nodesCleaned)} nodes cleaned\nleft of ours: ${toNumberText(nodes)} properties of nodes, ${left.indexes.length} indexes, ${left.versions.length} versions\n`;
}
