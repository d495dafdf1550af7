/** The events and returns of one customer, page by page, newest first. */
import { ShelfwalkError } from '../base/errors.ts';
import type { Database, SqlRow } from './database.ts';
import { toText } from './sql.ts';
import type { InteractionPage, InteractionRecord } from './write-types.ts';

interface Row extends SqlRow {
  productId: string;
  type: string;
  at: number | null;
  quantity: number | null;
  value: number | null;
  basket: string | null;
  place: string;
}

/**
 * Newest first; events without a time after those with one. A page begins after a place in that order, so
 * that events written meanwhile neither repeat rows nor hide them.
 * @throws ShelfwalkError NODE_UNKNOWN · REQUEST_INVALID — a cursor that is not of this customer
 */
export async function listInteractions(
  database: Database,
  customerId: string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<InteractionPage> {
  const [customer] = await database.rows('SELECT 1 AS found FROM customers WHERE id = $1', [customerId]);
  if (!customer) throw new ShelfwalkError('NODE_UNKNOWN', { type: 'customer', id: customerId });
  const after = cursor === undefined ? '' : parseCursor(cursor, customerId);
  const rows = await database.rows<Row>(
    `WITH events AS (
       SELECT *, 1 AS sign FROM interactions UNION ALL SELECT *, -1 AS sign FROM returns),
     mine AS (
       SELECT product, type, ts, quantity, value, basket, sign, concat_ws(' ',
           lpad((coalesce(epoch_ms(ts), -9e15)::BIGINT + 9e15::BIGINT)::VARCHAR, 20, '0'),
           lpad(import_id::VARCHAR, 10, '0'), lpad(seq::VARCHAR, 20, '0'), lpad(rows.key::VARCHAR, 10, '0'), sign) AS place
       FROM (SELECT events.*, products.key FROM events JOIN products ON products.key = events.product) AS rows
       WHERE customer = (SELECT key FROM customers WHERE id = $1))
     SELECT ${toText('products.id')} AS "productId", ${toText('interaction_types.name')} AS type, epoch_ms(ts)::DOUBLE AS at,
       CASE WHEN sign < 0 THEN -coalesce(quantity, 1) ELSE quantity END AS quantity, value, ${toText('basket')} AS basket, place
     FROM mine JOIN products ON products.key = mine.product JOIN interaction_types ON interaction_types.key = mine.type
     WHERE $2 = '' OR place < $2 ORDER BY place DESC LIMIT $3::BIGINT`,
    [customerId, after, limit + 1],
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const records = page.map(toRecord);
  return rows.length > limit && last
    ? { rows: records, nextCursor: toCursor(customerId, last.place) }
    : { rows: records };
}

function toRecord({ productId, type, at, quantity, value, basket }: Row): InteractionRecord {
  return {
    productId,
    type,
    ...(at !== null && { timestamp: new Date(at).toISOString() }),
    ...(quantity !== null && { quantity }),
    ...(value !== null && { value }),
    ...(basket !== null && { basket }),
  };
}

const toCursor = (customerId: string, place: string): string =>
  Buffer.from(JSON.stringify([customerId, place])).toString('base64url');

function parseCursor(cursor: string, customerId: string): string {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    parts = undefined; // refused below, with the rest
  }
  if (Array.isArray(parts) && parts.length === 2 && parts[0] === customerId && typeof parts[1] === 'string') {
    return parts[1];
  }
  throw new ShelfwalkError('REQUEST_INVALID', {
    field: 'cursor',
    found: cursor,
    expected: 'nextCursor of the page before, of the same customer',
  });
}
