/**
 * Written versions out of a database again: the index first, then the vectors, then the node that named
 * them. What is cut short is not live any more, and is finished by the next removal or write.
 */
import { NODE_TYPES } from '../base/ids.ts';
import type { Neo4j } from './connection.ts';
import type { Statements } from './statements.ts';
import { OUR_PREFIX, readWrittenVersions, toVersionNames } from './written-version.ts';

export interface RemovalReport {
  /** Versions that were taken out. */
  readonly removed: readonly string[];
  /** Nodes that had a vector of one of them; a node with two counts twice. */
  readonly nodesCleaned: number;
  /** What is left of us, counted afterwards over the whole database. */
  readonly left: {
    /** Nodes with a property of ours, by property. */
    readonly nodes: Readonly<Record<string, number>>;
    readonly indexes: readonly string[];
    readonly versions: readonly string[];
  };
}

/** Nodes that had a vector of it. A version that is not there is no failure: the result is the same. */
export async function removeVersion(
  neo4j: Neo4j,
  statements: Statements,
  version: string,
  signal?: AbortSignal,
): Promise<number> {
  const { property, spaceProperty, indexes } = toVersionNames(version);
  const get = (name: string) => statements.get(`write-back/${name}`);
  await neo4j.write([{ statement: get('begin-removal'), parameters: { version } }], { signal });
  for (const type of NODE_TYPES)
    await neo4j.runAlone({ statement: get('drop-index'), parameters: { name: indexes[type] } }, signal);
  const nodes = await removeProperties(neo4j, statements, { property, spaceProperty }, signal);
  await neo4j.write([{ statement: get('remove-version'), parameters: { version } }], { signal });
  return nodes;
}

async function removeProperties(
  neo4j: Neo4j,
  statements: Statements,
  properties: { readonly property: string; readonly spaceProperty: string },
  signal?: AbortSignal,
): Promise<number> {
  const step = { statement: statements.get('write-back/remove-vectors'), parameters: properties };
  const [row] = await neo4j.runLong<{ nodes: number }>(step, signal);
  return row!.nodes;
}

/**
 * One version, or all of ours: what the nodes say of themselves is looked at too, so vectors whose version
 * nobody remembers go as well.
 */
export async function unwrite(
  neo4j: Neo4j,
  statements: Statements,
  { version, signal }: { readonly version?: string; readonly signal?: AbortSignal } = {},
): Promise<RemovalReport> {
  const known = (await readWrittenVersions(neo4j, statements, signal)).map(({ id }) => id);
  const doomed = version === undefined ? known : [version];
  let nodesCleaned = 0;
  for (const id of doomed) nodesCleaned += await removeVersion(neo4j, statements, id, signal);
  if (version === undefined) {
    for (const property of Object.keys(await countOurs(neo4j, statements, signal)))
      nodesCleaned += await removeProperties(
        neo4j,
        statements,
        { property, spaceProperty: property },
        signal,
      );
    for (const name of await listIndexes(neo4j, statements, signal))
      await neo4j.runAlone(
        { statement: statements.get('write-back/drop-index'), parameters: { name } },
        signal,
      );
    await neo4j.runAlone(
      { statement: statements.get('write-back/drop-version-constraint'), parameters: {} },
      signal,
    );
  }
  return {
    removed: doomed.filter((id) => known.includes(id)),
    nodesCleaned,
    left: {
      nodes: await countOurs(neo4j, statements, signal),
      indexes: await listIndexes(neo4j, statements, signal),
      versions: (await readWrittenVersions(neo4j, statements, signal)).map(({ id }) => id),
    },
  };
}

async function countOurs(
  neo4j: Neo4j,
  statements: Statements,
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  const step = { statement: statements.get('write-back/count-ours'), parameters: { prefix: OUR_PREFIX } };
  const rows = await neo4j.runLong<{ property: string; nodes: number }>(step, signal);
  return Object.fromEntries(rows.map(({ property, nodes }) => [property, nodes]));
}

async function listIndexes(neo4j: Neo4j, statements: Statements, signal?: AbortSignal): Promise<string[]> {
  const step = { statement: statements.get('write-back/index-states'), parameters: { prefix: OUR_PREFIX } };
  return (await neo4j.rows<{ name: string }>(step, signal)).map(({ name }) => name);
}
