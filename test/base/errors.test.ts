/** The error table and the one error class. */
import { describe, expect, test } from 'vitest';
import { ERRORS, isShelfwalkError, ShelfwalkError } from '../../src/base/errors.ts';

test('every code has an HTTP status of failure, an exit code of its range and a text that starts small', () => {
  for (const [code, { status, exit, text }] of Object.entries(ERRORS)) {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect([1, 2, 3, 4, 5]).toContain(exit);
    expect(text).toMatch(/^(an? API|[a-z])/);
    expect(text.endsWith('.')).toBe(false);
  }
});

describe('a message says the facts, then the hint as a sentence', () => {
  test.each([
    { details: {}, said: 'the file has no such column' },
    {
      details: { column: 'sku', line: 3, gone: undefined },
      said: 'the file has no such column: column=sku; line=3',
    },
    {
      details: { found: ['a', 'b'], hint: 'Try --product id' },
      said: 'the file has no such column: found=["a","b"]. Try --product id',
    },
    { details: { hint: 'Try --product id' }, said: 'the file has no such column. Try --product id' },
  ])('$said', ({ details, said }) => {
    expect(new ShelfwalkError('IMPORT_COLUMN_MISSING', details).message).toBe(said);
  });
});

test('isShelfwalkError tells codes apart, and ours from others', () => {
  const error = new ShelfwalkError('GRAPH_EMPTY', { nodeCount: 0 }, { cause: new Error('why') });
  expect([
    isShelfwalkError(error),
    isShelfwalkError(error, 'GRAPH_EMPTY'),
    isShelfwalkError(error, 'ABORTED'),
  ]).toEqual([true, true, false]);
  expect(isShelfwalkError(Object.assign(new Error('x'), { code: 'GRAPH_EMPTY' }))).toBe(false);
  expect([error.status, error.exitCode, (error.cause as Error).message]).toEqual([422, 3, 'why']);
});
