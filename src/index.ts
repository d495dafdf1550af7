/**
 * The library: open a data directory, run its use cases, ask its model, serve it; or train on a graph in
 * memory. What is not exported here is internal. docs/library.md has an example of each.
 */

// ── Failures and long work ──────────────────────────────────────────────────────────────────────────

/** What failed: a code to branch on, and details that say where. */
export { type ErrorCode, isShelfwalkError, ShelfwalkError } from './base/errors.ts';
/** How far a long piece of work is, and how it is watched and stopped. */
export type { Progress, TaskContext } from './base/task.ts';

// ── Names of nodes ──────────────────────────────────────────────────────────────────────────────────

/** `product:SKU-1` ⇄ `{ type: 'product', id: 'SKU-1' }`. */
export {
  NODE_TYPES,
  type NodeKey,
  type NodeRef,
  type NodeType,
  parseNodeKey,
  toNodeKey,
} from './base/ids.ts';
/** Rows of numbers, the shape in which vectors come. */
export { Matrix } from './base/matrix.ts';

// ── A data directory ────────────────────────────────────────────────────────────────────────────────

/** What an evaluation finds, baselines beside. */
export type { EvaluationReport } from './analyze/report.ts';
/** The catalog: what was imported, by counts, by name, by customer. */
export type {
  AttributeMapping,
  AttributeValue,
  Catalog,
  CatalogCounts,
  CatalogMoment,
  EdgeMapping,
  EntityMapping,
  EntityRecord,
  FileReport,
  Filter,
  FilterCondition,
  HistoryEntry,
  ImportOptions,
  ImportReport,
  ImportSource,
  InteractionMapping,
  ListQuery,
  PresetName,
  ProjectionReport,
} from './catalog/types.ts';
/** Single changes of the catalog: events, products, customers; what came of them, and who is told. */
export type {
  CatalogNews,
  CatalogWrites,
  DeleteReply,
  EntityChange,
  EntryError,
  InteractionEvent,
  InteractionFilter,
  WriteOptions,
  WriteReply,
} from './catalog/write-types.ts';
/** What became of the interactions on their way into sentences (item2vec). */
export type { CorpusSummary } from './pipeline/corpus-report.ts';
/** Queries over embedded nodes in Neo4j, and where it is. */
export {
  type AnalyticsQuery,
  type Cypher,
  type CypherOptions,
  type CypherReply,
  createCypher,
  findNeo4jSettings,
  type Neo4jSettings,
} from './pipeline/cypher.ts';
/** What a training would need. */
export type { Estimate } from './pipeline/estimate.ts';
/** What was written to files, and what was made of them. */
export type { ExportResult } from './pipeline/export-version.ts';
export type { ImportedType, ImportVectorsResult } from './pipeline/import-version.ts';
/** Open a directory, import files, make edges of them, train and publish a version, roll it up, write its vectors out, ask the model. */
export {
  type EvaluateSettings,
  type ExportVectorsOptions,
  estimate,
  evaluate,
  exportVectors,
  type ImportFilesOptions,
  type ImportVectorsOptions,
  importFiles,
  importVectors,
  type OpenModelOptions,
  openModel,
  openWorkspace,
  type ProjectGraphOptions,
  projectGraph,
  type RefreshOptions,
  type RollUpOptions,
  refresh,
  rollUp,
  type TrainSettings,
  type TuneSettings,
  train,
  tune,
} from './pipeline/library.ts';
/** What a model answers, and is asked with. */
export type {
  ColdStart,
  EmbeddingReply,
  EmbeddingState,
  Exclusion,
  InferReply,
  InferRequest,
  LiveModel,
  Log,
  Match,
  MatchReply,
  ModelInfo,
  ModelRef,
  NearestQuery,
  NeighborsOptions,
  Relation,
} from './pipeline/live-types.ts';
/** Lists of products, and analogies: what they are asked for with, and what comes back. */
export type {
  AnalogyQuestion,
  Explanation,
  ListOptions,
  RankQuestion,
  RankReply,
  Recommendation,
  RecommendExclusion,
  RecommendOptions,
  RecommendReply,
  Scorer,
  Session,
  SessionOptions,
} from './pipeline/recommend-types.ts';
/** What a refresh found, decided and published. */
export type { PublishedRefresh, RefreshResult } from './pipeline/refresh-types.ts';
/** What a roll-up made of each type of node. */
export type { RollUpResult, TypeFacts } from './pipeline/rollup-version.ts';
/** Settings of the HTTP service. */
export type { ServerConfig, ServerConfigInput } from './pipeline/server-config.ts';
/** What a training says of the spectrum that was computed. */
export type { SpectrumFacts } from './pipeline/spectrum-facts.ts';
/** An evaluation, and the split it was made on. */
export type { EvaluationResult, SplitReport } from './pipeline/split-report.ts';
/** What a training says of itself, and of the version it published. */
export type { NotEvaluated, TrainFacts, TrainResult } from './pipeline/train-version.ts';
/** What a tuning tried, and what came of it. */
export type { Space, Trial, TuneResult } from './pipeline/tune/types.ts';
/** An opened data directory. */
export type { Workspace } from './pipeline/workspace.ts';
/** The HTTP service, started from code. */
export { type ServeOptions, serve } from './serve/serve-workspace.ts';
/** A server that listens: its address, its model, how to stop it. */
export type { RunningServer } from './serve/server.ts';
/** Versions and aliases of a workspace. */
export type { LoadedVersion, Manifest, NodeTable, VersionStore } from './vectors/types.ts';

// ── Settings ────────────────────────────────────────────────────────────────────────────────────────

/** Every setting of a run, with defaults and ranges, as a zod schema. */
export {
  type GraphRun,
  type GraphRunInput,
  type RunConfig,
  type RunConfigInput,
  runConfigSchema,
} from './pipeline/config.ts';
/** The settings a version was trained with, as it keeps them. */
export type { RecordedConfig } from './pipeline/recorded-config.ts';

// ── A file of edges ─────────────────────────────────────────────────────────────────────────────────

/** What was taken of the file, and what was not. */
export type { EdgeFileReport, RejectedRow } from './catalog/edge-file.ts';
/** An edge list on disk → vectors on disk, without a data directory. */
export { type EmbedOptions, type EmbedResult, embedFile } from './pipeline/embed-file.ts';

// ── A graph in memory ───────────────────────────────────────────────────────────────────────────────

/** The frozen graph that walks are made on. */
export type { NodeRange, Snapshot } from './graph/types.ts';
/** The model that comes of it. */
export type { GraphModel, GraphNeighbor, GraphNeighborsOptions, NodeName } from './pipeline/graph-model.ts';
/** The graph of a data directory, frozen, with names. */
export { type NamedSnapshot, type ReadSnapshotOptions, readSnapshot } from './pipeline/read-snapshot.ts';
/** Train on a graph at hand, without a data directory. */
export {
  type TrainedGraph,
  type TrainGraphOptions,
  trainOnGraph,
} from './pipeline/train-graph.ts';

// ── graphology ──────────────────────────────────────────────────────────────────────────────────────

/** A snapshot, or a neighbourhood of it → a graphology graph of your own. */
export { type GraphologyCopy, type GraphologyExport, toGraphology } from './graph/graphology-export.ts';
/** A graphology graph → a snapshot. */
export { fromGraphology, type GraphologyImport } from './graph/graphology-import.ts';
/** What nodes and edges carry in a view and in a copy. */
export type { GraphologyEdgeAttributes, GraphologyNodeAttributes } from './graph/graphology-names.ts';
/** A snapshot as a read-only graphology graph, without a copy. */
export { asGraphologyView, type GraphologyView } from './graph/graphology-view.ts';
