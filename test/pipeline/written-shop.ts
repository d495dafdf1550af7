/** A catalog on disk with a version over all that it holds, random vectors, and a live model: what is written next is new. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_TYPES, type NodeType } from '../../src/base/ids.ts';
import { createLiveModel } from '../../src/pipeline/live-model.ts';
import type { LiveModel } from '../../src/pipeline/live-types.ts';
import { openWorkspace, type Workspace } from '../../src/pipeline/workspace.ts';
import { fakeVersion, silent } from '../serve/fakes.ts';

export interface WrittenShop {
  workspace: Workspace;
  live: LiveModel;
  readonly version: string;
  /** Closes everything and opens it again, as a server that was started anew. */
  restart(): Promise<void>;
  /** Another version over what the catalog holds now, of which another alias is answered. */
  addVersion(alias: string, seed: number, weights?: object): Promise<string>;
  /** The same in two steps, as a training does it: the catalog is read, and published is later. */
  readVersion(seed: number): Promise<ReadVersion>;
  dispose(): Promise<void>;
}

export interface ReadVersion {
  readonly watermark: number;
  publish(alias: string): Promise<string>;
}

export const CUSTOMERS = Array.from({ length: 12 }, (_, i) => `c${i}`);
export const PRODUCTS = Array.from({ length: 20 }, (_, i) => `p${i}`);

/** Customer i bought products i, i + 1, i + 2 …; products are of two brands, customers of two towns. */
export async function openWrittenShop(): Promise<WrittenShop> {
  const dir = await mkdtemp(join(tmpdir(), 'shelfwalk-overlay-'));
  const workspace = await openWorkspace(dir);
  await importShop(workspace, dir);
  const version = await writeVersion(workspace, 'prod', { seed: 1 });
  const open = (over: Workspace): Promise<LiveModel> =>
    createLiveModel(over, { alias: 'prod', log: silent, foldInWaitMs: 60_000 });
  const shop: WrittenShop = {
    workspace,
    version,
    live: await open(workspace),
    async restart() {
      await shop.live.close();
      await shop.workspace.close();
      shop.workspace = await openWorkspace(dir);
      shop.live = await open(shop.workspace);
    },
    addVersion: (alias, seed, weights) => writeVersion(shop.workspace, alias, { seed, weights }),
    readVersion: (seed) => readVersion(shop.workspace, seed),
    async dispose() {
      await shop.live.close();
      await shop.workspace.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
  return shop;
}

async function importShop({ catalog }: Workspace, dir: string): Promise<void> {
  const write = async (name: string, rows: readonly string[]): Promise<string> => {
    const path = join(dir, name);
    await writeFile(path, `${rows.join('\n')}\n`);
    return path;
  };
  const entity = (column: string) => ({ id: 'id', attributes: [{ kind: column, column }] });
  const products = await write('products.csv', [
    'id,brand',
    ...PRODUCTS.map((id, i) => `${id},${i % 2 ? 'odd' : 'even'}`),
  ]);
  const customers = await write('customers.csv', [
    'id,town',
    ...CUSTOMERS.map((id, i) => `${id},${i % 2 ? 'left' : 'right'}`),
  ]);
  const bought = await write('bought.csv', [
    'customer,product',
    ...CUSTOMERS.flatMap((c, i) => [0, 1, 2].map((step) => `${c},${PRODUCTS[(i + step) % PRODUCTS.length]}`)),
  ]);
  await catalog.importFiles(
    [
      { kind: 'products', path: products, mapping: entity('brand') },
      { kind: 'customers', path: customers, mapping: entity('town') },
      { kind: 'interactions', path: bought, mapping: { customer: 'customer', product: 'product' } },
    ],
    {},
    {},
  );
}

/** So that all scorers answer. */
const WEIGHTS = { embedding: 0.25, walk: 0.1, counts: 0.15, own: 0.5 };

async function readVersion({ catalog, versions }: Workspace, seed: number): Promise<ReadVersion> {
  const ids = await readIds(catalog);
  const watermark = await catalog.watermark();
  const facts = { spaceId: `s${seed}`, configuration: {}, metrics: {}, watermark };
  return {
    watermark,
    async publish(alias) {
      const { id } = await versions.write(
        { ...fakeVersion('', { ids, seed }), report: { blend: { weights: WEIGHTS } } },
        facts,
      );
      await versions.promote(alias, id);
      return id;
    },
  };
}

/** Of no watermark, as versions that were made elsewhere. */
async function writeVersion(
  { catalog, versions }: Workspace,
  alias: string,
  { seed, weights = WEIGHTS }: { readonly seed: number; readonly weights?: object },
): Promise<string> {
  const facts = { spaceId: `s${seed}`, configuration: {}, metrics: {} };
  const { id } = await versions.write(
    { ...fakeVersion('', { ids: await readIds(catalog), seed }), report: { blend: { weights } } },
    facts,
  );
  await versions.promote(alias, id);
  return id;
}

const readIds = async (catalog: Workspace['catalog']): Promise<Record<NodeType, string[]>> =>
  Object.fromEntries(
    await Promise.all(NODE_TYPES.map(async (type) => [type, await catalog.nodeIds(type)])),
  ) as Record<NodeType, string[]>;
