/**
 * Settings that would do nothing with the chosen algorithm. They are refused rather than ignored: who
 * sets a walk length expects walks. A value equal to the default says nothing and passes.
 */
import { isDeepStrictEqual } from 'node:util';
import type { RunConfig } from './config.ts';

export type Defaults = Pick<RunConfig, 'graph' | 'walk' | 'sentences' | 'train' | 'spectral'>;

interface IdleSetting {
  readonly path: [section: keyof Defaults, name: string];
  readonly message: string;
}

/** Settings of a section, or those that are named, that are not at their defaults. */
type Changed = (section: keyof Defaults, why: string, names?: string[]) => IdleSetting[];

/** @param defaults of the settings that may be idle */
export function findIdleSettings(run: RunConfig, defaults: Defaults): IdleSetting[] {
  const changed: Changed = (section, why, names = Object.keys(run[section])) =>
    names
      .filter((name) => !isDeepStrictEqual(settingOf(run, section, name), settingOf(defaults, section, name)))
      .map((name) => ({ path: [section, name], message: `must be left out: ${why}` }));
  return [...findIdleObjectives(run, changed), ...findIdleOfAlgorithm(run, changed)];
}

function findIdleOfAlgorithm(run: RunConfig, changed: Changed): IdleSetting[] {
  const { algorithm } = run.train;
  const unused = findUnusedArcs(run, changed);
  if (algorithm === 'item2vec') {
    const weights = 'sentences of item2vec have no weights';
    const window = 'in a set everything is context of everything; sentences.order sequence has a window';
    const first = 'item2vec starts from random vectors';
    const noGraph = 'item2vec reads sentences, there is no graph';
    return [
      ...unused,
      ...changed('graph', noGraph, ['sequence', 'baskets']),
      ...changed('train', first, ['initialVectors']),
      ...changed('spectral', first),
      ...changed('walk', 'item2vec trains on sentences, there are no walks'),
      ...changed('graph', weights, ['damping', 'halfLifeDays', 'asOf']),
      ...findTypeWeights(run),
      ...(run.sentences.order === 'set' ? changed('train', window, ['windowSize']) : []),
    ];
  }
  const sentences = changed('sentences', `only item2vec reads sentences, not ${algorithm}`);
  if (algorithm === 'spectral') {
    const walks = 'spectral is computed, there are no walks; of the walk it takes the typePolicy';
    const training = 'spectral is computed, not trained';
    return [
      ...unused,
      ...sentences,
      ...changed('walk', walks, namesBut(run.walk, ['typePolicy'])),
      ...changed('train', training, namesBut(run.train, OF_EVERY_MODEL)),
    ];
  }
  const random = 'only spectral vectors have these: algorithm spectral, or initialVectors spectral';
  const idle = [
    ...unused,
    ...sentences,
    ...(run.train.initialVectors === 'random' ? changed('spectral', random) : []),
  ];
  if (algorithm === 'bpr') return [...idle, ...findIdleOfPairs(run, changed)];
  if (algorithm === 'node2vec') return [...idle, ...findIdleExtension(run, changed)];
  const plain = 'deepwalk walks with p = q = 1 and no type policy; node2vec has them';
  const biased = changed('walk', plain, ['returnFactor', 'inOutFactor', 'extend', 'gamma', 'typePolicy']);
  // {} is what deepwalk does.
  return [...idle, ...biased.filter(({ path }) => !isEmpty(settingOf(run, path[0], path[1])))];
}

/** Settings of arcs between products that the graph does not have. */
function findUnusedArcs(
  { graph }: RunConfig,
  changed: (section: 'graph', why: string, names: string[]) => IdleSetting[],
): IdleSetting[] {
  const ofSequence = ['sequenceDecay', 'sequenceBack', 'sequenceReach'];
  return [
    ...(graph.sequence ? [] : changed('graph', 'only graph.sequence has it', ofSequence)),
    ...(graph.baskets ? [] : changed('graph', 'only graph.baskets has it', ['basketExponent'])),
    ...(graph.sequence || graph.baskets
      ? []
      : changed('graph', 'only graph.sequence and graph.baskets have it', ['maxBasketProducts'])),
  ];
}

const OF_EVERY_MODEL = ['algorithm', 'embeddingDimension', 'randomSeed', 'concurrency', 'maxMemoryMiB'];

const namesBut = (settings: object, used: readonly string[]): string[] =>
  Object.keys(settings).filter((name) => !used.includes(name));
/** Settings of one objective only. */
function findIdleObjectives({ train }: RunConfig, changed: Changed): IdleSetting[] {
  const { algorithm, objective } = train;
  const ranksPairs = algorithm === 'bpr' || objective === 'bpr';
  const isSoftmax = objective === 'softmax' && algorithm !== 'bpr';
  return [
    ...(ranksPairs ? [] : changed('train', 'only bpr is regularized', ['regularization'])),
    ...(isSoftmax ? [] : changed('train', 'only softmax is corrected', ['logQCorrection'])),
  ];
}

/** Of walks there are their numbers, of windows nothing. */
function findIdleOfPairs({ walk, train }: RunConfig, changed: Changed): IdleSetting[] {
  const ofWalks = Object.keys(walk).filter((name) => name !== 'walksPerNode');
  const ofWindows = ['windowSize', 'negativesSharedBy', 'positiveSamplingFactor'];
  return [
    ...changed('walk', 'bpr takes pairs of customer and product, there are no longer walks', ofWalks),
    ...changed('train', 'bpr takes pairs of customer and product, there are no windows', ofWindows),
    ...changed('train', 'bpr starts from noise', ['initialVectors']),
    ...(train.objective === 'bpr' ? [] : changed('train', 'algorithm bpr has its own', ['objective'])),
  ];
}

/** node2vec+ is a way to read q and weights: alone, it has nothing to read. */
function findIdleExtension({ walk }: RunConfig, changed: Changed): IdleSetting[] {
  if (!walk.extend) return changed('walk', 'only node2vec+ has a threshold; set extend as well', ['gamma']);
  const { returnFactor: p, inOutFactor: q } = walk;
  return p === 1 && q === 1 ? changed('walk', 'with p = q = 1 node2vec+ is node2vec', ['extend']) : [];
}

/** A type is in the sentences or it is not. */
function findTypeWeights({ graph }: RunConfig): IdleSetting[] {
  const isWhole = (weight: number): boolean => weight === 0 || weight === 1;
  const message = 'must be 0 or 1: sentences of item2vec have no weights, a type is in them or it is not';
  const names = [
    ...(Object.values(graph.typeWeights).every(isWhole) ? [] : ['typeWeights']),
    ...(isWhole(graph.otherTypes) ? [] : ['otherTypes']),
  ];
  return names.map((name) => ({ path: ['graph', name], message }));
}

const settingOf = (run: Defaults, section: keyof Defaults, name: string): unknown =>
  (run[section] as Readonly<Record<string, unknown>>)[name];

const isEmpty = (value: unknown): boolean => isDeepStrictEqual(value, {});
