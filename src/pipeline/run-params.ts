/** Configuration (outside names, defaults, GDS vocabulary) → what the layers below are told. */
import { availableParallelism } from 'node:os';
import { ShelfwalkError } from '../base/errors.ts';
import type { EdgeWeighting } from '../graph/types.ts';
import type { TrainParams } from '../train/params.ts';
import type { WalkParams } from '../walk/params.ts';
import type { GraphConfig, RunConfig } from './config.ts';

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

export function toWalkParams({ walk, train }: Pick<RunConfig, 'walk' | 'train'>): WalkParams {
  return {
    length: walk.walkLength,
    returnP: walk.returnFactor,
    inOutQ: walk.inOutFactor,
    policy: walk.typePolicy,
    seed: train.randomSeed,
  };
}

export function toTrainParams({ walk, train }: Pick<RunConfig, 'walk' | 'train'>): TrainParams {
  return {
    dimension: train.embeddingDimension,
    windowSize: train.windowSize,
    negatives: train.negativeSamplingRate,
    negativeExponent: train.negativeSamplingExponent,
    sampleFactor: train.positiveSamplingFactor,
    initialLearningRate: train.initialLearningRate,
    minLearningRate: train.minLearningRate,
    passes: walk.walksPerNode,
    seed: train.randomSeed,
    workers: train.concurrency ?? availableParallelism(),
  };
}
