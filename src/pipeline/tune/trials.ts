/** The book of trials: each is run here, with what it came to written down; one that fails is an entry, not the end. */
import { bootstrapMeans, type Interval } from '../../analyze/bootstrap.ts';
import { toStream } from '../../analyze/shuffle.ts';
import type { Pause } from '../../analyze/types.ts';
import { isShelfwalkError } from '../../base/errors.ts';
import { type TaskContext, throwIfAborted } from '../../base/task.ts';
import type { RunConfig } from '../config.ts';
import { named } from '../run-checkpoints.ts';
import { isClosedForm, isOnSentences } from '../run-params.ts';
import { toChanged, toSettings } from './settings.ts';
import type { Rung, Trial, TrialState } from './types.ts';
import type { Validation } from './validation.ts';

/** Resamples of an interval, as in an evaluation. */
export const RESAMPLES = 1000;

export interface TrialEntry {
  readonly number: number;
  readonly round: number;
  readonly run: RunConfig;
  readonly rungs: Rung[];
  /** f64 [customers] the metric in full. */
  full?: Float64Array;
  state?: Exclude<TrialState, 'measured'>;
  because?: string;
}

export interface TrialBook {
  readonly entries: readonly TrialEntry[];
  add(run: RunConfig, round: number): TrialEntry;
  /** Undefined: it failed, or the time was over. @throws ShelfwalkError ABORTED — the caller's signal has fired */
  run(entry: TrialEntry, share: number): Promise<Float64Array | undefined>;
  /** The same, and what fails is thrown: without a start there is nothing to compare with. */
  runStart(entry: TrialEntry): Promise<Float64Array>;
  /** Of the mean of a column, on the same resamples for all. */
  toInterval(column: Float64Array): Promise<Interval>;
  toTrials(): Promise<Trial[]>;
}

export interface TrialBookOptions extends TaskContext {
  readonly validation: Pick<Validation, 'measure'>;
  readonly seed: number;
  /** For the lines of progress. */
  readonly trials: number;
  /** Fires when the minutes are over. */
  readonly deadline?: AbortSignal;
  readonly pause: Pause;
  /** Milliseconds of any clock. */
  readonly now: () => number;
}

export function createTrialBook(options: TrialBookOptions): TrialBook {
  const { validation, seed, trials, deadline, pause, now, signal, onProgress } = options;
  const entries: TrialEntry[] = [];

  const toInterval = async (column: Float64Array): Promise<Interval> => {
    const random = toStream(seed, 'bootstrap tune');
    return (await bootstrapMeans([column], { random, resamples: RESAMPLES, pause }))[0]!;
  };

  async function measure(entry: TrialEntry, share: number, stop?: AbortSignal): Promise<Float64Array> {
    const startedAt = now();
    const run = withPasses(entry.run, share);
    const either = stop && signal ? AbortSignal.any([stop, signal]) : (stop ?? signal);
    const context = named({ signal: either, onProgress }, `trial ${entry.number} of ${trials}: `);
    const column = await validation.measure(run, context);
    const passes = isClosedForm(run) ? undefined : passesOf(run);
    const tookMs = Math.round(now() - startedAt);
    entry.rungs.push({
      share,
      ...(passes !== undefined && { passes }),
      metric: await toInterval(column),
      tookMs,
    });
    if (share === 1) entry.full = column;
    return column;
  }

  return {
    entries,
    toInterval,
    add(run, round) {
      const entry: TrialEntry = { number: entries.length + 1, round, run, rungs: [] };
      entries.push(entry);
      return entry;
    },
    runStart: (entry) => measure(entry, 1),
    async run(entry, share) {
      throwIfAborted(signal);
      try {
        throwIfAborted(deadline);
        return await measure(entry, share, deadline);
      } catch (error) {
        throwIfAborted(signal);
        if (!isShelfwalkError(error) || error.code === 'INTERNAL') throw error;
        entry.state = error.code === 'ABORTED' ? 'stopped' : 'failed';
        entry.because =
          error.code === 'ABORTED' ? 'the minutes were over' : `${error.code}: ${error.message}`;
        return undefined;
      }
    },
    toTrials: () => toTrials(entries, toInterval),
  };
}

async function toTrials(
  entries: readonly TrialEntry[],
  toInterval: TrialBook['toInterval'],
): Promise<Trial[]> {
  const [start] = entries;
  const all: Trial[] = [];
  for (const entry of entries) {
    const { number, round, run, rungs, because, full } = entry;
    const isOther = full !== undefined && start!.full !== undefined && entry !== start;
    all.push({
      number,
      round,
      changed: toChanged(run, start!.run),
      settings: toSettings(run),
      state: entry.state ?? 'measured',
      rungs,
      ...(isOther && { difference: await toInterval(toDifference(full, start.full!)) }),
      ...(because !== undefined && { because }),
    });
  }
  return all;
}

/** f64 [customers] */
export const toDifference = (own: Float64Array, other: Float64Array): Float64Array =>
  own.map((value, i) => value - other[i]!);

/** Of a closed form there is one. */
export function passesOf(run: RunConfig): number {
  if (isClosedForm(run)) return 1;
  return isOnSentences(run) ? run.sentences.iterations : run.walk.walksPerNode;
}

/** The same settings with a share of the passes; the learning rate falls as far in fewer. */
export function withPasses(run: RunConfig, share: number): RunConfig {
  if (share === 1 || isClosedForm(run)) return run;
  const passes = Math.max(1, Math.round(passesOf(run) * share));
  return isOnSentences(run)
    ? { ...run, sentences: { ...run.sentences, iterations: passes } }
    : { ...run, walk: { ...run.walk, walksPerNode: passes } };
}
