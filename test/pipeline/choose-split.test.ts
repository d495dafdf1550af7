/** From settings to a split: which one it is, what validation lies within, what cannot be had. */
import { describe, expect, test } from 'vitest';
import { chooseSplit, toCutoffMs } from '../../src/pipeline/choose-split.ts';
import { type RunConfigInput, runConfigSchema } from '../../src/pipeline/config.ts';
import { createTempCatalog, failureOf, PAIR, type TempCatalog } from '../catalog/temp-catalog.ts';

const DAY = 86_400_000;
const choose = ({ catalog }: TempCatalog, evaluate: RunConfigInput['evaluate']) =>
  chooseSplit(catalog, runConfigSchema.parse({ evaluate }));

async function createTimedShop(): Promise<TempCatalog> {
  const shop = await createTempCatalog();
  const rows = Array.from(
    { length: 100 },
    (_, i) => `c${i % 4},p${i},${new Date((20_000 + i) * DAY).toISOString()}`,
  );
  const path = await shop.file('a.csv', ['customer,product,ts', ...rows, ''].join('\n'));
  await shop.interactions(path, { ...PAIR, timestamp: 'ts' });
  return shop;
}

describe('validation', () => {
  test('by time lies before the test part, and no training knows of what is after it', async () => {
    const shop = await createTimedShop();
    const outer = await choose(shop, {});
    const inner = await choose(shop, { part: 'validation' });
    expect(outer).toEqual({ protocol: 'time', cutoffMs: 20_079 * DAY });
    expect(inner).toEqual({ protocol: 'time', cutoffMs: 20_063 * DAY, within: outer });
    expect(toCutoffMs(inner)).toBe(20_063 * DAY);
    const { timeMs } = await shop.catalog.interactions('test', inner);
    expect([Math.min(...timeMs), Math.max(...timeMs)]).toEqual([20_063 * DAY, 20_078 * DAY]);
  });

  test('of last items is the second last one', async () => {
    const shop = await createTimedShop();
    const inner = await choose(shop, { split: 'last-item', part: 'validation' });
    expect(inner).toEqual({ protocol: 'last-item', within: { protocol: 'last-item' } });
    expect(toCutoffMs(inner)).toBeUndefined();
    const { timeMs } = await shop.catalog.interactions('test', inner);
    expect([...timeMs]).toEqual([92, 93, 94, 95].map((day) => (20_000 + day) * DAY));
  });

  test('of given files is drawn from the others: by time where they have it, else pairs at random', async () => {
    const evaluate = { split: 'files' as const, testFiles: ['test.csv'], part: 'validation' as const };
    const timed = await createTimedShop();
    await timed.interactions(await timed.file('test.csv', 'customer,product\nc0,p1\n'), PAIR);
    expect(await choose(timed, evaluate)).toMatchObject({ protocol: 'time', within: { protocol: 'files' } });

    const plain = await createTempCatalog();
    await plain.interactions(await plain.file('a.csv', 'customer,product\nc0,p0\nc0,p1\n'), PAIR);
    await plain.interactions(await plain.file('test.csv', 'customer,product\nc0,p2\n'), PAIR);
    expect(await choose(plain, evaluate)).toEqual({
      protocol: 'random',
      share: 0.2,
      seed: 42,
      within: { protocol: 'files', files: ['test.csv'] },
    });
  });
});

test('a file that was not imported is a mistake in the settings, not a lack of data', async () => {
  const shop = await createTimedShop();
  expect(await failureOf(choose(shop, { split: 'files', testFiles: ['b.csv'] }))).toMatchObject({
    code: 'CONFIG_INVALID',
  });
});

test.each([{ split: 'files' }, { testFiles: ['a.csv'] }] as const)(
  '%j: files and their names go together',
  (evaluate) => {
    const parsed = runConfigSchema.safeParse({ evaluate });
    expect(parsed.error?.issues[0]).toMatchObject({ path: ['evaluate', 'testFiles'] });
  },
);
