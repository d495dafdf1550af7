// @ts-check
/**
 * Steps per second of walks, one thread, against fastnode2vec's numba kernel in the same run.
 *
 * Every variant is checked first: each step follows an arc, and both sides return equally often.
 * Then rounds alternate between the two, each counting CPU seconds of the one thread that walks.
 */
import { hasArc } from '../dist/walk/law.js';
import { finish, readFlags, say, toMachine, toRatios, toSpread, toThreadClock } from './harness.mjs';
import { NO_PEER, openPeer } from './peer-process.mjs';
import { createWalker, readRetail, withEqualWeights, withProductEdges } from './retail-graph.mjs';

const USAGE = `node bench/walk.bench.mjs [--graph RETAIL-S] [--length 80] [--rounds 7] [--only TEXT]
  [--graphs DIR] [--python PATH] [--json FILE] [--check]`;
/** The claim: fastnode2vec's best case among the biased ones. */
const CLAIMED = 'weighted p=0.5 q=2';
const TARGET = 2;
/** Product–product edges of the general graph, per product. */
const EDGES_PER_PRODUCT = 10;
const BIASES = [
  { p: 1, q: 1 },
  { p: 0.5, q: 2 },
  { p: 0.25, q: 4 },
  { p: 4, q: 0.25 },
];

const flags = readFlags(USAGE, {
  graph: { type: 'string', default: 'RETAIL-S' },
  length: { type: 'string', default: '80' },
  only: { type: 'string', default: '' },
});
const machine = toMachine();
const clock = toThreadClock();
const rounds = Number(flags['rounds'] ?? 7);
const length = Number(flags['length']);
const peer = await openPeer(flags['python'], 'fastnode2vec_walks.py');

const retail = readRetail(flags['graph'], flags['graphs']);
const graphs = {
  weighted: { retail, weighted: true },
  unweighted: { retail: withEqualWeights(retail), weighted: false },
  general: { retail: withProductEdges(retail, retail.products * EDGES_PER_PRODUCT), weighted: true },
};

/** @typedef {Awaited<ReturnType<typeof createWalker>>} Walker */
/** @typedef {{ name: string, graph: keyof typeof graphs, p: number, q: number, walker: Walker, ours: number[], theirs: number[] }} Variant */

/** @returns {Promise<Variant[]>} */
async function prepare() {
  const variants = [];
  for (const graph of /** @type {(keyof typeof graphs)[]} */ (Object.keys(graphs))) {
    const { retail, weighted } = graphs[graph];
    const loaded = await peer?.ask({ do: 'load', name: graph, path: retail.path, weighted });
    for (const { p, q } of BIASES) {
      const name = `${graph} p=${p} q=${q}`;
      if (!name.includes(flags['only'])) continue;
      const walker = await createWalker(retail, { length, returnP: p, inOutQ: q, policy: {}, seed: 42 });
      if (loaded && loaded.arcs !== walker.snapshot.arcCount) {
        throw new Error(`${graph}: ${loaded.arcs} arcs there, ${walker.snapshot.arcCount} here`);
      }
      const variant = { name, graph, p, q, walker, ours: [], theirs: [] };
      await check(variant);
      variants.push(variant);
    }
  }
  return variants;
}

/** Throws where a walk takes a step that is no arc, or where the two sides do not walk the same law. @param {Variant} variant */
async function check({ name, graph, p, q, walker: { kernel, snapshot, starts, tokens } }) {
  let returns = 0;
  let steps = 0;
  for (const [i, start] of starts.entries()) {
    const count = kernel.walk(start, 0, tokens.byteOffset);
    for (let k = 1; k < count; k++) {
      if (i % 50 === 0 && !hasArc(snapshot, tokens[k - 1], tokens[k]))
        throw new Error(`${name}: no arc ${tokens[k - 1]} – ${tokens[k]}`);
      if (k >= 2 && tokens[k] === tokens[k - 2]) returns++;
    }
    steps += Math.max(0, count - 2);
  }
  const there = await peer?.ask({ do: 'law', name: graph, length, p, q, seed: 1 });
  // 2 M steps that depend on each other within a walk only: 0.005 is more than ten standard errors.
  if (there && Math.abs(there.returnShare - returns / steps) > 0.005) {
    throw new Error(`${name}: returns ${returns / steps} here, ${there.returnShare} there`);
  }
}

/** At least 0.3 CPU seconds, so that the clock's grain is none of the result. @param {Variant} variant @param {number} round → steps per CPU second */
function walkOurs({ walker: { kernel, starts } }, round) {
  const started = clock();
  let steps = 0;
  let seconds = 0;
  for (let pass = round * 1000; seconds < 0.3; pass++) {
    steps += kernel.walkRange(0, starts.length, starts.length, pass);
    seconds = clock() - started;
  }
  return steps / seconds;
}

/** @param {Variant} variant @param {number} round */
async function walkTheirs({ graph, p, q }, round) {
  const { steps, cpuSeconds } = await /** @type {import('./peer-process.mjs').Peer} */ (peer).ask({
    do: 'walk',
    name: graph,
    length,
    p,
    q,
    seed: round,
  });
  return steps / cpuSeconds;
}

const variants = await prepare();
for (let round = -1; round < rounds; round++) {
  for (const variant of variants) {
    // One side first in even rounds, the other in odd ones; round −1 warms both up.
    const order = round % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours'];
    for (const side of order) {
      if (side === 'theirs' && !peer) continue;
      const rate = side === 'ours' ? walkOurs(variant, round + 1) : await walkTheirs(variant, round + 1);
      if (round >= 0) variant[/** @type {'ours' | 'theirs'} */ (side)].push(rate);
    }
  }
}
peer?.close();

const rows = variants.map(({ name, ours, theirs, walker }) => ({
  variant: name,
  twoColourable: walker.snapshot.twoColourable,
  stepsPerSecond: toSpread(ours),
  peerStepsPerSecond: peer ? toSpread(theirs) : undefined,
  ratio: peer ? toRatios(ours, theirs) : undefined,
}));
console.log(machine);
console.table(
  rows.map((row) => ({
    variant: row.variant,
    'M steps/s': say(row.stepsPerSecond, 1e6),
    'fastnode2vec M steps/s': row.peerStepsPerSecond ? say(row.peerStepsPerSecond, 1e6) : '–',
    ratio: row.ratio ? say(row.ratio) : '–',
  })),
);
finish(
  {
    bench: 'walk',
    graph: flags['graph'],
    length,
    peer: peer ? 'fastnode2vec 0.0.7, its numba kernel in a compiled loop' : undefined,
    rows,
    claims: [
      {
        text: `${CLAIMED}: steps per CPU second of one thread, times fastnode2vec's`,
        measured: rows.find((row) => row.variant === CLAIMED)?.ratio?.median,
        spread: rows.find((row) => row.variant === CLAIMED)?.ratio,
        atLeast: TARGET,
      },
    ],
    notes: peer ? [] : [NO_PEER],
  },
  flags,
  machine,
);
