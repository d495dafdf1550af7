// @ts-check
/**
 * The RETAIL graphs: simulated shops with planted categories, the same on every machine.
 * `node bench/graphs.mjs [--out DIR] [RETAIL-S RETAIL-M]`
 *
 *   NAME.tsv         u ⇥ v ⇥ weight, each undirected edge once, in random order, attributes included
 *   NAME-noattr.tsv  the same without the attributes
 *   NAME.labels.tsv  product ⇥ category          NAME.meta.json  counts
 *
 * Nodes: customers [0, U), products [U, U + P), attributes [U + P, U + P + A), categories before brands.
 * A customer has two tastes: of its purchases 75 % are drawn from the tastes' categories (70 : 30) and
 * the rest from the whole shop, always by Zipf popularity; activity is log-normal; a weight is
 * 1 + Binomial(4, .35 in the main taste, .12 elsewhere). Every customer and product has an edge.
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from '../dist/base/rng.js';

/** @typedef {{ users: number, products: number, attributes: number, categories: number, edges: number, seed: number }} Shape */

/** @type {Record<string, Shape>} */
export const SHAPES = {
  'RETAIL-XS': { users: 1000, products: 250, attributes: 20, categories: 8, edges: 20_000, seed: 20240600 },
  'RETAIL-10K': {
    users: 10_000,
    products: 5000,
    attributes: 200,
    categories: 40,
    edges: 222_222,
    seed: 20240603,
  },
  'RETAIL-S': {
    users: 20_000,
    products: 5000,
    attributes: 200,
    categories: 40,
    edges: 400_000,
    seed: 20240601,
  },
  'RETAIL-M': {
    users: 200_000,
    products: 50_000,
    attributes: 1000,
    categories: 40,
    edges: 5_000_000,
    seed: 20240602,
  },
};
const ZIPF = 1;
const IN_TASTE = 0.75;
const MAIN_TASTE = 0.7;

/**
 * Makes the files of a graph unless they are there.
 * @param {string} name one of SHAPES
 * @param {string} dir
 */
export function ensureGraph(name, dir) {
  const shape = SHAPES[name];
  if (!shape) throw new Error(`graph ${name}: expected one of ${Object.keys(SHAPES).join(', ')}`);
  if (existsSync(join(dir, `${name}.meta.json`))) return;
  mkdirSync(dir, { recursive: true });
  const shop = drawShop(shape);
  const edges = drawEdges(shop, shape);
  writeGraph(name, dir, { shape, shop, edges });
}

/** @param {ArrayLike<number>} weights → running sums, f64 [n] */
function toCumulative(weights) {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sums[i] = sum += weights[i];
  return sums;
}

/** First position whose running sum exceeds u · total. @param {Float64Array} sums @param {number} u in [0, 1) */
function search(sums, u) {
  const wanted = u * sums[sums.length - 1];
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @param {{ length: number, [i: number]: number }} items shuffled in place @param {() => number} random */
function shuffle(items, random) {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
}

/** @param {Shape} shape */
function drawShop({ users, products, attributes, categories, seed }) {
  const random = createRandom(seed);
  const below = (/** @type {number} */ n) => Math.floor(random() * n);
  const popularity = Float64Array.from({ length: products }, (_, i) => 1 / (i + 1) ** ZIPF);
  shuffle(popularity, random);
  const category = Uint16Array.from({ length: products }, () => below(categories));
  const taste = Uint16Array.from({ length: users }, () => below(categories));
  const second = Uint16Array.from({ length: users }, () => below(categories));
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const activity = Float64Array.from({ length: users }, () => Math.exp(normal()));
  const brand = Uint16Array.from({ length: products }, () => below(attributes - categories));
  const shelves = Array.from({ length: categories }, (_, c) =>
    [...category.keys()].filter((p) => category[p] === c),
  );
  return { random, below, popularity, category, taste, second, activity, brand, shelves };
}

/** Distinct pairs in the order they were drawn, as customer · P + product. @param {ReturnType<typeof drawShop>} shop @param {Shape} shape */
function drawEdges(shop, { users, products, edges: wanted }) {
  const { random, below, popularity, category, taste, second, activity, shelves } = shop;
  const edges = new Float64Array(wanted);
  const seen = createPairSet(wanted);
  let count = 0;
  const add = (/** @type {number} */ user, /** @type {number} */ product) => {
    const pair = user * products + product;
    if (seen.add(pair)) edges[count++] = pair;
  };
  /** @type {number[][]} */
  const fans = shelves.map(() => []);
  for (const [user, t] of taste.entries()) fans[t].push(user);
  const pick = (/** @type {number[]} */ list) => list[below(list.length)];
  for (let user = 0; user < users; user++) add(user, pick(shelves[taste[user]]));
  for (let product = 0; product < products; product++) add(pick(fans[category[product]]), product);

  const bySales = toCumulative(popularity);
  const byActivity = toCumulative(activity);
  const byShelf = shelves.map((shelf) => toCumulative(shelf.map((p) => popularity[p])));
  while (count < wanted) {
    const user = search(byActivity, random());
    const x = random();
    const c = x < IN_TASTE * MAIN_TASTE ? taste[user] : second[user];
    add(user, x < IN_TASTE ? shelves[c][search(byShelf[c], random())] : search(bySales, random()));
  }
  shuffle(edges, random);
  return edges;
}

/** Open addressing over f64: a JavaScript Set ends at 2^24 entries and takes five times the room. @param {number} capacity */
function createPairSet(capacity) {
  const bits = Math.ceil(Math.log2(capacity * 2));
  const slots = new Float64Array(2 ** bits).fill(-1);
  return {
    /** @param {number} pair @returns {boolean} it was not there yet */
    add(pair) {
      let at =
        Math.imul(Math.floor(pair / 2 ** 32) ^ Math.imul(pair >>> 0, 2654435761), 2246822507) >>> (32 - bits);
      while (slots[at] !== -1) {
        if (slots[at] === pair) return false;
        at = (at + 1) & (slots.length - 1);
      }
      slots[at] = pair;
      return true;
    },
  };
}

/**
 * @param {string} name @param {string} dir
 * @param {{ shape: Shape, shop: ReturnType<typeof drawShop>, edges: Float64Array }} graph
 */
function writeGraph(name, dir, { shape, shop, edges }) {
  const { users, products, categories } = shape;
  const { random, taste, category, brand } = shop;
  const files = [`${name}-noattr.tsv`, `${name}.tsv`].map((file) => createTextFile(join(dir, file)));
  let inTaste = 0;
  for (const pair of edges) {
    const user = Math.floor(pair / products);
    const product = pair % products;
    const own = category[product] === taste[user];
    if (own) inTaste++;
    let weight = 1;
    for (let i = 0; i < 4; i++) if (random() < (own ? 0.35 : 0.12)) weight++;
    for (const file of files) file.write(`${user}\t${users + product}\t${weight}\n`);
  }
  const first = users + products;
  for (let p = 0; p < products; p++) files[1].write(`${users + p}\t${first + category[p]}\t1\n`);
  for (let p = 0; p < products; p++) files[1].write(`${users + p}\t${first + categories + brand[p]}\t1\n`);
  for (const file of files) file.close();
  const labels = Array.from(category, (c, p) => `${users + p}\t${c}\n`).join('');
  writeFileSync(join(dir, `${name}.labels.tsv`), labels);
  const { edges: edgesUp, ...counts } = shape;
  const facts = {
    ...counts,
    edges_up: edgesUp,
    edges: edgesUp + 2 * products,
    ...toDegreeFacts(edges, shape),
  };
  const meta = { ...facts, in_main_cluster: inTaste / edgesUp, made_by: 'bench/graphs.mjs' };
  // Last: its presence says that the graph is whole.
  writeFileSync(join(dir, `${name}.meta.json`), `${JSON.stringify(meta, undefined, 1)}\n`);
  console.log(`made ${name} in ${dir}: ${users} customers, ${products} products, ${edgesUp} edges`);
}

/** @param {Float64Array} edges @param {Shape} shape */
function toDegreeFacts(edges, { users, products }) {
  const user = new Uint32Array(users);
  const product = new Uint32Array(products);
  for (const pair of edges) {
    user[Math.floor(pair / products)]++;
    product[pair % products]++;
  }
  user.sort();
  product.sort();
  return {
    max_product_deg: product[products - 1],
    median_product_deg: product[products >> 1],
    max_user_deg: user[users - 1],
    median_user_deg: user[users >> 1],
    min_product_deg: product[0],
  };
}

/** Buffered; under its name only once it is closed. @param {string} path */
function createTextFile(path) {
  const fd = openSync(`${path}.part`, 'w');
  /** @type {string[]} */
  let lines = [];
  const flush = () => {
    writeSync(fd, lines.join(''));
    lines = [];
  };
  return {
    write(/** @type {string} */ line) {
      if (lines.push(line) === 65536) flush();
    },
    close() {
      flush();
      closeSync(fd);
      renameSync(`${path}.part`, path);
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { out: { type: 'string', default: join(tmpdir(), 'shelfwalk-bench') } },
  });
  for (const name of positionals.length > 0 ? positionals : ['RETAIL-S', 'RETAIL-M'])
    ensureGraph(name, values.out);
}
