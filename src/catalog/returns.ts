/**
 * Returns: what is left of purchases when things were brought back. A return is an event with a negative
 * quantity; it is kept in a table of its own and takes back the newest events before it, of the same
 * customer, product and type, until its quantity is used up. An event stands while some of it is left.
 *
 * Seen along time, events open brackets and returns close them. With S the running sum of signed
 * quantities and B = S − min(0, min S) what is in the customer's hands (a return of what was never
 * bought takes nothing back), an event of quantity q that raises B to b stands for as long as B stays
 * above b − q: it is taken back if min(B after it) ≤ b − q. Late events find their place by their time.
 */

/** Of interactions with a negative quantity, and the word by which a file or a request can say so itself. */
export const RETURN_TYPE = 'return';

/** An event that does not say how many it is about is about one. */
const QUANTITY = 'coalesce(quantity, 1)';

/** Quantities are summed up as floats: what is left of 0.1 + 0.2 − 0.3 is nothing. */
const EPSILON = "'1e-9'::DOUBLE";

/** Of events and returns of one instant, what was bought then may have been brought back then. */
const ALONG_TIME = `PARTITION BY customer, product, type
  ORDER BY ts NULLS FIRST, ordering NULLS LAST, closes, import_id, seq`;

const COLUMNS = 'customer, product, type, ts, ordering, quantity, value, basket, import_id, seq';

/**
 * SELECT of the rows of interactions that stand, with the columns of the table and `row`, its number.
 * `events` and `returned` are SELECTs of the rows to go by, both with `row`: what a part of the
 * data knows must not depend on returns outside it.
 */
export const toStandingSql = (events: string, returned: string): string => `
  SELECT * FROM (${events}) WHERE row NOT IN (SELECT row FROM (${toTakenBackSql(events, returned)}))`;

/** SELECT of `row`, customer and product of the others: few, and only events with a return are looked at. */
export const toTakenBackSql = (events: string, returned: string): string => `
    WITH pairs AS (SELECT DISTINCT customer, product, type FROM (${returned})),
    moves AS (
      SELECT customer, product, type, row, ${QUANTITY} AS q, 0 AS closes, ts, ordering, import_id, seq
      FROM (${events}) SEMI JOIN pairs USING (customer, product, type)
      UNION ALL
      SELECT customer, product, type, -1, -${QUANTITY}, 1, ts, ordering, import_id, seq FROM (${returned})),
    sums AS (
      SELECT *, sum(q) OVER w AS s FROM moves
      WINDOW w AS (${ALONG_TIME} ROWS UNBOUNDED PRECEDING)),
    hands AS (
      SELECT *, s - least(0, min(s) OVER w) AS held FROM sums
      WINDOW w AS (${ALONG_TIME} ROWS UNBOUNDED PRECEDING)),
    later AS (
      SELECT customer, product, row, q, held, min(held) OVER (${ALONG_TIME}
        ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS least_held
      FROM hands)
    SELECT row, customer, product FROM later WHERE row >= 0 AND least_held <= held - q + ${EPSILON}`;

/** Rows of a table of events with their number. */
export const toNumberedSql = (table: 'interactions' | 'returns'): string =>
  `SELECT ${COLUMNS}, rowid AS row FROM ${table}`;

/** All interactions that stand, with the columns of the table alone. */
export const STANDING = `SELECT * EXCLUDE (row) FROM (${toStandingSql(toNumberedSql('interactions'), toNumberedSql('returns'))})`;
