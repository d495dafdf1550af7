// @ts-check
/**
 * The settings that are compared, each a change to the defaults of pipeline/config.ts and its reason.
 * One at a time: which knob moves what; combinations are named on the command line (`--vary`).
 */

/** @typedef {import('../dist/pipeline/config.js').RunConfigInput} RunConfigInput */

/** @type {Record<string, RunConfigInput>} */
export const VARIANTS = {
  defaults: {},

  'exponent -0.5': { train: { negativeSamplingExponent: -0.5 } },
  'exponent 0': { train: { negativeSamplingExponent: 0 } },
  'exponent 0.25': { train: { negativeSamplingExponent: 0.25 } },
  'exponent 0.5': { train: { negativeSamplingExponent: 0.5 } },
  'exponent 0.75': { train: { negativeSamplingExponent: 0.75 } },
  'exponent 1': { train: { negativeSamplingExponent: 1 } },

  'window 2': { train: { windowSize: 2 } },
  'window 3': { train: { windowSize: 3 } },
  'window 5': { train: { windowSize: 5 } },
  'window 8': { train: { windowSize: 8 } },

  // The first two make as many tokens as 20 × 40: what does the shape of the walk do at equal cost?
  '40 walks of 20': { walk: { walkLength: 20, walksPerNode: 40 } },
  '10 walks of 80': { walk: { walkLength: 80, walksPerNode: 10 } },
  '10 walks of 40': { walk: { walkLength: 40, walksPerNode: 10 } },
  '40 walks of 40': { walk: { walkLength: 40, walksPerNode: 40 } },

  'rho 0.25': { walk: { returnFactor: 0.25, inOutFactor: 1 } },
  'rho 4': { walk: { returnFactor: 4, inOutFactor: 1 } },
  'rho 16': { walk: { returnFactor: 16, inOutFactor: 1 } },

  'rate 0.025': { train: { initialLearningRate: 0.025 } },
  'rate 0.05': { train: { initialLearningRate: 0.05 } },
  'rate 0.1': { train: { initialLearningRate: 0.1 } },

  'policy none': { walk: { typePolicy: {} } },
  'policy 95:5': {
    walk: {
      typePolicy: {
        product: { customer: 0.95, attribute: 0.05 },
        customer: { product: 0.95, attribute: 0.05 },
      },
    },
  },
  'policy 60:40': {
    walk: {
      typePolicy: { product: { customer: 0.6, attribute: 0.4 }, customer: { product: 0.9, attribute: 0.1 } },
    },
  },
  'no attributes': { graph: { attributes: false }, walk: { typePolicy: {} } },
  'start at products': { walk: { startTypes: ['product'] } },
  'start at customers': { walk: { startTypes: ['customer'] } },

  '10 negatives': { train: { negativeSamplingRate: 10 } },
  'dimension 64': { train: { embeddingDimension: 64 } },
  'dimension 256': { train: { embeddingDimension: 256 } },

  'counts undamped': { graph: { damping: 'none' } },
  'half-life 90 days': { graph: { halfLifeDays: 90 } },
};

/** Of item2vec, in groups that build on each other; docs/item2vec.md has the table. @type {Record<string, RunConfigInput>} */
export const ITEM2VEC_VARIANTS = {
  'item2vec defaults': {},

  '1 pass': { sentences: { iterations: 1 } },
  '2 passes': { sentences: { iterations: 2 } },
  '5 passes': { sentences: { iterations: 5 } },
  '10 passes': { sentences: { iterations: 10 } },
  '20 passes': { sentences: { iterations: 20 } },
  '40 passes': { sentences: { iterations: 40 } },

  'min count 1': { sentences: { minCount: 1 } },
  'min count 5': { sentences: { minCount: 5 } },
  'min count 10': { sentences: { minCount: 10 } },

  'histories as sets': { sentences: { of: 'customer' } },
  'baskets in order, window 5': { sentences: { order: 'sequence' }, train: { windowSize: 5 } },
  'histories in order, window 5': {
    sentences: { of: 'customer', order: 'sequence' },
    train: { windowSize: 5 },
  },
  'histories in order, window 20': {
    sentences: { of: 'customer', order: 'sequence' },
    train: { windowSize: 20 },
  },

  'exponent -0.5': { train: { negativeSamplingExponent: -0.5 } },
  'exponent 0': { train: { negativeSamplingExponent: 0 } },
  'exponent 0.5': { train: { negativeSamplingExponent: 0.5 } },
  'exponent 0.75': { train: { negativeSamplingExponent: 0.75 } },

  'rate 0.025': { train: { initialLearningRate: 0.025 } },
  'rate 0.1': { train: { initialLearningRate: 0.1 } },
  'pairs thinned, 1e-4': { train: { positiveSamplingFactor: 1e-4 } },
  'dimension 64': { train: { embeddingDimension: 64 } },
  '10 negatives': { train: { negativeSamplingRate: 10 } },

  'cbow, rate 0.05, 5 passes': { train: { objective: 'cbow' }, sentences: { iterations: 5 } },
  'cbow, rate 0.2, 5 passes': {
    train: { objective: 'cbow', initialLearningRate: 0.2 },
    sentences: { iterations: 5 },
  },
  'cbow, rate 0.2, 20 passes': {
    train: { objective: 'cbow', initialLearningRate: 0.2 },
    sentences: { iterations: 20 },
  },
  'cbow, rate 0.5, 20 passes': {
    train: { objective: 'cbow', initialLearningRate: 0.5 },
    sentences: { iterations: 20 },
  },
};

/**
 * A setting with what `more` says on top, one level down: {walk: {a}} and {walk: {b}} give {walk: {a, b}}.
 * @param {RunConfigInput} base @param {RunConfigInput} more @returns {RunConfigInput}
 */
export function combine(base, more) {
  /** @type {Record<string, object>} */
  const combined = { ...base };
  for (const [section, settings] of Object.entries(more))
    combined[section] = { ...combined[section], ...settings };
  return combined;
}
