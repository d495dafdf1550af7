/**
 * Can the model tell a purchase that was held out from one that was not made? Area under the ROC curve
 * on pairs (customer, product) unknown to training, each against one random product for the same
 * customer: by the customer's node, and by the scorer the service answers with.
 */
import { type Interval, toBand } from './bootstrap.ts';
import { findRange } from './embedding-scorers.ts';
import { degreeOf, findPair, rowOf } from './incidence.ts';
import type { Population } from './population.ts';
import { scoreBatch, toBatchSize } from './ranker.ts';
import type { LinkPrediction } from './report.ts';
import { shuffle, toStream } from './shuffle.ts';
import type { EvaluatedModel, Pause, Scorer, ScorerPlan } from './types.ts';

/** Pairs measured at most. */
const MAX_PAIRS = 50_000;
const MAX_TRIES = 100;

export interface ScoredPairs {
  readonly positives: Float64Array; // [n]
  readonly negatives: Float64Array; // [n]
  readonly owner: Uint32Array; // [n] which customer, 0 … owners−1
}

/**
 * P(positive scores higher) + ½ P(equal), each pair weighing as often as its owner was drawn.
 * `order` holds 0 … 2n−1 by ascending score, i < n a positive, i ≥ n a negative.
 */
function toWeightedAuc(pairs: ScoredPairs, order: Uint32Array, times: ArrayLike<number>): number {
  const n = pairs.positives.length;
  const scoreAt = (i: number): number => (i < n ? pairs.positives[i]! : pairs.negatives[i - n]!);
  let below = 0; // weight of the negatives with a lower score
  let won = 0;
  let positiveWeight = 0;
  for (let at = 0; at < order.length; ) {
    const score = scoreAt(order[at]!);
    let tiedPositive = 0;
    let tiedNegative = 0;
    for (; at < order.length && scoreAt(order[at]!) === score; at++) {
      const i = order[at]!;
      if (i < n) tiedPositive += times[pairs.owner[i]!]!;
      else tiedNegative += times[pairs.owner[i - n]!]!;
    }
    won += tiedPositive * (below + tiedNegative / 2);
    below += tiedNegative;
    positiveWeight += tiedPositive;
  }
  return won / (positiveWeight * below);
}

/** AUC with its interval: owners drawn with replacement, all their pairs with them. */
export async function measureAuc(
  pairs: ScoredPairs,
  {
    owners,
    resamples,
    random,
    pause,
  }: { owners: number; resamples: number; random: () => number; pause: Pause },
): Promise<Interval> {
  const n = pairs.positives.length;
  const scores = new Float64Array(2 * n);
  scores.set(pairs.positives);
  scores.set(pairs.negatives, n);
  const order = Uint32Array.from({ length: 2 * n }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  const mean = toWeightedAuc(pairs, order, new Uint8Array(owners).fill(1));
  const draws = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    const times = new Uint32Array(owners);
    for (let i = 0; i < owners; i++) times[Math.floor(random() * owners)]!++;
    draws[r] = toWeightedAuc(pairs, order, times);
    await pause();
  }
  return toBand(draws, mean);
}

interface DrawnPairs {
  readonly customers: Uint32Array; // [n]
  readonly bought: Uint32Array; // [n]
  readonly random: Readonly<Record<'uniform' | 'by popularity', Uint32Array>>; // [n] each
}

export interface LinkPredictionInput {
  readonly model: EvaluatedModel;
  readonly population: Population;
  /** The scorer the service answers with; measured beside the customer's node. */
  readonly served?: ScorerPlan;
  readonly seed: number;
  readonly resamples: number;
}

/** Of one scorer, parallel to the pairs. */
type PairScores = Readonly<Record<keyof DrawnPairs['random'] | 'bought', Float64Array>>;

/** Undefined when no pair can be scored: nobody bought anything new that has a vector. */
export async function measureLinks(
  input: LinkPredictionInput,
  pause: Pause,
): Promise<LinkPrediction | undefined> {
  const pairs = drawPairs(input);
  if (pairs.customers.length === 0) return undefined;
  const { seed, resamples } = input;
  const ownerOf = new Map<number, number>();
  for (const c of pairs.customers) if (!ownerOf.has(c)) ownerOf.set(c, ownerOf.size);
  const owner = pairs.customers.map((c) => ownerOf.get(c)!);
  const results: LinkPrediction['results'][number][] = [];
  for (const [scorer, scores] of Object.entries(await scorePairs(pairs, input, pause))) {
    for (const negatives of ['uniform', 'by popularity'] as const) {
      const scored = { positives: scores.bought, negatives: scores[negatives], owner };
      const random = toStream(seed, `auc ${negatives}`);
      results.push({
        scorer,
        negatives,
        auc: await measureAuc(scored, { owners: ownerOf.size, resamples, random, pause }),
      });
    }
  }
  return {
    text: 'held-out purchases of products new to the customer, each against a random product the customer never bought',
    pairs: owner.length,
    customers: ownerOf.size,
    results,
  };
}

/** By scorer, the served one first. */
async function scorePairs(
  pairs: DrawnPairs,
  input: LinkPredictionInput,
  pause: Pause,
): Promise<Record<string, PairScores>> {
  const { served, population } = input;
  const byOne = (score: (customer: number, product: number) => number): PairScores => {
    const toScores = (products: Uint32Array): Float64Array =>
      Float64Array.from(products, (p, i) => score(pairs.customers[i]!, p));
    const { uniform, 'by popularity': popular } = pairs.random;
    return {
      bought: toScores(pairs.bought),
      uniform: toScores(uniform),
      'by popularity': toScores(popular),
    };
  };
  return {
    ...(served && { [served.name]: await scoreByRow(pairs, served.create(), { population, pause }) }),
    ...(served?.name !== DIRECT && { [DIRECT]: byOne(toInOut(input)) }),
    popularity: byOne((_, p) => degreeOf(population.trainByProduct, p)),
  };
}

/** The customer's own node against the product: no pass over all products is needed. */
const DIRECT = 'customer-in-out';

/** A scorer gives all products of a customer at once, so its pairs are read off customer by customer. */
async function scoreByRow(
  pairs: DrawnPairs,
  scorer: Scorer,
  { population, pause }: { population: Population; pause: Pause },
): Promise<PairScores> {
  const { customers, bought, random } = pairs;
  const columns = { bought, ...random };
  const empty = (): Float64Array => new Float64Array(customers.length);
  const scores = { bought: empty(), uniform: empty(), 'by popularity': empty() };
  const pairsOf = new Map<number, number[]>();
  for (const [i, customer] of customers.entries()) {
    const own = pairsOf.get(customer);
    if (own) own.push(i);
    else pairsOf.set(customer, [i]);
  }
  const owners = [...pairsOf.keys()];
  const { cols } = population.train;
  const buffers = Array.from({ length: toBatchSize(cols) }, () => new Float32Array(cols));
  for (let start = 0; start < owners.length; start += buffers.length) {
    const batch = owners.slice(start, start + buffers.length);
    await scoreBatch(scorer, batch, buffers, pause);
    for (const [at, customer] of batch.entries()) {
      for (const i of pairsOf.get(customer)!) {
        for (const name of ['bought', 'uniform', 'by popularity'] as const)
          scores[name][i] = buffers[at]![columns[name][i]!]!;
      }
    }
  }
  return scores;
}

/** The customer's vector · the product's context. */
function toInOut({ model, population }: LinkPredictionInput): (customer: number, product: number) => number {
  const { vectors, contexts } = model;
  const customers = findRange(model, 'customer', population.train.rows);
  const products = findRange(model, 'product', population.train.cols);
  return (customer, product) => {
    const a = (customers.start + customer) * vectors.stride;
    const b = (products.start + product) * contexts.stride;
    let sum = 0;
    for (let d = 0; d < vectors.cols; d++) sum += vectors.data[a + d]! * contexts.data[b + d]!;
    return sum;
  };
}

/**
 * Positives: new test pairs of the measured customers, both ends with a vector. Negatives: another product
 * with a context that the customer bought in neither part, drawn uniformly or in proportion to training customers.
 * A pair for which none turns up in 100 draws (the customer bought nearly everything) is left out.
 */
function drawPairs(input: LinkPredictionInput): DrawnPairs {
  const { model, population, seed } = input;
  const random = toStream(seed, 'link pairs');
  const customerRows = findRange(model, 'customer', population.train.rows);
  const productRows = findRange(model, 'product', population.train.cols);
  const isThere = (row: Float32Array): boolean => row.some((x) => x !== 0);
  const known = Uint32Array.from({ length: population.train.cols }, (_, p) => p).filter((p) =>
    isThere(model.contexts.row(productRows.start + p)),
  );
  const isKnown = new Uint8Array(population.train.cols);
  for (const p of known) isKnown[p] = 1;
  const bought = population.train.items.filter((p) => isKnown[p]); // a uniform draw from it is one by popularity
  const all: [number, number][] = [];
  for (const c of population.members.new) {
    if (!isThere(model.vectors.row(customerRows.start + c))) continue;
    for (const p of rowOf(population.relevant.new, c)) if (isKnown[p]) all.push([c, p]);
  }
  const order = shuffle(Uint32Array.from(all.keys()), random).subarray(0, MAX_PAIRS);
  const drawn: [number, number, number, number][] = [];
  for (const i of order) {
    const [c, p] = all[i]!;
    const uniform = drawOther(known, c, { population, random });
    const popular = drawOther(bought, c, { population, random });
    if (uniform !== undefined && popular !== undefined) drawn.push([c, p, uniform, popular]);
  }
  const column = (at: number): Uint32Array => Uint32Array.from(drawn, (d) => d[at]!);
  return {
    customers: column(0),
    bought: column(1),
    random: { uniform: column(2), 'by popularity': column(3) },
  };
}

function drawOther(
  from: Uint32Array,
  customer: number,
  { population, random }: { population: Population; random: () => number },
): number | undefined {
  for (let tries = 0; tries < MAX_TRIES && from.length > 0; tries++) {
    const product = from[Math.floor(random() * from.length)]!;
    const isBought =
      findPair(population.train, customer, product) >= 0 ||
      findPair(population.relevant.all, customer, product) >= 0;
    if (!isBought) return product;
  }
  return undefined;
}
