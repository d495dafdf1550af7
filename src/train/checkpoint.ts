/**
 * A training that can be stopped anywhere and gone on with from the last pass that was saved. The
 * trainer hands the state out and takes it back; files are the caller's.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Totals } from './protocol.ts';
import { checkRows, type Rows } from './warm.ts';

/** Between two passes: all that the passes still to come depend on, besides graph, settings and warm start. */
export interface TrainingState extends Rows {
  readonly passesDone: number;
  /** [n] what negatives and thinning are computed from. */
  readonly visits: Uint32Array;
  /** Of the passes that are done; plain numbers. */
  readonly totals: Totals;
}

export interface Checkpoints {
  /** Passes from one checkpoint to the next, ≥ 1. The last pass is saved too where it falls on one. */
  readonly everyPasses: number;
  /**
   * Keeps the state. The matrices are the ones that are trained on: they stand still until the promise
   * settles, and not beyond. A rejection ends the training with it.
   */
  save(state: TrainingState): Promise<void>;
  /**
   * Goes on from here instead of the start. Everything else must be as it was: graph, settings, starts,
   * warm start. With one worker the result then has the bytes of a run that was never interrupted.
   */
  readonly from?: TrainingState;
}

/**
 * @throws ShelfwalkError REQUEST_INVALID — everyPasses is no count, or more passes are done than there are
 * @throws ShelfwalkError EMBEDDING_SHAPE_MISMATCH · VECTOR_INVALID — the state is not of this graph and these settings
 */
export function checkCheckpoints(
  { everyPasses, from }: Checkpoints,
  { nodeCount, dimension, passes }: { nodeCount: number; dimension: number; passes: number },
): void {
  if (!(Number.isInteger(everyPasses) && everyPasses >= 1)) {
    const details = { field: 'checkpoint.everyPasses', found: everyPasses, expected: 'a whole number >= 1' };
    throw new ShelfwalkError('REQUEST_INVALID', details);
  }
  if (!from) return;
  const { passesDone, visits } = from;
  if (!(Number.isInteger(passesDone) && passesDone >= 0 && passesDone <= passes)) {
    const details = { field: 'checkpoint.from.passesDone', found: passesDone, expected: `0 … ${passes}` };
    throw new ShelfwalkError('REQUEST_INVALID', details);
  }
  checkRows(from, nodeCount, dimension, 'checkpoint.from');
  checkVisits(visits, nodeCount, 'checkpoint.from.visits');
}

/** @throws ShelfwalkError EMBEDDING_SHAPE_MISMATCH — not a number for each node */
export function checkVisits(visits: Uint32Array, nodeCount: number, field: string): void {
  if (visits.length === nodeCount) return;
  throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', { field, found: visits.length, expected: nodeCount });
}
