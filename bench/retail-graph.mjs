// @ts-check
/**
 * A RETAIL graph from its files into kernel memory, and a kernel on the calling thread, ready to walk:
 * benches time the kernel itself, without worker threads between it and the clock.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../dist/base/rng.js';
import { EdgeList } from '../dist/graph/csr.js';
import { freeze } from '../dist/graph/snapshot.js';
import { compileKernel, instantiateKernel } from '../dist/kernel/load.js';
import { addressOf, createKernelMemory } from '../dist/kernel/memory.js';
import { configureWalk, findStarts, layOutWalk, prepareArcs } from '../dist/walk/params.js';
import { ensureGraph } from './graphs.mjs';

/** @typedef {import('../dist/walk/params.js').WalkParams} WalkParams */
/** @typedef {{ path: string, users: number, products: number, attributes: number, edges: EdgeList, labels: Uint16Array }} Retail labels: [products] category */

/** @type {readonly import('../dist/base/ids.js').NodeType[]} */
const ALL_TYPES = ['customer', 'product', 'attribute'];

/** The files number all nodes in one row, so their columns are rows of the snapshot already. */
const ANY_ROW = /** @type {const} */ ({ type: 'customer', start: 0, end: 2 ** 32 });

/** @param {string} name e.g. RETAIL-S-noattr @param {string} dir @returns {Retail} */
export function readRetail(name, dir) {
  const base = name.replace(/-noattr$/, '');
  ensureGraph(base, dir);
  const meta = JSON.parse(readFileSync(join(dir, `${base}.meta.json`), 'utf8'));
  const attributes = base === name ? meta.attributes : 0;
  const path = join(dir, `${name}.tsv`);
  const labels = new Uint16Array(meta.products);
  for (const line of readFileSync(join(dir, `${base}.labels.tsv`), 'utf8')
    .trim()
    .split('\n')) {
    const [node, category] = line.split('\t');
    labels[Number(node) - meta.users] = Number(category);
  }
  return { path, users: meta.users, products: meta.products, attributes, edges: readEdges(path), labels };
}

/** Three columns of whole numbers. @param {string} path */
function readEdges(path) {
  const bytes = readFileSync(path);
  const edges = new EdgeList();
  const chunk = {
    count: 0,
    from: new Uint32Array(65536),
    to: new Uint32Array(65536),
    weight: new Float32Array(65536),
  };
  const columns = [chunk.from, chunk.to, chunk.weight];
  let value = 0;
  let column = 0;
  for (const byte of bytes) {
    if (byte >= 48) {
      value = value * 10 + byte - 48;
      continue;
    }
    columns[column++][chunk.count] = value;
    value = 0;
    if (column < 3) continue;
    column = 0;
    if (++chunk.count < 65536) continue;
    edges.append(chunk, ANY_ROW, ANY_ROW);
    chunk.count = 0;
  }
  edges.append(chunk, ANY_ROW, ANY_ROW);
  return edges;
}

/**
 * The graph with `count` product–product edges within categories added: triangles of all kinds.
 * Written beside the graph, for the peer to read.
 * @param {Retail} retail @param {number} count @returns {Retail}
 */
export function withProductEdges(retail, count) {
  const random = createRandom(7);
  const edges = new EdgeList();
  edges.append(retail.edges, ANY_ROW, ANY_ROW);
  /** @type {number[][]} */
  const shelves = Array.from({ length: Math.max(...retail.labels) + 1 }, () => []);
  for (const [product, category] of retail.labels.entries()) shelves[category].push(product);
  const added = {
    count: 0,
    from: new Uint32Array(count),
    to: new Uint32Array(count),
    weight: new Float32Array(count),
  };
  const seen = new Set();
  while (seen.size < count) {
    const a = Math.floor(random() * retail.products);
    const shelf = shelves[retail.labels[a]];
    const b = shelf[Math.floor(random() * shelf.length)];
    const key = Math.min(a, b) * retail.products + Math.max(a, b);
    if (a === b || seen.has(key)) continue;
    seen.add(key);
    added.from[added.count] = retail.users + a;
    added.to[added.count] = retail.users + b;
    added.weight[added.count++] = 1 + Math.floor(random() * 4);
  }
  edges.append(added, ANY_ROW, ANY_ROW);
  const path = retail.path.replace(/\.tsv$/, `-general-${count}.tsv`);
  const lines = Array.from(
    { length: edges.count },
    (_, i) => `${edges.from[i]}\t${edges.to[i]}\t${edges.weight[i]}\n`,
  );
  writeFileSync(path, lines.join(''));
  return { ...retail, path, edges };
}

/** The same edges, all of one weight. @param {Retail} retail @returns {Retail} */
export function withEqualWeights(retail) {
  const edges = new EdgeList();
  edges.append(
    { ...retail.edges, count: retail.edges.count, weight: retail.edges.weight.map(() => 1) },
    ANY_ROW,
    ANY_ROW,
  );
  return { ...retail, edges };
}

/** @param {Retail} retail @param {import('../dist/kernel/memory.js').KernelMemory} memory */
export function freezeRetail({ users, products, attributes, edges }, memory) {
  const ids = Array.from({ length: users + products + attributes }, (_, i) => String(i));
  const ends = [users, users + products, ids.length];
  const ranges = ALL_TYPES.map((type, i) => ({ type, start: ends[i - 1] ?? 0, end: ends[i] }));
  return freeze(ids, ranges, edges, memory);
}

/**
 * A kernel that walks from every node, on this thread.
 * @param {Retail} retail @param {WalkParams} params
 */
export async function createWalker(retail, params) {
  const memory = createKernelMemory(2 ** 32);
  const snapshot = freezeRetail(retail, memory);
  const starts = findStarts(snapshot, ALL_TYPES);
  const layout = layOutWalk(snapshot, params, memory);
  const tokens = memory.u32(params.length);
  const startRows = memory.u32(starts.length);
  startRows.set(starts);
  const { module } = await compileKernel();
  const kernel = instantiateKernel(module, memory.memory);
  configureWalk(kernel, layout);
  const seed = BigInt(params.seed);
  kernel.setStarts(addressOf(startRows), seed, addressOf(tokens), layout.keyHashes);
  prepareArcs(kernel, layout, { from: 0, to: snapshot.nodeCount, stack: memory.bytes(layout.stackBytes) });
  return { kernel, snapshot, starts, tokens };
}
