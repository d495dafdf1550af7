/**
 * A snapshot under graphology's interface, read only and without a copy of its edges: what graphology's
 * algorithms ask is answered from the compressed rows. test/graph/graphology-view.test.ts holds every
 * method to a real graph of the same edges.
 */
import { EventEmitter } from 'node:events';
import type { GraphOptions, SerializedEdge, SerializedNode } from 'graphology-types';
import { createGraph, toGraphology } from './graphology-export.ts';
import { type NameOptions, toGraphType } from './graphology-names.ts';
import { createEdgeIteration } from './graphology-view-edges.ts';
import { createAttributeMethods, createEdgeMethods, createNodeMethods } from './graphology-view-lookup.ts';
import { createNeighborIteration } from './graphology-view-neighbors.ts';
import { REFUSALS } from './graphology-view-refusals.ts';
import { type GraphologyView, type Methods, ViewRows } from './graphology-view-rows.ts';
import type { Snapshot } from './types.ts';

export type { GraphologyView } from './graphology-view-rows.ts';

/**
 * Nodes and edges come in the order of rows, with the keys and attributes that toGraphology gives them.
 * Unknown nodes and edges are refused with NODE_UNKNOWN and EDGE_UNKNOWN, changes with GRAPH_READ_ONLY;
 * attributes are frozen. Its events never happen.
 * Where some edge goes one way, it is a directed graph, and an edge that goes both ways is two of its edges.
 * @throws ShelfwalkError REQUEST_INVALID — names of another length than the snapshot's nodes
 */
export function asGraphologyView(snapshot: Snapshot, options: NameOptions = {}): GraphologyView {
  const rows = new ViewRows(snapshot, options);
  const methods: Methods = {
    ...REFUSALS,
    ...createNodeMethods(rows),
    ...createEdgeMethods(rows),
    ...createAttributeMethods(rows),
    ...createEdgeIteration(rows),
    ...createNeighborIteration(rows),
    ...createAdjacencyIteration(rows),
    ...createWholeGraphMethods(rows, options),
  };
  const { count, directed } = rows.stored;
  const facts = {
    ...toOptions(snapshot),
    implementation: 'shelfwalk',
    order: snapshot.nodeCount,
    size: count,
    undirectedSize: directed ? 0 : count,
    directedSize: directed ? count : 0,
    selfLoopCount: 0,
    directedSelfLoopCount: 0,
    undirectedSelfLoopCount: 0,
  };
  const view = Object.defineProperties(new EventEmitter(), {
    ...Object.getOwnPropertyDescriptors(Object.freeze(facts)),
    ...toHidden(methods),
  });
  // The families above are made by name; the test finds each method of graphology's class among them.
  return view as unknown as GraphologyView;
}

const toOptions = (snapshot: Snapshot) =>
  ({ type: toGraphType(snapshot), multi: false, allowSelfLoops: false }) as const;

const toHidden = (methods: Methods): PropertyDescriptorMap =>
  Object.fromEntries(Object.entries(methods).map(([name, value]) => [name, { value, enumerable: false }]));

type AdjacencyMethod = `forEach${'' | 'Assymetric'}AdjacencyEntry${'' | 'WithOrphans'}`;

function createAdjacencyIteration(rows: ViewRows): Pick<GraphologyView, AdjacencyMethod> {
  const { snapshot, stored, keys, attributes } = rows;
  type Visit = Parameters<GraphologyView['forEachAdjacencyEntryWithOrphans']>[0];
  const visit = (callback: Visit, { once, orphans }: { once: boolean; orphans: boolean }): void => {
    for (let row = 0; row < snapshot.nodeCount; row++) {
      const [key, own] = [keys[row]!, attributes[row]!];
      let found = false;
      for (const edge of stored.at(row, 'out')) {
        const other = edge.from === row ? edge.to : edge.from;
        if (once && !stored.directed && key > keys[other]!) continue; // graphology's choice of the two
        found = true;
        callback(
          key,
          keys[other]!,
          own,
          attributes[other]!,
          rows.keyOf(edge),
          rows.edgeAttributes(edge),
          !stored.directed,
        );
      }
      if (orphans && !found) callback(key, null, own, null, null, null, null);
    }
  };
  return {
    forEachAdjacencyEntry: (callback) => visit(callback as Visit, { once: false, orphans: false }),
    forEachAdjacencyEntryWithOrphans: (callback) => visit(callback, { once: false, orphans: true }),
    forEachAssymetricAdjacencyEntry: (callback) => visit(callback as Visit, { once: true, orphans: false }),
    forEachAssymetricAdjacencyEntryWithOrphans: (callback) => visit(callback, { once: true, orphans: true }),
  };
}

/** Attributes of the graph (it has none), serialisation, and copies that can be changed. */
function createWholeGraphMethods(rows: ViewRows, options: NameOptions): Methods {
  const { snapshot } = rows;
  const own = toOptions(snapshot);
  const nullCopy = (given: GraphOptions = {}) => createGraph(snapshot, { ...own, ...given });
  const emptyCopy = (given?: GraphOptions) => {
    const graph = nullCopy(given);
    rows.keys.forEach((key, row) => void graph.addNode(key, { ...rows.attributes[row]! }));
    return graph;
  };
  const exportGraph = () => ({
    options: own,
    attributes: {},
    nodes: rows.keys.map((key, row): SerializedNode => ({ key, attributes: { ...rows.attributes[row]! } })),
    edges: Array.from(rows.edges([]), (edge): SerializedEdge => {
      const { from, to } = edge;
      const attributes = { ...rows.edgeAttributes(edge) };
      return { key: rows.keyOf(edge), source: rows.keys[from]!, target: rows.keys[to]!, attributes };
    }),
  });
  const inspect = () => ({
    ...own,
    implementation: 'shelfwalk',
    order: snapshot.nodeCount,
    size: rows.stored.count,
  });
  return {
    getAttribute: () => undefined,
    getAttributes: () => ({}),
    hasAttribute: () => false,
    nullCopy,
    emptyCopy,
    copy: () => toGraphology(snapshot, options),
    export: exportGraph,
    toJSON: exportGraph,
    toString: () => '[object Graph]',
    inspect,
    [Symbol.for('nodejs.util.inspect.custom')]: inspect, // console.log of a million edges helps nobody
  };
}
