/** Edges out of SQL as columns of the snapshot: positions of nodes, and typed arrays chunk by chunk. */
import type { EdgeColumns } from '../graph/types.ts';
import { type Reader, toTypedColumn } from './database.ts';

const toPositions = (table: string, id: string): string =>
  `SELECT key, (row_number() OVER (ORDER BY ${id}) - 1)::UINTEGER AS pos FROM ${table}`;

/** Text compares by its UTF-8 bytes in DuckDB, which is the order the snapshot promises. Unused ones cost nothing. */
export const POSITIONS = `
  customer_at AS (${toPositions('customers', 'id')}),
  product_at AS (${toPositions('products', 'id')}),
  attribute_at AS (${toPositions('attributes', "kind || '/' || value")})`;

/** `sql` gives from, to (UINTEGER) and weight (FLOAT). Copies: the memory of a chunk goes with the chunk. */
export async function* readEdges(database: Reader, sql: string): AsyncGenerator<EdgeColumns> {
  for await (const chunk of database.stream(sql)) {
    const count = chunk.rowCount;
    yield {
      count,
      from: toTypedColumn(chunk, 0, Uint32Array).slice(0, count),
      to: toTypedColumn(chunk, 1, Uint32Array).slice(0, count),
      weight: toTypedColumn(chunk, 2, Float32Array).slice(0, count),
    };
  }
}
