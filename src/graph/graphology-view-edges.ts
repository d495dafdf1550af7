/**
 * Iteration over edges, in all of graphology's forms: edges, forEachEdge, mapEdges, … for each kind of
 * edge. A snapshot is undirected, so inbound and outbound are all edges, in, out and directed are none.
 */
import type { EdgeEntry } from 'graphology-types';
import type { GraphologyEdgeAttributes, GraphologyNodeAttributes } from './graphology-names.ts';
import type { EdgeArguments, Methods, ViewRows } from './graphology-view-rows.ts';
import type { SnapshotEdge } from './snapshot-edges.ts';

/** Graphology's words for a kind of edge, and whether an undirected edge is of it. */
export const EDGE_KINDS = [
  { name: '', holds: true },
  { name: 'Undirected', holds: true },
  { name: 'Inbound', holds: true },
  { name: 'Outbound', holds: true },
  { name: 'Directed', holds: false },
  { name: 'In', holds: false },
  { name: 'Out', holds: false },
] as const;

/** `UndirectedEdges` → `undirectedEdges`. */
export const toMethodName = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

type Callback = (...edge: EdgeArguments) => unknown;
type Reducer = (accumulator: unknown, ...edge: EdgeArguments) => unknown;

export function createEdgeIteration(rows: ViewRows): Methods {
  return Object.assign({}, ...EDGE_KINDS.map((kind) => createForms(rows, kind)));
}

/** Every form takes nothing, a node or two nodes before its callback. */
function createForms(rows: ViewRows, { name, holds }: (typeof EDGE_KINDS)[number]): Methods {
  const select = (where: readonly unknown[]): Iterable<SnapshotEdge> => (holds ? rows.edges(where) : []);
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
