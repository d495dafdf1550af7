/**
 * Training in memory: a graph in, vectors out, no data directory and no catalog. The same walk, kernel
 * and settings as `train`; what only a catalog can tell (weights by interaction type, evaluation on a
 * time split) is not here.
 */
import type { AbstractGraph } from 'graphology-types';
import { ShelfwalkError } from '../base/errors.ts';
import { toNodeKey } from '../base/ids.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import { type GraphologyImport, type ImportedGraph, importGraphology } from '../graph/graphology-import.ts';
import { copySnapshot } from '../graph/snapshot-copy.ts';
import type { Snapshot } from '../graph/types.ts';
import { createKernelMemory, type KernelMemory } from '../kernel/memory.ts';
import { type GraphRun, type GraphRunInput, graphRunSchema } from './config.ts';
import { createGraphModel, type GraphModel } from './graph-model.ts';
import { readSettings } from './read-settings.ts';
import { policyOf } from './run-params.ts';
import { trainModel } from './train-model.ts';
import { type TrainFacts, toFacts } from './train-version.ts';
import { countUnwalkedArcs, toUnwalkedTexts } from './unwalked-arcs.ts';

export interface TrainGraphOptions extends TaskContext {
  /** How a graphology graph is read: types of nodes, weights, self-loops. */
  readonly graphology?: Omit<GraphologyImport, 'allocator'>;
}

export interface TrainedGraph extends GraphModel {
  readonly training: TrainFacts;
  readonly configuration: GraphRun;
  /** What the settings make of this graph and may not be meant. */
  readonly warnings: readonly string[];
}

/**
 * @param graph a graphology graph (its own keys name the nodes of the model), or a snapshot (`type:id` does);
 *   neither is changed
 * @param settings e.g. `{ train: { embeddingDimension: 64 }, walk: { walkLength: 20 } }`
 * @throws ShelfwalkError CONFIG_INVALID — names the setting · GRAPH_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED
 * @throws ShelfwalkError whatever fromGraphology throws
 */
export async function trainOnGraph(
  graph: AbstractGraph | Snapshot,
  settings: GraphRunInput = {},
  { graphology, ...context }: TrainGraphOptions = {},
): Promise<TrainedGraph> {
  const configuration = readSettings(graphRunSchema, settings);
  throwIfAborted(context.signal);
  const startedAt = performance.now();
  const memory = createKernelMemory(configuration.train.maxMemoryMiB * 2 ** 20);
  const { snapshot, keys } = layOutGraph(graph, memory, graphology);
  const readMillis = Math.round(performance.now() - startedAt);
  const training = await trainModel(snapshot, memory, configuration, { context });
  const { ids, ranges } = snapshot;
  const { vectors, contexts } = training;
  const policy = policyOf(configuration);
  return {
    ...createGraphModel({ ids, ranges, keys, vectors, contexts }),
    training: { ...toFacts(snapshot, training), readMillis, kernelBytes: memory.usedBytes() },
    configuration,
    warnings: toUnwalkedTexts(countUnwalkedArcs(snapshot, policy), policy),
  };
}

function layOutGraph(
  graph: AbstractGraph | Snapshot,
  memory: KernelMemory,
  options: GraphologyImport = {},
): ImportedGraph {
  if (isSnapshot(graph)) {
    const { ranges, ids } = graph;
    const keys = ranges.flatMap(({ type, start, end }) =>
      ids.slice(start, end).map((id) => toNodeKey(type, id)),
    );
    return { snapshot: copySnapshot(graph, memory), keys };
  }
  if (typeof graph?.forEachEdge === 'function' && typeof graph.forEachNode === 'function') {
    return importGraphology(graph, { ...options, allocator: memory });
  }
  const expected = 'a graphology graph or a snapshot';
  throw new ShelfwalkError('REQUEST_INVALID', { field: 'graph', found: typeof graph, expected });
}

const isSnapshot = (graph: AbstractGraph | Snapshot): graph is Snapshot =>
  typeof graph === 'object' && graph !== null && 'offsets' in graph && graph.offsets instanceof Uint32Array;
