/**
 * Lists of products: whom for, by which scorer, what may be shown, and in what company. Each list is put
 * together from one version and the catalog as it is now, and is full whenever enough products may be shown.
 */

import { BLEND_WALK_BETA } from '../analyze/blend.ts';
import type { Catalog } from '../catalog/types.ts';
import { discountScore } from '../recommend/discount.ts';
import { type FillOptions, fill } from '../recommend/fill.ts';
import type { GraphScorer } from '../recommend/graph-scorers.ts';
import {
  type Asker,
  type AskerDeps,
  type Chosen,
  hasNothingToSay,
  readCustomer,
  readSession,
} from './live-asker.ts';
import { explain } from './live-explain.ts';
import { type LiveFilters, toAllowed } from './live-filters.ts';
import type { LiveGraph, LiveGraphs } from './live-graph.ts';
import {
  type RankingScope,
  rankByBlend,
  rankByGraph,
  rankByOwn,
  rankByPopularity,
  rankByVector,
  type ScoredRanking,
  toDirected,
} from './live-ranking.ts';
import {
  addAttributes,
  type FoundNode,
  getIndex,
  type Search,
  settleOverlay,
  toMatch,
} from './live-search.ts';
import type { ColdStart, ReplyMetric } from './live-types.ts';
import { checkListOptions } from './recommend-checks.ts';
import type {
  ListOptions,
  RankQuestion,
  RankReply,
  Recommendation,
  RecommendExclusion,
  RecommendOptions,
  RecommendReply,
  ResultSource,
  Scorer,
  SessionOptions,
} from './recommend-types.ts';
import { getBlendWeights, hasBlendWeights } from './served-blend.ts';

export interface RecommendDeps extends AskerDeps {
  readonly catalog: Catalog;
  readonly graphs: LiveGraphs;
  readonly filters: LiveFilters;
  readonly search: Search;
  readonly foldInWaitMs: number;
}

type Untimed<R> = Promise<Omit<R, 'tookMs'>>;

const METRICS: Readonly<Record<Scorer, ReplyMetric>> = {
  embedding: 'dot',
  walk: 'probability',
  counts: 'similarity',
  blend: 'reciprocal-rank',
};

export function createRecommender(deps: RecommendDeps) {
  return {
    async recommend(live: Chosen, customerId: string, options: RecommendOptions): Untimed<RecommendReply> {
      const asker = await readCustomer(deps, live, customerId);
      return list(deps, live, { asker, options, exclude: toExclusion(options.exclude) });
    },
    async recommendFor(live: Chosen, options: SessionOptions): Untimed<RecommendReply> {
      const asker = await readSession(deps, live, options);
      return list(deps, live, { asker, options, exclude: { seen: true, ...options.exclude } });
    },
    async rank(live: Chosen, question: RankQuestion): Untimed<RankReply> {
      const { customerId, productIds } = question;
      const asker =
        customerId === undefined
          ? await readSession(deps, live, question)
          : await readCustomer(deps, live, customerId);
      const ids = [...new Set(productIds)];
      const options = { ...question, limit: ids.length };
      const reply = await list(deps, live, { asker, options, exclude: {}, among: ids });
      const ranked = new Set(reply.results.map(({ id }) => id));
      return { ...reply, missingIds: ids.filter((id) => !ranked.has(id)) };
    },
  };
}

const toExclusion = (exclude: RecommendOptions['exclude']): RecommendExclusion =>
  typeof exclude === 'string' ? { seen: exclude === 'seen' } : exclude;

interface ListQuestion {
  readonly asker: Asker;
  readonly options: ListOptions;
  readonly exclude: RecommendExclusion;
  /** The caller's own list: these, all that have any score, and no others. */
  readonly among?: readonly string[];
}

async function list(deps: RecommendDeps, live: Chosen, question: ListQuestion): Untimed<RecommendReply> {
  const { asker, among } = question;
  const scorer = question.options.scorer ?? chooseScorer(live, asker);
  const options = { ...question.options, scorer };
  const { limit } = options;
  checkListOptions(options);
  if (scorer === 'embedding' || scorer === 'blend') getIndex(live, 'dot');
  const late = await settleOverlay(live, deps.foldInWaitMs);
  const scope = await toScope(deps, live, question);
  const graph = needsGraph(options) ? await deps.graphs.of(live) : undefined;
  const scored = await rank(deps, live, {
    ...question,
    options,
    scope,
    graph,
    zeros: among !== undefined,
    isLate: late.length > 0,
  });
  const rules = await toRules(deps, options);
  const chosen = await choose(live, scored, { rules, graph, options });
  const filled =
    options.fallback === 'popular' && chosen.length < limit
      ? await fillUp(live, graph!, { rules, scope, chosen })
      : [];
  const toResult = (node: FoundNode, source: ResultSource): Recommendation => {
    const group = rules.grouping?.groupOf(node);
    const explanation =
      source !== 'popular' && options.explain && explain({ live, graph: graph!, asker, scorer }, node);
    return {
      ...toMatch(node),
      source,
      ...(group !== undefined && { group }),
      ...(explanation && { explanation }),
    };
  };
  const results = [
    ...chosen.map((node) => toResult(node, scorer)),
    ...filled.map((node) => toResult(node, 'popular')),
  ];
  const warnings = [...late, ...scored.warnings];
  return {
    results: options.withAttributes ? await addAttributes(deps.catalog, 'product', results) : results,
    metric: METRICS[scorer],
    ...scored.coldStart,
    model: live.model,
    warnings: warnings.length > 0 ? warnings : undefined,
  };
}

/** Where nobody asked for one: the blend, of a version that has learned it, for who has something that its graph knows. */
const chooseScorer = (live: Chosen, { products }: Asker): Scorer =>
  hasBlendWeights(live.content) &&
  products.some(({ productId }) => live.findRow({ type: 'product', id: productId }) !== undefined)
    ? 'blend'
    : 'embedding';

type ScoredListOptions = ListOptions & { readonly scorer: Scorer };

const needsGraph = ({ scorer, popularityDiscount = 0, fallback, explain: explained }: ScoredListOptions) =>
  scorer !== 'embedding' || popularityDiscount > 0 || fallback === 'popular' || explained === true;

async function toScope(
  { filters }: RecommendDeps,
  live: Chosen,
  { asker, options, exclude, among }: ListQuestion,
): Promise<RankingScope> {
  const { seen, seenTypes, ids = [], ...states } = exclude;
  const seenIds = seen ? await asker.seen(seenTypes) : [];
  const only = among ? toAllowed(live, among) : options.filter && (await filters.allow(live, options.filter));
  return { exclude: { ...states, ids: [...ids, ...seenIds] }, ...(only && { only }) };
}

interface Scored extends ScoredRanking {
  readonly coldStart?: ColdStart;
}

const NOTHING: ScoredRanking = { ranking: async () => [], scale: 'share', warnings: [] };

/** Who has nothing that a scorer could go by is answered by the fallback alone, if there is one. */
async function rank(
  { search }: RecommendDeps,
  live: Chosen,
  question: ListQuestion & {
    options: ScoredListOptions;
    scope: RankingScope;
    graph: LiveGraph | undefined;
    zeros: boolean;
    isLate: boolean;
  },
): Promise<Scored> {
  const { asker, options, scope, graph, zeros, isLate } = question;
  const { scorer, fallback } = options;
  const byVector = async (): Promise<Scored> => {
    const { query, warnings = [], ...coldStart } = await asker.preference({ now: isLate });
    return { ...rankByVector(search, live, { ...scope, query }), warnings, coldStart };
  };
  const byGraph = (of: GraphScorer, how: { zeros?: boolean; discount?: number }): ScoredRanking =>
    rankByGraph(of, live, { ...scope, ...how, graph: graph!, products: asker.products });
  const weights = scorer === 'blend' ? getBlendWeights(live.content) : undefined;
  try {
    if (scorer === 'embedding') return await byVector();
    if (scorer !== 'blend') {
      await asker.check();
      return byGraph(scorer, { zeros });
    }
    const embedding = await byVector();
    const members = {
      embedding,
      // Scored at once: not for nothing.
      walk: weights!.walk > 0 ? byGraph('walk', { discount: BLEND_WALK_BETA }) : NOTHING,
      counts: weights!.counts > 0 ? byGraph('counts', {}) : NOTHING,
      own: rankByOwn(live, { ...scope, graph: graph!, products: asker.products }),
    };
    return { ...embedding, ...rankByBlend(members, weights!) };
  } catch (error) {
    if (fallback !== 'popular' || !hasNothingToSay(error)) throw error;
    return { ...NOTHING, warnings: ['nothing is known that a scorer could go by: popular products instead'] };
  }
}

type Rules = Omit<FillOptions<FoundNode>, 'discount'>;

async function toRules({ filters }: RecommendDeps, options: ListOptions): Promise<Rules> {
  const { limit, diversity = 0, caps = [], groupBy } = options;
  const valuesOf = async (key: string): Promise<(node: FoundNode) => readonly string[]> => {
    const values = await filters.valuesOf(key);
    return ({ id }) => values.get(id) ?? [];
  };
  const groups = groupBy && (await valuesOf(groupBy.key));
  return {
    limit,
    diversity,
    caps: await Promise.all(caps.map(async ({ key, max }) => ({ max, valuesOf: await valuesOf(key) }))),
    ...(groups && { grouping: { size: groupBy!.size, groupOf: (node) => groups(node)[0] } }),
  };
}

function choose(
  live: Chosen,
  { ranking, scale }: ScoredRanking,
  { rules, graph, options }: { rules: Rules; graph: LiveGraph | undefined; options: ListOptions },
): Promise<FoundNode[]> {
  const { popularityDiscount: exponent = 0, diversity = 0 } = options;
  const { start } = live.range('product');
  const discount =
    exponent > 0
      ? ({ score, row }: FoundNode) => {
          const degree = row === undefined ? 0 : graph!.popularity[row - start]!;
          return discountScore(score, { degree, exponent, scale });
        }
      : undefined;
  const directed: typeof ranking = async (count) =>
    (await ranking(count)).map((node) => toDirected(live, node));
  return fill(diversity > 0 ? directed : ranking, { ...rules, discount });
}

/** Popular products behind those that were chosen, under the same rules; never one twice. */
async function fillUp(
  live: Chosen,
  graph: LiveGraph,
  { rules, scope, chosen }: { rules: Rules; scope: RankingScope; chosen: readonly FoundNode[] },
): Promise<FoundNode[]> {
  const ids = [...(scope.exclude.ids ?? []), ...chosen.map(({ id }) => id)];
  const ranking = rankByPopularity(live, graph, { ...scope, exclude: { ...scope.exclude, ids } });
  const limit = rules.limit - chosen.length;
  // By popularity alone: it is no measure that likeness could be weighed against.
  return fill(ranking, { ...rules, limit, diversity: 0, taken: chosen });
}
