// @ts-check
/** The graphs and algorithms that bench/sequence.bench.mjs compares, each a change to the defaults of pipeline/config.ts. */
import { combine } from './variants.mjs';

/** @typedef {import('./variants.mjs').RunConfigInput} RunConfigInput */

/** @type {Record<string, RunConfigInput>} */
const GRAPHS = {
  plain: {},
  sequence: { graph: { sequence: true } },
  'sequence alone': {
    graph: { sequence: true },
    walk: {
      typePolicy: { product: { product: 1 }, customer: { product: 0.9, customer: 0.9, attribute: 0.1 } },
    },
  },
  baskets: { graph: { baskets: true } },
  'baskets alone': {
    graph: { baskets: true },
    walk: {
      typePolicy: { product: { product: 1 }, customer: { product: 0.9, customer: 0.9, attribute: 0.1 } },
    },
  },
  'sequence and baskets': { graph: { sequence: true, baskets: true } },
};

/** @type {Record<string, RunConfigInput>} */
const MODELS = {
  'spectral 128': { train: { algorithm: 'spectral' } },
  'spectral 256': { train: { algorithm: 'spectral', embeddingDimension: 256 } },
  'node2vec 128': { walk: { walksPerNode: 10 } },
  'node2vec 128, spectral start': { walk: { walksPerNode: 5 }, train: { initialVectors: 'spectral' } },
};

/** By name: model, graph. @type {Record<string, RunConfigInput>} */
export const SEQUENCE_VARIANTS = Object.fromEntries(
  Object.entries(MODELS).flatMap(([model, settings]) =>
    Object.entries(GRAPHS).map(([graph, change]) => [`${model}, ${graph}`, combine(settings, change)]),
  ),
);
