/** What one customer has interacted with, and how long ago in moments: the query of a recommendation. */
import type { Database } from './database.ts';
import { toPartSql } from './split.ts';
import { toText } from './sql.ts';
import type { HistoryEntry } from './types.ts';

/**
 * A moment is a basket; without baskets an instant; without times a row: the same as `toAges` of
 * src/analyze/incidence.ts, by which the evaluation counts, and a test holds the two together.
 */
const HISTORY_SQL = `
  WITH mine AS (
    SELECT products.id AS product, basket, ts,
      row_number() OVER (ORDER BY ts NULLS LAST, ordering NULLS LAST, import_id, seq, products.id) AS n
    FROM (${toPartSql('all')}) AS rows JOIN products ON products.key = rows.product
    WHERE customer = (SELECT key FROM customers WHERE id = $1)),
  pairs AS (
    SELECT product, n, basket, ts, lead(n) OVER w AS next, lead(basket) OVER w AS next_basket, lead(ts) OVER w AS next_ts
    FROM mine WINDOW w AS (ORDER BY n)),
  steps AS (
    SELECT product, n, CASE
      WHEN next IS NULL THEN 0
      WHEN basket IS NULL AND next_basket IS NULL AND ts = next_ts THEN 0
      WHEN basket = next_basket THEN 0 ELSE 1 END AS later
    FROM pairs),
  ages AS (SELECT product, sum(later) OVER (ORDER BY n DESC) AS age FROM steps)
  SELECT ${toText('product')} AS id, min(age)::DOUBLE AS age FROM ages GROUP BY product ORDER BY product`;

export async function readHistory(database: Database, customerId: string): Promise<HistoryEntry[]> {
  const rows = await database.rows<{ id: string; age: number }>(HISTORY_SQL, [customerId]);
  return rows.map(({ id, age }) => ({ productId: id, age }));
}
