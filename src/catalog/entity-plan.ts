/**
 * Products and customers on their way in: mapping → staged rows → nodes, names and attributes. Rows
 * are known by id: a later file fills or replaces the name and the kinds it maps, and nothing else.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { toBinLabel, toEdges } from './bins.ts';
import type { Session } from './database.ts';
import { toEndKeys } from './edges-plan.ts';
import { withoutEmpty } from './interactions-plan.ts';
import {
  type Cell,
  idRules,
  isMissing,
  listRules,
  numberRule,
  type Rule,
  toNumber,
  tooLongRule,
} from './rules.ts';
import { quoteLiteral } from './sql.ts';
import { FieldList, type NamedSql, type StagePlan } from './stage.ts';
import type { AttributeMapping, EntityMapping } from './types.ts';

export type EntityTable = 'products' | 'customers';

/** Staged: id, name and, per attribute i, `a<i>` (value), `n<i>` (its label) or `v<i>` (its values). */
export function toEntityPlan(mapping: EntityMapping, extraRules?: (list: FieldList) => Rule[]): StagePlan {
  const list = new FieldList();
  const computed: NamedSql[] = [];
  const id = list.add(mapping.id);
  const rules: Rule[] = idRules('id', id);
  const outputs: NamedSql[] = [{ name: 'id', sql: id.sql }];
  if (mapping.name !== undefined) outputs.push({ name: 'name', sql: orNull(list.add(mapping.name)) });
  for (const [i, attribute] of (mapping.attributes ?? []).entries()) {
    const cell = list.add(attribute.column, attribute.split);
    if (attribute.split !== undefined) {
      computed.push({ name: `v${i}`, sql: `list_distinct(${withoutEmpty(cell.list)})` });
      rules.push(
        ...listRules('attribute', cell, `v${i}`).filter(({ reason }) => reason !== 'attribute-missing'),
      );
      outputs.push({ name: `v${i}`, sql: `v${i}` });
      continue;
    }
    rules.push(tooLongRule('attribute', cell));
    if (attribute.bins !== undefined) {
      computed.push({ name: `b${i}`, sql: toNumber(cell.sql) });
      rules.push(numberRule('attribute', { column: cell.column, sql: orNull(cell) }, `b${i}`));
    }
    outputs.push({ name: `a${i}`, sql: orNull(cell) });
    if (attribute.label !== undefined)
      outputs.push({ name: `n${i}`, sql: orNull(list.add(attribute.label)) });
  }
  rules.push(...(extraRules?.(list) ?? []));
  return { fields: list.fields, computed, rules, outputs };
}

const orNull = ({ sql }: Pick<Cell, 'sql'>): string => `CASE WHEN NOT ${isMissing(sql)} THEN ${sql} END`;

/** @throws ShelfwalkError IMPORT_MAPPING_INVALID */
export function checkEntityMapping(file: string, mapping: EntityMapping): void {
  const refuse = (details: Record<string, unknown>): never => {
    throw new ShelfwalkError('IMPORT_MAPPING_INVALID', { file, ...details });
  };
  if (!mapping.id) refuse({ field: 'id', found: mapping.id, expected: 'the name of a column' });
  const kinds = new Set<string>();
  for (const { kind, column, bins, codes, label, split } of mapping.attributes ?? []) {
    const field = `attribute ${JSON.stringify(kind)}`;
    if (kind === '' || /[/:]/.test(kind)) {
      refuse({
        field,
        found: kind,
        expected: 'a kind without / and :',
        hint: `Name it: --attribute ${kind.replaceAll(/[/:]/g, '-') || 'kind'}=${column}`,
      });
    }
    if (kinds.has(kind)) refuse({ field, found: 'this kind twice', expected: 'each kind once' });
    kinds.add(kind);
    if (!column) refuse({ field, found: column, expected: 'the name of a column' });
    if (bins !== undefined && !(Number.isInteger(bins) && bins >= 2 && bins <= 100)) {
      refuse({ field, found: `bins=${bins}`, expected: 'a whole number from 2 to 100' });
    }
    if (split === '') refuse({ field, found: 'split=', expected: 'a separator' });
    const together = [bins !== undefined && 'bins', codes && 'codes', split !== undefined && 'split'].filter(
      Boolean,
    );
    const exclusive = bins !== undefined && (codes || split !== undefined || label !== undefined);
    if (exclusive || (label !== undefined && split !== undefined)) {
      refuse({
        field,
        found: [...together, label !== undefined && 'label'].filter(Boolean).join(' and '),
        expected: 'bins alone; label not with split',
      });
    }
  }
}

interface EntityImport {
  readonly file: string;
  readonly table: EntityTable;
  readonly mapping: EntityMapping;
}

/** Moves the good rows of `staged` to the catalog. @returns warnings @throws ShelfwalkError IMPORT_MAPPING_INVALID — a column of numbers */
export async function applyEntities(
  session: Session,
  { file, table, mapping }: EntityImport,
): Promise<string[]> {
  const attributes = mapping.attributes ?? [];
  const warnings: string[] = [];
  await session.run(`CREATE OR REPLACE TEMP TABLE latest AS
    SELECT * FROM staged WHERE rule = 0 QUALIFY row_number() OVER (PARTITION BY id ORDER BY line DESC) = 1`);
  const [counts] = await session.rows<{ repeated: number }>(
    'SELECT ((SELECT count(*) FROM staged WHERE rule = 0) - (SELECT count(*) FROM latest))::DOUBLE AS repeated',
  );
  if (counts!.repeated > 0)
    warnings.push(`${counts!.repeated} rows repeat the id of another row; the last one counts`);
  for (const [i, attribute] of attributes.entries()) await refuseNumbers(session, { file, attribute, i });
  await session.run(`
    INSERT INTO ${table} SELECT (SELECT coalesce(max(key), -1) FROM ${table}) + row_number() OVER (), id, ''
    FROM latest ANTI JOIN ${table} USING (id)`);
  if (mapping.name !== undefined) {
    await session.run(`UPDATE ${table} SET name = latest.name FROM latest
      WHERE latest.id = ${table}.id AND latest.name IS NOT NULL AND latest.name <> ${table}.name`);
  }
  for (const [i, attribute] of attributes.entries()) {
    warnings.push(...(await applyAttribute(session, { table, attribute, i })));
  }
  return warnings;
}

/** A number per product is a node per product: it says nothing unless it is cut into bins, or is a code. */
async function refuseNumbers(
  session: Session,
  { file, attribute, i }: { file: string; attribute: AttributeMapping; i: number },
): Promise<void> {
  const { kind, column, bins, codes, split } = attribute;
  if (bins !== undefined || codes) return;
  const values =
    split === undefined ? `SELECT a${i} AS v FROM latest` : `SELECT unnest(v${i}) AS v FROM latest`;
  const [row] = await session.rows<{ numeric: boolean | null; example: string | null }>(
    `SELECT bool_and((${toNumber('v')}) IS NOT NULL) AS numeric, min(v) AS example FROM (${values}) WHERE v IS NOT NULL`,
  );
  if (!row?.numeric) return;
  throw new ShelfwalkError('IMPORT_MAPPING_INVALID', {
    file,
    column,
    found: `numbers, e.g. ${row.example}`,
    expected: 'bins or codes for a column of numbers',
    hint: `Amounts: --attribute ${kind}=${column}:bins=5. Codes, each a value of its own: --attribute ${kind}=${column}:codes`,
  });
}

const LINKS = { products: 'product_attributes', customers: 'customer_traits' } as const;

async function applyAttribute(
  session: Session,
  { table, attribute, i }: { table: EntityTable; attribute: AttributeMapping; i: number },
): Promise<string[]> {
  const warnings: string[] = [];
  let value = `a${i}`;
  if (attribute.bins !== undefined) {
    const edges = await toEdges(session, {
      kind: attribute.kind,
      bins: attribute.bins,
      value: toNumber(`a${i}`),
    });
    if (edges.reused)
      warnings.push(`${attribute.kind} was cut where the first file was cut: ${edges.at.join(', ')}`);
    value = toBinLabel(`a${i}`, edges.at);
  }
  const label = attribute.label === undefined ? 'NULL' : `n${i}`;
  const single = `SELECT id, ${value} AS value, ${label} AS label, line FROM latest WHERE a${i} IS NOT NULL`;
  const many = `SELECT id, unnest(v${i}) AS value, NULL AS label, line FROM latest`;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE carried AS ${attribute.split === undefined ? single : many}`,
  );
  await upsertValues(session, attribute.kind, 'SELECT value, label, line FROM carried');
  const kind = quoteLiteral(attribute.kind);
  const links = LINKS[table];
  await session.run(`DELETE FROM ${links} WHERE attribute IN (SELECT key FROM attributes WHERE kind = ${kind})
    AND owner IN (SELECT key FROM ${table} SEMI JOIN latest USING (id))`);
  await session.run(`INSERT INTO ${links}
    SELECT ${table}.key, attributes.key FROM carried
    JOIN ${table} ON ${table}.id = carried.id
    JOIN attributes ON attributes.kind = ${kind} AND attributes.value = carried.value`);
  await session.run(`DELETE FROM attributes WHERE kind = ${kind}
    AND key NOT IN (SELECT attribute FROM product_attributes) AND key NOT IN (SELECT attribute FROM customer_traits)
    AND key NOT IN (${toEndKeys('attribute')})`);
  return warnings;
}

/** `rows`: SELECT value, label, line. New values become nodes; a label replaces the name, the last line counts. */
async function upsertValues(session: Session, kind: string, rows: string): Promise<void> {
  const text = quoteLiteral(kind);
  await session.run(`INSERT INTO attributes
    SELECT (SELECT coalesce(max(key), -1) FROM attributes) + row_number() OVER (), ${text}, value, ''
    FROM (SELECT DISTINCT value FROM (${rows})) AS seen
    WHERE value NOT IN (SELECT value FROM attributes WHERE kind = ${text})`);
  await session.run(`UPDATE attributes SET name = given.label
    FROM (SELECT value, arg_max(label, line) AS label FROM (${rows}) WHERE label IS NOT NULL GROUP BY value) AS given
    WHERE attributes.kind = ${text} AND attributes.value = given.value AND attributes.name <> given.label`);
}

/** A file of names: value and label of one kind, e.g. aisle_id and aisle. */
export function toNamesPlan(idColumn: string, nameColumn: string): StagePlan {
  const list = new FieldList();
  const id = list.add(idColumn);
  const name = list.add(nameColumn);
  return {
    fields: list.fields,
    computed: [],
    rules: idRules('id', id),
    outputs: [
      { name: 'value', sql: id.sql },
      { name: 'label', sql: orNull(name) },
    ],
  };
}

export async function applyNames(session: Session, kind: string): Promise<string[]> {
  await upsertValues(session, kind, 'SELECT value, label, line FROM staged WHERE rule = 0');
  return [];
}
