/**
 * Scores from the graph alone, no vectors: where a walk of three steps ends (`walk`, P3 and, discounted, RP3β),
 * and what was bought by the same customers (`counts`, item-kNN by cosine). The sums are those of the
 * evaluation (src/analyze/baselines.ts), so that what is served is what was measured.
 */
import { toCosineFactors, toWalkFactors } from '../analyze/baselines.ts';
import { degreeOf, type Pairs } from '../analyze/incidence.ts';
import { createThreeStep, type ThreeStep, type ThreeStepFactors } from '../analyze/three-step.ts';
import { createRandom } from '../base/rng.ts';
import { sampleThreeStep } from './three-step-sample.ts';

export const GRAPH_SCORERS = ['walk', 'counts'] as const;
export type GraphScorer = (typeof GRAPH_SCORERS)[number];

/** Customers × products and its transpose, each distinct pair once. */
export interface Purchases {
  readonly train: Pairs;
  readonly trainByProduct: Pairs;
}

export interface GraphScores {
  readonly scores: Float32Array; // [products] ≥ 0, 0 where nothing leads
  /** Random walks they were estimated by; absent where they are exact. */
  readonly walks?: number;
}

export interface GraphScorerOptions {
  /** Beyond so many arcs a score is estimated. */
  readonly exactArcs?: number;
  readonly walks?: number;
}

/** About 10 ms of adding up. */
const EXACT_ARCS = 2_000_000;
const WALKS = 200_000;

interface Prepared {
  readonly factors: ThreeStepFactors;
  readonly step: ThreeStep;
}

export class GraphScorers {
  readonly #purchases: Purchases;
  readonly #options: Required<GraphScorerOptions>;
  readonly #reach: Float64Array; // [products] arcs from the customers of one product
  readonly #prepared = new Map<GraphScorer, Prepared>();

  constructor(purchases: Purchases, { exactArcs = EXACT_ARCS, walks = WALKS }: GraphScorerOptions = {}) {
    this.#purchases = purchases;
    this.#options = { exactArcs, walks };
    const { train, trainByProduct } = purchases;
    this.#reach = Float64Array.from({ length: train.cols }, (_, p) => {
      let arcs = 0;
      for (let at = trainByProduct.offsets[p]!; at < trainByProduct.offsets[p + 1]!; at++) {
        arcs += degreeOf(train, trainByProduct.items[at]!);
      }
      return arcs;
    });
  }

  /**
   * @param products distinct, of the customer
   * @param weights parallel to products, > 0; a walk takes its first step in proportion to them
   */
  score(scorer: GraphScorer, products: Uint32Array, weights: ArrayLike<number>): GraphScores {
    const { factors, step } = this.#prepare(scorer);
    const start = toStart(scorer, weights, products.length);
    const scores = new Float32Array(this.#purchases.train.cols);
    if (this.#countArcs(products) <= this.#options.exactArcs) {
      step(products, start, scores);
      return { scores };
    }
    const { train: groups, trainByProduct: byProduct } = this.#purchases;
    const { walks } = this.#options;
    const random = createRandom(products.reduce((hash, p) => Math.imul(hash ^ p, 0x9e3779b1), 1)); // the same question, the same answer
    sampleThreeStep({ groups, byProduct, factors }, { products, start }, { walks, random, scores });
    return { scores, walks };
  }

  /** How a score is made up of paths: start · into · middle · out. */
  factors(scorer: GraphScorer): ThreeStepFactors {
    return this.#prepare(scorer).factors;
  }

  /** Arcs that an exact sum goes through, at most: there to the customers, and back from each of them once. */
  #countArcs(products: Uint32Array): number {
    const { train, trainByProduct } = this.#purchases;
    let there = 0;
    let back = 0;
    for (const p of products) {
      there += degreeOf(trainByProduct, p);
      back += this.#reach[p]!;
    }
    return there + Math.min(back, train.items.length);
  }

  #prepare(scorer: GraphScorer): Prepared {
    const known = this.#prepared.get(scorer);
    if (known) return known;
    const { train, trainByProduct } = this.#purchases;
    const factors = scorer === 'walk' ? toWalkFactors(this.#purchases) : toCosineFactors(this.#purchases);
    const prepared = { factors, step: createThreeStep(train, factors, trainByProduct) };
    this.#prepared.set(scorer, prepared);
    return prepared;
  }
}

/** `walk`: shares that sum to 1; `counts`: the weights as they are. f64 [count] */
export function toStart(scorer: GraphScorer, weights: ArrayLike<number>, count: number): Float64Array {
  const start = Float64Array.from({ length: count }, (_, i) => weights[i]!);
  if (scorer === 'counts') return start;
  const total = start.reduce((sum, weight) => sum + weight, 0);
  return start.map((weight) => weight / total);
}
