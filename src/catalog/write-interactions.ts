/**
 * Single events into the catalog, and out of it. Each function is a part of a transaction that is
 * already open; lists go in as parameters, so that a thousand events are as many statements as one.
 */
import type { Commit } from './commit.ts';
import type { Session, SqlRow } from './database.ts';
import { isForgotten } from './forgotten.ts';
import { RETURN_TYPE } from './returns.ts';
import { FIRST_WRITTEN_SEQ } from './schema.ts';
import { toText } from './sql.ts';
import { type CheckedEvent, toEntryError } from './write-checks.ts';
import type { EntryError, InteractionFilter } from './write-types.ts';

const TABLES = ['interactions', 'returns'] as const;

/** @returns why some were not taken: a deleted customer or product does not come back by an event */
export async function appendEvents(commit: Commit, events: readonly CheckedEvent[]): Promise<EntryError[]> {
  const { gone, forgotten } = commit.known;
  const errors: EntryError[] = [];
  const taken: CheckedEvent[] = [];
  for (const event of events) {
    const noCustomer = gone.customer.has(event.customer) || isForgotten(forgotten, event.customer);
    const fault = noCustomer ? 'customerId' : gone.product.has(event.product) ? 'productId' : undefined;
    if (fault === undefined) taken.push(event);
    else errors.push(toEntryError(event.index, fault, WAS_DELETED, 'NODE_UNKNOWN'));
  }
  if (taken.length > 0) await insertEvents(commit, taken);
  return errors;
}

const WAS_DELETED = 'was deleted; put it again before events name it';

/** Takes away what the events replace, then appends them. */
export async function replaceEvents(commit: Commit, events: readonly CheckedEvent[]): Promise<EntryError[]> {
  const lists = [
    events.map((event) => event.customer),
    events.map((event) => event.product),
    events.map((event) => event.type),
    events.map((event) => event.basket ?? ''),
  ];
  for (const table of TABLES) {
    await commit.session.run(
      `DELETE FROM ${table} USING (
         SELECT DISTINCT customers.key AS customer, products.key AS product, interaction_types.key AS type, nullif(given.basket, '') AS basket
         FROM (SELECT unnest($1) AS customer, unnest($2) AS product, unnest($3) AS type, unnest($4) AS basket) AS given
         JOIN customers ON customers.id = given.customer JOIN products ON products.id = given.product
         JOIN interaction_types ON interaction_types.name = given.type) AS keys
       WHERE ${table}.customer = keys.customer AND ${table}.product = keys.product AND ${table}.type = keys.type
         AND (keys.basket IS NULL OR ${table}.basket = keys.basket)`,
      lists,
    );
  }
  return appendEvents(commit, events);
}

async function insertEvents(commit: Commit, events: readonly CheckedEvent[]): Promise<void> {
  const keys = {
    customer: await findOrAddKeys(commit, 'customer', events),
    product: await findOrAddKeys(commit, 'product', events),
  };
  await addTypes(commit, events);
  for (const table of TABLES) {
    const rows = events.filter((event) => event.returned === (table === 'returns'));
    if (rows.length > 0) await insertRows(commit, table, rows, keys);
  }
  for (const { customer, product, type } of events) commit.news.interaction(customer, product, type);
}

type Keys = ReadonlyMap<string, number>;

async function findOrAddKeys(
  { session, news }: Commit,
  type: 'customer' | 'product',
  events: readonly CheckedEvent[],
): Promise<Keys> {
  const ids = [...new Set(events.map((event) => event[type]))];
  const found = await session.rows<{ id: string; key: number }>(
    `SELECT ${toText('id')} AS id, key FROM ${type}s WHERE ${type}s.id IN (SELECT unnest($1))`,
    [ids],
  );
  const keys = new Map(found.map(({ id, key }) => [id, key]));
  const missing = ids.filter((id) => !keys.has(id));
  if (missing.length === 0) return keys;
  for (const { id, key } of await addMissing(session, type, missing)) keys.set(id, key);
  news.upserted(type, missing);
  return keys;
}

async function addTypes({ session, known }: Commit, events: readonly CheckedEvent[]): Promise<void> {
  for (const type of new Set(events.map((event) => event.type))) {
    if (known.typeKeys.has(type)) continue;
    const key = Math.max(-1, ...known.typeKeys.values()) + 1;
    await session.run('INSERT INTO interaction_types VALUES ($1::INTEGER, $2)', [key, type]);
    known.typeKeys.set(type, key);
  }
}

async function insertRows(
  { session, known }: Commit,
  table: (typeof TABLES)[number],
  events: readonly CheckedEvent[],
  keys: Readonly<Record<'customer' | 'product', Keys>>,
): Promise<void> {
  const text = (value: number | undefined): string => (value === undefined ? '' : String(value));
  await session.run(
    `INSERT INTO ${table}
     SELECT customer::INTEGER, product::INTEGER, type::INTEGER, make_timestamp_ms(given.at::BIGINT), NULL,
       nullif(quantity, '')::DOUBLE, nullif(value, '')::DOUBLE, nullif(basket, ''),
       (SELECT coalesce(max(id), 0) FROM imports)::INTEGER, ${FIRST_WRITTEN_SEQ} + n::BIGINT
     FROM (SELECT unnest($1) AS customer, unnest($2) AS product, unnest($3) AS type, unnest($4) AS at, unnest($5) AS quantity,
       unnest($6) AS value, unnest($7) AS basket, unnest($8) AS n) AS given`,
    [
      events.map((event) => text(keys.customer.get(event.customer))),
      events.map((event) => text(keys.product.get(event.product))),
      events.map((event) => text(known.typeKeys.get(event.type))),
      events.map((event) => text(event.atMs)),
      events.map((event) => text(event.quantity)),
      events.map((event) => text(event.value)),
      events.map((event) => event.basket ?? ''),
      events.map(() => text(known.written++)),
    ],
  );
}

interface NewKey extends SqlRow {
  id: string;
  key: number;
}

/** Of ids that may be there already; those are passed over. @returns the new ones */
export const addMissing = (
  session: Session,
  type: 'customer' | 'product',
  ids: readonly string[],
): Promise<NewKey[]> =>
  session.rows<NewKey>(
    `INSERT INTO ${type}s
     SELECT (SELECT coalesce(max(key), -1) FROM ${type}s) + row_number() OVER (), id, ''
     FROM (SELECT DISTINCT unnest($1) AS id) AS given ANTI JOIN ${type}s USING (id) RETURNING ${toText('id')} AS id, key`,
    [ids],
  );

interface TouchedRow extends SqlRow {
  product: string;
  type: string;
  events: number;
}

/** @returns how many events and returns were taken away */
export async function deleteEvents(
  commit: Commit,
  { customerId, productId, type }: InteractionFilter,
): Promise<number> {
  const tables = type === RETURN_TYPE ? (['returns'] as const) : TABLES;
  const values = [customerId];
  const conditions = ['customer = (SELECT key FROM customers WHERE id = $1)'];
  const add = (value: string, condition: (parameter: string) => string): void => {
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  if (productId !== undefined) add(productId, (p) => `product = (SELECT key FROM products WHERE id = ${p})`);
  if (type !== undefined && type !== RETURN_TYPE) {
    add(type, (p) => `type = (SELECT key FROM interaction_types WHERE name = ${p})`);
  }
  const where = conditions.join(' AND ');
  let deleted = 0;
  for (const table of tables) {
    const touched = await commit.session.rows<TouchedRow>(
      `SELECT ${toText('products.id')} AS product, ${toText('interaction_types.name')} AS type, events
       FROM (SELECT product, type, count(*)::DOUBLE AS events FROM ${table} WHERE ${where} GROUP BY product, type) AS rows
       JOIN products ON products.key = rows.product JOIN interaction_types ON interaction_types.key = rows.type`,
      values,
    );
    if (touched.length === 0) continue;
    await commit.session.run(`DELETE FROM ${table} WHERE ${where}`, values);
    for (const row of touched) {
      deleted += row.events;
      commit.news.interaction(customerId, row.product, row.type);
    }
  }
  return deleted;
}
