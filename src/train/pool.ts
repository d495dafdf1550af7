/** The training threads: started together, run phase by phase, stopped together, whatever happens. */
import { Worker } from 'node:worker_threads';
import { NO_FLAGS, toCompiledUrl } from '../base/compiled.ts';
import { ShelfwalkError } from '../base/errors.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import type { KernelModule } from '../kernel/load.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { chunkCountOf } from './chunk.ts';
import type { TrainLayout } from './layout.ts';
import {
  CONTROL,
  type FromWorker,
  type PhaseName,
  PROTOCOL,
  type Totals,
  type WorkerInit,
} from './protocol.ts';

const PROGRESS_EVERY_MS = 200;

export interface TrainingPool {
  /**
   * Runs a phase, or chunks [from, to) of it, on all workers; resolves with the sum of their totals.
   * @param onChunks told how many chunks of the whole phase are done
   * @throws ShelfwalkError ABORTED · TRAINING_FAILED
   */
  run(
    phase: PhaseName,
    part?: { from: number; to: number },
    onChunks?: (done: number) => void,
  ): Promise<Totals>;
  close(): Promise<void>;
}

export async function createTrainingPool(
  kernel: KernelModule,
  memory: KernelMemory,
  layout: TrainLayout,
  { signal }: TaskContext,
): Promise<TrainingPool> {
  const control = new Int32Array(new SharedArrayBuffer(CONTROL.length * 4));
  const workers = Array.from({ length: layout.params.workers }, (_, worker) => {
    const init: WorkerInit = {
      protocol: PROTOCOL,
      module: kernel.module,
      memory: memory.memory,
      layout,
      worker,
      control,
    };
    return new Worker(toCompiledUrl(import.meta.url, './worker.js'), { workerData: init, ...NO_FLAGS });
  });
  // Between phases nobody waits for a reply, and an unheard 'error' would end the process.
  let lost: ShelfwalkError | undefined;
  let closing = false;
  const lose = (found: string, cause?: unknown): void => {
    if (!closing) lost ??= new ShelfwalkError('TRAINING_FAILED', { found }, { cause });
  };
  for (const w of workers) {
    w.on('error', (error) => lose(error.message, error));
    w.on('exit', (code) => lose(`a training thread ended with code ${code}`));
  }
  const close = async (): Promise<void> => {
    closing = true;
    await Promise.all(workers.map((w) => w.terminate()));
  };

  const run: TrainingPool['run'] = async (phase, part, onChunks) => {
    throwIfAborted(signal);
    if (lost) throw lost;
    const { from, to } = part ?? { from: 0, to: chunkCountOf(phase, layout) };
    control.fill(0);
    control[CONTROL.nextChunk] = from;
    const cancel = (): void => void Atomics.store(control, CONTROL.cancelled, 1);
    signal?.addEventListener('abort', cancel, { once: true });
    const timer = setInterval(
      () => onChunks?.(from + Atomics.load(control, CONTROL.chunksDone)),
      PROGRESS_EVERY_MS,
    );
    try {
      const replies = workers.map((w) => nextReply(w));
      for (const w of workers) w.postMessage({ type: 'phase', phase, end: to });
      const totals = (await Promise.all(replies)).map((r) => (r.type === 'done' ? r.totals : NO_TOTALS));
      throwIfAborted(signal);
      onChunks?.(to);
      return totals.reduce(addTotals, NO_TOTALS);
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', cancel);
    }
  };

  try {
    await Promise.all(workers.map((w) => nextReply(w)));
    return { run, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export const NO_TOTALS: Totals = { tokens: 0, pairs: 0, lossSum: 0, lossPairs: 0 };

export const addTotals = (a: Totals, b: Totals): Totals => ({
  tokens: a.tokens + b.tokens,
  pairs: a.pairs + b.pairs,
  lossSum: a.lossSum + b.lossSum,
  lossPairs: a.lossPairs + b.lossPairs,
});

/** The next message of a worker; its failure, crash or early exit is TRAINING_FAILED with the cause. */
function nextReply(worker: Worker): Promise<FromWorker> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      then();
    };
    const fail = (found: string, cause?: unknown): void =>
      settle(() => reject(new ShelfwalkError('TRAINING_FAILED', { found }, { cause })));
    const onMessage = (m: FromWorker): void =>
      m.type === 'failed' ? fail(m.message) : settle(() => resolve(m));
    const onError = (error: Error): void => fail(error.message, error);
    const onExit = (code: number): void => fail(`a training thread ended with code ${code}`);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}
