// @ts-check
/**
 * A year of a shop, day by day: trained on the first eight weeks, refreshed every day, and on sampled
 * days asked for what is bought in the days to come, beside a model trained anew that day and the first
 * one left as it was. Nodes appear when they first buy, are bought or listed: what comes later is not
 * known earlier. Quality is Recall@20 of the served scorer, by the same customers; cost is CPU of the
 * process, all threads.
 */
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareModels } from '../dist/analyze/compare-models.js';
import { Matrix } from '../dist/base/matrix.js';
import { createKernelMemory } from '../dist/kernel/memory.js';
import { runConfigSchema } from '../dist/pipeline/config.js';
import { refreshConfigSchema } from '../dist/pipeline/refresh-config.js';
import { compareWithParent, planOn } from '../dist/pipeline/refresh-graph.js';
import { refreshLocally } from '../dist/pipeline/refresh-local.js';
import { trainOn } from '../dist/pipeline/train-on.js';
import { measureDrift } from '../dist/refresh/drift.js';
import { openDataset } from './datasets.mjs';
import { finish, readFlags, toMachine } from './harness.mjs';

const USAGE = `node bench/replay.bench.mjs [--data online-retail] [--weeks 8] [--days 300] [--every 1] [--sample 21] [--horizon 7]
  [--refresh JSON] [--run JSON] [--budgets 0.0125,0.025,0.05,0.1] [--json FILE]
  --every   days between two refreshes          --sample   days between two measurements
  --budgets shares of the steps of training anew that refreshes are given, each a replay of its own: the
            curve of quality against budget; the models trained anew are shared
  SHELFWALK_DATASETS names the folder of the data sets.`;
const DAY = 86_400_000;
const SCORERS = ['recent-in-out', 'customer-in-out'];
const K = 20;

const flags = readFlags(USAGE, {
  data: { type: 'string', default: 'online-retail' },
  weeks: { type: 'string', default: '8' },
  days: { type: 'string', default: '300' },
  every: { type: 'string', default: '1' },
  sample: { type: 'string', default: '21' },
  horizon: { type: 'string', default: '7' },
  refresh: { type: 'string', default: '{}' },
  run: { type: 'string', default: '{}' },
  budgets: { type: 'string' },
});
const machine = toMachine();
const run = runConfigSchema.parse(JSON.parse(flags['run'] ?? '{}'));
const workDir = join(tmpdir(), 'shelfwalk-bench');
mkdirSync(workDir, { recursive: true });
const catalog = await openDataset(flags['data'] ?? '', process.env['SHELFWALK_DATASETS'] ?? '', workDir);
const all = await catalog.interactions('all');
const counts = {
  customer: (await catalog.nodeIds('customer')).length,
  product: (await catalog.nodeIds('product')).length,
};
const startMs = Math.floor((all.timeMs[0] ?? 0) / DAY) * DAY + Number(flags['weeks']) * 7 * DAY;
const dayCount = Math.min(
  Number(flags['days']),
  Math.floor(((all.timeMs[all.count - 1] ?? 0) - startMs) / DAY) - Number(flags['horizon']),
);

/** When each customer and product first came: before that, their attributes are not known either. */
const firstMs = {
  customer: new Float64Array(counts.customer).fill(Infinity),
  product: new Float64Array(counts.product).fill(Infinity),
};
for (let i = 0; i < all.count; i++) {
  for (const type of /** @type {const} */ (['customer', 'product'])) {
    const node = /** @type {number} */ (all[type][i]);
    firstMs[type][node] = Math.min(
      /** @type {number} */ (firstMs[type][node]),
      /** @type {number} */ (all.timeMs[i]),
    );
  }
}

/** @typedef {import('../dist/pipeline/training-catalog.js').TrainingCatalog} TrainingCatalog */

/** The catalog as it was. @param {number} cutoffMs */
const catalogAt = (cutoffMs) => asItWas(catalog, cutoffMs);

/** @param {TrainingCatalog} source @param {number} cutoffMs @returns {TrainingCatalog} */
const asItWas = (source, cutoffMs) => ({
  ...source,
  atOneMoment: (work) => source.atOneMoment((moment) => work(asItWas(moment, cutoffMs))),
  async *attributeEdges(owner) {
    for await (const { count, from, to, weight } of source.attributeEdges(owner)) {
      const known = Array.from({ length: count }, (_, i) => i).filter(
        (i) => /** @type {number} */ (firstMs[owner][/** @type {number} */ (from[i])]) < cutoffMs,
      );
      const pick = (/** @type {Uint32Array | Float32Array} */ column) =>
        known.map((i) => /** @type {number} */ (column[i]));
      yield {
        count: known.length,
        from: Uint32Array.from(pick(from)),
        to: Uint32Array.from(pick(to)),
        weight: Float32Array.from(pick(weight)),
      };
    }
  },
});

/** @typedef {import('../dist/pipeline/refresh-graph.js').ComparableParent} Parent */

/** @param {Matrix} matrix */
function copy(matrix) {
  const own = new Matrix(new Float32Array(matrix.rows * matrix.cols), matrix.rows, matrix.cols);
  for (let row = 0; row < matrix.rows; row++) own.row(row).set(matrix.row(row));
  return own;
}

/**
 * What a version would keep of a training.
 * @param {import('../dist/graph/types.js').Snapshot} snapshot @param {{ vectors: Matrix, contexts: Matrix, visits: Uint32Array }} training
 * @param {number} generation @param {Float32Array} [pending]
 */
function toParent(snapshot, training, generation, pending = new Float32Array(snapshot.nodeCount)) {
  const { offsets, targets, weights, ranges, ids, nodeCount } = snapshot;
  const graph = {
    offsets: offsets.slice(),
    targets: targets.slice(),
    weights: weights.slice(),
    visits: training.visits.slice(),
    pending,
  };
  const nodes = { ranges, ids, count: nodeCount, names: [], degrees: new Uint32Array(0) };
  const loaded = {
    nodes,
    vectors: copy(training.vectors),
    contexts: copy(training.contexts),
    report: {},
    manifest: {},
  };
  return /** @type {Parent} */ (/** @type {unknown} */ ({ loaded, run, generation, graph }));
}

/** CPU seconds of all threads since `from`. @param {NodeJS.CpuUsage} from */
function cpuSince(from) {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
}

const memory = createKernelMemory(2 ** 32 - 2 ** 16);
/** @param {number} cutoffMs */
async function trainAt(cutoffMs) {
  memory.reset();
  const from = process.cpuUsage();
  const { snapshot, training } = await trainOn(catalogAt(cutoffMs), run, {
    memory,
    context: {},
    split: { protocol: 'time', cutoffMs },
  });
  const cpuSeconds = cpuSince(from);
  const { visits } = training;
  if (!visits) throw new Error('a model without walks has no local refresh to replay');
  return { model: toParent(snapshot, { ...training, visits }, 0), cpuSeconds };
}

/**
 * A day's refresh: what it took, apart from reading the graph of the day, and with it.
 * @param {Parent} parent @param {number} cutoffMs @param {import('../dist/pipeline/refresh-config.js').RefreshConfig} settings
 */
async function refreshAt(parent, cutoffMs, settings) {
  memory.reset();
  const from = process.cpuUsage();
  const graph = await compareWithParent(catalogAt(cutoffMs), parent, {
    memory,
    context: {},
    split: { protocol: 'time', cutoffMs },
  });
  const plan = planOn(graph, run, settings);
  const readSeconds = cpuSince(from);
  if (plan.rows.length === 0)
    return { parent, plan, radius: graph.radius, readSeconds, cpuSeconds: cpuSince(from) };
  const { training, pending } = await refreshLocally(parent, graph, plan, { memory, context: {}, settings });
  const cpuSeconds = cpuSince(from);
  return {
    parent: toParent(graph.snapshot, training, parent.generation + 1, pending),
    plan,
    radius: graph.radius,
    readSeconds,
    cpuSeconds,
  };
}

/** Recall of the days to come, by the same customers. @param {Record<string, Parent>} models @param {number} cutoffMs */
async function measureAt(models, cutoffMs) {
  const split = /** @type {const} */ ({ protocol: 'time', cutoffMs });
  const train = await catalog.interactions('train', split);
  const rest = await catalog.interactions('test', split);
  let count = 0;
  while (
    count < rest.count &&
    /** @type {number} */ (rest.timeMs[count]) < cutoffMs + Number(flags['horizon']) * DAY
  )
    count++;
  const test = {
    count,
    customer: rest.customer.slice(0, count),
    product: rest.product.slice(0, count),
    basket: rest.basket.slice(0, count),
    timeMs: rest.timeMs.slice(0, count),
  };
  /** @type {Record<string, object>} */
  const found = {};
  for (const scorer of SCORERS) {
    const compared = await compareModels({
      train,
      test,
      customerCount: counts.customer,
      productCount: counts.product,
      ordered: true,
      maxCustomers: 5000,
      seed: 1,
      models: Object.fromEntries(
        Object.entries(models).map(([name, { loaded }]) => [
          name,
          {
            ranges: loaded.nodes.ranges,
            vectors: loaded.vectors,
            contexts: /** @type {Matrix} */ (loaded.contexts),
          },
        ]),
      ),
      scorer,
      k: K,
      resamples: 1000,
    });
    const { customers, recall } = compared;
    found[scorer] = {
      customers,
      recall,
      'refresh - anew': await compared.difference('refresh', 'anew'),
      'refresh - stale': await compared.difference('refresh', 'stale'),
    };
  }
  return found;
}

const base = refreshConfigSchema.parse({ mode: 'local', ...JSON.parse(flags['refresh'] ?? '{}') });
const budgets = (flags['budgets'] ?? String(base.budget)).split(',').map(Number);
const stale = await trainAt(startMs);
console.log(`first training: ${stale.model.loaded.nodes.count} nodes, ${stale.cpuSeconds.toFixed(1)} CPU s`);
/** @type {Map<number, { model: Parent, cpuSeconds: number }>} */
const anew = new Map();
const replays = [];
for (const budget of budgets) {
  const settings = { ...base, budget };
  let parent = stale.model;
  let [cpuSeconds, readSeconds, refreshes] = [0, 0, 0];
  const samples = [];
  for (let day = 1; day <= dayCount; day++) {
    const cutoffMs = startMs + day * DAY;
    if (day % Number(flags['every']) === 0) {
      const refreshed = await refreshAt(parent, cutoffMs, settings);
      parent = refreshed.parent;
      cpuSeconds += refreshed.cpuSeconds;
      readSeconds += refreshed.readSeconds;
      refreshes++;
    }
    if (day % Number(flags['sample']) !== 0) continue;
    if (!anew.has(day)) anew.set(day, await trainAt(cutoffMs));
    const full = /** @type {{ model: Parent, cpuSeconds: number }} */ (anew.get(day));
    const found = await measureAt({ refresh: parent, anew: full.model, stale: stale.model }, cutoffMs);
    const versions = {
      nodes: parent.loaded.nodes,
      vectors: parent.loaded.vectors,
      contexts: /** @type {Matrix} */ (parent.loaded.contexts),
    };
    const first = {
      nodes: stale.model.loaded.nodes,
      vectors: stale.model.loaded.vectors,
      contexts: /** @type {Matrix} */ (stale.model.loaded.contexts),
    };
    const { types, overlap } = await measureDrift(versions, first);
    const sample = {
      day,
      budget,
      ...found,
      cpu: {
        refresh: cpuSeconds / refreshes,
        ofWhichReading: readSeconds / refreshes,
        anew: full.cpuSeconds,
        share: cpuSeconds / refreshes / full.cpuSeconds,
      },
      drift: {
        products: types.product.vectors?.mean,
        customers: types.customer.vectors?.mean,
        overlap: overlap.vectors,
      },
    };
    samples.push(sample);
    console.log(JSON.stringify(sample));
    [cpuSeconds, readSeconds, refreshes] = [0, 0, 0];
  }
  replays.push({ budget, settings, samples, summary: summarise(samples) });
  console.log(JSON.stringify({ budget, ...replays.at(-1)?.summary }));
}

/** Means over the sampled days, each weighing the same. @param {any[]} samples */
function summarise(samples) {
  const mean = (/** @type {(s: any) => number} */ of) =>
    samples.reduce((sum, s) => sum + of(s), 0) / samples.length;
  const scorers = SCORERS.map((scorer) => {
    const [refresh, full, old, popularity] = ['refresh', 'anew', 'stale', 'popularity'].map((name) =>
      mean((s) => s[scorer].recall[name]),
    );
    const within = samples.filter((s) => s[scorer]['refresh - anew'].high >= 0).length;
    const beats = samples.filter((s) => s[scorer]['refresh - stale'].low > 0).length;
    return [
      scorer,
      {
        refresh,
        anew: full,
        stale: old,
        popularity,
        relative: /** @type {number} */ (refresh) / /** @type {number} */ (full) - 1,
        daysNotBelowAnew: within,
        daysAboveStale: beats,
      },
    ];
  });
  return { days: samples.length, ...Object.fromEntries(scorers), cpuShare: mean((s) => s.cpu.share) };
}

const main = replays.find(({ budget }) => budget === base.budget) ?? replays[0];
const summary = /** @type {any} */ (main?.summary);
const claims = [
  {
    text: `Recall@${K} of daily refreshes, relative to training anew each day (${SCORERS[0]})`,
    measured: summary[SCORERS[0] ?? ''].relative,
    atLeast: -0.01,
  },
  { text: 'CPU of a refresh, as a share of training anew', measured: summary.cpuShare, atMost: 0.1 },
];
await catalog.close();
finish(
  { bench: 'replay', data: flags['data'], run: JSON.parse(flags['run'] ?? '{}'), replays, claims },
  flags,
  machine,
);
