/**
 * Runs a query of cypher/analytics: fills in what only the database knows (the property and the indexes of
 * the live version), sees that the nodes asked about exist, and takes rows up to a limit, in a transaction
 * that can only read and that the server ends when its time is up.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { type NodeType, parseAttributeId } from '../base/ids.ts';
import type { Neo4j, Parameters, Step } from './connection.ts';
import type { PageLimits } from './page.ts';
import { type AnalyticsQuery, type ParameterType, RESERVED } from './query-file.ts';
import type { Statements } from './statements.ts';
import { toInteger, toPlain } from './values.ts';
import { readWrittenVersions, type WrittenVersion } from './written-version.ts';

export interface QueryAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** There were more rows than the limit of the runner lets through. */
  readonly truncated: boolean;
  /** Whose vectors were read; absent if none were. */
  readonly version?: { readonly version: string; readonly spaceId: string };
}

/** As the caller gave them, checked by type and range already; null: left out. */
export type QueryValues = Readonly<Record<string, string | number | boolean | readonly string[] | null>>;

interface Run {
  readonly neo4j: Neo4j;
  readonly statements: Statements;
  readonly query: AnalyticsQuery;
  readonly values: QueryValues;
  readonly signal?: AbortSignal;
}

/**
 * @throws ShelfwalkError NEO4J_NOT_WRITTEN — no version is live · VERSION_UNKNOWN — it is not written there
 * @throws ShelfwalkError NODE_UNKNOWN · NODE_NOT_EMBEDDED — a node asked about · NEO4J_TIMEOUT
 */
export async function runQuery(run: Run & { readonly limits: PageLimits }): Promise<QueryAnswer> {
  const { neo4j, limits, signal } = run;
  const { step, live } = await prepare(run);
  await checkNodes(run, live);
  const { columns, rows, truncated } = await neo4j.page(step, limits, signal);
  return {
    columns,
    rows: rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, toPlain(row[i])]))),
    truncated,
    version: live && { version: live.id, spaceId: live.space },
  };
}

/** What is sent for a query, for those who want to see its plan. */
export const toQueryStep = async (run: Run): Promise<Step> => (await prepare(run)).step;

async function prepare(
  run: Run,
): Promise<{ readonly step: Step; readonly live: WrittenVersion | undefined }> {
  const { neo4j, statements, query, signal } = run;
  const statement = statements.get(`analytics/${query.name}`);
  const versions = await readWrittenVersions(neo4j, statements, signal);
  const live = readsVectors(statement.text) ? getLive(versions, neo4j) : undefined;
  return { step: { statement, parameters: { ...toReserved(live), ...toParameters(run, versions) } }, live };
}

const readsVectors = (text: string): boolean => RESERVED.some((name) => text.includes(`$${name}`));

function getLive(versions: readonly WrittenVersion[], { place }: Neo4j): WrittenVersion {
  const live = versions.find((version) => version.live);
  if (live) return live;
  const hint = 'Write one: shelfwalk neo4j write';
  throw new ShelfwalkError('NEO4J_NOT_WRITTEN', { server: place.uri, database: place.database, hint });
}

function toReserved(live: WrittenVersion | undefined): Parameters {
  if (!live) return {};
  const { property, indexes } = live.names;
  return {
    vectorProperty: property,
    dimension: toInteger(live.dimension),
    customerIndex: indexes.customer,
    productIndex: indexes.product,
    attributeIndex: indexes.attribute,
  };
}

function toParameters({ query, values }: Run, versions: readonly WrittenVersion[]): Parameters {
  return Object.fromEntries(
    query.parameters.map(({ name, type }) => {
      const value = values[name] ?? null;
      return [name, value === null ? null : toParameter(type, value, versions)];
    }),
  );
}

function toParameter(type: ParameterType, value: unknown, versions: readonly WrittenVersion[]): unknown {
  switch (type.kind) {
    case 'integer':
      return toInteger(value as number);
    case 'version':
      return toVersionFacts(value as string, versions);
    case 'node':
      return type.node === 'attribute' ? parseAttributeId(value as string) : value;
    case 'nodes':
      return type.node === 'attribute' ? (value as readonly string[]).map(parseAttributeId) : value;
    default:
      return value;
  }
}

/** What a query reads another version by. `live` is the one that is. */
function toVersionFacts(id: string, versions: readonly WrittenVersion[]): Parameters {
  const version = versions.find((v) => v.state === 'written' && (id === 'live' ? v.live : v.id === id));
  if (!version) {
    const written = versions.filter(({ state }) => state === 'written').map((v) => v.id);
    throw new ShelfwalkError('VERSION_UNKNOWN', {
      version: id,
      expected: `one that is written: ${written.join(', ')}`,
    });
  }
  const { property, indexes } = version.names;
  const [customerIndex, productIndex, attributeIndex] = [
    indexes.customer,
    indexes.product,
    indexes.attribute,
  ];
  return { id: version.id, space: version.space, property, customerIndex, productIndex, attributeIndex };
}

interface NodeState {
  readonly id: string;
  readonly found: boolean;
  readonly embedded: boolean;
}

/** More of them than this would not be read by anybody. */
const NAMED = 5;

/** A list needs one member with a vector; a node on its own must have one where its type says so. */
async function checkNodes(
  { neo4j, statements, query, values, signal }: Run,
  live: WrittenVersion | undefined,
): Promise<void> {
  for (const { name, type } of query.parameters) {
    const value = values[name] ?? null;
    if (value === null || (type.kind !== 'node' && type.kind !== 'nodes')) continue;
    const ids = type.kind === 'node' ? [value as string] : (value as readonly string[]);
    const parameters = { ...toCheck(type.node, ids), vectorProperty: live?.names.property ?? null };
    const step = { statement: statements.get(`check/${type.node}s`), parameters };
    const states = await neo4j.rows<NodeState>(step, signal);
    const unknown = states.filter(({ found }) => !found).map(({ id }) => id);
    if (unknown.length > 0)
      throw new ShelfwalkError('NODE_UNKNOWN', {
        field: name,
        type: type.node,
        ...toNamed(unknown),
      });
    if (type.embedded && states.every(({ embedded }) => !embedded))
      throw new ShelfwalkError('NODE_NOT_EMBEDDED', {
        field: name,
        type: type.node,
        ...toNamed(ids),
        version: live?.id,
      });
  }
}

const toCheck = (type: NodeType, ids: readonly string[]): Parameters =>
  type === 'attribute' ? { attributes: ids.map((id) => ({ id, ...parseAttributeId(id) })) } : { ids };

const toNamed = (ids: readonly string[]): Record<string, unknown> =>
  ids.length === 1 ? { id: ids[0] } : { ids: ids.slice(0, NAMED), count: ids.length };
