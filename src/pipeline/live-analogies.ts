/** "a is to b as c is to …" over a served version, of any type, with what lies over it. */
import { ShelfwalkError } from '../base/errors.ts';
import { toNorm } from '../base/matrix.ts';
import type { Catalog } from '../catalog/types.ts';
import { toCosMul, toOffset } from '../recommend/analogy.ts';
import type { Chosen } from './live-asker.ts';
import type { LiveFilters } from './live-filters.ts';
import { type EmbeddedNode, getEmbedded } from './live-nodes.ts';
import { addAttributes, type FoundNode, type Search, settleOverlay, toMatch } from './live-search.ts';
import type { Exclusion, MatchReply } from './live-types.ts';
import type { AnalogyQuestion } from './recommend-types.ts';

export interface AnalogyDeps {
  readonly catalog: Catalog;
  readonly filters: LiveFilters;
  readonly search: Search;
  readonly foldInWaitMs: number;
}

export async function answerAnalogy(
  deps: AnalogyDeps,
  live: Chosen,
  question: AnalogyQuestion,
): Promise<Omit<MatchReply, 'tookMs'>> {
  const { positive, negative = [], targetType, method = '3CosAdd', limit, filter, exclude = {} } = question;
  if (filter && targetType !== 'product') {
    throw new ShelfwalkError('REQUEST_UNPROCESSABLE', {
      field: 'filter',
      found: `targetType ${targetType}`,
      expected: 'targetType product',
    });
  }
  const late = await settleOverlay(live, deps.foldInWaitMs);
  const read = async (refs: AnalogyQuestion['positive']): Promise<EmbeddedNode[]> => {
    const nodes: EmbeddedNode[] = [];
    for (const ref of refs) nodes.push(await getEmbedded(deps.catalog, live, ref));
    return nodes;
  };
  const examples = { positive: await read(positive), negative: await read(negative) };
  const own = [...positive, ...negative].flatMap(({ type, id }) => (type === targetType ? [id] : []));
  const scope: Scope = {
    type: targetType,
    exclude: { ...exclude, ids: [...(exclude.ids ?? []), ...own] },
    ...(filter && { only: await deps.filters.allow(live, filter) }),
  };
  const rank = method === '3CosAdd' ? bySum : byProduct;
  const results = (await rank(deps.search, live, { ...examples, scope, limit })).map(toMatch);
  return {
    results: question.withAttributes ? await addAttributes(deps.catalog, targetType, results) : results,
    metric: method === '3CosAdd' ? 'cosine' : 'product-of-cosines',
    model: live.model,
    warnings: late.length > 0 ? late : undefined,
  };
}

type Scope = Pick<Parameters<Search>[1], 'type' | 'only'> & { readonly exclude: Exclusion };

interface Examples {
  readonly positive: readonly EmbeddedNode[];
  readonly negative: readonly EmbeddedNode[];
  readonly scope: Scope;
  readonly limit: number;
}

/** @throws ShelfwalkError REQUEST_UNPROCESSABLE — the examples cancel out */
function bySum(
  search: Search,
  live: Chosen,
  { positive, negative, scope, limit }: Examples,
): Promise<FoundNode[]> {
  const query = toOffset(
    positive.map(({ vector }) => vector),
    negative.map(({ vector }) => vector),
  );
  if (toNorm(query) < 1e-6) {
    const found = 'examples that cancel out';
    throw new ShelfwalkError('REQUEST_UNPROCESSABLE', { field: 'positive', found });
  }
  return search(live, { metric: 'cosine', query, limit, ...scope });
}

/** A product of cosines is no cosine: every node of the type is scored, once for each example. */
async function byProduct(
  search: Search,
  live: Chosen,
  { positive, negative, scope, limit }: Examples,
): Promise<FoundNode[]> {
  const all = live.info.nodes[scope.type] + MAX_BESIDE;
  const cosines = new Map<string, { node: FoundNode; positive: number[]; negative: number[] }>();
  for (const [side, examples] of [
    ['positive', positive],
    ['negative', negative],
  ] as const) {
    for (const { vector } of examples) {
      for (const node of await search(live, { metric: 'cosine', query: vector, limit: all, ...scope })) {
        const entry = cosines.get(node.id) ?? { node, positive: [], negative: [] };
        entry[side].push(node.score);
        cosines.set(node.id, entry);
      }
    }
  }
  return [...cosines.values()]
    .filter((c) => c.positive.length === positive.length && c.negative.length === negative.length) // came or went meanwhile
    .map((c) => ({ ...c.node, score: toCosMul(c.positive, c.negative) }))
    .sort((a, b) => b.score - a.score) // stable: of equal ones, the nearer to the first example
    .slice(0, limit);
}

/** Nodes that were folded in, at most: they are searched too. */
const MAX_BESIDE = 10_000;
