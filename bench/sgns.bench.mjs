// @ts-check
/**
 * Tokens per second of skip-gram training, one thread, against gensim in the same run, and what the
 * vectors are worth: k-NN purity of both at equal settings on the same walks.
 *
 * Speed: the same walks in the same order, rounds alternating. Ours is timed twice, training on walks
 * made before (what gensim does) and walking as well (what the product does); the claim is on the latter.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKernelMemory } from '../dist/kernel/memory.js';
import { trainEmbeddings } from '../dist/train/trainer.js';
import { finish, readFlags, say, toMachine, toRatios, toSpread, toThreadClock } from './harness.mjs';
import { NO_PEER, openPeer } from './peer-process.mjs';
import { measurePurity } from './purity.mjs';
import { freezeRetail, readRetail } from './retail-graph.mjs';
import { createTrainerKernel } from './sgns-kernel.mjs';

const USAGE = `node bench/sgns.bench.mjs [--graph RETAIL-S] [--rounds 7] [--walks 1500] [--seeds 2]
  [--skip-speed] [--skip-quality] [--graphs DIR] [--python PATH] [--json FILE] [--check]`;
const WINDOWS = [5, 10];
const TARGET = { ratio: 4, window: 10, purity: 0.95 };
const SGNS = {
  objective: /** @type {const} */ ('skip-gram'),
  dimension: 128,
  negatives: 5,
  negativeExponent: 0.75,
  sampleFactor: 0,
  initialLearningRate: 0.025,
  minLearningRate: 1e-4,
  workers: 1,
};
const BIAS = { returnP: 0.5, inOutQ: 2, policy: {}, seed: 42 };
const SPEED_LENGTH = 80;
const QUALITY = { length: 40, passes: 2, windowSize: 5 };

const flags = readFlags(USAGE, {
  graph: { type: 'string', default: 'RETAIL-S' },
  walks: { type: 'string', default: '1500' },
  seeds: { type: 'string', default: '2' },
  'skip-speed': { type: 'boolean', default: false },
  'skip-quality': { type: 'boolean', default: false },
});
const machine = toMachine();
const clock = toThreadClock();
const rounds = Number(flags['rounds'] ?? 7);
const walksPerRound = Number(flags['walks']);
const peer = await openPeer(flags['python'], 'gensim_sgns.py');

/** @typedef {import('./sgns-kernel.mjs').TrainerKernel} TrainerKernel */

/** Walks [0, count) of a pass after pass, as the trainer would make them. @param {TrainerKernel} trainer @param {number} count @param {number} length */
function makeCorpus(trainer, count, length) {
  const corpus = new Uint32Array(count * length);
  for (let w = 0; w < count; w++) {
    const n = trainer.starts.length;
    const walk = trainer.walk(w % n, Math.floor(w / n));
    if (walk.length !== length) throw new Error(`walk ${w} has ${walk.length} nodes, expected ${length}`);
    corpus.set(walk, w * length);
  }
  return corpus;
}

/** Hands walks to the peer through a file. @param {string} name @param {Uint32Array} corpus @param {number} length */
async function lend(name, corpus, length) {
  const path = join(flags['graphs'], `${name}.u32`);
  writeFileSync(path, corpus);
  await peer?.ask({ do: 'load', corpus: name, path, length });
  rmSync(path);
}

/** @param {number} windowSize @param {'plain' | 'relaxed'} flavour */
const createTrainer = (windowSize, flavour) => {
  const walk = { ...BIAS, length: SPEED_LENGTH };
  return createTrainerKernel(readRetail(flags['graph'], flags['graphs']), {
    walk,
    train: { ...SGNS, windowSize, passes: 1, seed: 42 },
    flavour,
  });
};

/** One entrant of the speed rounds: `run` trains on walks [first, end) and gives CPU seconds. */
/** @typedef {{ name: string, window: number, run: (first: number, end: number) => number | Promise<number>, rates: number[] }} Entrant */

async function createEntrants() {
  /** @type {Entrant[]} */
  const entrants = [];
  const walkCount = walksPerRound * (rounds + 1);
  for (const window of WINDOWS) {
    const trainers = {
      relaxed: await createTrainer(window, 'relaxed'),
      plain: await createTrainer(window, 'plain'),
    };
    const corpus = makeCorpus(trainers.relaxed, walkCount, SPEED_LENGTH);
    if (window === WINDOWS[0]) await lend('speed', corpus, SPEED_LENGTH);
    if (walkCount > trainers.relaxed.starts.length) throw new Error('--walks × rounds is more than one pass');
    const timed = (/** @type {() => void} */ work) => {
      const started = clock();
      work();
      return clock() - started;
    };
    for (const flavour of /** @type {const} */ (['relaxed', 'plain'])) {
      const { kernel, trainOn } = trainers[flavour];
      const fused = (/** @type {number} */ first, /** @type {number} */ end) =>
        timed(() => kernel.trainRange(first, end, trainers[flavour].starts.length, 0, 0.025));
      const given = (/** @type {number} */ first, /** @type {number} */ end) =>
        timed(() => trainOn(corpus, first, end, 0.025));
      entrants.push({ name: `${flavour}, walk + train`, window, run: fused, rates: [] });
      entrants.push({ name: `${flavour}, train`, window, run: given, rates: [] });
    }
    if (!peer) continue;
    const model = `speed${window}`;
    const { dimension, negatives, negativeExponent: exponent, initialLearningRate: alpha } = SGNS;
    await peer.ask({
      do: 'create',
      model,
      corpus: 'speed',
      dimension,
      window,
      negatives,
      exponent,
      alpha,
      seed: 1,
    });
    const run = async (/** @type {number} */ first, /** @type {number} */ end) =>
      (await peer.ask({ do: 'train', model, corpus: 'speed', first, end })).cpuSeconds;
    entrants.push({ name: 'gensim', window, run, rates: [] });
  }
  return entrants;
}

/** Round 0 warms up. Every entrant gets the same walks in a round, in an order that turns with the rounds. */
async function measureSpeed() {
  const entrants = await createEntrants();
  for (let round = 0; round <= rounds; round++) {
    const order = round % 2 === 0 ? entrants : entrants.toReversed();
    for (const entrant of order) {
      const seconds = await entrant.run(round * walksPerRound, (round + 1) * walksPerRound);
      if (round > 0) entrant.rates.push((walksPerRound * SPEED_LENGTH) / seconds);
    }
  }
  return entrants.map(({ name, window, rates }) => {
    const theirs = entrants.find((e) => e.name === 'gensim' && e.window === window)?.rates;
    return {
      entrant: name,
      window,
      tokensPerSecond: toSpread(rates),
      ratio: theirs && toRatios(rates, theirs),
    };
  });
}

/** Purity by seed of ours (the product's own training, one worker) and gensim's, on the same walks. */
async function measureQuality() {
  const retail = readRetail(`${flags['graph']}-noattr`, flags['graphs']);
  const { length, passes, windowSize } = QUALITY;
  /** @type {{ model: string, seed: number, purity: number }[]} */
  const rows = [];
  for (let seed = 42; seed < 42 + Number(flags['seeds']); seed++) {
    const walk = { ...BIAS, length, seed };
    const train = { ...SGNS, windowSize, passes, seed };
    for (const flavour of /** @type {const} */ (['relaxed', 'plain'])) {
      const memory = createKernelMemory(2 ** 32);
      const snapshot = freezeRetail(retail, memory);
      const { vectors } = await trainEmbeddings(snapshot, memory, {
        walk,
        train,
        startTypes: ['customer', 'product'],
        flavour,
      });
      rows.push({
        model: flavour,
        seed,
        purity: measurePurity((p) => vectors.row(retail.users + p), retail.labels),
      });
    }
    if (peer) rows.push({ model: 'gensim', seed, purity: await measurePeer(retail, { walk, train }) });
  }
  return rows;
}

/** @param {import('./retail-graph.mjs').Retail} retail @param {{ walk: import('../dist/walk/params.js').WalkParams, train: import('../dist/train/params.js').TrainParams }} options */
async function measurePeer(retail, { walk, train }) {
  const { length, seed } = walk;
  const {
    dimension,
    windowSize: window,
    negatives,
    negativeExponent: exponent,
    initialLearningRate: alpha,
    passes,
  } = train;
  const trainer = await createTrainerKernel(retail, { walk, train, flavour: 'plain' });
  const count = trainer.starts.length * passes;
  await lend('quality', makeCorpus(trainer, count, length), length);
  const nodes = trainer.snapshot.nodeCount;
  await peer?.ask({
    do: 'create',
    model: 'quality',
    corpus: 'quality',
    dimension,
    window,
    negatives,
    exponent,
    alpha,
    seed,
  });
  await peer?.ask({ do: 'train', model: 'quality', corpus: 'quality', first: 0, end: count });
  const path = join(flags['graphs'], 'gensim.f32');
  await peer?.ask({ do: 'save', model: 'quality', path, nodes, dimension });
  const bytes = readFileSync(path);
  rmSync(path);
  const vectors = new Float32Array(bytes.buffer, bytes.byteOffset, nodes * dimension);
  return measurePurity(
    (p) => vectors.subarray((retail.users + p) * dimension, (retail.users + p + 1) * dimension),
    retail.labels,
  );
}

const speed = flags['skip-speed'] ? [] : await measureSpeed();
const quality = flags['skip-quality'] ? [] : await measureQuality();
peer?.close();

console.log(machine);
console.table(
  speed.map((row) => ({
    entrant: row.entrant,
    window: row.window,
    'k tokens/s': say(row.tokensPerSecond, 1000, 0),
    'times gensim': row.ratio ? say(row.ratio) : '–',
  })),
);
console.table(quality);
const claimed = speed.find((row) => row.window === TARGET.window && row.entrant === 'relaxed, walk + train');
const purities = quality.filter((row) => row.model === 'relaxed').map((row) => row.purity);
finish(
  {
    bench: 'sgns',
    graph: flags['graph'],
    settings: { ...SGNS, ...BIAS, speedLength: SPEED_LENGTH, walksPerRound, quality: QUALITY },
    peer: peer ? 'gensim 4.4.0, one worker, CPU seconds of the worker thread' : undefined,
    speed,
    quality,
    claims: [
      {
        text: `window ${TARGET.window}: tokens per CPU second of one thread, walking included, times gensim's`,
        measured: claimed?.ratio?.median,
        spread: claimed?.ratio,
        atLeast: TARGET.ratio,
      },
      {
        text: 'least product k-NN purity',
        measured: purities.length > 0 ? Math.min(...purities) : undefined,
        atLeast: TARGET.purity,
      },
    ],
    notes: peer ? [] : [NO_PEER],
  },
  flags,
  machine,
);
