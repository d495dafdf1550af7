/** What the fold-in is given and what it gives (fold-in.ts). Rows are those of one version. */
import type { NodeType } from '../base/ids.ts';
import type { Matrix } from '../base/matrix.ts';
import type { Snapshot } from '../graph/types.ts';

/** The part of a snapshot that the fold-in reads. */
export type FoldInGraph = Pick<Snapshot, 'offsets' | 'targets' | 'weights' | 'ranges'>;

/** One version, and the graph it was trained on, in the same rows. A row of zeros is a node without a vector. */
export interface FoldInVersion {
  readonly vectors: Matrix;
  readonly contexts: Matrix;
  readonly graph: FoldInGraph;
}

/** An edge of the new node; each node it touches is named once. */
export interface Touched {
  /** Row of the version. */
  readonly row: number;
  /** As in the snapshot: a purchase weighs 1 unless told otherwise. Of an attribute it does not matter. */
  readonly weight: number; // > 0
}

/** How many of the edges the vectors were made from. */
export interface FoldInBasis {
  /** Edges to nodes that are not attributes. */
  readonly interactions: number;
  readonly attributes: number;
}

export interface FoldedIn {
  readonly vector: Float32Array; // [dimension]
  readonly context: Float32Array; // [dimension]
  readonly basis: FoldInBasis;
}

export interface FoldIn {
  readonly dimension: number;
  /** False: the row has no vector, or no trained pair of these two types tells what to expect of one. */
  canUse(type: NodeType, row: number): boolean;
  /**
   * Costs edges · dimension · (dimension + edges), dimension³ at most: a millisecond for 50 edges at 128 (CPU, busy machine).
   * @returns undefined when nothing it touches has a vector, or the version has no trained node of this type
   */
  fold(type: NodeType, touched: readonly Touched[]): FoldedIn | undefined;
}
