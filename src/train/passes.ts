/**
 * The passes of a training: in one go, or in parts where something is to be done between two passes,
 * which is when no thread touches the matrices.
 */
import type { TaskContext } from '../base/task.ts';
import type { Checkpoints } from './checkpoint.ts';
import { addTotals, NO_TOTALS, type TrainingPool } from './pool.ts';
import type { Totals } from './protocol.ts';
import { countChunks, countPasses, type Schedule, toUnitsDone } from './schedule.ts';
import { pullBack, type Rows, type WarmStart } from './warm.ts';

export interface Passes extends TaskContext {
  readonly schedule: Schedule;
  readonly rows: Rows;
  readonly visits: Uint32Array;
  readonly warm: WarmStart | undefined;
  readonly checkpoint: Checkpoints | undefined;
  /** How progress is named. */
  readonly stage: string;
  readonly unit: string;
}

/** Trains the passes that are not done yet; totals of all of them, those before a checkpoint included. */
export async function runPasses(pool: TrainingPool, options: Passes): Promise<Totals> {
  const { schedule, rows, visits, warm, checkpoint, stage, unit, signal, onProgress } = options;
  const { total } = schedule;
  const onChunks = (chunks: number): void =>
    onProgress?.({ stage, unit, total, done: toUnitsDone(schedule, chunks) });
  const passCount = countPasses(schedule);
  let passesDone = checkpoint?.from?.passesDone ?? 0;
  let totals = checkpoint?.from?.totals ?? NO_TOTALS;
  while (passesDone < passCount) {
    const next = Math.min(toNextStop(passesDone, options), passCount);
    const part = { from: countChunks(schedule, passesDone), to: countChunks(schedule, next) };
    totals = addTotals(totals, await pool.run('train', part, onChunks));
    passesDone = next;
    if (warm) await pullBack(rows, warm, signal);
    if (checkpoint && passesDone % checkpoint.everyPasses === 0) {
      await checkpoint.save({ ...rows, passesDone, visits, totals });
    }
  }
  return totals;
}

/** The pass after which training stands still for the first time. */
function toNextStop(passesDone: number, { warm, checkpoint }: Passes): number {
  if ((warm?.anchor?.pull ?? 0) > 0) return passesDone + 1;
  if (!checkpoint) return Number.POSITIVE_INFINITY;
  return (Math.floor(passesDone / checkpoint.everyPasses) + 1) * checkpoint.everyPasses;
}
