/**
 * How much the catalog holds. One statement per table; the pairs are counted exactly, which on tens of
 * millions of rows takes seconds.
 */
import type { Reader } from './database.ts';
import { STANDING } from './returns.ts';
import type { CatalogCounts } from './types.ts';

interface Totals {
  customers: number;
  products: number;
  attributes: number;
  attributeEdges: number;
  interactions: number;
  returns: number;
  baskets: number;
  pairs: number;
  edges: number;
  edgePairs: number;
  firstAt: Date | null;
  lastAt: Date | null;
  [name: string]: unknown;
}

export async function readCounts(session: Pick<Reader, 'rows'>): Promise<CatalogCounts> {
  const [totals] = await session.rows<Totals>(`
    SELECT (SELECT count(*) FROM customers)::DOUBLE AS customers, (SELECT count(*) FROM products)::DOUBLE AS products,
      (SELECT count(*) FROM attributes)::DOUBLE AS attributes,
      ((SELECT count(*) FROM product_attributes) + (SELECT count(*) FROM customer_traits))::DOUBLE AS "attributeEdges",
      (SELECT count(*) FROM interactions)::DOUBLE AS interactions, (SELECT count(*) FROM returns)::DOUBLE AS returns,
      (SELECT count(*) FROM (SELECT DISTINCT customer, basket FROM interactions WHERE basket IS NOT NULL))::DOUBLE AS baskets,
      (SELECT count(*) FROM (SELECT DISTINCT customer, product FROM (${STANDING})))::DOUBLE AS pairs,
      (SELECT count(*) FROM edges)::DOUBLE AS edges,
      (SELECT count(*) FROM (SELECT DISTINCT from_type, from_key, to_type, to_key, directed FROM edges))::DOUBLE AS "edgePairs",
      (SELECT min(ts) FROM interactions) AS "firstAt", (SELECT max(ts) FROM interactions) AS "lastAt"`);
  const { firstAt, lastAt, ...numbers } = totals!;
  return {
    ...numbers,
    interactionsByType: await readGroups(
      session,
      `SELECT name, count(*)::DOUBLE AS rows FROM interactions
       JOIN interaction_types ON interaction_types.key = interactions.type GROUP BY name ORDER BY name`,
    ),
    attributesByKind: await readGroups(
      session,
      'SELECT kind AS name, count(*)::DOUBLE AS rows FROM attributes GROUP BY kind ORDER BY kind',
    ),
    firstAt: firstAt?.toISOString(),
    lastAt: lastAt?.toISOString(),
  };
}

async function readGroups(session: Pick<Reader, 'rows'>, sql: string): Promise<Record<string, number>> {
  const rows = await session.rows<{ name: string; rows: number }>(sql);
  return Object.fromEntries(rows.map(({ name, rows: count }) => [name, count]));
}
