import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toPermutation, toStream } from '../../src/analyze/shuffle.ts';
import { TopList } from '../../src/analyze/top-list.ts';

const cases = fc.integer({ min: 1, max: 30 }).chain((n) =>
  fc.record({
    scores: fc.array(fc.constantFrom(Number.NEGATIVE_INFINITY, -1, 0, 0.5, 2), {
      minLength: n,
      maxLength: n,
    }),
    width: fc.integer({ min: 1, max: 35 }),
    seed: fc.nat(1000),
    turn: fc.nat(n - 1),
    candidates: fc.option(fc.uniqueArray(fc.nat(n - 1)), { nil: undefined }),
  }),
);

test('equals sorting everything by score, then by the turned permutation', () => {
  fc.assert(
    fc.property(cases, ({ scores, width, seed, turn, candidates }) => {
      const n = scores.length;
      const shuffled = toPermutation(n, toStream(seed, 'test'));
      const place = (i: number): number => (shuffled[i]! + turn) % n;
      const expected = (candidates ?? [...scores.keys()])
        .filter((i) => scores[i] !== Number.NEGATIVE_INFINITY)
        .sort((a, b) => scores[b]! - scores[a]! || place(a) - place(b))
        .slice(0, width);
      const list = new TopList(width);
      list.select(Float32Array.from([3, 1, 2]), { shuffled: Uint32Array.of(0, 1, 2), turn: 0 }); // what came before must not matter
      const given = candidates && Uint32Array.from(candidates);
      expect(Array.from(list.select(Float32Array.from(scores), { shuffled, turn }, given))).toEqual(expected);
    }),
  );
});

test('NaN is refused, never ranked', () => {
  const ties = { shuffled: Uint32Array.of(0, 1), turn: 0 };
  expect(() => new TopList(1).select(Float32Array.of(1, Number.NaN), ties)).toThrow(
    expect.objectContaining({ code: 'VECTOR_INVALID' }),
  );
});
