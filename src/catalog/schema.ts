/**
 * The tables of the catalog. Ids appear once, in the table of their type; everything else refers to
 * them by `key`, a dense integer that never leaves this folder. There are no SQL constraints: one
 * writer fills the tables, by statements that keep ids unique, and an index over millions of ids
 * would cost more than it guards.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Session } from './database.ts';

/** `seq` of events that are written one by one starts here, above the lines of any file. */
export const FIRST_WRITTEN_SEQ = '1152921504606846976'; // 2^60

/** Bumped when a table changes shape. */
export const FORMAT = 1;

const TABLES = `
  CREATE TABLE catalog_format (version INTEGER NOT NULL);

  -- One row per id ever seen, in a file of its own or in an interaction. name '' where there is none.
  CREATE TABLE customers (key INTEGER NOT NULL, id VARCHAR NOT NULL, name VARCHAR NOT NULL);
  CREATE TABLE products (key INTEGER NOT NULL, id VARCHAR NOT NULL, name VARCHAR NOT NULL);
  CREATE TABLE attributes (key INTEGER NOT NULL, kind VARCHAR NOT NULL, value VARCHAR NOT NULL, name VARCHAR NOT NULL);

  CREATE TABLE product_attributes (owner INTEGER NOT NULL, attribute INTEGER NOT NULL);
  CREATE TABLE customer_traits (owner INTEGER NOT NULL, attribute INTEGER NOT NULL);

  -- Cut points of a kind that is binned, so that a later file is cut where the first one was.
  CREATE TABLE attribute_bins (kind VARCHAR NOT NULL, bins INTEGER NOT NULL, edges DOUBLE[] NOT NULL);

  CREATE TABLE interaction_types (key INTEGER NOT NULL, name VARCHAR NOT NULL);

  -- Every row of every file and every event that was written, never de-duplicated. ts is UTC; seq ascends
  -- in the order of the file. Written events belong to the import before them and have a seq above its lines.
  CREATE TABLE interactions (
    customer INTEGER NOT NULL, product INTEGER NOT NULL, type INTEGER NOT NULL,
    ts TIMESTAMP, ordering DOUBLE, quantity DOUBLE, value DOUBLE, basket VARCHAR,
    import_id INTEGER NOT NULL, seq BIGINT NOT NULL);

  CREATE TABLE imports (
    id INTEGER NOT NULL, sha256 VARCHAR NOT NULL, kind VARCHAR NOT NULL, path VARCHAR NOT NULL,
    mapping VARCHAR NOT NULL, rows BIGINT NOT NULL, rejected BIGINT NOT NULL,
    imported_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'));
`;

/**
 * Added after the first files were made, without changing what those hold: made where they are missing.
 * An end of an edge is the key of a row in the table of its type. Rows are kept as they came, parallel
 * ones each; an undirected edge has its ends in the order of types and then keys. `projection` is NULL
 * for edges of a file, else the name of the projection they belong to.
 */
const ADDED = `
  CREATE TABLE IF NOT EXISTS edges (
    from_type VARCHAR NOT NULL, from_key INTEGER NOT NULL, to_type VARCHAR NOT NULL, to_key INTEGER NOT NULL,
    directed BOOLEAN NOT NULL, weight DOUBLE NOT NULL, ts TIMESTAMP, projection VARCHAR, import_id INTEGER);

  -- How projected edges were made, so that they can be made again from a part of the interactions.
  CREATE TABLE IF NOT EXISTS projections (
    name VARCHAR NOT NULL, options VARCHAR NOT NULL, made_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'));

  -- Events with a negative quantity, here as a positive one: what they take back is decided when it is read.
  CREATE TABLE IF NOT EXISTS returns (
    customer INTEGER NOT NULL, product INTEGER NOT NULL, type INTEGER NOT NULL,
    ts TIMESTAMP, ordering DOUBLE, quantity DOUBLE, value DOUBLE, basket VARCHAR,
    import_id INTEGER NOT NULL, seq BIGINT NOT NULL);

  -- Of products that are hidden or not in stock; all others are neither.
  CREATE TABLE IF NOT EXISTS product_states (product INTEGER NOT NULL, hidden BOOLEAN NOT NULL, in_stock BOOLEAN NOT NULL);

  -- Ids that were deleted, until they are put again.
  CREATE TABLE IF NOT EXISTS tombstones (
    type VARCHAR NOT NULL, id VARCHAR NOT NULL, watermark BIGINT NOT NULL,
    deleted_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'));

  -- Of ids that were deleted and put again: rows that versions made before have for them are not theirs.
  CREATE TABLE IF NOT EXISTS put_again (
    type VARCHAR NOT NULL, id VARCHAR NOT NULL, watermark BIGINT NOT NULL, put_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'));

  -- Receipts of customers who were forgotten, whose ids are in no table any more.
  CREATE TABLE IF NOT EXISTS forgotten (
    receipt VARCHAR NOT NULL, digest VARCHAR NOT NULL, watermark BIGINT NOT NULL, versions VARCHAR NOT NULL,
    job VARCHAR, is_back BOOLEAN NOT NULL, forgotten_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'));

  -- One row. value grows by 1 with every commit that changed something, written by the number of single events.
  CREATE TABLE IF NOT EXISTS watermark (value BIGINT NOT NULL, written BIGINT NOT NULL);
  INSERT INTO watermark SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM watermark);

  -- Replies to requests with an Idempotency-Key, found by it alone, hence the index.
  CREATE TABLE IF NOT EXISTS idempotency_keys (
    key VARCHAR PRIMARY KEY, request VARCHAR NOT NULL, reply VARCHAR NOT NULL,
    made_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'));
`;

/** The newest of them: a file that has it has all. */
const NEWEST_TABLE = 'forgotten';

/** Makes the tables of a new file. @throws ShelfwalkError CATALOG_FORMAT_UNKNOWN */
export async function ensureSchema(session: Session, file: string): Promise<void> {
  const tables = await session.rows<{ name: string }>('SELECT table_name AS name FROM duckdb_tables()');
  if (tables.length === 0) {
    await session.run(`BEGIN; ${TABLES} ${ADDED} INSERT INTO catalog_format VALUES (${FORMAT}); COMMIT`);
    return;
  }
  const known = tables.some(({ name }) => name === 'catalog_format');
  const found = known ? await session.rows<{ version: number }>('SELECT version FROM catalog_format') : [];
  if (found.length === 1 && found[0]!.version === FORMAT) {
    if (!tables.some(({ name }) => name === NEWEST_TABLE)) await session.run(`BEGIN; ${ADDED} COMMIT`);
    return;
  }
  throw new ShelfwalkError('CATALOG_FORMAT_UNKNOWN', {
    file,
    found:
      found.length > 0 ? `format ${found.map((row) => row.version).join(', ')}` : 'no catalog_format table',
    expected: `format ${FORMAT}`,
  });
}
