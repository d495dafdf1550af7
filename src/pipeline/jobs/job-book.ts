/**
 * All jobs of a data directory in memory, and on the disk what must outlive the server. Progress is for
 * those who watch and is not written; what is written of one job is written in order.
 */
import { ShelfwalkError } from '../../base/errors.ts';
import { createQueue, type Queue } from '../../base/queue.ts';
import type { JobStore } from './job-store.ts';
import { isEnded, type Job } from './types.ts';

/** Told of every change, at once; `change` counts them, so that two can be told apart. */
export type JobListener = (job: Job, change: number) => void;

export interface JobBook {
  /** Newest first. */
  list(): Job[];
  /** @throws ShelfwalkError JOB_UNKNOWN */
  get(id: string): Job;
  /** In memory from now on. */
  add(job: Job): void;
  /** In memory only. A field that is undefined is taken out. */
  change(id: string, fields: Partial<Job>): Job;
  /** As it is in memory when its turn comes. @throws ShelfwalkError DISK_FULL */
  save(id: string): Promise<void>;
  /**
   * On the disk first, then as `change`: nobody is told what a crash could take back. One that has ended
   * when its turn comes stays as it is.
   * @throws ShelfwalkError DISK_FULL — in memory it is changed all the same
   */
  settle(id: string, fields: Partial<Job>): Promise<void>;
  /** Never was, as after a failure to save it for the first time. */
  forget(id: string): void;
  /** @returns ends it; the listener is told how the job stands before this returns. @throws ShelfwalkError JOB_UNKNOWN */
  watch(id: string, listener: JobListener): () => void;
  /** Removes all but the newest `count` that have ended. */
  keepEnded(count: number): Promise<void>;
}

interface Entry {
  job: Job;
  change: number;
  readonly listeners: Set<JobListener>;
  readonly inTurn: Queue;
}

export function createJobBook(store: JobStore): JobBook {
  const entries = new Map<string, Entry>();
  const getEntry = (id: string): Entry => {
    const entry = entries.get(id);
    if (!entry) throw new ShelfwalkError('JOB_UNKNOWN', { job: id });
    return entry;
  };
  const list = (): Job[] =>
    [...entries.values()].map(({ job }) => job).sort((a, b) => (a.id < b.id ? 1 : -1));
  const change = (entry: Entry, fields: Partial<Job>): Job => {
    entry.job = { ...entry.job, ...fields };
    entry.change++;
    for (const listener of entry.listeners) listener(entry.job, entry.change);
    return entry.job;
  };
  return {
    list,
    get: (id) => getEntry(id).job,
    add: (job) => void entries.set(job.id, { job, change: 0, listeners: new Set(), inTurn: createQueue() }),
    change: (id, fields) => change(getEntry(id), fields),
    save(id) {
      const entry = getEntry(id);
      return entry.inTurn(() => store.write(entry.job));
    },
    async settle(id, fields) {
      const entry = getEntry(id);
      await entry.inTurn(async () => {
        if (isEnded(entry.job)) return;
        try {
          await store.write({ ...entry.job, ...fields });
        } finally {
          change(entry, fields);
        }
      });
    },
    forget: (id) => void entries.delete(id),
    watch(id, listener) {
      const entry = getEntry(id);
      entry.listeners.add(listener);
      listener(entry.job, entry.change);
      return () => void entry.listeners.delete(listener);
    },
    async keepEnded(count) {
      for (const { id } of list().filter(isEnded).slice(count)) {
        const { inTurn } = getEntry(id);
        entries.delete(id);
        await inTurn(() => store.remove(id));
      }
    },
  };
}
