// @ts-check
/**
 * What spectral vectors cost, and how near they are: CPU seconds of the whole process, the change of the last
 * round, and for how long the event loop waits, by dimension and rounds, on the RETAIL graphs.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createKernelMemory } from '../dist/kernel/memory.js';
import { runConfigSchema } from '../dist/pipeline/config.js';
import { toSpectralParams } from '../dist/pipeline/run-params.js';
import { computeSpectral } from '../dist/spectral/spectral-embeddings.js';
import { finish, readFlags, say, toMachine, toSpread } from './harness.mjs';
import { freezeRetail, readRetail } from './retail-graph.mjs';

const USAGE = `node bench/spectral.bench.mjs [--on RETAIL-S-noattr,RETAIL-M-noattr] [--dimensions 64,128,256] [--iterations 1,3,8]
  [--rounds 3] [--graphs DIR] [--json FILE] [--check]`;
const MOST_SECONDS = 20; // of CPU, RETAIL-M at the defaults: the trained model takes minutes

const flags = readFlags(USAGE, {
  on: { type: 'string', default: 'RETAIL-S-noattr,RETAIL-M-noattr' },
  dimensions: { type: 'string', default: '64,128,256' },
  iterations: { type: 'string', default: '1,3,8' },
});
const machine = toMachine();
const toNumbers = (/** @type {string} */ list) => list.split(',').map(Number);
const repeats = Number(flags['rounds'] ?? 3);

/** @param {import('./retail-graph.mjs').Retail} retail @param {number} embeddingDimension @param {number} iterations */
async function measure(retail, embeddingDimension, iterations) {
  const run = runConfigSchema.parse({
    train: { algorithm: 'spectral', embeddingDimension },
    spectral: { iterations },
  });
  const memory = createKernelMemory(2 ** 32);
  const snapshot = freezeRetail(retail, memory);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const from = process.cpuUsage();
  const model = await computeSpectral(snapshot, memory, toSpectralParams(run));
  const { user, system } = process.cpuUsage(from);
  delay.disable();
  return {
    seconds: (user + system) / 1e6,
    change: model.change,
    smallest: model.singularValues[embeddingDimension - 1],
    waitP99Ms: delay.percentile(99) / 1e6,
    edges: snapshot.arcCount / 2,
  };
}

const rows = [];
for (const graph of flags['on'].split(',')) {
  const retail = readRetail(graph, flags['graphs']);
  for (const dimension of toNumbers(flags['dimensions'])) {
    for (const iterations of toNumbers(flags['iterations'])) {
      const taken = [];
      for (let i = 0; i < repeats; i++) taken.push(await measure(retail, dimension, iterations));
      const { change, smallest, edges } = taken[0];
      const cpuSeconds = toSpread(taken.map(({ seconds }) => seconds));
      const waitP99Ms = toSpread(taken.map((t) => t.waitP99Ms));
      rows.push({ graph, edges, dimension, iterations, cpuSeconds, change, smallest, waitP99Ms });
      console.log(
        `${graph} (${edges} edges), dimension ${dimension}, ${iterations} iterations: ${say(cpuSeconds)} CPU s, ` +
          `change ${change.toExponential(1)}, s${dimension} ${smallest.toFixed(4)}, 99 % of waits below ${say(waitP99Ms, 1, 1)} ms`,
      );
    }
  }
}

const { train, spectral } = runConfigSchema.parse({ train: { algorithm: 'spectral' } });
const ofDefaults = rows.find(
  ({ graph, dimension, iterations }) =>
    graph.startsWith('RETAIL-M') &&
    dimension === train.embeddingDimension &&
    iterations === spectral.iterations,
);
finish(
  {
    bench: 'spectral',
    rows,
    claims: [
      {
        text: 'RETAIL-M, 5,000,000 edges, at the defaults: CPU seconds',
        measured: ofDefaults?.cpuSeconds.median,
        ...(ofDefaults && { spread: ofDefaults.cpuSeconds }),
        atMost: MOST_SECONDS,
      },
    ],
    notes: ['CPU seconds are of the whole process: another one on the machine does not count'],
  },
  flags,
  machine,
);
