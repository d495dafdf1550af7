/** A Neo4j, opened for one piece of work and closed after it, whatever comes of it. */
import { ShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import { type Neo4j, openNeo4j } from '../neo4j/connection.ts';
import { type GraphModel, toGraphModel } from '../neo4j/model.ts';
import {
  createNeo4jSource,
  type Neo4jSource,
  refuseHalfLife,
  refuseProductArcs,
  refuseSentences,
} from '../neo4j/source.ts';
import { createStatements, type Statements } from '../neo4j/statements.ts';
import type { RunConfig } from './config.ts';
import { type Neo4jInput, readNeo4jSettings } from './neo4j-config.ts';
import { isOnSentences, toProductArcOptions } from './run-params.ts';

export interface Neo4jSession {
  readonly neo4j: Neo4j;
  readonly statements: Statements;
  readonly model: GraphModel;
}

/**
 * @param environment with user and password; default: that of the process
 * @throws ShelfwalkError CONFIG_INVALID · NEO4J_UNREACHABLE · NEO4J_UNAUTHORIZED · NEO4J_DATABASE_UNKNOWN
 */
export async function withNeo4j<T>(
  input: Neo4jInput,
  work: (session: Neo4jSession) => Promise<T>,
  environment?: Readonly<Record<string, string | undefined>>,
): Promise<T> {
  const model = toGraphModel(input.model);
  const neo4j = await openNeo4j(await readNeo4jSettings(input, environment));
  try {
    return await work({ neo4j, statements: createStatements(model.names), model });
  } finally {
    await neo4j.close();
  }
}

/**
 * The graph in Neo4j, to train from or to look at.
 * @throws ShelfwalkError CONFIG_INVALID — a setting that needs single events · GRAPH_EMPTY
 */
export function withNeo4jSource<T>(
  input: Neo4jInput,
  {
    graph,
    train,
    signal,
  }: Pick<RunConfig, 'graph'> & Partial<Pick<RunConfig, 'train'>> & Pick<TaskContext, 'signal'>,
  work: (source: Neo4jSource) => Promise<T>,
): Promise<T> {
  if (graph.halfLifeDays !== undefined) throw refuseHalfLife(graph.halfLifeDays);
  const productArcs = toProductArcOptions(graph);
  if (productArcs) throw refuseProductArcs(productArcs);
  if (train && isOnSentences({ train })) throw refuseSentences();
  return withNeo4j(input, async ({ neo4j, model }) => {
    const source = createNeo4jSource(neo4j, model, signal);
    const counts = await source.counts();
    if (counts.interactions === 0 && counts.edges === 0) {
      throw new ShelfwalkError('GRAPH_EMPTY', {
        server: neo4j.place.uri,
        database: neo4j.place.database,
        found: counts,
        hint: 'Load it (shelfwalk neo4j load), or say what its labels and relationships are called (--graph-model)',
      });
    }
    return work(source);
  });
}
