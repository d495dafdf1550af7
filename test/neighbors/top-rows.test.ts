import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTopRows } from '../../src/neighbors/top-rows.ts';

test('keeps what sorting everything would put first, whatever the order it comes in', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5 })),
      fc.nat(12),
      fc.infiniteStream(fc.nat()),
      (scores, capacity, keys) => {
        const rows = scores.map((score, row) => ({ row, score, key: keys.next().value as number }));
        const top = createTopRows(capacity);
        for (const { row, score } of rows.toSorted((a, b) => a.key - b.key)) top.offer(row, score);
        const want = rows.toSorted((a, b) => b.score - a.score || a.row - b.row).slice(0, capacity);
        expect(top.threshold()).toBe(want.length < capacity ? -Infinity : (want.at(-1)?.score ?? Infinity));
        const found = top.drain();
        expect([...found.rows]).toEqual(want.map((h) => h.row));
        expect([...found.scores]).toEqual(want.map((h) => h.score));
      },
    ),
    { numRuns: 10_000 },
  );
});
