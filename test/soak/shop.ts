/** The shop of the soak tests: the simulated one, small, imported into a data directory of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  buildSimulatedShop,
  type SimulatedShop,
  toShopSources,
  writeSimulatedShop,
} from '../../src/pipeline/simulated-shop.ts';
import { openWorkspace } from '../../src/pipeline/workspace.ts';

export interface SoakShop extends SimulatedShop {
  /** Gone when the test is over. */
  readonly dataDir: string;
  /** Later than every interaction, ms since 1970. */
  readonly afterMs: number;
}

export async function importShop(customerCount: number): Promise<SoakShop> {
  const dataDir = await mkdtemp(join(tmpdir(), 'shelfwalk-soak-'));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  const shop = buildSimulatedShop({ seed: 20, customerCount });
  const folder = join(dataDir, 'shop');
  await writeSimulatedShop(folder, shop);
  const workspace = await openWorkspace(dataDir);
  await workspace.catalog.importFiles(toShopSources(folder), {}, {});
  await workspace.close();
  return { ...shop, dataDir, afterMs: shop.interactions.at(-1)!.timeMs + 1 };
}

/** Small, so that there are many trainings in a minute; one thread, so that the server has the other. */
export const toSmallRun = (randomSeed: number) => ({
  walk: { walksPerNode: 4, walkLength: 12 },
  train: { embeddingDimension: 32, concurrency: 1, randomSeed },
});
