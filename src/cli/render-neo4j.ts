/** What was done with a Neo4j, as a person reads it. */
import type { Neo4jLoadResult } from '../pipeline/operations/neo4j.operation.ts';
import { toKeyValues, toNumberText } from './render-table.ts';

export function toLoadText({
  server,
  database,
  written,
  resumedAt,
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
    took: `${(tookMs / 1000).toFixed(1)} s`,
    'nodes and relationships per second': rate,
  });
}
