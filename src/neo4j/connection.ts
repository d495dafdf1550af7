/**
 * A connection to Neo4j: one driver, read and write transactions on it, deadlines, and bounded retries
 * for what passes by itself. Integers arrive as plain numbers; what may be larger than 2^53 is made text
 * by the statement that reads it, or refused by whoever reads it here.
 */
import neo4j, { type Driver, type Result, type Session } from 'neo4j-driver';
import { throwIfAborted } from '../base/task.ts';
import { type Limits, wait, withDeadline } from './deadline.ts';
import { isPassing, type Place, toNeo4jFailure } from './failures.ts';
import { type Page, type PageLimits, type Plan, takePage, takePlan } from './page.ts';

export interface Neo4jSettings {
  /** bolt:// or neo4j://, +s or +ssc behind it for TLS. */
  readonly uri: string;
  readonly user: string;
  readonly password: string;
  /** Undefined: the server's default. */
  readonly database?: string;
  /** Longest wait for a connection, for the next row, and for the end of a transaction that writes. */
  readonly timeoutMs: number;
  /** Tries of a transaction that fails with something that passes, the first one included. */
  readonly attempts: number;
}

/** What is run: Cypher, the name it is spoken of by, and parameters. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}
export type Parameters = Readonly<Record<string, unknown>>;

/** One row; columns by their place, or by name. */
export interface Row {
  get(column: number | string): unknown;
  has(column: string): boolean;
}

/** Takes rows, one after the other. A retried transaction starts with a new one. */
export interface Sink<T> {
  add(row: Row): void;
  done(): T;
}

export interface Step {
  readonly statement: Statement;
  readonly parameters: Parameters;
}

export interface WriteOptions {
  readonly signal?: AbortSignal;
  /** Looks at the rows of each step before they are committed; what it throws undoes them. */
  readonly check?: (rows: readonly (readonly Readonly<Record<string, unknown>>[])[]) => void;
}

export interface Neo4j {
  readonly place: Place;
  /** Rows of one read transaction, as they arrive: the driver asks for more when the sink has kept up. */
  read<T>(step: Step, createSink: () => Sink<T>, signal?: AbortSignal): Promise<T>;
  /** Rows as objects: for answers that are small. */
  rows<R>(step: Step, signal?: AbortSignal): Promise<R[]>;
  /**
   * All steps in one transaction. A commit that went unanswered may have happened: it is run again, so steps
   * must be such that twice is as good as once.
   */
  write(steps: readonly Step[], options?: WriteOptions): Promise<void>;
  /** Steps outside any transaction of ours: schema, and statements that commit in batches by themselves. */
  runAlone(step: Step, signal?: AbortSignal): Promise<void>;
  /** Rows of one step that writes. */
  writeRows<R>(step: Step, signal?: AbortSignal): Promise<R[]>;
  /** As runAlone, with its rows, and for as long as it takes: only the signal ends it. Not tried again. */
  runLong<R>(step: Step, signal?: AbortSignal): Promise<R[]>;
  /** The first rows of a transaction that can only read and that the server ends when its time is up. */
  page(step: Step, limits: PageLimits, signal?: AbortSignal): Promise<Page>;
  /** What the server would do; nothing is run. */
  explain(step: Step, signal?: AbortSignal): Promise<Plan>;
  close(): Promise<void>;
}

const FIRST_WAIT_MS = 200;
const CLOSE_MS = 2000;
/** A server that does not end a transaction in time is not waited for much longer. */
const GRACE_MS = 1000;

type Mode = typeof neo4j.session.READ | typeof neo4j.session.WRITE;

/**
 * Connects and logs in, so that what is wrong is said now.
 * @throws ShelfwalkError NEO4J_UNREACHABLE · NEO4J_UNAUTHORIZED · NEO4J_DATABASE_UNKNOWN · NEO4J_TIMEOUT
 */
export async function openNeo4j(settings: Neo4jSettings): Promise<Neo4j> {
  const connection = new Connection(settings);
  try {
    await connection.verify();
  } catch (error) {
    await connection.close();
    throw error;
  }
  return connection;
}

class Connection implements Neo4j {
  readonly place: Place;
  readonly #driver: Driver;
  readonly #settings: Neo4jSettings;

  constructor(settings: Neo4jSettings) {
    const { uri, user, password, database, timeoutMs } = settings;
    this.place = { uri, database };
    this.#settings = settings;
    this.#driver = neo4j.driver(uri, neo4j.auth.basic(user, password), {
      disableLosslessIntegers: true,
      connectionTimeout: timeoutMs,
      connectionAcquisitionTimeout: timeoutMs,
      disableAutoCommitRetries: true, // tries are counted here
      telemetryDisabled: true,
      userAgent: 'shelfwalk',
    });
  }

  /** An empty transaction: it takes a connection, a login and the database. Tried once, to be answered at once. */
  async verify(): Promise<void> {
    const { timeoutMs, database } = this.#settings;
    const session = this.#driver.session({ database, defaultAccessMode: neo4j.session.READ });
    const work = async (): Promise<void> => {
      const tx = await session.beginTransaction();
      await tx.commit();
    };
    try {
      await withDeadline(work(), { timeoutMs, place: this.place });
    } catch (cause) {
      throw toNeo4jFailure(cause, this.place);
    } finally {
      session.close().catch(() => {}); // not awaited: one that hangs would keep its caller
    }
  }

  read<T>(step: Step, createSink: () => Sink<T>, signal?: AbortSignal): Promise<T> {
    return this.#try(neo4j.session.READ, step.statement, signal, async (session, place) => {
      const sink = createSink();
      const result = session.run(step.statement.text, step.parameters);
      await pour(result, sink, { timeoutMs: this.#settings.timeoutMs, place, signal });
      return sink.done();
    });
  }

  async rows<R>(step: Step, signal?: AbortSignal): Promise<R[]> {
    return this.#try(neo4j.session.READ, step.statement, signal, async (session, place) => {
      const call = session.run<R & Record<string, unknown>>(step.statement.text, step.parameters);
      const { records } = await withDeadline(call, { timeoutMs: this.#settings.timeoutMs, place, signal });
      return records.map((record) => record.toObject());
    });
  }

  write(steps: readonly Step[], { signal, check }: WriteOptions = {}): Promise<void> {
    const { timeoutMs } = this.#settings;
    return this.#try(neo4j.session.WRITE, steps[0]!.statement, signal, (session, place) => {
      const work = async (): Promise<void> => {
        const tx = await session.beginTransaction({ timeout: timeoutMs });
        const rows: Record<string, unknown>[][] = [];
        for (const { statement, parameters } of steps) {
          const { records } = await tx.run(statement.text, parameters);
          rows.push(records.map((record) => record.toObject()));
        }
        check?.(rows);
        await tx.commit();
      };
      return withDeadline(work(), { timeoutMs, place, signal });
    });
  }

  runAlone({ statement, parameters }: Step, signal?: AbortSignal): Promise<void> {
    return this.#try(neo4j.session.WRITE, statement, signal, async (session, place) => {
      const call = session.run(statement.text, parameters);
      await withDeadline(call, { timeoutMs: this.#settings.timeoutMs, place, signal });
    });
  }

  writeRows<R>({ statement, parameters }: Step, signal?: AbortSignal): Promise<R[]> {
    const { timeoutMs } = this.#settings;
    return this.#try(neo4j.session.WRITE, statement, signal, async (session, place) => {
      const call = session.run<R & Record<string, unknown>>(statement.text, parameters, {
        timeout: timeoutMs,
      });
      const { records } = await withDeadline(call, { timeoutMs, place, signal });
      return records.map((record) => record.toObject());
    });
  }

  async runLong<R>({ statement, parameters }: Step, signal?: AbortSignal): Promise<R[]> {
    throwIfAborted(signal);
    const session = this.#driver.session({ database: this.#settings.database });
    const end = (): void => void session.close().catch(() => {}); // what runs on it ends as well
    signal?.addEventListener('abort', end);
    try {
      const { records } = await session.run<R & Record<string, unknown>>(statement.text, parameters);
      return records.map((record) => record.toObject());
    } catch (cause) {
      throwIfAborted(signal);
      throw toNeo4jFailure(cause, { ...this.place, statement: statement.name });
    } finally {
      signal?.removeEventListener('abort', end);
      end();
    }
  }

  page(
    { statement, parameters }: Step,
    { maxRows, timeoutMs }: PageLimits,
    signal?: AbortSignal,
  ): Promise<Page> {
    return this.#try(neo4j.session.READ, statement, signal, (session, place) => {
      const result = session.run(statement.text, parameters, { timeout: timeoutMs });
      return withDeadline(takePage(result, maxRows), { timeoutMs: timeoutMs + GRACE_MS, place, signal });
    });
  }

  explain({ statement, parameters }: Step, signal?: AbortSignal): Promise<Plan> {
    return this.#try(neo4j.session.READ, statement, signal, (session, place) => {
      const result = session.run(`EXPLAIN ${statement.text}`, parameters);
      return withDeadline(takePlan(result), { timeoutMs: this.#settings.timeoutMs, place, signal });
    });
  }

  /** A connection that hangs is not waited for. */
  async close(): Promise<void> {
    await withDeadline(this.#driver.close(), { timeoutMs: CLOSE_MS, place: this.place }).catch(() => {});
  }

  /** Tries again, with waits that double, what the driver calls retryable; nothing else. */
  async #try<T>(
    mode: Mode,
    { name }: Statement,
    signal: AbortSignal | undefined,
    work: (session: Session, place: Place) => Promise<T>,
  ): Promise<T> {
    const place = { ...this.place, statement: name };
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal);
      const session = this.#driver.session({
        database: this.#settings.database,
        defaultAccessMode: mode,
        bookmarkManager: this.#driver.executeQueryBookmarkManager,
      });
      try {
        return await work(session, place);
      } catch (cause) {
        if (attempt >= this.#settings.attempts || !isPassing(cause)) throw toNeo4jFailure(cause, place);
      } finally {
        session.close().catch(() => {}); // not awaited: one that hangs would keep its caller
      }
      await wait(FIRST_WAIT_MS * 2 ** (attempt - 1), signal);
    }
  }
}

/** All rows into the sink. The deadline is for each next row: an answer may take as long as it keeps coming. */
function pour<T>(result: Result, sink: Sink<T>, limits: Limits): Promise<void> {
  let later = () => {};
  const rows = new Promise<void>((resolve, reject) => {
    result.subscribe({
      onNext(row) {
        later();
        try {
          sink.add(row);
        } catch (error) {
          reject(error); // what else arrives is for nobody: the session is closed
        }
      },
      onCompleted: () => resolve(),
      onError: reject,
    });
  });
  return withDeadline(rows, limits, (refresh) => {
    later = refresh;
  });
}
