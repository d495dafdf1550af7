/** From ranked lists to columns of metrics, one value per measured customer. */
import { findPair, rowOf } from './incidence.ts';
import { METRIC_OF, METRICS, type MetricName } from './metrics.ts';
import type { Population } from './population.ts';
import { NO_PRODUCT, type RankedLists } from './ranker.ts';
import type { Protocol } from './types.ts';

/** Each f64 [members], parallel to the lists. */
export type MetricColumns = Readonly<Record<MetricName, Float64Array>>;

/** flags[i * width + r] = 1 where the product at rank r + 1 of list i is relevant. */
function toFlags(lists: RankedLists, population: Population, protocol: Protocol): Uint8Array {
  const relevant = population.relevant[protocol];
  const flags = new Uint8Array(lists.products.length);
  for (const [i, customer] of lists.members.entries()) {
    for (let r = i * lists.width; r < (i + 1) * lists.width; r++) {
      const product = lists.products[r]!;
      if (product !== NO_PRODUCT && findPair(relevant, customer, product) >= 0) flags[r] = 1;
    }
  }
  return flags;
}

export interface MeasuredLists {
  readonly lists: RankedLists;
  readonly flags: Uint8Array; // [members * width]
  readonly relevantCounts: Uint32Array; // [members]
}

export function measureLists(lists: RankedLists, population: Population, protocol: Protocol): MeasuredLists {
  const relevant = population.relevant[protocol];
  const relevantCounts = lists.members.map((customer) => rowOf(relevant, customer).length);
  return { lists, flags: toFlags(lists, population, protocol), relevantCounts };
}

export function toMetricColumns({ lists, flags, relevantCounts }: MeasuredLists, k: number): MetricColumns {
  const toColumn = (metric: MetricName): Float64Array =>
    Float64Array.from(lists.members, (_, i) =>
      METRIC_OF[metric](flags.subarray(i * lists.width, (i + 1) * lists.width), relevantCounts[i]!, k),
    );
  return Object.fromEntries(METRICS.map((m) => [m, toColumn(m)])) as Record<MetricName, Float64Array>;
}
