/** Iteration over the neighbours of a node, in all of graphology's forms and for each kind of edge. */
import type { NeighborEntry } from 'graphology-types';
import type { GraphologyNodeAttributes } from './graphology-names.ts';
import { EDGE_KINDS, toMethodName } from './graphology-view-edges.ts';
import type { Methods, ViewRows } from './graphology-view-rows.ts';

type Callback = (neighbor: string, attributes: GraphologyNodeAttributes) => unknown;
type Reducer = (accumulator: unknown, neighbor: string, attributes: GraphologyNodeAttributes) => unknown;

const NONE = new Uint32Array(0);

export function createNeighborIteration(rows: ViewRows): Methods {
  return Object.assign({}, ...EDGE_KINDS.map((kind) => createForms(rows, kind)));
}

function createForms(rows: ViewRows, { name, holds }: (typeof EDGE_KINDS)[number]): Methods {
  const select = (node: unknown): Uint32Array => (holds ? rows.neighbors(rows.getRow(node)) : NONE);
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
      return holds && rows.findEdgeBetween(node, neighbor) !== undefined;
    },
    [toMethodName(`${name}Degree`)]: (node: unknown) => {
      const row = rows.getRow(node);
      return holds ? rows.degree(row) : 0;
    },
    [toMethodName(`${name}DegreeWithoutSelfLoops`)]: (node: unknown) => {
      const row = rows.getRow(node);
      return holds ? rows.degree(row) : 0;
    },
  };
}

function* toEntries(
  rows: ViewRows,
  selected: Uint32Array,
): Generator<NeighborEntry<GraphologyNodeAttributes>> {
  for (const row of selected) yield { neighbor: rows.keys[row]!, attributes: rows.attributes[row]! };
}
