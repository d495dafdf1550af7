/**
 * Iteration over edges, in all of graphology's forms: edges, forEachEdge, mapEdges, … for each kind of
 * edge. Of undirected edges, inbound and outbound are all, in, out and directed are none.
 */
import type { EdgeEntry } from 'graphology-types';
import type { GraphologyEdgeAttributes, GraphologyNodeAttributes } from './graphology-names.ts';
import type { EdgeArguments, Methods, ViewRows } from './graphology-view-rows.ts';
import type { SnapshotEdge, Way } from './snapshot-edges.ts';

/** Graphology's words for a kind of edge, and which of a node's edges are of it: undirected ones, directed ones. */
export const EDGE_KINDS = [
  { name: '', undirected: 'both', directed: 'both' },
  { name: 'Undirected', undirected: 'both', directed: undefined },
  { name: 'Inbound', undirected: 'both', directed: 'in' },
  { name: 'Outbound', undirected: 'both', directed: 'out' },
  { name: 'Directed', undirected: undefined, directed: 'both' },
  { name: 'In', undirected: undefined, directed: 'in' },
  { name: 'Out', undirected: undefined, directed: 'out' },
] as const;
export type EdgeKind = (typeof EDGE_KINDS)[number];

/** undefined: this graph has no such edges. */
export const toWay = (rows: ViewRows, kind: EdgeKind): Way | undefined =>
  rows.stored.directed ? kind.directed : kind.undirected;

/** `UndirectedEdges` → `undirectedEdges`. */
export const toMethodName = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

type Callback = (...edge: EdgeArguments) => unknown;
type Reducer = (accumulator: unknown, ...edge: EdgeArguments) => unknown;

export function createEdgeIteration(rows: ViewRows): Methods {
  return Object.assign({}, ...EDGE_KINDS.map((kind) => createForms(rows, kind)));
}

/** Every form takes nothing, a node or two nodes before its callback. */
function createForms(rows: ViewRows, kind: EdgeKind): Methods {
  const { name } = kind;
  const way = toWay(rows, kind);
  const select = (where: readonly unknown[]): Iterable<SnapshotEdge> => (way ? rows.edges(where, way) : []);
  const find = (given: readonly unknown[], wanted: boolean): SnapshotEdge | undefined => {
    const callback = given.at(-1) as Callback;
    for (const edge of select(given.slice(0, -1))) {
      if (Boolean(callback(...rows.toArguments(edge))) === wanted) return edge;
    }
    return undefined;
  };
  const map = (given: readonly unknown[]): { edge: SnapshotEdge; value: unknown }[] => {
    const callback = given.at(-1) as Callback;
    return Array.from(select(given.slice(0, -1)), (edge) => ({
      edge,
      value: callback(...rows.toArguments(edge)),
    }));
  };
  return {
    [toMethodName(`${name}Edges`)]: (...where: unknown[]) => Array.from(select(where), rows.keyOf),
    [toMethodName(`${name}EdgeEntries`)]: (...where: unknown[]) => toEntries(rows, select(where)),
    [`forEach${name}Edge`]: (...given: unknown[]) => {
      const callback = given.at(-1) as Callback;
      for (const edge of select(given.slice(0, -1))) callback(...rows.toArguments(edge));
    },
    [`map${name}Edges`]: (...given: unknown[]) => map(given).map(({ value }) => value),
    [`filter${name}Edges`]: (...given: unknown[]) =>
      map(given).flatMap(({ edge, value }) => (value ? [rows.keyOf(edge)] : [])),
    [`reduce${name}Edges`]: (...given: unknown[]) => {
      const [callback, initial] = given.slice(-2) as [Reducer, unknown];
      let accumulator = initial;
      for (const edge of select(given.slice(0, -2))) {
        accumulator = callback(accumulator, ...rows.toArguments(edge));
      }
      return accumulator;
    },
    [`find${name}Edge`]: (...given: unknown[]) => {
      const edge = find(given, true);
      return edge && rows.keyOf(edge);
    },
    [`some${name}Edge`]: (...given: unknown[]) => find(given, true) !== undefined,
    [`every${name}Edge`]: (...given: unknown[]) => find(given, false) === undefined,
  };
}

type Entry = EdgeEntry<GraphologyNodeAttributes, GraphologyEdgeAttributes>;

function* toEntries(rows: ViewRows, edges: Iterable<SnapshotEdge>): Generator<Entry> {
  for (const one of edges) {
    const [edge, attributes, source, target, sourceAttributes, targetAttributes, undirected] =
      rows.toArguments(one);
    yield { edge, attributes, source, target, sourceAttributes, targetAttributes, undirected };
  }
}
