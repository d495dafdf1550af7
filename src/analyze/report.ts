/**
 * What an evaluation hands back: plain JSON, written into a version's report.json, answered over HTTP
 * and printed by report-text.ts. Means come with 95 % intervals over customers where one is stated.
 */
import type { Interval } from './bootstrap.ts';
import type { MetricName } from './metrics.ts';
import type { LeftOut } from './population.ts';
import type { Protocol, Scorer } from './types.ts';

export interface EvaluationReport {
  readonly format: 1;
  readonly data: DataFacts;
  readonly settings: {
    readonly k: readonly number[];
    readonly seed: number;
    readonly maxCustomers: number;
    readonly resamples: number;
    readonly confidence: number;
  };
  /** Name of the scorer that the service answers with; absent when only baselines ran. */
  readonly served?: string;
  /** Name of the scorer by which the vectors answer alone: `served` is this one, or the blend it is a part of. */
  readonly embedding?: string;
  readonly scorers: readonly ScorerFacts[];
  readonly protocols: Readonly<Record<Protocol, ProtocolReport>>;
  /** The served scorer against the best baseline, popularity, the best way to use the same vectors alone, and the other model. */
  readonly comparisons: readonly Comparison[];
  readonly linkPrediction?: LinkPrediction;
  readonly space?: SpaceReport;
  /** What the numbers say, in plain words, with the numbers. */
  readonly verdicts: readonly string[];
  readonly notes: readonly string[];
}

export interface PartFacts {
  readonly interactions: number;
  readonly customers: number;
  readonly products: number;
  /** Distinct (customer, product). */
  readonly pairs: number;
}

export interface DataFacts {
  readonly customers: number;
  readonly products: number;
  readonly train: PartFacts;
  readonly test: PartFacts;
  /** Products of the test part that no training interaction names. */
  readonly coldProducts: number;
  /** Of the test part's pairs, the share on such products: no scorer here can find them by purchases. */
  readonly coldPairShare: number;
  /** Of the test part's pairs of known customers, the share that training already held. */
  readonly repeatPairShare: number;
}

export interface ScorerFacts extends Pick<Scorer, 'name' | 'family' | 'text'> {
  readonly notes: readonly string[];
  readonly served: boolean;
  /** Scoring and ranking both protocols; absent without a clock. */
  readonly tookMs?: number;
}

export interface ProtocolReport {
  readonly protocol: Protocol;
  readonly text: string;
  readonly customers: number;
  readonly leftOut: LeftOut;
  /** Mean number of relevant products of a customer. */
  readonly meanRelevant: number;
  readonly results: readonly ScorerResult[];
}

export type ResultAtK = Readonly<Record<MetricName, Interval>> & {
  readonly k: number;
  readonly spread: Spread;
};

/** What the lists are made of. */
export interface Spread {
  /** Share of all products that stand in at least one list. */
  readonly coverage: number;
  /** Inequality of how often products are shown: 0 all alike, 1 a single one. */
  readonly gini: number;
  /** Mean over lists of the mean ln(1 + training customers) of what is shown … */
  readonly popularityShown: number;
  /** … and of what was then bought (the relevant products). */
  readonly popularityBought: number;
  /** Bits: mean over lists of the mean self-information −log2((1 + customers of it) / (1 + customers)). Absent from older reports. */
  readonly novelty?: number;
}

export interface Slice {
  readonly name: string;
  readonly text: string;
  /** Customers with something relevant in the slice. */
  readonly customers: number;
  /** Null when there are none. */
  readonly recall: number | null;
  readonly ndcg: number | null;
}

export interface ScorerResult {
  readonly scorer: string;
  readonly at: readonly ResultAtK[];
  /** At the longest list. Product slices have no NDCG: a list is ranked over all products. */
  readonly slices: readonly Slice[];
  /** Customers whose list is shorter than the longest k: the scorer had nothing to show. */
  readonly shortLists: number;
}

export interface Comparison {
  readonly protocol: Protocol;
  readonly k: number;
  readonly metric: MetricName;
  readonly against: 'best baseline' | 'popularity' | 'best of this model' | 'other model';
  readonly served: string;
  readonly other: string;
  readonly servedMean: number;
  readonly otherMean: number;
  /** Served minus other, customer by customer. */
  readonly difference: Interval;
}

export interface LinkPrediction {
  readonly text: string;
  readonly pairs: number;
  readonly customers: number;
  /** Area under the ROC curve against random products, and against products drawn as often as they are bought. */
  readonly results: readonly {
    readonly scorer: string;
    readonly negatives: 'uniform' | 'by popularity';
    readonly auc: Interval;
  }[];
}

export interface SpaceReport {
  readonly walked: boolean;
  readonly text: string;
  readonly kinds: readonly KindReport[];
}

/** Observed value, and what remains when the values are dealt out at random. */
export interface AgainstNull {
  readonly observed: number;
  readonly chance: Interval;
  readonly permutations: number;
}

export interface KindReport {
  readonly owner: 'product' | 'customer';
  readonly kind: string;
  readonly values: number;
  /** Nodes with a vector and at least one value. */
  readonly labelled: number;
  /** Of these, with several values; left out of the silhouette. */
  readonly multiValued: number;
  readonly purity: (AgainstNull & { readonly neighbors: number; readonly queries: number }) | null;
  readonly silhouette: (AgainstNull & { readonly points: number }) | null;
  /** Why a figure is null. */
  readonly notes: readonly string[];
}
