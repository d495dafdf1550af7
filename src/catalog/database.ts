/**
 * One DuckDB file, opened: connections, parameters, columns out, and DuckDB's failures as ours.
 * A file belongs to one process, and inside it to one Database; readers and the writer each have a
 * connection of their own, so lookups see the last commit while an import runs.
 */
import { realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  DOUBLE,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api';
import { ShelfwalkError } from '../base/errors.ts';
import { makeFolder } from '../base/folder.ts';

export type SqlValue = string | number | readonly string[];
export type SqlRow = Record<string, unknown>;

/** Files open in this process: DuckDB's lock holds processes apart, not two openings in one process. */
const openFiles = new Set<string>();

/** Nothing is fetched from elsewhere. */
const NO_EXTENSIONS = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' };

/** What reading needs: a database, which sees the last commit each time, or one moment of it (moment.ts). */
export interface Reader {
  rows<T extends SqlRow>(sql: string, values?: readonly SqlValue[]): Promise<T[]>;
  /** Chunks of at most 2,048 rows. */
  stream(sql: string, values?: readonly SqlValue[]): AsyncIterable<DuckDBDataChunk>;
}

export interface DatabaseOptions {
  /** DuckDB's own ceiling for buffers, in MiB; what does not fit is spilled to `tempDir`. */
  readonly memoryLimitMiB: number;
}

export class Database implements Reader {
  /** For spilled data and for files while they are read in. Emptied when the catalog opens and closes. */
  readonly tempDir: string;
  readonly #instance: DuckDBInstance;
  readonly #file: string;
  #closed = false;
  #active = 0;
  #whenIdle: (() => void) | undefined;

  private constructor(instance: DuckDBInstance, file: string) {
    this.#instance = instance;
    this.#file = file;
    this.tempDir = toTempDir(file);
  }

  /** @throws ShelfwalkError CONFIG_INVALID · FOLDER_UNUSABLE · CATALOG_IN_USE · CATALOG_FORMAT_UNKNOWN — not a DuckDB file, or of a newer DuckDB */
  static async open(file: string, { memoryLimitMiB }: DatabaseOptions): Promise<Database> {
    if (file.includes('?')) {
      // DuckDB reads a question mark as the end of the name and loses its log.
      throw new ShelfwalkError('CONFIG_INVALID', {
        file,
        found: '?',
        expected: 'a data directory without ? in its name',
      });
    }
    await makeFolder(dirname(file));
    const path = join(await realpath(dirname(file)), basename(file));
    if (openFiles.has(path)) throw inUse(path);
    openFiles.add(path);
    try {
      const instance = await DuckDBInstance.create(path, {
        memory_limit: `${memoryLimitMiB}MiB`,
        temp_directory: toTempDir(path),
        ...NO_EXTENSIONS,
      });
      const database = new Database(instance, path);
      await database.use((session) => session.run("SET GLOBAL TimeZone = 'UTC'"));
      await rm(database.tempDir, { recursive: true, force: true });
      await makeFolder(database.tempDir);
      return database;
    } catch (cause) {
      openFiles.delete(path);
      throw toOpenError(path, cause);
    }
  }

  /** A connection of one's own; close it. @throws ShelfwalkError SHUTTING_DOWN — the catalog was closed */
  async connect(): Promise<Session> {
    if (this.#closed) throw new ShelfwalkError('SHUTTING_DOWN', { found: 'the catalog is closed' });
    this.#active++;
    try {
      return new Session(await this.#instance.connect(), () => this.#release());
    } catch (cause) {
      this.#release();
      throw cause;
    }
  }

  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.connect();
    try {
      return await work(session);
    } finally {
      session.close();
    }
  }

  async rows<T extends SqlRow>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> {
    return this.use((session) => session.rows<T>(sql, values));
  }

  /** Chunks of at most 2,048 rows, on a connection of their own. */
  async *stream(sql: string, values: readonly SqlValue[] = []): AsyncGenerator<DuckDBDataChunk> {
    const session = await this.connect();
    try {
      yield* session.stream(sql, values);
    } finally {
      session.close();
    }
  }

  /** Waits for what is running, then writes the log into the file and lets go of it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#active > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    this.#instance.closeSync();
    openFiles.delete(this.#file);
    await rm(this.tempDir, { recursive: true, force: true });
  }

  #release(): void {
    this.#active--;
    if (this.#active === 0) this.#whenIdle?.();
  }
}

/** A session of a database without a file, for looking into files of others; it ends with the session. */
export async function openMemorySession(): Promise<Session> {
  const instance = await DuckDBInstance.create(':memory:', NO_EXTENSIONS);
  return new Session(await instance.connect(), () => instance.closeSync());
}

/** One connection: statements on it run one after the other, and see their own open transaction. */
export class Session {
  readonly #connection: DuckDBConnection;
  readonly #onClose: () => void;

  constructor(connection: DuckDBConnection, onClose: () => void) {
    this.#connection = connection;
    this.#onClose = onClose;
  }

  /** Counts must be cast to DOUBLE or INTEGER in SQL: a BIGINT comes back as a bigint. */
  async rows<T extends SqlRow>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> {
    return asOurs(async () => {
      const result = await this.#connection.run(sql, values.map(toDuckValue), toTypes(values));
      return (await result.getRowObjectsJS()) as T[];
    });
  }

  async run(sql: string, values: readonly SqlValue[] = []): Promise<void> {
    await asOurs(() => this.#connection.run(sql, values.map(toDuckValue), toTypes(values)));
  }

  async *stream(sql: string, values: readonly SqlValue[] = []): AsyncGenerator<DuckDBDataChunk> {
    const result = await asOurs(() => this.#connection.stream(sql, values.map(toDuckValue), toTypes(values)));
    for (;;) {
      const chunk = await asOurs(() => result.fetchChunk());
      if (!chunk || chunk.rowCount === 0) return;
      yield chunk;
    }
  }

  /** Makes the statement that is running fail with ABORTED. */
  interrupt(): void {
    this.#connection.interrupt();
  }

  close(): void {
    this.#connection.closeSync();
    this.#onClose();
  }
}

/**
 * The numbers of one column as the typed array they already are, length ≥ rows. For columns without
 * NULL only. The library keeps the array private and offers one call per value instead, which at five
 * million rows is the difference between reading and waiting.
 */
export function toTypedColumn<A extends Uint32Array | Float32Array | Float64Array>(
  chunk: DuckDBDataChunk,
  column: number,
  type: new (length: number) => A,
): A {
  const { items } = chunk.getColumnVector(column) as unknown as { readonly items: unknown };
  if (!(items instanceof type)) {
    throw new ShelfwalkError('INTERNAL', { found: `column ${column} is no ${type.name}` });
  }
  return items;
}

const toTempDir = (file: string): string => `${file}.tmp`;

const toDuckValue = (value: SqlValue): DuckDBValue => (typeof value === 'object' ? listValue(value) : value);

const toTypes = (values: readonly SqlValue[]): DuckDBType[] =>
  values.map((value) =>
    typeof value === 'string' ? VARCHAR : typeof value === 'number' ? DOUBLE : LIST(VARCHAR),
  );

const inUse = (file: string, cause?: unknown): ShelfwalkError =>
  new ShelfwalkError(
    'CATALOG_IN_USE',
    {
      file,
      found: cause instanceof Error ? /\(PID \d+\)/.exec(cause.message)?.[0] : undefined,
      hint: 'Stop the program that has it open (a running server?), or choose another --data-dir',
    },
    { cause },
  );

function toOpenError(file: string, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/could not set lock|conflicting lock|being used by another process/i.test(message))
    return inUse(file, cause);
  if (/permission denied|read-only file system/i.test(message)) {
    return new ShelfwalkError(
      'FOLDER_UNUSABLE',
      { folder: dirname(file), found: firstLine(message), hint: 'Name a place that can be written to' },
      { cause },
    );
  }
  if (/not a valid DuckDB|newer version|version number|storage version/i.test(message)) {
    return new ShelfwalkError(
      'CATALOG_FORMAT_UNKNOWN',
      { file, found: firstLine(message), expected: 'a DuckDB file of this release' },
      { cause },
    );
  }
  return toOurs(cause);
}

async function asOurs<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw toOurs(cause);
  }
}

function toOurs(cause: unknown): ShelfwalkError {
  if (cause instanceof ShelfwalkError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/interrupt/i.test(message)) return new ShelfwalkError('ABORTED', {}, { cause });
  if (/no space left|max_temp_directory_size|disk full/i.test(message)) {
    return new ShelfwalkError('DISK_FULL', { found: firstLine(message) }, { cause });
  }
  if (/out of memory/i.test(message)) {
    return new ShelfwalkError('LIMIT_EXCEEDED', { found: firstLine(message) }, { cause });
  }
  return new ShelfwalkError('INTERNAL', { found: firstLine(message) }, { cause });
}

const firstLine = (message: string): string => message.split('\n', 1)[0]!;
