/**
 * The same lists, seen by part: customers by how much they bought in training (thirds), products by
 * how popular they were (head, tail, cold). A mean hides who pays for it.
 */
import { degreeOf, rowOf } from './incidence.ts';
import type { MeasuredLists, MetricColumns } from './measure.ts';
import type { Population } from './population.ts';
import { NO_PRODUCT } from './ranker.ts';
import type { Slice } from './report.ts';
import type { Protocol } from './types.ts';

/** The head is the smallest set of most popular products that holds this share of training pairs. */
const HEAD_SHARE = 0.5;

export type ProductSlice = 'head' | 'tail' | 'cold';

/** What slices and spread are measured by; made once per evaluation. */
export interface Yardsticks {
  readonly sliceOf: readonly ProductSlice[]; // [products]
  /** Fewest customers of a product of the head. */
  readonly headFrom: number;
  readonly activity: { readonly first: number; readonly second: number };
  readonly logPopularity: Float64Array; // [products] ln(1 + training customers)
  /** ln(1 + customers with a training interaction). */
  readonly logCustomers: number;
}

export function toYardsticks(
  population: Pick<Population, 'train' | 'trainByProduct' | 'members'>,
): Yardsticks {
  const { of, headFrom } = sliceProducts(population);
  const { trainByProduct } = population;
  const toLog = (p: number): number => Math.log(1 + degreeOf(trainByProduct, p));
  return {
    sliceOf: of,
    headFrom,
    activity: toActivityBounds(population),
    logCustomers: Math.log(1 + countActive(population.train)),
    logPopularity: Float64Array.from({ length: trainByProduct.rows }, (_, p) => toLog(p)),
  };
}

function countActive(train: Population['train']): number {
  let active = 0;
  for (let c = 0; c < train.rows; c++) if (degreeOf(train, c) > 0) active++;
  return active;
}

/** What a slice is cut from. */
export interface Sliced {
  readonly measured: MeasuredLists;
  readonly population: Population;
  readonly yardsticks: Yardsticks;
}

/** Slice of every product; equal popularity falls on the same side. Cold: no training pair at all. */
export function sliceProducts(population: Pick<Population, 'trainByProduct'>): {
  readonly of: ProductSlice[];
  readonly headFrom: number;
} {
  const { trainByProduct } = population;
  const degrees = Uint32Array.from({ length: trainByProduct.rows }, (_, p) => degreeOf(trainByProduct, p));
  const descending = degrees.slice().sort().reverse();
  let headFrom = Number.POSITIVE_INFINITY;
  let held = 0;
  for (const degree of descending) {
    if (degree === 0 || (held >= HEAD_SHARE * trainByProduct.items.length && degree < headFrom)) break;
    headFrom = degree;
    held += degree;
  }
  const of = Array.from(degrees, (d): ProductSlice => (d === 0 ? 'cold' : d >= headFrom ? 'head' : 'tail'));
  return { of, headFrom };
}

/** Bounds of the thirds of the measured customers by distinct training products: low ≤ first < middle ≤ second < high. */
export function toActivityBounds(population: Pick<Population, 'train' | 'members'>): {
  readonly first: number;
  readonly second: number;
} {
  const sorted = population.members.all.map((c) => degreeOf(population.train, c)).sort();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
  return { first: at(1 / 3), second: at(2 / 3) };
}

export function measureActivity(
  { measured, population, yardsticks }: Sliced,
  columns: MetricColumns,
): Slice[] {
  const { first, second } = yardsticks.activity;
  const parts: { name: string; text: string; holds: (d: number) => boolean }[] = [
    {
      name: 'few purchases',
      text: `customers with at most ${first} training products`,
      holds: (d) => d <= first,
    },
    {
      name: 'some purchases',
      text: `more than ${first}, at most ${second}`,
      holds: (d) => d > first && d <= second,
    },
    { name: 'many purchases', text: `more than ${second}`, holds: (d) => d > second },
  ];
  return parts.map(({ name, text, holds }) => {
    const inside = Array.from(measured.lists.members.keys()).filter((i) =>
      holds(degreeOf(population.train, measured.lists.members[i]!)),
    );
    const mean = (column: Float64Array): number | null =>
      inside.length === 0 ? null : inside.reduce((sum, i) => sum + column[i]!, 0) / inside.length;
    return { name, text, customers: inside.length, recall: mean(columns.recall), ndcg: mean(columns.ndcg) };
  });
}

/** Recall within a slice: |hits ∩ slice| / |relevant ∩ slice|, mean over customers with something relevant in it. */
export function measurePopularity({ measured, population, yardsticks }: Sliced, protocol: Protocol): Slice[] {
  const { sliceOf: of, headFrom } = yardsticks;
  const TEXT: Record<ProductSlice, string> = {
    head: `most popular products that hold half of the training pairs (${headFrom} customers or more)`,
    tail: 'the other products bought in training',
    cold: 'products that nobody bought in training',
  };
  const { lists, flags } = measured;
  return (['head', 'tail', 'cold'] as const).map((slice) => {
    let customers = 0;
    let sum = 0;
    for (const [i, customer] of lists.members.entries()) {
      const relevant = rowOf(population.relevant[protocol], customer).filter((p) => of[p] === slice).length;
      if (relevant === 0) continue;
      customers++;
      let hits = 0;
      for (let r = i * lists.width; r < (i + 1) * lists.width; r++) {
        const product = lists.products[r]!;
        if (product !== NO_PRODUCT && flags[r] && of[product] === slice) hits++;
      }
      sum += hits / relevant;
    }
    return {
      name: slice,
      text: TEXT[slice],
      customers,
      recall: customers === 0 ? null : sum / customers,
      ndcg: null,
    };
  });
}
