/** What another store is filled from: interactions summed up per customer, product and type, as columns. */
import type { CopySource, InteractionTotals } from '../graph/types.ts';
import { type Reader, toTypedColumn } from './database.ts';
import { POSITIONS } from './edge-columns.ts';
import { STANDING } from './returns.ts';
import { toText } from './sql.ts';

type Totals = Pick<CopySource, 'interactionTypes' | 'interactionTotals' | 'revision'>;

export function createCopySource(database: Reader): Totals {
  return {
    interactionTypes: () => readTypes(database),
    interactionTotals: () => readTotals(database),
    revision: () => readRevision(database),
  };
}

async function readTypes(database: Reader): Promise<string[]> {
  const rows = await database.rows<{ name: string }>(
    `SELECT ${toText('name')} AS name FROM interaction_types ORDER BY interaction_types.name`,
  );
  return rows.map(({ name }) => name);
}

/** Values are added in ascending order, so that their sum rounds alike on every run. */
const TOTALS = `
  WITH ${POSITIONS},
  type_at AS (SELECT key, (row_number() OVER (ORDER BY name) - 1)::UINTEGER AS pos FROM interaction_types),
  totals AS (
    SELECT customer, product, type, count(*)::DOUBLE AS events,
      coalesce(epoch_ms(max(ts))::DOUBLE, 'NaN'::DOUBLE) AS last, coalesce(sum(value ORDER BY value), 'NaN'::DOUBLE) AS value
    FROM (${STANDING}) GROUP BY customer, product, type)
  SELECT customer_at.pos, product_at.pos, type_at.pos, events, last, totals.value FROM totals
  JOIN customer_at ON customer_at.key = totals.customer JOIN product_at ON product_at.key = totals.product
  JOIN type_at ON type_at.key = totals.type ORDER BY 1, 2, 3`;

async function* readTotals(database: Reader): AsyncGenerator<InteractionTotals> {
  for await (const chunk of database.stream(TOTALS)) {
    const count = chunk.rowCount;
    yield {
      count,
      customer: toTypedColumn(chunk, 0, Uint32Array).slice(0, count),
      product: toTypedColumn(chunk, 1, Uint32Array).slice(0, count),
      type: toTypedColumn(chunk, 2, Uint32Array).slice(0, count),
      events: toTypedColumn(chunk, 3, Float64Array).slice(0, count),
      lastMs: toTypedColumn(chunk, 4, Float64Array).slice(0, count),
      value: toTypedColumn(chunk, 5, Float64Array).slice(0, count),
    };
  }
}

/** Every import has a number, a moment and the hash of what it read; so have projections, but for the hash. What is written beside moves the watermark. */
async function readRevision(database: Reader): Promise<string> {
  const [row] = await database.rows<{ revision: string }>(`
    SELECT sha256(concat_ws(' ',
      (SELECT string_agg(concat_ws(' ', id, sha256, imported_at), ',' ORDER BY id) FROM imports),
      (SELECT string_agg(concat_ws(' ', name, options, made_at), ',' ORDER BY name) FROM projections),
      (SELECT value FROM watermark))) AS revision`);
  return row!.revision;
}
