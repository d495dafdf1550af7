/**
 * What an evaluation is given: interactions in columns, a model's matrices, attribute edges. Nothing
 * in this folder reads the catalog, trains, prints or asks for the time; customers and products are
 * positions in the ids of their type throughout.
 */
import type { Matrix } from '../base/matrix.ts';
import type { EdgeColumns, InteractionColumns, Split } from '../graph/types.ts';
import type { NodeTable } from '../vectors/types.ts';
import type { BlendWeights } from './blend.ts';

/**
 * `all`: every product is a candidate, and everything the customer bought in the test part is
 * relevant, repeats included. `new`: products of the customer's training part are neither.
 */
export const PROTOCOLS = ['all', 'new'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Lets the event loop run when it is due, and throws ABORTED once the caller's signal has fired. */
export type Pause = () => Promise<void> | undefined;

/**
 * Gives every product a score for one customer: higher is better, -Infinity means "never shown".
 * Equal scores are shuffled by the ranker, so a scorer gains nothing from the order of products.
 */
export interface Scorer {
  readonly name: string;
  readonly family: 'baseline' | 'embedding' | 'other';
  /** What it does, in a sentence a newcomer can follow; printed in the report. */
  readonly text: string;
  /** What a reader must know about this run of it, e.g. that there were no baskets. */
  readonly notes?: readonly string[];
  /** @param scores f32 [products], holding anything before the call; every entry must be written */
  score(customer: number, scores: Float32Array): void | Promise<void>;
  /** The same for several customers at once, where that is faster. The ranker prefers it. */
  scoreMany?(customers: readonly number[], scores: readonly Float32Array[], pause: Pause): Promise<void>;
}

/** A scorer still to be made: its tables are built when its turn comes, and dropped after it. */
export interface ScorerPlan extends Pick<Scorer, 'name' | 'family'> {
  create(): Scorer;
}

/** The trained matrices, rows by type; customer i is row `start of customers + i`. A VersionContent's parts. */
export interface EvaluatedModel {
  readonly vectors: Matrix;
  readonly contexts: Matrix;
  readonly ranges: NodeTable['ranges'];
  /** ms since 1970: newest event it was trained on, where that is not what is given as the training part. */
  readonly knownUntilMs?: number;
}

export interface EvaluatedAttributes {
  /** All attribute ids, `kind/value`; edges point into it. */
  readonly ids: readonly string[];
  readonly product: readonly EdgeColumns[];
  readonly customer: readonly EdgeColumns[];
  /** The attributes were nodes of the graph that was walked: purity is then partly by construction. */
  readonly walked: boolean;
}

export interface EvaluationInput {
  readonly train: InteractionColumns;
  readonly test: InteractionColumns;
  readonly customerCount: number;
  readonly productCount: number;
  /** A customer's rows stand in their true order (timestamps, or a given order): recency means something. */
  readonly ordered: boolean;
  /** What was bought n baskets ago weighs this to the power of n. Default: RECENCY_DECAY. */
  readonly decay?: number;
  readonly model?: EvaluatedModel;
  /** Another model, which answers by the served scorer too; it is compared with, and called `other-model`. */
  readonly rival?: EvaluatedModel;
  /** What the parts are said to be of: they are held to it. */
  readonly split?: Split;
  readonly attributes?: EvaluatedAttributes;
  /** Learned before the test part: measured as `blend`, where there are a model, an order and no rival; it is what is served then. */
  readonly blend?: BlendWeights;
  /** More scorers for the same report. */
  readonly scorers?: readonly Scorer[];
  /** Name of the scorer the vectors answer by; verdicts are about this one, unless there is a blend. Default: `customer-in-out`, if there is a model. */
  readonly served?: string;
  /** List lengths, e.g. [10, 20]; the longest one is what verdicts and slices are about. */
  readonly k: readonly number[];
  readonly maxCustomers: number;
  readonly seed: number;
  /** Bootstrap resamples. Default 1,000. */
  readonly resamples?: number;
  /** Milliseconds of any clock; given, the report says how long each scorer took. */
  readonly now?: () => number;
}

/** By which the past is weighed, and how that was found (recency.ts). */
export interface LearnedRecency {
  /** What was bought n baskets ago weighs this to the power of n. */
  readonly decay: number;
  readonly k: number;
  /** Lists of products new to the customer, as they are served; of all where nobody bought anything new. */
  readonly protocol: Protocol;
  readonly customers: number;
  /** Mean NDCG@k of item-kNN with each of the decays. */
  readonly ndcg: readonly { readonly decay: number; readonly ndcg: number }[];
}
