// @ts-check
/**
 * A made-up shop into Neo4j and out again: relationships per second, and the peak memory of each process.
 * The server is the one that NEO4J_URI names; its database must be empty, and is left filled.
 */
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../dist/base/rng.js';
import { buildSnapshot } from '../dist/graph/snapshot.js';
import { openNeo4j } from '../dist/neo4j/connection.js';
import { toGraphModel } from '../dist/neo4j/model.js';
import { createNeo4jSource } from '../dist/neo4j/source.js';
import { neo4jInput, readNeo4jSettings } from '../dist/pipeline/neo4j-config.js';
import { runCommand } from './command.mjs';
import { finish, readFlags, toMachine } from './harness.mjs';

const flags = readFlags(
  `NEO4J_URI=bolt://… NEO4J_PASSWORD=… node bench/neo4j-load.bench.mjs [--lines 200000] [--customers 10000]
  [--products 5000] [--json FILE] [--graphs DIR]`,
  {
    lines: { type: 'string', default: '200000' },
    customers: { type: 'string', default: '10000' },
    products: { type: 'string', default: '5000' },
  },
);
const machine = toMachine();
const [lines, customers, products] = ['lines', 'customers', 'products'].map((name) => Number(flags[name]));
const LIMIT_MIB = 700;

/** A few customers buy much and a few products sell much: both are drawn as n · u². @param {string} path */
async function writeInteractions(path) {
  const random = createRandom(11);
  const skewed = (/** @type {number} */ n) => Math.floor(n * random() ** 2);
  const file = createWriteStream(path);
  file.write('customer,product,ts\n');
  for (let i = 0; i < lines; i++) {
    const day = 1 + Math.floor(28 * random());
    const line = `c${skewed(customers)},SKU-${skewed(products)},2025-01-${String(day).padStart(2, '0')}\n`;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

mkdirSync(flags['graphs'], { recursive: true });
const work = mkdtempSync(join(flags['graphs'], 'neo4j-'));
const dataDir = join(work, 'data');
const path = join(work, 'sales.csv');
await writeInteractions(path);
const columns = ['--customer', 'customer', '--product', 'product', '--timestamp', 'ts'];
await runCommand('import', dataDir, ['import', 'interactions', path, ...columns]);
const stages = [
  await runCommand('load', dataDir, ['neo4j', 'load']),
  await runCommand('load again', dataDir, ['neo4j', 'load']),
];
const relationships = stages[0].report.written.interactions;

// Read by this process, whose own peak it then is.
const settings = await readNeo4jSettings(neo4jInput.parse({}));
const neo4j = await openNeo4j(settings);
const startedAt = performance.now();
const snapshot = await buildSnapshot(createNeo4jSource(neo4j, toGraphModel({})), {
  weighting: { typeWeights: {}, otherTypes: 1, damping: 'log' },
  attributes: true,
});
const readSeconds = (performance.now() - startedAt) / 1000;
await neo4j.close();
rmSync(work, { recursive: true });

const readPeak = process.resourceUsage().maxRSS * 1024;
const rows = [
  ...stages.map(({ stage, report, peakBytes }) => ({ stage, seconds: report.tookMs / 1000, peakBytes })),
  { stage: 'read', seconds: readSeconds, peakBytes: readPeak },
];
console.log(machine);
console.table(
  rows.map(({ stage, seconds, peakBytes }) => ({
    stage,
    seconds: +seconds.toFixed(1),
    'relationships/s': Math.round(relationships / seconds),
    'peak MiB': Math.round(peakBytes / 2 ** 20),
  })),
);
finish(
  {
    bench: 'neo4j-load',
    lines,
    customers,
    products,
    relationships,
    arcs: snapshot.arcCount,
    stages: rows,
    claims: [
      {
        text: 'highest peak of load and read, MiB',
        measured: Math.max(...rows.map((row) => row.peakBytes)) / 2 ** 20,
        atMost: LIMIT_MIB,
      },
    ],
    notes: ['one run, not rounds; the server runs on the same two cores'],
  },
  flags,
  machine,
);
