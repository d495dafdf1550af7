/**
 * What a node is called in the word2vec formats, where a key ends at the first space: `product:85123A`,
 * with what would break a key written as `%` and two hex digits per UTF-8 byte. That is URI escaping
 * (RFC 3986 §2.1), so any language has the way back; but letters, punctuation and emoji stay readable.
 */
import { NODE_TYPES, type NodeRef, type NodeType } from '../../base/ids.ts';

/** White space of any alphabet, control characters, the byte order mark, and the sign of an escape itself. */
const UNSAFE = /[\p{Cc}\p{Z}\s%]/gu;

/** @param id well-formed Unicode, may be empty */
export const toWord2vecKey = (type: NodeType, id: string): string =>
  `${type}:${id.replace(UNSAFE, encodeURIComponent)}`;

/** Undefined: no type of node before a colon, or a `%` that escapes nothing. */
export function parseWord2vecKey(key: string): NodeRef | undefined {
  const at = key.indexOf(':');
  const type = NODE_TYPES.find((t) => t === key.slice(0, Math.max(at, 0)));
  if (!type) return undefined;
  try {
    return { type, id: decodeURIComponent(key.slice(at + 1)) };
  } catch {
    return undefined;
  }
}
