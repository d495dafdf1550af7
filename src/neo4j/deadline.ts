/** Waiting with an end: for the server's answer, and between two tries. */
import { ShelfwalkError } from '../base/errors.ts';
import { throwIfAborted } from '../base/task.ts';
import type { Place } from './failures.ts';

export interface Limits {
  readonly timeoutMs: number;
  readonly place: Place;
  readonly signal?: AbortSignal;
}

/**
 * @param onStart is handed what starts the time again
 * @throws ShelfwalkError NEO4J_TIMEOUT · ABORTED
 */
export function withDeadline<T>(
  work: PromiseLike<T>,
  { timeoutMs, place, signal }: Limits,
  onStart?: (refresh: () => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const { uri: server, database, statement } = place;
    const timer = setTimeout(() => {
      end(() => reject(new ShelfwalkError('NEO4J_TIMEOUT', { server, database, statement, timeoutMs })));
    }, timeoutMs);
    const abort = () => end(() => reject(new ShelfwalkError('ABORTED', {}, { cause: signal?.reason })));
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      settle();
    };
    signal?.addEventListener('abort', abort);
    onStart?.(() => timer.refresh());
    work.then(
      (value) => end(() => resolve(value)),
      (error) => end(() => reject(error)),
    );
  });
}

export async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    }
    signal?.addEventListener('abort', end);
  });
  throwIfAborted(signal);
}
