/**
 * The embedded catalog: one DuckDB file, its tables, and the contract of types.ts on top. The file
 * belongs to one process; inside it, reads go on while what may change it, one at a time, is running.
 */
import { createCopySource } from './copy-source.ts';
import { readCounts } from './counts.ts';
import { Database, type Reader } from './database.ts';
import { importFiles } from './import.ts';
import { createLookup } from './lookup.ts';
import { readAtOneMoment } from './moment.ts';
import { NewsDraft } from './news.ts';
import { project } from './projection.ts';
import { ensureSchema } from './schema.ts';
import { createSource } from './source.ts';
import { Turns } from './turns.ts';
import type { Catalog, CatalogMoment } from './types.ts';
import { readPutAgain, readWatermark } from './watermark.ts';
import type { CatalogNews } from './write-types.ts';
import { Writer } from './writer.ts';
import { createWrites } from './writes.ts';

export interface CatalogOptions {
  /** Where the rows that were not taken in are written. Made when it is needed. */
  readonly rejectsDir: string;
  /** Ceiling of DuckDB's buffers; more is spilled to a folder beside the file. */
  readonly memoryLimitMiB?: number;
  /** ms since 1970: the time of events that are written without one. Default: the clock. */
  readonly now?: () => number;
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
  const listeners = new Set<(news: CatalogNews) => void>();
  const tell = (news: CatalogNews): void => {
    for (const listener of listeners) {
      try {
        listener(news);
      } catch (error) {
        // What is on disk stays acknowledged; the mistake is the listener's, and must not go unseen.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };
  const turns = new Turns();
  const writer = new Writer(database, turns, tell);
  /** What has changed in bulk is told as such, if anything has. */
  const changeMuch = <T>(what: string, work: () => Promise<T>): Promise<T> =>
    turns.long(what, async () => {
      const before = await readWatermark(database);
      writer.forget();
      const result = await work();
      const { value } = await readWatermark(database);
      if (value > before.value) tell(new NewsDraft().finish(value, true));
      return result;
    });
  return {
    ...createReads(database),
    ...createWrites(database, writer, options.now ?? Date.now),
    async close() {
      await writer.close();
      await database.close();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    atOneMoment: (work) => readAtOneMoment(database, (reader) => work(createMoment(reader))),
    importFiles: (sources, importOptions, context) =>
      changeMuch('import', () => {
        const { rejectsDir } = options;
        return importFiles({ database, rejectsDir, sources, options: importOptions, context });
      }),
    project: (target, projectionOptions, context) =>
      changeMuch('projection', () => project({ database, target, options: projectionOptions, context })),
  };
}

const createReads = (reader: Reader): Omit<CatalogMoment, 'atOneMoment'> => ({
  ...createSource(reader),
  ...createLookup(reader),
  ...createCopySource(reader),
  counts: () => readCounts(reader),
  putAgain: () => readPutAgain(reader),
  watermark: async () => (await readWatermark(reader)).value,
});

function createMoment(reader: Reader): CatalogMoment {
  const moment: CatalogMoment = { ...createReads(reader), atOneMoment: (work) => work(moment) };
  return moment;
}
