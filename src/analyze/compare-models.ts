/**
 * Several models on one split, customer by customer: what a gate decides by, and what shows over weeks
 * whether a refreshed model keeps up with one that is trained anew. Popularity is always among them.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import { createPopularity, POPULARITY } from './baselines.ts';
import { bootstrapMeans, type Interval, toMean } from './bootstrap.ts';
import { createModelScorer, measureOne } from './measure-one.ts';
import { buildPopulation, type PopulationInput } from './population.ts';
import { createPause } from './ranker.ts';
import { toStream } from './shuffle.ts';
import type { EvaluatedModel, Protocol } from './types.ts';

export interface ModelsInput extends PopulationInput {
  /** By name; all of the same customers and products. */
  readonly models: Readonly<Record<string, EvaluatedModel>>;
  /** Name of the embedding scorer that all of them answer with. */
  readonly scorer: string;
  /** Length of the lists. */
  readonly k: number;
  /** Default: `all`. */
  readonly protocol?: Protocol;
  readonly resamples: number;
}

export interface ModelsCompared {
  readonly customers: number;
  readonly k: number;
  readonly protocol: Protocol;
  /** Mean Recall@k by name, popularity included. */
  readonly recall: Readonly<Record<string, number>>;
  /** Recall@k of the first model minus that of another, over the same customers: `difference(a, b)`. */
  difference(name: string, other: string): Promise<Interval>;
}

/** @throws ShelfwalkError SPLIT_IMPOSSIBLE — no customer is in both parts · EMBEDDING_SHAPE_MISMATCH · ABORTED */
export async function compareModels(input: ModelsInput, context: TaskContext = {}): Promise<ModelsCompared> {
  const { models, scorer: scorerName, k, protocol = 'all', seed, resamples } = input;
  const pause = createPause(context);
  const population = await buildPopulation(input, pause);
  const customers = population.members[protocol].length;
  if (customers === 0) throw new ShelfwalkError('SPLIT_IMPOSSIBLE', { found: `no customer for ${protocol}` });
  const columns = new Map<string, Float64Array>();
  const asked = { population, k, protocol, metric: 'recall', seed } as const;
  for (const [name, model] of Object.entries(models)) {
    const scorer = createModelScorer(scorerName, { model, population });
    columns.set(name, await measureOne(scorer, asked, context));
  }
  columns.set(POPULARITY, await measureOne(createPopularity(population.trainByProduct), asked, context));
  return {
    customers,
    k,
    protocol,
    recall: Object.fromEntries([...columns].map(([name, column]) => [name, toMean(column)])),
    async difference(name, other) {
      const [own, rival] = [columns.get(name)!, columns.get(other)!];
      const differences = own.map((value, i) => value - rival[i]!);
      const random = toStream(seed, `bootstrap ${protocol}`);
      const [interval] = await bootstrapMeans([differences], { random, resamples, pause });
      return interval!;
    },
  };
}
