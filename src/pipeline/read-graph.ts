/** Catalog → snapshot and what goes with it, all of one moment: the graph as a training or a refresh takes it. */
import type { TaskContext } from '../base/task.ts';
import { buildSnapshot } from '../graph/snapshot.ts';
import type { Allocator, CatalogSource, EdgeWeighting, NodeRange, Snapshot, Split } from '../graph/types.ts';
import type { GraphMark } from '../vectors/types.ts';
import { toCutoffMs } from './choose-split.ts';
import type { GraphConfig } from './config.ts';
import { toProductArcOptions, toWeighting } from './run-params.ts';
import type { TrainingCatalog } from './training-catalog.ts';

export interface ReadGraph {
  /** Of all nodes, whatever is trained on. */
  readonly snapshot: Snapshot;
  readonly names: readonly string[]; // [n] '' where there is none
  readonly weighting: EdgeWeighting;
  /** Newest event, ms since 1970; undefined where none carries a time. */
  readonly newestMs: number | undefined;
  /** Of the catalog; undefined where commits are not counted. */
  readonly watermark: number | undefined;
  /** Of a graph in Neo4j, if it has one. */
  readonly graphMark: GraphMark | undefined;
  /** Catalog → snapshot. */
  readonly readMillis: number;
}

export interface ReadGraphOptions extends TaskContext {
  readonly split?: Split;
  readonly allocator?: Allocator;
}

/**
 * @param moment of a catalog: positions of edges belong to the ids that are read here before them
 * @throws ShelfwalkError CONFIG_INVALID — a half-life, and no interaction carries a time · LIMIT_EXCEEDED · ABORTED
 */
export async function readGraph(
  moment: TrainingCatalog,
  graph: GraphConfig,
  { split, ...options }: ReadGraphOptions,
): Promise<ReadGraph> {
  const startedAt = performance.now();
  const newestMs = await moment.lastEventMs();
  const watermark = await moment.watermark?.();
  const graphMark = await moment.mark?.();
  const weighting = toWeighting(graph, newestMs, toCutoffMs(split));
  const { attributes } = graph;
  const productArcs = toProductArcOptions(graph);
  const snapshot = await buildSnapshot(moment, { ...options, weighting, attributes, productArcs, split });
  const names = await readNodeNames(moment, snapshot.ranges);
  const readMillis = Math.round(performance.now() - startedAt);
  return { snapshot, names, weighting, newestMs, watermark, graphMark, readMillis };
}

/** By row; '' where there is none. */
export async function readNodeNames(
  moment: Pick<CatalogSource, 'nodeNames'>,
  ranges: readonly NodeRange[],
): Promise<string[]> {
  const names: string[] = [];
  for (const { type, start, end } of ranges) {
    if (end > start) for (const name of await moment.nodeNames(type)) names.push(name);
  }
  return names;
}
