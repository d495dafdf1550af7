/** Settings of an evaluation → a split of this catalog: what is held out, or a part of what is not, for tuning. */
import { isShelfwalkError } from '../base/errors.ts';
import type { CatalogSource, Split } from '../graph/types.ts';
import type { RunConfig } from './config.ts';

/**
 * A validation part is of the same kind as the test part. Of given files it is what the training files
 * allow: by time or order, else pairs at random, which is no leak where nothing comes before anything else.
 * @throws ShelfwalkError CATALOG_EMPTY · SPLIT_IMPOSSIBLE · CONFIG_INVALID — no file of such a name was imported
 */
export async function chooseSplit(
  source: CatalogSource,
  { evaluate, train }: Pick<RunConfig, 'evaluate' | 'train'>,
): Promise<Split> {
  const { split: protocol, testShare, testFiles: files, part } = evaluate;
  const seed = train.randomSeed;
  const split = await source.proposeSplit(testShare, { protocol, files, seed });
  return part === 'test' ? split : chooseSplitWithin(source, split, { evaluate, train });
}

/** A split of the training part of `split`. @throws ShelfwalkError SPLIT_IMPOSSIBLE */
export async function chooseSplitWithin(
  source: CatalogSource,
  split: Split,
  { evaluate: { testShare }, train: { randomSeed: seed } }: Pick<RunConfig, 'evaluate' | 'train'>,
): Promise<Split> {
  if (split.protocol !== 'files')
    return source.proposeSplit(testShare, { protocol: split.protocol, seed, within: split });
  try {
    return await source.proposeSplit(testShare, { protocol: 'auto', seed, within: split });
  } catch (error) {
    if (!isShelfwalkError(error, 'SPLIT_IMPOSSIBLE')) throw error;
    return source.proposeSplit(testShare, { protocol: 'random', seed, within: split });
  }
}

/** The earliest instant that a split knows nothing after; undefined where it is not one for all. */
export function toCutoffMs(split: Split | undefined): number | undefined {
  if (!split) return undefined;
  const outer = toCutoffMs(split.within);
  if (split.protocol !== 'time') return outer;
  return Math.min(split.cutoffMs, outer ?? Infinity);
}
