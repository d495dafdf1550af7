/**
 * What a model has to beat, on the same split: chance, popularity, the customer's own favourites,
 * co-counts, item-kNN with and without recency, exact random walks of three steps, and ALS (als.ts).
 */
import type { InteractionColumns } from '../graph/types.ts';
import { createAls, MAX_ALS_PAIRS } from './als-scorer.ts';
import { buildBaskets, degreeOf, type Incidence, type Pairs, rowOf, transpose } from './incidence.ts';
import type { Population } from './population.ts';
import { toStream } from './shuffle.ts';
import { createThreeStep, fromDegrees, type ThreeStepFactors, toOnes } from './three-step.ts';
import type { Scorer, ScorerPlan } from './types.ts';

/** What a model has to beat before anything else. */
export const POPULARITY = 'popularity';

/** RP3β's discount of popular products, score / degree^β. One value for all data: baselines are not tuned on the test part. */
const RP3_BETA = 0.6;

/** Customers × products and its transpose. */
interface Purchases {
  readonly train: Pairs;
  readonly trainByProduct: Pairs;
}

type Counted = Pick<Population, 'train' | 'trainByProduct'>;

export interface BaselineInput {
  readonly population: Counted & Pick<Population, 'ages' | 'decay'>;
  /** The training part, for its baskets. */
  readonly columns: InteractionColumns;
  readonly seed: number;
}

/** All baselines this data allows: recency needs ages, hence an order; ALS is for what it can fit in time. */
export function planBaselines(input: BaselineInput): ScorerPlan[] {
  const { population, seed } = input;
  const { train, trainByProduct, ages } = population;
  const create: Record<string, () => Scorer> = {
    chance: createChance,
    [POPULARITY]: () => createPopularity(trainByProduct),
    'personal-top': () => createPersonalTop(train, trainByProduct),
    'co-counts': () => createCoCounts(input),
    'item-knn': () => createItemKnn(population),
    ...(ages && { 'item-knn-recent': () => createRecentItemKnn({ ...population, ages }) }),
    'walk-3': () => createWalk3(population),
    rp3b: () => createRp3b(population),
    ...(train.items.length <= MAX_ALS_PAIRS && { als: () => createAls(population, toStream(seed, 'als')) }),
  };
  return Object.entries(create).map(([name, make]) => ({ name, family: 'baseline', create: make }));
}

/** Every product the same: the ranker's shuffle decides. What any other scorer is worth starts here. */
const createChance = (): Scorer => ({
  name: 'chance',
  family: 'baseline',
  text: 'products in random order',
  score: (_customer, scores) => {
    scores.fill(0);
  },
});

/** score[p] = distinct training customers of p. */
export function createPopularity(byProduct: Incidence): Scorer {
  const popularity = Float32Array.from({ length: byProduct.rows }, (_, p) => degreeOf(byProduct, p));
  return {
    name: POPULARITY,
    family: 'baseline',
    text: 'products by how many distinct customers bought them in training; the same list for everyone',
    score: (_customer, scores) => scores.set(popularity),
  };
}

/**
 * The customer's own products by how often, ties by popularity; behind them all others by popularity.
 * Written as ranks, so that nothing is lost in f32: an own product scores 1 + its place from the end
 * (equal count and popularity: equal place), any other popularity / (greatest popularity + 1) < 1.
 */
export function createPersonalTop(train: Incidence, byProduct: Incidence): Scorer {
  const popularity = (p: number): number => degreeOf(byProduct, p);
  let greatest = 0;
  for (let p = 0; p < byProduct.rows; p++) greatest = Math.max(greatest, popularity(p));
  const background = Float32Array.from({ length: byProduct.rows }, (_, p) => popularity(p) / (greatest + 1));
  return {
    name: 'personal-top',
    family: 'baseline',
    text: "the customer's own products by how often they were bought, then popularity",
    score: (customer, scores) => {
      scores.set(background);
      const own = Array.from({ length: degreeOf(train, customer) }, (_, i) => train.offsets[customer]! + i);
      const compare = (a: number, b: number): number =>
        train.counts[a]! - train.counts[b]! || popularity(train.items[a]!) - popularity(train.items[b]!);
      own.sort(compare);
      let place = 0;
      for (const [i, at] of own.entries()) {
        if (i === 0 || compare(own[i - 1]!, at) !== 0) place++;
        scores[train.items[at]!] = place + 1;
      }
    },
  };
}

/**
 * score[p] = Σ_{q ∈ customer's products, q ≠ p} baskets that hold both q and p.
 * Where no row names a basket, all a customer bought is one basket, and the notes say so.
 */
export function createCoCounts({
  population,
  columns,
}: Pick<BaselineInput, 'population' | 'columns'>): Scorer {
  const { train } = population;
  const { baskets, withoutBasket } = buildBaskets(columns, train.cols);
  const noBaskets = baskets.items.length === 0;
  const groups = noBaskets ? train : baskets;
  const own = new Float64Array(train.cols); // groups that hold p: the q = p term, taken off again
  for (const p of groups.items) own[p]!++;
  const factors = { into: toOnes(train.cols), middle: toOnes(groups.rows), out: toOnes(train.cols) };
  const step = createThreeStep(groups, factors, transpose(groups));
  const notes: string[] = [];
  if (noBaskets) notes.push('no interaction names a basket: all purchases of a customer count as one basket');
  else if (withoutBasket > 0)
    notes.push(`${withoutBasket} training interactions name no basket and are not counted`);
  return {
    name: 'co-counts',
    family: 'baseline',
    text: "how often a product was in one basket with the customer's products",
    notes,
    score: (customer, scores) => {
      const products = rowOf(train, customer);
      step(products, toOnes(products.length), scores);
      for (const p of products) scores[p]! -= own[p]!;
    },
  };
}

/**
 * Cosine of the columns of X with X[c, p] = 1/√|c|, |c| the customer's distinct products, so that a
 * customer who buys everything says little: sim(q, p) = Σ_c X[c,q] X[c,p] / (‖X_q‖ ‖X_p‖),
 * ‖X_p‖² = Σ_{c ∋ p} 1/|c|. All neighbours count, none is cut off; sim(p, p) = 1 stays in.
 */
export function toCosineFactors({ train, trainByProduct }: Purchases): ThreeStepFactors {
  const middle = fromDegrees(train, (d) => 1 / d);
  const inverse = Float64Array.from({ length: train.cols }, (_, p) => {
    let square = 0;
    for (const c of rowOf(trainByProduct, p)) square += middle[c]!;
    return square === 0 ? 0 : 1 / Math.sqrt(square);
  });
  return { into: inverse, middle, out: inverse };
}

const createCosineStep = (population: Counted) =>
  createThreeStep(population.train, toCosineFactors(population), population.trainByProduct);

/** score[p] = Σ_{q ∈ customer's products} sim(q, p). */
export function createItemKnn(population: Counted): Scorer {
  const step = createCosineStep(population);
  return {
    name: 'item-knn',
    family: 'baseline',
    text: "products bought by the same customers as the customer's products (cosine, customers normalised)",
    score: (customer, scores) => {
      const products = rowOf(population.train, customer);
      step(products, toOnes(products.length), scores);
    },
  };
}

/** score[p] = Σ_q decay^age(q) · sim(q, p), age as in `toAges`. */
export function createRecentItemKnn(
  population: Counted & { readonly ages: Uint32Array; readonly decay: number },
): Scorer {
  const { train, ages, decay } = population;
  const step = createCosineStep(population);
  const weights = Float64Array.from(ages, (age) => decay ** age);
  return {
    name: 'item-knn-recent',
    family: 'baseline',
    text: `item-knn, what was bought n baskets ago weighing ${decay}^n (without baskets: instants, else rows)`,
    score: (customer, scores) =>
      step(
        rowOf(train, customer),
        weights.subarray(train.offsets[customer]!, train.offsets[customer + 1]!),
        scores,
      ),
  };
}

/** Of P3: evenly to a customer of the product, evenly to a product of the customer. */
export const toWalkFactors = ({ train, trainByProduct }: Purchases): ThreeStepFactors => ({
  into: fromDegrees(trainByProduct, (d) => 1 / d),
  middle: fromDegrees(train, (d) => 1 / d),
  out: toOnes(train.cols),
});

/**
 * P3: probability that a walk customer → product → customer → product ends at p, every distinct pair
 * weighing 1: score[p] = Σ_u [p ∈ u]/|u| Σ_{q ∈ c ∩ u} 1/(|c| |q|). Exact, nothing is sampled.
 * @see Cooper et al., Random walks in recommender systems, WWW 2014
 */
export function createWalk3({ train, trainByProduct }: Counted): Scorer {
  const step = createThreeStep(train, toWalkFactors({ train, trainByProduct }), trainByProduct);
  return {
    name: 'walk-3',
    family: 'baseline',
    text: 'where a random walk of three steps ends: own product, another customer of it, a product of theirs (P3)',
    score: (customer, scores) => {
      const products = rowOf(train, customer);
      step(products, new Float64Array(products.length).fill(1 / products.length), scores);
    },
  };
}

/**
 * RP3β: P3 divided by the product's degree to the power β.
 * @see Paudel et al., Updatable, accurate, diverse, and scalable recommendations, TiiS 2017
 */
export function createRp3b({ train, trainByProduct }: Counted, beta = RP3_BETA): Scorer {
  const out = fromDegrees(trainByProduct, (d) => d ** -beta);
  const factors = { ...toWalkFactors({ train, trainByProduct }), out };
  const step = createThreeStep(train, factors, trainByProduct);
  return {
    name: 'rp3b',
    family: 'baseline',
    text: `walk-3, popular products discounted by their number of customers to the power ${beta}`,
    score: (customer, scores) => {
      const products = rowOf(train, customer);
      step(products, new Float64Array(products.length).fill(1 / products.length), scores);
    },
  };
}
