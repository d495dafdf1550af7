/** What a training would need, from counts alone: asked before anything is allocated, and by `train` itself. */
import { ShelfwalkError } from '../base/errors.ts';
import type { CatalogCounts } from '../catalog/types.ts';
import { LIMIT_HINT } from '../kernel/memory.ts';
import { trainBytes } from '../train/layout.ts';
import { toStride } from '../train/params.ts';
import { walkBytes } from '../walk/params.ts';
import type { RunConfig } from './config.ts';
import { toTrainParams } from './run-params.ts';

/** The counts that a graph's size follows from. */
export type GraphCounts = Pick<
  CatalogCounts,
  | 'customers'
  | 'products'
  | 'attributes'
  | 'interactions'
  | 'pairs'
  | 'attributeEdges'
  | 'edges'
  | 'edgePairs'
>;

export interface Estimate {
  readonly nodeCount: number;
  readonly relationshipCount: number; // edges, at most
  readonly walks: number;
  readonly tokens: number;
  /** Kernel memory: graph, walk tables, both matrices, scratch. */
  readonly bytesMin: number;
  /** The whole process at its peak: bytesMin, the arrays the graph is built from, and what Node itself takes. */
  readonly bytesMax: number;
  readonly requiredMemory: string;
  readonly limitBytes: number;
  /** Rough: at two million pairs a second and thread for dimension 128. */
  readonly computeMillis: number;
  readonly configuration: RunConfig;
}

const PAIRS_PER_SECOND = 2e6;
const PROCESS_BYTES = 150 * 2 ** 20; // Node, DuckDB and the code, idle
const ID_BYTES = 64; // of one id as a JavaScript string, in both places it is held

export function toEstimate(counts: GraphCounts, run: RunConfig): Estimate {
  const params = toTrainParams(run);
  const attributes = run.graph.attributes ? counts.attributes : 0;
  const nodeCount = counts.customers + counts.products + attributes;
  // A directed edge takes half of what is counted for it here, and one with an attribute may be left out.
  const edges = counts.pairs + counts.edgePairs + (run.graph.attributes ? counts.attributeEdges : 0);
  const typed = Object.keys(run.walk.typePolicy).length > 0;
  const graph = (nodeCount + 1) * 4 + edges * 2 * 8 + nodeCount * 8;
  const highestDegree = Math.max(counts.customers, counts.products);
  const bytesMin =
    graph +
    walkBytes(nodeCount, edges * 2, typed, true) +
    trainBytes(nodeCount, params, run.walk.walkLength, highestDegree);
  const building = edges * (24 + 32) + nodeCount * 16; // edge columns that double, arcs scattered twice
  const starting = { customer: counts.customers, product: counts.products, attribute: attributes };
  const walks = run.walk.startTypes.reduce((sum, type) => sum + starting[type], 0) * run.walk.walksPerNode;
  const tokens = walks * run.walk.walkLength;
  const bytesMax =
    bytesMin +
    Math.max(building, nodeCount * toStride(params.dimension) * 4) +
    nodeCount * ID_BYTES +
    PROCESS_BYTES;
  return {
    nodeCount,
    relationshipCount: edges,
    walks,
    tokens,
    bytesMin,
    bytesMax,
    requiredMemory: `${toMiB(bytesMin)} MiB … ${toMiB(bytesMax)} MiB`,
    limitBytes: run.train.maxMemoryMiB * 2 ** 20,
    computeMillis: Math.round(
      ((tokens * (params.windowSize + 1)) / (PAIRS_PER_SECOND * params.workers)) *
        (params.dimension / 128) *
        1000,
    ),
    configuration: run,
  };
}

const toMiB = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

/** @throws ShelfwalkError LIMIT_EXCEEDED — with the numbers, before anything is allocated */
export function refuseOverLimit({ bytesMin, limitBytes }: Estimate): void {
  if (bytesMin <= limitBytes) return;
  throw new ShelfwalkError('LIMIT_EXCEEDED', {
    needed: `${toMiB(bytesMin)} MiB`,
    limit: `${toMiB(limitBytes)} MiB`,
    field: 'train.maxMemoryMiB',
    hint: LIMIT_HINT,
  });
}
