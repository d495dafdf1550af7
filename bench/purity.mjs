// @ts-check
/** k-NN purity of product vectors: of the k nearest products by cosine, the share of the same planted category. */
import { createRandom } from '../dist/base/rng.js';

const NEIGHBORS = 10;
const QUERIES = 2000;

/**
 * Exact search by plain loops, the same for every model that is compared; the same products are asked.
 * @param {(product: number) => ArrayLike<number>} rowOf vector of a product
 * @param {ArrayLike<number>} labels [products]
 */
export function measurePurity(rowOf, labels) {
  const rows = Array.from({ length: labels.length }, (_, i) => toUnit(rowOf(i)));
  const random = createRandom(1);
  const queries =
    labels.length <= QUERIES
      ? [...rows.keys()]
      : Array.from({ length: QUERIES }, () => Math.floor(random() * labels.length));
  let same = 0;
  for (const query of queries) {
    const nearest = findNearest(rows, query);
    for (const i of nearest) if (labels[i] === labels[query]) same++;
  }
  return same / (queries.length * NEIGHBORS);
}

/** @param {ArrayLike<number>} row */
function toUnit(row) {
  let sum = 0;
  for (let d = 0; d < row.length; d++) sum += row[d] * row[d];
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY))
    throw new Error('a product has no vector, or one that is not finite');
  return Float32Array.from(row, (x) => x / Math.sqrt(sum));
}

/** @param {Float32Array[]} rows @param {number} query → positions, nearest first */
function findNearest(rows, query) {
  const q = rows[query];
  const best = Array.from({ length: NEIGHBORS }, () => ({ i: -1, score: Number.NEGATIVE_INFINITY }));
  for (let i = 0; i < rows.length; i++) {
    if (i === query) continue;
    const row = rows[i];
    let score = 0;
    for (let d = 0; d < q.length; d++) score += q[d] * row[d];
    if (score <= best[NEIGHBORS - 1].score) continue;
    let at = NEIGHBORS - 1;
    while (at > 0 && best[at - 1].score < score) {
      best[at] = best[at - 1];
      at--;
    }
    best[at] = { i, score };
  }
  return best.map((b) => b.i);
}
