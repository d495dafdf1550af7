/** The blend as an evaluation sees it: its members' scores of a customer, ranked and fused. */

import { createTopRows } from '../neighbors/top-rows.ts';
import { createRecentItemKnn, createRp3b } from './baselines.ts';
import {
  BLEND_DEPTH,
  BLEND_MEMBERS,
  BLEND_WALK_BETA,
  type BlendCase,
  type BlendMember,
  type BlendWeights,
  fuseRankings,
  type LearnedBlend,
  learnBlend,
  type RankedProducts,
} from './blend.ts';
import { planEmbeddingScorers } from './embedding-scorers.ts';
import { findPair, rowOf } from './incidence.ts';
import { createOwn } from './own.ts';
import type { Population } from './population.ts';
import type { EvaluatedModel, Pause, Protocol, Scorer } from './types.ts';

/** As they are served: products that nothing leads to are not ranked by the graph, nor what was never bought by `own`. */
const SERVED: Readonly<Record<BlendMember, 'all' | 'positive'>> = {
  embedding: 'all',
  walk: 'positive',
  counts: 'positive',
  own: 'positive',
};

export interface BlendInput {
  readonly model: EvaluatedModel;
  /** With ages: recency is a part of two members. */
  readonly population: Population & { readonly ages: Uint32Array };
  /** `toFrequencies` of the training part: f64 [pairs of train]. */
  readonly frequencies: Float64Array;
}

type Members = Readonly<Record<BlendMember, Scorer>>;

/** @throws ShelfwalkError VECTOR_INVALID · EMBEDDING_SHAPE_MISMATCH */
function createMembers({ model, population, frequencies }: BlendInput): Members {
  const embedding = planEmbeddingScorers({ model, population }).find(({ name }) => name === 'recent-in-out')!;
  return {
    embedding: embedding.create(),
    walk: createRp3b(population, BLEND_WALK_BETA),
    counts: createRecentItemKnn(population),
    own: createOwn(population, frequencies),
  };
}

type Rankings = Record<BlendMember, RankedProducts>;

/** Rankings for each list, parallel to `lists`, which say what may be in it; from one scoring. */
async function rankMembers(
  members: Members,
  customer: number,
  { scores, lists }: { scores: Float32Array; lists: readonly ((product: number) => boolean)[] },
): Promise<Rankings[]> {
  const ranked = lists.map(() => ({}) as Rankings);
  for (const member of BLEND_MEMBERS) {
    await members[member].score(customer, scores);
    const above = SERVED[member] === 'positive' ? 0 : Number.NEGATIVE_INFINITY;
    for (const [i, mayShow] of lists.entries()) ranked[i]![member] = takeFirst(scores, { above, mayShow });
  }
  return ranked;
}

/** Products that score more than `above` and may be shown, by descending score, ties by row. */
function takeFirst(
  scores: Float32Array,
  { above, mayShow }: { readonly above: number; readonly mayShow: (product: number) => boolean },
): Uint32Array {
  const top = createTopRows(Math.min(BLEND_DEPTH, scores.length));
  for (let p = 0; p < scores.length; p++) {
    const score = scores[p]!;
    if (score > above && score > top.threshold() && mayShow(p)) top.offer(p, score);
  }
  return top.drain().rows;
}

/** @throws ShelfwalkError VECTOR_INVALID · EMBEDDING_SHAPE_MISMATCH */
export function createBlendScorer(input: BlendInput, weights: BlendWeights): Scorer {
  const members = createMembers(input);
  const said = BLEND_MEMBERS.map((member) => `${member} ${weights[member]}`).join(', ');
  return {
    name: 'blend',
    family: 'other',
    text: `reciprocal ranks of the served scorers, weighted (${said}) as learned on earlier events`,
    async score(customer, scores) {
      const [all] = await rankMembers(members, customer, { scores, lists: [() => true] });
      scores.fill(Number.NEGATIVE_INFINITY);
      for (const [product, score] of fuseRankings(all!, weights)) scores[product] = score;
    },
  };
}

/**
 * Weights from a population whose test part came after what the model was trained on. In lists of what is new, what a
 * customer had before is no candidate and not relevant, as where it is served.
 * @returns undefined where nobody bought anything new
 */
export async function learnBlendWeights(
  input: BlendInput,
  k: number,
  pause: Pause,
): Promise<LearnedBlend | undefined> {
  const { train, relevant, members: asked } = input.population;
  const members = createMembers(input);
  const scores = new Float32Array(train.cols);
  const cases: Record<Protocol, BlendCase[]> = { all: [], new: [] };
  const takesNew = new Set(asked.new);
  for (const customer of asked.all) {
    const mayShow: Record<Protocol, (product: number) => boolean> = {
      all: () => true,
      new: (product) => findPair(train, customer, product) < 0,
    };
    const protocols: Protocol[] = takesNew.has(customer) ? ['all', 'new'] : ['all'];
    const lists = protocols.map((protocol) => mayShow[protocol]);
    const ranked = await rankMembers(members, customer, { scores, lists });
    for (const [i, protocol] of protocols.entries()) {
      cases[protocol].push({
        rankings: ranked[i]!,
        relevant: Array.from(rowOf(relevant[protocol], customer)),
      });
    }
    await pause();
  }
  return cases.new.length > 0 ? learnBlend(cases, k) : undefined;
}
