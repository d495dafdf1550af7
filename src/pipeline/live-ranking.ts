/**
 * A scorer's ranking of all products that may be shown, read from the best on: from an index, or from a score
 * per product. What is left out, by flag, id or filter, is left out here, before anything is counted.
 */
import {
  BLEND_DEPTH,
  BLEND_MEMBERS,
  type BlendMember,
  type BlendWeights,
  fuseRankings,
  toWorth,
} from '../analyze/blend.ts';
import { compareOwn } from '../analyze/own.ts';
import { toNodeKey } from '../base/ids.ts';
import { toNorm } from '../base/matrix.ts';
import { hasRow } from '../neighbors/row-set.ts';
import { createTopRows } from '../neighbors/top-rows.ts';
import { discountScore, type ScoreScale } from '../recommend/discount.ts';
import type { Ranking } from '../recommend/fill.ts';
import type { GraphScorer } from '../recommend/graph-scorers.ts';
import type { AskerProduct, ProductWeight } from '../recommend/recency.ts';
import type { LiveGraph } from './live-graph.ts';
import {
  type Allowed,
  type FoundNode,
  type Search,
  toBits,
  toFoundCold,
  toFoundRow,
  toRows,
} from './live-search.ts';
import type { Exclusion } from './live-types.ts';
import type { LiveVersion } from './live-version.ts';

export interface RankingScope {
  readonly exclude: Exclusion;
  readonly only?: Allowed;
}

export interface ScoredRanking {
  readonly ranking: Ranking<FoundNode>;
  readonly scale: ScoreScale;
  readonly warnings: readonly string[];
}

/** @throws ShelfwalkError CONTEXTS_MISSING */
export function rankByVector(
  search: Search,
  live: LiveVersion,
  { query, ...scope }: RankingScope & { readonly query: ArrayLike<number> },
): ScoredRanking {
  const ranking: Ranking<FoundNode> = (limit) =>
    search(live, { metric: 'dot', query, type: 'product', limit, ...scope });
  return { ranking, scale: 'log-odds', warnings: [] };
}

/** As the evaluation blends: each member's first places, more where they leave a list short. */
export function rankByBlend(
  members: Readonly<Record<BlendMember, ScoredRanking>>,
  weights: BlendWeights,
): ScoredRanking {
  const ranking: Ranking<FoundNode> = async (count) => {
    for (let depth = BLEND_DEPTH; ; depth *= 4) {
      const nodes = new Map<string, FoundNode>();
      const rankings = {} as Record<BlendMember, string[]>;
      let isAll = true;
      for (const member of BLEND_MEMBERS) {
        const found = weights[member] > 0 ? await members[member].ranking(depth) : [];
        if (found.length === depth) isAll = false;
        for (const node of found) nodes.set(node.id, node);
        rankings[member] = found.map(({ id }) => id);
      }
      if (nodes.size < count && !isAll) continue;
      const ownShares = new Map(rankings.own.map((id, place) => [id, weights.own * toWorth(place)]));
      const fused = [...fuseRankings(rankings, weights)].map(([id, score]) => {
        const own = ownShares.get(id);
        return { ...nodes.get(id)!, score, ...(own !== undefined && { ownShare: own / score }) };
      });
      return fused.sort((a, b) => b.score - a.score).slice(0, count); // stable
    }
  };
  const warnings = BLEND_MEMBERS.flatMap((member) => members[member].warnings);
  return { ranking, scale: 'share', warnings: [...new Set(warnings)] };
}

/**
 * @param zeros also products that nothing leads to, last
 * @param discount β of RP3β, before anything is ranked
 */
export function rankByGraph(
  scorer: GraphScorer,
  live: LiveVersion,
  {
    graph,
    products,
    zeros,
    discount = 0,
    ...scope
  }: RankingScope & {
    readonly graph: LiveGraph;
    readonly products: readonly ProductWeight[];
    readonly zeros?: boolean;
    readonly discount?: number;
  },
): ScoredRanking {
  const { start } = live.range('product');
  const rows: number[] = [];
  const weights: number[] = [];
  for (const { productId, weight } of products) {
    const row = live.findRow({ type: 'product', id: productId });
    if (row === undefined) continue;
    rows.push(row - start);
    weights.push(weight);
  }
  // A walk leaves from every product alike, as it was evaluated; counts weigh what is recent more.
  const starts = scorer === 'walk' ? weights.map(() => 1) : weights;
  const { scores, walks } = graph.scorers.score(scorer, Uint32Array.from(rows), starts);
  if (discount > 0) {
    for (let p = 0; p < scores.length; p++) {
      const degree = graph.popularity[p]!;
      scores[p] = discountScore(scores[p]!, { degree, exponent: discount, scale: 'share' });
    }
  }
  const warnings =
    rows.length === 0 ? ['nothing that is known of this customer is in the graph of this version'] : [];
  if (walks !== undefined)
    warnings.push(`estimated by ${walks} random walks: there are too many paths to add up`);
  return { ranking: toRanking(live, scores, { ...scope, above: zeros ? -1 : 0 }), scale: 'share', warnings };
}

/** What the asker has done something with before, as `own` of an evaluation ranks it; what came after the version too. */
export function rankByOwn(
  live: LiveVersion,
  {
    graph,
    products,
    ...scope
  }: RankingScope & { readonly graph: LiveGraph; readonly products: readonly AskerProduct[] },
): ScoredRanking {
  const { start } = live.range('product');
  const frequencies = new Map(products.map(({ productId, frequency }) => [productId, frequency]));
  const isAllowed = toRowTest(live, scope);
  const trained = toRows(live, 'product', [...frequencies.keys()])
    .filter(isAllowed)
    .map((row) => ({ found: toFoundRow(live, row, 0), row, popularity: graph.popularity[row - start]! }));
  const cold = findCold(live, scope, { limit: frequencies.size, ids: new Set(frequencies.keys()) });
  const { length: firstCold } = live.content.nodes.ids;
  const own = [...trained, ...cold.map((found, i) => ({ found, row: firstCold + i, popularity: 0 }))]
    .map((one) => ({ ...one, frequency: frequencies.get(one.found.id)! }))
    .sort(compareOwn);
  const nodes = own.map(({ found, frequency }) => ({ ...found, score: frequency }));
  return { ranking: async (count) => nodes.slice(0, count), scale: 'share', warnings: [] };
}

/** All products by how many customers they have; those without a row of the version come last. */
export function rankByPopularity(
  live: LiveVersion,
  graph: LiveGraph,
  scope: RankingScope,
): Ranking<FoundNode> {
  const trained = toRanking(live, graph.popularity, { ...scope, above: -1 });
  return async (count) => {
    const found = await trained(count);
    if (found.length === count) return found;
    return [...found, ...findCold(live, scope, { limit: count - found.length })];
  };
}

/** Products without a row of the version that may be shown, with a score of 0; of `ids`, if given. */
function findCold(
  live: LiveVersion,
  { exclude, only }: RankingScope,
  { limit, ids }: { readonly limit: number; readonly ids?: ReadonlySet<string> },
): FoundNode[] {
  const allowed = only?.coldIds;
  const either = ids && allowed ? new Set([...ids].filter((id) => allowed.has(id))) : (ids ?? allowed);
  // A query of zeros finds every node of the table, with a score of 0.
  const hits = live.overlay.search(new Float64Array(live.info.dimension), {
    metric: 'dot',
    type: 'product',
    limit,
    bits: toBits(exclude),
    exclude: new Set((exclude.ids ?? []).map((id) => toNodeKey('product', id))),
    only: either,
  });
  return hits.map(({ node }) => toFoundCold(node, 0));
}

/** Of the rows of products: those that may be shown. */
function toRowTest(live: LiveVersion, { exclude, only }: RankingScope): (row: number) => boolean {
  const bits = toBits(exclude);
  const { flags } = live.overlay;
  const excluded = new Set(toRows(live, 'product', exclude.ids ?? []));
  return (row) => (flags[row]! & bits) === 0 && !excluded.has(row) && (!only || hasRow(only.rows, row));
}

/**
 * @param scores f32 [products]
 * @param above only products whose score is greater
 */
function toRanking(
  live: LiveVersion,
  scores: Float32Array,
  { above, ...scope }: RankingScope & { readonly above: number },
): Ranking<FoundNode> {
  const { start, end } = live.range('product');
  const isAllowed = toRowTest(live, scope);
  return async (count) => {
    const top = createTopRows(Math.min(count, end - start));
    for (let row = start; row < end; row++) {
      const score = scores[row - start]!;
      if (!(score > above) || !(score > top.threshold()) || !isAllowed(row)) continue;
      top.offer(row, score);
    }
    const found = top.drain();
    return Array.from(found.rows, (row, i) => toFoundRow(live, row, found.scores[i]!));
  };
}

/** With its direction, by which likeness is measured; a node without a vector has none. */
export function toDirected(
  live: LiveVersion,
  node: FoundNode,
): FoundNode & { readonly direction?: ArrayLike<number> } {
  const vector = node.cold?.vector ?? live.content.vectors.row(node.row!);
  const norm = toNorm(vector);
  return norm > 0 ? { ...node, direction: Float64Array.from(vector, (x) => x / norm) } : node;
}
