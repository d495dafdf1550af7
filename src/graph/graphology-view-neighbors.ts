/** Iteration over the neighbours of a node, in all of graphology's forms and for each kind of edge. */
import type { NeighborEntry } from 'graphology-types';
import type { GraphologyNodeAttributes } from './graphology-names.ts';
import { EDGE_KINDS, type EdgeKind, toMethodName, toWay } from './graphology-view-edges.ts';
import type { Methods, ViewRows } from './graphology-view-rows.ts';

type Callback = (neighbor: string, attributes: GraphologyNodeAttributes) => unknown;
type Reducer = (accumulator: unknown, neighbor: string, attributes: GraphologyNodeAttributes) => unknown;

const NONE = new Uint32Array(0);

export function createNeighborIteration(rows: ViewRows): Methods {
  return Object.assign({}, ...EDGE_KINDS.map((kind) => createForms(rows, kind)));
}

function createForms(rows: ViewRows, kind: EdgeKind): Methods {
  const { name } = kind;
  const way = toWay(rows, kind);
  const select = (node: unknown): Uint32Array => (way ? rows.stored.neighbors(rows.getRow(node), way) : NONE);
  const toDegree = (node: unknown): number => {
    const row = rows.getRow(node);
    return way ? rows.stored.degree(row, way) : 0;
  };
  const isTrue =
    (callback: Callback) =>
    (row: number): boolean =>
      Boolean(callback(rows.keys[row]!, rows.attributes[row]!));
  return {
    [toMethodName(`${name}Neighbors`)]: (node: unknown) => Array.from(select(node), (row) => rows.keys[row]!),
    [toMethodName(`${name}NeighborEntries`)]: (node: unknown) => toEntries(rows, select(node)),
    [`forEach${name}Neighbor`]: (node: unknown, callback: Callback) => {
      for (const row of select(node)) callback(rows.keys[row]!, rows.attributes[row]!);
    },
    [`map${name}Neighbors`]: (node: unknown, callback: Callback) =>
      Array.from(select(node), (row) => callback(rows.keys[row]!, rows.attributes[row]!)),
    [`filter${name}Neighbors`]: (node: unknown, callback: Callback) =>
      Array.from(select(node).filter(isTrue(callback)), (row) => rows.keys[row]!),
    [`reduce${name}Neighbors`]: (node: unknown, callback: Reducer, initial: unknown) => {
      let accumulator = initial;
      for (const row of select(node)) {
        accumulator = callback(accumulator, rows.keys[row]!, rows.attributes[row]!);
      }
      return accumulator;
    },
    [`find${name}Neighbor`]: (node: unknown, callback: Callback) => {
      const row = select(node).find(isTrue(callback));
      return row === undefined ? undefined : rows.keys[row]!;
    },
    [`some${name}Neighbor`]: (node: unknown, callback: Callback) => select(node).some(isTrue(callback)),
    [`every${name}Neighbor`]: (node: unknown, callback: Callback) => select(node).every(isTrue(callback)),
    [`are${name}Neighbors`]: (node: unknown, neighbor: unknown) => {
      rows.getRow(node); // graphology refuses an unknown node, and takes an unknown neighbour for a no
      return way !== undefined && rows.findEdgeBetween(node, neighbor, way) !== undefined;
    },
    [toMethodName(`${name}Degree`)]: toDegree,
    [toMethodName(`${name}DegreeWithoutSelfLoops`)]: toDegree, // there are none
  };
}

function* toEntries(
  rows: ViewRows,
  selected: Uint32Array,
): Generator<NeighborEntry<GraphologyNodeAttributes>> {
  for (const row of selected) yield { neighbor: rows.keys[row]!, attributes: rows.attributes[row]! };
}
