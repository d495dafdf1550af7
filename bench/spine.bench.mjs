// @ts-check
/**
 * From files to the first answer over HTTP by the command line: time, CPU and peak memory of each command
 * on RETAIL-M, an edge of weight w being w purchases on different days. The peak is of the whole process,
 * DuckDB, threads and kernel included.
 */
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { runCommand, runServer } from './command.mjs';
import { finish, readFlags, toMachine } from './harness.mjs';
import { readRetail } from './retail-graph.mjs';

const USAGE = `node bench/spine.bench.mjs [--graph RETAIL-M] [--walks-per-node 1] [--evaluate] [--keep] [--set "--dimension 64 …"]
  [--graphs DIR] [--json FILE] [--check]`;
const LIMIT_GIB = 2;
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2025, 0, 1);

const flags = readFlags(USAGE, {
  graph: { type: 'string', default: 'RETAIL-M' },
  'walks-per-node': { type: 'string', default: '1' },
  set: { type: 'string', default: '' },
  evaluate: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
});
const machine = toMachine();

/** @typedef {{ interactions: string, products: string, rows: number, firstProduct: number }} Shop */

/** @param {string} name @param {string} dir @returns {Shop} */
function ensureCsv(name, dir) {
  const retail = readRetail(name, dir);
  const shop = {
    interactions: join(dir, `${name}.interactions.csv`),
    products: join(dir, `${name}.products.csv`),
    rows: 0,
    firstProduct: retail.users,
  };
  for (let e = 0; e < retail.edges.count; e++)
    if (retail.edges.from[e] < retail.users) shop.rows += retail.edges.weight[e];
  if (existsSync(shop.interactions) && existsSync(shop.products)) return shop;
  writeProducts(shop.products, retail);
  writeInteractions(shop.interactions, retail);
  return shop;
}

/** @param {string} path @param {import('./retail-graph.mjs').Retail} retail */
function writeInteractions(path, { users, edges }) {
  const file = openSync(`${path}.part`, 'w');
  writeSync(file, 'customer_id,product_id,bought_at\n');
  const days = Array.from({ length: 365 }, (_, day) => new Date(FIRST_DAY + day * DAY_MS).toISOString());
  /** @type {string[]} */
  let lines = [];
  for (let e = 0; e < edges.count; e++) {
    const customer = edges.from[e];
    if (customer >= users) continue; // a product and its attribute
    for (let i = 0; i < edges.weight[e]; i++) {
      const day = (Math.imul(e * 5 + i + 1, 2654435761) >>> 0) % 365;
      lines.push(`${customer},${edges.to[e]},${days[day]}\n`);
    }
    if (lines.length < 65536) continue;
    writeSync(file, lines.join(''));
    lines = [];
  }
  writeSync(file, lines.join(''));
  closeSync(file);
  renameSync(`${path}.part`, path);
}

/** The first attribute of a product is its category, the second its brand. @param {string} path @param {import('./retail-graph.mjs').Retail} retail */
function writeProducts(path, { users, products, edges }) {
  /** @type {string[][]} */
  const attributes = Array.from({ length: products }, () => []);
  for (let e = 0; e < edges.count; e++)
    if (edges.from[e] >= users) attributes[edges.from[e] - users].push(String(edges.to[e]));
  const lines = attributes.map(([category, brand], p) => `${users + p},Product ${p},${category},${brand}\n`);
  const file = openSync(path, 'w');
  writeSync(file, `product_id,name,category,brand\n${lines.join('')}`);
  closeSync(file);
}

const shop = ensureCsv(flags['graph'], flags['graphs']);
const work = mkdtempSync(join(flags['graphs'], 'spine-'));
const dataDir = join(work, 'data');
const interactionFlags = ['--customer', 'customer_id', '--product', 'product_id', '--timestamp', 'bought_at'];
const productFlags = [
  '--id',
  'product_id',
  '--name',
  'name',
  '--attribute',
  'category:codes',
  '--attribute',
  'brand:codes',
];
const trainFlags = [
  ...(flags['evaluate'] ? [] : ['--no-evaluate']),
  '--walks-per-node',
  flags['walks-per-node'],
  ...flags['set'].split(' ').filter(Boolean),
];
const stages = [
  await runCommand('import interactions', dataDir, [
    'import',
    'interactions',
    shop.interactions,
    ...interactionFlags,
  ]),
  await runCommand('import products', dataDir, ['import', 'products', shop.products, ...productFlags]),
  await runCommand(flags['evaluate'] ? 'evaluate and train' : 'train', dataDir, ['train', ...trainFlags]),
];
const { readySeconds, answerSeconds, ...server } = await runServer(
  dataDir,
  `/v1/products/${shop.firstProduct}/neighbors?limit=10`,
);
stages.push({ ...server, wallSeconds: readySeconds + answerSeconds });
const catalogBytes = statSync(join(dataDir, 'catalog.duckdb')).size;
if (!flags['keep']) rmSync(work, { recursive: true });

const total = stages.reduce((sum, s) => sum + s.wallSeconds, 0);
const { training, configuration, writeMillis } = stages[2].report;
/** Of the last training in the command; what they leave of its wall time is the start, the database and an evaluation. */
const insideTrain = Object.entries({
  'read graph': training.readMillis,
  preprocess: training.preProcessingMillis,
  'walk + train': training.computeMillis,
  'write version': writeMillis,
}).map(([phase, millis]) => ({ phase, seconds: millis / 1000 }));
console.log(machine);
console.table(
  stages.map(({ stage, wallSeconds, cpuSeconds, peakBytes }) => ({
    stage,
    'wall s': +wallSeconds.toFixed(1),
    share: `${((100 * wallSeconds) / total).toFixed(0)} %`,
    'CPU s': +cpuSeconds.toFixed(1),
    'peak MiB': Math.round(peakBytes / 2 ** 20),
  })),
);
console.table(
  insideTrain.map(({ phase, seconds }) => ({
    'inside train': phase,
    'wall s': +seconds.toFixed(2),
    share: `${((100 * seconds) / stages[2].wallSeconds).toFixed(0)} %`,
  })),
);
console.log('training', training);
finish(
  {
    bench: 'spine',
    graph: flags['graph'],
    rows: shop.rows,
    catalogBytes,
    stages: stages.map(({ report: _, ...stage }) => stage),
    insideTrain,
    serving: { readySeconds, answerSeconds },
    training,
    configuration,
    claims: [
      {
        text: `${flags['graph']}: highest peak of import, training and serving, GiB`,
        measured: Math.max(...stages.map((s) => s.peakBytes)) / 2 ** 30,
        atMost: LIMIT_GIB,
      },
    ],
    notes: ['one run, not rounds: memory hardly varies, times do with the load of the machine'],
  },
  flags,
  machine,
);
