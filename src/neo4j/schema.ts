/**
 * Constraints and indexes: the numbered files of cypher/schema, each applied once, in order. The number of
 * the last one stands on a node (:ShelfwalkSchema), so that an older release does not touch what it does not know.
 */
import { readdirSync } from 'node:fs';
import { ShelfwalkError } from '../base/errors.ts';
import type { Neo4j } from './connection.ts';
import { CYPHER_FOLDER, type Statements } from './statements.ts';

export interface Migration {
  readonly from: number;
  readonly to: number;
}

/** `cypher/schema/001-customers.cypher` is 1. */
function listMigrations(): { readonly version: number; readonly path: string }[] {
  return readdirSync(new URL('schema/', CYPHER_FOLDER))
    .filter((file) => /^\d+-.*\.cypher$/.test(file))
    .sort()
    .map((file) => ({ version: Number.parseInt(file, 10), path: `schema/${file.replace(/\.cypher$/, '')}` }));
}

/**
 * @throws ShelfwalkError NEO4J_SCHEMA_UNKNOWN — a newer release has been here
 * @throws ShelfwalkError NEO4J_CONSTRAINT — the data that are there break a constraint: two nodes of one id
 */
export async function migrate(neo4j: Neo4j, statements: Statements): Promise<Migration> {
  const migrations = listMigrations();
  const newest = migrations.at(-1)!.version;
  const [row] = await neo4j.rows<{ version: number }>({
    statement: statements.get('schema/read-version'),
    parameters: {},
  });
  const from = row!.version;
  if (from > newest) {
    throw new ShelfwalkError('NEO4J_SCHEMA_UNKNOWN', {
      server: neo4j.place.uri,
      found: `version ${from}`,
      expected: `at most ${newest}`,
      hint: 'Use the release of shelfwalk that wrote it, or a newer one',
    });
  }
  for (const { version, path } of migrations) {
    if (version <= from) continue;
    await neo4j.runAlone({ statement: statements.get(path), parameters: {} });
    const statement = statements.get('schema/write-version');
    await neo4j.write([{ statement, parameters: { version } }]);
  }
  return { from, to: newest };
}
