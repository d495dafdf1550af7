/**
 * Edges on their way in: mapping → staged rows → the edges table. The types of the ends are constants or
 * read from columns. Rows are never de-duplicated: two transfers between the same two are both kept, and
 * their weights are added up when the graph is built.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import type { Session } from './database.ts';
import type { FileFormat } from './file-probe.ts';
import {
  type Cell,
  idRules,
  missingRule,
  type Rule,
  timestampRules,
  toNumber,
  toTimestamp,
  weightRules,
} from './rules.ts';
import { quoteLiteral } from './sql.ts';
import { FieldList, type NamedSql, type StagePlan } from './stage.ts';
import type { EdgeMapping, EndType } from './types.ts';

const SIDES = ['from', 'to'] as const;
type Side = (typeof SIDES)[number];

const DEFAULT_TYPE: EndType = { constant: 'product' };

const toEndType = (mapping: EdgeMapping, side: Side): EndType => mapping[`${side}Type`] ?? DEFAULT_TYPE;

/** Staged: from_id, from_type, to_id, to_type, weight and, where it is mapped, ts. */
export function toEdgePlan(mapping: EdgeMapping, format: FileFormat): StagePlan {
  const list = new FieldList();
  const computed: NamedSql[] = [];
  const rules: Rule[] = [];
  const outputs: NamedSql[] = [];
  const ends = SIDES.map((side) => addEnd(mapping, side, { list, computed, rules, outputs }));
  rules.push({
    reason: 'self-loop',
    column: ends[1]!.column,
    when: `${ends[0]!.sql} = ${ends[1]!.sql} AND from_type = to_type`,
    found: ends[1]!.sql,
    expected: 'another node than the one the edge comes from',
  });
  addWeight(mapping, format, { list, computed, rules, outputs });
  if (mapping.timestamp !== undefined) {
    const time = list.add(mapping.timestamp);
    computed.push({ name: 'moment', sql: toTimestamp(time.sql) });
    rules.push(...timestampRules(time, 'moment'));
    outputs.push({ name: 'ts', sql: 'moment' });
  }
  return { fields: list.fields, computed, rules, outputs };
}

interface Draft {
  readonly list: FieldList;
  readonly computed: NamedSql[];
  readonly rules: Rule[];
  readonly outputs: NamedSql[];
}

function addEnd(mapping: EdgeMapping, side: Side, { list, computed, rules, outputs }: Draft): Cell {
  const id = list.add(mapping[side]);
  rules.push(...idRules(side, id));
  const type = toEndType(mapping, side);
  const typeName = `${side}_type`;
  if ('constant' in type) computed.push({ name: typeName, sql: quoteLiteral(type.constant) });
  else {
    const word = list.add(type.column);
    computed.push({ name: typeName, sql: toTypeSql(word.sql, mapping.typeMap ?? {}) });
    rules.push({
      reason: `${side}-type-unknown`,
      column: word.column,
      when: `${typeName} IS NULL`,
      found: word.sql,
      expected: `${NODE_TYPES.join(', ')}, or a word that --type-map turns into one`,
    });
  }
  rules.push({
    reason: `${side}-not-an-attribute`,
    column: id.column,
    when: `${typeName} = 'attribute' AND NOT regexp_matches(${id.sql}, '^[^/:]+/.')`,
    found: id.sql,
    expected: 'kind/value, the kind without a colon',
  });
  outputs.push({ name: `${side}_id`, sql: id.sql }, { name: typeName, sql: typeName });
  return id;
}

/** Lines of an edge list may end before the weight; a mapped column is expected to hold one. */
function addWeight({ weight }: EdgeMapping, format: FileFormat, draft: Draft): void {
  const { list, computed, rules, outputs } = draft;
  const column = weight ?? (format === 'edgelist' ? 'weight' : undefined);
  if (column === undefined) {
    outputs.push({ name: 'weight', sql: '1::DOUBLE' });
    return;
  }
  const cell = list.add(column);
  computed.push({ name: 'weight_number', sql: toNumber(cell.sql) });
  if (weight !== undefined) rules.push(missingRule('weight', cell));
  rules.push(...weightRules(cell, 'weight_number'));
  outputs.push({ name: 'weight', sql: 'coalesce(weight_number, 1)' });
}

/** The word in a cell as a type; NULL if it is none. What the map says goes before the types' own names. */
function toTypeSql(word: string, map: Readonly<Record<string, NodeType>>): string {
  const words = { ...Object.fromEntries(NODE_TYPES.map((type) => [type, type])), ...map };
  const cases = Object.entries(words).map(
    ([from, to]) => `WHEN ${quoteLiteral(from)} THEN ${quoteLiteral(to)}`,
  );
  return `CASE ${word} ${cases.join(' ')} END`;
}

/** @throws ShelfwalkError IMPORT_MAPPING_INVALID */
export function checkEdgeMapping(file: string, mapping: EdgeMapping): void {
  const refuse = (field: string, found: unknown, expected: string): never => {
    throw new ShelfwalkError('IMPORT_MAPPING_INVALID', { file, field, found, expected });
  };
  const isType = (word: unknown): boolean => NODE_TYPES.some((type) => type === word);
  for (const side of SIDES) {
    if (!mapping[side]) refuse(side, mapping[side], 'the name of a column');
    const type = toEndType(mapping, side);
    if ('constant' in type && !isType(type.constant))
      refuse(`${side}Type`, type.constant, NODE_TYPES.join(' | '));
    if ('column' in type && type.column === '') refuse(`${side}Type`, '', 'the name of a column');
  }
  for (const [word, type] of Object.entries(mapping.typeMap ?? {})) {
    if (!isType(type)) refuse(`typeMap ${JSON.stringify(word)}`, type, NODE_TYPES.join(' | '));
  }
}

/** SELECT of the keys of a type that edges end at: such nodes may not be taken away. */
export const toEndKeys = (type: NodeType): string =>
  SIDES.map((side) => `SELECT ${side}_key FROM edges WHERE ${side}_type = ${quoteLiteral(type)}`).join(
    ' UNION ALL ',
  );

const NODES = `
  SELECT 'customer' AS type, id, key FROM customers UNION ALL SELECT 'product', id, key FROM products
  UNION ALL SELECT 'attribute', kind || '/' || value, key FROM attributes`;

interface EdgeImport {
  readonly mapping: EdgeMapping;
  readonly importId: number;
}

/** Moves the good rows of `staged` to the catalog; ids that are new become nodes without a name. @returns warnings */
export async function applyEdges(session: Session, { mapping, importId }: EdgeImport): Promise<string[]> {
  await addNodes(session);
  const directed = mapping.directed ?? false;
  const ts = mapping.timestamp === undefined ? 'NULL' : 'staged.ts';
  await session.run(
    `INSERT INTO edges
     WITH nodes AS (${NODES})
     SELECT ${toEndsSql(directed)}, ${directed}, weight, ts, NULL, $1::INTEGER
     FROM (
       SELECT a.type AS a_type, a.key AS a_key, b.type AS b_type, b.key AS b_key, staged.weight AS weight, ${ts} AS ts
       FROM (SELECT * FROM staged WHERE rule = 0) AS staged
       JOIN nodes AS a ON a.type = from_type AND a.id = from_id
       JOIN nodes AS b ON b.type = to_type AND b.id = to_id)`,
    [importId],
  );
  return [];
}

/** Which end of an undirected edge came first means nothing: they are put in one order, so that parallel ones meet. */
function toEndsSql(directed: boolean): string {
  if (directed) return 'a_type, a_key, b_type, b_key';
  const turned = '(a_type, a_key) > (b_type, b_key)';
  const pick = (one: string, other: string): string => `CASE WHEN ${turned} THEN ${one} ELSE ${other} END`;
  return [
    pick('b_type', 'a_type'),
    pick('b_key', 'a_key'),
    pick('a_type', 'b_type'),
    pick('a_key', 'b_key'),
  ].join(', ');
}

async function addNodes(session: Session): Promise<void> {
  const ends = (type: NodeType): string =>
    SIDES.map(
      (side) => `SELECT ${side}_id AS id FROM staged WHERE rule = 0 AND ${side}_type = ${quoteLiteral(type)}`,
    ).join(' UNION ');
  for (const type of ['customer', 'product'] as const) {
    const table = `${type}s`;
    await session.run(`
      INSERT INTO ${table} SELECT (SELECT coalesce(max(key), -1) FROM ${table}) + row_number() OVER (), id, ''
      FROM (${ends(type)}) AS seen ANTI JOIN ${table} USING (id)`);
  }
  await session.run(`
    INSERT INTO attributes SELECT (SELECT coalesce(max(key), -1) FROM attributes) + row_number() OVER (), kind, value, ''
    FROM (SELECT left(id, position('/' IN id) - 1) AS kind, substr(id, position('/' IN id) + 1) AS value
      FROM (${ends('attribute')})) AS seen ANTI JOIN attributes USING (kind, value)`);
}
