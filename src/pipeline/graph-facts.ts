/** What `graph stats` and `graph lint` ask of a graph, be it that of the catalog or one in Neo4j. */
import type { NodeType } from '../base/ids.ts';
import type { TaskContext } from '../base/task.ts';
import type { Catalog, CatalogMoment } from '../catalog/types.ts';
import type { CatalogSource } from '../graph/types.ts';
import type { Neo4jSource } from '../neo4j/source.ts';
import type { GraphConfig } from './config.ts';
import type { LintCounts } from './graph-lint.ts';
import type { Neo4jInput } from './neo4j-config.ts';
import { withNeo4jSource } from './neo4j-session.ts';

export interface GraphFacts {
  readonly source: CatalogSource & { lastEventMs(): Promise<number | undefined> };
  /** Display name of a node, '' for none. */
  readonly nameOf: (type: NodeType, id: string) => Promise<string>;
  readonly counts: () => Promise<LintCounts>;
}

interface Choice extends TaskContext {
  readonly source?: Neo4jInput;
  readonly graph: GraphConfig;
}

/**
 * Of the catalog, all of one moment.
 * @throws ShelfwalkError of Neo4j: CONFIG_INVALID — a half-life · GRAPH_EMPTY · NEO4J_UNREACHABLE …
 */
export function withGraphFacts<T>(
  catalog: Catalog,
  { source, ...options }: Choice,
  work: (facts: GraphFacts) => Promise<T>,
): Promise<T> {
  return source === undefined
    ? catalog.atOneMoment((moment) => work(ofCatalog(moment)))
    : withNeo4jSource(source, options, (found) => work(ofNeo4j(found)));
}

const ofCatalog = (moment: CatalogMoment): GraphFacts => ({
  source: moment,
  nameOf: async (type, id) => (await moment.find(type, id))?.name ?? '',
  counts: () => moment.counts(),
});

const ofNeo4j = (source: Neo4jSource): GraphFacts => ({
  source,
  async nameOf(type, id) {
    const [ids, names] = [await source.nodeIds(type), await source.nodeNames(type)];
    return names[ids.indexOf(id)] ?? '';
  },
  async counts() {
    const { customers, edges } = await source.counts();
    const interactionsByType = await source.interactionsByType();
    const interactions = Object.values(interactionsByType).reduce((sum, events) => sum + events, 0);
    return { customers, edges, interactions, interactionsByType };
  },
});
