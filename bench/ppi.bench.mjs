// @ts-check
/**
 * Labels of proteins from vectors of their interactions: Macro-F1 and Micro-F1 at half of the nodes
 * labelled, by the node2vec paper's settings, against PecanPy + gensim in the same run. One judge for
 * both sides (peers/node_labels.py), on the same splits; every side is trained with several seeds.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { importFiles, openWorkspace, readSnapshot, trainOnGraph } from '../dist/index.js';
import { finish, readFlags, toMachine } from './harness.mjs';
import { NO_PEER, openPeer } from './peer-process.mjs';

const USAGE = `node bench/ppi.bench.mjs [--seeds 3] [--splits 5] [--python PATH] [--json FILE] [--check]
  SHELFWALK_DATASETS names the folder with ppi (docs/datasets.md); --python, or SHELFWALK_PECANPY_PYTHON,
  the environment of bench/peers/setup.sh`;
const PAPER = { macro: 0.1791, labelledShare: 0.5 };
const NODES = 3890; // 30 of them without an edge: zeros on both sides
const DIMENSION = 128;
const WALK = { walkLength: 80, walksPerNode: 10, returnFactor: 4, inOutFactor: 1, typePolicy: {} };
const WINDOW = 10;
const THEIRS = 'PecanPy + gensim';
const OURS = 'shelfwalk';
/** Gensim's rate, which is PecanPy's, and half of it: the paper names none. */
const HALF = ', half the rate';
const RATES = { '': 0.025, [HALF]: 0.0125 };
/** Contexts that share negatives; without it the whole window does. */
const SHARED = { ', shared by 9': 9, ', shared by 1': 1 };
/** What PecanPy leaves at gensim's defaults, which also thin out the most frequent nodes. */
const EQUAL = { negativeSamplingRate: 5, negativeSamplingExponent: 0.75, positiveSamplingFactor: 0.001 };

const flags = readFlags(USAGE, {
  python: { type: 'string', default: process.env['SHELFWALK_PECANPY_PYTHON'] ?? '' },
  seeds: { type: 'string', default: '3' },
  splits: { type: 'string', default: '5' },
});
const machine = toMachine();
const seeds = Array.from({ length: Number(flags['seeds']) }, (_, i) => i + 1);
const root = process.env['SHELFWALK_DATASETS'];
if (!root) throw new Error('SHELFWALK_DATASETS is not set (docs/datasets.md)');
const folder = join(root, 'ppi');
mkdirSync(flags['graphs'], { recursive: true });
const work = mkdtempSync(join(flags['graphs'], 'ppi-'));
const peer = await openPeer(flags['python'], 'node_labels.py');

/** @param {string} name */
const readRows = (name) =>
  gunzipSync(readFileSync(join(folder, name)))
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));

/** @typedef {{ entrant: string, macro: number[], micro: number[], cpuSeconds: number[] }} Scored by seed of the training, means over the splits; CPU of ours */
/** @param {number[]} values */
const toMean = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;
/** @param {number[]} values */
const toDeviation = (values) =>
  Math.sqrt(values.reduce((sum, x) => sum + (x - toMean(values)) ** 2, 0) / (values.length - 1));

const vectorsPath = join(work, 'vectors.f32');
const labels = readRows('labels.csv.gz');

/** @param {string} entrant @param {(seed: number) => Promise<number | undefined>} embed fills vectorsPath, says CPU seconds of ours @returns {Promise<Scored>} */
async function score(entrant, embed) {
  /** @type {Scored} */
  const scored = { entrant, macro: [], micro: [], cpuSeconds: [] };
  for (const seed of seeds) {
    const cpuSeconds = await embed(seed);
    if (cpuSeconds !== undefined) scored.cpuSeconds.push(cpuSeconds);
    const { macro, micro } = await /** @type {import('./peer-process.mjs').Peer} */ (peer).ask({
      do: 'judge',
      path: vectorsPath,
      labels,
      nodes: NODES,
      dimension: DIMENSION,
      splits: Number(flags['splits']),
      share: PAPER.labelledShare,
    });
    scored.macro.push(toMean(macro));
    scored.micro.push(toMean(micro));
    console.log(entrant, seed, toMean(macro).toFixed(4), toMean(micro).toFixed(4));
  }
  return scored;
}

/** @param {import('../dist/index.js').Snapshot} snapshot @param {object} settings @param {number} randomSeed */
async function embedOurs(snapshot, settings, randomSeed) {
  const train = {
    embeddingDimension: DIMENSION,
    windowSize: WINDOW,
    concurrency: 1,
    randomSeed,
    ...settings,
  };
  const started = process.cpuUsage();
  const model = await trainOnGraph(snapshot, { walk: WALK, train });
  const { user, system } = process.cpuUsage(started);
  const vectors = new Float32Array(NODES * DIMENSION);
  for (const [row, key] of model.keys.entries())
    vectors.set(model.vectors.row(row), Number(key.replace('product:', '')) * DIMENSION);
  await model.close();
  writeFileSync(vectorsPath, vectors);
  return (user + system) / 1e6;
}

async function measure() {
  const workspace = await openWorkspace(join(work, 'data'));
  const mapping = { from: 'source', to: 'target' };
  await importFiles(workspace, [{ kind: 'edges', path: join(folder, 'edges.csv.gz'), mapping }]);
  const { snapshot } = await readSnapshot(workspace);
  await workspace.close();
  const edges = join(work, 'edges.tsv');
  writeFileSync(
    edges,
    `${readRows('edges.csv.gz')
      .map((row) => row.join('\t'))
      .join('\n')}\n`,
  );

  const { walkLength: length, walksPerNode: walks, returnFactor: p, inOutFactor: q } = WALK;
  const theirs = {
    edges,
    path: vectorsPath,
    nodes: NODES,
    dimension: DIMENSION,
    window: WINDOW,
    length,
    walks,
    p,
    q,
  };
  /** @type {Scored[]} */
  const scored = [];
  for (const [name, alpha] of Object.entries(RATES))
    scored.push(
      await score(`${THEIRS}${name}`, async (seed) => {
        await peer?.ask({ do: 'embed', ...theirs, alpha, seed });
        return undefined;
      }),
      await score(`${OURS}${name}`, (seed) =>
        embedOurs(snapshot, { ...EQUAL, initialLearningRate: alpha }, seed),
      ),
    );
  for (const [name, negativesSharedBy] of Object.entries(SHARED))
    for (const [rate, initialLearningRate] of Object.entries(RATES))
      scored.push(
        await score(`${OURS}${name}${rate}`, (seed) =>
          embedOurs(snapshot, { ...EQUAL, negativesSharedBy, initialLearningRate }, seed),
        ),
      );
  scored.push(await score(`${OURS}, defaults of its own`, (seed) => embedOurs(snapshot, {}, seed)));
  return scored;
}

const scored = peer ? await measure() : [];
peer?.close();
rmSync(work, { recursive: true });
/** @param {string} entrant */
const find = (entrant) => scored.find((one) => one.entrant === entrant);

/**
 * Ours − theirs in standard errors of the difference over the seeds of the trainings.
 * @param {'macro' | 'micro'} figure @param {string} rate of ours @param {string} theirRate
 */
function toDistance(figure, rate, theirRate) {
  const [ours, theirs] = [find(`${OURS}${rate}`)?.[figure], find(`${THEIRS}${theirRate}`)?.[figure]];
  if (!ours || !theirs) return undefined;
  const error = Math.sqrt((toDeviation(ours) ** 2 + toDeviation(theirs) ** 2) / seeds.length);
  return (toMean(ours) - toMean(theirs)) / error;
}

/** @param {string} rate of ours @param {string} theirRate @param {string} text @returns {import('./harness.mjs').Claim[]} */
const toClaims = (rate, theirRate, text) =>
  /** @type {const} */ (['macro', 'micro']).map((figure) => ({
    text: `${text}: ${figure}-F1 of ours − PecanPy’s, in standard errors of the difference`,
    measured: toDistance(figure, rate, theirRate),
    atLeast: -2,
  }));

/** @param {string} side */
function toBest(side) {
  const found = Object.keys(RATES).flatMap((rate) => find(`${side}${rate}`) ?? []);
  return found.length > 0 ? Math.max(...found.map(({ macro }) => toMean(macro))) : undefined;
}

console.log(machine);
console.table(
  scored.map(({ entrant, macro, micro, cpuSeconds }) => ({
    entrant,
    'Macro-F1': `${toMean(macro).toFixed(4)} ± ${toDeviation(macro).toFixed(4)}`,
    'Micro-F1': `${toMean(micro).toFixed(4)} ± ${toDeviation(micro).toFixed(4)}`,
    'CPU s': cpuSeconds.length > 0 ? toMean(cpuSeconds).toFixed(1) : '–',
  })),
);
finish(
  {
    bench: 'ppi',
    settings: {
      walk: WALK,
      windowSize: WINDOW,
      dimension: DIMENSION,
      ...EQUAL,
      rates: RATES,
      seeds,
      splits: Number(flags['splits']),
    },
    paper: PAPER,
    peer: peer
      ? 'PecanPy 2.0.9 (SparseOTF) + gensim 4.4.0; judge: scikit-learn 1.8.0, liblinear, C = 1'
      : undefined,
    scored,
    claims: [
      ...toClaims(HALF, '', 'half the rate, against PecanPy as it comes'),
      ...toClaims('', '', 'equal rate'),
      ...toClaims(HALF, HALF, 'half the rate on both sides'),
      ...Object.keys(SHARED).flatMap((shared) => [
        ...toClaims(shared, '', `negatives${shared}, equal rate`),
        ...toClaims(`${shared}${HALF}`, HALF, `negatives${shared}, half the rate on both sides`),
      ]),
      {
        text: 'macro-F1 of ours at the better of the two rates (the paper’s node2vec: .1791)',
        measured: toBest(OURS),
        atLeast: PAPER.macro,
      },
    ],
    notes: peer ? [] : [NO_PEER],
  },
  flags,
  machine,
);
