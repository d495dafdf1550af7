/** Names of nodes: read back as they were written, or refused by code. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareIds,
  NODE_TYPES,
  parseAttributeId,
  parseNodeKey,
  toAttributeId,
  toNodeKey,
} from '../../src/base/ids.ts';

test('a key of any type and id reads back byte for byte', () => {
  fc.assert(
    fc.property(fc.constantFrom(...NODE_TYPES), fc.string({ minLength: 1, unit: 'binary' }), (type, id) => {
      expect(parseNodeKey(toNodeKey(type, id))).toEqual({ type, id });
    }),
  );
});

test.each(['', 'product', 'product:', 'productX', ':1', 'Product:1', 'order:1', '85123A'])(
  '%j is no node key',
  (key) => {
    expect(() => parseNodeKey(key)).toThrow(
      expect.objectContaining({ code: 'NODE_KEY_INVALID', details: expect.objectContaining({ found: key }) }),
    );
  },
);

test('an id may hold colons and slashes, and keeps its zeros', () => {
  expect(parseNodeKey('product:a:b/c')).toEqual({ type: 'product', id: 'a:b/c' });
  expect(parseNodeKey('customer:01111')).toEqual({ type: 'customer', id: '01111' });
});

describe('attribute ids', () => {
  test('a value may hold slashes', () => {
    expect(parseAttributeId(toAttributeId('size', '1/2 l'))).toEqual({ kind: 'size', value: '1/2 l' });
  });

  test.each(['', 'aisle', '/24', 'aisle/'])('%j is none', (id) => {
    expect(() => parseAttributeId(id)).toThrow(expect.objectContaining({ code: 'NODE_KEY_INVALID' }));
  });
});

test('compareIds orders as the bytes of UTF-8 do', () => {
  // Characters on both sides of the surrogates, where UTF-16 units order differently.
  const character = fc.oneof(
    fc.constantFrom('a', 'b', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '🥕'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  const id = fc.array(character, { maxLength: 4 }).map((all) => all.join(''));
  fc.assert(
    fc.property(id, id, (a, b) => {
      expect(Math.sign(compareIds(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 1000 },
  );
});
