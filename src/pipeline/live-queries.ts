/**
 * The questions a served version answers. A query takes the current version once, at its start, and
 * keeps it to the end; rows are turned into outside ids before anything is returned.
 */

import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import type { Catalog } from '../catalog/types.ts';
import type { CatalogWatch } from './catalog-watch.ts';
import { answerAnalogy } from './live-analogies.ts';
import type { Chosen } from './live-asker.ts';
import type { LiveFilters } from './live-filters.ts';
import { type FoldIns, inferVectors } from './live-fold-in.ts';
import type { LiveGraphs } from './live-graph.ts';
import type { LiveHistories } from './live-histories.ts';
import { type EmbeddedNode, findEmbedded, findReason, getEmbedded, toEmbedding } from './live-nodes.ts';
import { createRecommender } from './live-recommend.ts';
import { findRelated, RELATION_METRICS } from './live-relations.ts';
import {
  addAttributes,
  createSearch,
  type FoundNode,
  type SearchQuestion,
  settleOverlay,
  toMatch,
} from './live-search.ts';
import type {
  EmbeddingState,
  Exclusion,
  LiveQueries,
  MatchReply,
  Metric,
  NearestQuery,
  ReplyMetric,
} from './live-types.ts';
import { checkVector, toMean } from './live-vectors.ts';
import type { LiveVersion } from './live-version.ts';
import type { LiveVersions } from './live-versions.ts';

export interface LiveQueryDeps {
  readonly catalog: Catalog;
  readonly watch: Pick<CatalogWatch, 'settle'>;
  readonly foldIns: FoldIns;
  readonly graphs: LiveGraphs;
  readonly filters: LiveFilters;
  readonly histories: LiveHistories;
  readonly live: Pick<LiveVersions, 'use'>;
  /** Answers where a query names no model. */
  readonly alias: string;
  readonly onSearch: (metric: Metric, seconds: number) => void;
  readonly foldInWaitMs: number;
}

interface Nearest extends NearestQuery {
  readonly asked?: EmbeddedNode;
  readonly metric: ReplyMetric;
  find(scope: Pick<SearchQuestion, 'type' | 'limit' | 'exclude'>): Promise<FoundNode[]>;
}

export function createLiveQueries(deps: LiveQueryDeps): LiveQueries {
  const { catalog, watch, foldIns, live: versions, alias } = deps;
  const search = createSearch(deps);
  const lists = { ...deps, search };
  const recommender = createRecommender(lists);

  async function withModel<T>(name: string | undefined, query: (live: Chosen) => Promise<T>): Promise<T> {
    const chosen = name ?? alias;
    await watch.settle();
    return versions.use(chosen, (live) => {
      const { version, spaceId } = live.info;
      return query({ ...live, model: { alias: chosen, version, spaceId } });
    });
  }

  /** A reply, and how long it took. */
  const timed = <R extends object>(
    model: string | undefined,
    answer: (live: Chosen) => Promise<R>,
  ): Promise<R & { tookMs: number }> =>
    withModel(model, async (live) => {
      const startedAt = performance.now();
      return { ...(await answer(live)), tookMs: since(startedAt) };
    });

  async function nearest(live: Chosen, { asked, metric, find, ...question }: Nearest): Promise<MatchReply> {
    const startedAt = performance.now();
    const type = toTargetType(question);
    const exclude = toExclusion(question.exclude);
    const unknown = countUnknown(live, type, exclude.ids ?? []);
    const own = (question.refs ?? []).flatMap((ref) => (ref.type === type ? [ref.id] : []));
    const late = await settleOverlay(live, deps.foldInWaitMs);
    const scope = {
      type,
      limit: question.limit,
      exclude: { ...exclude, ids: [...(exclude.ids ?? []), ...own] },
    };
    const results = (await find(scope)).map(toMatch);
    const warnings = [
      ...(unknown > 0 ? [`${unknown} of the ids to exclude are not in this version`] : []),
      ...late,
    ];
    return {
      results: question.withAttributes ? await addAttributes(catalog, type, results) : results,
      metric,
      ...(asked?.coldStart && { coldStart: asked.coldStart, basis: asked.basis }),
      model: live.model,
      tookMs: since(startedAt),
      warnings: warnings.length > 0 ? warnings : undefined,
    };
  }

  return {
    neighbors: (ref, options) =>
      withModel(options.model, async (live) => {
        const asked = await getEmbedded(catalog, live, ref);
        const { relation = 'similar', ...question } = { targetType: ref.type, ...options, refs: [ref] };
        return nearest(live, {
          ...question,
          asked,
          metric: RELATION_METRICS[relation],
          find: (scope) => findRelated(lists, live, { ...scope, asked, relation }),
        });
      }),

    recommend: (customerId, options) =>
      timed(options.model, (live) => recommender.recommend(live, customerId, options)),

    recommendFor: (options) => timed(options.model, (live) => recommender.recommendFor(live, options)),

    rank: (question) => timed(question.model, (live) => recommender.rank(live, question)),

    analogies: (question) => timed(question.model, (live) => answerAnalogy(lists, live, question)),

    embedding: (ref, { model } = {}) =>
      withModel(model, async (live) => {
        const startedAt = performance.now();
        const node = await getEmbedded(catalog, live, ref);
        return { ...toEmbedding(live, node), tookMs: since(startedAt) };
      }),

    infer: (request) =>
      withModel(request.model, async (live) => {
        const startedAt = performance.now();
        const inferred = await inferVectors(foldIns, live, request);
        return { ...inferred, tookMs: since(startedAt) };
      }),

    query: (question) =>
      withModel(question.model, async (live) => {
        const byCosine = (query: ArrayLike<number>): Pick<Nearest, 'metric' | 'find'> => ({
          metric: 'cosine',
          find: (scope) => search(live, { ...scope, metric: 'cosine', query }),
        });
        if (question.vector) return nearest(live, { ...question, ...byCosine(checkVector(live, question)) });
        const nodes: EmbeddedNode[] = [];
        for (const ref of question.refs ?? []) nodes.push(await getEmbedded(catalog, live, ref));
        const vectors = nodes.map(({ vector }) => vector);
        const asked = nodes.length === 1 ? nodes[0] : undefined;
        return nearest(live, { ...question, asked, ...byCosine(toMean(live, vectors)) });
      }),

    getContent: ({ model } = {}) =>
      withModel(model, async (live) => ({ model: live.model, content: live.content })),

    async embeddingState(ref, { model } = {}) {
      try {
        return await withModel(model, async (live): Promise<EmbeddingState> => {
          const node = await findEmbedded(live, ref);
          if (!node) return { embedded: false, reason: findReason(live, ref), model: live.model };
          const { coldStart, basis } = node;
          return { embedded: true, ...(coldStart && { coldStart, basis }), model: live.model };
        });
      } catch (error) {
        // An alias that was named must exist; the server's own may not have been trained yet.
        const isOwn = model === undefined && isShelfwalkError(error, 'ALIAS_UNKNOWN');
        if (!isOwn && !isShelfwalkError(error, 'NO_MODEL')) throw error;
        return { embedded: false, reason: 'no model has been trained yet' };
      }
    },
  };
}

/** Name in evaluation reports of how a list is made by `scorer: embedding`. */
export const EMBEDDING_SCORER = 'recent-in-out';

/** @throws ShelfwalkError REQUEST_UNPROCESSABLE — neither named nor the same for all refs */
function toTargetType({ targetType, refs = [] }: NearestQuery): NodeType {
  if (targetType) return targetType;
  const types = new Set(refs.map((ref) => ref.type));
  const [only] = types;
  if (only !== undefined && types.size === 1) return only;
  throw new ShelfwalkError('REQUEST_UNPROCESSABLE', {
    field: 'targetType',
    expected: NODE_TYPES.join(' | '),
    hint: 'A raw vector, or nodes of several types, need targetType',
  });
}

const isList = (exclude: readonly string[] | Exclusion): exclude is readonly string[] =>
  Array.isArray(exclude);

const toExclusion = (exclude: NearestQuery['exclude'] = {}): Exclusion =>
  isList(exclude) ? { ids: exclude } : exclude;

const countUnknown = (live: LiveVersion, type: NodeType, ids: readonly string[]): number =>
  ids.filter((id) => live.findRow({ type, id }) === undefined && !live.overlay.get({ type, id })).length;

/** Milliseconds since `startedAt`, to the hundredth. */
const since = (startedAt: number): number => Math.round((performance.now() - startedAt) * 100) / 100;
