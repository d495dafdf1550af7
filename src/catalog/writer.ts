/**
 * Single writes, committed in groups: what has come in while one commit is on its way to the disk goes
 * into the next one together, and each writer is told when its commit is there. A write that fails takes
 * no other one with it: its group is then written one by one.
 */
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { type Commit, type Known, readKnown } from './commit.ts';
import type { Database, Session } from './database.ts';
import { findReply, forgetOldReplies, keepReply } from './idempotency.ts';
import { NewsDraft } from './news.ts';
import type { Turns } from './turns.ts';
import { saveWatermark } from './watermark.ts';
import type { CheckedEvent } from './write-checks.ts';
import { appendEvents } from './write-interactions.ts';
import type { CatalogNews, EntryError, WriteOptions } from './write-types.ts';

/** Appends of one group are written as one; everything else by itself, in the order in which it came. */
export type Work<R> =
  | { readonly append: readonly CheckedEvent[]; toReply(errors: readonly EntryError[], watermark: number): R }
  | { run(commit: Commit): Promise<(watermark: number) => R> };

interface Entry {
  readonly work: Work<unknown>;
  readonly idempotency: WriteOptions['idempotency'];
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

type ToReply = (watermark: number) => unknown;

/** Bounds of one commit: what one failure makes be done again, and how long the others wait. */
const MAX_ENTRIES = 256;
const MAX_EVENTS = 50_000;

const FORGET_EVERY_MS = 3_600_000;

export class Writer {
  readonly #database: Database;
  readonly #turns: Turns;
  readonly #tell: (news: CatalogNews) => void;
  #waiting: Entry[] = [];
  #running: Promise<void> | undefined;
  #closed = false;
  #known: Known | undefined;
  #forgotAt = Number.NEGATIVE_INFINITY;

  constructor(database: Database, turns: Turns, tell: (news: CatalogNews) => void) {
    this.#database = database;
    this.#turns = turns;
    this.#tell = tell;
  }

  /** Settles when it is on disk. @throws ShelfwalkError BUSY · IDEMPOTENCY_KEY_REUSED · DISK_FULL · SHUTTING_DOWN */
  write<R>(work: Work<R>, { idempotency }: WriteOptions = {}): Promise<R> {
    if (this.#closed) {
      return Promise.reject(new ShelfwalkError('SHUTTING_DOWN', { found: 'the catalog is closed' }));
    }
    return new Promise<R>((resolve, reject) => {
      this.#waiting.push({ work, idempotency, resolve: (reply) => resolve(reply as R), reject });
      this.#running ??= this.#run();
    });
  }

  /** The catalog was changed by somebody else. */
  forget(): void {
    this.#known = undefined;
  }

  /** Writes what is waiting, takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // Requests that arrived with the first one are read in this turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#turns.short('write', () => this.#commitGroup(group));
      } catch (error) {
        for (const entry of group) entry.reject(error);
      }
    }
    this.#running = undefined;
  }

  /** Two entries of one key never go together: the second must find what the first has left. */
  #takeGroup(): Entry[] {
    const keys = new Set<string>();
    let events = 0;
    let n = 0;
    for (const { work, idempotency } of this.#waiting) {
      events += 'append' in work ? work.append.length : 1;
      if (n === MAX_ENTRIES || (n > 0 && events > MAX_EVENTS)) break;
      if (idempotency && keys.has(idempotency.key)) break;
      if (idempotency) keys.add(idempotency.key);
      n++;
    }
    return this.#waiting.splice(0, n);
  }

  async #commitGroup(group: readonly Entry[]): Promise<void> {
    const failure = await this.#commit(group).catch(toCause);
    if (failure === undefined) return;
    if (group.length === 1) return group[0]!.reject(failure.cause);
    for (const entry of group) {
      const own = await this.#commit([entry]).catch(toCause);
      if (own) entry.reject(own.cause);
    }
  }

  /** All of the entries, or none. Settles them only when they are on disk. */
  async #commit(entries: readonly Entry[]): Promise<undefined> {
    const { news, replies } = await this.#database.use(async (session) => {
      await session.run('BEGIN TRANSACTION');
      try {
        const made = await this.#apply(session, entries);
        await session.run('COMMIT');
        return made;
      } catch (cause) {
        this.#known = undefined;
        await session.run('ROLLBACK').catch(() => undefined); // the first failure is the one to report
        throw cause;
      }
    });
    if (news) this.#tell(news);
    for (const [i, entry] of entries.entries()) {
      const reply = replies[i];
      if (isShelfwalkError(reply)) entry.reject(reply);
      else entry.resolve(reply);
    }
  }

  async #apply(
    session: Session,
    entries: readonly Entry[],
  ): Promise<{ news: CatalogNews | undefined; replies: unknown[] }> {
    if (performance.now() - this.#forgotAt > FORGET_EVERY_MS) {
      await forgetOldReplies(session);
      this.#forgotAt = performance.now();
    }
    this.#known ??= await readKnown(session);
    const known = this.#known;
    const commit = { session, news: new NewsDraft(), watermark: known.watermark + 1, known };
    const kept = await readKept(session, entries);
    const made = await applyInOrder(
      commit,
      entries.filter((_, i) => kept[i] === undefined),
    );
    const isNew = !commit.news.isEmpty;
    if (isNew) known.watermark = commit.watermark;
    const { watermark, written } = known;
    if (isNew) await saveWatermark(session, { value: watermark, written });
    const replies: unknown[] = [];
    for (const [i, { idempotency }] of entries.entries()) {
      const reply = kept[i] ?? made.shift()!(watermark);
      if (idempotency && kept[i] === undefined) await keepReply(session, idempotency, reply);
      replies.push(reply);
    }
    return { news: isNew ? commit.news.finish(watermark) : undefined, replies };
  }
}

/** Per entry: what was replied to its key before, or why it may not be used; undefined: nothing yet. */
async function readKept(session: Session, entries: readonly Entry[]): Promise<unknown[]> {
  const kept: unknown[] = [];
  for (const { idempotency } of entries) {
    kept.push(idempotency && (await findReply(session, idempotency).catch(refusalOrThrow)));
  }
  return kept;
}

function refusalOrThrow(error: unknown): unknown {
  if (isShelfwalkError(error, 'IDEMPOTENCY_KEY_REUSED')) return error;
  throw error;
}

/** Neighbouring appends become one; their errors go back to whom they belong. */
async function applyInOrder(commit: Commit, entries: readonly Entry[]): Promise<ToReply[]> {
  const made: ToReply[] = [];
  let i = 0;
  while (i < entries.length) {
    const { work } = entries[i]!;
    if (!('append' in work)) {
      made.push(await work.run(commit));
      i++;
      continue;
    }
    const works: Extract<Work<unknown>, { append: unknown }>[] = [];
    for (; i < entries.length; i++) {
      const next = entries[i]!.work;
      if (!('append' in next)) break;
      works.push(next);
    }
    made.push(...(await appendTogether(commit, works)));
  }
  return made;
}

async function appendTogether(
  commit: Commit,
  works: readonly Extract<Work<unknown>, { append: unknown }>[],
): Promise<ToReply[]> {
  const ends: number[] = [];
  const events: CheckedEvent[] = [];
  for (const { append } of works) {
    for (const event of append) events.push({ ...event, index: events.length });
    ends.push(events.length);
  }
  const errors = events.length > 0 ? await appendEvents(commit, events) : [];
  return works.map((work, w) => {
    const start = w === 0 ? 0 : ends[w - 1]!;
    const own = errors
      .filter(({ index }) => index >= start && index < ends[w]!)
      .map((error) => ({ ...error, index: work.append[error.index - start]!.index }));
    return (watermark) => work.toReply(own, watermark);
  });
}

const toCause = (cause: unknown): { cause: unknown } => ({ cause });
