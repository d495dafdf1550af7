/**
 * What a tuning is asked for and answers with. A file of its own: public types must not lead to the kernel's.
 * Trials are numbered from 1, and trial 1 is the start: the settings that the others must beat.
 */
import type { Interval } from '../../analyze/bootstrap.ts';
import type { Protocol } from '../../analyze/types.ts';
import type { Split } from '../../graph/types.ts';
import type { RunConfig, RunConfigInput } from '../config.ts';

/** Lists of values by the path of their setting: `{ "train.windowSize": [2, 3, 5] }`. */
export type Space = Readonly<Record<string, readonly unknown[]>>;

export const TUNE_METRICS = ['recall', 'ndcg'] as const;
export type TuneMetric = (typeof TUNE_METRICS)[number];

export interface TuneRequest {
  /** Where the search starts, and how it is measured: `evaluate` and the seed. */
  readonly run: RunConfig;
  readonly space: Space;
  readonly metric: TuneMetric;
  readonly protocol: Protocol;
  /** At most so many settings are tried, the start included. */
  readonly trials: number;
  /** Nothing but the start is trained for longer. */
  readonly minutes?: number;
  /** Absolute: the file for the settings that come of it. */
  readonly out?: string;
  readonly force: boolean;
}

/** One training and its ranking. */
export interface Rung {
  /** Of the passes that the settings name: below 1 it was cheap, and compares with its like alone. */
  readonly share: number;
  /** Walks from each node, or passes over the sentences; absent with spectral, which has none. */
  readonly passes?: number;
  readonly metric: Interval;
  /** Training and ranking. */
  readonly tookMs: number;
}

/** `measured`: in full. `stopped`: the minutes were over. */
export type TrialState = 'measured' | 'dropped' | 'failed' | 'stopped';

export interface Trial {
  readonly number: number;
  /** 0: the start. */
  readonly round: number;
  /** By path, what differs from the start; null: not set. */
  readonly changed: Readonly<Record<string, unknown>>;
  /** What differs from the defaults, as `--config` reads it. */
  readonly settings: RunConfigInput;
  readonly state: TrialState;
  readonly rungs: readonly Rung[];
  /** In full, minus the start, over the same customers. */
  readonly difference?: Interval;
  /** Why it was dropped, or what it failed with. */
  readonly because?: string;
}

/** A graph that walks are made on, and what p and q are there. */
export interface Knobs {
  readonly attributes: boolean;
  /** 1: only ρ = p / q matters, q stays 1. */
  readonly knobs: 1 | 2;
  readonly because: string;
}

export interface LeftOut {
  readonly setting: string;
  readonly because: string;
}

export interface TuneResult {
  /** `keep`: the best found is not told apart from the start. */
  readonly verdict: 'change' | 'keep';
  readonly because: string;
  /** Of the verdict: the best found, or the start; what differs from the defaults. The file holds the same. */
  readonly settings: RunConfigInput;
  /** Number of the best trial that was measured in full. */
  readonly best: number;
  /**
   * How much better than the start the best is, over the same customers; absent where it is the start. `low` and `high`
   * are of one comparison, `lowOfBest` is the bound below for the best of `rivals`, which is higher by luck as well.
   */
  readonly margin?: Interval & { readonly lowOfBest: number; readonly rivals: number };
  readonly measure: {
    readonly metric: TuneMetric;
    readonly k: number;
    readonly protocol: Protocol;
    readonly scorer: string;
    readonly customers: number;
  };
  /** Of validation: the test part lies outside it. */
  readonly split: Split;
  readonly knobs: readonly Knobs[];
  /** Of the space, what could not make a difference here. */
  readonly leftOut: readonly LeftOut[];
  readonly trials: readonly Trial[];
  /** What ended the search: a budget, or nothing new was left to draw. */
  readonly endedBy: 'trials' | 'minutes' | 'space';
  readonly tookMs: number;
  /** The file that was written, if any. */
  readonly file?: string;
}
