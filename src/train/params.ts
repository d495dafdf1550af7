/** What a window is trained to do: predict its centre from each context, or from their mean. */
export type Objective = 'skip-gram' | 'cbow';

/** What training is told; defaults live in pipeline/config.ts, here are only units and preconditions. */
export interface TrainParams {
  /** Columns of both matrices; rows are padded, see toStride. */
  readonly dimension: number;
  readonly objective: Objective;
  /** Contexts up to this far on each side; each centre draws its reach from 1 … windowSize, as word2vec does. Sets have no such bound. */
  readonly windowSize: number;
  /** Negatives per window, shared by its pairs. */
  readonly negatives: number;
  /** Negatives of a type are drawn in proportion to visits to this power, −1 … 1; 0 is uniform. */
  readonly negativeExponent: number;
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

/** f32 of a row that the kernel works on: eight at a time. */
export const toCols = (dimension: number): number => Math.ceil(dimension / 8) * 8;

/**
 * f32 from row to row: whole cache lines, an odd number of them. With rows a power of two apart, every
 * eighth row would agree in its low twelve address bits and loads would wait for unrelated stores.
 */
export const toStride = (dimension: number): number => {
  const lines = Math.ceil(dimension / 16);
  return (lines % 2 === 0 ? lines + 1 : lines) * 16;
};
