/** One metric of one scorer, customer by customer: for comparisons of models that are made one after the other. */
import { ShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import { type EmbeddingInput, planEmbeddingScorers } from './embedding-scorers.ts';
import { measureLists, toMetricColumns } from './measure.ts';
import type { MetricName } from './metrics.ts';
import type { Population } from './population.ts';
import { rankCustomers } from './ranker.ts';
import type { Protocol, Scorer } from './types.ts';

export interface OneMetric {
  readonly population: Population;
  readonly metric: MetricName;
  /** Length of the lists. */
  readonly k: number;
  readonly protocol: Protocol;
  /** Of ties. */
  readonly seed: number;
}

/** @throws ShelfwalkError CONFIG_INVALID — no embedding scorer has the name · EMBEDDING_SHAPE_MISMATCH · VECTOR_INVALID */
export function createModelScorer(name: string, input: EmbeddingInput): Scorer {
  const plan = planEmbeddingScorers(input).find((p) => p.name === name);
  if (!plan) throw new ShelfwalkError('CONFIG_INVALID', { field: 'scorer', found: name });
  return plan.create();
}

/**
 * @returns f64 [members of the protocol], in their order
 * @throws ShelfwalkError ABORTED · VECTOR_INVALID
 */
export async function measureOne(
  scorer: Scorer,
  { population, metric, k, protocol, seed }: OneMetric,
  context: TaskContext,
): Promise<Float64Array> {
  const lists = await rankCustomers(scorer, population, { width: k, seed, ...context });
  return toMetricColumns(measureLists(lists[protocol], population, protocol), k)[metric];
}
