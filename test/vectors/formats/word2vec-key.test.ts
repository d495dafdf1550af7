import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NODE_TYPES } from '../../../src/base/ids.ts';
import {
  parseWord2vecKey,
  toPlainWord2vecKey,
  toWord2vecKey,
} from '../../../src/vectors/formats/word2vec-key.ts';

describe('keys of the word2vec formats', () => {
  test('every id comes back, and no key holds what ends a key', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NODE_TYPES), fc.string({ unit: 'binary' }), (type, id) => {
        const key = toWord2vecKey(type, id);
        const back = parseWord2vecKey(key);
        return !/[\s\p{Cc}\p{Z}]/u.test(key) && back?.type === type && back.id === id;
      }),
      { numRuns: 2000 },
    );
  });

  test('two ids never share a key', () => {
    const id = fc.string({ unit: fc.constantFrom('%', '2', '0', '5', ' ', ':'), maxLength: 6 });
    fc.assert(
      fc.property(id, id, (a, b) => {
        expect(toWord2vecKey('product', a) === toWord2vecKey('product', b)).toBe(a === b);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    { id: '01111', key: 'product:01111' },
    { id: '', key: 'product:' },
    { id: 'a b', key: 'product:a%20b' },
    { id: '100%', key: 'product:100%25' },
    { id: 'two\r\nlines\t', key: 'product:two%0D%0Alines%09' },
    { id: 'no\u00a0break', key: 'product:no%C2%A0break' },
    { id: '\ufeffbom', key: 'product:%EF%BB%BFbom' },
    { id: 'a:b/c', key: 'product:a:b/c' },
    { id: '👩‍👧', key: 'product:👩‍👧' },
  ])('$key', ({ id, key }) => {
    expect(toWord2vecKey('product', id)).toBe(key);
    expect(parseWord2vecKey(key)).toEqual({ type: 'product', id });
  });

  test.each(['banana', ':x', 'brand:x', 'product', 'product:50%', 'product:%C3'])('%s is no key', (key) => {
    expect(parseWord2vecKey(key)).toBeUndefined();
  });
});

describe('plain keys', () => {
  test.each(['01111', '0', 'a:b/c', '%20', '100%', 'products:7', ':x', '👩‍👧', '\u200b'])('%j stands', (id) =>
    expect(toPlainWord2vecKey('product', id)).toBe(id),
  );

  test.each([
    '',
    'a b',
    '\t',
    'line\n',
    'no\u00a0break',
    '\ufeffbom',
    '\u2028',
    '\u0085',
    '\0',
    'product:7',
    'customer:',
  ])('%j is refused, with the way out', (id) => {
    expect(() => toPlainWord2vecKey('product', id)).toThrow(
      expect.objectContaining({
        code: 'NODE_KEY_INVALID',
        details: expect.objectContaining({
          found: JSON.stringify(id),
          hint: expect.stringContaining('--keys type:id'),
        }),
      }),
    );
  });
});
