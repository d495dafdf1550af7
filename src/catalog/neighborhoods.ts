/**
 * What single products and customers touch today, read for the few that were asked for: the same edges as
 * source.ts gives for all of them, with the same weights.
 */
import type { NodeType } from '../base/ids.ts';
import type { EdgeWeighting } from '../graph/types.ts';
import type { Reader, SqlRow } from './database.ts';
import { readTypes } from './event-types.ts';
import { toNumberedSql, toStandingSql } from './returns.ts';
import { toWeightSql } from './source.ts';
import { toText } from './sql.ts';
import type { EntityType, Neighborhood, TouchedNode } from './types.ts';

interface Owner extends SqlRow {
  key: number;
  id: string;
  name: string;
}

interface Row extends SqlRow {
  key: number;
  type: NodeType;
  id: string;
  weight: number;
}

/** By id; those that the catalog does not know have no entry. A node touched in several ways comes several times. */
export async function readNeighborhoods(
  database: Reader,
  nodes: { readonly type: EntityType; readonly ids: readonly string[] },
  weighting: EdgeWeighting,
): Promise<Map<string, Neighborhood>> {
  const { type, ids } = nodes;
  const owners = await database.rows<Owner>(
    `SELECT key, ${toText('id')} AS id, ${toText('name')} AS name FROM ${type}s WHERE ${type}s.id IN (SELECT unnest($1))`,
    [ids],
  );
  const byKey = new Map<number, { name: string; touched: TouchedNode[] }>();
  for (const { key, name } of owners) byKey.set(key, { name, touched: [] });
  if (owners.length > 0) {
    const keys = owners.map(({ key }) => key).join(', ');
    const weight = toWeightSql(weighting, await readTypes(database));
    const parts = [
      ...(weight === undefined ? [] : [toInteractionsSql(type, keys, weight)]),
      toAttributesSql(type, keys),
      ...(await readGivenTypes(database)).map((end) => toGivenSql(type, keys, end)),
    ];
    for (const part of parts) {
      for (const { key, ...node } of await database.rows<Row>(part)) byKey.get(key)!.touched.push(node);
    }
  }
  return new Map(owners.map(({ key, id }) => [id, byKey.get(key)!]));
}

const OTHER = { customer: 'product', product: 'customer' } as const;

/** What stands of a pair depends on its own events alone, so that only these need be read. */
function toInteractionsSql(type: EntityType, keys: string, weight: string): string {
  const other = OTHER[type];
  const rowsOf = (table: 'interactions' | 'returns'): string =>
    `${toNumberedSql(table)} WHERE ${type} IN (${keys})`;
  return `
    WITH pairs AS (
      SELECT customer, product, (${weight})::FLOAT AS weight
      FROM (${toStandingSql(rowsOf('interactions'), rowsOf('returns'))}) GROUP BY customer, product)
    SELECT pairs.${type} AS key, '${other}' AS type, ${toText('others.id')} AS id, weight::DOUBLE AS weight
    FROM pairs JOIN ${other}s AS others ON others.key = pairs.${other} WHERE weight > 0 ORDER BY key, others.id`;
}

function toAttributesSql(type: EntityType, keys: string): string {
  const links = type === 'product' ? 'product_attributes' : 'customer_traits';
  return `
    SELECT DISTINCT owner AS key, 'attribute' AS type, ${toText("kind || '/' || value")} AS id, 1::DOUBLE AS weight
    FROM ${links} AS links JOIN attributes ON attributes.key = links.attribute WHERE owner IN (${keys}) ORDER BY key, 3`;
}

async function readGivenTypes(database: Reader): Promise<NodeType[]> {
  const rows = await database.rows<{ type: NodeType }>(
    'SELECT DISTINCT from_type AS type FROM edges UNION SELECT DISTINCT to_type FROM edges ORDER BY type',
  );
  return rows.map(({ type }) => type);
}

/** Either end, since what is touched is what counts. */
function toGivenSql(type: EntityType, keys: string, end: NodeType): string {
  const [table, id] =
    end === 'attribute' ? ['attributes', "kind || '/' || value"] : ([`${end}s`, 'others.id'] as const);
  return `
    WITH ends AS (
      SELECT from_key AS key, to_key AS other, weight FROM edges
      WHERE from_type = '${type}' AND from_key IN (${keys}) AND to_type = '${end}'
      UNION ALL
      SELECT to_key, from_key, weight FROM edges
      WHERE to_type = '${type}' AND to_key IN (${keys}) AND from_type = '${end}')
    SELECT ends.key AS key, '${end}' AS type, ${toText(id)} AS id, sum(weight ORDER BY weight)::FLOAT::DOUBLE AS weight
    FROM ends JOIN ${table} AS others ON others.key = ends.other GROUP BY ALL ORDER BY 1, 3`;
}
