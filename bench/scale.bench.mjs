// @ts-check
/**
 * How large a shop fits: 30 M made-up interaction lines → catalog → snapshot, peak memory of each process.
 * `graph stats` builds the snapshot and walks over it once in expectation, so it is what is measured.
 */

import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../dist/base/rng.js';
import { runCommand } from './command.mjs';
import { finish, readFlags, toMachine } from './harness.mjs';

const USAGE = `node bench/scale.bench.mjs [--lines 30000000] [--customers 1000000] [--products 100000]
  [--graphs DIR] [--keep] [--json FILE] [--check]`;
const LIMIT_GIB = 4;
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2025, 0, 1);
/** Lines that are joined before they are written. */
const BATCH = 50_000;

const flags = readFlags(USAGE, {
  lines: { type: 'string', default: '30000000' },
  customers: { type: 'string', default: '1000000' },
  products: { type: 'string', default: '100000' },
  keep: { type: 'boolean', default: false },
});
const machine = toMachine();
const [lines, customers, products] = ['lines', 'customers', 'products'].map((name) => Number(flags[name]));

/** A few customers buy much and a few products sell much: both are drawn as n · u³. @param {string} path */
async function writeInteractions(path) {
  const random = createRandom(11);
  const days = Array.from({ length: 365 }, (_, day) => new Date(FIRST_DAY + day * DAY_MS).toISOString());
  const skewed = (/** @type {number} */ n) => Math.floor(n * random() ** 3);
  const file = createWriteStream(`${path}.part`);
  file.write('customer_id,product_id,bought_at,quantity\n');
  for (let written = 0; written < lines; written += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, lines - written) }, () => {
      const quantity = 1 + Math.floor(4 * random());
      return `c${skewed(customers)},SKU-${skewed(products)},${days[Math.floor(365 * random())]},${quantity}\n`;
    });
    if (!file.write(batch.join(''))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  renameSync(`${path}.part`, path);
}

mkdirSync(flags['graphs'], { recursive: true });
const path = join(flags['graphs'], `scale-${lines}-${customers}-${products}.csv`);
if (!existsSync(path)) await writeInteractions(path);
const work = mkdtempSync(join(flags['graphs'], 'scale-'));
const dataDir = join(work, 'data');
const columns = [
  ...['--customer', 'customer_id', '--product', 'product_id', '--timestamp', 'bought_at'],
  ...['--quantity', 'quantity'],
];
const stages = [
  await runCommand('import interactions', dataDir, ['import', 'interactions', path, ...columns]),
  await runCommand('graph stats', dataDir, ['graph', 'stats']),
];
const catalogBytes = statSync(join(dataDir, 'catalog.duckdb')).size;
const { nodeCount, relationshipCount } = stages[1].report;
if (!flags['keep']) rmSync(work, { recursive: true });

console.log(machine);
console.table(
  stages.map(({ stage, wallSeconds, cpuSeconds, peakBytes }) => ({
    stage,
    'wall s': +wallSeconds.toFixed(1),
    'CPU s': +cpuSeconds.toFixed(1),
    'peak MiB': Math.round(peakBytes / 2 ** 20),
  })),
);
finish(
  {
    bench: 'scale',
    lines,
    fileBytes: statSync(path).size,
    catalogBytes,
    nodeCount,
    relationshipCount,
    stages: stages.map(({ report: _, ...stage }) => stage),
    claims: [
      {
        text: `${lines / 1e6} M lines: highest peak of import and snapshot, GiB`,
        measured: Math.max(...stages.map((s) => s.peakBytes)) / 2 ** 30,
        atMost: LIMIT_GIB,
      },
    ],
    notes: ['one run, not rounds: memory hardly varies, times do with the load of the machine'],
  },
  flags,
  machine,
);
