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

/** @param {number} walksPerNode @param {RunConfigInput} more @returns {RunConfigInput} */
const started = (walksPerNode, more = {}) =>
  combine({ train: { initialVectors: 'spectral' }, walk: { walksPerNode } }, more);

/** @param {number} filterExponent @param {number} degreeExponent @returns {RunConfigInput} */
const filtered = (filterExponent, degreeExponent) => ({
  train: { algorithm: 'spectral' },
  spectral: { filterExponent, degreeExponent },
});

/** The closed form as a model and as a start; docs/training.md has the table. @type {Record<string, RunConfigInput>} */
export const SPECTRAL_VARIANTS = {
  'spectral 64': { train: { algorithm: 'spectral', embeddingDimension: 64 } },
  'spectral 128': { train: { algorithm: 'spectral' } },
  'spectral 256': { train: { algorithm: 'spectral', embeddingDimension: 256 } },
  'spectral 128, degree 0': filtered(0.5, 0),
  'spectral 128, degree 0.1': filtered(0.5, 0.1),
  'spectral 128, degree 0.3': filtered(0.5, 0.3),
  'spectral 128, degree 0.5': filtered(0.5, 0.5),
  'spectral 128, filter 1': filtered(1, 0.2),
  'spectral 128, filter 1.5': filtered(1.5, 0.2),
  'spectral 128, filter 1.5, degree 0': filtered(1.5, 0),

  'random, 20 walks (defaults)': {},
  'random, 5 walks': { walk: { walksPerNode: 5 } },
  'start, 1 walk': started(1),
  'start, 5 walks': started(5),
  'start, 10 walks': started(10),
  'start, 20 walks': started(20),
  'start of filter 1.5, degree 0, 5 walks': started(5, {
    spectral: { filterExponent: 1.5, degreeExponent: 0 },
  }),
  'start, 5 walks, window 5': started(5, { train: { windowSize: 5 } }),
  'start, 10 walks, window 5, p 4': started(10, {
    train: { windowSize: 5 },
    walk: { returnFactor: 4 },
  }),
  'start, 5 walks, p 4': started(5, { walk: { returnFactor: 4 } }),
  'start, 5 walks, rate 0.025': started(5, { train: { initialLearningRate: 0.025 } }),
  'start, 5 walks, exponent 0': started(5, { train: { negativeSamplingExponent: 0 } }),
  'start, 5 walks, dimension 256': started(5, { train: { embeddingDimension: 256 } }),
  'start, 10 walks, dimension 256, window 5, p 4': started(10, {
    train: { embeddingDimension: 256, windowSize: 5 },
    walk: { returnFactor: 4 },
  }),
};

/** Other objectives, and node2vec+ beside the q it changes; docs/training.md has the table. @type {Record<string, RunConfigInput>} */
export const OBJECTIVE_VARIANTS = {
  'skip-gram': {},

  'softmax, 5 negatives': { train: { objective: 'softmax' } },
  'softmax, 5 negatives, rate 0.1': { train: { objective: 'softmax', initialLearningRate: 0.1 } },
  'softmax, 32 negatives': { train: { objective: 'softmax', negativeSamplingRate: 32 } },
  'softmax, 32 negatives, uncorrected': {
    train: { objective: 'softmax', negativeSamplingRate: 32, logQCorrection: 0 },
  },
  bpr: { train: { objective: 'bpr' } },
  'bpr, rate 0.2': { train: { objective: 'bpr', initialLearningRate: 0.2 } },

  'bpr-mf, 20 passes': { train: { algorithm: 'bpr' } },
  'bpr-mf, 100 passes, rate 0.1, λ 0.01': {
    walk: { walksPerNode: 100 },
    train: { algorithm: 'bpr', initialLearningRate: 0.1, regularization: 0.01 },
  },
  'bpr-mf, 100 passes, rate 0.1, λ 0.01, uniform': {
    walk: { walksPerNode: 100 },
    train: {
      algorithm: 'bpr',
      initialLearningRate: 0.1,
      regularization: 0.01,
      negativeSamplingExponent: 0,
      negativeSamplingRate: 1,
    },
  },

  'node2vec, q 0.5': { walk: { inOutFactor: 0.5 } },
  'node2vec+, q 0.5': { walk: { inOutFactor: 0.5, extend: true } },
  'node2vec, q 0.25': { walk: { inOutFactor: 0.25 } },
  'node2vec+, q 0.25': { walk: { inOutFactor: 0.25, extend: true } },

  'softmax, 128 negatives': { train: { objective: 'softmax', negativeSamplingRate: 128 } },
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
