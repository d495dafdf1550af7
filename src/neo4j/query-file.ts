/**
 * A file of cypher/analytics: a header that people read and this module parses, then one statement.
 *
 *     // Products nearest to one product …                       purpose: one line or several
 *     //
 *     // start: given nodes                                      or: whole graph, and then also `bound:`
 *     // param limit: integer 1..1000 = 10 — at most this many   name: type = default — text
 *     // column productId: string — nearest first                name: type — text
 *
 * Types of parameters: `string`, `boolean`, `integer` and `number` with an optional range, a choice
 * (`any | same`), a node by its id (`product`, `customer`, `attribute`, with `embedded` before it if it
 * must have a vector, in the plural for a list of them with the range of its length), and `version`.
 * The default `none` is null; a parameter without a default must be given. What the server knows better
 * than the caller ($vectorProperty, $productIndex …) is not declared: see RESERVED.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { ShelfwalkError } from '../base/errors.ts';
import type { NodeType } from '../base/ids.ts';
import { CYPHER_FOLDER } from './statements.ts';

/** Filled from the version that is live: names of properties and indexes never come from a caller. */
export const RESERVED = [
  'vectorProperty',
  'dimension',
  'customerIndex',
  'productIndex',
  'attributeIndex',
] as const;

export type ParameterType =
  | { readonly kind: 'string' | 'boolean' | 'version' }
  | { readonly kind: 'integer' | 'number'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  | { readonly kind: 'node'; readonly node: NodeType; readonly embedded: boolean }
  | {
      readonly kind: 'nodes';
      readonly node: NodeType;
      readonly embedded: boolean;
      readonly min: number;
      readonly max: number;
    };

export interface QueryParameter {
  readonly name: string;
  /** As the header says it. */
  readonly typeText: string;
  readonly type: ParameterType;
  /** Null: left out. Absent: it must be given. */
  readonly default?: string | number | boolean | null;
  readonly text: string;
}

const COLUMN_TYPES = ['string', 'integer', 'number', 'boolean', 'strings', 'list'] as const;

export interface QueryColumn {
  readonly name: string;
  readonly type: (typeof COLUMN_TYPES)[number];
  readonly text: string;
}

export interface AnalyticsQuery {
  /** That of the file: `nearest-products`. */
  readonly name: string;
  readonly purpose: string;
  readonly start: 'given nodes' | 'whole graph';
  /** What keeps a query of the whole graph from looking at all of it. */
  readonly bound?: string;
  readonly parameters: readonly QueryParameter[];
  readonly columns: readonly QueryColumn[];
  /** The statement, its header with it. */
  readonly text: string;
}

const PARAM = /^param (\w+): (.+?)(?: = (.+?))?(?: — (.+))?$/;
const COLUMN = /^column (\w+): (\w+)(?: — (.+))?$/;
const NODE = /^(embedded )?(customer|product|attribute)(s?)(?: (\d+)\.\.(\d+))?$/;
const NUMBER = /^(integer|number)(?: (-?[\d.]+?)\.\.(-?[\d.]+))?$/;

/** All files of cypher/analytics, by name. @throws ShelfwalkError CYPHER_FILE_INVALID */
export function readQueryFiles(): AnalyticsQuery[] {
  const folder = new URL('analytics/', CYPHER_FOLDER);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.cypher'))
    .sort()
    .map((file) =>
      parseQueryFile(file.replace(/\.cypher$/, ''), readFileSync(new URL(file, folder), 'utf8')),
    );
}

/** @throws ShelfwalkError CYPHER_FILE_INVALID — names the file and the line */
export function parseQueryFile(name: string, text: string): AnalyticsQuery {
  const header = text.split('\n').findIndex((line) => !line.startsWith('//'));
  const lines = text
    .split('\n')
    .slice(0, header)
    .map((line, i) => ({ line: i + 1, said: line.slice(2).trim() }));
  const refuse = (line: number, found: string, expected: string): never => {
    throw new ShelfwalkError('CYPHER_FILE_INVALID', { file: `${name}.cypher`, line, found, expected });
  };
  const split = lines.findIndex(({ said }) => said === '');
  if (split < 1) refuse(1, lines[0]?.said ?? '', 'a purpose, and an empty comment line after it');

  const facts: { start?: string; bound?: string } = {};
  const parameters: QueryParameter[] = [];
  const columns: QueryColumn[] = [];
  for (const { line, said } of lines.slice(split + 1)) {
    const fact = /^(start|bound): (.+)$/.exec(said);
    const parameter = PARAM.exec(said);
    const column = COLUMN.exec(said);
    if (fact) facts[fact[1] as 'start' | 'bound'] = fact[2]!;
    else if (parameter)
      parameters.push(toParameter(parameter) ?? refuse(line, said, 'a type and a default of that type'));
    else if (column && isColumnType(column[2]!))
      columns.push({ name: column[1]!, type: column[2], text: column[3] ?? '' });
    else
      refuse(
        line,
        said,
        'start: …, bound: …, param name: type = default — text, or column name: type — text',
      );
  }
  const { start, bound } = facts;
  if (start !== 'given nodes' && start !== 'whole graph')
    refuse(split + 2, String(start), 'start: given nodes | whole graph');
  if ((start === 'whole graph') !== (bound !== undefined))
    refuse(split + 2, String(bound), 'bound: … where the start is the whole graph');
  const purpose = lines
    .slice(0, split)
    .map(({ said }) => said)
    .join(' ');
  return { name, purpose, start: start as AnalyticsQuery['start'], bound, parameters, columns, text };
}

const isColumnType = (text: string): text is QueryColumn['type'] =>
  (COLUMN_TYPES as readonly string[]).includes(text);

/** Undefined: the type is not one of ours, or the default not one of the type. */
function toParameter([, name, typeText, given, text = '']: RegExpExecArray): QueryParameter | undefined {
  const type = toType(typeText!);
  if (!type) return undefined;
  const base = { name: name!, typeText: typeText!, type, text };
  if (given === undefined) return base;
  const value = given === 'none' ? null : toDefault(type, given);
  return value === undefined ? undefined : { ...base, default: value };
}

function toType(text: string): ParameterType | undefined {
  if (text === 'string' || text === 'boolean' || text === 'version') return { kind: text };
  if (text.includes(' | ')) return { kind: 'choice', options: text.split(' | ') };
  const number = NUMBER.exec(text);
  if (number) {
    const [, kind, min, max] = number;
    return {
      kind: kind as 'integer' | 'number',
      min: Number(min ?? -Number.MAX_SAFE_INTEGER),
      max: Number(max ?? Number.MAX_SAFE_INTEGER),
    };
  }
  const node = NODE.exec(text);
  if (!node) return undefined;
  const [, embedded, type, plural, min, max] = node;
  const one = { node: type as NodeType, embedded: embedded !== undefined };
  if (plural === '') return max === undefined ? { kind: 'node', ...one } : undefined;
  return max === undefined ? undefined : { kind: 'nodes', ...one, min: Number(min), max: Number(max) };
}

function toDefault(type: ParameterType, text: string): string | number | boolean | undefined {
  switch (type.kind) {
    case 'string':
    case 'version':
      return text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'integer':
    case 'number': {
      const value = Number(text);
      return value >= type.min && value <= type.max && (type.kind === 'number' || Number.isInteger(value))
        ? value
        : undefined;
    }
    case 'choice':
      return type.options.includes(text) ? text : undefined;
    default:
      return undefined; // a node has no default but none
  }
}
