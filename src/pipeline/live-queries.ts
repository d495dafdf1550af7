/**
 * The questions a served version answers. A query takes the current version once, at its start, and
 * keeps it to the end; rows are turned into outside ids before anything is returned.
 */

import { RECENCY_DECAY } from '../analyze/baselines.ts';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { NODE_TYPES, type NodeRef, type NodeType } from '../base/ids.ts';
import type { AttributeValue, Catalog, HistoryEntry } from '../catalog/types.ts';
import type { Hit, NeighborIndex, SearchOptions } from '../neighbors/types.ts';
import type {
  EmbeddingReply,
  LiveQueries,
  Match,
  MatchReply,
  Metric,
  ModelRef,
  NearestQuery,
} from './live-types.ts';
import { checkVector, toMean } from './live-vectors.ts';
import { findReasonWithoutVector, type LiveVersion, toReasonNotListed } from './live-version.ts';
import type { LiveVersions } from './live-versions.ts';

export interface LiveQueryDeps {
  readonly catalog: Catalog;
  readonly live: Pick<LiveVersions, 'use'>;
  /** Answers where a query names no model. */
  readonly alias: string;
  readonly onSearch: (metric: Metric, seconds: number) => void;
}

/** The version a query is answered from, from its start to its end, and what the reply calls it. */
interface Chosen extends LiveVersion {
  readonly model: ModelRef;
}

export function createLiveQueries({ catalog, live: versions, alias, onSearch }: LiveQueryDeps): LiveQueries {
  function withModel<T>(name: string | undefined, query: (live: Chosen) => Promise<T>): Promise<T> {
    const chosen = name ?? alias;
    return versions.use(chosen, (live) => {
      const { version, spaceId } = live.info;
      return query({ ...live, model: { alias: chosen, version, spaceId } });
    });
  }

  async function search(
    live: LiveVersion,
    metric: Metric,
    query: ArrayLike<number>,
    options: SearchOptions,
  ): Promise<Hit[]> {
    const startedAt = performance.now();
    const hits = await getIndex(live, metric).search(query, options);
    onSearch(metric, (performance.now() - startedAt) / 1000);
    return hits;
  }

  async function nearest(
    live: Chosen,
    query: ArrayLike<number>,
    question: NearestQuery,
  ): Promise<MatchReply> {
    const startedAt = performance.now();
    const targetType = toTargetType(question);
    const { rows, unknown } = toRows(live, targetType, question.exclude ?? []);
    for (const ref of question.refs ?? []) {
      const row = live.findRow(ref);
      if (row !== undefined) rows.push(row);
    }
    const hits = await search(live, 'cosine', query, {
      limit: question.limit,
      range: live.range(targetType),
      exclude: rows,
    });
    const warnings = unknown > 0 ? [`${unknown} of the ids to exclude are not in this version`] : undefined;
    const results = await toMatches(catalog, live, hits, question.withAttributes);
    return { results, metric: 'cosine', model: live.model, tookMs: since(startedAt), warnings };
  }

  return {
    neighbors: (ref, options) =>
      withModel(options.model, async (live) => {
        const row = await getEmbeddedRow(catalog, live, ref);
        return nearest(live, live.content.vectors.row(row), { ...options, refs: [ref] });
      }),

    recommend: (customerId, options) =>
      withModel(options.model, async (live) => {
        const startedAt = performance.now();
        getIndex(live, 'dot');
        const history = await catalog.history(customerId);
        const basis = toPreference(live, history) ?? {
          // Traits alone: the customer's own vector has never met a purchase that is in this version.
          query: live.content.vectors.row(
            await getEmbeddedRow(catalog, live, { type: 'customer', id: customerId }),
          ),
          warnings: ['no purchase of this customer has a vector: answered from the traits'],
        };
        const seen = options.exclude === 'seen' ? history.map((entry) => entry.productId) : [];
        const hits = await search(live, 'dot', basis.query, {
          limit: options.limit,
          range: live.range('product'),
          // Products seen since the version was trained are not in it, and so cannot be recommended either.
          exclude: toRows(live, 'product', seen).rows,
        });
        const results = await toMatches(catalog, live, hits, options.withAttributes);
        const { warnings } = basis;
        return { results, metric: 'dot', model: live.model, tookMs: since(startedAt), warnings };
      }),

    embedding: (ref, { model } = {}) =>
      withModel(model, async (live) => {
        const startedAt = performance.now();
        const row = await getEmbeddedRow(catalog, live, ref);
        return { ...toEmbedding(live, row), tookMs: since(startedAt) };
      }),

    query: (question) =>
      withModel(question.model, async (live) => {
        if (question.vector) return nearest(live, checkVector(live, question), question);
        const rows: number[] = [];
        for (const ref of question.refs ?? []) rows.push(await getEmbeddedRow(catalog, live, ref));
        return nearest(live, toMean(live, rows), question);
      }),

    async embeddingState(ref, { model } = {}) {
      try {
        return await withModel(model, async (live) => {
          const row = live.findRow(ref);
          const reason =
            row === undefined ? toReasonNotListed(live, ref.type) : findReasonWithoutVector(live, row);
          return { embedded: reason === undefined, reason, model: live.model };
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

/** @throws ShelfwalkError CONTEXTS_MISSING — zeros in their place would make a list that looks like an answer */
function getIndex({ indexes, info }: LiveVersion, metric: Metric): NeighborIndex {
  const index = indexes[metric];
  if (index) return index;
  const hint = 'Neighbours need none; for recommendations import the contexts too, or name another model';
  throw new ShelfwalkError('CONTEXTS_MISSING', { version: info.version, hint });
}

/** Name of the scorer in evaluation reports that `recommend` is. */
export const SERVED_SCORER = 'recent-in-out';

/**
 * Mean vector of the products a customer has interacted with, n baskets ago weighing RECENCY_DECAY^n;
 * undefined when none of them has a vector in this version. Up to date with the catalog, where the
 * customer's own vector is as old as the version, and better (docs/training.md).
 */
function toPreference(
  live: LiveVersion,
  history: readonly HistoryEntry[],
): { query: Float64Array; warnings?: string[] } | undefined {
  const query = new Float64Array(live.info.dimension);
  let total = 0;
  for (const { productId, age } of history) {
    const row = live.findRow({ type: 'product', id: productId });
    if (row === undefined || findReasonWithoutVector(live, row) !== undefined) continue;
    const weight = RECENCY_DECAY ** age;
    const vector = live.content.vectors.row(row);
    for (let i = 0; i < query.length; i++) query[i]! += vector[i]! * weight;
    total += weight;
  }
  return total > 0 ? { query: query.map((x) => x / total) } : undefined;
}

/**
 * Row of a node that has a vector. The catalog is asked only when there is none, to tell an unknown id
 * from one that came too late.
 * @throws ShelfwalkError NODE_UNKNOWN · NODE_NOT_EMBEDDED
 */
async function getEmbeddedRow(catalog: Catalog, live: LiveVersion, ref: NodeRef): Promise<number> {
  const row = live.findRow(ref);
  if (row !== undefined) {
    const reason = findReasonWithoutVector(live, row);
    if (reason === undefined) return row;
    throw new ShelfwalkError('NODE_NOT_EMBEDDED', { type: ref.type, id: ref.id, reason });
  }
  if (await catalog.find(ref.type, ref.id)) {
    throw new ShelfwalkError('NODE_NOT_EMBEDDED', {
      type: ref.type,
      id: ref.id,
      reason: toReasonNotListed(live, ref.type),
    });
  }
  throw new ShelfwalkError('NODE_UNKNOWN', {
    type: ref.type,
    id: ref.id,
    hint: `GET /v1/${ref.type}s?q=… finds ids by name`,
  });
}

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

function toRows(
  live: LiveVersion,
  type: NodeType,
  ids: readonly string[],
): { rows: number[]; unknown: number } {
  const rows: number[] = [];
  for (const id of ids) {
    const row = live.findRow({ type, id });
    if (row !== undefined) rows.push(row);
  }
  return { rows, unknown: ids.length - rows.length };
}

async function toMatches(
  catalog: Catalog,
  live: LiveVersion,
  hits: readonly Hit[],
  withAttributes = false,
): Promise<Match[]> {
  const { ids, names } = live.content.nodes;
  const matches = hits.map(({ row, score }): Match => {
    return { id: ids[row], type: live.typeOf(row), name: names[row], score: toShort(score, 8) };
  });
  const type = matches[0]?.type;
  if (!withAttributes || type === undefined || type === 'attribute') return matches;
  const byId: Map<string, AttributeValue[]> = await catalog.attributesOf(
    type,
    matches.map((m) => m.id),
  );
  return matches.map((match) => ({ ...match, attributes: byId.get(match.id) ?? [] }));
}

function toEmbedding(live: Chosen, row: number): Omit<EmbeddingReply, 'tookMs'> {
  const { nodes, vectors, contexts } = live.content;
  return {
    id: nodes.ids[row],
    type: live.typeOf(row),
    name: nodes.names[row],
    dimension: live.info.dimension,
    // Nine digits are enough to get the same f32 back.
    vector: Array.from(vectors.row(row), (x) => toShort(x, 9)),
    context: contexts && Array.from(contexts.row(row), (x) => toShort(x, 9)),
    model: live.model,
  };
}

const toShort = (x: number, digits: number): number => Number(x.toPrecision(digits));

/** Milliseconds since `startedAt`, to the hundredth. */
const since = (startedAt: number): number => Math.round((performance.now() - startedAt) * 100) / 100;
