/** One scorer, measured: all customers ranked, metrics per customer, intervals, slices and spread. */
import type { TaskContext } from '../base/task.ts';
import { bootstrapMeans, type Interval } from './bootstrap.ts';
import { type MeasuredLists, type MetricColumns, measureLists, toMetricColumns } from './measure.ts';
import { METRICS, type MetricName } from './metrics.ts';
import type { Population } from './population.ts';
import { createPause, NO_PRODUCT, rankCustomers } from './ranker.ts';
import type { ResultAtK, ScorerResult } from './report.ts';
import { toStream } from './shuffle.ts';
import { measureActivity, measurePopularity, type Yardsticks } from './slices.ts';
import { measureSpread } from './spread.ts';
import { type EvaluationInput, PROTOCOLS, type Protocol, type Scorer } from './types.ts';

/** What every scorer of one evaluation is measured with. */
export interface Run {
  readonly input: Pick<EvaluationInput, 'seed' | 'now'>;
  readonly population: Population;
  readonly yardsticks: Yardsticks;
  readonly k: readonly number[]; // ascending
  readonly resamples: number;
  readonly context: TaskContext;
}

export interface MeasuredScorer extends Pick<Scorer, 'name' | 'family' | 'text'> {
  readonly notes: readonly string[];
  readonly tookMs?: number;
  /** Per k; empty where the protocol has no customers. */
  readonly columns: Readonly<Record<Protocol, readonly MetricColumns[]>>;
  readonly results: Readonly<Partial<Record<Protocol, ScorerResult>>>;
}

export async function measureScorer(scorer: Scorer, run: Run): Promise<MeasuredScorer> {
  const { input, population, k, context } = run;
  const start = input.now?.();
  const lists = await rankCustomers(scorer, population, { width: k.at(-1)!, seed: input.seed, ...context });
  const tookMs = start === undefined ? undefined : input.now!() - start;
  const columns: Record<Protocol, MetricColumns[]> = { all: [], new: [] };
  const results: Partial<Record<Protocol, ScorerResult>> = {};
  for (const protocol of PROTOCOLS) {
    if (lists[protocol].members.length === 0) continue;
    const measured = measureLists(lists[protocol], population, protocol);
    columns[protocol] = k.map((length) => toMetricColumns(measured, length));
    results[protocol] = await toResult(
      { scorer: scorer.name, protocol, measured, columns: columns[protocol] },
      run,
    );
  }
  const { name, family, text, notes = [] } = scorer;
  return { name, family, text, notes, tookMs, columns, results };
}

interface Scored {
  readonly scorer: string;
  readonly protocol: Protocol;
  readonly measured: MeasuredLists;
  readonly columns: readonly MetricColumns[];
}

async function toResult({ scorer, protocol, measured, columns }: Scored, run: Run): Promise<ScorerResult> {
  const { population, yardsticks, k, resamples } = run;
  const pause = createPause(run.context);
  const sliced = { measured, population, yardsticks };
  // One stream per protocol, not per scorer: every scorer is judged on the same resampled customers.
  const random = toStream(run.input.seed, `bootstrap ${protocol}`);
  const flat = columns.flatMap((c) => METRICS.map((m) => c[m]));
  const intervals = await bootstrapMeans(flat, { random, resamples, pause });
  const at: ResultAtK[] = [];
  for (const [i, length] of k.entries()) {
    const metrics = METRICS.map((m, j) => [m, intervals[i * METRICS.length + j]!] as const);
    const spread = measureSpread(sliced, { k: length, protocol });
    at.push({ k: length, ...(Object.fromEntries(metrics) as Record<MetricName, Interval>), spread });
    await pause();
  }
  const slices = [...measureActivity(sliced, columns.at(-1)!), ...measurePopularity(sliced, protocol)];
  return { scorer, at, slices, shortLists: countShort(measured, population.train.cols) };
}

/** A catalogue smaller than k cannot fill a list; that is no fault of the scorer. */
function countShort({ lists }: MeasuredLists, productCount: number): number {
  const full = Math.min(lists.width, productCount);
  let short = 0;
  for (let i = 0; i < lists.members.length; i++) {
    if (lists.products[i * lists.width + full - 1] === NO_PRODUCT) short++;
  }
  return short;
}
