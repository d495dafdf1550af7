// @ts-check
/**
 * What the settings are worth: Recall@20 and NDCG@20 of held-out purchases by setting, scorer, seed.
 *
 * Settings are compared on a validation part, the latest fifth of the training part; models see nothing
 * after its cutoff. The test part is looked at once, for the defaults (`--final`), so that it stays a
 * judge of what was chosen and not a thing that was tuned to.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { planBaselines } from '../dist/analyze/baselines.js';
import { planEmbeddingScorers } from '../dist/analyze/embedding-scorers.js';
import { measureLists, toMetricColumns } from '../dist/analyze/measure.js';
import { buildPopulation } from '../dist/analyze/population.js';
import { rankCustomers } from '../dist/analyze/ranker.js';
import { Matrix } from '../dist/base/matrix.js';
import { createKernelMemory } from '../dist/kernel/memory.js';
import { runConfigSchema } from '../dist/pipeline/config.js';
import { rollUpRows } from '../dist/pipeline/rollup-rows.js';
import { rollUpSettingsSchema } from '../dist/pipeline/rollup-settings.js';
import { trainOn } from '../dist/pipeline/train-on.js';
import { DATASETS, openDataset, VALIDATION_SETS } from './datasets.mjs';
import { SHARE, select, toValidationFold } from './folds.mjs';
import { finish, readFlags, toMachine, writeReport } from './harness.mjs';
import { combine, ITEM2VEC_VARIANTS, OBJECTIVE_VARIANTS, SPECTRAL_VARIANTS, VARIANTS } from './variants.mjs';

const USAGE = `node bench/defaults.bench.mjs [--data online-retail,complete-journey] [--only TEXT,TEXT] [--seeds 2]
  [--base JSON] [--vary JSON] [--customers 1500] [--final] [--json FILE]
  --base   changes to the defaults that all variants start from, e.g. '{"train":{"initialLearningRate":0.05}}'
  --vary   more variants by name, e.g. '{"long":{"walk":{"walkLength":80}}}'
  --append keep the rows of --json, and skip the settings and seeds that are among them
  --item2vec  settings of item2vec instead of those of walks
  --spectral  the closed form, as a model and as first vectors, instead of those of walks
  --threads  of training; all cores if not given
  --objectives  objectives, BPR-MF and node2vec+ beside the defaults
  --rollups  measure customers rolled up from the model's products, too (docs/models.md)
  --scorers  those of the model that are measured
  --final  the defaults on the test part, beside the baselines, and nothing else
  SHELFWALK_DATASETS names the folder of the data sets.`;
const K = 20;
const SCORERS = ['customer-in-out', 'history-in-out', 'recent-in-out', 'history-cosine', 'recent-cosine'];
/** @type {Record<string, import('zod').input<typeof rollUpSettingsSchema>>} */
const ROLL_UPS = {
  baskets: {},
  'baskets, recency 0.6': { recency: 0.6 },
  'baskets by events, recency 0.6': { recency: 0.6, weights: 'events' },
  products: { customers: 'products' },
  'products, recency 0.6': { customers: 'products', recency: 0.6 },
  'products by attributes': { customers: 'products', products: 'attributes', recency: 0.6 },
};
const BASELINES = ['popularity', 'personal-top', 'item-knn', 'item-knn-recent', 'walk-3', 'rp3b'];

const flags = readFlags(USAGE, {
  data: { type: 'string', default: Object.keys(DATASETS).join(',') },
  only: { type: 'string', default: '' },
  seeds: { type: 'string', default: '2' },
  base: { type: 'string', default: '{}' },
  vary: { type: 'string', default: '{}' },
  customers: { type: 'string', default: '1500' },
  append: { type: 'boolean', default: false },
  item2vec: { type: 'boolean', default: false },
  spectral: { type: 'boolean', default: false },
  threads: { type: 'string', default: '' },
  scorers: { type: 'string', default: SCORERS.join(',') },
  objectives: { type: 'boolean', default: false },
  rollups: { type: 'boolean', default: false },
  final: { type: 'boolean', default: false },
});
const machine = toMachine();
const root = process.env['SHELFWALK_DATASETS'];
if (!root) {
  console.error(`SHELFWALK_DATASETS is not set: nothing to measure on.\n${USAGE}`);
  process.exit(2);
}

/** @typedef {Awaited<ReturnType<typeof openDataset>>} Catalog */
/** @typedef {import('../dist/graph/types.js').InteractionColumns} Columns */
/** @typedef {import('./folds.mjs').Fold} Fold */
/** @typedef {{ recall: number, ndcg: number, customers: number, error: number }} Score error: standard error of the recall */

/** @param {string} data @param {Catalog} catalog @param {boolean} final @returns {Promise<Fold>} */
async function toFold(data, catalog, final) {
  if (!final) return toValidationFold(catalog);
  if (data in VALIDATION_SETS)
    throw new Error('the test part of this data set is left out: measure on another');
  const split = await catalog.proposeSplit(SHARE);
  const { customers, products } = await catalog.counts();
  const [train, held] = [
    await catalog.interactions('train', split),
    await catalog.interactions('test', split),
  ];
  return { split, train, held, customers, products };
}

/** @param {import('../dist/analyze/types.js').Scorer} scorer @param {import('../dist/analyze/population.js').Population} population @returns {Promise<Record<'new' | 'all', Score>>} */
async function measure(scorer, population) {
  const lists = await rankCustomers(scorer, population, { width: K, seed: 1 });
  const toScore = (/** @type {'new' | 'all'} */ protocol) => {
    const { recall, ndcg } = toMetricColumns(measureLists(lists[protocol], population, protocol), K);
    const mean = average(recall);
    const variance = average(recall.map((x) => (x - mean) ** 2));
    return {
      recall: mean,
      ndcg: average(ndcg),
      customers: recall.length,
      error: Math.sqrt(variance / recall.length),
    };
  };
  return { new: toScore('new'), all: toScore('all') };
}

/** @param {ArrayLike<number>} values */
const average = (values) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

const memory = createKernelMemory(2 ** 32);

/**
 * The model with its rows rolled up from what it was trained on, nothing later.
 * @param {{ catalog: Catalog, fold: Fold }} on
 * @param {{ vectors: Matrix, contexts: Matrix, ranges: readonly import('../dist/graph/types.js').NodeRange[] }} model
 * @param {import('../dist/pipeline/rollup-settings.js').RollUpSettings} settings
 */
async function rollUp({ catalog, fold }, { vectors, contexts, ranges }, settings) {
  const copy = (/** @type {Matrix} */ m) => new Matrix(m.data.slice(), m.rows, m.cols, m.stride);
  const tables = {
    vectors: copy(vectors),
    contexts: copy(contexts),
    ranges,
    degrees: new Uint32Array(vectors.rows),
  };
  const source = {
    nodeIds: catalog.nodeIds,
    attributeEdges: catalog.attributeEdges,
    interactions: async () => fold.train,
  };
  await rollUpRows(tables, source, { settings });
  return tables;
}

/** @param {{ catalog: Catalog, fold: Fold, population: import('../dist/analyze/population.js').Population, cold: import('../dist/analyze/population.js').Population }} on @param {import('./variants.mjs').RunConfigInput} setting @param {number} seed */
async function runSetting({ catalog, fold, population, cold }, setting, seed) {
  const run = runConfigSchema.parse(combine(setting, { train: { randomSeed: seed } }));
  memory.reset();
  const { snapshot, training } = await trainOn(catalog, run, { memory, context: {}, split: fold.split });
  const model = { vectors: training.vectors, contexts: training.contexts, ranges: snapshot.ranges };
  /** @type {Record<string, Record<'new' | 'all', Score>>} */
  const scores = {};
  for (const { name, create } of planEmbeddingScorers({ model, population })) {
    if (flags['scorers'].split(',').includes(name)) scores[name] = await measure(create(), population);
  }
  for (const [name, settings] of Object.entries(flags['rollups'] ? ROLL_UPS : {})) {
    const rolled = await rollUp({ catalog, fold }, model, rollUpSettingsSchema.parse(settings));
    const [scorer] = planEmbeddingScorers({ model: rolled, population }).filter(
      (p) => p.name === 'customer-in-out',
    );
    scores[`roll-up: ${name}`] = await measure(scorer.create(), population);
    scores[`roll-up: ${name}; cold alone`] = await measure(scorer.create(), cold);
  }
  const { tokens, pairs, lossPerPair, computeMillis, kernel } = training;
  return { scores, training: { tokens, pairs, lossPerPair, computeMillis, kernel } };
}

if (flags['append'] && !flags['json']) throw new Error('--append needs --json FILE');
/** @type {import('./variants.mjs').RunConfigInput} */
const algorithm = flags['item2vec'] ? { train: { algorithm: 'item2vec' } } : {};
const threads = flags['threads'] ? { train: { concurrency: Number(flags['threads']) } } : {};
const base = combine(combine(algorithm, threads), JSON.parse(flags['base']));
const candidates = flags['item2vec']
  ? ITEM2VEC_VARIANTS
  : flags['spectral']
    ? SPECTRAL_VARIANTS
    : flags['objectives']
      ? OBJECTIVE_VARIANTS
      : VARIANTS;
const named = flags['final'] ? { defaults: {} } : { ...candidates, ...JSON.parse(flags['vary']) };
const wanted = flags['only'].split(',').filter(Boolean);
const variants = Object.entries(named).filter(
  ([name]) => wanted.length === 0 || wanted.some((w) => name.includes(w)),
);
const kept = flags['append'] ? JSON.parse(readFileSync(flags['json'], 'utf8')) : { rows: [], baselines: [] };
// A row says what it changes in the defaults: among rows of other defaults it would mean something else.
if (kept.defaults && !isDeepStrictEqual(kept.defaults, runConfigSchema.parse({}))) {
  throw new Error(`${flags['json']} was measured with other defaults: name another file`);
}
/** @type {{ data: string, part: string, variant: string, seed: number, commit: string }[]} */
const rows = kept.rows;
/** @type {{ data: string, part: string, scorer: string, scores: object }[]} */
const baselines = kept.baselines;
const body = () => ({
  bench: 'defaults',
  k: K,
  testShare: SHARE,
  defaults: runConfigSchema.parse({}),
  baselines,
  rows,
});

for (const data of flags['data'].split(',')) {
  const workDir = join(tmpdir(), 'shelfwalk-bench');
  mkdirSync(workDir, { recursive: true });
  const catalog = await openDataset(data, root, workDir);
  const fold = await toFold(data, catalog, Boolean(flags['final']));
  const { customers: customerCount, products: productCount, train, held } = fold;
  const ask = (/** @type {Columns} */ test) =>
    buildPopulation({
      ordered: true,
      train,
      test,
      customerCount,
      productCount,
      maxCustomers: Number(flags['customers']),
      seed: 1,
    });
  const population = await ask(held);
  // Only what nobody had bought before is relevant; all products stay candidates.
  const sold = new Set(train.product.subarray(0, train.count));
  const cold = await ask(select(held, (i) => !sold.has(held.product[i])));
  const part = flags['final'] ? 'test' : 'validation';
  console.log(
    `${data}, ${part}: ${train.count} events known, ${held.count} held out, ${population.members.all.length} customers scored, ${cold.members.all.length} of them on products not sold before`,
  );
  for (const { name, create } of planBaselines({ population, columns: train, seed: 1 })) {
    if (
      !BASELINES.includes(name) ||
      baselines.some((b) => b.data === data && b.part === part && b.scorer === name)
    )
      continue;
    const scores = await measure(create(), population);
    baselines.push({ data, part, scorer: name, scores });
    console.log(`  ${name}: ${toText(scores)}`);
  }
  for (const [variant, change] of variants) {
    const setting = combine(base, change);
    for (let seed = 1; seed <= Number(flags['seeds']); seed++) {
      const row = { data, part, variant, seed, setting };
      if (rows.some((r) => isDeepStrictEqual(pick(r), row))) continue;
      const { scores, training } = await runSetting({ catalog, fold, population, cold }, setting, seed);
      rows.push({ ...row, commit: machine.commit, ...{ training, scores } });
      // Every row is kept as soon as it is there: a grid is long.
      if (flags['json']) writeReport(flags['json'], { ...body(), machine, unfinished: true });
      console.log(`  ${variant} (seed ${seed}, ${(training.computeMillis / 1000).toFixed(1)} s)`);
      for (const [scorer, score] of Object.entries(scores)) console.log(`    ${scorer}: ${toText(score)}`);
    }
  }
  await catalog.close();
}

/** What makes two rows the same measurement. @param {any} row */
function pick({ data, part, variant, seed, setting }) {
  return { data, part, variant, seed, setting };
}

/** @param {Record<'new' | 'all', Score>} scores */
function toText({ new: fresh, all }) {
  const one = (/** @type {Score} */ s) =>
    `${s.recall.toFixed(4)} ± ${s.error.toFixed(4)} (NDCG ${s.ndcg.toFixed(4)})`;
  return `new ${one(fresh)} · all ${one(all)}`;
}

finish(
  {
    ...body(),
    claims: [],
    notes: [
      '± is one standard error over customers; settings are compared on the same customers, so differences are surer than that',
      'training uses all threads: seeds differ, and so do repetitions of one',
    ],
  },
  flags,
  machine,
);
