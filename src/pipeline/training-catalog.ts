/** What training needs of a catalog: the embedded one has more, a graph in Neo4j has this. */
import type { PutAgain } from '../catalog/write-types.ts';
import type { CatalogSource } from '../graph/types.ts';
import type { GraphMark } from '../vectors/types.ts';
import type { GraphCounts } from './estimate.ts';

export interface TrainingCatalog extends CatalogSource {
  counts(): Promise<GraphCounts>;
  /** Newest event, ms since 1970; undefined where none carries a time. */
  lastEventMs(): Promise<number | undefined>;
  /** Ids that were deleted and put again; in a graph in Neo4j there is no telling. */
  putAgain?(): Promise<readonly PutAgain[]>;
  /** How many commits there were; a graph in Neo4j does not count them. */
  watermark?(): Promise<number>;
  /** Of a graph in Neo4j: what tells whether anything has changed since. Asked for before anything is read. */
  mark?(): Promise<GraphMark | undefined>;
  /**
   * What is read for one purpose is read at one moment, for positions of edges belong to the ids that were
   * read with them. Work that is given a moment, and asks for one, stays in it.
   */
  atOneMoment<T>(work: (moment: TrainingCatalog) => Promise<T>): Promise<T>;
}
