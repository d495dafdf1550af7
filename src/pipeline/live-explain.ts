/** The graph paths behind a recommendation, as the scorer that made it weighs them, in outside names. */
import { type BlendWeights, NEW_MEMBERS, type NewMember } from '../analyze/blend.ts';
import { toNodeKey } from '../base/ids.ts';
import { type GraphScorer, toStart } from '../recommend/graph-scorers.ts';
import {
  findPaths,
  type GraphPath,
  type PathLaw,
  type PathQuestion,
  toDotWorth,
  toWalkedLaw,
} from '../recommend/paths.ts';
import type { ProductWeight } from '../recommend/recency.ts';
import type { Asker } from './live-asker.ts';
import type { LiveGraph } from './live-graph.ts';
import type { FoundNode } from './live-search.ts';
import type { LiveVersion } from './live-version.ts';
import type { Explanation, Scorer } from './recommend-types.ts';
import { GONE } from './row-flags.ts';
import { getBlendWeights } from './served-blend.ts';

const MAX_PATHS = 5;

/** Of cypher/analytics; its parameters are `customerId` and `productId`. */
const CYPHER_QUERY = 'explain-recommendation';

export interface ExplainDeps {
  readonly live: LiveVersion;
  readonly graph: LiveGraph;
  readonly asker: Pick<Asker, 'customerId' | 'products'>;
  readonly scorer: Scorer;
}

/** A product that the graph does not know, or that no path leads to, has an explanation without paths. */
export function explain({ live, graph, asker, scorer }: ExplainDeps, product: FoundNode): Explanation {
  const { customerId } = asker;
  const own = toOwn(asker, product);
  const paths = toPaths({ live, graph, asker, scorer }, product).map(({ from, between, share }) => ({
    weight: toShortShare(share),
    nodes: [
      ...(customerId === undefined ? [] : [toNodeKey('customer', customerId)]),
      ...[from, between, product.row!].map((row) =>
        toNodeKey(live.typeOf(row), live.content.nodes.ids[row]!),
      ),
    ],
  }));
  const found = { paths, ...(own && { own }) };
  if (customerId === undefined) return found;
  return { ...found, cypher: { query: CYPHER_QUERY, parameters: { customerId, productId: product.id } } };
}

/** No path leads from a product to itself: what was bought before is said in so many words. */
function toOwn({ products }: ExplainDeps['asker'], { id, ownShare }: FoundNode): Explanation['own'] {
  const bought = products.find(({ productId }) => productId === id);
  if (ownShare === undefined || !bought) return undefined;
  const { times, momentsAgo, lastMs } = bought;
  return {
    weight: toShortShare(ownShare),
    times,
    momentsAgo,
    ...(lastMs !== undefined && { lastAt: new Date(lastMs).toISOString() }),
  };
}

const toShortShare = (share: number): number => Number(share.toPrecision(4));

function toPaths({ live, graph, asker, scorer }: ExplainDeps, { row }: FoundNode): GraphPath[] {
  if (row === undefined) return [];
  const own =
    asker.customerId === undefined ? undefined : live.findRow({ type: 'customer', id: asker.customerId });
  const { flags } = live.overlay;
  /** What was deleted is in no answer, and the customer is no reason of their own. */
  const mayBeNamed = (between: number): boolean => between !== own && (flags[between]! & GONE) === 0;
  const from = toOwnRows(live, asker.products);
  const member = scorer === 'blend' ? toHeaviest(getBlendWeights(live.content)) : scorer;
  const isTrained = member === 'embedding';
  const law = isTrained ? toTrainedLaw(live, graph, from, row) : toCountedLaw(live, graph, member, from);
  const { offsets, targets } = graph.arcs;
  return findPaths(isTrained ? graph.arcs : { offsets, targets }, {
    ...law,
    to: row,
    between: (node) => (mayBeNamed(node) ? law.between(node) : 0),
    limit: MAX_PATHS,
  });
}

/** The paths of a blend are those of the scorer whose word is worth most; `own` has none. */
const toHeaviest = (weights: BlendWeights): NewMember =>
  NEW_MEMBERS.reduce((best, member) => (weights[member] > weights[best] ? member : best));

interface OwnRow {
  readonly row: number;
  readonly weight: number;
}

function toOwnRows(live: LiveVersion, products: readonly ProductWeight[]): OwnRow[] {
  return products.flatMap(({ productId, weight }) => {
    const row = live.findRow({ type: 'product', id: productId });
    return row === undefined ? [] : [{ row, weight }];
  });
}

type Law = PathLaw & Pick<PathQuestion, 'from'>;

/**
 * Of an embedding: a product of the customer is worth its part of the dot product, where it speaks for the
 * result; from there the walk that the vectors were trained on, by the weights of the arcs, through customers
 * and attributes alike.
 */
function toTrainedLaw(live: LiveVersion, { strengths }: LiveGraph, own: readonly OwnRow[], to: number): Law {
  const { vectors, contexts } = live.content;
  const context = contexts!.row(to);
  const from = own.map(({ row, weight }) => ({ row, worth: toDotWorth(weight, vectors.row(row), context) }));
  const law = toWalkedLaw(strengths);
  const isWalked = (row: number): boolean => live.typeOf(row) !== 'product'; // product–product edges are shorter paths
  return { from, ...law, between: (row) => (isWalked(row) ? law.between(row) : 0) };
}

/** Of `walk` and `counts`: the terms of their sum, each distinct pair of customer and product weighing 1. */
function toCountedLaw(
  live: LiveVersion,
  { scorers }: LiveGraph,
  scorer: GraphScorer,
  own: readonly OwnRow[],
): Law {
  const { into, middle, out } = scorers.factors(scorer);
  const [customers, products] = [live.range('customer'), live.range('product')];
  const start = toStart(
    scorer,
    own.map(({ weight }) => (scorer === 'walk' ? 1 : weight)),
    own.length,
  );
  return {
    from: own.map(({ row }, i) => ({ row, worth: start[i]! })),
    into: (row) => into[row - products.start]!,
    between: (row) => (row >= customers.start && row < customers.end ? middle[row - customers.start]! : 0),
    out: (row) => out[row - products.start]!,
  };
}
