/** Catalog → snapshot (→ sentences) → embeddings, on everything or on the training part of a split. */
import { ShelfwalkError } from '../base/errors.ts';
import type { TaskContext } from '../base/task.ts';
import { buildCorpus, type Corpus } from '../graph/corpus.ts';
import { buildSnapshot } from '../graph/snapshot.ts';
import type { CatalogSource, Snapshot, Split } from '../graph/types.ts';
import type { KernelMemory } from '../kernel/memory.ts';
import { type Training, trainEmbeddings, trainOnSentences } from '../train/trainer.ts';
import type { RunConfig } from './config.ts';
import { countInteractionEdges } from './graph-stats.ts';
import { isOnSentences, toTrainParams, toWalkParams, toWeighting } from './run-params.ts';

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
  /** With item2vec. */
  readonly corpus?: Corpus;
}

/** @throws ShelfwalkError GRAPH_EMPTY · SENTENCES_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED */
export async function trainOn(
  source: CatalogSource & { lastEventMs(): Promise<number | undefined> },
  run: RunConfig,
  options: TrainOnOptions,
): Promise<Trained> {
  const { memory, context, split } = options;
  const cutoffMs = split?.protocol === 'time' ? split.cutoffMs : undefined;
  const snapshot = await buildSnapshot(source, {
    ...context,
    weighting: toWeighting(run.graph, await source.lastEventMs(), cutoffMs),
    attributes: run.graph.attributes,
    split,
    allocator: memory,
  });
  refuseWithoutBehaviour(snapshot, run);
  const train = toTrainParams(run);
  if (isOnSentences(run)) {
    const corpus = await readCorpus(source, snapshot, run, options);
    const training = await trainOnSentences(snapshot, corpus, memory, { ...context, train });
    return { snapshot, training, corpus };
  }
  const walk = toWalkParams(run);
  const { startTypes } = run.walk;
  return {
    snapshot,
    training: await trainEmbeddings(snapshot, memory, { ...context, walk, train, startTypes }),
  };
}

async function readCorpus(
  source: CatalogSource,
  snapshot: Snapshot,
  { graph, sentences }: RunConfig,
  { memory, context, split }: TrainOnOptions,
): Promise<Corpus> {
  context.onProgress?.({ stage: 'read sentences', done: 0, unit: 'interactions' });
  const columns = await source.interactions(split ? 'train' : 'all', split, graph);
  const { of, order, minCount } = sentences;
  const corpus = await buildCorpus(columns, snapshot, { ...context, of, order, minCount, allocator: memory });
  context.onProgress?.({ stage: 'read sentences', done: columns.count, unit: 'interactions' });
  return corpus;
}

/** Attributes alone would train, and a model of nothing would be promoted. */
function refuseWithoutBehaviour(g: Snapshot, run: RunConfig): void {
  if (countInteractionEdges(g) > 0) return;
  const { typeWeights, otherTypes } = run.graph;
  throw new ShelfwalkError('GRAPH_EMPTY', {
    found: 'no edge between a customer and a product',
    typeWeights,
    otherTypes,
    hint: 'Every interaction weighs 0, or there is none in this part of the data',
  });
}
