// @ts-check
/**
 * What answers "which products next" in bench/quality.bench.mjs: counting, peers, our models and their blends,
 * each fitted to the training part of a fold and given as scorers, so that all are ranked and judged by the same code.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRp3b, planBaselines } from '../dist/analyze/baselines.js';
import { createBlendScorer, learnBlendWeights } from '../dist/analyze/blend-scorer.js';
import { planEmbeddingScorers } from '../dist/analyze/embedding-scorers.js';
import { toFrequencies } from '../dist/analyze/own.js';
import { buildPopulation } from '../dist/analyze/population.js';
import { Matrix } from '../dist/base/matrix.js';
import { chooseSplit } from '../dist/pipeline/choose-split.js';
import { runConfigSchema } from '../dist/pipeline/config.js';
import { learnRecencyBefore, toDecay } from '../dist/pipeline/recency.js';
import { trainOn } from '../dist/pipeline/train-on.js';
import { DEFAULTS, PEER_GRID, RP3_BETAS } from './quality-models.mjs';
import { combine } from './variants.mjs';

/** @typedef {Awaited<ReturnType<typeof import('./datasets.mjs').openDataset>>} Catalog */
/** @typedef {import('../dist/analyze/population.js').Population} Population */
/** @typedef {import('../dist/analyze/types.js').EvaluatedModel} Model */
/** @typedef {import('../dist/analyze/types.js').Scorer} Scorer */
/** @typedef {import('../dist/analyze/blend.js').BlendWeights} BlendWeights */
/** What may be seen, and whom it is asked about. @typedef {import('./folds.mjs').Fold & { population: Population }} Fold */
/** `family`: of which the best on the validation part is taken; `name`: settings; `way`: how a model is asked. @typedef {{ family: string, name: string, way: string }} Entrant */
/** @typedef {Entrant & { create: () => Scorer }} Plan */

export const SPACE = 'one space';
export const BLEND = 'blend';

/** Seed of splits and samples: one of each, whatever seeds the trainings have. */
const SPLIT_SEED = 1;

/**
 * @param {Catalog} catalog @param {import('../dist/pipeline/config.js').RunConfigInput['evaluate']} evaluate
 * @param {{ part: 'test' | 'validation', maxCustomers: number }} of @returns {Promise<Fold>}
 */
export async function toFold(catalog, evaluate, { part, maxCustomers }) {
  const run = runConfigSchema.parse({ evaluate: { ...evaluate, part }, train: { randomSeed: SPLIT_SEED } });
  const split = await chooseSplit(catalog, run);
  const { customers, products } = await catalog.counts();
  const train = await catalog.interactions('train', split);
  const held = await catalog.interactions('test', split);
  const sizes = { customerCount: customers, productCount: products, maxCustomers };
  const ordered = split.protocol !== 'files' && split.protocol !== 'random';
  const decay = toDecay(await learnRecencyBefore(catalog, run, { split })); // from the training part, as a version learns it
  const population = await buildPopulation({ train, test: held, ...sizes, ordered, decay, seed: SPLIT_SEED });
  return { split, train, held, customers, products, population };
}

/** @param {Fold} fold @returns {Plan[]} walk-3 is RP3β with β = 0, and stands among those */
export function listBaselines({ population, train }) {
  const plans = planBaselines({ population, columns: train, seed: SPLIT_SEED });
  return [
    ...plans
      .filter(({ name }) => name !== 'rp3b' && name !== 'walk-3' && name !== 'chance')
      .map(({ name, create }) => ({ family: name, name: '', way: '', create })),
    ...RP3_BETAS.map((beta) => ({
      family: 'rp3b',
      name: `β = ${beta}`,
      way: '',
      create: () => createRp3b(population, beta),
    })),
  ];
}

/** @param {import('./peer-process.mjs').Peer} peer @param {Fold} fold @param {string} workDir */
export async function loadPeer(peer, { population: { train } }, workDir) {
  const pairs = new Uint32Array(2 * train.items.length);
  for (let c = 0; c < train.rows; c++)
    for (let i = train.offsets[c]; i < train.offsets[c + 1]; i++) pairs.set([c, train.items[i]], 2 * i);
  const path = join(workDir, 'implicit-pairs.u32');
  writeFileSync(path, pairs);
  await peer.ask({ do: 'load', pairs: path, customers: train.rows, products: train.cols });
}

/** @param {Fold} fold @param {Model} model @param {string} way @returns {() => Scorer} */
function toCreate({ population }, model, way) {
  const plan = planEmbeddingScorers({ model, population }).find(({ name }) => name === way);
  if (!plan) throw new Error(`no scorer is called ${way}`);
  return plan.create;
}

/** @typedef {{ family: string, name: string, way: string, model: 'als' | 'bpr', params: Record<string, number> }} Point of a peer's grid */

/** @param {{ quick: boolean }} limits quick: the first of each grid @returns {Point[]} */
export const listPeers = ({ quick }) =>
  /** @type {const} */ (['als', 'bpr']).flatMap((model) =>
    PEER_GRID[model].slice(0, quick ? 1 : undefined).map((params) => {
      const said = Object.entries(params).map(([name, value]) => `${name} ${value}`);
      return { family: `implicit ${model}`, name: said.join(', '), way: '', model, params };
    }),
  );

/** After loadPeer. Its factors are ranked as a model's in·out. @param {import('./peer-process.mjs').Peer} peer @param {Fold} fold @param {Point & { workDir: string }} point @returns {Promise<Plan>} */
export async function fitPeer(peer, fold, { family, name, way, model, params, workDir }) {
  const path = join(workDir, 'implicit-factors.f32');
  const { columns } = await peer.ask({ do: 'fit', model, params, path, seed: SPLIT_SEED });
  const values = new Float32Array(new Uint8Array(readFileSync(path)).buffer);
  const { rows: customers, cols: products } = fold.population.train;
  const factors = new Matrix(values, customers + products, Number(columns));
  const ranges = /** @type {const} */ ([
    { type: 'customer', start: 0, end: customers },
    { type: 'product', start: customers, end: customers + products },
  ]);
  const create = toCreate(fold, { vectors: factors, contexts: factors, ranges }, 'customer-in-out');
  return { family, name, way, create };
}

/**
 * A training of ours on the fold; what comes back lies in `memory` until the next one.
 * @param {Catalog} catalog @param {Fold} fold
 * @param {{ setting: import('./variants.mjs').RunConfigInput, seed: number, memory: import('../dist/kernel/memory.js').KernelMemory }} of
 */
export async function fitModel(catalog, { split }, { setting, seed, memory }) {
  memory.reset();
  const run = runConfigSchema.parse(combine(setting, { train: { randomSeed: seed, concurrency: 1 } }));
  const { snapshot, training } = await trainOn(catalog, run, { memory, context: {}, split });
  const { vectors, contexts } = training;
  return { vectors, contexts, ranges: snapshot.ranges };
}

/** Every way to ask a model. @param {Fold} fold @param {Model} model @param {string} name @returns {Plan[]} */
export const listWays = ({ population }, model, name) =>
  planEmbeddingScorers({ model, population }).map(({ name: way, create }) => ({
    family: name === DEFAULTS ? DEFAULTS : SPACE,
    name,
    way,
    create,
  }));

/** Without an order everything is equally old: recency weighs nothing. @param {Fold} fold @param {Model} model */
const toBlendInput = ({ population, train }, model) => {
  const { ages, train: pairs } = population;
  return {
    model,
    population: { ...population, ages: ages ?? new Uint32Array(pairs.items.length) },
    frequencies: ages ? toFrequencies(train, pairs) : Float64Array.from(pairs.counts),
  };
};

/** Learned as a version learns them: on what came after the training part. @param {Fold} fold @param {Model} model @param {number} k */
export async function learnWeights(fold, model, k) {
  const learned = await learnBlendWeights(toBlendInput(fold, model), k, () => undefined);
  if (!learned) throw new Error('nobody took anything new in the validation part: a blend cannot be learned');
  return learned.weights;
}

/** @param {Fold} fold @param {Model} model @param {{ name: string, weights: BlendWeights }} of @returns {Plan} */
export const toBlend = (fold, model, { name, weights }) => ({
  family: name === DEFAULTS ? DEFAULTS : BLEND,
  name,
  way: 'blend',
  create: () => createBlendScorer(toBlendInput(fold, model), weights),
});
