/**
 * What the live model answers with. Every reply names the version it came from and carries outside
 * ids only: rows belong to one version and never leave live-*.ts.
 */
import type { NodeRef, NodeType } from '../base/ids.ts';
import type { AttributeValue } from '../catalog/types.ts';
import type { NeighborIndex } from '../neighbors/types.ts';
import type { FoldInBasis } from '../refresh/types.ts';
import type { VersionContent } from '../vectors/types.ts';
import type { RecommendQueries } from './recommend-types.ts';

/** The part of a logger that the pipeline uses; pino's satisfies it. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** For a model that nobody watches: one answer, or an application that asked for no log. */
export const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };

export type Metric = NeighborIndex['metric'];

/**
 * What the scores of a reply are. `probability` of a walk ending there, `similarity` summed over the customer's
 * products, `product-of-cosines` of an analogy by 3CosMul, `cosine-less-co-purchase` of substitutes,
 * `reciprocal-rank` of a blend.
 */
export const REPLY_METRICS = [
  'cosine',
  'dot',
  'probability',
  'similarity',
  'product-of-cosines',
  'cosine-less-co-purchase',
  'reciprocal-rank',
] as const;
export type ReplyMetric = (typeof REPLY_METRICS)[number];

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

/** Of what is answered from vectors that were folded in. */
export interface ColdStart {
  /** No training has seen this node; absent where one has. */
  readonly coldStart?: true;
  /** How many edges its vectors were made from; with `coldStart`. */
  readonly basis?: FoldInBasis;
}

export interface Match extends ColdStart {
  readonly id: string;
  readonly type: NodeType;
  readonly name: string; // '' where there is none
  /** Higher is nearer; `metric` of the reply says what it is. */
  readonly score: number;
  /** Of products and customers, with `withAttributes`. */
  readonly attributes?: AttributeValue[];
}

/** `coldStart` is of the one node that was asked about. */
export interface MatchReply extends ColdStart {
  readonly results: Match[]; // best first
  readonly metric: ReplyMetric;
  readonly model: ModelRef;
  readonly tookMs: number;
  readonly warnings?: string[];
}

export interface EmbeddingReply extends ColdStart {
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

export interface InferRequest extends ModelChoice {
  readonly type: 'product' | 'customer';
  /** What it touches; weight 1 is one purchase, an edge named twice is one of both weights. */
  readonly edges?: readonly (NodeRef & { readonly weight?: number })[];
  /** Edges to attributes, named as products and customers carry them. */
  readonly attributes?: readonly Pick<AttributeValue, 'kind' | 'value'>[];
}

/** An edge that told nothing. */
export interface MissingNode extends NodeRef {
  readonly reason: string;
}

export interface InferReply {
  readonly type: NodeType;
  readonly dimension: number;
  readonly vector: number[]; // [dimension]
  readonly context: number[]; // [dimension]
  /** No training has seen this node. */
  readonly coldStart: true;
  /** How many edges the vectors were made from. */
  readonly basis: FoldInBasis;
  readonly missing: readonly MissingNode[];
  readonly model: ModelRef;
  readonly tookMs: number;
}

/** The tables of one version. They stay what they are for whoever holds them, wherever the alias moves. */
export interface ModelContent {
  readonly model: ModelRef;
  readonly content: VersionContent;
}

/** What must not appear, applied inside the search: `limit` results come back when so many are left. */
export interface Exclusion {
  /** Of the type of the results. */
  readonly ids?: readonly string[];
  /** Products that the catalog says are hidden. */
  readonly hidden?: boolean;
  /** Products that the catalog says are not in stock. */
  readonly outOfStock?: boolean;
}

/**
 * `similar`: used alike. `substitute`: used alike and not bought together; `complement`: bought together; both
 * of products. `affinity`: a node of another type that goes with it.
 */
export const RELATIONS = ['similar', 'substitute', 'complement', 'affinity'] as const;
export type Relation = (typeof RELATIONS)[number];

export interface NeighborsOptions extends ModelChoice {
  readonly limit: number;
  /** Default: the type of the node asked about. */
  readonly targetType?: NodeType;
  readonly withAttributes?: boolean;
  /** A list of ids, or more than ids. */
  readonly exclude?: readonly string[] | Exclusion;
  /** Default: similar. */
  readonly relation?: Relation;
}

export interface NearestQuery extends Omit<NeighborsOptions, 'relation'> {
  /** One node or several, averaged as unit vectors; none of them is in the reply. */
  readonly refs?: readonly NodeRef[];
  /** A vector of the space being served, instead of `refs`; needs `targetType`. */
  readonly vector?: readonly number[];
  /** The space that `vector` is from; in another one it would be compared with what it means nothing to. */
  readonly spaceId?: string;
}

/** Whether a node has a vector in the served version and, if not, why. */
export interface EmbeddingState extends ColdStart {
  readonly embedded: boolean;
  readonly reason?: string;
  /** Absent while the alias points at nothing. */
  readonly model?: ModelRef;
}

/** NO_MODEL: nothing has been trained yet; ALIAS_UNKNOWN: there are aliases, but not the one that is to answer. */
export interface LiveQueries extends RecommendQueries {
  /**
   * Nearest nodes by cosine of input vectors, across types too, or by another relation. Never the node itself.
   * @throws ShelfwalkError NO_MODEL · ALIAS_UNKNOWN · NODE_UNKNOWN · NODE_NOT_EMBEDDED
   * @throws ShelfwalkError REQUEST_UNPROCESSABLE — the relation means nothing between these types
   */
  neighbors(ref: NodeRef, options: NeighborsOptions): Promise<MatchReply>;
  /** @throws ShelfwalkError NO_MODEL · ALIAS_UNKNOWN · NODE_UNKNOWN · NODE_NOT_EMBEDDED */
  embedding(ref: NodeRef, choice?: ModelChoice): Promise<EmbeddingReply>;
  /**
   * Both vectors of a node that the version does not know, from what it touches; nothing is stored.
   * @throws ShelfwalkError NO_MODEL · ALIAS_UNKNOWN · CONTEXTS_MISSING · FOLD_IN_IMPOSSIBLE
   */
  infer(request: InferRequest): Promise<InferReply>;
  /**
   * Nearest by nodes or by a raw vector, cosine of input vectors.
   * @throws ShelfwalkError NO_MODEL · ALIAS_UNKNOWN · NODE_UNKNOWN · NODE_NOT_EMBEDDED · VECTOR_INVALID
   * @throws ShelfwalkError REQUEST_INVALID — the vector has another length
   * @throws ShelfwalkError SPACE_MISMATCH — the vector is of another space than the version
   * @throws ShelfwalkError REQUEST_UNPROCESSABLE — no target type can be told, or the vectors cancel out
   */
  query(query: NearestQuery): Promise<MatchReply>;
  /**
   * All that a model is made of, for work that takes long: it keeps the tables in memory, but no index open.
   * @throws ShelfwalkError NO_MODEL · ALIAS_UNKNOWN
   */
  getContent(choice?: ModelChoice): Promise<ModelContent>;
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
