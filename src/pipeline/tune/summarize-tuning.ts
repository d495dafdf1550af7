/** What a job keeps of a tuning: trials that were measured in full one by one, the others by number. */
import type { TuneResult } from './types.ts';

export function toTuneSummary({ trials, ...result }: TuneResult): object {
  const count = (state: string): number => trials.filter((trial) => trial.state === state).length;
  return {
    ...result,
    tried: {
      measured: count('measured'),
      dropped: count('dropped'),
      failed: count('failed'),
      stopped: count('stopped'),
    },
    trials: trials
      .filter(({ state }) => state === 'measured' || state === 'failed')
      .map(({ settings: _, rungs, ...trial }) => ({ ...trial, metric: rungs.at(-1)?.metric })),
  };
}
