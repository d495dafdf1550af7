// @ts-check
/**
 * A snapshot read through the graphology view, against a graphology graph copied from it: time to be
 * ready, memory held, and the time of two of graphology's own algorithms on each.
 *
 * Every round is a process of its own, the two in turn; memory is what is held after a collection. The
 * algorithms' results are compared before a figure is printed.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import louvainModule from 'graphology-communities-louvain';
import { bfs } from 'graphology-traversal';
import { createRandom } from '../dist/base/rng.js';
import { toGraphology } from '../dist/graph/graphology-export.js';
import { asGraphologyView } from '../dist/graph/graphology-view.js';
import { createKernelMemory } from '../dist/kernel/memory.js';
import { finish, readFlags, say, toMachine, toRatios, toSpread, toThreadClock } from './harness.mjs';
import { freezeRetail, readRetail } from './retail-graph.mjs';

const USAGE = `node bench/graphology.bench.mjs [--graph RETAIL-S] [--rounds 5] [--graphs DIR] [--json FILE] [--check]`;
const FIGURES = /** @type {const} */ (['heldBytes', 'readySeconds', 'bfsSeconds', 'louvainSeconds']);
/** @typedef {Record<typeof FIGURES[number], number> & { bfs: number, louvain: number, nodes: number, edges: number }} Measured */

const flags = readFlags(USAGE, {
  graph: { type: 'string', default: 'RETAIL-S' },
  measure: { type: 'string', default: '' },
});
if (flags['measure']) await measure(flags['measure']);
else compare();

/** In a process of its own. @param {string} side view | copy */
async function measure(side) {
  const louvain = /** @type {typeof louvainModule.default} */ (/** @type {unknown} */ (louvainModule));
  const clock = toThreadClock();
  const snapshot = freezeRetail(readRetail(flags['graph'], flags['graphs']), createKernelMemory(2 ** 32));
  const before = await toHeld();
  let at = clock();
  const graph = side === 'view' ? asGraphologyView(snapshot) : toGraphology(snapshot);
  const readySeconds = clock() - at;
  const heldBytes = (await toHeld()) - before;

  at = clock();
  let sum = 0;
  bfs(graph, (_node, _attributes, depth) => {
    sum = (sum * 31 + depth) % 1e9;
  });
  const bfsSeconds = clock() - at;
  at = clock();
  const communities = Object.values(louvain(graph, { rng: createRandom(1) }));
  const louvainSeconds = clock() - at;
  const labels = communities.reduce((hash, community) => (hash * 31 + community) % 1e9, 0);
  const sizes = { nodes: graph.order, edges: graph.size };
  console.log(
    JSON.stringify({
      heldBytes,
      readySeconds,
      bfsSeconds,
      louvainSeconds,
      bfs: sum,
      louvain: labels,
      ...sizes,
    }),
  );
}

/** Bytes that are left after a collection: of several, for buffers go a turn later than what held them. */
async function toHeld() {
  for (let i = 0; i < 5; i++) {
    /** @type {() => void} */ (globalThis.gc)();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function compare() {
  const machine = toMachine();
  const rounds = Number(flags['rounds'] ?? 5);
  /** @type {Record<string, Measured[]>} */
  const measured = { view: [], copy: [] };
  for (let round = 0; round < rounds; round++) {
    const sides = round % 2 ? ['copy', 'view'] : ['view', 'copy'];
    for (const side of sides) measured[side].push(runApart(side));
  }
  const [{ bfs: visits, louvain: labels, nodes, edges }] = measured['view'];
  for (const one of [...measured['view'], ...measured['copy']]) {
    if (one.bfs !== visits || one.louvain !== labels) throw new Error('the two do not agree');
  }
  console.log(`${flags['graph']}: ${nodes} nodes, ${edges} edges; median [least–greatest] of ${rounds}`);
  const rows = FIGURES.map((name) => {
    const [view, copy] = ['view', 'copy'].map((side) => measured[side].map((one) => one[name]));
    const ratio = toRatios(copy, view);
    const [unit, digits] = name === 'heldBytes' ? [2 ** 20, 1] : [1, 3];
    const text = [say(toSpread(view), unit, digits), say(toSpread(copy), unit, digits), say(ratio, 1, 1)];
    console.log(`${name.padEnd(16)} view ${text[0]}  copy ${text[1]}  copy / view ${text[2]}`);
    return { figure: name, view: toSpread(view), copy: toSpread(copy), ratio };
  });
  const held = rows.find((row) => row.figure === 'heldBytes');
  const claims = [
    { text: 'memory of a copy / of the view', measured: held?.ratio.median, spread: held?.ratio, atLeast: 5 },
  ];
  finish({ bench: 'graphology', graph: flags['graph'], nodes, edges, rows, claims }, flags, machine);
}

/** @param {string} side @returns {Measured} */
function runApart(side) {
  const own = ['--measure', side, '--graph', flags['graph'], '--graphs', flags['graphs']];
  const text = execFileSync(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), ...own], {
    encoding: 'utf8',
  });
  return JSON.parse(/** @type {string} */ (text.trim().split('\n').at(-1)));
}
