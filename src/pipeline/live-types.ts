/**
 * What the live model answers with. Every reply names the version it came from and carries outside
 * ids only: rows belong to one version and never leave live-*.ts.
 */
import type { NodeRef, NodeType } from '../base/ids.ts';
import type { AttributeValue } from '../catalog/types.ts';
import type { NeighborIndex } from '../neighbors/types.ts';

/** The part of a logger that the pipeline uses; pino's satisfies it. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** For a model that nobody watches: one answer, or an application that asked for no log. */
export const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };

export type Metric = NeighborIndex['metric'];

export interface ModelRef {
  readonly alias: string;
  readonly version: string;
  /** Vectors of one space are comparable. */
  readonly spaceId: string;
}

/** A version in memory. */
export interface VersionInfo extends Omit<ModelRef, 'alias'> {
  readonly dimension: number;
  readonly createdAt: string; // ISO 8601
  readonly nodes: Readonly<Record<NodeType, number>>;
  /** Of memory, for its vectors and the copies of them in its indexes. */
  readonly bytes: number;
}

export interface ModelInfo extends ModelRef, VersionInfo {}

export interface LoadedModel extends VersionInfo {
  /** Those that are answered from it now. */
  readonly aliases: readonly string[];
}

export interface ModelChoice {
  /** The alias that answers; default: the one the live model was made for. */
  readonly model?: string;
}

export interface Match {
  readonly id: string;
  readonly type: NodeType;
  readonly name: string; // '' where there is none
  /** Higher is nearer; `metric` of the reply says what it is. */
  readonly score: number;
  /** Of products and customers, with `withAttributes`. */
  readonly attributes?: AttributeValue[];
}

export interface MatchReply {
  readonly results: Match[]; // best first
  readonly metric: Metric;
  readonly model: ModelRef;
  readonly tookMs: number;
  readonly warnings?: string[];
}

export interface EmbeddingReply {
  readonly id: string;
  readonly type: NodeType;
  readonly name: string;
  readonly dimension: number;
  /** Input vector: cosine of two says "used alike". */
  readonly vector: number[]; // [dimension]
  /** Output vector: vector · context says "occurs with". Absent in a version that was imported without. */
  readonly context?: number[]; // [dimension]
  readonly model: ModelRef;
  readonly tookMs: number;
}

export interface NeighborsOptions extends ModelChoice {
  readonly limit: number;
  /** Default: the type of the node asked about. */
  readonly targetType?: NodeType;
  readonly withAttributes?: boolean;
  /** Ids of the target type that must not appear. */
  readonly exclude?: readonly string[];
}

export interface RecommendOptions extends ModelChoice {
  readonly limit: number;
  /** `seen` leaves out products the customer has interacted with, as the catalog knows them now. */
  readonly exclude: 'seen' | 'none';
  readonly withAttributes?: boolean;
}

export interface NearestQuery extends NeighborsOptions {
  /** One node or several, averaged as unit vectors; none of them is in the reply. */
  readonly refs?: readonly NodeRef[];
  /** A vector of the space being served, instead of `refs`; needs `targetType`. */
  readonly vector?: readonly number[];
  /** The space that `vector` is from; in another one it would be compared with what it means nothing to. */
  readonly spaceId?: string;
}

/** Whether a node has a vector in the served version and, if not, why. */
export interface EmbeddingState {
  readonly embedded: boolean;
  readonly reason?: string;
  /** Absent while the alias points at nothing. */
  readonly model?: ModelRef;
}

/** NO_MODEL: nothing has been trained yet; ALIAS_UNKNOWN: there are aliases, but not the one that is to answer. */
export interface LiveQueries {
  /**
   * Nearest nodes by cosine of input vectors, across types too. Never the node itself.
   * @throws ShelfwalkError NO_MODEL · ALIAS_UNKNOWN · NODE_UNKNOWN · NODE_NOT_EMBEDDED
   */
  neighbors(ref: NodeRef, options: NeighborsOptions): Promise<MatchReply>;
  /**
   * Products by the mean input vector of what the customer has interacted with, recent baskets weighing
   * more · the product's context vector; by the customer's own vector where no purchase has one.
   * @throws ShelfwalkError NO_MODEL · ALIAS_UNKNOWN · NODE_UNKNOWN · NODE_NOT_EMBEDDED · CONTEXTS_MISSING
   */
  recommend(customerId: string, options: RecommendOptions): Promise<MatchReply>;
  /** @throws ShelfwalkError NO_MODEL · ALIAS_UNKNOWN · NODE_UNKNOWN · NODE_NOT_EMBEDDED */
  embedding(ref: NodeRef, choice?: ModelChoice): Promise<EmbeddingReply>;
  /**
   * Nearest by nodes or by a raw vector, cosine of input vectors.
   * @throws ShelfwalkError NO_MODEL · ALIAS_UNKNOWN · NODE_UNKNOWN · NODE_NOT_EMBEDDED · VECTOR_INVALID
   * @throws ShelfwalkError REQUEST_INVALID — the vector has another length
   * @throws ShelfwalkError SPACE_MISMATCH — the vector is of another space than the version
   * @throws ShelfwalkError REQUEST_UNPROCESSABLE — no target type can be told, or the vectors cancel out
   */
  query(query: NearestQuery): Promise<MatchReply>;
  /**
   * For a node that the catalog knows. That there is no model yet is an answer here, not a failure.
   * @throws ShelfwalkError ALIAS_UNKNOWN
   */
  embeddingState(ref: NodeRef, choice?: ModelChoice): Promise<EmbeddingState>;
}

export interface LiveModel extends LiveQueries {
  /** What answers if a query names no model. Undefined while its alias points at nothing. */
  info(): ModelInfo | undefined;
  /** All versions in memory. */
  loaded(): LoadedModel[];
  /** Serves what the aliases in memory point at now. Queries in flight finish on the version they began with. */
  reload(): Promise<{ readonly changed: boolean }>;
  /**
   * Points any alias at a version; if it is one being served, the version is loaded and checked
   * before the alias moves, so that a damaged version never becomes a served one.
   * @param expected the version the caller believes the alias points at; undefined: no matter
   * @throws ShelfwalkError VERSION_UNKNOWN · VERSION_CORRUPT · ALIAS_MOVED
   */
  promote(alias: string, version: string, expected?: string): Promise<{ readonly previous?: string }>;
  close(): Promise<void>;
}
