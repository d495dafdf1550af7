/**
 * What all methods of a graphology view stand on: keys to rows and back, attributes by row, and edges by
 * what graphology names them by. Costs a key, a map entry and at most one attribute object per node;
 * nothing per edge that goes both ways.
 */
import type { AbstractGraph, EdgeIterationCallback } from 'graphology-types';
import { ShelfwalkError } from '../base/errors.ts';
import {
  checkNames,
  forEachRow,
  type GraphologyEdgeAttributes,
  type GraphologyNodeAttributes,
  type NameOptions,
  readEdgeKey,
  toEdgeKey,
  unknownNode,
} from './graphology-names.ts';
import { createEdges, type SnapshotEdge, type SnapshotEdges, type Way } from './snapshot-edges.ts';
import type { Snapshot } from './types.ts';

export type GraphologyView = AbstractGraph<GraphologyNodeAttributes, GraphologyEdgeAttributes>;
export type EdgeArguments = Parameters<
  EdgeIterationCallback<GraphologyNodeAttributes, GraphologyEdgeAttributes>
>;
/** Methods by name, of whatever signature graphology gives them. */
export type Methods = Record<string, (...args: never[]) => unknown>;

export class ViewRows {
  readonly snapshot: Snapshot;
  readonly stored: SnapshotEdges;
  readonly keys: readonly string[]; // [n]
  readonly attributes: readonly GraphologyNodeAttributes[]; // [n] frozen: a write would be lost
  readonly #rows = new Map<string, number>();

  /** @throws ShelfwalkError REQUEST_INVALID — names of another length */
  constructor(snapshot: Snapshot, options: NameOptions) {
    checkNames(snapshot, options);
    const keys: string[] = [];
    const attributes: GraphologyNodeAttributes[] = [];
    forEachRow(snapshot, options, (key, values, row) => {
      keys.push(key);
      attributes.push(Object.freeze(values));
      this.#rows.set(key, row);
    });
    this.snapshot = snapshot;
    this.stored = createEdges(snapshot);
    this.keys = keys;
    this.attributes = attributes;
  }

  findRow(node: unknown): number | undefined {
    return this.#rows.get(String(node));
  }

  /** @throws ShelfwalkError NODE_UNKNOWN */
  getRow(node: unknown): number {
    const row = this.findRow(node);
    if (row === undefined) throw unknownNode(node);
    return row;
  }

  findEdgeByKey(key: unknown): SnapshotEdge | undefined {
    const arc = readEdgeKey(String(key));
    return arc === undefined ? undefined : this.stored.ofArc(arc);
  }

  /** The edge from one node to another; where it is undirected, in either order. */
  findEdgeBetween(source: unknown, target: unknown, way: Way = 'out'): SnapshotEdge | undefined {
    const [a, b] = [this.findRow(source), this.findRow(target)];
    return a === undefined || b === undefined ? undefined : this.stored.between(a, b, way)[0];
  }

  /** By its key, or by its two ends. @throws ShelfwalkError EDGE_UNKNOWN */
  getEdge(...named: readonly unknown[]): SnapshotEdge {
    const edge = named.length > 1 ? this.findEdgeBetween(named[0], named[1]) : this.findEdgeByKey(named[0]);
    if (!edge) throw new ShelfwalkError('EDGE_UNKNOWN', { found: named.map(String).join(' – ') });
    return edge;
  }

  /**
   * All edges, those of a node, or those between two; of the last two, those that go this way.
   * @throws ShelfwalkError NODE_UNKNOWN — here, not when the first edge is asked for
   * @throws ShelfwalkError REQUEST_INVALID — more than two nodes
   */
  edges(where: readonly unknown[], way: Way = 'both'): Iterable<SnapshotEdge> {
    if (where.length > 2) {
      const found = `${where.length} nodes`;
      throw new ShelfwalkError('REQUEST_INVALID', { field: 'arguments', found, expected: 'at most 2 nodes' });
    }
    const [a, b] = where.map((node) => this.getRow(node));
    if (a === undefined) return this.stored.all();
    return b === undefined ? this.stored.at(a, way) : this.stored.between(a, b, way);
  }

  readonly keyOf = ({ arc }: SnapshotEdge): string => toEdgeKey(arc);

  edgeAttributes({ arc }: SnapshotEdge): GraphologyEdgeAttributes {
    return Object.freeze({ weight: this.snapshot.weights[arc]! });
  }

  /** What graphology calls a function of an edge with. */
  toArguments(edge: SnapshotEdge): EdgeArguments {
    const { keys, attributes } = this;
    const { from, to } = edge;
    const [source, target] = [attributes[from]!, attributes[to]!];
    const undirected = !this.stored.directed;
    return [this.keyOf(edge), this.edgeAttributes(edge), keys[from]!, keys[to]!, source, target, undirected];
  }
}
