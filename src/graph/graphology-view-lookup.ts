/** Nodes one by one, edges one by one, and the attributes of both: the methods that ask about one thing. */
import { ShelfwalkError } from '../base/errors.ts';
import type { GraphologyView, Methods, ViewRows } from './graphology-view-rows.ts';
import type { SnapshotEdge } from './snapshot-edges.ts';

type NodeMethod =
  | 'hasNode'
  | 'nodes'
  | 'nodeEntries'
  | `${'map' | 'filter' | 'reduce'}Nodes`
  | `${'forEach' | 'find' | 'some' | 'every'}Node`;

export function createNodeMethods(rows: ViewRows): Pick<GraphologyView, NodeMethod> {
  const { keys, attributes } = rows;
  return {
    hasNode: (node) => rows.findRow(node) !== undefined,
    nodes: () => [...keys],
    *nodeEntries() {
      for (const [row, node] of keys.entries()) yield { node, attributes: attributes[row]! };
    },
    forEachNode: (callback) => keys.forEach((key, row) => void callback(key, attributes[row]!)),
    mapNodes: (callback) => keys.map((key, row) => callback(key, attributes[row]!)),
    filterNodes: (callback) => keys.filter((key, row) => callback(key, attributes[row]!)),
    reduceNodes: (callback, initial) =>
      keys.reduce((accumulator, key, row) => callback(accumulator, key, attributes[row]!), initial),
    findNode: (callback) => keys.find((key, row) => callback(key, attributes[row]!)),
    someNode: (callback) => keys.some((key, row) => callback(key, attributes[row]!)),
    everyNode: (callback) => keys.every((key, row) => callback(key, attributes[row]!)),
  };
}

type EdgeMethod =
  | 'edge'
  | 'source'
  | 'target'
  | 'extremities'
  | 'opposite'
  | 'hasExtremity'
  | 'isSelfLoop'
  | `has${'' | 'Directed' | 'Undirected'}Edge`
  | `${'directed' | 'undirected'}Edge`
  | `is${'Directed' | 'Undirected'}`;

export function createEdgeMethods(rows: ViewRows): Pick<GraphologyView, EdgeMethod> {
  const {
    keys,
    stored: { directed },
  } = rows;
  const has = (...named: unknown[]): boolean =>
    (named.length > 1 ? rows.findEdgeBetween(named[0], named[1]) : rows.findEdgeByKey(named[0])) !==
    undefined;
  const keyBetween = (source: unknown, target: unknown): string | undefined => {
    const [edge] = rows.edges([source, target], 'out');
    return edge && rows.keyOf(edge);
  };
  const no = { has: () => false, key: () => undefined };
  return {
    hasEdge: has,
    hasUndirectedEdge: directed ? no.has : has,
    hasDirectedEdge: directed ? has : no.has,
    edge: keyBetween,
    undirectedEdge: directed ? no.key : keyBetween,
    directedEdge: directed ? keyBetween : no.key,
    source: (edge) => keys[rows.getEdge(edge).from]!,
    target: (edge) => keys[rows.getEdge(edge).to]!,
    extremities: (edge) => {
      const { from, to } = rows.getEdge(edge);
      return [keys[from]!, keys[to]!];
    },
    opposite: (node, edge) => keys[toOtherEnd(rows, node, rows.getEdge(edge))]!,
    hasExtremity: (edge, node) => {
      const { from, to } = rows.getEdge(edge);
      const row = rows.findRow(node);
      return row === from || row === to;
    },
    isUndirected: (edge) => rows.getEdge(edge) !== undefined && !directed,
    isDirected: (edge) => rows.getEdge(edge) !== undefined && directed,
    isSelfLoop: (edge) => rows.getEdge(edge) === undefined,
  };
}

/** @throws ShelfwalkError NODE_UNKNOWN — not an end of this edge */
function toOtherEnd(rows: ViewRows, node: unknown, { from, to }: SnapshotEdge): number {
  const row = rows.findRow(node);
  if (row === from) return to;
  if (row === to) return from;
  const expected = `${rows.keys[from]} or ${rows.keys[to]}, the ends of the edge`;
  throw new ShelfwalkError('NODE_UNKNOWN', { found: String(node), expected });
}

/** get…Attribute, get…Attributes and has…Attribute of a node, of an end of an edge, of an edge. */
export function createAttributeMethods(rows: ViewRows): Methods {
  const rowOf = {
    Node: (node: unknown) => rows.getRow(node),
    Source: (edge: unknown) => rows.getEdge(edge).from,
    Target: (edge: unknown) => rows.getEdge(edge).to,
    Opposite: (node: unknown, edge: unknown) => toOtherEnd(rows, node, rows.getEdge(edge)),
  };
  const ofNodes = Object.entries(rowOf).map(([owner, find]) =>
    toGetters(owner, ([first, second]) => rows.attributes[find(first, second)]!),
  );
  // An edge is named by its key or by its two ends.
  const edgeAttributes = (named: readonly unknown[]) => rows.edgeAttributes(rows.getEdge(...named));
  const [kind, other] = rows.stored.directed ? ['Directed', 'undirected'] : ['Undirected', 'directed'];
  const ofEdges = ['Edge', `${kind}Edge`].map((name) => toGetters(name, edgeAttributes));
  const none = toGetters(`${other === 'directed' ? 'Directed' : 'Undirected'}Edge`, (named) => {
    throw new ShelfwalkError('EDGE_UNKNOWN', {
      found: named.map(String).join(' – '),
      expected: `edges of this graph, of which none is ${other}`,
    });
  });
  return Object.assign({}, ...ofNodes, ...ofEdges, none);
}

type Named = readonly unknown[];

/** The name of the attribute, where one is asked for, comes last. */
function toGetters(owner: string, read: (named: Named) => object): Methods {
  const one = (given: Named): [attributes: Record<string, unknown>, name: string] => [
    read(given.slice(0, -1)) as Record<string, unknown>,
    String(given.at(-1)),
  ];
  return {
    [`get${owner}Attributes`]: (...named: unknown[]) => read(named),
    [`get${owner}Attribute`]: (...given: unknown[]) => {
      const [attributes, name] = one(given);
      return attributes[name];
    },
    [`has${owner}Attribute`]: (...given: unknown[]) => {
      const [attributes, name] = one(given);
      return Object.hasOwn(attributes, name);
    },
  };
}
