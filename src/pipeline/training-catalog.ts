/** What training needs of a catalog: the embedded one has more, a graph in Neo4j has this. */
import type { CatalogSource } from '../graph/types.ts';
import type { GraphCounts } from './estimate.ts';

export interface TrainingCatalog extends CatalogSource {
  counts(): Promise<GraphCounts>;
  /** Newest event, ms since 1970; undefined where none carries a time. */
  lastEventMs(): Promise<number | undefined>;
}
