// @ts-check
/**
 * What arcs between products are worth: sequence and baskets on and off, by algorithm, on validation parts.
 * Two questions: what a customer takes next, ranked over all products that are new to them, and what stood
 * beside a product in a basket that was held out. The test part of amazon-beauty is looked at once (`--test`).
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planBaselines } from '../dist/analyze/baselines.js';
import { planEmbeddingScorers } from '../dist/analyze/embedding-scorers.js';
import { measureLists, toMetricColumns } from '../dist/analyze/measure.js';
import { buildPopulation } from '../dist/analyze/population.js';
import { rankCustomers } from '../dist/analyze/ranker.js';
import { createKernelMemory } from '../dist/kernel/memory.js';
import { runConfigSchema } from '../dist/pipeline/config.js';
import { trainOn } from '../dist/pipeline/train-on.js';
import {
  measureCompanions,
  planCompanionBaselines,
  toCompanionQueries,
  toProductScores,
} from './companions.mjs';
import { openDataset } from './datasets.mjs';
import { toValidationFold } from './folds.mjs';
import { finish, readFlags, toMachine, writeReport } from './harness.mjs';
import { SEQUENCE_VARIANTS } from './sequence-variants.mjs';
import { combine } from './variants.mjs';

const USAGE = `node bench/sequence.bench.mjs [--data amazon-beauty,online-retail] [--only TEXT;TEXT] [--customers 3000]
  [--test] [--vary JSON] [--append] [--json FILE]
  --only     variants whose name holds one of the texts
  --vary     more variants by name, e.g. '{"decay 0.5":{"graph":{"sequence":true,"sequenceDecay":0.5}}}'
  --append   keep the rows of --json, and skip those that are among them
  --test     amazon-beauty's last products, once, for what was chosen on its validation part
  SHELFWALK_DATASETS names the folder of the data sets.`;
const SCORERS = ['recent-in-out', 'history-in-out', 'customer-in-out', 'recent-cosine'];
const BASELINES = ['popularity', 'co-counts', 'item-knn', 'item-knn-recent', 'walk-3', 'rp3b'];
// On the test part nothing is chosen: what is served, and what it has to beat.
const OF_TEST = { scorers: ['recent-in-out'], counting: ['item-knn-recent'] };
const K = 10;
const WIDTH = 20;

const flags = readFlags(USAGE, {
  data: { type: 'string', default: 'amazon-beauty,online-retail,complete-journey' },
  only: { type: 'string', default: '' },
  customers: { type: 'string', default: '3000' },
  vary: { type: 'string', default: '{}' },
  append: { type: 'boolean', default: false },
  test: { type: 'boolean', default: false },
});
const { scorers, counting } = flags['test'] ? OF_TEST : { scorers: SCORERS, counting: BASELINES };
const machine = toMachine();
const root = process.env['SHELFWALK_DATASETS'];
if (!root) {
  console.error(`SHELFWALK_DATASETS is not set: nothing to measure on.\n${USAGE}`);
  process.exit(2);
}

/** @typedef {import('../dist/analyze/population.js').Population} Population */
/** @typedef {{ hr10: number, ndcg10: number, recall20: number, customers: number, error: number }} Figures error: standard error of hr10 */

/** @param {ArrayLike<number>} values */
const average = (values) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
/** @param {number} x */
const round = (x) => +x.toFixed(5);

/** New products alone are candidates and relevant. @param {import('../dist/analyze/types.js').Scorer} scorer @param {Population} population @returns {Promise<Figures>} */
async function measure(scorer, population) {
  const lists = await rankCustomers(scorer, population, { width: WIDTH, seed: 1 });
  const measured = measureLists(lists.new, population, 'new');
  const [top, wide] = [toMetricColumns(measured, K), toMetricColumns(measured, WIDTH)];
  const hr10 = average(top.hitRate);
  return {
    hr10: round(hr10),
    ndcg10: round(average(top.ndcg)),
    recall20: round(average(wide.recall)),
    customers: top.hitRate.length,
    error: round(Math.sqrt((hr10 * (1 - hr10)) / top.hitRate.length)),
  };
}

/** @param {Figures} f */
const say = ({ hr10, ndcg10, recall20 }) =>
  `HR@10 ${hr10.toFixed(4)} NDCG@10 ${ndcg10.toFixed(4)} Recall@20 ${recall20.toFixed(4)}`;

const kept = flags['append'] ? JSON.parse(readFileSync(flags['json'], 'utf8')) : { rows: [], baselines: [] };
/** @type {{ data: string, variant: string }[]} */
const rows = kept.rows;
/** @type {{ data: string, scorer: string }[]} */
const baselines = kept.baselines;
const body = () => ({ bench: 'sequence', defaults: runConfigSchema.parse({}), baselines, rows });
const save = () => flags['json'] && writeReport(flags['json'], { ...body(), machine, unfinished: true });

const memory = createKernelMemory(2 ** 32);
const workDir = join(tmpdir(), 'shelfwalk-bench');
mkdirSync(workDir, { recursive: true });
const named = { ...SEQUENCE_VARIANTS, ...JSON.parse(flags['vary']) };
const wanted = flags['only'].split(';').filter(Boolean);
const variants = Object.entries(named).filter(
  ([name]) => wanted.length === 0 || wanted.some((text) => name.includes(text)),
);

for (const set of flags['test'] ? ['amazon-beauty'] : flags['data'].split(',')) {
  const data = flags['test'] ? `${set} (test)` : set;
  const catalog = await openDataset(data, root, workDir);
  const fold = await toValidationFold(catalog);
  const { customers: customerCount, products: productCount, split, train, held } = fold;
  const population = await buildPopulation({
    ordered: true,
    train,
    test: held,
    customerCount,
    productCount,
    maxCustomers: Number(flags['customers']),
    seed: 1,
  });
  const queries = toCompanionQueries(fold);
  console.log(`${data}: ${population.members.new.length} customers, ${queries.length} baskets`);
  for (const { name, create } of planBaselines({ population, columns: train, seed: 1 })) {
    if (!counting.includes(name) || baselines.some((b) => b.data === data && b.scorer === name)) continue;
    const next = await measure(create(), population);
    baselines.push(/** @type {any} */ ({ data, scorer: name, next }));
    console.log(`  ${name}: ${say(next)}`);
  }
  for (const [name, scoresOf] of Object.entries(queries.length > 0 ? planCompanionBaselines(fold) : {})) {
    const scorer = `companions: ${name}`;
    if (baselines.some((b) => b.data === data && b.scorer === scorer)) continue;
    const companions = measureCompanions(scoresOf, queries, K);
    baselines.push(/** @type {any} */ ({ data, scorer, companions }));
    console.log(`  ${scorer}: HR@10 ${companions.hr10.toFixed(4)}`);
  }
  for (const [variant, change] of variants) {
    if (rows.some((row) => row.data === data && row.variant === variant)) continue;
    const run = runConfigSchema.parse(combine({ train: { concurrency: 1, randomSeed: 1 } }, change));
    if (run.graph.baskets && queries.length === 0) continue; // the data have none
    memory.reset();
    const { snapshot, training, readMillis } = await trainOn(catalog, run, { memory, context: {}, split });
    const model = { vectors: training.vectors, contexts: training.contexts, ranges: snapshot.ranges };
    /** @type {Record<string, Figures>} */
    const next = {};
    for (const { name, create } of planEmbeddingScorers({ model, population })) {
      if (scorers.includes(name)) next[name] = await measure(create(), population);
    }
    const companions =
      queries.length > 0
        ? {
            'in-out': measureCompanions(toProductScores(model, 'in-out'), queries, K),
            cosine: measureCompanions(toProductScores(model, 'cosine'), queries, K),
          }
        : undefined;
    const { computeMillis, preProcessingMillis, spectrum } = training;
    const facts = { arcs: snapshot.arcCount, readMillis, preProcessingMillis, computeMillis, spectrum };
    const row = { data, variant, setting: change, commit: machine.commit, next, companions, ...facts };
    rows.push(row);
    save();
    console.log(`  ${variant} (${snapshot.arcCount} arcs, ${(computeMillis / 1000).toFixed(1)} s)`);
    for (const [scorer, figures] of Object.entries(next)) console.log(`    ${scorer}: ${say(figures)}`);
    for (const [way, { hr10 }] of Object.entries(companions ?? {})) {
      console.log(`    companions, ${way}: HR@10 ${hr10.toFixed(4)}`);
    }
  }
  await catalog.close();
}

finish(
  {
    ...body(),
    claims: [],
    notes: [
      'what comes next: products of the training part are neither candidates nor relevant; error is one standard error of HR@10 over customers, who are the same for all rows of a data set',
      'companions: one product of a held-out basket, drawn at random, and whether another of the basket is among the ten best; baskets are sets',
      'one thread, one seed: rows of spectral are the same on every run, those of node2vec on this engine',
    ],
  },
  flags,
  machine,
);
