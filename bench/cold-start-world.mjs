// @ts-check
/** complete-journey with products and customers withheld: what is trained on, and what is asked then. */
import { join } from 'node:path';
import { hashKey } from '../dist/base/rng.js';
import { openCatalog } from '../dist/catalog/catalog.js';
import { createKernelMemory } from '../dist/kernel/memory.js';
import { runConfigSchema } from '../dist/pipeline/config.js';
import { trainOn } from '../dist/pipeline/train-on.js';
import { prepareFoldIn } from '../dist/refresh/fold-in.js';

const SHARE = 0.1;

/** @typedef {import('../dist/catalog/types.js').Catalog} Catalog */
/** @typedef {import('../dist/graph/types.js').EdgeColumns} EdgeColumns */
/** @typedef {{ candidates: Uint32Array, customers: number[], relevant: Map<number, Set<number>> }} Task rows of the snapshot; relevant: places in candidates */

/**
 * With the maker and the size, which the other benches leave out: a new product has little else.
 * @param {string} root SHELFWALK_DATASETS @param {string} workDir
 */
export async function openShop(root, workDir) {
  const dir = join(root, 'complete-journey');
  const catalog = await openCatalog(join(workDir, 'complete-journey-cold-start.duckdb'), {
    rejectsDir: join(workDir, 'rejects'),
  });
  const of = (/** @type {string[]} */ ...columns) => columns.map((column) => ({ kind: column, column }));
  const interactions = {
    customer: 'user_id',
    product: 'product_id',
    timestamp: 'ts',
    quantity: 'quantity',
    value: 'value',
    basket: 'order_id',
  };
  const products = {
    id: 'product_id',
    attributes: [
      ...of('department', 'category', 'type', 'brand', 'package_size'),
      { kind: 'manufacturer', column: 'manufacturer_id', codes: true },
    ],
  };
  const customers = { id: 'user_id', attributes: of('age', 'income', 'household_comp') };
  await catalog.importFiles(
    [
      { kind: 'interactions', path: join(dir, 'interactions.parquet'), mapping: interactions },
      { kind: 'products', path: join(dir, 'products.csv.gz'), mapping: products },
      { kind: 'customers', path: join(dir, 'users.csv.gz'), mapping: customers },
    ],
    {},
    {},
  );
  return catalog;
}

/** @param {AsyncIterable<EdgeColumns>} columns @param {(from: number, to: number) => boolean} isKept */
async function* keep(columns, isKept) {
  for await (const { count, from, to, weight } of columns) {
    const rows = Uint32Array.from({ length: count }, (_, i) => i).filter((i) => isKept(from[i], to[i]));
    yield {
      count: rows.length,
      from: rows.map((i) => from[i]),
      to: rows.map((i) => to[i]),
      weight: Float32Array.from(rows, (i) => weight[i]),
    };
  }
}

/**
 * 0: trained; 1: withheld for validation; 2: withheld for the test. By a hash of the id.
 * @param {readonly string[]} ids @param {number} seed
 */
const toParts = (ids, seed) =>
  Uint8Array.from(ids, (id) => {
    const u = hashKey(`withhold:${seed}:${id}`)[0] / 2 ** 32;
    return u < SHARE ? 1 : u < 2 * SHARE ? 2 : 0;
  });

/** @param {AsyncIterable<EdgeColumns>} columns @param {number} count @returns {Promise<number[][]>} */
async function toLists(columns, count) {
  /** @type {number[][]} */
  const lists = Array.from({ length: count }, () => []);
  for await (const chunk of columns) {
    for (let i = 0; i < chunk.count; i++) lists[chunk.from[i]].push(chunk.to[i]);
  }
  return lists;
}

/** @param {Catalog} catalog @param {number} seed @param {any} settings changes to the defaults, as the schema takes them */
export async function trainWithout(catalog, seed, settings) {
  const productIds = await catalog.nodeIds('product');
  const customerIds = await catalog.nodeIds('customer');
  const parts = toParts(productIds, seed);
  const isNew = toParts(customerIds, seed); // 0: trained
  const source = {
    ...catalog,
    /** @type {Catalog['interactionEdges']} */
    interactionEdges: (weighting, split) =>
      keep(catalog.interactionEdges(weighting, split), (c, p) => !isNew[c] && parts[p] === 0),
    /** @type {Catalog['attributeEdges']} */
    attributeEdges: (owner) =>
      keep(catalog.attributeEdges(owner), (v) => (owner === 'product' ? parts[v] === 0 : !isNew[v])),
  };
  const run = runConfigSchema.parse({ ...settings, train: { randomSeed: seed, ...settings.train } });
  const memory = createKernelMemory(run.train.maxMemoryMiB * 2 ** 20);
  const { snapshot, training } = await trainOn(source, run, { memory, context: {} });
  console.log(`seed ${seed}: trained in ${training.computeMillis} ms`);
  const weighting = { typeWeights: {}, otherTypes: 1, damping: /** @type {const} */ ('log') };
  const bought = await toLists(catalog.interactionEdges(weighting), customerIds.length);
  const ofProducts = await toLists(catalog.attributeEdges('product'), productIds.length);
  const ofCustomers = await toLists(catalog.attributeEdges('customer'), customerIds.length);
  const { vectors, contexts } = training;
  const foldIn = await prepareFoldIn({ vectors, contexts, graph: snapshot });
  const firstTaken = await findFirst(catalog, customerIds.length);
  return {
    snapshot,
    vectors,
    contexts,
    foldIn,
    parts,
    isNew,
    bought,
    ofProducts,
    ofCustomers,
    firstTaken,
    run,
  };
}
/** @typedef {Awaited<ReturnType<typeof trainWithout>>} World */

/** Position of the product each customer took first. @param {Catalog} catalog @param {number} count */
async function findFirst(catalog, count) {
  const { count: rows, customer, product } = await catalog.interactions('all');
  const first = new Int32Array(count).fill(-1);
  for (let i = 0; i < rows; i++) if (first[customer[i]] < 0) first[customer[i]] = product[i];
  return first;
}

/** @param {World} world @param {number} part @returns {Task} */
export function toProductTask({ snapshot, parts, isNew, bought }, part) {
  const start = snapshot.ranges[1].start;
  const taken = new Set();
  bought.forEach((products, c) => {
    if (!isNew[c]) for (const p of products) if (parts[p] === part) taken.add(p);
  });
  const candidates = Uint32Array.from(taken, (p) => p + start).sort();
  const placeOf = new Map(Array.from(candidates, (row, i) => [row - start, i]));
  return collect(candidates, bought, (products, c) =>
    isNew[c] || !products.some((p) => parts[p] === 0) ? [] : products.flatMap((p) => placeOf.get(p) ?? []),
  );
}

/** @param {World} world @param {number} part @returns {Task} */
export function toCustomerTask({ snapshot, parts, isNew, bought, firstTaken }, part) {
  const { start, end } = snapshot.ranges[1];
  const candidates = Uint32Array.from({ length: end - start }, (_, i) => start + i).filter(
    (v) => snapshot.offsets[v + 1] > snapshot.offsets[v],
  );
  const placeOf = new Map(Array.from(candidates, (row, i) => [row - start, i]));
  return collect(candidates, bought, (products, c) =>
    isNew[c] !== part || parts[firstTaken[c]] !== 0
      ? []
      : products.flatMap((p) => (p === firstTaken[c] ? [] : (placeOf.get(p) ?? []))),
  );
}

/**
 * @param {Uint32Array} candidates @param {number[][]} bought
 * @param {(products: number[], customer: number) => number[]} toPlaces @returns {Task}
 */
function collect(candidates, bought, toPlaces) {
  /** @type {Map<number, Set<number>>} */
  const relevant = new Map();
  bought.forEach((products, c) => {
    const places = toPlaces(products, c);
    if (places.length > 0) relevant.set(c, new Set(places));
  });
  return { candidates, customers: [...relevant.keys()], relevant };
}
