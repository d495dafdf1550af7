/**
 * Interactions on their way in: mapping → staged rows → the interactions table. Rows are never
 * de-duplicated: two equal lines are two purchases. Returns go to a table of their own.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Session } from './database.ts';
import { RETURN_TYPE } from './returns.ts';
import {
  type Cell,
  idRules,
  listRules,
  missingRule,
  numberRule,
  quantityRule,
  type Rule,
  timestampRules,
  toNumber,
  tooLongRule,
  toTimestamp,
} from './rules.ts';
import { quoteLiteral } from './sql.ts';
import { FieldList, type NamedSql, type StagePlan } from './stage.ts';
import type { InteractionMapping } from './types.ts';

export const DEFAULT_TYPE = 'purchase';

export interface InteractionPlan extends StagePlan {
  /** The type of all rows, unless the plan has an output `type`. */
  readonly type: string;
  /** The place in a list of products is the order within its customer. */
  readonly orderedLists?: boolean;
  /** In place of what is there of the same customer, product and type; of a basket, where a row names one. */
  readonly replace?: boolean;
}

export function toInteractionPlan(mapping: InteractionMapping): InteractionPlan {
  const list = new FieldList();
  const computed: NamedSql[] = [];
  const rules: Rule[] = [];
  const outputs: NamedSql[] = [];

  const customer = list.add(mapping.customer);
  rules.push(...idRules('customer', customer));
  outputs.push({ name: 'customer', sql: customer.sql });

  addProduct(mapping, { list, computed, rules, outputs });
  if (mapping.type && 'column' in mapping.type) {
    const type = list.add(mapping.type.column);
    rules.push(...idRules('type', type));
    outputs.push({ name: 'type', sql: type.sql });
  }
  if (mapping.timestamp !== undefined) {
    const time = list.add(mapping.timestamp);
    computed.push({ name: 'moment', sql: toTimestamp(time.sql) });
    rules.push(...timestampRules(time, 'moment'));
    outputs.push({ name: 'ts', sql: 'moment' });
  }
  addNumbers(mapping, { list, computed, rules, outputs });
  if (mapping.basket !== undefined) {
    const basket = list.add(mapping.basket);
    rules.push(tooLongRule('basket', basket));
    outputs.push({ name: 'basket', sql: basket.sql });
  }
  const type = mapping.type && 'constant' in mapping.type ? mapping.type.constant : DEFAULT_TYPE;
  return { fields: list.fields, computed, rules, outputs, type };
}

interface Draft {
  readonly list: FieldList;
  readonly computed: NamedSql[];
  readonly rules: Rule[];
  readonly outputs: NamedSql[];
}

function addProduct(mapping: InteractionMapping, { list, computed, rules, outputs }: Draft): void {
  const product = list.add(mapping.product, mapping.productSplit);
  if (mapping.productSplit === undefined) {
    rules.push(...idRules('product', product));
    outputs.push({ name: 'product', sql: product.sql });
  } else {
    computed.push({ name: 'products', sql: withoutEmpty(product.list) });
    rules.push(...listRules('product', product, 'products'));
    outputs.push(
      { name: 'products', sql: 'products' },
      { name: 'gaps', sql: `len(${product.list}) - len(products)` },
    );
  }
}

function addNumbers(mapping: InteractionMapping, { list, computed, rules, outputs }: Draft): void {
  const add = (
    output: string,
    name: string,
    column: string,
    extra: (cell: Cell, number: string) => Rule[],
  ): void => {
    const cell = list.add(column);
    const number = `${name}_number`;
    computed.push({ name: number, sql: toNumber(cell.sql) });
    rules.push(...extra(cell, number), numberRule(name, cell, number));
    outputs.push({ name: output, sql: number });
  };
  const { order, quantity, value } = mapping;
  if (order !== undefined) add('ordering', 'order', order, (cell) => [missingRule('order', cell)]);
  if (quantity !== undefined)
    add('quantity', 'quantity', quantity, (cell, number) => [quantityRule(cell, number)]);
  if (value !== undefined) add('value', 'value', value, () => []);
}

export const withoutEmpty = (list: string): string =>
  `list_filter(${list}, lambda part: coalesce(part, '') <> '')`;

/** @throws ShelfwalkError IMPORT_MAPPING_INVALID */
export function checkInteractionMapping(file: string, mapping: InteractionMapping): void {
  const refuse = (field: string, found: unknown, expected: string): never => {
    throw new ShelfwalkError('IMPORT_MAPPING_INVALID', { file, field, found, expected });
  };
  for (const field of ['customer', 'product'] as const) {
    if (!mapping[field]) refuse(field, mapping[field], 'the name of a column');
  }
  if (mapping.productSplit === '') refuse('productSplit', '', 'a separator');
  if (mapping.type && 'constant' in mapping.type && mapping.type.constant === '') {
    refuse('type', '', 'a column or a word');
  }
}

/**
 * Moves the good rows of `staged` to the catalog; ids that are new become nodes without a name.
 * @returns warnings
 */
export async function applyInteractions(
  session: Session,
  plan: InteractionPlan,
  importId: number,
): Promise<string[]> {
  const has = (name: string): boolean => plan.outputs.some((output) => output.name === name);
  const isList = has('products');
  await session.run('DROP TABLE IF EXISTS accepted');
  const rows = toAccepted(isList, has('place'));
  await session.run(`CREATE TEMP VIEW accepted AS ${markReturns(rows, plan, has)}`);
  try {
    await addMissing(session, 'customers', 'customer');
    await addMissing(session, 'products', 'product');
    await addTypes(
      session,
      has('type')
        ? 'SELECT DISTINCT type FROM accepted'
        : `SELECT ${quoteLiteral(toTakenType(plan.type))} AS type`,
    );
    for (const table of ['interactions', 'returns'] as const) {
      if (plan.replace) await session.run(toDelete(plan, table, has));
      await session.run(toInsert(plan, table, has), [importId]);
    }
  } finally {
    await session.run('DROP VIEW IF EXISTS accepted');
  }
  return isList ? toGapWarnings(session) : [];
}

/** `seq` is the line; among the entries of one list, or where the plan says `place`, that decides. */
function toAccepted(isList: boolean, hasPlace: boolean): string {
  if (isList) {
    return `SELECT * EXCLUDE (products), line * 1048576 + place AS seq
      FROM (SELECT *, unnest(products) AS product, generate_subscripts(products, 1) AS place FROM staged WHERE rule = 0)`;
  }
  return `SELECT *, ${hasPlace ? 'place' : 'line'} AS seq FROM staged WHERE rule = 0`;
}

type HasOutput = (name: string) => boolean;

/** What is brought back with a row of this type: a return is one of a purchase. */
export const toTakenType = (type: string): string => (type === RETURN_TYPE ? DEFAULT_TYPE : type);

/** `returned` tells returns apart; they have the type of what they take back, and a quantity above 0. */
function markReturns(rows: string, plan: InteractionPlan, has: HasOutput): string {
  const word = quoteLiteral(RETURN_TYPE);
  const byType = has('type') ? `type = ${word}` : String(plan.type === RETURN_TYPE);
  const replaced = [
    ...(has('type')
      ? [`CASE type WHEN ${word} THEN ${quoteLiteral(DEFAULT_TYPE)} ELSE type END AS type`]
      : []),
    ...(has('quantity') ? ['abs(quantity) AS quantity'] : []),
  ];
  const columns = replaced.length > 0 ? `* REPLACE (${replaced.join(', ')})` : '*';
  const byQuantity = has('quantity') ? ' OR coalesce(quantity, 1) < 0' : '';
  return `SELECT ${columns}, (${byType}${byQuantity}) AS returned FROM (${rows}) AS given`;
}

async function addMissing(session: Session, table: 'customers' | 'products', column: string): Promise<void> {
  await session.run(`
    INSERT INTO ${table}
    SELECT (SELECT coalesce(max(key), -1) FROM ${table}) + row_number() OVER (), id, ''
    FROM (SELECT DISTINCT ${column} AS id FROM accepted) AS seen ANTI JOIN ${table} USING (id)`);
}

/**
 * As PUT /v1/interactions does. What a row without a basket names goes whole, whatever other rows say of
 * baskets; a return replaces nothing, or it would take away what it is a return of.
 */
function toDelete(plan: InteractionPlan, table: 'interactions' | 'returns', has: HasOutput): string {
  const type = has('type') ? 'accepted.type' : quoteLiteral(toTakenType(plan.type));
  return `
    DELETE FROM ${table} USING (
      SELECT DISTINCT customers.key AS customer, products.key AS product, interaction_types.key AS type,
        ${has('basket') ? "nullif(accepted.basket, '')" : 'NULL::VARCHAR'} AS basket
      FROM (SELECT * FROM accepted WHERE NOT returned) AS accepted
      JOIN customers ON customers.id = accepted.customer JOIN products ON products.id = accepted.product
      JOIN interaction_types ON interaction_types.name = ${type}) AS keys
    WHERE ${table}.customer = keys.customer AND ${table}.product = keys.product AND ${table}.type = keys.type
      AND (keys.basket IS NULL OR ${table}.basket = keys.basket)`;
}

/** Outer joins, although every row has its match: they keep the order of the file, and the planner from reordering. */
function toInsert(plan: InteractionPlan, table: 'interactions' | 'returns', has: HasOutput): string {
  const optional = (name: string): string => (has(name) ? `accepted.${name}` : 'NULL');
  const ordering = plan.orderedLists ? 'accepted.place' : optional('ordering');
  const type = has('type')
    ? 'interaction_types.key'
    : `(SELECT key FROM interaction_types WHERE name = ${quoteLiteral(toTakenType(plan.type))})`;
  return `
    INSERT INTO ${table}
    SELECT customers.key, products.key, ${type}, ${optional('ts')}, ${ordering},
      ${optional('quantity')}, ${optional('value')}, ${optional('basket')}, $1::INTEGER, accepted.seq
    FROM (SELECT * FROM accepted WHERE ${table === 'returns' ? '' : 'NOT '}returned) AS accepted
    LEFT JOIN customers ON customers.id = accepted.customer
    LEFT JOIN products ON products.id = accepted.product
    ${has('type') ? 'LEFT JOIN interaction_types ON interaction_types.name = accepted.type' : ''}`;
}

async function addTypes(session: Session, types: string): Promise<void> {
  await session.run(`
    INSERT INTO interaction_types
    SELECT (SELECT coalesce(max(key), -1) FROM interaction_types) + row_number() OVER (ORDER BY type), type
    FROM (${types}) WHERE type NOT IN (SELECT name FROM interaction_types)`);
}

async function toGapWarnings(session: Session): Promise<string[]> {
  const [row] = await session.rows<{ gaps: number }>(
    'SELECT coalesce(sum(gaps), 0)::DOUBLE AS gaps FROM staged WHERE rule = 0',
  );
  return row!.gaps > 0 ? [`${row!.gaps} empty places in lists were passed over`] : [];
}
