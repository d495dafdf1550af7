/** Long loops on the main thread, in slices between which the event loop runs and a caller can stop. */
import { createBreather, type TaskContext, throwIfAborted } from '../base/task.ts';

/**
 * Calls `step` for [0, size), [size, 2 size), … up to `count`.
 * @throws ShelfwalkError ABORTED
 */
export async function eachSlice(
  count: number,
  size: number,
  { signal }: Pick<TaskContext, 'signal'>,
  step: (from: number, to: number) => void,
): Promise<void> {
  const breathe = createBreather();
  for (let from = 0; from < count; from += size) {
    throwIfAborted(signal);
    step(from, Math.min(from + size, count));
    await breathe();
  }
}
