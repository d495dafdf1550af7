/** Configuration (outside names, defaults, GDS vocabulary) → what the layers below are told. */
import { availableParallelism } from 'node:os';
import { ShelfwalkError } from '../base/errors.ts';
import type { EdgeWeighting, ProductArcOptions } from '../graph/types.ts';
import type { SpectralParams } from '../spectral/spectral-embeddings.ts';
import type { TrainParams } from '../train/params.ts';
import type { WalkParams } from '../walk/params.ts';
import type { GraphConfig, GraphRun, RunConfig } from './config.ts';

/**
 * @param newestMs ages are measured from here unless the configuration says `asOf`: the catalog's newest event
 * @param cutoffMs of a split: a later instant would know of the future, so `asOf` is held to it
 * @throws ShelfwalkError CONFIG_INVALID — a half-life, and no interaction carries a time
 */
export function toWeighting(
  graph: GraphConfig,
  newestMs: number | undefined,
  cutoffMs = Infinity,
): EdgeWeighting {
  const { typeWeights, otherTypes, damping, halfLifeDays, asOf } = graph;
  if (halfLifeDays !== undefined && newestMs === undefined) {
    throw new ShelfwalkError('CONFIG_INVALID', {
      field: 'graph.halfLifeDays',
      found: halfLifeDays,
      expected: 'interactions with timestamps',
      hint: 'Leave the half-life out, or import with --timestamp',
    });
  }
  const asked = Math.min(asOf === undefined ? newestMs! : Date.parse(asOf), cutoffMs);
  return {
    typeWeights,
    otherTypes,
    damping,
    halfLifeDays,
    asOfMs: halfLifeDays === undefined ? undefined : asked,
  };
}

/** Undefined where the graph has no arcs between products but those that were given. */
export function toProductArcOptions(graph: GraphConfig): ProductArcOptions | undefined {
  const { sequence, baskets, typeWeights, otherTypes } = graph;
  if (!sequence && !baskets) return undefined;
  const { sequenceDecay: decay, sequenceBack: back, sequenceReach: reach } = graph;
  return {
    types: { typeWeights, otherTypes },
    maxProducts: graph.maxBasketProducts,
    ...(sequence && { sequence: { decay, back, reach } }),
    ...(baskets && { baskets: { exponent: graph.basketExponent } }),
  };
}

export const isOnSentences = ({ train }: Pick<RunConfig, 'train'>): boolean => train.algorithm === 'item2vec';

/** Computed, not trained: there are no walks and no passes. */
export const isClosedForm = ({ train }: Pick<RunConfig, 'train'>): boolean => train.algorithm === 'spectral';

/** Of the model itself or of its first vectors. */
export const usesSpectrum = ({ train }: Pick<RunConfig, 'train'>): boolean =>
  train.algorithm === 'spectral' || train.initialVectors === 'spectral';
/** BPR: each walk is one pair of customer and product. */
export const isOnPairs = ({ train }: Pick<RunConfig, 'train'>): boolean => train.algorithm === 'bpr';

/** DeepWalk is node2vec with p = q = 1 and no type policy; the schema has seen to p and q. */
export const policyOf = ({ walk, train }: GraphRun): WalkParams['policy'] =>
  train.algorithm === 'deepwalk' ? {} : walk.typePolicy;

export function toWalkParams(run: GraphRun): WalkParams {
  const { walk, train } = run;
  return {
    length: walk.walkLength,
    returnP: walk.returnFactor,
    inOutQ: walk.inOutFactor,
    policy: policyOf(run),
    ...(walk.extend && { extend: { gamma: walk.gamma } }),
    seed: train.randomSeed,
  };
}

export function toTrainParams(run: GraphRun & Partial<Pick<RunConfig, 'sentences'>>): TrainParams {
  const { walk, train, sentences } = run;
  return {
    objective: isOnPairs(run) ? 'bpr' : train.objective,
    dimension: train.embeddingDimension,
    windowSize: train.windowSize,
    negatives: train.negativeSamplingRate,
    negativesSharedBy: train.negativesSharedBy,
    ...(train.objective === 'softmax' && { logQCorrection: train.logQCorrection }),
    ...(train.regularization !== undefined && { regularization: train.regularization }),
    negativeExponent: train.negativeSamplingExponent,
    sampleFactor: train.positiveSamplingFactor,
    initialLearningRate: train.initialLearningRate,
    minLearningRate: train.minLearningRate,
    passes: sentences && isOnSentences(run) ? sentences.iterations : walk.walksPerNode,
    seed: train.randomSeed,
    workers: train.concurrency ?? availableParallelism(),
  };
}

export function toSpectralParams(run: GraphRun): SpectralParams {
  const { train, spectral } = run;
  return {
    dimension: train.embeddingDimension,
    filterExponent: spectral.filterExponent,
    degreeExponent: spectral.degreeExponent,
    rounds: spectral.iterations,
    policy: policyOf(run),
    seed: train.randomSeed,
  };
}
