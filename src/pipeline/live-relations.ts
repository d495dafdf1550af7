/**
 * How a node is to be like another: used alike, in its place, beside it, or of another type and fond of it.
 * What each is scored by was measured on a shop in which both answers are known (docs/decisions/0031).
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { NodeType } from '../base/ids.ts';
import { toCoPurchase } from '../recommend/co-purchase.ts';
import { fill } from '../recommend/fill.ts';
import type { LiveGraphs } from './live-graph.ts';
import type { EmbeddedNode } from './live-nodes.ts';
import type { FoundNode, Search, SearchQuestion } from './live-search.ts';
import type { Relation, ReplyMetric } from './live-types.ts';
import type { LiveVersion } from './live-version.ts';

/** Cosine 1 against what two products with the same customers are taken off: co-purchase outweighs it. */
const CO_PURCHASE_WEIGHT = 3;

export interface RelationQuestion extends Omit<SearchQuestion, 'metric' | 'query'> {
  readonly asked: EmbeddedNode;
  readonly relation: Relation;
}

export interface RelationDeps {
  readonly search: Search;
  readonly graphs: LiveGraphs;
}

export const RELATION_METRICS: Readonly<Record<Relation, ReplyMetric>> = {
  similar: 'cosine',
  substitute: 'cosine-less-co-purchase',
  complement: 'dot',
  affinity: 'dot',
};

/** Best first. @throws ShelfwalkError REQUEST_UNPROCESSABLE — between these types it means nothing · CONTEXTS_MISSING */
export async function findRelated(
  { search, graphs }: RelationDeps,
  live: LiveVersion,
  { asked, relation, ...question }: RelationQuestion,
): Promise<FoundNode[]> {
  refuseTypes(relation, asked.ref.type, question.type);
  const query = asked.vector;
  if (relation === 'similar') return search(live, { ...question, metric: 'cosine', query });
  if (relation !== 'substitute') return search(live, { ...question, metric: 'dot', query });
  // A product that came after the version was made has been bought with nothing, as far as the version knows.
  const { start } = live.range('product');
  const { purchases } = await graphs.of(live);
  const together = asked.row === undefined ? undefined : toCoPurchase(purchases, asked.row - start);
  return fill((limit) => search(live, { ...question, metric: 'cosine', query, limit }), {
    limit: question.limit,
    diversity: 0,
    caps: [],
    discount: ({ score, row }) =>
      score - CO_PURCHASE_WEIGHT * (row === undefined ? 0 : (together?.[row - start] ?? 0)),
  });
}

/** @throws ShelfwalkError REQUEST_UNPROCESSABLE */
function refuseTypes(relation: Relation, from: NodeType, to: NodeType): void {
  const isOfProducts = from === 'product' && to === 'product';
  const expected =
    relation === 'affinity'
      ? from === to && 'another targetType than that of the node'
      : relation !== 'similar' && !isOfProducts && 'products of a product';
  if (!expected) return;
  const found = `${relation} from ${from} to ${to}`;
  throw new ShelfwalkError('REQUEST_UNPROCESSABLE', { field: 'relation', found, expected });
}
