/**
 * Names of nodes. Outside the process a node is a type and an id (a string kept byte for byte);
 * inside one snapshot it is a row number. The brands keep the two from being mixed up.
 */
import { ShelfwalkError } from './errors.ts';

declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** Row of a node in one snapshot, 0 ≤ i < nodeCount. Meaningless in any other snapshot: never store it. */
export type NodeIndex = Brand<number, 'NodeIndex'>;

/** Stable outside name of a node, e.g. `product:85123A`. */
export type NodeKey = Brand<string, 'NodeKey'>;

/** Order matters: node rows are laid out customers first, then products, then attributes. */
export const NODE_TYPES = ['customer', 'product', 'attribute'] as const;
export type NodeType = (typeof NODE_TYPES)[number];

export interface NodeRef {
  readonly type: NodeType;
  readonly id: string;
}

/** Mints an index. Called where a bound was just checked, nowhere else. */
export const asNodeIndex = (i: number): NodeIndex => i as NodeIndex;

export const toNodeKey = (type: NodeType, id: string): NodeKey => `${type}:${id}` as NodeKey;

/**
 * Reads `product:85123A`; the id may itself hold colons and slashes.
 * @throws ShelfwalkError NODE_KEY_INVALID
 */
export function parseNodeKey(key: string): NodeRef {
  const at = key.indexOf(':');
  const type = at < 0 ? undefined : NODE_TYPES.find((t) => t === key.slice(0, at));
  if (!type || at + 1 >= key.length) {
    throw new ShelfwalkError('NODE_KEY_INVALID', { found: key, expected: `${NODE_TYPES.join(':… | ')}:…` });
  }
  return { type, id: key.slice(at + 1) };
}

/** An attribute's id is `kind/value`: a kind holds no slash, a value may. */
export const toAttributeId = (kind: string, value: string): string => `${kind}/${value}`;

/** @throws ShelfwalkError NODE_KEY_INVALID — there is no slash, or nothing on one side of it */
export function parseAttributeId(id: string): { kind: string; value: string } {
  const at = id.indexOf('/');
  if (at <= 0 || at + 1 >= id.length) {
    throw new ShelfwalkError('NODE_KEY_INVALID', { found: id, expected: 'kind/value' });
  }
  return { kind: id.slice(0, at), value: id.slice(at + 1) };
}

/**
 * Order of ids by their UTF-8 bytes, the order of rows within a type. JavaScript compares UTF-16 units,
 * which agrees but for characters beyond the first 65,536: their surrogates sort below U+E000 … U+FFFF.
 */
export function compareIds(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = toByteOrder(a.charCodeAt(i)) - toByteOrder(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** UTF-16 units renumbered so that surrogates come last. */
const toByteOrder = (unit: number): number =>
  unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
