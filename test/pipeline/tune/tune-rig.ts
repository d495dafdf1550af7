/** What tests of a tuning share: a start that is easily beaten, and results without what a clock says. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TuneResult } from '../../../src/pipeline/tune/types.ts';
import type { FreshWorkspace } from '../fresh-workspace.ts';
import { plantedSources, toPlantedCsv, toProductCsv } from './planted-shop.ts';

/** Two dimensions after a single walk of three: it knows next to nothing. */
export const BAD_START = {
  walk: { walksPerNode: 1, walkLength: 3 },
  train: { embeddingDimension: 2, concurrency: 1 },
  evaluate: { k: [5] },
};
export const SPACE = {
  'walk.walksPerNode': [1, 9],
  'walk.walkLength': [3, 20],
  'train.embeddingDimension': [2, 16],
  'train.windowSize': [2, 3],
};

/** The planted shop into a workspace, by files in a folder. */
export async function importPlanted(
  { dir, workspace }: FreshWorkspace,
  fate?: Parameters<typeof toPlantedCsv>[0],
): Promise<void> {
  const [purchases, products] = [join(dir, 'bought.csv'), join(dir, 'products.csv')];
  await writeFile(purchases, toPlantedCsv(fate));
  await writeFile(products, toProductCsv());
  await workspace.catalog.importFiles(plantedSources(purchases, products), {}, {});
}

export const withoutTimes = ({ tookMs: _, trials, ...result }: TuneResult): object => ({
  ...result,
  trials: trials.map(({ rungs, ...trial }) => ({
    ...trial,
    rungs: rungs.map(({ tookMs: _, ...rung }) => rung),
  })),
});
