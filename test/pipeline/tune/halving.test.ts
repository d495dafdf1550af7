/** Successive halving on contenders whose metric is known: who runs how often and how long, and who is left. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Halving, halve, REDUCTION } from '../../../src/pipeline/tune/halving.ts';

interface Runner {
  readonly name: number;
  readonly quality: number;
  readonly pace?: string;
  readonly passes?: number;
  readonly fails?: boolean;
}

async function race(
  runners: readonly Runner[],
  isClearlyWorse: Halving<Runner>['isClearlyWorse'] = async () => false,
) {
  const runs: { name: number; share: number }[] = [];
  const dropped = new Map<number, string>();
  await halve<Runner>(runners, {
    stratumOf: ({ pace = '' }) => pace,
    passesOf: ({ passes = 45 }) => passes,
    async run({ name, quality, fails }, share) {
      runs.push({ name, share });
      return fails ? undefined : Float64Array.of(quality, quality);
    },
    isClearlyWorse,
    drop: ({ name }, because) => void dropped.set(name, because),
  });
  const at = (share: number): number[] => runs.filter((run) => run.share === share).map(({ name }) => name);
  return { runs, dropped, at };
}

const toRunners = (qualities: readonly number[], more: Partial<Runner> = {}): Runner[] =>
  qualities.map((quality, name) => ({ name, quality, ...more }));

describe('halve', () => {
  test('of nine, all run for a ninth of the passes, the best three for a third, the best in full', async () => {
    const { at, dropped } = await race(toRunners([1, 9, 2, 8, 3, 7, 4, 6, 5]));
    expect(at(1 / 9)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(at(1 / 3)).toEqual([1, 3, 5]);
    expect(at(1)).toEqual([1]);
    expect(dropped.get(0)).toBe('after 11 % of the passes not among the best 3 of its kind');
    expect(dropped.get(3)).toBe('after 33 % of the passes not among the best 1 of its kind');
  });

  test('fewer than three run in full at once, and so does what has a single pass', async () => {
    expect((await race(toRunners([1, 2]))).at(1)).toEqual([0, 1]);
    const { at, dropped } = await race(toRunners([1, 2, 3, 4], { passes: 1 }));
    expect(at(1)).toEqual([0, 1, 2, 3]);
    expect(dropped.size).toBe(0);
  });

  test('no rung has fewer than five passes', async () => {
    const nine = [1, 9, 2, 8, 3, 7, 4, 6, 5];
    const { at } = await race(toRunners(nine, { passes: 20 }));
    expect(at(1 / 9)).toEqual([]);
    expect(at(1 / 3)).toHaveLength(9);
    expect(at(1)).toEqual([1, 3, 5]);
    expect((await race(toRunners(nine, { passes: 14 }))).at(1)).toHaveLength(9);
    // One that cannot be made cheaper keeps the others company.
    const mixed = toRunners(nine, { passes: 45 }).map((one) =>
      one.name === 4 ? { ...one, passes: 10 } : one,
    );
    expect((await race(mixed)).at(1)).toHaveLength(9);
  });

  test('what learns at another pace is not compared with', async () => {
    const slow = toRunners([0.1, 0.2, 0.3], { pace: 'walks' });
    const fast = toRunners([5, 6, 7], { pace: 'closed form', passes: 1 }).map((one) => ({
      ...one,
      name: one.name + 10,
    }));
    const { at } = await race([slow[0]!, fast[0]!, slow[1]!, fast[1]!, slow[2]!, fast[2]!]);
    expect(at(1)).toEqual([2, 10, 11, 12]);
  });

  test('what is clearly worse than the leader goes although there is room', async () => {
    const isClearlyWorse = async (own: Float64Array, best: Float64Array) => best[0]! - own[0]! > 5;
    const { at, dropped } = await race(toRunners([10, 9, 1, 1, 1, 1, 1, 1, 1]), isClearlyWorse);
    expect(at(1 / 3)).toEqual([0, 1]);
    expect(dropped.get(2)).toBe('after 11 % of the passes clearly worse than the best of its kind');
  });

  test('what fails is out, and the others go on', async () => {
    const runners = toRunners([3, 2, 1]).map((one) => ({ ...one, fails: one.name === 0 }));
    const { at, dropped } = await race(runners);
    expect(at(1)).toEqual([1]);
    expect([...dropped.keys()]).toEqual([2]);
    const none = await race(toRunners([3, 2, 1], { fails: true }));
    expect(none.at(1)).toEqual([]);
  });

  test('the best of a pace is always run in full, and a rung costs no more than all of it at the first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 40 }), async (qualities) => {
        const { runs, at } = await race(toRunners(qualities));
        expect(at(1)).toContain(qualities.indexOf(Math.max(...qualities)));
        const first = runs[0]!.share * qualities.length;
        for (let share = runs[0]!.share; share <= 1; share *= REDUCTION)
          expect(at(share).length * share).toBeLessThanOrEqual(first + 1e-9);
      }),
      { numRuns: 50 },
    );
  });
});
