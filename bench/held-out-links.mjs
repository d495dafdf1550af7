// @ts-check
/**
 * Link prediction as the peer benches ask for it: edges taken out of a graph before anybody trains, and
 * how well vectors tell them from pairs that are no edges.
 */
import { measureAuc } from '../dist/analyze/link-prediction.js';
import { createRandom } from '../dist/base/rng.js';

/** Customer, product, weight; both numbered from 0. @typedef {readonly [customer: number, product: number, weight: number]} Edge */
/** Parallel: each held-out edge beside a pair of the same customer that is no edge. @typedef {{ customer: number, product: number, other: number }} Link */
/** @typedef {(index: number) => ArrayLike<number>} RowOf */

const RESAMPLES = 200;

/**
 * Takes `count` random edges out, never the last one of a node: without an edge there is nothing to learn.
 * Beside each goes a product of no edge to that customer, all such products alike.
 * @param {readonly Edge[]} edges @param {{ count: number, products: number, seed: number }} options
 * @returns {{ kept: Edge[], links: Link[] }}
 */
export function holdOut(edges, { count, products, seed }) {
  const random = createRandom(seed);
  const below = (/** @type {number} */ n) => Math.floor(random() * n);
  const order = edges.slice();
  for (let i = order.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  const left = [new Map(), new Map()]; // edges of each customer, and of each product
  for (const edge of edges)
    for (const end of [0, 1]) left[end].set(edge[end], (left[end].get(edge[end]) ?? 0) + 1);
  const isEdge = new Set(edges.map(([customer, product]) => customer * products + product));
  /** @type {Edge[]} */
  const kept = [];
  /** @type {Link[]} */
  const links = [];
  for (const edge of order) {
    const [customer, product] = edge;
    if (links.length === count || [0, 1].some((end) => left[end].get(edge[end]) < 2)) {
      kept.push(edge);
      continue;
    }
    for (const end of [0, 1]) left[end].set(edge[end], left[end].get(edge[end]) - 1);
    let other = below(products);
    while (isEdge.has(customer * products + other)) other = below(products);
    links.push({ customer, product, other });
  }
  if (links.length < count) throw new Error(`only ${links.length} edges can be held out of ${edges.length}`);
  return { kept, links };
}

/**
 * AUC with its 95 % interval, customers drawn with replacement.
 * @param {readonly Link[]} links @param {(customer: number, product: number) => number} score
 */
export function measureLinks(links, score) {
  const ownerOf = new Map();
  for (const { customer } of links) if (!ownerOf.has(customer)) ownerOf.set(customer, ownerOf.size);
  const pairs = {
    positives: Float64Array.from(links, ({ customer, product }) => score(customer, product)),
    negatives: Float64Array.from(links, ({ customer, other }) => score(customer, other)),
    owner: Uint32Array.from(links, ({ customer }) => ownerOf.get(customer)),
  };
  if (![...pairs.positives, ...pairs.negatives].every(Number.isFinite))
    throw new Error('a score is not finite');
  const pause = () => undefined;
  return measureAuc(pairs, { owners: ownerOf.size, resamples: RESAMPLES, random: createRandom(5), pause });
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function toDot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b neither is all zeros */
export const toCosine = (a, b) => toDot(a, b) / Math.sqrt(toDot(a, a) * toDot(b, b));
