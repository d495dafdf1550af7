/** Passes and chunks: every walk that was asked for is made once, whatever the list of starts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  chunkAt,
  countChunks,
  countPasses,
  type Schedule,
  toListed,
  toSchedule,
  toUnitsDone,
} from '../../src/train/schedule.ts';

const schedules = fc
  .record({
    total: fc.integer({ min: 1, max: 2000 }),
    passes: fc.integer({ min: 1, max: 40 }),
    perChunk: fc.constantFrom(1, 7, 64),
    numberFrom: fc.constantFrom(0, 20),
  })
  .map(({ total, ...cut }) => ({ schedule: toSchedule(total, cut), passes: cut.passes }));

test('chunks go through all walks once, in order', () => {
  fc.assert(
    fc.property(schedules, ({ schedule }) => {
      let next = 0;
      for (let i = 0; i < countChunks(schedule); i++) {
        const { pass, from, to } = chunkAt(schedule, i);
        expect(pass * schedule.perPass + from).toBe(next);
        expect(to - from).toBeGreaterThan(0);
        expect(to - from).toBeLessThanOrEqual(schedule.perChunk);
        expect(to).toBeLessThanOrEqual(schedule.perPass);
        next = pass * schedule.perPass + to;
      }
      expect(next).toBe(schedule.total);
    }),
    { numRuns: 100 },
  );
});

test('passes are of one size but for the last, and as many as were asked for unless there are too few walks', () => {
  fc.assert(
    fc.property(schedules, ({ schedule, passes }) => {
      expect(countPasses(schedule)).toBeLessThanOrEqual(passes);
      if (schedule.total >= passes * passes) expect(countPasses(schedule)).toBe(passes);
      if (schedule.total % passes === 0) expect(schedule.perPass * passes).toBe(schedule.total);
    }),
    { numRuns: 100 },
  );
});

test('progress after i chunks is what those chunks hold, and passes end where their chunks end', () => {
  fc.assert(
    fc.property(schedules, ({ schedule }) => {
      let done = 0;
      for (let i = 0; i < countChunks(schedule); i++) {
        expect(toUnitsDone(schedule, i)).toBe(done);
        const { from, to, pass } = chunkAt(schedule, i);
        expect(i).toBeGreaterThanOrEqual(countChunks(schedule, pass));
        expect(i).toBeLessThan(countChunks(schedule, pass + 1));
        done += to - from;
      }
      expect(toUnitsDone(schedule, countChunks(schedule))).toBe(done);
      expect(done).toBe(schedule.total);
    }),
    { numRuns: 50 },
  );
});

test('a million passes are counted without being listed', () => {
  const schedule: Schedule = { total: 65_000_000, perPass: 65, perChunk: 64, numberFrom: 0 };
  expect([countPasses(schedule), countChunks(schedule)]).toEqual([1_000_000, 2_000_000]);
  expect(chunkAt(schedule, 1_999_999)).toEqual({ pass: 999_999, from: 64, to: 65 });
});

test('a list is its rows with walks, and how many walks come before each', () => {
  const list = { rows: Uint32Array.of(5, 3, 9, 4), walks: Uint32Array.of(1, 3, 0, 10_000) };
  expect(toListed(list, 10)).toEqual({
    rows: Uint32Array.of(5, 3, 4),
    offsets: Uint32Array.of(0, 1, 4, 10_004),
  });
});

describe('a list that cannot be is REQUEST_INVALID and says where', () => {
  test.each([
    { rows: [1, 2], walks: [1], field: 'starts.walks', found: 1 },
    { rows: [1, 10], walks: [1, 1], field: 'starts.rows[1]', found: 10 },
    { rows: [1, 2, 1], walks: [1, 1, 1], field: 'starts.rows[2]', found: 1 },
    { rows: [1, 2], walks: [2 ** 31 - 1, 1], field: 'starts.walks', found: 2 ** 31 },
  ])('$field, $found', ({ rows, walks, field, found }) => {
    const list = { rows: Uint32Array.from(rows), walks: Uint32Array.from(walks) };
    expect(() => toListed(list, 10)).toThrow(
      expect.objectContaining({
        code: 'REQUEST_INVALID',
        details: expect.objectContaining({ field, found }),
      }),
    );
  });
});
