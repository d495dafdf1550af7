// @ts-check
/**
 * The whole way, edge list on disk → vectors on disk, as a user runs it: `shelfwalk embed` against
 * PecanPy and gensim, each run a process of its own. CPU of the whole process and all its threads, start
 * of the interpreter and compilers included; and what the vectors are worth, read back from the files.
 *
 * The claim is made at equal worth: the same walks, dimension and negatives, each side at its own defaults
 * of window (3, 5) and learning rate (0.05, 0.025), and purity must not be lower. Beside it stand runs at
 * the peer's window, at all of the peer's settings, and of the peer at our rate.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './command.mjs';
import { finish, readFlags, say, toMachine, toRatios, toSpread } from './harness.mjs';
import { NO_PEER, oneThread } from './peer-process.mjs';
import { measurePurity } from './purity.mjs';
import { readRetail } from './retail-graph.mjs';

const USAGE = `node bench/path.bench.mjs [--graph RETAIL-S-noattr] [--rounds 3] [--brief] [--graphs DIR] [--python PATH] [--json FILE] [--check]
  --brief: what is compared, not the same at other settings
  --python: of the environment with PecanPy; default SHELFWALK_PECANPY_PYTHON`;
const TARGET = 6;

/** Of both sides, but for what an entrant says. */
const SETTINGS = {
  returnP: 0.5,
  inOutQ: 2,
  length: 40, // nodes; PecanPy counts steps and is told 39
  walks: 2,
  dimension: 128,
  window: 5,
  negatives: 5,
  exponent: 0.75,
  minAlpha: 1e-4,
};
/** SparseOTF is PecanPy's fastest on this graph; PreComp takes twice its CPU and 5 GB. */
const MODE = 'SparseOTF';

/** @typedef {{ name: string, side: 'shelfwalk' | 'peer', alpha: number, window?: number, threads?: number, closed?: boolean }} Entrant */
/** @typedef {{ cpuSeconds: number, wallSeconds: number, peakBytes: number, purity: number, stages: Record<string, number> }} Run */

/** @type {Entrant[]} */
const ENTRANTS = [
  { name: 'shelfwalk embed', side: 'shelfwalk', alpha: 0.05, window: 3 },
  { name: 'shelfwalk embed, window 5', side: 'shelfwalk', alpha: 0.05 },
  { name: 'shelfwalk embed, window 5, rate 0.025', side: 'shelfwalk', alpha: 0.025 },
  { name: 'shelfwalk embed, 2 threads', side: 'shelfwalk', alpha: 0.05, window: 3, threads: 2 },
  { name: 'shelfwalk embed, closed form', side: 'shelfwalk', alpha: 0, closed: true },
  { name: 'PecanPy + gensim', side: 'peer', alpha: 0.025 },
  { name: 'PecanPy + gensim, rate 0.05', side: 'peer', alpha: 0.05 },
];
const [OURS, SAME_WINDOW, PEER] = ['shelfwalk embed', 'shelfwalk embed, window 5', 'PecanPy + gensim'];

const flags = readFlags(USAGE, {
  graph: { type: 'string', default: 'RETAIL-S-noattr' },
  brief: { type: 'boolean', default: false },
  python: { type: 'string', default: process.env['SHELFWALK_PECANPY_PYTHON'] ?? '' },
});
const machine = toMachine();
const rounds = Number(flags['rounds'] ?? 3);
const retail = readRetail(flags['graph'], flags['graphs']);
const work = mkdtempSync(join(flags['graphs'], 'path-'));
const edges = join(work, 'graph.edg');
copyFileSync(retail.path, edges);

/** @param {Entrant} entrant @param {number} seed @returns {Promise<Run>} */
async function runOurs({ name, alpha, window = SETTINGS.window, threads = 1, closed = false }, seed) {
  const out = join(work, 'ours.vec');
  const walked = [
    ...['-p', String(SETTINGS.returnP), '-q', String(SETTINGS.inOutQ)],
    ...['--walk-length', String(SETTINGS.length), '--walks-per-node', String(SETTINGS.walks)],
    ...['--window-size', String(window)],
    ...['--negative-sampling-rate', String(SETTINGS.negatives)],
    ...['--negative-sampling-exponent', String(SETTINGS.exponent)],
    ...['--initial-learning-rate', String(alpha), '--min-learning-rate', String(SETTINGS.minAlpha)],
  ];
  const { report, cpuSeconds, wallSeconds, peakBytes } = await runCommand(name, join(work, 'unused'), [
    ...['embed', edges, '--out', out, '--force', '--type-policy', '{}', '--threads', String(threads)],
    ...['--dimension', String(SETTINGS.dimension), '--seed', String(seed)],
    ...(closed ? ['--algorithm', 'spectral'] : walked),
  ]);
  const { readMillis, preProcessingMillis, computeMillis } = report.training;
  const { writeMillis } = report;
  const [read, preprocess, compute, write] = [
    readMillis,
    preProcessingMillis,
    computeMillis,
    writeMillis,
  ].map((ms) => ms / 1000);
  const start = wallSeconds - read - preprocess - compute - write;
  const purity = toPurity(out);
  return { cpuSeconds, wallSeconds, peakBytes, purity, stages: { start, read, preprocess, compute, write } };
}

/** @param {Entrant} entrant @param {number} seed @returns {Promise<Run>} */
async function runPeer({ name, alpha }, seed) {
  const out = join(work, 'peer.vec');
  const facts = await spawnPeer(name, { edges, out, alpha, seed });
  return { ...facts, purity: toPurity(out) };
}

/** CPU seconds of the peer's walk stage on three edges: what Numba takes to compile it. */
async function measureCompiling() {
  const [tiny, out] = [join(work, 'tiny.edg'), join(work, 'tiny.vec')];
  writeFileSync(tiny, 'a\tb\t1\nb\tc\t2\nc\td\t1\n');
  return (await spawnPeer('PecanPy + gensim, three edges', { edges: tiny, out, alpha: 0.025, seed: 1 }))
    .stages['walk'];
}

/** @param {string} name @param {{ edges: string, out: string, alpha: number, seed: number }} run */
async function spawnPeer(name, { edges, out, alpha, seed }) {
  const script = fileURLToPath(new URL('peers/pecanpy_gensim.py', import.meta.url));
  const settings = JSON.stringify({ ...SETTINGS, alpha, seed, mode: MODE });
  const child = spawn(flags['python'], [script, edges, out, settings], {
    env: { ...process.env, ...oneThread() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    said += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
  const { stages, cpuSeconds, wallSeconds, peakBytes } = JSON.parse(said);
  console.log(`${name}: ${wallSeconds.toFixed(1)} s, ${(peakBytes / 2 ** 20).toFixed(0)} MiB`);
  const cpuByStage = Object.fromEntries(Object.entries(stages).map(([stage, s]) => [stage, s.cpuSeconds]));
  return { cpuSeconds, wallSeconds, peakBytes, stages: cpuByStage };
}

/** Read back from the file, as whoever uses it would: word2vec text whose keys are ids. @param {string} path */
function toPurity(path) {
  const [, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  const rows = new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line]));
  const rowOf = (/** @type {number} */ product) =>
    Float32Array.from(
      /** @type {string} */ (rows.get(String(retail.users + product))).split(' ').slice(1),
      Number,
    );
  return measurePurity(rowOf, retail.labels);
}

const isCompared = (/** @type {Entrant} */ { name, closed }) =>
  closed || [OURS, SAME_WINDOW, PEER].includes(name);
const entrants = ENTRANTS.filter(
  (entrant) => (entrant.side === 'shelfwalk' || flags['python']) && (!flags['brief'] || isCompared(entrant)),
);
/** @type {Map<string, Run[]>} */
const runs = new Map(entrants.map(({ name }) => [name, []]));
/** @type {number[]} by round */
const compiling = [];
try {
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? entrants : entrants.toReversed();
    for (const entrant of order) {
      const run = await (entrant.side === 'peer' ? runPeer : runOurs)(entrant, 42 + round);
      runs.get(entrant.name)?.push(run);
    }
    if (flags['python']) compiling.push(await measureCompiling());
  }
} finally {
  rmSync(work, { recursive: true });
}

/** @param {string} name @param {(run: Run) => number} pick */
const valuesOf = (name, pick) => (runs.get(name) ?? []).map(pick);
const peerCpu = valuesOf(PEER, (run) => run.cpuSeconds);
const results = entrants.map(({ name, side, alpha, window = SETTINGS.window, threads = 1 }) => {
  const stageNames = Object.keys(runs.get(name)?.[0]?.stages ?? {});
  const cpu = valuesOf(name, (run) => run.cpuSeconds);
  return {
    entrant: name,
    ...{ alpha, window, threads },
    cpuSeconds: toSpread(cpu),
    wallSeconds: toSpread(valuesOf(name, (run) => run.wallSeconds)),
    peakBytes: Math.max(...valuesOf(name, (run) => run.peakBytes)),
    purity: toSpread(valuesOf(name, (run) => run.purity)),
    lessThanPeer: peerCpu.length > 0 ? toRatios(peerCpu, cpu) : undefined,
    stagesUnit: side === 'peer' ? 'CPU seconds' : 'wall seconds',
    stages: Object.fromEntries(
      stageNames.map((stage) => [stage, toSpread(valuesOf(name, (run) => run.stages[stage]))]),
    ),
  };
});

console.log(machine);
console.table(
  results.map(({ entrant, cpuSeconds, wallSeconds, peakBytes, purity, lessThanPeer }) => ({
    entrant,
    'CPU s': say(cpuSeconds),
    'wall s': say(wallSeconds),
    'peak MiB': Math.round(peakBytes / 2 ** 20),
    purity: say(purity, 1, 4),
    'times less CPU': lessThanPeer ? say(lessThanPeer) : '–',
  })),
);
for (const { entrant, stages, stagesUnit } of results) {
  const text = Object.entries(stages).map(([stage, spread]) => `${stage} ${spread.median.toFixed(2)}`);
  console.log(`${entrant}, ${stagesUnit}: ${text.join(', ')}`);
}
const ours = results.find(({ entrant }) => entrant === OURS);
const peer = results.find(({ entrant }) => entrant === PEER);
const withoutCompiler = peer && {
  compiling: toSpread(compiling),
  lessThanPeer: toRatios(
    peerCpu.map((cpu, round) => cpu - compiling[round]),
    valuesOf(OURS, (run) => run.cpuSeconds),
  ),
};
if (withoutCompiler) {
  const { compiling: seconds, lessThanPeer } = withoutCompiler;
  console.log(
    `the peer compiles for ${say(seconds)} CPU s; without that: ${say(lessThanPeer)} times less CPU`,
  );
}
finish(
  {
    bench: 'path',
    graph: flags['graph'],
    settings: { ...SETTINGS, mode: MODE },
    peer: peer ? 'PecanPy 2.0.9, gensim 4.4.0, one worker each' : undefined,
    results,
    withoutCompiler,
    claims: [
      {
        text: 'edge list → vectors, CPU of the whole process: times less than PecanPy + gensim',
        measured: ours?.lessThanPeer?.median,
        spread: ours?.lessThanPeer,
        atLeast: TARGET,
      },
      {
        text: 'product k-NN purity, ours less the peer’s, medians',
        measured: ours && peer ? ours.purity.median - peer.purity.median : undefined,
        atLeast: 0,
      },
    ],
    notes: peer ? [] : [NO_PEER.replace('SHELFWALK_PEERS_PYTHON', 'SHELFWALK_PECANPY_PYTHON')],
  },
  flags,
  machine,
);
