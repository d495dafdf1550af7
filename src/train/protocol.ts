/**
 * Messages between the trainer (main thread) and its workers: plain data, the whole contract.
 *
 *   main → worker   workerData, once · phase, one at a time
 *   worker → main   ready · done or failed, per phase
 *
 * The trainer ends its workers by terminating them: they hold nothing that would be lost.
 *
 * Graph and matrices are in shared memory and updated without locks (Hogwild, Niu et al. 2011). Work is
 * claimed chunk by chunk from a shared counter, so a slow worker never holds the others up; the
 * counter is also what progress is read from.
 */
import type { KernelModule } from '../kernel/load.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import type { TrainLayout } from './layout.ts';

/** Bumped when a message changes shape: a stale build in a worker must fail at the start. */
export const PROTOCOL = 5;

/** i32 slots of the shared control block. */
export const CONTROL = { nextChunk: 0, chunksDone: 1, cancelled: 2, length: 3 } as const;

export interface WorkerInit {
  readonly protocol: number;
  readonly module: KernelModule['module'];
  readonly memory: KernelMemory['memory'];
  readonly layout: TrainLayout;
  readonly worker: number;
  readonly control: Int32Array<SharedArrayBuffer>; // [CONTROL.length]
}

/**
 * slots   alias slots and segment sums, by node chunks; walks only
 * init    first values of the vectors, by node chunks
 * count   visits of the first pass, by walk chunks; walks only
 * train   passes by chunks of walks or sentences, as the schedule numbers them; the only phase that is run in parts
 */
export type PhaseName = 'slots' | 'init' | 'count' | 'train';

/** Chunks are claimed from where the counter stands, up to `end`. */
export type ToWorker = { readonly type: 'phase'; readonly phase: PhaseName; readonly end: number };

export interface Totals {
  /** Nodes of the walks that were made. */
  readonly tokens: number;
  readonly pairs: number;
  /** Negative log likelihood of the sampled pairs, negatives included, in nats. */
  readonly lossSum: number;
  readonly lossPairs: number;
}

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly totals: Totals }
  | { readonly type: 'failed'; readonly message: string };
