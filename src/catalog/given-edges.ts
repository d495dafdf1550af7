/**
 * Edges that were given as such, out of the catalog. Parallel ones become one: weights add up, without
 * damping, for an amount is an amount. With a split nothing of the test part may be seen: timed edges of
 * it are left out, and projections are made again from the interactions before it.
 */
import type { NodeType } from '../base/ids.ts';
import type { GivenEdges, Split } from '../graph/types.ts';
import type { Reader } from './database.ts';
import { POSITIONS, readEdges } from './edge-columns.ts';
import {
  refuseManyPairs,
  type StoredProjection,
  toCountsSql,
  toProjectionSql,
  toUnitsSql,
  type UnitCounts,
} from './projection-sql.ts';
import { toKnownEdgeSql, toPartSql } from './split.ts';
import { quoteLiteral } from './sql.ts';

interface Block {
  readonly fromType: NodeType;
  readonly toType: NodeType;
  readonly directed: boolean;
  readonly [name: string]: unknown;
}

export async function* readGivenEdges(database: Reader, split?: Split): AsyncGenerator<GivenEdges> {
  const blocks = await database.rows<Block>(
    'SELECT DISTINCT from_type AS "fromType", to_type AS "toType", directed FROM edges ORDER BY ALL',
  );
  if (blocks.length === 0) return;
  const rows = split ? await toTrainSql(database, split) : 'SELECT * FROM edges';
  for (const { fromType, toType, directed } of blocks) {
    const columns = readEdges(database, toBlockSql(rows, { fromType, toType, directed }));
    for await (const chunk of columns) yield { ...chunk, fromType, toType, directed };
  }
}

/**
 * Weights are added in ascending order, and an undirected edge has its lower position first: what comes out
 * depends neither on threads nor on the order of files, as sums of floats and keys of nodes do.
 */
function toBlockSql(rows: string, { fromType, toType, directed }: Block): string {
  const ends =
    directed || fromType !== toType ? 'a.pos, b.pos' : 'least(a.pos, b.pos), greatest(a.pos, b.pos)';
  return `
  WITH ${POSITIONS},
  pairs AS (
    SELECT from_key, to_key, sum(weight ORDER BY weight)::FLOAT AS weight FROM (${rows})
    WHERE from_type = ${quoteLiteral(fromType)} AND to_type = ${quoteLiteral(toType)} AND directed = ${directed}
    GROUP BY from_key, to_key)
  SELECT ${ends}, weight FROM pairs
  JOIN ${fromType}_at AS a ON a.key = pairs.from_key JOIN ${toType}_at AS b ON b.key = pairs.to_key
  ORDER BY 1, 2`;
}

async function toTrainSql(database: Reader, split: Split): Promise<string> {
  const projections = await database.rows<{ name: string; options: string }>(
    'SELECT name, options FROM projections ORDER BY name',
  );
  const known = toPartSql('train', split);
  const columns = 'from_type, from_key, to_type, to_key, directed, weight';
  const parts = [`SELECT ${columns} FROM edges WHERE projection IS NULL AND ${toKnownEdgeSql(split)}`];
  for (const { name, options } of projections) {
    const stored = JSON.parse(options) as StoredProjection;
    await checkPairs(database, known, { name, stored });
    const sql = toProjectionSql(known, stored);
    parts.push(`SELECT 'product', from_key, 'product', to_key, false, weight FROM (${sql})`);
  }
  return parts.join(' UNION ALL ');
}

/**
 * What was few pairs when the projection was made may be many after more interactions were imported.
 * @throws ShelfwalkError LIMIT_EXCEEDED
 */
async function checkPairs(
  database: Reader,
  rows: string,
  { name, stored }: { readonly name: string; readonly stored: StoredProjection },
): Promise<void> {
  const [counts] = await database.rows<UnitCounts>(
    `WITH units AS MATERIALIZED (${toUnitsSql(rows, stored)}) ${toCountsSql('units', stored)}`,
  );
  refuseManyPairs(counts!, stored, {
    projection: name,
    hint: 'An evaluation makes the projection again, and interactions were added since: project again, with --max-products or a higher --max-pairs',
  });
}
