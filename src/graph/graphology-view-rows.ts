/**
 * What all methods of a graphology view stand on: keys to rows and back, attributes by row, and edges by
 * what graphology names them by. Costs a key, a map entry and at most one attribute object per node;
 * nothing per edge.
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
  refuseOneWay,
  toEdgeKey,
  unknownNode,
} from './graphology-names.ts';
import { edgeOfArc, edgesAt, edgesOf, findEdge, type SnapshotEdge } from './snapshot-edges.ts';
import type { Snapshot } from './types.ts';

export type GraphologyView = AbstractGraph<GraphologyNodeAttributes, GraphologyEdgeAttributes>;
export type EdgeArguments = Parameters<
  EdgeIterationCallback<GraphologyNodeAttributes, GraphologyEdgeAttributes>
>;
/** Methods by name, of whatever signature graphology gives them. */
export type Methods = Record<string, (...args: never[]) => unknown>;

export class ViewRows {
  readonly snapshot: Snapshot;
  readonly keys: readonly string[]; // [n]
  readonly attributes: readonly GraphologyNodeAttributes[]; // [n] frozen: a write would be lost
  readonly #rows = new Map<string, number>();

  /** @throws ShelfwalkError REQUEST_INVALID — names of another length */
  constructor(snapshot: Snapshot, options: NameOptions) {
    refuseOneWay(snapshot);
    checkNames(snapshot, options);
    const keys: string[] = [];
    const attributes: GraphologyNodeAttributes[] = [];
    forEachRow(snapshot, options, (key, values, row) => {
      keys.push(key);
      attributes.push(Object.freeze(values));
      this.#rows.set(key, row);
    });
    this.snapshot = snapshot;
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

  degree(row: number): number {
    return this.snapshot.offsets[row + 1]! - this.snapshot.offsets[row]!;
  }

  /** Rows at the other ends of a row's edges, ascending: a window on the snapshot. */
  neighbors(row: number): Uint32Array {
    return this.snapshot.targets.subarray(this.snapshot.offsets[row], this.snapshot.offsets[row + 1]);
  }

  findEdgeByKey(key: unknown): SnapshotEdge | undefined {
    const arc = readEdgeKey(String(key));
    return arc === undefined ? undefined : edgeOfArc(this.snapshot, arc);
  }

  findEdgeBetween(source: unknown, target: unknown): SnapshotEdge | undefined {
    const [a, b] = [this.findRow(source), this.findRow(target)];
    return a === undefined || b === undefined ? undefined : findEdge(this.snapshot, a, b);
  }

  /** By its key, or by its two ends. @throws ShelfwalkError EDGE_UNKNOWN */
  getEdge(...named: readonly unknown[]): SnapshotEdge {
    const edge = named.length > 1 ? this.findEdgeBetween(named[0], named[1]) : this.findEdgeByKey(named[0]);
    if (!edge) throw new ShelfwalkError('EDGE_UNKNOWN', { found: named.map(String).join(' – ') });
    return edge;
  }

  /**
   * All edges, those of a node, or the one between two.
   * @throws ShelfwalkError NODE_UNKNOWN — here, not when the first edge is asked for
   * @throws ShelfwalkError REQUEST_INVALID — more than two nodes
   */
  edges(where: readonly unknown[]): Iterable<SnapshotEdge> {
    if (where.length > 2) {
      const found = `${where.length} nodes`;
      throw new ShelfwalkError('REQUEST_INVALID', { field: 'arguments', found, expected: 'at most 2 nodes' });
    }
    const [a, b] = where.map((node) => this.getRow(node));
    if (a === undefined) return edgesOf(this.snapshot);
    if (b === undefined) return edgesAt(this.snapshot, a);
    const edge = findEdge(this.snapshot, a, b);
    return edge ? [edge] : [];
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
    return [this.keyOf(edge), this.edgeAttributes(edge), keys[from]!, keys[to]!, source, target, true];
  }
}
