// @ts-check
/**
 * What lies over a version costs a query: rows left out by flags against rows named one by one, and a scan
 * of so many nodes that were folded in. One thread, 20,000 products, 128 dimensions; CPU time of that thread.
 */
import { Matrix } from '../dist/base/matrix.js';
import { createRandom } from '../dist/base/rng.js';
import { createExactIndex } from '../dist/neighbors/exact.js';
import { ColdTable } from '../dist/pipeline/cold-table.js';
import { finish, readFlags, say, toMachine, toRatios, toSpread, toThreadClock } from './harness.mjs';

const USAGE =
  'node bench/overlay.bench.mjs [--rows 20000] [--queries 100] [--rounds 9] [--json FILE] [--check]';

const flags = readFlags(USAGE, {
  rows: { type: 'string', default: '20000' },
  queries: { type: 'string', default: '100' },
});
const [rows, queries, rounds] = [
  Number(flags['rows']),
  Number(flags['queries']),
  Number(flags['rounds'] ?? 9),
];
const DIMENSION = 128;
const LIMIT = 20;
const startedOn = toMachine();
const random = createRandom(7);
const draw = () => Float32Array.from({ length: DIMENSION }, () => random() - 0.5);

const matrix = new Matrix(new Float32Array(rows * DIMENSION), rows, DIMENSION);
for (let i = 0; i < rows; i++) matrix.row(i).set(draw());
const index = await createExactIndex(matrix, { metric: 'cosine', threads: 0 });
const asked = Array.from({ length: queries }, draw);

/** A tenth of the rows, as flags and as a list. */
const tenth = Array.from({ length: rows }, (_, i) => i).filter((i) => i % 10 === 3);
const none = new Uint8Array(new SharedArrayBuffer(rows));
const some = new Uint8Array(new SharedArrayBuffer(rows));
for (const i of tenth) some[i] = 2;

/** @param {number} size */
function fillTable(size) {
  const table = new ColdTable(DIMENSION);
  for (let i = 0; i < size; i++) {
    const folded = { vector: draw(), context: draw(), basis: { interactions: 1, attributes: 0 } };
    table.set({ type: 'product', id: `new-${i}` }, { name: '', folded, from: new Uint32Array(0) }, 0);
  }
  return table;
}
const tables = new Map([0, 100, 1000, 10_000].map((size) => [size, fillTable(size)]));
const cold = {
  metric: /** @type {const} */ ('cosine'),
  type: /** @type {const} */ ('product'),
  limit: LIMIT,
};

/** @type {Record<string, (query: Float32Array) => unknown>} */
const ways = {
  'nothing left out': (query) => index.search(query, { limit: LIMIT }),
  'flags, none set': (query) => index.search(query, { limit: LIMIT, without: { flags: none, bits: 1 } }),
  'flags, a tenth set': (query) => index.search(query, { limit: LIMIT, without: { flags: some, bits: 3 } }),
  'a list of a tenth': (query) => index.search(query, { limit: LIMIT, exclude: tenth }),
};
for (const [size, table] of tables) {
  ways[`cold nodes: ${size}`] = (query) => table.search(query, { ...cold, bits: 1, exclude: new Set() });
}

for (const query of asked) {
  const [a, b] = [await ways['flags, a tenth set']?.(query), await ways['a list of a tenth']?.(query)];
  if (JSON.stringify(a) !== JSON.stringify(b)) throw new Error('flags and a list leave out other rows');
}
const clock = toThreadClock();
/** @type {Record<string, number[]>} seconds per query, by round */
const seconds = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  const order = Object.entries(ways);
  for (const [name, ask] of round % 2 ? order.reverse() : order) {
    const before = clock();
    for (const query of asked) await ask(query);
    seconds[name]?.push((clock() - before) / queries);
  }
}
await index.close();

const plain = /** @type {number[]} */ (seconds['nothing left out']);
const ratioOf = (/** @type {string} */ name) => toRatios(/** @type {number[]} */ (seconds[name]), plain);
for (const [name, list] of Object.entries(seconds)) {
  console.log(`${name}: ${say(toSpread(list), 1e-6, 0)} µs a query, ${say(ratioOf(name))} of a plain search`);
}
const spreads = Object.fromEntries(Object.entries(seconds).map(([name, list]) => [name, toSpread(list)]));
const ratios = Object.fromEntries(Object.keys(seconds).map((name) => [name, ratioOf(name)]));
const claims = [
  { text: 'flags, none set, over a plain search', name: 'flags, none set', atMost: 1.1 },
  { text: 'flags, a tenth set, over a plain search', name: 'flags, a tenth set', atMost: 1.1 },
  {
    text: 'a scan of 1,000 cold nodes over a search of 20,000 rows',
    name: 'cold nodes: 1000',
    atMost: 1,
  },
].map(({ name, ...claim }) => ({ ...claim, measured: ratioOf(name).median, spread: ratioOf(name) }));
finish({ bench: 'overlay', rows, dimension: DIMENSION, queries, spreads, ratios, claims }, flags, startedOn);
