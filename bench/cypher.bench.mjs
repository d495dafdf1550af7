// @ts-check
/**
 * Each query of cypher/analytics on a RETAIL graph in a real Neo4j, and the rate at which vectors get there.
 *
 * The server is the one NEO4J_URI names (NEO4J_USER, NEO4J_PASSWORD), with an empty database; it is emptied
 * again at the end. Vectors are planted around the categories: what is timed is the database, not a training.
 * What the index finds is checked against a scan first. Every query is warmed, then asked about other nodes
 * each time; its answer must have rows. Times are on the wall, for the server works elsewhere, and
 * include the look at the live version and at the nodes asked about, as the service has them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Matrix } from '../dist/base/matrix.js';
import { createRandom } from '../dist/base/rng.js';
import { openNeo4j } from '../dist/neo4j/connection.js';
import { toNames } from '../dist/neo4j/names.js';
import { unwrite } from '../dist/neo4j/remove-version.js';
import { migrate } from '../dist/neo4j/schema.js';
import { createStatements } from '../dist/neo4j/statements.js';
import { writeVersion } from '../dist/neo4j/write-version.js';
import { createCypher } from '../dist/pipeline/cypher.js';
import { neo4jInput, readNeo4jSettings } from '../dist/pipeline/neo4j-config.js';
import { ensureGraph } from './graphs.mjs';
import { finish, readFlags, say, toMachine, toSpread } from './harness.mjs';

const USAGE = `NEO4J_URI=… NEO4J_PASSWORD=… node bench/cypher.bench.mjs [--graph RETAIL-S] [--rounds 15] [--dimension 128]
  [--graphs DIR] [--json FILE] [--check]`;
const WARM = 3;
/** Vectors lie this far around the centre of their category, in each coordinate. */
const NOISE = 0.8;
const LIMIT_MS = 1000;
const BATCH = 5000;
const SEEDS = [1, 2, 3]; // versions; the last one is live
/** Of the ten nearest by a scan, what the index must find at the least. */
const MIN_RECALL = 0.9;

/** @typedef {{ users: number, products: number, attributes: number, categories: number }} Meta */
/** @typedef {{ meta: Meta, edges: [number, number, number][] }} Shop edges: nodes as the files number them, and weight */

const flags = readFlags(USAGE, {
  graph: { type: 'string', default: 'RETAIL-S' },
  dimension: { type: 'string', default: '128' },
});
const dimension = Number(flags['dimension']);
const rounds = Number(flags['rounds'] ?? 15);
const machine = toMachine();
const settings = await readNeo4jSettings(neo4jInput.parse({ timeoutMs: 300_000 }));
const neo4j = await openNeo4j(settings);
const statements = createStatements(toNames());
const shop = readShop(flags['graph'], flags['graphs']);
try {
  await loadShop(shop);
  const writes = [];
  for (const seed of SEEDS) writes.push(await writeOnce(seed));
  await checkNearest();
  const rows = await measureQueries();
  report(writes, rows);
} finally {
  await unwrite(neo4j, statements);
  await run('MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS');
  await neo4j.close();
}

/** @param {string} name @param {string} dir @returns {Shop} */
function readShop(name, dir) {
  ensureGraph(name, dir);
  const meta = JSON.parse(readFileSync(join(dir, `${name}.meta.json`), 'utf8'));
  const lines = readFileSync(join(dir, `${name}.tsv`), 'utf8')
    .trimEnd()
    .split('\n');
  return {
    meta,
    edges: lines.map((line) => /** @type {[number, number, number]} */ (line.split('\t').map(Number))),
  };
}

/** @param {string} text @param {Record<string, unknown>} [parameters] */
function run(text, parameters = {}) {
  return /** @type {Promise<Record<string, any>[]>} */ (
    neo4j.runLong({ statement: { name: 'bench', text }, parameters })
  );
}

/** @param {number} node */
function toAttribute(node) {
  const at = node - shop.meta.users - shop.meta.products;
  return at < shop.meta.categories
    ? { kind: 'category', value: String(at) }
    : { kind: 'brand', value: String(at) };
}

/** @param {Shop} shop */
async function loadShop({ meta: { users, products, attributes }, edges }) {
  const [{ nodes }] = await run('MATCH (n) RETURN count(n) AS nodes');
  if (nodes > 0)
    throw new Error(`${settings.uri} holds ${nodes} nodes: a bench needs a database that is empty`);
  await migrate(neo4j, statements);
  const first = users + products;
  /** @type {[string, object[]][]} */
  const steps = [
    ['CREATE (:Customer {id: row.id})', Array.from({ length: users }, (_, i) => ({ id: `c${i}` }))],
    [
      'CREATE (:Product {id: row.id, inStock: row.inStock})',
      Array.from({ length: products }, (_, i) => ({ id: `p${i}`, inStock: i % 3 > 0 })),
    ],
    [
      'CREATE (:Attribute {kind: row.kind, value: row.value})',
      Array.from({ length: attributes }, (_, i) => toAttribute(first + i)),
    ],
    [
      'MATCH (c:Customer {id: row.c}), (p:Product {id: row.p}) CREATE (c)-[:INTERACTED {type: "purchase", weight: row.w}]->(p)',
      edges
        .filter(([, to]) => to < first)
        .map(([from, to, w]) => ({ c: `c${from}`, p: `p${to - users}`, w })),
    ],
    [
      'MATCH (p:Product {id: row.p}), (a:Attribute {kind: row.kind, value: row.value}) CREATE (p)-[:HAS]->(a)',
      edges
        .filter(([, to]) => to >= first)
        .map(([from, to]) => ({ p: `p${from - users}`, ...toAttribute(to) })),
    ],
  ];
  for (const [text, rows] of steps)
    for (let at = 0; at < rows.length; at += BATCH)
      await run(`UNWIND $rows AS row ${text}`, { rows: rows.slice(at, at + BATCH) });
}

/** @param {number} seed @returns {import('../dist/vectors/types.js').LoadedVersion} */
function plantVersion(seed) {
  const { users, products, attributes, categories } = shop.meta;
  const random = createRandom(seed);
  const count = users + products + attributes;
  const data = new Float32Array(count * dimension);
  const centres = Array.from({ length: categories }, () =>
    Float32Array.from({ length: dimension }, () => random() - 0.5),
  );
  const category = new Uint16Array(count);
  for (const [from, to] of shop.edges) {
    if (to >= users + products && to < users + products + categories) category[from] = to - users - products;
  }
  for (const [from, to] of shop.edges) if (from < users) category[from] = category[to];
  for (let i = 0; i < attributes; i++) category[users + products + i] = i % categories;
  for (let i = 0; i < data.length; i++) {
    data[i] = centres[category[Math.floor(i / dimension)]][i % dimension] + NOISE * (random() - 0.5);
  }
  const ids = [
    ...Array.from({ length: users }, (_, i) => `c${i}`),
    ...Array.from({ length: products }, (_, i) => `p${i}`),
    ...Array.from({ length: attributes }, (_, i) => toAttribute(users + products + i)).map(
      (a) => `${a.kind}/${a.value}`,
    ),
  ];
  const vectors = new Matrix(data, count, dimension);
  const counts = { nodes: count, dimension, customers: users, products, attributes };
  return {
    manifest: {
      format: 1,
      id: `20260102T03040${seed}Z-aaaa`,
      createdAt: '',
      spaceId: 'bench',
      counts,
      configuration: {},
      metrics: {},
      files: {},
    },
    nodes: {
      count,
      ranges: [
        { type: 'customer', start: 0, end: users },
        { type: 'product', start: users, end: users + products },
        { type: 'attribute', start: users + products, end: count },
      ],
      ids,
      names: ids.map(() => ''),
      degrees: new Uint32Array(count).fill(1),
    },
    vectors,
    contexts: vectors,
    report: {},
  };
}

/** @param {number} seed */
async function writeOnce(seed) {
  const { vectorsPerSecond, seconds, missing } = await writeVersion(neo4j, statements, plantVersion(seed), {
    batchSize: 1000,
    keep: 2,
  });
  if (missing > 0) throw new Error(`${missing} vectors have no node`);
  console.log(
    `write ${seed}: ${vectorsPerSecond} vectors/s, ${seconds.write.toFixed(1)} s; indexes ${seconds.index.toFixed(1)} s`,
  );
  return { vectorsPerSecond, ...seconds };
}

/** Recall@10 of 20 products, the index against all of them. */
async function checkNearest() {
  const { vectors } = plantVersion(/** @type {number} */ (SEEDS.at(-1)));
  const { users, products } = shop.meta;
  const cosine = (/** @type {number} */ a, /** @type {number} */ b) => {
    const [x, y] = [vectors.row(users + a), vectors.row(users + b)];
    let [xy, xx, yy] = [0, 0, 0];
    for (let i = 0; i < dimension; i++) [xy, xx, yy] = [xy + x[i] * y[i], xx + x[i] * x[i], yy + y[i] * y[i]];
    return xy / Math.sqrt(xx * yy);
  };
  const cypher = createCypher({ settings, limits: { maxRows: 100, timeoutMs: 60_000 } });
  let found = 0;
  for (let asked = 0; asked < 20; asked++) {
    const { results } = await cypher.run('nearest-products', { productId: `p${asked}`, limit: 10 });
    const ids = new Set(results.map(({ productId }) => productId));
    const others = Array.from({ length: products }, (_, i) => i).filter((i) => i !== asked);
    const near = others.map((i) => ({ i, score: cosine(asked, i) })).sort((a, b) => b.score - a.score);
    found += near.slice(0, 10).filter(({ i }) => ids.has(`p${i}`)).length;
  }
  await cypher.close();
  console.log(`recall@10 of the index: ${found / 200}`);
  if (found / 200 < MIN_RECALL) throw new Error('the index finds too little');
}

/** @param {() => number} random @returns {Record<string, Record<string, unknown>>} */
function drawParameters(random) {
  const below = (/** @type {number} */ n) => Math.floor(random() * n);
  // By an edge: nodes with many come up often, as they do in a shop.
  const [from, to] = shop.edges.filter(([c]) => c < shop.meta.users)[below(10_000)];
  const [customerId, productId] = [`c${from}`, `p${to - shop.meta.users}`];
  const customerIds = Array.from({ length: 20 }, () => `c${below(shop.meta.users)}`);
  const first = below(shop.meta.categories);
  return {
    'nearest-products': { productId, notBoughtBy: customerId, onlyInStock: true, brand: 'different' },
    'similar-customers': { customerId },
    'bought-by-similar-customers': { customerId },
    'look-alike-audience': { customerIds },
    'substitutes-and-complements': { productId, minLift: 1.5 },
    'customer-attribute-affinity': { customerId },
    'segment-attribute-affinity': { customerIds },
    'bridge-products': {
      first: `category/${first}`,
      second: `category/${(first + 1) % shop.meta.categories}`,
    },
    'cold-products': { maxInteractions: 20 },
    'version-drift': { from: '20260102T030402Z-aaaa' },
    hubs: {},
    'product-communities': {},
    'explain-recommendation': { customerId, productId },
  };
}

async function measureQueries() {
  const cypher = createCypher({ settings, limits: { maxRows: 10_000, timeoutMs: 120_000 } });
  const random = createRandom(7);
  const draws = Array.from({ length: WARM + rounds }, () => drawParameters(random));
  const rows = [];
  for (const { name, start } of cypher.queries) {
    const times = [];
    for (const draw of draws) {
      const { tookMs, results } = await cypher.run(name, draw[name]);
      // What explains a recommendation may be nothing at all.
      if (results.length === 0 && name !== 'explain-recommendation') throw new Error(`${name} found nothing`);
      times.push(tookMs);
    }
    const spread = toSpread(times.slice(WARM));
    rows.push({ name, start, ms: spread });
    console.log(`${name} (${start}): ${say(spread, 1, 0)} ms`);
  }
  await cypher.close();
  return rows;
}

/** @param {Awaited<ReturnType<typeof writeOnce>>[]} writes @param {Awaited<ReturnType<typeof measureQueries>>} queries */
function report(writes, queries) {
  const claims = queries
    .filter(({ start }) => start === 'given nodes')
    .map(({ name, ms }) => ({ text: `${name}, median ms`, measured: ms.median, atMost: LIMIT_MS }));
  const { users, products, attributes } = shop.meta;
  const graph = { name: flags['graph'], users, products, attributes, edges: shop.edges.length, dimension };
  const rate = toSpread(writes.map(({ vectorsPerSecond }) => vectorsPerSecond));
  finish({ bench: 'cypher', graph, writes, vectorsPerSecond: rate, queries, claims }, flags, machine);
}
