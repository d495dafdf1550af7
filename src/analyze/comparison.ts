/** The served scorer against the best of the others, customer by customer on the same lists and resamples. */
import { POPULARITY } from './baselines.ts';
import { bootstrapMeans, toMean } from './bootstrap.ts';
import type { MetricColumns } from './measure.ts';
import { METRICS, type MetricName } from './metrics.ts';
import type { Comparison } from './report.ts';
import { toStream } from './shuffle.ts';
import { type Pause, PROTOCOLS, type Protocol, type ScorerPlan } from './types.ts';

/** columns.get(scorer)[protocol] is parallel to `k`; empty where the protocol has no customers. */
export type ColumnsByScorer = ReadonlyMap<string, Readonly<Record<Protocol, readonly MetricColumns[]>>>;

export interface ComparisonInput {
  readonly scorers: readonly Pick<ScorerPlan, 'name' | 'family'>[];
  readonly served: string;
  readonly columns: ColumnsByScorer;
  readonly k: readonly number[];
  readonly seed: number;
  readonly resamples: number;
}

/** Name of the scorer of the other model. */
export const RIVAL = 'other-model';

const COMPARED: readonly MetricName[] = ['recall', 'ndcg'];

/**
 * "Best" is by the mean on these very customers, which flatters the other side a little: a served
 * model that wins here wins against the luckiest of its rivals.
 */
export async function compareServed(input: ComparisonInput, pause: Pause): Promise<Comparison[]> {
  const others = input.scorers.filter((s) => s.name !== input.served);
  const groups = [
    {
      against: 'best baseline' as const,
      names: others.filter((s) => s.family === 'baseline'),
      metrics: COMPARED,
    },
    {
      against: 'popularity' as const,
      names: others.filter((s) => s.name === POPULARITY),
      metrics: COMPARED,
    },
    {
      against: 'best of this model' as const,
      names: others.filter((s) => s.family === 'embedding'),
      metrics: COMPARED,
    },
    { against: 'other model' as const, names: others.filter((s) => s.name === RIVAL), metrics: METRICS },
  ];
  const comparisons: Comparison[] = [];
  const contests = PROTOCOLS.flatMap((protocol) =>
    input.k.flatMap((k, at) =>
      METRICS.flatMap((metric) =>
        groups
          .filter(({ metrics }) => metrics.includes(metric))
          .map(({ against, names }) => ({
            protocol,
            k,
            at,
            metric,
            against,
            names: names.map((s) => s.name),
          })),
      ),
    ),
  );
  for (const { k, against, ...contest } of contests) {
    const found = await compareBest(input, contest, pause);
    const { protocol, metric } = contest;
    if (found) comparisons.push({ protocol, k, metric, against, served: input.served, ...found });
  }
  return comparisons;
}

interface Contest {
  readonly protocol: Protocol;
  readonly at: number;
  readonly metric: MetricName;
  readonly names: readonly string[];
}

async function compareBest(
  { columns, served, seed, resamples }: ComparisonInput,
  { protocol, at, metric, names }: Contest,
  pause: Pause,
): Promise<Pick<Comparison, 'other' | 'servedMean' | 'otherMean' | 'difference'> | undefined> {
  const toColumn = (name: string): Float64Array | undefined => columns.get(name)?.[protocol][at]?.[metric];
  const own = toColumn(served);
  if (!own || names.length === 0) return undefined;
  const rivals = names.map((name) => ({ name, column: toColumn(name)!, mean: toMean(toColumn(name)!) }));
  const best = rivals.reduce((a, b) => (b.mean > a.mean ? b : a));
  const differences = own.map((value, i) => value - best.column[i]!);
  const random = toStream(seed, `bootstrap ${protocol}`);
  const [difference] = await bootstrapMeans([differences], { random, resamples, pause });
  return { other: best.name, servedMean: toMean(own), otherMean: best.mean, difference: difference! };
}
