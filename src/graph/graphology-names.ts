/**
 * How a snapshot is told in graphology's terms, in one place for the copy and for the view: a node's key
 * is `type:id`, an edge's key the number of its arc, and both carry their attributes.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { type NodeRef, type NodeType, toNodeKey } from '../base/ids.ts';
import type { Snapshot } from './types.ts';

/** Types, not interfaces: graphology wants attributes that any name may be read from. */
export type GraphologyNodeAttributes = {
  readonly type: NodeType;
  readonly id: string;
  /** Display name; absent where there is none. */
  readonly name?: string;
};
export type GraphologyEdgeAttributes = { readonly weight: number };

export interface NameOptions {
  /** Display names by row, '' where there is none: a snapshot holds only ids. */
  readonly names?: readonly string[];
}

/** @throws ShelfwalkError REQUEST_INVALID — as many names as nodes, or none */
export function checkNames({ nodeCount }: Snapshot, { names }: NameOptions): void {
  if (names === undefined || names.length === nodeCount) return;
  throw new ShelfwalkError('REQUEST_INVALID', { field: 'names', found: names.length, expected: nodeCount });
}

/** Where some edge goes one way, every arc is a directed edge; otherwise all edges are undirected. */
export const toGraphType = ({ symmetric }: Snapshot): 'undirected' | 'directed' =>
  symmetric ? 'undirected' : 'directed';

/** Calls `each` with key and attributes of every row, in order. */
export function forEachRow(
  { ranges, ids }: Snapshot,
  { names }: NameOptions,
  each: (key: string, attributes: GraphologyNodeAttributes, row: number) => void,
): void {
  for (const { type, start, end } of ranges) {
    for (let row = start; row < end; row++) {
      const id = ids[row]!;
      const name = names?.[row];
      each(toNodeKey(type, id), name ? { type, id, name } : { type, id }, row);
    }
  }
}

/** Keys of edges are text, as graphology wants them. */
export const toEdgeKey = (arc: number): string => String(arc);

/** The arc that a key names; undefined for any other text. */
export const readEdgeKey = (key: string): number | undefined =>
  /^(0|[1-9]\d{0,9})$/.test(key) ? Number(key) : undefined;

export const unknownNode = (found: unknown): ShelfwalkError =>
  new ShelfwalkError('NODE_UNKNOWN', {
    found: String(found),
    hint: 'A key is type:id, for example product:SKU-1',
  });

export const unknownRef = ({ type, id }: NodeRef): ShelfwalkError =>
  new ShelfwalkError('NODE_UNKNOWN', { type, id });
