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

export type Metric = NeighborIndex['metric'];

export interface ModelRef {
  readonly alias: string;
  readonly version: string;
  /** Vectors of one space are comparable. */
  readonly spaceId: string;
}

export interface ModelInfo extends ModelRef {
  readonly dimension: number;
  readonly createdAt: string; // ISO 8601
  readonly nodes: Readonly<Record<NodeType, number>>;
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
  /** Output vector: vector · context says "occurs with". */
  readonly context: number[]; // [dimension]
  readonly model: ModelRef;
  readonly tookMs: number;
}

export interface NeighborsOptions {
  readonly limit: number;
  /** Default: the type of the node asked about. */
  readonly targetType?: NodeType;
  readonly withAttributes?: boolean;
  /** Ids of the target type that must not appear. */
  readonly exclude?: readonly string[];
}

export interface RecommendOptions {
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
}

/** Whether a node has a vector in the served version and, if not, why. */
export interface EmbeddingState {
  readonly embedded: boolean;
  readonly reason?: string;
}

export interface LiveModel {
  /** Undefined while the alias points at nothing. */
  info(): ModelInfo | undefined;
  /** Serves what the alias points at now. Queries in flight finish on the version they began with. */
  reload(): Promise<{ readonly changed: boolean }>;
  /**
   * Points any alias at a version; if it is the one being served, the version is loaded and checked
   * before the alias moves, so that a damaged version never becomes the served one.
   * @param expected the version the caller believes the alias points at; undefined: no matter
   * @throws ShelfwalkError VERSION_UNKNOWN · VERSION_CORRUPT · ALIAS_MOVED
   */
  promote(alias: string, version: string, expected?: string): Promise<{ readonly previous?: string }>;
  /**
   * Nearest nodes by cosine of input vectors, across types too. Never the node itself.
   * @throws ShelfwalkError NO_MODEL · NODE_UNKNOWN · NODE_NOT_EMBEDDED
   */
  neighbors(ref: NodeRef, options: NeighborsOptions): Promise<MatchReply>;
  /**
   * Products by the mean input vector of what the customer has interacted with, recent baskets weighing
   * more · the product's context vector; by the customer's own vector where no purchase has one.
   * @throws ShelfwalkError NO_MODEL · NODE_UNKNOWN · NODE_NOT_EMBEDDED
   */
  recommend(customerId: string, options: RecommendOptions): Promise<MatchReply>;
  /** @throws ShelfwalkError NO_MODEL · NODE_UNKNOWN · NODE_NOT_EMBEDDED */
  embedding(ref: NodeRef): Promise<EmbeddingReply>;
  /**
   * Nearest by nodes or by a raw vector, cosine of input vectors.
   * @throws ShelfwalkError NO_MODEL · NODE_UNKNOWN · NODE_NOT_EMBEDDED · VECTOR_INVALID
   * @throws ShelfwalkError REQUEST_INVALID — the vector has another length
   * @throws ShelfwalkError REQUEST_UNPROCESSABLE — no target type can be told, or the vectors cancel out
   */
  query(query: NearestQuery): Promise<MatchReply>;
  /** For a node that the catalog knows. */
  embeddingState(ref: NodeRef): EmbeddingState;
  close(): Promise<void>;
}
