/**
 * What a list of products can be asked for with, and what comes back: of a customer, of somebody who is only
 * known by a session or a basket, of the caller's own list; and analogies.
 */
import type { NodeRef, NodeType } from '../base/ids.ts';
import type { AttributeValue, Filter } from '../catalog/types.ts';
import { ANALOGY_METHODS, type AnalogyMethod } from '../recommend/analogy.ts';
import type { Exclusion, Match, MatchReply, ModelChoice } from './live-types.ts';

export { ANALOGY_METHODS };

/**
 * What a product is scored by. `embedding`: the mean vector of what the customer has · the product's context;
 * `walk`: a random walk of three steps, and `counts`: item-kNN with recency, both on the graph alone; `blend`: the
 * places these three give it, and its place among what the customer has bought before, by weights that were learned, in
 * a version that has some.
 */
export const SCORERS = ['embedding', 'walk', 'counts', 'blend'] as const;
export type Scorer = (typeof SCORERS)[number];

/** What became of it: a scorer, or how many customers a product has. */
export type ResultSource = Scorer | 'popular';

export interface RecommendExclusion extends Exclusion {
  /** Products the customer has interacted with, as the catalog knows them now. */
  readonly seen?: boolean;
  /** Of these, only by interactions of such types; default: all. */
  readonly seenTypes?: readonly string[];
}

/** At most `max` results carry the same value of a kind of attribute. */
export interface AttributeCap {
  readonly key: string;
  readonly max: number;
}

/** Products with the same first value of a kind are one group, of which at most `size` are shown. */
export interface GroupBy {
  readonly key: string;
  readonly size: number;
}

/** How a product is scored, whatever list it is for. */
export interface ScoreOptions extends ModelChoice {
  /** Default: blend, in a version that has learned it, for who has something that its graph knows; else embedding. */
  readonly scorer?: Scorer;
  /** β ≥ 0: scores are divided by customers^β, dot products lowered by β · ln customers. Default: 0. */
  readonly popularityDiscount?: number;
  /** The graph paths behind each result. */
  readonly explain?: boolean;
  readonly withAttributes?: boolean;
}

export interface ListOptions extends ScoreOptions {
  readonly limit: number;
  /** Evaluated inside the search, against the catalog as it is now. */
  readonly filter?: Filter;
  /** 0 … 1: maximal marginal relevance on input vectors. Default: 0. */
  readonly diversity?: number;
  readonly caps?: readonly AttributeCap[];
  readonly groupBy?: GroupBy;
  /** What fills a list that the scorer leaves short. Default: none. */
  readonly fallback?: 'popular' | 'none';
}

export interface RecommendOptions extends ListOptions {
  readonly exclude: 'seen' | 'none' | RecommendExclusion;
}

/** Somebody without an id. One product at least, an attribute, or a `fallback`. */
export interface Session {
  readonly events?: readonly SessionInput[];
  /** What is being bought just now: newer than all events. */
  readonly basket?: readonly string[];
  /** Traits, as customers carry them; they answer where no product has a vector. */
  readonly attributes?: readonly Pick<AttributeValue, 'kind' | 'value'>[];
}

export interface SessionInput {
  readonly productId: string;
  /** Default: purchase. It weighs what it weighed in the training. */
  readonly type?: string;
  /** ISO 8601, or ms since 1970; without one, in the order of the list. */
  readonly timestamp?: string | number;
}

export interface SessionOptions extends Session, ListOptions {
  readonly exclude?: RecommendExclusion;
}

/** Whose order it is: a customer's, or a session's. */
export type RankQuestion = ScoreOptions &
  (Session & { readonly customerId?: string }) & { readonly productIds: readonly string[] };

/** From what the customer has, through what both have in common, to the product. */
export interface ExplanationPath {
  /** Share of what all paths to this product carry, 0 … 1. */
  readonly weight: number;
  readonly nodes: readonly string[]; // `type:id`
}

/** The customer has bought the product before. Every event counts, of whatever type. */
export interface OwnReason {
  /** Share of the score that is for this, 0 … 1. */
  readonly weight: number;
  readonly times: number; // ≥ 1
  /** How many of the customer's moments, baskets where there are some, lie after the last time. */
  readonly momentsAgo: number;
  /** The last time, ISO 8601, where it is known. */
  readonly lastAt?: string;
}

export interface Explanation {
  /** Heaviest first. */
  readonly paths: readonly ExplanationPath[];
  /** Of `blend`, where it gives weight to what was bought before. */
  readonly own?: OwnReason;
  /** The query over Neo4j that shows them, with its parameters; of customers only. */
  readonly cypher?: { readonly query: string; readonly parameters: Readonly<Record<string, string>> };
}

export interface Recommendation extends Match {
  readonly source: ResultSource;
  /** With `groupBy`, where the product has a value of that kind. */
  readonly group?: string;
  readonly explanation?: Explanation;
}

export interface RecommendReply extends MatchReply {
  readonly results: Recommendation[];
}

export interface RankReply extends RecommendReply {
  /** Of the caller's list: what the model has nothing to rank by, in that order. */
  readonly missingIds: string[];
}

export interface AnalogyQuestion extends ModelChoice {
  readonly positive: readonly NodeRef[];
  readonly negative?: readonly NodeRef[];
  readonly targetType: NodeType;
  /** Default: 3CosAdd. */
  readonly method?: AnalogyMethod;
  readonly limit: number;
  readonly exclude?: Exclusion;
  /** Of products only. */
  readonly filter?: Filter;
  readonly withAttributes?: boolean;
}

export interface RecommendQueries {
  /**
   * Products by a scorer; of `embedding`, the mean input vector of what the customer has interacted with, recent
   * baskets weighing more · the product's context vector, and the customer's own vector where no purchase has one.
   * @throws ShelfwalkError NO_MODEL · ALIAS_UNKNOWN · NODE_UNKNOWN · NODE_NOT_EMBEDDED · CONTEXTS_MISSING · REQUEST_UNPROCESSABLE
   */
  recommend(customerId: string, options: RecommendOptions): Promise<RecommendReply>;
  /**
   * Products for somebody without an id.
   * @throws ShelfwalkError NO_MODEL · ALIAS_UNKNOWN · NODE_NOT_EMBEDDED · CONTEXTS_MISSING · FOLD_IN_IMPOSSIBLE · REQUEST_UNPROCESSABLE
   */
  recommendFor(options: SessionOptions): Promise<RecommendReply>;
  /**
   * The caller's list in the order of a customer or a session.
   * @throws ShelfwalkError as `recommend` and `recommendFor` do
   */
  rank(question: RankQuestion): Promise<RankReply>;
  /**
   * What is near to all positive examples and far from the negative ones; none of them is in the reply.
   * @throws ShelfwalkError NO_MODEL · ALIAS_UNKNOWN · NODE_UNKNOWN · NODE_NOT_EMBEDDED · REQUEST_UNPROCESSABLE
   */
  analogies(question: AnalogyQuestion): Promise<MatchReply>;
}
