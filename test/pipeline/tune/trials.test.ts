/** The book of trials, over a validation that answers at once: what is written down, and what ends the search. */
import { describe, expect, test } from 'vitest';
import { type ErrorCode, ShelfwalkError } from '../../../src/base/errors.ts';
import { throwIfAborted } from '../../../src/base/task.ts';
import { runConfigSchema } from '../../../src/pipeline/config.ts';
import { createTrialBook, passesOf, withPasses } from '../../../src/pipeline/tune/trials.ts';
import type { Validation } from '../../../src/pipeline/tune/validation.ts';

const run = runConfigSchema.parse({});

function openBook(
  measure: Validation['measure'],
  { signal, deadline }: { signal?: AbortSignal; deadline?: AbortSignal } = {},
) {
  let clock = 0;
  return createTrialBook({
    validation: { measure },
    seed: 1,
    trials: 3,
    pause: () => undefined,
    now: () => (clock += 100),
    ...(signal && { signal }),
    ...(deadline && { deadline }),
  });
}
const constant = async () => Float64Array.of(0.5, 0.5);
const fail = (code: ErrorCode) => async (): Promise<never> => {
  throw new ShelfwalkError(code);
};

describe('a trial', () => {
  test('is written down rung by rung, with passes and time, and compared with the start in full', async () => {
    const asked: number[] = [];
    const book = openBook(async ({ walk }) => {
      asked.push(walk.walksPerNode);
      return Float64Array.of(0.1, 0.3).map((value) => value + (asked.length - 1) / 10);
    });
    await book.runStart(book.add(run, 0));
    const other = book.add({ ...run, train: { ...run.train, windowSize: 5 } }, 1);
    await book.run(other, 1 / 9);
    await book.run(other, 1);
    expect(asked).toEqual([20, 2, 20]);
    const [start, trial] = await book.toTrials();
    expect(start).toMatchObject({
      number: 1,
      changed: {},
      state: 'measured',
      rungs: [{ share: 1, passes: 20, tookMs: 100 }],
    });
    expect(start).not.toHaveProperty('difference');
    expect(trial).toMatchObject({
      number: 2,
      round: 1,
      changed: { 'train.windowSize': 5 },
      settings: { train: { windowSize: 5 } },
      rungs: [
        { share: 1 / 9, passes: 2 },
        { share: 1, passes: 20 },
      ],
    });
    expect(trial!.difference!.mean).toBeCloseTo(0.2, 12);
  });

  test.each(['LIMIT_EXCEEDED', 'TRAINING_FAILED', 'VECTOR_INVALID'] as const)(
    'that fails with %s is an entry',
    async (code) => {
      const book = openBook(fail(code));
      expect(await book.run(book.add(run, 1), 1)).toBeUndefined();
      expect(await book.toTrials()).toMatchObject([
        { state: 'failed', because: expect.stringContaining(`${code}: `), rungs: [] },
      ]);
    },
  );

  test('that fails for a fault of ours is not', async () => {
    const broken = openBook(fail('INTERNAL'));
    await expect(broken.run(broken.add(run, 1), 1)).rejects.toMatchObject({ code: 'INTERNAL' });
    const bug = openBook(async () => {
      throw new TypeError('x is not a function');
    });
    await expect(bug.run(bug.add(run, 1), 1)).rejects.toThrow(TypeError);
  });
});

describe('when time is over', () => {
  test('what is under way is stopped, and nothing else begins', async () => {
    const deadline = new AbortController();
    let begun = 0;
    const book = openBook(
      async (_, { signal }) => {
        begun++;
        deadline.abort();
        throwIfAborted(signal);
        return constant();
      },
      { deadline: deadline.signal },
    );
    expect(await book.run(book.add(run, 1), 1)).toBeUndefined();
    expect(await book.run(book.add(run, 1), 1)).toBeUndefined();
    expect(begun).toBe(1);
    for (const trial of await book.toTrials())
      expect(trial).toMatchObject({ state: 'stopped', because: 'the minutes were over', rungs: [] });
  });

  test('the start is trained all the same', async () => {
    const book = openBook(
      async (_, { signal }) => {
        throwIfAborted(signal);
        return constant();
      },
      { deadline: AbortSignal.abort() },
    );
    expect(await book.runStart(book.add(run, 0))).toEqual(await constant());
  });

  test('a caller who stops is not a deadline', async () => {
    const caller = new AbortController();
    const book = openBook(
      async (_, { signal }) => {
        caller.abort();
        throwIfAborted(signal);
        return constant();
      },
      { signal: caller.signal, deadline: new AbortController().signal },
    );
    await expect(book.run(book.add(run, 1), 1)).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

test('a share of the passes is of walks, of passes over sentences, or of nothing', () => {
  const item2vec = runConfigSchema.parse({ train: { algorithm: 'item2vec' }, sentences: { iterations: 9 } });
  const spectral = runConfigSchema.parse({ train: { algorithm: 'spectral' } });
  expect([run, item2vec, spectral].map(passesOf)).toEqual([20, 9, 1]);
  expect(withPasses(run, 1 / 3).walk.walksPerNode).toBe(7);
  expect(withPasses(item2vec, 1 / 3).sentences.iterations).toBe(3);
  expect(withPasses(spectral, 1 / 3)).toBe(spectral);
  expect(withPasses(run, 1)).toBe(run);
});
