/** What the word2vec formats have in common when they are read: the line with two counts, and keys. */
import type { NodeRef } from '../../base/ids.ts';
import { type Place, unreadable } from './row-collector.ts';
import type { ReadOptions } from './types.ts';
import { parseWord2vecKey } from './word2vec-key.ts';

export interface Word2vecHeader {
  readonly rows: number;
  readonly dimension: number;
}

/** `206200 128`; undefined: something else. */
export function parseHeader(line: string): Word2vecHeader | undefined {
  const [, rows, dimension] = /^\s*(\d{1,15})[ \t]+(\d{1,15})\s*$/.exec(line) ?? [];
  return rows === undefined ? undefined : { rows: Number(rows), dimension: Number(dimension) };
}

/** A key as it was written here, or with a type given for all the id itself, of which nothing is unescaped. */
export function toKeyRef(key: string, { type }: ReadOptions, place: Place): NodeRef {
  if (type) return { type, id: key };
  const ref = parseWord2vecKey(key);
  if (ref) return ref;
  const hint = 'Keys that are plain ids need their type: --type product';
  throw unreadable(place, { found: key, expected: 'product:… | customer:… | attribute:…', hint });
}
