/**
 * item2vec on a snapshot: read sentences → train products → give customers and attributes the means of
 * the products they stand for, so that the model answers for every type, and is evaluated as it is served.
 */
import { buildCorpus, type Corpus } from '../graph/corpus.ts';
import type { CatalogSource, EdgeColumns, Part, Snapshot } from '../graph/types.ts';
import { type Training, trainOnSentences } from '../train/trainer.ts';
import type { MissingReasons } from '../vectors/missing-reasons.ts';
import type { RunConfig } from './config.ts';
import { rollUpRows } from './rollup-rows.ts';
import { rollUpSettingsSchema } from './rollup-settings.ts';
import { toTrainParams } from './run-params.ts';
import type { TrainOnOptions } from './train-on.ts';

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

/** What a node without a vector is told. */
export function toMissingReasons({ sentences: { minCount } }: RunConfig): MissingReasons {
  const few = minCount === 1 ? 'is in none' : `is there fewer than ${minCount} times`;
  return {
    product: {
      isolated: `this version was trained on sentences (item2vec): it ${few}, or never stands beside another product`,
    },
    customer: {
      isolated: 'no interactions when this version was trained',
      empty: 'none of its products has a vector in this version (item2vec)',
    },
    attribute: {
      isolated: 'nothing carried it when this version was trained',
      empty: 'nothing that carries it has a vector in this version (item2vec)',
    },
  };
}
