/**
 * The demonstration: a simulated shop, imported, trained and evaluated once, and found again the next
 * time. Says which product and which customer to ask about first.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import type { CatalogCounts, EntityRecord } from '../catalog/types.ts';
import type { Operation } from './operation.ts';
import { SHOP_README, toShopSources, writeSimulatedShop } from './simulated-shop.ts';
import type { Workspace } from './workspace.ts';

export interface DemoOptions {
  readonly operations: readonly Operation[];
  readonly alias: string;
  /** Told what is about to be done, in a line. */
  readonly note: (text: string) => void;
  readonly context: TaskContext;
}

export interface Demo {
  readonly version: string;
  /** False: it was there from an earlier start. */
  readonly isNew: boolean;
  /** report.json of the version. */
  readonly report: Readonly<Record<string, unknown>>;
  readonly counts: CatalogCounts;
  /** What to type to find `product`. */
  readonly query: string;
  readonly product: EntityRecord;
  /** Has bought more than most. */
  readonly customer: EntityRecord;
}

const QUERY = 'garden hose';

/**
 * @throws ShelfwalkError REQUEST_UNPROCESSABLE — the data directory holds data that are not the demonstration's
 * @throws ShelfwalkError whatever importing and training throw
 */
export async function prepareDemo(workspace: Workspace, options: DemoOptions): Promise<Demo> {
  const { catalog, versions } = workspace;
  await refuseOtherData(workspace);
  let version = await findVersion(workspace, options.alias);
  const isNew = version === undefined;
  if (version === undefined) {
    await makeVersion(workspace, options);
    version = await versions.resolve(options.alias);
  }
  const [report, counts] = [await versions.report(version), await catalog.counts()];
  const product = await findBusiest(workspace, 'product', QUERY);
  const customer = await findBusiest(workspace, 'customer');
  return { version, isNew, report, counts, query: QUERY, product, customer };
}

const toShopFolder = (dataDir: string): string => join(dataDir, 'simulated-shop');

/** Somebody's own data must not be mixed with a shop that does not exist. */
async function refuseOtherData({ dataDir, catalog }: Workspace): Promise<void> {
  const { interactions, products, customers } = await catalog.counts();
  if (interactions + products + customers === 0) return;
  const isOurs = await stat(join(toShopFolder(dataDir), SHOP_README)).catch(() => undefined);
  if (isOurs) return;
  throw new ShelfwalkError('REQUEST_UNPROCESSABLE', {
    dataDir,
    found: `data of your own (${interactions} interactions)`,
    expected: 'an empty data directory, or the one of an earlier demo',
    hint: 'Give the demo a directory of its own: shelfwalk demo --data-dir …',
  });
}

async function findVersion({ versions }: Workspace, alias: string): Promise<string | undefined> {
  try {
    return await versions.resolve(alias);
  } catch (error) {
    if (isShelfwalkError(error, 'ALIAS_UNKNOWN')) return undefined;
    throw error;
  }
}

/** An earlier start may have been stopped on its way: files already imported are passed over. */
async function makeVersion(
  workspace: Workspace,
  { operations, alias, note, context }: DemoOptions,
): Promise<void> {
  const run = async (name: string, input: unknown): Promise<unknown> => {
    const operation = operations.find((one) => one.name === name);
    if (!operation) throw new ShelfwalkError('INTERNAL', { operation: name });
    return operation.run(workspace, operation.input.parse(input), context);
  };
  const folder = toShopFolder(workspace.dataDir);
  note('making a simulated shop');
  await writeSimulatedShop(folder);
  note('importing it');
  await run('import', { sources: toShopSources(folder) });
  note('training and evaluating');
  await run('train', { run: {}, alias, evaluate: true });
}

/** Of the first page, the one with the most interactions. */
async function findBusiest(
  { catalog }: Workspace,
  type: 'product' | 'customer',
  q?: string,
): Promise<EntityRecord> {
  const { rows } = await catalog.list({ type, q, limit: 100 });
  const [first] = [...rows].sort((a, b) => b.count - a.count);
  if (!first) throw new ShelfwalkError('NODE_UNKNOWN', { type, q });
  return first;
}
