/**
 * A graph in Neo4j as a catalog to train from. Nodes are read once, edges when they are asked for. The model
 * keeps sums per customer, product and type, no single events: what needs those is refused by name.
 */
import { createHash } from 'node:crypto';
import { ShelfwalkError } from '../base/errors.ts';
import type { NodeType } from '../base/ids.ts';
import type {
  CatalogSource,
  EdgeColumns,
  EdgeWeighting,
  GivenEdges,
  ProductArcOptions,
} from '../graph/types.ts';
import type { GraphMark } from '../vectors/types.ts';
import type { Neo4j, Statement } from './connection.ts';
import type { GraphModel, Queries } from './model.ts';
import { type AttributeRows, type Owner, readAttributeRows } from './read-attribute-rows.ts';
import { readAttributesByLabel, readInteractionsByLabel, readInteractionsByQuery } from './read-edges.ts';
import { readLinks } from './read-links.ts';
import { type NodeColumns, readNodes } from './read-nodes.ts';
import { createStatements, type Statements } from './statements.ts';
import { countByType, weigh } from './weigh.ts';

/** Sizes, for an estimate. Relationships stand for pairs: at least as many. */
export interface SourceCounts {
  readonly customers: number;
  readonly products: number;
  readonly attributes: number;
  readonly interactions: number;
  readonly pairs: number;
  readonly attributeEdges: number;
  readonly edges: number;
  readonly edgePairs: number;
}

export interface Neo4jSource extends CatalogSource {
  counts(): Promise<SourceCounts>;
  /** Events by type; where only weights are known, relationships (of a query: its rows). */
  interactionsByType(): Promise<Record<string, number>>;
  /**
   * What tells whether anything has changed, as it was when it was first asked for: before anything is read.
   * Undefined where queries stand in for roles: what they read is not known without running them.
   */
  mark(): Promise<GraphMark | undefined>;
  /** Undefined: ages of events are not known here. */
  lastEventMs(): Promise<undefined>;
  /**
   * Not one moment: a transaction of Neo4j sees what others commit meanwhile, so each query has its own.
   * Nodes are read once for the life of a source and edges found by them, so no position shifts: an edge to
   * a node that came in since is refused, but one edge may be newer than another.
   */
  atOneMoment<T>(work: (moment: Neo4jSource) => Promise<T>): Promise<T>;
}

export function createNeo4jSource(neo4j: Neo4j, model: GraphModel, signal?: AbortSignal): Neo4jSource {
  const graph = new Graph(neo4j, model, signal);
  const source: Neo4jSource = {
    nodeIds: async (type) => [...(await graph.nodes(type)).ids],
    nodeNames: async (type) => [...(await graph.nodes(type)).names],
    interactionEdges(weighting, split) {
      if (split) throw needsEvents('a split');
      return graph.interactionEdges(weighting);
    },
    attributeEdges: (owner) => graph.attributeEdges(owner),
    givenEdges(split) {
      if (split) throw needsEvents('a split');
      return graph.links();
    },
    productArcs(options) {
      throw refuseProductArcs(options);
    },
    countProductArcs: async (options) => {
      throw refuseProductArcs(options);
    },
    interactions: async () => {
      throw needsEvents('single interactions');
    },
    proposeSplit: async () => {
      throw needsEvents('evaluation');
    },
    counts: () => graph.counts(),
    interactionsByType: () => graph.interactionsByType(),
    mark: () => graph.mark(),
    lastEventMs: async () => undefined,
    atOneMoment: (work) => work(source),
  };
  return source;
}

const needsEvents = (what: string): ShelfwalkError =>
  new ShelfwalkError('SPLIT_IMPOSSIBLE', {
    found: 'a graph in Neo4j, which keeps sums, not events with times and baskets',
    expected: `for ${what}: a catalog of events`,
    hint: 'Import the events and evaluate on them: shelfwalk import interactions, shelfwalk evaluate',
  });

class Graph {
  readonly #neo4j: Neo4j;
  readonly #model: GraphModel;
  readonly #signal?: AbortSignal;
  readonly #statements: Statements;
  readonly #nodes = new Map<NodeType, Promise<NodeColumns>>();
  #attributeRows?: Promise<AttributeRows>;
  #counts?: Promise<SourceCounts>;
  #mark?: Promise<GraphMark | undefined>;

  constructor(neo4j: Neo4j, model: GraphModel, signal?: AbortSignal) {
    this.#neo4j = neo4j;
    this.#model = model;
    this.#signal = signal;
    this.#statements = createStatements(model.names);
  }

  nodes(type: NodeType): Promise<NodeColumns> {
    let read = this.#nodes.get(type);
    if (!read) {
      read =
        type === 'attribute' && this.#model.queries.attributes !== undefined
          ? this.#readAttributeRows().then(({ nodes }) => nodes)
          : readNodes(this.#neo4j, type, this.#read(`${type}s`));
      this.#nodes.set(type, read);
    }
    return read;
  }

  async *interactionEdges(weighting: EdgeWeighting): AsyncGenerator<EdgeColumns> {
    if (weighting.halfLifeDays !== undefined) throw refuseHalfLife(weighting.halfLifeDays);
    const [customers, products] = [await this.nodes('customer'), await this.nodes('product')];
    const { strength, queries } = this.#model;
    if (queries.interactions !== undefined) {
      const read = await this.#readPairs();
      yield weigh(read.pairs, weighting, read.strength);
      return;
    }
    this.#refuseMixed('interactions', ['customers', 'products']);
    const how = this.#read(`interactions-by-${strength}`);
    yield* readInteractionsByLabel({ ...how, customers, products, weighting, strength });
  }

  async interactionsByType(): Promise<Record<string, number>> {
    if (this.#model.queries.interactions !== undefined) {
      const { pairs, strength } = await this.#readPairs();
      return countByType(pairs, strength);
    }
    const { statement } = this.#read(`types-by-${this.#model.strength}`);
    const step = { statement, parameters: {} };
    const rows = await this.#neo4j.rows<{ type: string; events: number }>(step, this.#signal);
    return Object.fromEntries(rows.map(({ type, events }) => [type, events]));
  }

  async #readPairs(): ReturnType<typeof readInteractionsByQuery> {
    const nodes = { customers: await this.nodes('customer'), products: await this.nodes('product') };
    return readInteractionsByQuery(this.#read('interactions'), nodes);
  }

  async *attributeEdges(owner: Owner): AsyncGenerator<EdgeColumns> {
    if (this.#model.queries.attributes !== undefined) {
      yield (await this.#readAttributeRows()).edges[owner];
      return;
    }
    const attributes = await this.nodes('attribute');
    if (attributes.ids.length === 0) return;
    this.#refuseMixed('attributes', [`${owner}s`]);
    const owners = await this.nodes(owner);
    yield* readAttributesByLabel({ ...this.#read(`${owner}-attributes`), owners, attributes });
  }

  async *links(): AsyncGenerator<GivenEdges> {
    const nodes = {
      customer: await this.nodes('customer'),
      product: await this.nodes('product'),
      attribute: await this.nodes('attribute'),
    };
    yield* readLinks(this.#read('links'), nodes);
  }

  mark(): Promise<GraphMark | undefined> {
    this.#mark ??= this.#readMark();
    return this.#mark;
  }

  async #readMark(): Promise<GraphMark | undefined> {
    const { names, strength, queries } = this.#model;
    if (Object.values(queries).some((query) => query !== undefined)) return undefined;
    const step = { statement: this.#statements.get('read/changed-since'), parameters: {} };
    const [row] = await this.#neo4j.rows<GraphMark>(step, this.#signal);
    // Elsewhere, or under other names, it is another graph, though it may have as many nodes. Hashed, for a
    // manifest is shown to every reader of the API.
    const { uri, database } = this.#neo4j.place;
    const hash = createHash('sha256')
      .update(JSON.stringify([uri, database, names, strength]))
      .digest('hex');
    return { graph: hash.slice(0, 16), ...row! };
  }

  /** Counted once: where a query stands in for a role it must run for that, and once more to be read. */
  counts(): Promise<SourceCounts> {
    this.#counts ??= this.#count();
    return this.#counts;
  }

  async #count(): Promise<SourceCounts> {
    const statement = this.#statements.get('read/counts');
    const [row] = await this.#neo4j.rows<Omit<SourceCounts, 'pairs' | 'edgePairs'>>(
      { statement, parameters: {} },
      this.#signal,
    );
    const { queries } = this.#model;
    const count = async (type: NodeType, query?: string) =>
      query === undefined ? row![`${type}s`] : (await this.nodes(type)).ids.length;
    const interactions =
      queries.interactions === undefined ? row!.interactions : await this.#countInteractions();
    return {
      customers: await count('customer', queries.customers),
      products: await count('product', queries.products),
      attributes: await count('attribute', queries.attributes),
      interactions,
      pairs: interactions,
      attributeEdges: row!.attributeEdges,
      edges: row!.edges,
      edgePairs: row!.edges,
    };
  }

  async #countInteractions(): Promise<number> {
    let count = 0;
    for await (const edges of this.interactionEdges(EVERYTHING)) count += edges.count;
    return count;
  }

  #readAttributeRows(): Promise<AttributeRows> {
    this.#attributeRows ??= (async () =>
      readAttributeRows(this.#read('attributes'), {
        product: await this.nodes('product'),
        customer: await this.nodes('customer'),
      }))();
    return this.#attributeRows;
  }

  /** The query of a role, or else the file in cypher/read. */
  #read(name: string): {
    readonly neo4j: Neo4j;
    readonly statement: Statement;
    readonly signal?: AbortSignal;
  } {
    const text = this.#model.queries[name as keyof Queries];
    const statement: Statement =
      text === undefined ? this.#statements.get(`read/${name}`) : { name: `queries.${name}`, text };
    return { neo4j: this.#neo4j, statement, signal: this.#signal };
  }

  /** Relationships are read from nodes that were found by label. */
  #refuseMixed(role: keyof Queries, needed: readonly (keyof Queries)[]): void {
    const queried = needed.find((name) => this.#model.queries[name] !== undefined);
    if (queried === undefined) return;
    throw new ShelfwalkError('CONFIG_INVALID', {
      field: `queries.${role}`,
      found: `none, and one for ${queried}`,
      expected: `a query for ${role} as well`,
    });
  }
}

const EVERYTHING: EdgeWeighting = { typeWeights: {}, otherTypes: 1, damping: 'log' };

export const refuseSentences = (): ShelfwalkError =>
  new ShelfwalkError('CONFIG_INVALID', {
    field: 'train.algorithm',
    found: 'item2vec',
    expected: 'node2vec or deepwalk: a graph in Neo4j keeps sums, not baskets or the order of events',
    hint: 'Import the events, and train on the catalog: shelfwalk import interactions --basket …',
  });

/** Moments and baskets are those of single events. */
export const refuseProductArcs = ({ sequence }: Pick<ProductArcOptions, 'sequence'>): ShelfwalkError =>
  new ShelfwalkError('CONFIG_INVALID', {
    field: sequence ? 'graph.sequence' : 'graph.baskets',
    found: true,
    expected: 'false: a graph in Neo4j keeps sums, not baskets or the order of events',
    hint: 'Leave it out, or import the events and train on them: shelfwalk import interactions',
  });

/** Ages are those of single events. */
export const refuseHalfLife = (found: number): ShelfwalkError =>
  new ShelfwalkError('CONFIG_INVALID', {
    field: 'graph.halfLifeDays',
    found,
    expected: 'none: a graph in Neo4j keeps sums, not the times of single events',
    hint: 'Leave the half-life out, or import the events and train on them: shelfwalk import interactions',
  });
