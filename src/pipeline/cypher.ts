/**
 * Queries of cypher/analytics, and on request those of others, against the Neo4j that is configured. The
 * connection is made when it is first needed and again when it has failed, so that a service starts, and
 * keeps answering what needs no Neo4j, without one.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Neo4j, Neo4jSettings } from '../neo4j/connection.ts';
import type { NamesInput } from '../neo4j/names.ts';
import type { PageLimits } from '../neo4j/page.ts';
import { type AnalyticsQuery, type QueryParameter, readQueryFiles } from '../neo4j/query-file.ts';
import type { QueryAnswer, QueryValues } from '../neo4j/run-query.ts';
import { readQueryValues } from './cypher-parameters.ts';
import { type Neo4jInput, neo4jInput, readNeo4jSettings } from './neo4j-config.ts';

export type { AnalyticsQuery, QueryParameter };

export interface CypherReply {
  /** Absent for a query that the caller wrote. */
  readonly query?: string;
  readonly columns: readonly string[];
  readonly results: QueryAnswer['rows'];
  /** There were more rows than the limit lets through. */
  readonly truncated: boolean;
  /** Whose vectors were read. */
  readonly model?: QueryAnswer['version'];
  readonly tookMs: number;
}

export interface Cypher {
  readonly queries: readonly AnalyticsQuery[];
  /** @throws ShelfwalkError CYPHER_UNKNOWN — lists those there are */
  query(name: string): AnalyticsQuery;
  /**
   * @param given by name, as text or as what the type of the parameter is
   * @throws ShelfwalkError CYPHER_UNKNOWN · REQUEST_INVALID · NODE_UNKNOWN · NODE_NOT_EMBEDDED · VERSION_UNKNOWN
   * @throws ShelfwalkError NEO4J_NOT_CONFIGURED · NEO4J_NOT_WRITTEN · NEO4J_UNREACHABLE · NEO4J_UNAUTHORIZED · NEO4J_TIMEOUT
   */
  run(name: string, given: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<CypherReply>;
  /** @throws ShelfwalkError CYPHER_REFUSED — it does more than read · NEO4J_STATEMENT_REFUSED · as for `run` */
  runFree(
    text: string,
    parameters: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<CypherReply>;
  close(): Promise<void>;
}

export interface CypherOptions {
  /** Undefined: none is configured, and every run says so. */
  readonly settings: Neo4jSettings | undefined;
  /** What labels, types and properties are called, where not by the default names. */
  readonly names?: NamesInput;
  readonly limits: PageLimits;
}

export type { Neo4jSettings };

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment alone says. Undefined: it names no server. @throws ShelfwalkError CONFIG_INVALID */
export async function findNeo4jSettings(
  environment: Environment = process.env,
): Promise<Neo4jSettings | undefined> {
  return environment['NEO4J_URI'] ? readNeo4jSettings(neo4jInput.parse({}), environment) : undefined;
}

/** As a command names it. @throws ShelfwalkError CONFIG_INVALID — no address, no password */
export async function openCypher(
  server: Neo4jInput,
  { limits, environment }: { readonly limits: PageLimits; readonly environment?: Environment },
): Promise<Cypher> {
  return createCypher({
    settings: await readNeo4jSettings(server, environment),
    names: server.model.names,
    limits,
  });
}

export function createCypher({ settings, names, limits }: CypherOptions): Cypher {
  const queries = readQueryFiles();
  // Somebody waits for the answer: neither long for a server that is not there, nor through many tries.
  const patience = {
    timeoutMs: Math.min(limits.timeoutMs, settings?.timeoutMs ?? limits.timeoutMs),
    attempts: ATTEMPTS,
  };
  const connection = createLazyConnection(settings && { ...settings, ...patience });
  const query = (name: string): AnalyticsQuery => {
    const found = queries.find((one) => one.name === name);
    if (found) return found;
    throw new ShelfwalkError('CYPHER_UNKNOWN', {
      found: name.slice(0, 100),
      expected: queries.map((q) => q.name).join(', '),
    });
  };
  const answer = async (
    work: (neo4j: Neo4j) => Promise<QueryAnswer>,
  ): Promise<Omit<CypherReply, 'query'>> => {
    const startedAt = performance.now();
    const { columns, rows, truncated, version } = await work(await connection.get());
    const tookMs = Math.round((performance.now() - startedAt) * 100) / 100;
    return { columns, results: rows, truncated, ...(version && { model: version }), tookMs };
  };
  return {
    queries,
    query,
    async run(name, given, signal) {
      const found = query(name);
      const values: QueryValues = readQueryValues(found, given);
      const { runQuery, createStatements, toNames } = await loadNeo4j();
      const statements = createStatements(toNames(names));
      return {
        query: name,
        ...(await answer((neo4j) => runQuery({ neo4j, statements, query: found, values, limits, signal }))),
      };
    },
    async runFree(text, parameters, signal) {
      const { runFreeQuery } = await loadNeo4j();
      return answer((neo4j) => runFreeQuery(neo4j, { text, parameters, limits, signal }));
    },
    close: () => connection.close(),
  };
}

const ATTEMPTS = 2;

/** Loaded only now: the driver takes a while, and a service without Neo4j never needs it. */
async function loadNeo4j() {
  const [{ openNeo4j }, { runQuery }, { runFreeQuery }, { createStatements }, { toNames }] =
    await Promise.all([
      import('../neo4j/connection.ts'),
      import('../neo4j/run-query.ts'),
      import('../neo4j/free-query.ts'),
      import('../neo4j/statements.ts'),
      import('../neo4j/names.ts'),
    ]);
  return { openNeo4j, runQuery, runFreeQuery, createStatements, toNames };
}

function createLazyConnection(settings: Neo4jSettings | undefined): {
  get(): Promise<Neo4j>;
  close(): Promise<void>;
} {
  let opening: Promise<Neo4j> | undefined;
  async function open(): Promise<Neo4j> {
    if (!settings) {
      const hint = 'Set NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD';
      throw new ShelfwalkError('NEO4J_NOT_CONFIGURED', { hint });
    }
    try {
      return await (await loadNeo4j()).openNeo4j(settings);
    } catch (error) {
      opening = undefined; // the next call tries again; one that is open mends itself, the driver sees to it
      throw error;
    }
  }
  return {
    get() {
      opening ??= open();
      return opening;
    },
    async close() {
      await opening?.then((neo4j) => neo4j.close()).catch(() => {});
    },
  };
}
