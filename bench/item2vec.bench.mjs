// @ts-check
/**
 * item2vec beside gensim on the same sentences: baskets of online-retail before the cutoff, as sets. The
 * question is what stands beside a product in baskets that were held out: HR@10 of its nearest by cosine.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../dist/base/rng.js';
import { buildCorpus } from '../dist/graph/corpus.js';
import { createKernelMemory } from '../dist/kernel/memory.js';
import { runConfigSchema } from '../dist/pipeline/config.js';
import { trainOn } from '../dist/pipeline/train-on.js';
import { openDataset } from './datasets.mjs';
import { finish, readFlags, say, toMachine, toSpread } from './harness.mjs';
import { NO_PEER, openPeer } from './peer-process.mjs';

const USAGE = `node bench/item2vec.bench.mjs [--seeds 3] [--iterations 5] [--rate 0.05] [--cbow-rate 0.2]
  [--python PATH] [--json FILE] [--check]
  --cbow-rate  of ours; gensim has --rate for both, because its step is m times the gradient (decision 4)
  SHELFWALK_DATASETS names the folder of the data sets.`;
const K = 10;
const flags = readFlags(USAGE, {
  seeds: { type: 'string', default: '3' },
  iterations: { type: 'string', default: '5' },
  rate: { type: 'string', default: '0.05' },
  'cbow-rate': { type: 'string', default: '0.2' },
});
const machine = toMachine();
const root = process.env['SHELFWALK_DATASETS'];
if (!root) {
  console.error(`SHELFWALK_DATASETS is not set: nothing to measure on.\n${USAGE}`);
  process.exit(2);
}

const workDir = join(tmpdir(), 'shelfwalk-bench');
mkdirSync(workDir, { recursive: true });
const catalog = await openDataset('online-retail', root, workDir);
const split = await catalog.proposeSplit(0.2);
const memory = createKernelMemory(2 ** 32);
const SEEDS = Array.from({ length: Number(flags['seeds']) }, (_, i) => i + 1);

/** @param {'skip-gram' | 'cbow'} objective @param {number} seed */
const toRun = (objective, seed) =>
  runConfigSchema.parse({
    train: {
      algorithm: 'item2vec',
      objective,
      randomSeed: seed,
      concurrency: 1,
      initialLearningRate: Number(objective === 'cbow' ? flags['cbow-rate'] : flags['rate']),
    },
    sentences: { iterations: Number(flags['iterations']) },
  });

/** @typedef {{ rows: Float32Array, dimension: number, stride: number, start: number, count: number }} Table products' rows */

/** One query a held-out basket: a product drawn from it, and what stood beside it. @param {import('../dist/graph/corpus.js').Corpus} held @param {Uint32Array} counts of training @param {number} start row of the first product */
function toQueries(held, counts, start) {
  const random = createRandom(1);
  /** @type {{ query: number, beside: Set<number> }[]} */
  const queries = [];
  for (let s = 0; s < held.sentenceCount; s++) {
    const products = Array.from(held.tokens.subarray(held.offsets[s], held.offsets[s + 1]), (v) => v - start);
    const known = products.filter((p) => counts[p] > 0);
    if (known.length < 2) continue;
    const query = known[Math.floor(random() * known.length)];
    queries.push({ query, beside: new Set(known.filter((p) => p !== query)) });
  }
  return queries;
}

/** Share of queries with a companion among the K products that score highest. @param {(query: number) => Float64Array} scoresOf @param {ReturnType<typeof toQueries>} queries */
function toHitRate(scoresOf, queries) {
  /** @type {Map<number, number[]>} */
  const top = new Map();
  const hits = queries.filter(({ query, beside }) => {
    if (!top.has(query)) {
      const scores = scoresOf(query);
      scores[query] = -Infinity;
      const order = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]);
      top.set(query, order.slice(0, K));
    }
    return top.get(query)?.some((p) => beside.has(p));
  });
  return hits.length / queries.length;
}

/** Cosines to every product; products without a vector come last. @param {Table} table */
function toCosines({ rows, dimension, stride, start, count }) {
  const row = (/** @type {number} */ p) =>
    rows.subarray((start + p) * stride, (start + p) * stride + dimension);
  const norms = Float64Array.from({ length: count }, (_, p) => Math.hypot(...row(p)));
  return (/** @type {number} */ query) => {
    const x = row(query);
    return Float64Array.from({ length: count }, (_, p) => {
      if (norms[p] === 0) return -Infinity;
      const y = row(p);
      let sum = 0;
      for (let d = 0; d < dimension; d++) sum += x[d] * y[d];
      return sum / norms[p];
    });
  };
}

/** How often two products stood in one training basket. @param {import('../dist/graph/corpus.js').Corpus} corpus @param {number} start @param {number} count */
function toCoCounts({ tokens, offsets, sentenceCount }, start, count) {
  return (/** @type {number} */ query) => {
    const scores = new Float64Array(count);
    for (let s = 0; s < sentenceCount; s++) {
      const basket = tokens.subarray(offsets[s], offsets[s + 1]);
      if (basket.includes(start + query)) for (const v of basket) scores[v - start]++;
    }
    return scores;
  };
}

/** Co-counts over the root of both products' own counts: item-kNN on baskets. @param {ReturnType<typeof toCoCounts>} coCounts @param {Uint32Array} counts */
function toCountCosines(coCounts, counts) {
  return (/** @type {number} */ query) =>
    coCounts(query).map((count, p) => (count === 0 ? 0 : count / Math.sqrt(counts[query] * counts[p])));
}

/** A context that takes the CPU time of all threads from the moment the sentences stand to the last of training. */
function createClock() {
  let startedAt = process.cpuUsage();
  let spent = process.cpuUsage(startedAt);
  /** @param {{ stage: string }} progress */
  const onProgress = ({ stage }) => {
    if (stage === 'read sentences') startedAt = process.cpuUsage();
    if (stage === 'train') spent = process.cpuUsage(startedAt);
  };
  return { onProgress, cpuSeconds: () => (spent.user + spent.system) / 1e6 };
}

/** @type {Record<string, { hitRates: number[], seconds: number[] }>} */
const results = {};
const note = (/** @type {string} */ name, /** @type {number} */ hitRate, /** @type {number} */ seconds) => {
  results[name] ??= { hitRates: [], seconds: [] };
  results[name].hitRates.push(hitRate);
  results[name].seconds.push(seconds);
  console.log(`${name}: HR@${K} ${hitRate.toFixed(4)}, ${seconds.toFixed(1)} s`);
};

const peer = await openPeer(flags['python'], 'gensim_item2vec.py');
/** @type {ReturnType<typeof toQueries> | undefined} */
let queries;
for (const seed of SEEDS) {
  for (const objective of /** @type {const} */ (['skip-gram', 'cbow'])) {
    const run = toRun(objective, seed);
    memory.reset();
    const clock = createClock();
    const context = { onProgress: clock.onProgress };
    const { snapshot, training, sentences } = await trainOn(catalog, run, { memory, context, split });
    if (!sentences) throw new Error('item2vec without sentences');
    const { corpus } = sentences;
    const { start, end } = snapshot.ranges[1];
    if (!queries) {
      const how = /** @type {const} */ ({ of: 'basket', order: 'set', minCount: 1 });
      const held = await buildCorpus(await catalog.interactions('test', split), snapshot, how);
      queries = toQueries(held, corpus.counts, start);
      console.log(
        `${corpus.sentenceCount} baskets, ${corpus.tokens.length} tokens; ${queries.length} queries`,
      );
      const coCounts = toCoCounts(corpus, start, end - start);
      note('co-counts', toHitRate(coCounts, queries), 0);
      note('item-knn (cosine of baskets)', toHitRate(toCountCosines(coCounts, corpus.counts), queries), 0);
      note(
        'popularity',
        toHitRate(() => Float64Array.from(corpus.counts), queries),
        0,
      );
    }
    const { data, cols, stride } = training.vectors;
    const table = { rows: data, dimension: cols, stride, start, count: end - start };
    note(`shelfwalk ${objective}`, toHitRate(toCosines(table), queries), clock.cpuSeconds());
    if (!peer) continue;
    const file = (/** @type {string} */ name) => join(workDir, `item2vec-${name}.bin`);
    writeFileSync(file('tokens'), corpus.tokens);
    writeFileSync(file('offsets'), corpus.offsets);
    await peer.ask({ do: 'load', tokens: file('tokens'), offsets: file('offsets'), seed });
    const { negativeSamplingRate: negatives, negativeSamplingExponent: exponent } = run.train;
    const alpha = Number(flags['rate']);
    const { cpuSeconds } = await peer.ask({
      do: 'train',
      path: file('vectors'),
      nodes: snapshot.nodeCount,
      dimension: cols,
      cbow: objective === 'cbow',
      negatives,
      exponent,
      alpha,
      epochs: run.sentences.iterations,
      seed,
    });
    const bytes = readFileSync(file('vectors'));
    const rows = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    note(`gensim ${objective}`, toHitRate(toCosines({ ...table, rows, stride: cols }), queries), cpuSeconds);
  }
}
peer?.close();
await catalog.close();

const spreads = Object.fromEntries(
  Object.entries(results).map(([name, { hitRates, seconds }]) => [
    name,
    { hitRate: toSpread(hitRates), seconds: toSpread(seconds) },
  ]),
);
for (const [name, { hitRate, seconds }] of Object.entries(spreads)) {
  console.log(`${name}: HR@${K} ${say(hitRate, 1, 4)}, ${say(seconds, 1, 1)} s`);
}
/** @param {'hitRate' | 'seconds'} figure @param {'skip-gram' | 'cbow'} objective ours over gensim's; without a peer there is none */
const toRatio = (figure, objective) => {
  const theirs = spreads[`gensim ${objective}`];
  return theirs && spreads[`shelfwalk ${objective}`][figure].median / theirs[figure].median;
};
finish(
  {
    bench: 'item2vec',
    settings: toRun('skip-gram', 1),
    queries: queries?.length,
    results: spreads,
    claims: /** @type {const} */ (['skip-gram', 'cbow']).flatMap((objective) => [
      {
        text: `HR@${K} of ${objective} over gensim's on the same sentences`,
        measured: toRatio('hitRate', objective),
        atLeast: 0.97,
      },
      {
        text: `CPU time of ${objective} over gensim's`,
        measured: toRatio('seconds', objective),
        atMost: 0.5,
      },
    ]),
    notes: [
      'seconds are CPU time with one training thread: ours of the whole process from sentences to vectors, gensim’s of its worker alone',
      ...(peer ? [] : [NO_PEER]),
    ],
  },
  flags,
  machine,
);
