/**
 * What a window is trained to do: tell its centre from negatives, by each context or by their mean; give the
 * centre its probability among all nodes (softmax); or rank it above the negatives (bpr).
 */
export type Objective = 'skip-gram' | 'cbow' | 'softmax' | 'bpr';

/** What training is told; defaults live in pipeline/config.ts, here are only units and preconditions. */
export interface TrainParams {
  /** Columns of both matrices; rows are padded, see toStride. */
  readonly dimension: number;
  readonly objective: Objective;
  /** Contexts up to this far on each side; each centre draws its reach from 1 … windowSize, as word2vec does. Sets have no such bound. */
  readonly windowSize: number;
  /** Negatives per window, or per part of it, shared by its pairs; 1 … MAX_NEGATIVES. */
  readonly negatives: number;
  /** All but CBOW: contexts of a centre that share negatives, at most, 1 … 128; without it all of a walk's window, twelve of a set. */
  readonly negativesSharedBy?: number | undefined;
  /** Negatives of a type are drawn in proportion to visits to this power, −1 … 1; 0 is uniform. */
  readonly negativeExponent: number;
  /** Softmax: this share of ln Q is taken off a score for how likely its node is to be drawn, 0 … 1. */
  readonly logQCorrection?: number | undefined;
  /** BPR: λ of the squared lengths of the rows of a pair, ≥ 0. */
  readonly regularization?: number | undefined;
  /** Walks are of two nodes, and one pair each: the second is predicted from the first, with negatives that are no neighbours of it. */
  readonly asPairs?: boolean | undefined;
  /** word2vec's `sample`, by pair: 0 keeps all, else a pair survives with √(s/f) + s/f of each end. */
  readonly sampleFactor: number;
  readonly initialLearningRate: number;
  readonly minLearningRate: number;
  /** Passes over the start nodes, which are walks per node, or over the sentences. */
  readonly passes: number;
  readonly seed: number;
  /** Worker threads. 1 is bit-reproducible for one kernel flavour and Node version. */
  readonly workers: number;
}

/** Room in the kernel; the same number stands in assembly/training.ts. */
export const MAX_NEGATIVES = 256;

/** Objectives that look at all outputs of a context together; they need tables and room of their own. */
export const isRanking = (objective: Objective): boolean => objective === 'softmax' || objective === 'bpr';

/** f32 of a row that the kernel works on: eight at a time. */
export const toCols = (dimension: number): number => Math.ceil(dimension / 8) * 8;
