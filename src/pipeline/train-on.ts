/** Catalog → snapshot (→ sentences) → embeddings, on everything or on the training part of a split. */
import { ShelfwalkError } from '../base/errors.ts';
import type { CatalogSource, Split } from '../graph/types.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import type { RunConfig } from './config.ts';
import { countInteractionEdges } from './graph-stats.ts';
import { type ReadGraph, readGraph } from './read-graph.ts';
import type { RunContext } from './run-checkpoints.ts';
import { isClosedForm, isOnSentences } from './run-params.ts';
import { type SentenceModel, trainItem2vec } from './train-item2vec.ts';
import { type Model, trainModel } from './train-model.ts';
import type { TrainingCatalog } from './training-catalog.ts';
import { openCheckpoints } from './training-identity.ts';

export interface TrainOnOptions {
  /** Everything of the run is laid out here; the matrices that come back lie in it. */
  readonly memory: KernelMemory;
  readonly context: RunContext;
  readonly split?: Split;
}

/** Rows of the matrices are those of the snapshot. */
export interface Trained extends ReadGraph {
  readonly training: Model;
  /** With item2vec. */
  readonly sentences?: SentenceModel;
}

/**
 * A graph is read first and then trained on, so the catalog's moment is over before the training begins;
 * item2vec asks for interactions once more after it.
 * @throws ShelfwalkError CONFIG_INVALID · GRAPH_EMPTY · SENTENCES_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED
 */
export async function trainOn(
  catalog: TrainingCatalog,
  run: RunConfig,
  options: TrainOnOptions,
): Promise<Trained> {
  if (isOnSentences(run)) {
    return catalog.atOneMoment(async (moment) => {
      const graph = await readTrainable(moment, run, options);
      return { ...graph, ...(await trainItem2vec(moment, graph.snapshot, run, options)) };
    });
  }
  const graph = await catalog.atOneMoment((moment) => readTrainable(moment, run, options));
  const { memory, context } = options;
  // A closed form takes seconds: there is nothing to save on the way.
  const checkpoint = isClosedForm(run)
    ? undefined
    : await openCheckpoints(run, { snapshot: graph.snapshot }, options);
  const training = await trainModel(graph.snapshot, memory, run, { context, checkpoint });
  return { ...graph, training };
}

/** @throws ShelfwalkError GRAPH_EMPTY · LIMIT_EXCEEDED · ABORTED */
async function readTrainable(
  moment: TrainingCatalog,
  run: RunConfig,
  { memory, context, split }: TrainOnOptions,
): Promise<ReadGraph> {
  const graph = await readGraph(moment, run.graph, { ...context, split, allocator: memory });
  const canDoWithout = !isOnSentences(run) && (await hasGivenEdges(moment, split));
  if (countInteractionEdges(graph.snapshot) === 0 && !canDoWithout) refuse(run);
  return graph;
}

async function hasGivenEdges(source: CatalogSource, split?: Split): Promise<boolean> {
  for await (const { count } of source.givenEdges(split)) if (count > 0) return true;
  return false;
}

/** Attributes alone would train, and a model of nothing would be promoted. */
function refuse({ graph: { typeWeights, otherTypes } }: RunConfig): never {
  throw new ShelfwalkError('GRAPH_EMPTY', {
    found: 'no edge between a customer and a product, and none that was given',
    typeWeights,
    otherTypes,
    hint: 'Every interaction weighs 0, or there is none in this part of the data',
  });
}
