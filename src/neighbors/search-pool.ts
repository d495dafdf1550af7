/**
 * Search threads over one shared table. Requests wait in one queue and are served in the order they
 * came, one at a time per thread. A thread that dies takes only the search it had in hand with it: that
 * one is rejected, a new thread takes the seat, the rest of the queue goes on.
 */
import { Worker } from 'node:worker_threads';
import { NO_FLAGS, toCompiledUrl } from '../base/compiled.ts';
import { ShelfwalkError } from '../base/errors.ts';
import type { ScanTable } from '../kernel/scan.ts';
import { type FromSearchThread, SEARCH_PROTOCOL, type SearchThreadData } from './search-protocol.ts';
import type { SearchRequest } from './search-request.ts';
import type { SearchResult } from './table-search.ts';

export interface SearchPoolOptions {
  readonly table: ScanTable; // one slot per thread
  readonly absent: Uint8Array<SharedArrayBuffer>; // [rows]
  /** Another entry than search-worker.ts: tests let threads die with it. */
  readonly workerUrl?: URL;
}

export interface SearchPool {
  /** @throws ShelfwalkError SEARCH_FAILED — the thread died of it · INDEX_CLOSED */
  search(request: SearchRequest): Promise<SearchResult>;
  /** Lets what was asked before finish, then stops the threads. */
  close(): Promise<void>;
}

/** @throws ShelfwalkError SEARCH_FAILED — a thread does not start */
export async function createSearchPool(options: SearchPoolOptions): Promise<SearchPool> {
  const pool = new WorkerPool(options);
  await pool.start();
  return pool;
}

interface Job {
  readonly request: SearchRequest;
  readonly resolve: (result: SearchResult) => void;
  readonly reject: (error: ShelfwalkError) => void;
}

/** The place of one thread: its slot in the table stays, the thread may change. */
interface Seat {
  readonly slot: number;
  worker?: Worker;
  isReady: boolean;
  job?: Job;
}

class WorkerPool implements SearchPool {
  readonly #options: SearchPoolOptions;
  readonly #seats: readonly Seat[];
  readonly #queue: Job[] = [];
  #closing: Promise<void> | undefined;
  #onIdle = (): void => {};

  constructor(options: SearchPoolOptions) {
    this.#options = options;
    this.#seats = Array.from({ length: options.table.slots }, (_, slot) => ({ slot, isReady: false }));
  }

  async start(): Promise<void> {
    try {
      await Promise.all(this.#seats.map((seat) => this.#occupy(seat)));
    } catch (failure) {
      await this.close();
      throw failure;
    }
  }

  search(request: SearchRequest): Promise<SearchResult> {
    if (this.#closing) return Promise.reject(new ShelfwalkError('INDEX_CLOSED'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, resolve, reject });
      for (const seat of this.#seats) if (!seat.worker) this.#refill(seat);
      this.#dispatch();
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop();
    return this.#closing;
  }

  async #stop(): Promise<void> {
    if (this.#hasWork()) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await Promise.all(this.#seats.map(({ worker }) => worker?.terminate()));
  }

  #hasWork(): boolean {
    return this.#queue.length > 0 || this.#seats.some((seat) => seat.job);
  }

  #dispatch(): void {
    for (const seat of this.#seats) {
      if (!seat.isReady || seat.job || this.#queue.length === 0) continue;
      seat.job = this.#queue.shift()!;
      seat.worker!.ref(); // a search in hand keeps the process alive, an idle thread does not
      seat.worker!.postMessage(seat.job.request);
    }
    if (!this.#hasWork()) this.#onIdle();
  }

  /** Resolves when the thread is ready, rejects when it dies before; a death after that is no rejection. */
  #occupy(seat: Seat): Promise<void> {
    const { table, absent, workerUrl } = this.#options;
    const data: SearchThreadData = { protocol: SEARCH_PROTOCOL, table, absent, slot: seat.slot };
    const worker = new Worker(workerUrl ?? toCompiledUrl(import.meta.url, './search-worker.js'), {
      workerData: data,
      ...NO_FLAGS,
    });
    seat.worker = worker;
    return new Promise((resolve, reject) => {
      let cause: unknown;
      worker.on('message', (message: FromSearchThread) => {
        if (message.type === 'ready') resolve();
        this.#receive(seat, message);
      });
      worker.on('error', (error) => {
        cause = error;
      });
      worker.on('exit', (exitCode) => {
        const reason = cause instanceof Error ? cause.message : undefined;
        const failure = new ShelfwalkError('SEARCH_FAILED', { exitCode, reason }, { cause });
        reject(failure);
        this.#vacate(seat, failure);
      });
    });
  }

  #receive(seat: Seat, message: FromSearchThread): void {
    if (message.type === 'ready') seat.isReady = true;
    else {
      seat.job?.resolve({ rows: message.rows, scores: message.scores });
      seat.job = undefined;
    }
    seat.worker?.unref();
    this.#dispatch();
  }

  /** The search in hand is lost with its thread; whoever still waits is served by the next one. */
  #vacate(seat: Seat, failure: ShelfwalkError): void {
    const wasReady = seat.isReady;
    seat.job?.reject(failure);
    Object.assign(seat, { worker: undefined, isReady: false, job: undefined });
    if (wasReady && (!this.#closing || this.#queue.length > 0)) this.#refill(seat);
    this.#dispatch();
  }

  /** A thread that cannot even start is not tried again until someone asks; those who wait are told when none is left. */
  #refill(seat: Seat): void {
    this.#occupy(seat).catch((failure: ShelfwalkError) => {
      if (this.#seats.some(({ worker }) => worker)) return;
      for (const job of this.#queue.splice(0)) job.reject(failure);
      this.#dispatch();
    });
  }
}
