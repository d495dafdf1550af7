/**
 * What loads have made in a Neo4j and the catalog no longer has: counted, or taken out. Every load has a
 * number, which all that it makes or finds again carries (cypher/load/begin.cypher); what carries an older one
 * has left the catalog, and what carries none was never ours.
 */
import type { Neo4j } from './connection.ts';
import type { Statements } from './statements.ts';

export interface Leftover {
  readonly relationships: number;
  readonly nodes: number;
  /** Nodes that stay all the same: something is tied to them that no load has made. */
  readonly held: number;
}

interface Place {
  readonly neo4j: Neo4j;
  readonly statements: Statements;
}

/** Nothing is changed. Nodes and relationships are looked through once each, for as long as it takes. */
export async function countLeftover(place: Place, load: number, signal?: AbortSignal): Promise<Leftover> {
  const [leftover] = await runLong<Leftover>(place, 'count', { load, signal });
  return leftover!;
}

/** In batches: cut short, the next one goes on. @returns what was there, `held` is what is there still */
export async function prune(place: Place, load: number, signal?: AbortSignal): Promise<Leftover> {
  const remove = async (what: string) => {
    const [row] = await runLong<{ removed: number }>(place, what, { load, signal });
    return row!.removed;
  };
  const relationships = await remove('relationships'); // first: a node goes once nothing is tied to it
  const nodes = await remove('nodes');
  const { held } = await countLeftover(place, load, signal);
  return { relationships, nodes, held };
}

function runLong<R>(
  { neo4j, statements }: Place,
  name: string,
  { load, signal }: { readonly load: number; readonly signal?: AbortSignal },
): Promise<R[]> {
  return neo4j.runLong<R>({ statement: statements.get(`prune/${name}`), parameters: { load } }, signal);
}
