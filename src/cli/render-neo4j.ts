/** What was done with a Neo4j, as a person reads it. */
import type { Neo4jLoadResult } from '../pipeline/operations/neo4j.operation.ts';
import { toKeyValues, toNumberText } from './render-table.ts';

export function toLoadText({
  server,
  database,
  written,
  resumedAt,
  leftover,
  pruned,
  schema,
  tookMs,
}: Neo4jLoadResult): string {
  const total = Object.values(written).reduce((sum, count) => sum + count, 0);
  const rate = tookMs > 0 ? toNumberText(Math.round((total / tookMs) * 1000)) : undefined;
  return toKeyValues({
    server,
    database,
    schema: schema.from === schema.to ? `version ${schema.to}` : `version ${schema.from} → ${schema.to}`,
    'went on at': resumedAt && `${resumedAt.stage}, ${toNumberText(resumedAt.done)} done`,
    ...written,
    ...toLeftoverLines(leftover, pruned),
    took: `${(tookMs / 1000).toFixed(1)} s`,
    'nodes and relationships per second': rate,
  });
}

/** Nothing where there is nothing. */
function toLeftoverLines(
  { nodes, relationships, held }: Neo4jLoadResult['leftover'],
  pruned: boolean,
): object {
  const lines: Record<string, string> = {};
  const found = `${toNumberText(nodes)} nodes, ${toNumberText(relationships)} relationships`;
  if (pruned) lines['pruned'] = found;
  else if (nodes + relationships > 0) lines['no longer in the catalog'] = `${found}; --prune deletes them`;
  if (held > 0) lines['no longer in the catalog, tied to yours'] = `${toNumberText(held)} nodes`;
  return lines;
}
