/**
 * item2vec on a snapshot: read sentences → train products → give customers and attributes the means of
 * the products they stand for, so that the model answers for every type, and is evaluated as it is served.
 */
import { buildCorpus, type Corpus } from '../graph/corpus.ts';
import type { CatalogSource, EdgeColumns, Part, Snapshot } from '../graph/types.ts';
import { type Training, trainOnSentences } from '../train/trainer.ts';
import type { RunConfig } from './config.ts';
import { rollUpRows } from './rollup-rows.ts';
import { rollUpSettingsSchema } from './rollup-settings.ts';
import { toTrainParams } from './run-params.ts';
import type { TrainOnOptions } from './train-on.ts';
import { openCheckpoints } from './training-identity.ts';

/** What a version says beyond its matrices. */
export interface SentenceModel {
  readonly corpus: Corpus;
  /** u32 [n] tokens of a product, products of a customer, carriers of an attribute; 0: there are none. */
  readonly degrees: Uint32Array;
}

/** @throws ShelfwalkError SENTENCES_EMPTY · LIMIT_EXCEEDED · ABORTED · TRAINING_FAILED */
export async function trainItem2vec(
  source: CatalogSource,
  snapshot: Snapshot,
  run: RunConfig,
  options: TrainOnOptions,
): Promise<{ training: Training; sentences: SentenceModel }> {
  const { memory, context, split } = options;
  const seen = toSeenBy(source, run);
  const part: Part = split ? 'train' : 'all';
  context.onProgress?.({ stage: 'read sentences', done: 0, unit: 'interactions' });
  const columns = await seen.interactions(part, split);
  const { of, order, minCount } = run.sentences;
  const corpus = await buildCorpus(columns, snapshot, { ...context, of, order, minCount, allocator: memory });
  context.onProgress?.({ stage: 'read sentences', done: columns.count, unit: 'interactions' });
  const training = await trainOnSentences(snapshot, corpus, memory, {
    ...context,
    train: toTrainParams(run),
    checkpoint: await openCheckpoints(run, { snapshot, corpus }, options),
  });
  const degrees = new Uint32Array(snapshot.nodeCount);
  degrees.set(corpus.counts, snapshot.ranges[1]!.start);
  const { vectors, contexts } = training;
  const settings = rollUpSettingsSchema.parse({});
  const tables = { vectors, contexts, ranges: snapshot.ranges, degrees };
  await rollUpRows(tables, seen, { ...context, settings, part, split });
  return { training, sentences: { corpus, degrees } };
}

/** The catalog without what the run leaves out: types that weigh 0, and attributes where the snapshot has none. */
function toSeenBy(
  source: CatalogSource,
  { graph }: RunConfig,
): Pick<CatalogSource, 'interactions' | 'attributeEdges' | 'nodeIds'> {
  return {
    interactions: (part, split) => source.interactions(part, split, graph),
    attributeEdges: (owner) => (graph.attributes ? source.attributeEdges(owner) : noEdges()),
    nodeIds: (type) => source.nodeIds(type),
  };
}

async function* noEdges(): AsyncGenerator<EdgeColumns> {}
