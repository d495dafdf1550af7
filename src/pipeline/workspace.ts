/**
 * One data directory, opened: the catalog and the version store in it. A directory belongs to one
 * process at a time; the server that holds it leaves its address for the command line (lease.ts).
 */
import { join } from 'node:path';
import { openCatalog } from '../catalog/catalog.ts';
import type { Catalog } from '../catalog/types.ts';
import type { VersionStore } from '../vectors/types.ts';
import { openVersionStore } from '../vectors/version-store.ts';

export type { EntityChange, EntryError, WriteReply } from '../catalog/write-types.ts';

export interface Workspace {
  readonly dataDir: string;
  readonly catalog: Catalog;
  readonly versions: VersionStore;
  close(): Promise<void>;
}

/** @throws ShelfwalkError CATALOG_IN_USE — another process holds the directory */
export async function openWorkspace(dataDir: string): Promise<Workspace> {
  const catalog = await openCatalog(join(dataDir, 'catalog.duckdb'), {
    rejectsDir: join(dataDir, 'rejects'),
  });
  try {
    const versions = await openVersionStore(join(dataDir, 'models'));
    return { dataDir, catalog, versions, close: () => catalog.close() };
  } catch (error) {
    await catalog.close(); // or the directory would stay locked
    throw error;
  }
}
