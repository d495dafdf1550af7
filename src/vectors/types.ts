/**
 * A trained model at rest and in memory. A version is a directory that never changes once it has its
 * name; an alias is a small file that points at one and moves by one atomic rename.
 */
import type { ShelfwalkError } from '../base/errors.ts';
import type { NodeType } from '../base/ids.ts';
import type { Matrix } from '../base/matrix.ts';

/** Rows of the matrices, with their outside names. Customers, products, attributes, each contiguous. */
export interface NodeTable {
  readonly count: number;
  readonly ranges: readonly { readonly type: NodeType; readonly start: number; readonly end: number }[];
  readonly ids: readonly string[]; // [count]
  readonly names: readonly string[]; // [count] '' where there is none
  /** [count] neighbours in the snapshot, or tokens of a product in the sentences. 0 with a row of zeros: that is why; with a vector: not known. */
  readonly degrees: Uint32Array;
}

/**
 * The graph a version was trained on, in compressed sparse rows (Snapshot in src/graph/types.ts), by the
 * rows of the node table: what a refresh compares the catalog of today with.
 */
export interface TrainedGraph {
  readonly offsets: Uint32Array; // [n + 1]
  readonly targets: Uint32Array; // [m]
  readonly weights: Float32Array; // [m]
  /** [n] tokens of the first pass of walks: what negatives were drawn by. */
  readonly visits: Uint32Array;
  /** [n] 0 … 1: how far a node's arcs have changed since its rows were last trained; zeros after a training of everything. */
  readonly pending: Float32Array;
}

export interface VersionContent {
  readonly nodes: NodeTable;
  /** The SGNS input matrix; cosine of two rows: "used alike". */
  readonly vectors: Matrix;
  /** The SGNS output matrix; vector · context: "occurs with". Vectors from elsewhere may come without. */
  readonly contexts?: Matrix;
  /** Of a model that was trained on walks over a catalog; others have none, and cannot be refreshed. */
  readonly graph?: TrainedGraph;
  /** What the run was and how it did; written as report.json. Plain JSON. */
  readonly report: Readonly<Record<string, unknown>>;
}

/** Facts that are cheap to ask for: counts, the newest event, the number of the last load. */
export type GraphMark = Readonly<Record<string, string | number | null>>;

export interface Manifest {
  readonly format: 1;
  readonly id: string;
  readonly createdAt: string; // ISO 8601
  /** Vectors of one space are comparable; a cold training opens a new one. */
  readonly spaceId: string;
  readonly parent?: string;
  /** ISO 8601: the newest event it was trained on. Absent where events carry no times, and from older releases. */
  readonly trainedUntil?: string;
  /** Of the catalog when it was read: later commits are not in the version. Absent for a graph in Neo4j. */
  readonly watermark?: number;
  /** Of a graph in Neo4j, before it was read: where any of this is another now, something has changed. */
  readonly graphMark?: GraphMark;
  readonly counts: {
    readonly nodes: number;
    readonly dimension: number;
    readonly customers: number;
    readonly products: number;
    readonly attributes: number;
  };
  /** The configuration the version was trained with, GDS names. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** A few figures to list versions by, e.g. recall@20. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
}

/** Without its graph, which serving has no use for: `VersionStore.graph` reads that. */
export interface LoadedVersion extends Omit<VersionContent, 'graph'> {
  readonly manifest: Manifest;
}

export interface VersionStore {
  /** Writes beside, fsyncs, renames, fsyncs the folder. Returns the manifest; no alias moves. */
  write(
    content: VersionContent,
    facts: Omit<Manifest, 'format' | 'id' | 'createdAt' | 'counts' | 'files'>,
  ): Promise<Manifest>;
  /** Newest first. Directories that are not finished or not ours are passed over, and so are the damaged ones. */
  list(): Promise<Manifest[]>;
  /** Versions that `list` passes over because their manifest cannot be read, with why. They can be removed. */
  damaged(): Promise<{ readonly id: string; readonly error: ShelfwalkError }[]>;
  /** @throws ShelfwalkError VERSION_UNKNOWN */
  manifest(id: string): Promise<Manifest>;
  /** Checks the checksum of what it reads: all but the graph. @throws ShelfwalkError VERSION_UNKNOWN · VERSION_CORRUPT (names the file) · VERSION_FORMAT_UNKNOWN */
  load(id: string): Promise<LoadedVersion>;
  /** Which nodes a version has rows for, without the rows. @throws ShelfwalkError VERSION_UNKNOWN · VERSION_CORRUPT (names the file) */
  nodes(id: string): Promise<NodeTable>;
  /** Undefined for a version without one. @throws ShelfwalkError VERSION_UNKNOWN · VERSION_CORRUPT (names the file) */
  graph(id: string): Promise<TrainedGraph | undefined>;
  /** report.json of a version. */
  report(id: string): Promise<Record<string, unknown>>;
  /** @throws ShelfwalkError VERSION_UNKNOWN · VERSION_IN_USE — an alias points at it, or would roll back to it */
  remove(id: string): Promise<void>;
  /** Deletes all but the newest `keep`; those an alias points at, or would roll back to, are spared. Returns the ids deleted. */
  prune(keep: number): Promise<string[]>;
  /** @throws ShelfwalkError ALIAS_CORRUPT — names the file; promoting to that alias mends it */
  aliases(): Promise<Record<string, string>>;
  /** @throws ShelfwalkError ALIAS_UNKNOWN · ALIAS_CORRUPT */
  resolve(alias: string): Promise<string>;
  /**
   * Points `alias` at a version; the one it pointed at before is remembered for `rollback`. Repeating it changes nothing.
   * @param expected what it points at now, to the knowledge of the caller; undefined: no matter
   * @throws ShelfwalkError ALIAS_MOVED · VERSION_UNKNOWN
   */
  promote(alias: string, versionId: string, expected?: string): Promise<{ previous?: string }>;
  /** Points `alias` back at what it pointed at before. @throws ShelfwalkError ALIAS_UNKNOWN · VERSION_UNKNOWN — there is no previous one */
  rollback(alias: string): Promise<{ version: string; previous: string }>;
}
