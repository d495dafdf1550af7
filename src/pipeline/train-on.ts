/** Catalog → snapshot (→ sentences) → embeddings, on everything or on the training part of a split. */
import { ShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import { buildSnapshot } from '../graph/snapshot.ts';
import type { CatalogSource, EdgeWeighting, Snapshot, Split } from '../graph/types.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { type Training, trainEmbeddings } from '../train/trainer.ts';
import type { RunConfig } from './config.ts';
import { countInteractionEdges } from './graph-stats.ts';
import { isOnSentences, toTrainParams, toWalkParams, toWeighting } from './run-params.ts';
import { type SentenceModel, trainItem2vec } from './train-item2vec.ts';
import type { TrainingCatalog } from './training-catalog.ts';

export interface TrainOnOptions {
  /** Everything of the run is laid out here; the matrices that come back lie in it. */
  readonly memory: KernelMemory;
  readonly context: TaskContext;
  readonly split?: Split;
}

export interface Trained {
  /** Of all nodes, whatever was trained on: its rows are those of the matrices. */
  readonly snapshot: Snapshot;
  readonly training: Training;
  readonly weighting: EdgeWeighting;
  /** Catalog → snapshot. */
  readonly readMillis: number;
  /** With item2vec. */
  readonly sentences?: SentenceModel;
}

/** @throws ShelfwalkError GRAPH_EMPTY · SENTENCES_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED */
export async function trainOn(
  source: TrainingCatalog,
  run: RunConfig,
  options: TrainOnOptions,
): Promise<Trained> {
  const { memory, context, split } = options;
  const startedAt = performance.now();
  const cutoffMs = split?.protocol === 'time' ? split.cutoffMs : undefined;
  const weighting = toWeighting(run.graph, await source.lastEventMs(), cutoffMs);
  const snapshot = await buildSnapshot(source, {
    ...context,
    weighting,
    attributes: run.graph.attributes,
    split,
    allocator: memory,
  });
  const canDoWithout = !isOnSentences(run) && (await hasGivenEdges(source, split));
  if (countInteractionEdges(snapshot) === 0 && !canDoWithout) refuse(run);
  const readMillis = Math.round(performance.now() - startedAt);
  if (isOnSentences(run)) {
    return { snapshot, weighting, readMillis, ...(await trainItem2vec(source, snapshot, run, options)) };
  }
  const training = await trainEmbeddings(snapshot, memory, {
    ...context,
    walk: toWalkParams(run),
    train: toTrainParams(run),
    startTypes: run.walk.startTypes,
  });
  return { snapshot, training, weighting, readMillis };
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
