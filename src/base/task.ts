/**
 * What every long piece of work is given by its caller: a way to stop it, and a way to say how far it is.
 * Work below the pipeline never reads clocks or the environment and never prints.
 */
import { ShelfwalkError } from './errors.ts';

export interface Progress {
  /** What is being done, in a word or two a person reads: `walk + train`, `read rows`. */
  readonly stage: string;
  readonly done: number;
  /** Undefined while it is not known. */
  readonly total?: number;
  /** Of `done`: `walks`, `rows`, `customers`. */
  readonly unit: string;
}

export interface TaskContext {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** @throws ShelfwalkError ABORTED — the caller's signal has fired */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ShelfwalkError('ABORTED', {}, { cause: signal.reason });
}

/**
 * Lets the event loop run once `sliceMs` have gone by since it last did, so that a long computation
 * on the main thread does not keep requests waiting. Await the result inside the loop.
 */
export function createBreather(sliceMs = 8): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < sliceMs) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        last = performance.now();
        resolve();
      }),
    );
  };
}
