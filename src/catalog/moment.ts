/**
 * The catalog as it is at one moment: all reads see the same commit, whatever is written meanwhile. What
 * is read in several statements (ids, then edges by their positions) would else not fit together.
 */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { ShelfwalkError } from '../base/errors.ts';
import type { Database, Reader, Session, SqlRow, SqlValue } from './database.ts';

/** Runs `work` on one moment of the database, which is over when it settles. */
export async function readAtOneMoment<T>(
  database: Database,
  work: (reader: Reader) => Promise<T>,
): Promise<T> {
  return database.use(async (session) => {
    await session.run('BEGIN TRANSACTION READ ONLY');
    // DuckDB chooses what a transaction sees at its first read, not at BEGIN.
    await session.rows('SELECT version FROM catalog_format');
    const moment = new Moment(session);
    try {
      return await work(moment);
    } finally {
      await moment.end();
      await session.run('ROLLBACK').catch(() => undefined); // nothing was changed that could be lost
    }
  });
}

/**
 * One transaction. Statements that are asked for at once take turns. A connection has one result open at
 * a time, and DuckDB ends a stream without an error when another statement comes: that would be a graph
 * with edges missing, so whatever is asked while a stream is half read is refused.
 */
class Moment implements Reader {
  readonly #session: Session;
  #last: Promise<unknown> = Promise.resolve();
  #isStreaming = false;
  #isOver = false;

  constructor(session: Session) {
    this.#session = session;
  }

  async rows<T extends SqlRow>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> {
    this.#refuseMisuse();
    return this.#takeTurn(() => this.#session.rows<T>(sql, values));
  }

  async *stream(sql: string, values: readonly SqlValue[] = []): AsyncGenerator<DuckDBDataChunk> {
    this.#refuseMisuse();
    this.#isStreaming = true;
    try {
      const chunks = this.#session.stream(sql, values);
      for (;;) {
        this.#refuseIfOver();
        const { done, value } = await this.#takeTurn(() => chunks.next());
        if (done) return;
        yield value;
      }
    } finally {
      this.#isStreaming = false;
    }
  }

  /** Waits for the statement that is running; what is asked for afterwards is refused. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#last;
  }

  #takeTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined); // its own caller is told
    return result;
  }

  #refuseMisuse(): void {
    this.#refuseIfOver();
    if (!this.#isStreaming) return;
    throw new ShelfwalkError('INTERNAL', {
      found: 'a query at a moment of the catalog while a stream of the same moment is half read',
      hint: 'Read the stream to its end, or leave its loop, before asking for anything else',
    });
  }

  #refuseIfOver(): void {
    if (!this.#isOver) return;
    throw new ShelfwalkError('INTERNAL', {
      found: 'a query at a moment of the catalog that is over',
      hint: 'A moment lasts until the work that was given to atOneMoment settles',
    });
  }
}
