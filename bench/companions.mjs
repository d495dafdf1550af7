// @ts-check
/** What stands beside a product in a basket: queries from baskets that were held out, and who can answer them. */
import { BLEND_DEPTH, fuseRankings, learnBlend } from '../dist/analyze/blend.js';
import { buildBaskets, rowOf, transpose } from '../dist/analyze/incidence.js';
import { createRandom } from '../dist/base/rng.js';

/** @typedef {import('./folds.mjs').Fold} Fold */
/** @typedef {{ query: number, beside: Set<number> }} Query */
/** @typedef {(query: number) => Float64Array} ScoresOf scores of all products, for one of them */
/** @typedef {import('../dist/analyze/blend.js').BlendWeights} BlendWeights */
/** @typedef {Record<import('../dist/analyze/blend.js').NewMember, ScoresOf>} BlendScores who has a say in a blend */
/** @typedef {{ hr10: number, queries: number, error: number }} HitRate */

/** One query a held-out basket: a product drawn from it at random, and the others; of products that were sold before. @param {Fold} fold @returns {Query[]} */
export function toCompanionQueries({ train, held, products }) {
  const sold = new Set(train.product.subarray(0, train.count));
  const { baskets } = buildBaskets(held, products);
  const random = createRandom(1);
  /** @type {Query[]} */
  const queries = [];
  for (let b = 0; b < baskets.rows; b++) {
    const known = Array.from(rowOf(baskets, b)).filter((product) => sold.has(product));
    if (known.length < 2) continue;
    const query = known[Math.floor(random() * known.length)];
    queries.push({ query, beside: new Set(known.filter((product) => product !== query)) });
  }
  return queries;
}

/** Per query 1 where a companion is among the k products that score highest, else 0. @param {ScoresOf} scoresOf @param {Query[]} queries @param {number} k */
export function toCompanionHits(scoresOf, queries, k) {
  /** @type {Map<number, number[]>} */
  const tops = new Map();
  return Float64Array.from(queries, ({ query, beside }) => {
    if (!tops.has(query)) tops.set(query, toTop(scoresOf(query), query, k));
    return tops.get(query)?.some((product) => beside.has(product)) ? 1 : 0;
  });
}

/** Share of queries with a companion among the k products that score highest. @param {ScoresOf} scoresOf @param {Query[]} queries @param {number} k @returns {HitRate} */
export function measureCompanions(scoresOf, queries, k) {
  const hits = toCompanionHits(scoresOf, queries, k);
  const hr10 = hits.reduce((sum, hit) => sum + hit, 0) / queries.length;
  const error = Math.sqrt((hr10 * (1 - hr10)) / queries.length);
  return { hr10: +hr10.toFixed(5), queries: queries.length, error: +error.toFixed(5) };
}

/** @param {Float64Array} scores @param {number} query @param {number} k */
function toTop(scores, query, k) {
  scores[query] = -Infinity;
  const order = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
  return order.slice(0, k).filter((product) => scores[product] > -Infinity);
}

/** Counting, on baskets of the training part. @param {Fold} fold @returns {Record<string, ScoresOf>} */
export function planCompanionBaselines({ train, products }) {
  const { baskets } = buildBaskets(train, products);
  const byProduct = transpose(baskets);
  const sizeOf = (/** @type {number} */ b) => baskets.offsets[b + 1] - baskets.offsets[b];
  const countOf = (/** @type {number} */ p) => byProduct.offsets[p + 1] - byProduct.offsets[p];
  /** @param {(basket: number) => number} weight @returns {ScoresOf} */
  const sum = (weight) => (query) => {
    const scores = new Float64Array(products);
    for (const b of rowOf(byProduct, query)) for (const p of rowOf(baskets, b)) scores[p] += weight(b);
    return scores;
  };
  /** @param {ScoresOf} scoresOf @returns {ScoresOf} */
  const overRoot = (scoresOf) => (query) =>
    scoresOf(query).map((score, p) => (score === 0 ? 0 : score / Math.sqrt(countOf(p))));
  const [coCounts, twoSteps] = [sum(() => 1), sum((b) => 1 / sizeOf(b))];
  return {
    'co-counts': coCounts,
    'two-step basket walk': twoSteps,
    'item-kNN (cosine of baskets)': overRoot(coCounts),
    'item-kNN (cosine, baskets by size)': overRoot(twoSteps),
  };
}

/**
 * @param {{ vectors: import('../dist/base/matrix.js').Matrix, contexts: import('../dist/base/matrix.js').Matrix, ranges: readonly import('../dist/graph/types.js').NodeRange[] }} model
 * @param {'in-out' | 'cosine'} way
 * @returns {ScoresOf}
 */
export function toProductScores({ vectors, contexts, ranges }, way) {
  const { start, end } = ranges[1];
  const table = way === 'cosine' ? vectors : contexts;
  const norms = Float64Array.from({ length: end - start }, (_, p) => Math.hypot(...table.row(start + p)));
  return (query) => {
    const x = vectors.row(start + query);
    return norms.map((norm, p) => {
      if (norm === 0) return -Infinity;
      const y = table.row(start + p);
      let dot = 0;
      for (let d = 0; d < x.length; d++) dot += x[d] * y[d];
      return way === 'cosine' ? dot / norm : dot;
    });
  };
}

/** The places of a space with those of counting: what was never in one basket is not ranked by it. @param {ScoresOf} embedding @param {Record<string, ScoresOf>} counting @returns {BlendScores} */
export function toBlendMembers(embedding, counting) {
  /** @param {ScoresOf} scoresOf @returns {ScoresOf} */
  const ofSome = (scoresOf) => (query) => scoresOf(query).map((score) => (score === 0 ? -Infinity : score));
  return {
    embedding,
    walk: ofSome(counting['two-step basket walk']),
    counts: ofSome(counting['co-counts']),
  };
}

/** @param {BlendScores} members @param {number} query */
const toRankings = ({ embedding, walk, counts }, query) => ({
  embedding: toTop(embedding(query), query, BLEND_DEPTH),
  walk: toTop(walk(query), query, BLEND_DEPTH),
  counts: toTop(counts(query), query, BLEND_DEPTH),
  own: [], // a product has bought nothing
});

/** By NDCG, as a version learns its own. @param {BlendScores} members @param {Query[]} queries @param {number} k @returns {BlendWeights} */
export function learnCompanionBlend(members, queries, k) {
  /** @type {Map<number, ReturnType<typeof toRankings>>} */
  const known = new Map();
  for (const { query } of queries) if (!known.has(query)) known.set(query, toRankings(members, query));
  const cases = queries.map(({ query, beside }) => ({
    rankings: /** @type {ReturnType<typeof toRankings>} */ (known.get(query)),
    relevant: [...beside],
  }));
  return learnBlend({ new: cases, all: [] }, k).weights;
}

/** @param {BlendScores} members @param {{ weights: BlendWeights, products: number }} of @returns {ScoresOf} */
export const toBlendScores =
  (members, { weights, products }) =>
  (query) => {
    const scores = new Float64Array(products).fill(-Infinity);
    for (const [product, score] of fuseRankings(toRankings(members, query), weights)) scores[product] = score;
    return scores;
  };
