/** Checkpoints of one job, in its folder: how often one is taken, and which one may be gone on from. */
import { isShelfwalkError } from '../../base/errors.ts';
import type { RunCheckpoints, RunPart, SavedState, TrainingIdentity } from '../run-checkpoints.ts';
import { findState, removeStates, writeState } from './checkpoint-files.ts';

export interface JobCheckpointOptions {
  /** Between two states of a training, at the least; they are taken at the end of a pass. */
  readonly everyMs: number;
  readonly onWarning: (text: string) => void;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * The last state of a training is kept whenever it comes: a run that is cut off while it evaluates or
 * writes trains nothing again. A state that cannot be written costs the checkpoint, not the training.
 */
export function createJobCheckpoints(
  folder: string,
  { everyMs, onWarning, now = () => performance.now() }: JobCheckpointOptions,
): RunCheckpoints {
  async function find(part: RunPart, { fingerprint }: TrainingIdentity): Promise<SavedState | undefined> {
    const found = await findState(folder, part);
    if (found === undefined || found.fingerprint === fingerprint) return found?.state;
    await removeStates(folder, part);
    onWarning(
      `training (${part}) was started anew: the catalog or the settings are not those of its checkpoint`,
    );
    return undefined;
  }

  return {
    async open(part, identity) {
      const { fingerprint, passes } = identity;
      let savedAt = now();
      let isWarned = false;
      return {
        everyPasses: 1,
        from: await find(part, identity),
        async save(state) {
          if (state.passesDone < passes && now() - savedAt < everyMs) return;
          savedAt = now();
          try {
            await writeState(folder, part, { fingerprint, state });
          } catch (error) {
            if (!isShelfwalkError(error, 'DISK_FULL')) throw error;
            if (!isWarned) onWarning(`no room for a checkpoint: ${error.message}`);
            isWarned = true;
          }
        },
      };
    },
  };
}
