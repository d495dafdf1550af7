// @ts-check
/**
 * Nodes that training has not seen, on complete-journey. A tenth of the bought products is withheld for
 * validation, another tenth for the test, and a tenth of the customers; the model is trained on the rest.
 *
 * Products: the withheld ones of a part are ranked among themselves for each customer who bought some of
 * them, by what is known of them without a purchase: their attributes. Customers: from the first product
 * they ever took, all products that were trained are ranked for what they took afterwards.
 *
 * Constants of the fold-in were chosen on the validation part; the test part is looked at with `--final`.
 * Baselines are favoured: each family stands for the best of its kinds and forms on the part that is
 * measured, where ours is one list that was chosen before.
 */
import { bootstrapMeans } from '../dist/analyze/bootstrap.js';
import { METRIC_OF } from '../dist/analyze/metrics.js';
import { TopList } from '../dist/analyze/top-list.js';
import { createRandom } from '../dist/base/rng.js';
import { toCustomerLists, toProductLists } from './cold-start-lists.mjs';
import { openShop, toCustomerTask, toProductTask, trainWithout } from './cold-start-world.mjs';
import { finish, readFlags, toMachine } from './harness.mjs';

const USAGE = `node bench/cold-start.bench.mjs [--final] [--seeds 1,2] [--settings JSON] [--json FILE]
  --final     the test part instead of the validation part
  --seeds     what is withheld, and the seed of the training
  --settings  changes to the defaults of a training, e.g. '{"train":{"embeddingDimension":64}}'
  SHELFWALK_DATASETS names the folder of the data sets.`;
const K = 20;
const METRICS = /** @type {const} */ (['recall', 'ndcg', 'hitRate']);
const RESAMPLES = 1000;
const AIM = 1.3;

/** @typedef {import('./cold-start-lists.mjs').Lists} Lists */
/** @typedef {import('./cold-start-world.mjs').Task} Task */
/** @typedef {{ name: string, text: string, mean: Record<string, import('../dist/analyze/bootstrap.js').Interval>, columns: Record<string, Float64Array> }} Measured */

const flags = readFlags(USAGE, {
  final: { type: 'boolean', default: false },
  seeds: { type: 'string', default: '1' },
  settings: { type: 'string', default: '{}' },
});
const machine = toMachine();
const root = process.env['SHELFWALK_DATASETS'];
if (!root) {
  console.error(`SHELFWALK_DATASETS is not set: nothing to measure on.\n${USAGE}`);
  process.exit(2);
}

/**
 * Metrics per customer of every list. Equal scores fall in an order drawn anew for each customer.
 * @param {Task} task @param {Lists} scores
 */
function measure({ candidates, customers, relevant }, scores) {
  const list = new TopList(K);
  const shuffled = shuffle(candidates.length);
  const values = new Float32Array(candidates.length);
  return Object.entries(scores).map(([name, { text, score }]) => {
    const columns = Object.fromEntries(METRICS.map((metric) => [metric, new Float64Array(customers.length)]));
    for (const [i, c] of customers.entries()) {
      score(c, values);
      const wanted = relevant.get(c) ?? new Set();
      const turn = (c * 7919) % candidates.length;
      const flagsOf = Array.from(list.select(values, { shuffled, turn }), (place) =>
        wanted.has(place) ? 1 : 0,
      );
      for (const metric of METRICS) columns[metric][i] = METRIC_OF[metric](flagsOf, wanted.size, K);
    }
    return { name, text, columns };
  });
}

/** @param {number} n */
function shuffle(n) {
  const random = createRandom(7);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** @param {{ name: string, text: string, columns: Record<string, Float64Array> }[]} measured @returns {Promise<Measured[]>} */
async function withIntervals(measured) {
  const results = [];
  for (const { name, text, columns } of measured) {
    const intervals = await bootstrapMeans(
      METRICS.map((metric) => columns[metric]),
      {
        random: createRandom(11),
        resamples: RESAMPLES,
      },
    );
    const mean = Object.fromEntries(METRICS.map((metric, i) => [metric, intervals[i]]));
    results.push({ name, text, mean, columns });
  }
  return results;
}

/** Paired over the same customers. @param {Measured} ours @param {Measured} theirs */
async function toDifference(ours, theirs) {
  const columns = METRICS.map((metric) => ours.columns[metric].map((x, i) => x - theirs.columns[metric][i]));
  const intervals = await bootstrapMeans(columns, { random: createRandom(13), resamples: RESAMPLES });
  const difference = Object.fromEntries(METRICS.map((metric, i) => [metric, intervals[i]]));
  const ratio = ours.mean['recall'].mean / theirs.mean['recall'].mean;
  return { ours: ours.name, theirs: theirs.name, recallRatio: ratio, difference };
}

/** @param {Measured[]} measured @param {string} prefix the best by recall of a family */
const bestOf = (measured, prefix) =>
  measured
    .filter(({ name }) => name.startsWith(prefix))
    .reduce((a, b) => (b.mean['recall'].mean > a.mean['recall'].mean ? b : a));

/** @param {Measured[]} measured @param {string} wanted */
function named(measured, wanted) {
  const found = measured.find(({ name }) => name === wanted);
  if (!found) throw new Error(`no list is called ${wanted}`);
  return found;
}

/** @param {Measured[]} measured */
function print(measured) {
  for (const { name, mean } of measured) {
    const said = METRICS.map((metric) => {
      const { mean: m, low, high } = mean[metric];
      return `${metric}@${K} ${m.toFixed(4)} [${low.toFixed(4)}–${high.toFixed(4)}]`;
    });
    console.log(`  ${name.padEnd(40)} ${said.join('  ')}`);
  }
}

/** @param {Measured[]} measured */
const toPlain = (measured) => measured.map(({ name, text, mean }) => ({ name, text, ...mean }));

/** @param {number} seed */
async function runSeed(seed) {
  const part = flags['final'] ? 2 : 1;
  const world = await trainWithout(catalog, seed, JSON.parse(flags['settings']));
  const task = toProductTask(world, part);
  const products = await withIntervals(measure(task, toProductLists(world, task)));
  console.log(`new products: ${task.candidates.length} for ${task.customers.length} customers`);
  print(products);
  const customerTask = toCustomerTask(world, part);
  const customers = await withIntervals(measure(customerTask, toCustomerLists(world, customerTask)));
  console.log(`new customers: ${customerTask.customers.length}, ${customerTask.candidates.length} products`);
  print(customers);
  const compare = (
    /** @type {Measured} */ ours,
    /** @type {Measured[]} */ all,
    /** @type {string[]} */ families,
  ) => Promise.all(families.map((family) => toDifference(ours, bestOf(all, family))));
  return {
    seed,
    configuration: world.run,
    products: {
      candidates: task.candidates.length,
      customers: task.customers.length,
      results: toPlain(products),
      against: await compare(named(products, 'fold-in: context · customer'), products, [
        'popularity',
        'attribute mean',
        'own',
        'random',
      ]),
    },
    customers: {
      candidates: customerTask.candidates.length,
      customers: customerTask.customers.length,
      results: toPlain(customers),
      against: await compare(named(customers, 'fold-in: product'), customers, [
        'popularity',
        'also bought',
        'vector of the product',
      ]),
    },
  };
}

const catalog = await openShop(root, flags['graphs']);
/** @type {Awaited<ReturnType<typeof runSeed>>[]} */
const results = [];
try {
  for (const seed of flags['seeds'].split(',')) results.push(await runSeed(Number(seed)));
} finally {
  await catalog.close();
}

const least = (/** @type {(r: (typeof results)[number]) => number} */ of) => Math.min(...results.map(of));
const ratioTo = (/** @type {string} */ family) => (/** @type {(typeof results)[number]} */ r) =>
  r.products.against.find(({ theirs }) => theirs.startsWith(family))?.recallRatio ?? Number.NaN;
finish(
  {
    bench: 'cold-start',
    part: flags['final'] ? 'test' : 'validation',
    results,
    claims: [
      {
        text: `new products by attributes: Recall@${K} against category popularity, the best kind and form`,
        measured: least(ratioTo('popularity')),
        atLeast: AIM,
      },
      {
        text: `new products by attributes: Recall@${K} against the mean of attribute rows, the best form`,
        measured: least(ratioTo('attribute mean')),
        atLeast: AIM,
      },
      {
        text: `new customers, one product: Recall@${K} against popularity`,
        measured: least((r) => r.customers.against[0].recallRatio),
        atLeast: 1,
      },
    ],
    notes: ['seeds choose what is withheld, and are the seeds of the trainings'],
  },
  flags,
  machine,
);
