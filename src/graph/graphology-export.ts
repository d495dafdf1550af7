/**
 * Snapshot → a graphology graph that its owner may change: all of it, or a neighbourhood. A copied edge
 * costs about 300 bytes where the snapshot's costs 16; to read only, asGraphologyView copies nothing.
 */
import { DirectedGraph, UndirectedGraph } from 'graphology';
import type { GraphOptions } from 'graphology-types';
import { ShelfwalkError } from '../base/errors.ts';
import type { NodeRef } from '../base/ids.ts';
import {
  checkNames,
  forEachRow,
  type GraphologyEdgeAttributes,
  type GraphologyNodeAttributes,
  type NameOptions,
  toEdgeKey,
  toGraphType,
  unknownRef,
} from './graphology-names.ts';
import { findNode } from './snapshot.ts';
import { createEdges, type SnapshotEdge, type SnapshotEdges } from './snapshot-edges.ts';
import type { Snapshot } from './types.ts';

/** Directed where some edge goes one way. */
export type GraphologyCopy =
  | UndirectedGraph<GraphologyNodeAttributes, GraphologyEdgeAttributes>
  | DirectedGraph<GraphologyNodeAttributes, GraphologyEdgeAttributes>;

export interface GraphologyExport extends NameOptions {
  /** Only the neighbourhood of this node, or of these; the whole graph if not given. */
  readonly around?: NodeRef | readonly NodeRef[];
  /** Edges away from `around` at most, whichever way they go; 1 if not given. */
  readonly depth?: number;
  /**
   * A neighbourhood ends here, the nearest nodes first, then those on the heaviest edges (1000 if not
   * given); a whole graph with more nodes is refused (no limit if not given).
   */
  readonly maxNodes?: number;
}

/** Graphology keeps its edges, and its nodes, in a Map each, and V8's ends here. */
const GRAPHOLOGY_LIMIT = 2 ** 24;
const NEIGHBOURHOOD_NODES = 1000;

/**
 * Nodes in the order of rows, all edges among them. The attribute `truncated` of a neighbourhood says
 * whether `maxNodes` left nodes of it out.
 * @throws ShelfwalkError LIMIT_EXCEEDED — more nodes or edges than graphology holds, or than `maxNodes`
 * @throws ShelfwalkError NODE_UNKNOWN · REQUEST_INVALID
 */
export function toGraphology(snapshot: Snapshot, options: GraphologyExport = {}): GraphologyCopy {
  const { around, depth = 1, maxNodes } = options;
  const edges = createEdges(snapshot);
  checkNames(snapshot, options);
  checkWhole('depth', depth, 0);
  if (maxNodes !== undefined) checkWhole('maxNodes', maxNodes, 1);
  if (around === undefined) {
    refuseAbove('nodes', snapshot.nodeCount, maxNodes ?? GRAPHOLOGY_LIMIT);
    refuseAbove('edges', edges.count, GRAPHOLOGY_LIMIT);
    return fill(snapshot, edges, { ...options, isInside: () => true });
  }
  const refs = 'type' in around ? [around] : around;
  const { rows, truncated } = findNeighbourhood(snapshot, edges, {
    refs,
    depth,
    maxNodes: maxNodes ?? NEIGHBOURHOOD_NODES,
  });
  refuseAbove('nodes', rows.size, GRAPHOLOGY_LIMIT);
  const isInside = (row: number): boolean => rows.has(row);
  refuseAbove('edges', countInside(edges, rows), GRAPHOLOGY_LIMIT);
  const graph = fill(snapshot, edges, { ...options, isInside });
  graph.setAttribute('truncated', truncated);
  return graph;
}

/** Without nodes. @throws graphology's own error where the options ask for another type of graph */
export const createGraph = (snapshot: Snapshot, options: GraphOptions): GraphologyCopy =>
  new (toGraphType(snapshot) === 'directed' ? DirectedGraph : UndirectedGraph)(options);

function fill(
  g: Snapshot,
  edges: SnapshotEdges,
  { isInside, ...options }: NameOptions & { readonly isInside: (row: number) => boolean },
): GraphologyCopy {
  const graph = createGraph(g, { allowSelfLoops: false });
  const keys = new Map<number, string>();
  forEachRow(g, options, (key, nodeAttributes, row) => {
    if (!isInside(row)) return;
    keys.set(row, key);
    graph.addNode(key, nodeAttributes);
  });
  const add = ({ arc, from, to }: SnapshotEdge): void => {
    const weight = g.weights[arc]!;
    graph.addEdgeWithKey(toEdgeKey(arc), keys.get(from)!, keys.get(to)!, { weight });
  };
  if (keys.size === g.nodeCount) for (const edge of edges.all()) add(edge);
  else
    for (const row of keys.keys())
      for (const edge of edges.at(row, 'out')) if (edge.from === row && isInside(edge.to)) add(edge);
  return graph;
}

/** Breadth first from `refs`, heaviest edges first, until `depth` or `maxNodes` is reached. */
function findNeighbourhood(
  g: Snapshot,
  edges: SnapshotEdges,
  { refs, depth, maxNodes }: { refs: readonly NodeRef[]; depth: number; maxNodes: number },
): { rows: Set<number>; truncated: boolean } {
  const rows = new Set<number>();
  for (const ref of refs) {
    const row = findNode(g, ref);
    if (row === undefined) throw unknownRef(ref);
    rows.add(row);
  }
  refuseAbove('nodes named in around', rows.size, maxNodes);
  let frontier = [...rows];
  for (let distance = 0; distance < depth && frontier.length > 0; distance++) {
    const next: number[] = [];
    for (const row of frontier) {
      for (const other of byWeight(g, edges, row)) {
        if (rows.has(other)) continue;
        if (rows.size === maxNodes) return { rows, truncated: true };
        rows.add(other);
        next.push(other);
      }
    }
    frontier = next;
  }
  return { rows, truncated: false };
}

/** Neighbours by falling weight, ties by row; one that has an edge each way comes twice. */
function byWeight({ weights }: Snapshot, edges: SnapshotEdges, row: number): number[] {
  return Array.from(edges.at(row, 'both'), ({ arc, from, to }) => ({
    other: from === row ? to : from,
    weight: weights[arc]!,
  }))
    .sort((a, b) => b.weight - a.weight || a.other - b.other)
    .map(({ other }) => other);
}

function countInside(edges: SnapshotEdges, rows: ReadonlySet<number>): number {
  let count = 0;
  for (const row of rows) {
    for (const { from, to } of edges.at(row, 'out')) if (from === row && rows.has(to)) count++;
  }
  return count;
}

function refuseAbove(what: string, found: number, limit: number): void {
  if (found <= limit) return;
  throw new ShelfwalkError('LIMIT_EXCEEDED', {
    field: what,
    found,
    limit,
    hint: 'Copy a neighbourhood with around and depth, or read through asGraphologyView, which copies nothing',
  });
}

function checkWhole(field: string, found: number, least: number): void {
  if (Number.isSafeInteger(found) && found >= least) return;
  const expected = `a whole number of at least ${least}`;
  throw new ShelfwalkError('REQUEST_INVALID', { field, found: String(found), expected });
}
