/**
 * The embedded catalog: one DuckDB file, its tables, and the contract of types.ts on top. The file
 * belongs to one process; inside it, reads go on while the one import or projection that may run is running.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { createCopySource } from './copy-source.ts';
import { readCounts } from './counts.ts';
import { Database } from './database.ts';
import { importFiles } from './import.ts';
import { createLookup } from './lookup.ts';
import { project } from './projection.ts';
import { ensureSchema } from './schema.ts';
import { createSource } from './source.ts';
import type { Catalog } from './types.ts';

export interface CatalogOptions {
  /** Where the rows that were not taken in are written. Made when it is needed. */
  readonly rejectsDir: string;
  /** Ceiling of DuckDB's buffers; more is spilled to a folder beside the file. */
  readonly memoryLimitMiB?: number;
}

/**
 * Opens the catalog in `file`, making it (and its folder) if there is none.
 * @throws ShelfwalkError CATALOG_IN_USE — another process, or this one, has it open
 * @throws ShelfwalkError CATALOG_FORMAT_UNKNOWN — not a catalog, or one of another release
 */
export async function openCatalog(file: string, options: CatalogOptions): Promise<Catalog> {
  const database = await Database.open(file, { memoryLimitMiB: options.memoryLimitMiB ?? 1024 });
  try {
    await database.use((session) => ensureSchema(session, file));
  } catch (cause) {
    await database.close();
    throw cause;
  }
  let writing: string | undefined;
  const writeAlone = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    if (writing !== undefined) throw new ShelfwalkError('BUSY', { found: `another ${writing}` });
    writing = what;
    try {
      return await work();
    } finally {
      writing = undefined;
    }
  };
  return {
    ...createSource(database),
    ...createLookup(database),
    ...createCopySource(database),
    counts: () => database.use(readCounts),
    close: () => database.close(),
    importFiles: (sources, importOptions, context) =>
      writeAlone('import', () => {
        const { rejectsDir } = options;
        return importFiles({ database, rejectsDir, sources, options: importOptions, context });
      }),
    project: (target, projectionOptions, context) =>
      writeAlone('projection', () => project({ database, target, options: projectionOptions, context })),
  };
}
