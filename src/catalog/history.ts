/** What one customer has interacted with, and how long ago in moments: the query of a recommendation. */
import type { Reader } from './database.ts';
import { toNumberedSql, toStandingSql } from './returns.ts';
import { toText } from './sql.ts';
import type { HistoryEntry } from './types.ts';

const toMineSql = (table: 'interactions' | 'returns'): string =>
  `SELECT * FROM (${toNumberedSql(table)}) WHERE customer = (SELECT key FROM me)`;

/**
 * One customer first, then what of that stands: returns of others are nothing to it, and there may be many.
 * A moment is a basket; without baskets an instant; without times a row by given order; what has neither time
 * nor order is one moment, before all others: the same as `toAges` of src/analyze/incidence.ts, by which the evaluation counts, and a test holds the two together.
 */
const toHistorySql = (ofTypes: string): string => `
  WITH me AS MATERIALIZED (SELECT key FROM customers WHERE id = $1),
  my_events AS MATERIALIZED (${toMineSql('interactions')}), my_returns AS MATERIALIZED (${toMineSql('returns')}),
  mine AS (
    SELECT products.id AS product, basket, ts, coalesce(ordering, epoch_ms(ts)) IS NOT NULL AS placed,
      row_number() OVER (ORDER BY ts NULLS FIRST, ordering NULLS LAST, import_id, seq, products.id) AS n
    FROM (${toStandingSql('SELECT * FROM my_events', 'SELECT * FROM my_returns')}) AS rows
    JOIN products ON products.key = rows.product ${ofTypes}),
  pairs AS (
    SELECT product, n, basket, ts, placed, lead(n) OVER w AS next, lead(placed) OVER w AS next_placed, lead(basket) OVER w AS next_basket, lead(ts) OVER w AS next_ts
    FROM mine WINDOW w AS (ORDER BY n)),
  steps AS (
    SELECT product, n, ts, CASE
      WHEN next IS NULL THEN 0
      WHEN NOT placed AND NOT next_placed THEN 0
      WHEN basket IS NULL AND next_basket IS NULL AND ts = next_ts THEN 0
      WHEN basket = next_basket THEN 0 ELSE 1 END AS later
    FROM pairs),
  ages AS (SELECT product, ts, sum(later) OVER (ORDER BY n DESC)::DOUBLE AS age FROM steps)
  SELECT ${toText('product')} AS id, list(age ORDER BY age) AS ages, epoch_ms(max(ts))::DOUBLE AS last_ms
  FROM ages GROUP BY product ORDER BY product`;

/** Parameter 2: names of the types that count. */
const OF_TYPES = `WHERE type IN (SELECT key FROM interaction_types WHERE name IN (SELECT unnest($2)))`;

export async function readHistory(
  database: Reader,
  customerId: string,
  types?: readonly string[],
): Promise<HistoryEntry[]> {
  const rows = await database.rows<{ id: string; ages: number[]; last_ms: number | null }>(
    toHistorySql(types ? OF_TYPES : ''),
    types ? [customerId, types] : [customerId],
  );
  return rows.map(({ id, ages, last_ms: lastMs }) => ({
    productId: id,
    age: ages[0]!,
    ages,
    ...(lastMs !== null && { lastMs }),
  }));
}
