// @ts-check
/** The lists that are compared: what a shop would show for a product or a customer that nobody knows yet. */
import { createRandom } from '../dist/base/rng.js';

/** @typedef {import('./cold-start-world.mjs').World} World */
/** @typedef {import('./cold-start-world.mjs').Task} Task */
/** Writes a score per candidate. */
/** @typedef {(customer: number, scores: Float32Array) => void} Score */
/** @typedef {Record<string, { text: string, score: Score }>} Lists */

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function toDot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** @param {ArrayLike<number>[]} rows */
function toMean(rows) {
  const mean = new Float64Array(rows[0].length);
  for (const row of rows) for (let i = 0; i < mean.length; i++) mean[i] += row[i] / rows.length;
  return mean;
}

/** @param {ArrayLike<number>} row */
const toUnit = (row) => {
  const norm = Math.sqrt(toDot(row, row));
  return Float64Array.from(row, (x) => x / norm);
};

/** @param {readonly (ArrayLike<number> | undefined)[]} rows one per candidate @param {(c: number) => ArrayLike<number>} toQuery @returns {Score} */
const byDot = (rows, toQuery) => (customer, scores) => {
  const query = toQuery(customer);
  for (const [i, row] of rows.entries()) scores[i] = row ? toDot(query, row) : Number.NEGATIVE_INFINITY;
};

/** @param {ArrayLike<number>} values @returns {Score} */
const byValue = (values) => (_, scores) => void scores.set(values);

/** The lists that are compared over new products. @param {World} world @param {Task} task */
export function toProductLists(world, { candidates }) {
  const { snapshot, vectors, contexts, foldIn, parts, isNew, bought, ofProducts } = world;
  const [products, attributes] = [snapshot.ranges[1].start, snapshot.ranges[2].start];
  const hasEdges = (/** @type {number} */ v) => snapshot.offsets[v + 1] > snapshot.offsets[v];
  const carried = Array.from(candidates, (row) =>
    ofProducts[row - products].map((a) => attributes + a).filter(hasEdges),
  );
  const kindOf = (/** @type {number} */ row) => snapshot.ids[row].split('/')[0];
  const buyers = new Float64Array(parts.length);
  bought.forEach((list, c) => {
    if (!isNew[c]) for (const p of list) if (parts[p] === 0) buyers[p]++;
  });
  const trainedOf = (/** @type {number} */ c) => bought[c].filter((p) => parts[p] === 0);
  /** @type {Map<number, number[]>} */
  const carriers = new Map();
  for (const [p, list] of ofProducts.entries()) {
    for (const a of parts[p] === 0 ? list : []) {
      const known = carriers.get(attributes + a);
      if (known) known.push(p);
      else carriers.set(attributes + a, [p]);
    }
  }
  const total = (/** @type {number} */ a) => (carriers.get(a) ?? []).reduce((sum, p) => sum + buyers[p], 0);
  const ofKind = (/** @type {string} */ kind) => carried.map((list) => list.find((a) => kindOf(a) === kind));
  const kinds = [...new Set(carried.flat().map(kindOf))].sort();

  /** @type {Lists} */
  const scores = {};
  const random = createRandom(1);
  scores['random'] = {
    text: 'any order',
    score: (_, out) => {
      for (let i = 0; i < out.length; i++) out[i] = random();
    },
  };
  for (const kind of kinds) {
    const values = ofKind(kind);
    scores[`popularity: ${kind}, mean`] = {
      text: `buyers of a product with the same ${kind}, on average`,
      score: byValue(values.map((a) => (a === undefined ? 0 : total(a) / (carriers.get(a)?.length ?? 1)))),
    };
    scores[`popularity: ${kind}, sum`] = {
      text: `buyers of all products with the same ${kind}`,
      score: byValue(values.map((a) => (a === undefined ? 0 : total(a)))),
    };
    scores[`own: ${kind}`] = {
      text: `share of the products with the same ${kind} that the customer has bought`,
      score: (c, out) => {
        /** @type {Map<number, number>} */
        const counts = new Map();
        for (const p of trainedOf(c)) {
          const a = ofProducts[p].map((x) => attributes + x).find((x) => kindOf(x) === kind);
          if (a !== undefined) counts.set(a, (counts.get(a) ?? 0) + 1);
        }
        for (const [i, a] of values.entries())
          out[i] = a === undefined ? 0 : (counts.get(a) ?? 0) / (carriers.get(a)?.length ?? 1);
      },
    };
  }
  const node = (/** @type {number} */ c) => vectors.row(c);
  /** @type {Map<number, Float64Array>} */
  const histories = new Map();
  const history = (/** @type {number} */ c) => {
    const known = histories.get(c) ?? toMean(trainedOf(c).map((p) => vectors.row(products + p)));
    histories.set(c, known);
    return known;
  };
  const meanOf = (/** @type {(row: number) => ArrayLike<number>} */ toRow) =>
    carried.map((list) => (list.length > 0 ? toMean(list.map(toRow)) : undefined));
  const folded = carried.map((list) =>
    foldIn.fold(
      'product',
      list.map((row) => ({ row, weight: 1 })),
    ),
  );
  const rows = {
    'attribute mean: contexts': meanOf((row) => contexts.row(row)),
    'attribute mean: vectors': meanOf((row) => vectors.row(row)),
    'attribute mean: cosine': meanOf((row) => toUnit(vectors.row(row))).map((row) => row && toUnit(row)),
    'fold-in: context': folded.map((f) => f?.context),
    'fold-in: vector': folded.map((f) => f?.vector),
  };
  for (const [name, of] of Object.entries(rows)) {
    scores[`${name} · customer`] = { text: "by the customer's vector", score: byDot(of, node) };
    scores[`${name} · history`] = {
      text: "by the mean vector of the customer's products",
      score: byDot(of, history),
    };
  }
  return scores;
}

/** @param {World} world @param {Task} task */
export function toCustomerLists(world, { candidates }) {
  const { snapshot, vectors, contexts, foldIn, bought, isNew, firstTaken, ofCustomers } = world;
  const [products, attributes] = [snapshot.ranges[1].start, snapshot.ranges[2].start];
  const hasEdges = (/** @type {number} */ v) => snapshot.offsets[v + 1] > snapshot.offsets[v];
  const placeOf = new Map(Array.from(candidates, (row, i) => [row - products, i]));
  const popularity = new Float64Array(candidates.length);
  bought.forEach((list, c) => {
    if (!isNew[c]) for (const p of list) if (placeOf.has(p)) popularity[placeOf.get(p) ?? 0]++;
  });
  const click = (/** @type {number} */ c) => ({ row: products + firstTaken[c], weight: 1 });
  const traits = (/** @type {number} */ c) =>
    ofCustomers[c].map((a) => ({ row: attributes + a, weight: 1 })).filter(({ row }) => hasEdges(row));
  const out = Array.from(candidates, (row) => contexts.row(row));
  const none = new Float64Array(vectors.cols);
  const without =
    (/** @type {Score} */ score) => (/** @type {number} */ c, /** @type {Float32Array} */ to) => {
      score(c, to);
      to[placeOf.get(firstTaken[c]) ?? 0] = Number.NEGATIVE_INFINITY; // it was taken, and is no answer
    };
  /** @type {Lists} */
  const scores = {
    popularity: { text: 'products by buyers', score: byValue(popularity) },
    'also bought': {
      text: 'products by how many of the buyers of the one bought them, popularity among equals',
      score: (c, to) => {
        to.set(popularity.map((n) => n * 1e-6));
        bought.forEach((list, other) => {
          if (isNew[other] || !list.includes(firstTaken[c])) return;
          for (const p of list) if (placeOf.has(p)) to[placeOf.get(p) ?? 0]++;
        });
      },
    },
    'vector of the product': {
      text: 'the vector of the product as it is, which is the mean over one',
      score: byDot(out, (c) => vectors.row(click(c).row)),
    },
    'fold-in: product': {
      text: 'one edge',
      score: byDot(out, (c) => foldIn.fold('customer', [click(c)])?.vector ?? none),
    },
    'fold-in: traits': {
      text: 'what is known of the household, where anything is',
      score: byDot(out, (c) => foldIn.fold('customer', traits(c))?.vector ?? none),
    },
    'fold-in: product and traits': {
      text: 'both',
      score: byDot(out, (c) => foldIn.fold('customer', [click(c), ...traits(c)])?.vector ?? none),
    },
  };
  return Object.fromEntries(
    Object.entries(scores).map(([name, { text, score }]) => [name, { text, score: without(score) }]),
  );
}
