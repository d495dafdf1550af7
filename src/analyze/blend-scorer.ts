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
import { scoreBatch, toBatchSize } from './ranker.ts';
import type { EvaluatedModel, Pause, Protocol, Scorer } from './types.ts';

/** Name of the scorer in reports. */
export const BLEND = 'blend';

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
type MayShow = (product: number) => boolean;

interface RankingScope {
  /** As many as the batch at least. */
  readonly buffers: readonly Float32Array[]; // f32 [products] each
  /** What may be in each of the lists that are wanted of a customer. */
  readonly listsOf: (customer: number) => readonly MayShow[];
  readonly pause: Pause;
}

/** Rankings for each list of each customer of the batch, from one scoring. */
async function rankMembers(
  members: Members,
  batch: readonly number[],
  { buffers, listsOf, pause }: RankingScope,
): Promise<Rankings[][]> {
  const lists = batch.map(listsOf);
  const ranked = lists.map((of) => of.map(() => ({}) as Rankings));
  for (const member of BLEND_MEMBERS) {
    await scoreBatch(members[member], batch, buffers, pause);
    const above = SERVED[member] === 'positive' ? 0 : Number.NEGATIVE_INFINITY;
    for (const [i, of] of lists.entries()) {
      for (const [j, mayShow] of of.entries())
        ranked[i]![j]![member] = takeFirst(buffers[i]!, { above, mayShow });
      await pause();
    }
  }
  return ranked;
}

/** Products that score more than `above` and may be shown, by descending score, ties by row. */
function takeFirst(
  scores: Float32Array,
  { above, mayShow }: { readonly above: number; readonly mayShow: MayShow },
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
  const scoreMany = async (
    batch: readonly number[],
    buffers: readonly Float32Array[],
    pause: Pause,
  ): Promise<void> => {
    const ranked = await rankMembers(members, batch, { buffers, listsOf: () => [() => true], pause });
    for (const [i, [all]] of ranked.entries()) {
      buffers[i]!.fill(Number.NEGATIVE_INFINITY);
      for (const [product, score] of fuseRankings(all!, weights)) buffers[i]![product] = score;
    }
  };
  const said = BLEND_MEMBERS.map((member) => `${member} ${weights[member]}`).join(', ');
  return {
    name: BLEND,
    family: 'other',
    text: `reciprocal ranks of the served scorers, weighted (${said}) as learned on earlier events`,
    score: (customer, scores) => scoreMany([customer], [scores], () => undefined),
    scoreMany,
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
  const buffers = Array.from({ length: toBatchSize(train.cols) }, () => new Float32Array(train.cols));
  const takesNew = new Set(asked.new);
  const protocolsOf = (customer: number): Protocol[] => (takesNew.has(customer) ? ['all', 'new'] : ['all']);
  const listsOf = (customer: number): MayShow[] =>
    protocolsOf(customer).map((protocol) =>
      protocol === 'all' ? () => true : (product) => findPair(train, customer, product) < 0,
    );
  const cases: Record<Protocol, BlendCase[]> = { all: [], new: [] };
  for (let start = 0; start < asked.all.length; start += buffers.length) {
    const batch = Array.from(asked.all.subarray(start, start + buffers.length));
    const ranked = await rankMembers(members, batch, { buffers, listsOf, pause });
    for (const [i, customer] of batch.entries()) {
      for (const [j, protocol] of protocolsOf(customer).entries()) {
        cases[protocol].push({
          rankings: ranked[i]![j]!,
          relevant: Array.from(rowOf(relevant[protocol], customer)),
        });
      }
    }
  }
  return cases.new.length > 0 ? learnBlend(cases, k) : undefined;
}
