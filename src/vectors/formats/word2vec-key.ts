/**
 * What a node is called in the word2vec formats, where a key ends at the first space: `product:85123A`,
 * with what would break a key written as `%` and two hex digits per UTF-8 byte. That is URI escaping
 * (RFC 3986 §2.1), so any language has the way back; but letters, punctuation and emoji stay readable.
 * Or the id alone, as files of other programs have it: then it stands as it is or not at all.
 */
import { ShelfwalkError } from '../../base/errors.ts';
import { NODE_TYPES, type NodeRef, type NodeType } from '../../base/ids.ts';

/** White space of any alphabet, control characters, the byte order mark, and the sign of an escape itself. */
const UNSAFE = /[\p{Cc}\p{Z}\s%]/gu;

/** @param id well-formed Unicode, may be empty */
export const toWord2vecKey = (type: NodeType, id: string): string =>
  `${type}:${id.replace(UNSAFE, encodeURIComponent)}`;

/** Nothing is unescaped in a plain key, so that a percent sign may stand; a type before a colon would be read as one. */
const UNSAFE_PLAIN = /[\p{Cc}\p{Z}\s]/u;
const TYPED = new RegExp(`^(?:${NODE_TYPES.join('|')}):`);

/**
 * The id itself.
 * @param id well-formed Unicode
 * @throws ShelfwalkError NODE_KEY_INVALID — it would end the key, or be read back as another node
 */
export function toPlainWord2vecKey(type: NodeType, id: string): string {
  if (id !== '' && !UNSAFE_PLAIN.test(id) && !TYPED.test(id)) return id;
  const expected = 'an id without white space and control characters, not empty, no type and colon before it';
  const hint = 'Write keys with types, in which such ids are escaped: --keys type:id';
  throw new ShelfwalkError('NODE_KEY_INVALID', { type, found: JSON.stringify(id), expected, hint });
}

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
