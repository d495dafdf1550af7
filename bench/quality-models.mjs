// @ts-check
/**
 * The models that bench/quality.bench.mjs chooses from, each a change to the defaults of pipeline/config.ts.
 * One list for all data sets: which of them is used is decided on a validation part, data set by data set.
 */
import { combine } from './variants.mjs';

/** @typedef {import('./variants.mjs').RunConfigInput} RunConfigInput */
/** What the data must have: an order of each customer's events, baskets. @typedef {'order' | 'baskets'} Need */
/**
 * `blends`: a blend with this model is a candidate too; it takes longer to learn than the model.
 * `of`: for one question only; both if left out.
 * @typedef {{ setting: RunConfigInput, needs?: Need[], blends?: boolean, of?: 'next' | 'companions' }} Candidate
 */

/** @param {number} embeddingDimension @param {RunConfigInput} more @returns {RunConfigInput} */
const spectral = (embeddingDimension, more = {}) =>
  combine({ train: { algorithm: 'spectral', embeddingDimension } }, more);

/** Steps from product to product alone. @type {RunConfigInput} */
const ALONE = {
  walk: {
    typePolicy: { product: { product: 1 }, customer: { product: 0.9, customer: 0.9, attribute: 0.1 } },
  },
};
/** @type {RunConfigInput} */
const STRONGER = { spectral: { degreeExponent: 0.3 } };
/** @type {RunConfigInput} */
const WITHOUT_ATTRIBUTES = { graph: { attributes: false }, walk: { typePolicy: {} } };
/** @type {RunConfigInput} */
const SEQUENCE = { graph: { sequence: true } };
/** @type {RunConfigInput} */
const BASKETS = { graph: { baskets: true } };

/** What is measured on the test part whatever the validation part says. */
export const DEFAULTS = 'defaults';

/** @type {Record<string, Candidate>} */
export const CANDIDATES = {
  'spectral 64': { setting: spectral(64) },
  'spectral 128': { setting: spectral(128), blends: true },
  'spectral 256': { setting: spectral(256), blends: true },
  'spectral 128, degree 0.3': { setting: spectral(128, STRONGER) },
  'spectral 256, degree 0.3': { setting: spectral(256, STRONGER) },
  'spectral 128, filter 1.5': { setting: spectral(128, { spectral: { filterExponent: 1.5 } }) },
  'spectral 128, no attributes': { setting: spectral(128, WITHOUT_ATTRIBUTES), of: 'next' },
  'spectral 256, no attributes': { setting: spectral(256, WITHOUT_ATTRIBUTES), of: 'next', blends: true },
  'spectral 256, sequence': { setting: spectral(256, SEQUENCE), needs: ['order'], of: 'next', blends: true },
  'spectral 256, sequence alone': {
    setting: spectral(256, combine(SEQUENCE, ALONE)),
    needs: ['order'],
    of: 'next',
  },
  'spectral 256, sequence alone, filter 0.3': {
    setting: spectral(256, combine(combine(SEQUENCE, ALONE), { spectral: { filterExponent: 0.3 } })),
    needs: ['order'],
    of: 'next',
    blends: true,
  },
  'node2vec, sequence alone': {
    setting: combine(SEQUENCE, ALONE),
    needs: ['order'],
    of: 'next',
    blends: true,
  },
  'spectral 256, baskets': { setting: spectral(256, BASKETS), needs: ['baskets'] },
  'spectral 256, baskets alone': { setting: spectral(256, combine(BASKETS, ALONE)), needs: ['baskets'] },
  'spectral 512, baskets alone': {
    setting: spectral(512, combine(BASKETS, ALONE)),
    needs: ['baskets'],
    of: 'companions',
  },
  'spectral 768, roots of baskets alone, degree 0.3': {
    setting: spectral(
      768,
      combine(combine({ graph: { baskets: true, basketExponent: 0.5 } }, ALONE), STRONGER),
    ),
    needs: ['baskets'],
    of: 'companions',
  },
  'spectral start, 5 walks, rate 0.025': {
    setting: {
      train: { initialVectors: 'spectral', initialLearningRate: 0.025 },
      walk: { walksPerNode: 5 },
    },
    of: 'next',
  },
  'bpr-mf, 100 passes': {
    setting: {
      walk: { walksPerNode: 100 },
      train: { algorithm: 'bpr', initialLearningRate: 0.1, regularization: 0.01 },
    },
    of: 'next',
  },
  'softmax, 32 negatives': {
    setting: { train: { objective: 'softmax', negativeSamplingRate: 32 }, walk: { walksPerNode: 5 } },
    of: 'next',
  },
  'item2vec, 5 passes': {
    setting: { train: { algorithm: 'item2vec' }, sentences: { iterations: 5 } },
    needs: ['baskets'],
    of: 'companions',
  },
  'item2vec, 20 passes': {
    setting: { train: { algorithm: 'item2vec' }, sentences: { iterations: 20 } },
    needs: ['baskets'],
    of: 'companions',
  },
  'item2vec, cbow, 20 passes': {
    setting: {
      train: { algorithm: 'item2vec', objective: 'cbow', initialLearningRate: 0.2 },
      sentences: { iterations: 20 },
    },
    needs: ['baskets'],
    of: 'companions',
  },
  'defaults, sequence': { setting: SEQUENCE, needs: ['order'], of: 'next', blends: true },
  [DEFAULTS]: { setting: {}, blends: true },
};

/**
 * Candidates for data of this kind.
 * @param {'next' | 'companions'} question @param {readonly Need[]} has
 * @param {{ quick: boolean, wanted: readonly string[] }} limits quick: closed forms alone; wanted: names that hold one of these texts
 */
export const listCandidates = (question, has, { quick, wanted }) =>
  Object.entries(CANDIDATES).filter(
    ([name, { needs = [], of = question, setting }]) =>
      of === question &&
      needs.every((need) => has.includes(need)) &&
      (!quick || name === DEFAULTS || setting.train?.algorithm === 'spectral') &&
      (wanted.length === 0 || name === DEFAULTS || wanted.some((text) => name.includes(text))),
  );

/** RP3β with these discounts is one baseline, the best of them on the validation part; 0 is walk-3. */
export const RP3_BETAS = [0, 0.3, 0.6];

/** What peers are tuned over, every combination. @type {Record<'als' | 'bpr', Record<string, number>[]>} */
export const PEER_GRID = {
  als: toGrid({ factors: [32, 64, 128], regularization: [0.1, 10], alpha: [1, 10], iterations: [15] }),
  bpr: toGrid({
    factors: [64, 128],
    learning_rate: [0.01, 0.05],
    regularization: [0.001, 0.01],
    iterations: [100],
  }),
};

/** @param {Record<string, number[]>} values @returns {Record<string, number>[]} */
function toGrid(values) {
  /** @type {Record<string, number>[]} */
  let grid = [{}];
  for (const [name, choices] of Object.entries(values))
    grid = grid.flatMap((point) => choices.map((value) => ({ ...point, [name]: value })));
  return grid;
}
