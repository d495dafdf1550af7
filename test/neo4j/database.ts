/**
 * What tests of Neo4j start from: a connection to the server of this run and an empty database. Tests of
 * one file share it; files run one after the other.
 */
import { existsSync, readFileSync } from 'node:fs';
import neo4j, { type Driver, type Plan } from 'neo4j-driver';
import { afterAll, beforeAll, inject } from 'vitest';
import type { Neo4j, Neo4jSettings } from '../../src/neo4j/connection.ts';
import { openNeo4j } from '../../src/neo4j/connection.ts';
import type { TestServer } from './server.ts';

/** Undefined where nothing can be run: `describe.skipIf(!server)`. */
export const server: TestServer | undefined = inject('neo4j');

const START_MS = 300_000; // jars are fetched, two cores are shared
const ASK_EVERY_MS = 500;

export const toSettings = (change: Partial<Neo4jSettings> = {}): Neo4jSettings => ({
  uri: server!.uri,
  user: server!.user,
  password: server!.password,
  timeoutMs: 30_000,
  attempts: 5,
  ...change,
});

export interface TestDatabase {
  /** Valid within tests. */
  readonly neo4j: Neo4j;
  /** Any Cypher, for setting up and looking: not what is tested. */
  run(text: string, parameters?: Record<string, unknown>): Promise<Record<string, unknown>[]>;
  /** How the server would run it: the names of the operators. */
  plan(text: string, parameters?: Record<string, unknown>): Promise<string[]>;
  /**
   * Every node and relationship with all it holds, in an order of its own; but for what shelfwalk keeps for
   * itself and the numbers of loads.
   */
  dump(): Promise<string[]>;
  /** Nodes, relationships, constraints and indexes: all gone. */
  clear(): Promise<void>;
  /** Nodes and relationships only: constraints take a second to make. */
  clearGraph(): Promise<void>;
}

/** Empties the database before the first test of the file, and after the last. */
export function useDatabase(): TestDatabase {
  let opened: Neo4j;
  let driver: Driver;
  const ask = async (text: string, parameters: Record<string, unknown> = {}) => {
    const session = driver.session();
    try {
      return await session.run(text, parameters);
    } finally {
      await session.close();
    }
  };
  const run: Run = async (text, parameters) => {
    const { records } = await ask(text, parameters);
    return records.map((record) => record.toObject());
  };
  beforeAll(async () => {
    if (!server) return;
    const { uri, user, password } = server;
    driver = neo4j.driver(uri, neo4j.auth.basic(user, password), { disableLosslessIntegers: true });
    await waitUntilUp(server, driver);
    await refuseForeignData(run);
    opened = await openNeo4j(toSettings());
    await clear(run);
  }, START_MS);
  afterAll(async () => {
    if (!server) return;
    await clear(run);
    await opened.close();
    await driver.close();
  }, START_MS);
  return {
    get neo4j() {
      return opened;
    },
    run,
    async plan(text, parameters) {
      const { summary } = await ask(`EXPLAIN ${text}`, parameters);
      return toOperators(summary.plan as Plan);
    },
    dump: () => dump(run),
    clear: () => clear(run),
    clearGraph: () => clearGraph(run, 'ShelfwalkTest|ShelfwalkSchema'),
  };
}

export async function waitUntilUp({ failure }: TestServer, driver: Driver): Promise<void> {
  for (const end = performance.now() + START_MS; ; ) {
    if (failure && existsSync(failure)) throw new Error(readFileSync(failure, 'utf8'));
    try {
      await driver.verifyAuthentication();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  }
}

/** Operators end with the name of the database: `NodeUniqueIndexSeek(Locking)@neo4j`. */
const toOperators = ({ operatorType, children }: Plan): string[] => [
  operatorType.replace(/@.*$/, ''),
  ...children.flatMap(toOperators),
];

type Run = TestDatabase['run'];

/** Tests empty the database: one of somebody else's must not be taken for ours. It is ours if a test has marked it. */
async function refuseForeignData(run: Run): Promise<void> {
  const [row] = await run(
    'OPTIONAL MATCH (t:ShelfwalkTest) WITH count(t) AS marks RETURN marks, EXISTS { (n) } AS holds',
  );
  if (row!['holds'] && row!['marks'] === 0) {
    throw new Error(`${server!.uri} holds data: tests empty the database and need one that is empty`);
  }
}

async function dump(run: Run): Promise<string[]> {
  const rows = await run(`
    MATCH (n) WHERE NOT n:ShelfwalkTest AND NOT n:ShelfwalkSchema
    RETURN labels(n) + [k IN keys(n) WHERE k <> 'shelfwalkLoad' | k + '=' + toString(n[k])] AS line
    UNION ALL MATCH (a)-[r]->(b)
    RETURN [type(r), coalesce(a.id, a.kind + '/' + a.value), coalesce(b.id, b.kind + '/' + b.value)]
      + [k IN keys(r) WHERE k <> 'shelfwalkLoad' | k + '=' + toString(r[k])] AS line`);
  return rows.map(({ line }) => JSON.stringify((line as string[]).toSorted())).sort();
}

async function clear(run: Run): Promise<void> {
  await run('MERGE (:ShelfwalkTest)'); // so that a run that is killed in between can be followed by another
  await clearGraph(run, 'ShelfwalkTest');
  for (const kind of ['CONSTRAINT', 'INDEX']) {
    const filter = kind === 'INDEX' ? " WHERE type <> 'LOOKUP'" : '';
    for (const { name } of await run(
      `SHOW ${kind}${kind === 'INDEX' ? 'ES' : 'S'} YIELD name, type${filter}`,
    )) {
      await run(`DROP ${kind} \`${name}\` IF EXISTS`);
    }
  }
}

/** Relationships first: a node that sells to thousands would bring all of its own into one transaction. */
async function clearGraph(run: Run, spare: string): Promise<void> {
  await run('MATCH ()-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 10000 ROWS');
  await run(`MATCH (n) WHERE NOT n:${spare} CALL (n) { DELETE n } IN TRANSACTIONS OF 10000 ROWS`);
}
