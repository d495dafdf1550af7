/**
 * Interactions on their way in: mapping → staged rows → the interactions table. Rows are never
 * de-duplicated: two equal lines are two purchases.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Session } from './database.ts';
import {
  type Cell,
  idRules,
  listRules,
  missingRule,
  numberRule,
  positiveRule,
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
    add('quantity', 'quantity', quantity, (cell, number) => [positiveRule(cell, number)]);
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
  await session.run(`CREATE TEMP VIEW accepted AS ${toAccepted(isList, has('place'))}`);
  try {
    await addMissing(session, 'customers', 'customer');
    await addMissing(session, 'products', 'product');
    await addTypes(
      session,
      has('type') ? 'SELECT DISTINCT type FROM accepted' : `SELECT ${quoteLiteral(plan.type)} AS type`,
    );
    await session.run(toInsert(plan, has), [importId]);
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

async function addMissing(session: Session, table: 'customers' | 'products', column: string): Promise<void> {
  await session.run(`
    INSERT INTO ${table}
    SELECT (SELECT coalesce(max(key), -1) FROM ${table}) + row_number() OVER (), id, ''
    FROM (SELECT DISTINCT ${column} AS id FROM accepted) AS seen ANTI JOIN ${table} USING (id)`);
}

/** Outer joins, although every row has its match: they keep the order of the file, and the planner from reordering. */
function toInsert(plan: InteractionPlan, has: (name: string) => boolean): string {
  const optional = (name: string): string => (has(name) ? `accepted.${name}` : 'NULL');
  const ordering = plan.orderedLists ? 'accepted.place' : optional('ordering');
  const type = has('type')
    ? 'interaction_types.key'
    : `(SELECT key FROM interaction_types WHERE name = ${quoteLiteral(plan.type)})`;
  return `
    INSERT INTO interactions
    SELECT customers.key, products.key, ${type}, ${optional('ts')}, ${ordering},
      ${optional('quantity')}, ${optional('value')}, ${optional('basket')}, $1::INTEGER, accepted.seq
    FROM accepted
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
