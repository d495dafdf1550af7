/**
 * Single nodes and pages of them, for people who look around: by id, or by a part of the name or id.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { type NodeType, parseAttributeId } from '../base/ids.ts';
import type { Reader, SqlRow } from './database.ts';
import { readMatching, readValues } from './filter.ts';
import { readHistory } from './history.ts';
import { readNeighborhoods } from './neighborhoods.ts';
import { toNumberedSql, toTakenBackSql } from './returns.ts';
import { toText } from './sql.ts';
import type { AttributeValue, CatalogMoment, EntityRecord, ListQuery } from './types.ts';

type Lookup = Pick<
  CatalogMoment,
  'list' | 'find' | 'attributesOf' | 'neighborhoods' | 'history' | 'lastEventMs' | 'matching' | 'valuesOf'
>;

interface NodeRow extends SqlRow {
  key: number;
  id: string;
  name: string;
}

export function createLookup(database: Reader): Lookup {
  return {
    list: (query) => list(database, query),
    find: (type, id) => find(database, type, id),
    attributesOf: (type, ids) => readAttributes(database, type, ids),
    neighborhoods: (nodes, weighting) => readNeighborhoods(database, nodes, weighting),
    history: (customerId, types) => readHistory(database, customerId, types),
    matching: (filter) => readMatching(database, filter),
    valuesOf: (kind) => readValues(database, kind),
    lastEventMs: () => readLastEvent(database),
  };
}

const TABLES: Readonly<Record<NodeType, string>> = {
  customer: "SELECT key, id, name, '' AS value FROM customers",
  product: "SELECT key, id, name, '' AS value FROM products",
  attribute: "SELECT key, kind || '/' || value AS id, name, value FROM attributes",
};

interface Cursor {
  readonly rank: number;
  readonly id: string;
}

/** Ranks: 0 where name or id (or the value of an attribute) begins with what was asked for, 1 where it is inside. */
async function list(database: Reader, query: ListQuery): Promise<Awaited<ReturnType<Lookup['list']>>> {
  const { type, limit } = query;
  const q = query.q ?? '';
  const after = query.cursor === undefined ? { rank: -1, id: '' } : parseCursor(query.cursor, query);
  const found = await database.rows<NodeRow & { rank: number }>(
    `SELECT key, ${toText('id')} AS id, ${toText('name')} AS name, rank FROM (
       SELECT *, CASE WHEN starts_with(lower(name), lower($1)) OR starts_with(lower(id), lower($1))
           OR starts_with(lower(value), lower($1)) THEN 0
         WHEN contains(lower(name), lower($1)) OR contains(lower(id), lower($1)) THEN 1 ELSE 2 END AS rank
       FROM (${TABLES[type]})) AS nodes
     WHERE rank < 2 AND (rank > $2 OR (rank = $2 AND nodes.id > $3)) ORDER BY rank, nodes.id LIMIT $4::BIGINT`,
    [q, after.rank, after.id, limit + 1],
  );
  const page = found.slice(0, limit);
  const rows = await toRecords(database, type, page);
  const last = page.at(-1);
  return found.length > limit && last ? { rows, nextCursor: toCursor(query, last) } : { rows };
}

async function find(database: Reader, type: NodeType, id: string): Promise<EntityRecord | undefined> {
  const found =
    type === 'attribute' ? await findAttribute(database, id) : await findEntity(database, type, id);
  const [record] = await toRecords(database, type, found);
  return record;
}

const findEntity = (database: Reader, type: 'customer' | 'product', id: string): Promise<NodeRow[]> =>
  database.rows<NodeRow>(
    `SELECT key, ${toText('id')} AS id, ${toText('name')} AS name FROM ${type}s WHERE ${type}s.id = $1`,
    [id],
  );

async function findAttribute(database: Reader, id: string): Promise<NodeRow[]> {
  const at = id.indexOf('/');
  if (at <= 0 || at + 1 >= id.length) return []; // no such name can exist
  const { kind, value } = parseAttributeId(id);
  const sql = `SELECT key, ${toText("kind || '/' || value")} AS id, ${toText('name')} AS name
    FROM attributes WHERE kind = $1 AND value = $2`;
  return database.rows<NodeRow>(sql, [kind, value]);
}

/** Adds attributes, counts and states, in a few statements however many rows there are. */
async function toRecords(
  database: Reader,
  type: NodeType,
  rows: readonly NodeRow[],
): Promise<EntityRecord[]> {
  if (rows.length === 0) return [];
  const counts = await readCountsOf(
    database,
    type,
    rows.map(({ key }) => key),
  );
  const ids = rows.map(({ id }) => id);
  const attributes = type === 'attribute' ? undefined : await readAttributes(database, type, ids);
  const states = type === 'product' ? await readStates(database, rows) : undefined;
  return rows.map(({ key, id, name }) => ({
    type,
    id,
    name,
    attributes: attributes?.get(id) ?? [],
    count: counts.get(key) ?? 0,
    ...states?.get(key),
  }));
}

type State = Pick<EntityRecord, 'hidden' | 'inStock'>;

async function readStates(database: Reader, rows: readonly NodeRow[]): Promise<Map<number, State>> {
  const found = await database.rows<{ product: number; hidden: boolean; inStock: boolean }>(
    `SELECT product, hidden, in_stock AS "inStock" FROM product_states WHERE product IN (${rows.map(({ key }) => key).join(', ')})`,
  );
  return new Map(
    found.map(({ product, hidden, inStock }): [number, State] => [
      product,
      { ...(hidden && { hidden }), ...(!inStock && { inStock }) },
    ]),
  );
}

async function readCountsOf(
  database: Reader,
  type: NodeType,
  keys: readonly number[],
): Promise<Map<number, number>> {
  const rows = await database.rows<{ key: number; count: number }>(
    `SELECT key, sum(n)::DOUBLE AS count FROM (${toCountsSql(type, keys.join(', '))}) GROUP BY key`,
  );
  return new Map(rows.map(({ key, count }) => [key, count]));
}

/** Events that stand: all, less those that returns took back. */
function toCountsSql(type: NodeType, keys: string): string {
  const count = (from: string, key: string): string =>
    `SELECT ${key} AS key, count(*) AS n FROM ${from} WHERE ${key} IN (${keys}) GROUP BY ${key}`;
  if (type === 'attribute') {
    return `${count('product_attributes', 'attribute')} UNION ALL ${count('customer_traits', 'attribute')}`;
  }
  const [events, returned] = (['interactions', 'returns'] as const).map(
    (table) => `${toNumberedSql(table)} WHERE ${type} IN (${keys})`,
  ) as [string, string];
  const taken = count(`(${toTakenBackSql(events, returned)})`, type);
  return `${count('interactions', type)} UNION ALL SELECT key, -n FROM (${taken})`;
}

/** Every id that exists has an entry; kinds and values ascend by their bytes. */
async function readAttributes(
  database: Reader,
  type: 'product' | 'customer',
  ids: readonly string[],
): Promise<Map<string, AttributeValue[]>> {
  const links = type === 'product' ? 'product_attributes' : 'customer_traits';
  const rows = await database.rows<{ id: string; kind: string | null; value: string; name: string }>(
    `SELECT ${toText('owners.id')} AS id, ${toText('attributes.kind')} AS kind,
       ${toText('attributes.value')} AS value, ${toText('attributes.name')} AS name
     FROM ${type}s AS owners LEFT JOIN ${links} AS links ON links.owner = owners.key
     LEFT JOIN attributes ON attributes.key = links.attribute
     WHERE owners.id IN (SELECT unnest($1)) ORDER BY owners.id, attributes.kind, attributes.value`,
    [ids],
  );
  const found = new Map<string, AttributeValue[]>();
  for (const { id, kind, value, name } of rows) {
    const values = found.get(id) ?? [];
    if (kind !== null) values.push({ kind, value, name });
    found.set(id, values);
  }
  return found;
}

async function readLastEvent(database: Reader): Promise<number | undefined> {
  const [row] = await database.rows<{ last: number | null }>(
    'SELECT epoch_ms(max(ts))::DOUBLE AS last FROM interactions',
  );
  return row?.last ?? undefined;
}

/** The cursor names the query it belongs to: with another one it would skip rows unseen. */
function toCursor({ type, q }: ListQuery, { rank, id }: { rank?: number; id: string } & SqlRow): string {
  return Buffer.from(JSON.stringify([type, q ?? '', rank, id])).toString('base64url');
}

function parseCursor(cursor: string, { type, q }: ListQuery): Cursor {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    parts = undefined; // refused below, with the rest
  }
  if (Array.isArray(parts) && parts.length === 4 && parts[0] === type && parts[1] === (q ?? '')) {
    const [, , rank, id] = parts as unknown[];
    if (typeof rank === 'number' && typeof id === 'string') return { rank, id };
  }
  throw new ShelfwalkError('REQUEST_INVALID', {
    field: 'cursor',
    found: cursor,
    expected: 'nextCursor of the page before, with the same type and q',
  });
}
