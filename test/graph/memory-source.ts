/**
 * A CatalogSource over arrays, for tests of everything that is built from a catalog. It keeps the
 * contract of graph/types.ts: ids ascend by UTF-8 bytes, edges by (from, to), one row per pair.
 */
import { ShelfwalkError } from '../../src/base/errors.ts';
import { type NodeRef, type NodeType, toAttributeId } from '../../src/base/ids.ts';
import {
  type CatalogSource,
  type EdgeColumns,
  type EdgeWeighting,
  type GivenEdges,
  type InteractionColumns,
  NO_BASKET,
  type Part,
  type Split,
  type TypeWeights,
} from '../../src/graph/types.ts';
import { toProductArcs } from './memory-arcs.ts';

export interface MemoryInteraction {
  readonly customer: string;
  readonly product: string;
  readonly type?: string; // purchase
  readonly timeMs?: number;
  /** Order within the customer, where there are no times. */
  readonly order?: number;
  readonly basket?: string;
}

export interface MemoryAttribute {
  readonly owner: string;
  readonly kind: string;
  readonly value: string;
}

export interface MemoryEdge {
  readonly from: NodeRef;
  readonly to: NodeRef;
  readonly weight?: number; // 1
  readonly directed?: boolean;
  readonly timeMs?: number;
}

export interface MemoryData {
  readonly interactions: readonly MemoryInteraction[];
  readonly productAttributes?: readonly MemoryAttribute[];
  readonly customerAttributes?: readonly MemoryAttribute[];
  readonly edges?: readonly MemoryEdge[];
  /** Ids beyond those that interactions and attributes name: isolated. */
  readonly extra?: Partial<Record<NodeType, readonly string[]>>;
  /** Node key → display name. */
  readonly names?: Readonly<Record<string, string>>;
  /** Edges in a chunk. */
  readonly chunk?: number;
}

export const NO_DAMPING: EdgeWeighting = { typeWeights: {}, otherTypes: 1, damping: 'none' };

export function createMemorySource(data: MemoryData): CatalogSource {
  const events = sortEvents(data.interactions);
  const attributes = { product: data.productAttributes ?? [], customer: data.customerAttributes ?? [] };
  const ids = collectIds(data);
  const rowOf = {
    customer: toRows(ids.customer),
    product: toRows(ids.product),
    attribute: toRows(ids.attribute),
  };
  const partOf = (part: Part, split?: Split): readonly MemoryInteraction[] => {
    if (part === 'all') return events;
    if (!split) throw new ShelfwalkError('INTERNAL', { found: `${part} without a split` });
    const isTest = toTestFilter(events, split);
    return events.filter((e) => isTest(e) === (part === 'test'));
  };
  const readColumns = (part: Part, split?: Split, types?: TypeWeights): InteractionColumns =>
    toColumns(
      partOf(part, split).filter((e) => !types || weightOf(types, e) > 0),
      rowOf,
    );
  return {
    nodeIds: async (type) => [...ids[type]],
    nodeNames: async (type) => ids[type].map((id) => data.names?.[`${type}:${id}`] ?? ''),
    async *interactionEdges(weighting, split) {
      const weights = weigh(partOf(split ? 'train' : 'all', split), weighting, (e) => [
        rowOf.customer.get(e.customer)!,
        rowOf.product.get(e.product)!,
      ]);
      yield* toChunks(weights, data.chunk);
    },
    async *attributeEdges(owner) {
      const pairs = attributes[owner].map(
        (a) => [rowOf[owner].get(a.owner)!, rowOf.attribute.get(toAttributeId(a.kind, a.value))!, 1] as const,
      );
      const once = new Map(pairs.map((pair) => [`${pair[0]} ${pair[1]}`, pair]));
      yield* toChunks([...once.values()], data.chunk);
    },
    async *productArcs(options, split) {
      yield* toProductArcs(readColumns(split ? 'train' : 'all', split, options.types), options);
    },
    countProductArcs: async () => {
      throw new ShelfwalkError('INTERNAL', { found: 'counts, which no test asks this source for' });
    },
    async *givenEdges(split) {
      yield* toGiven(data.edges ?? [], rowOf, split);
    },
    interactions: async (...how) => readColumns(...how),
    proposeSplit: async (testShare) => proposeSplit(events, testShare),
  };
}

/** One block per edge: a source may cut as it likes. */
function* toGiven(
  edges: readonly MemoryEdge[],
  rowOf: Record<NodeType, Map<string, number>>,
  split?: Split,
): Generator<GivenEdges> {
  for (const { from, to, weight = 1, directed = false, timeMs } of edges) {
    if (split?.protocol === 'time' && timeMs !== undefined && timeMs >= split.cutoffMs) continue;
    yield {
      fromType: from.type,
      toType: to.type,
      directed,
      count: 1,
      from: Uint32Array.of(rowOf[from.type].get(from.id)!),
      to: Uint32Array.of(rowOf[to.type].get(to.id)!),
      weight: Float32Array.of(weight),
    };
  }
}

function collectIds(data: MemoryData): Record<NodeType, string[]> {
  const ends = (data.edges ?? []).flatMap(({ from, to }) => [from, to]);
  const attributes = [...(data.productAttributes ?? []), ...(data.customerAttributes ?? [])];
  const sorted = (found: string[], type: NodeType): string[] =>
    [
      ...new Set([
        ...found,
        ...ends.filter((end) => end.type === type).map((end) => end.id),
        ...(data.extra?.[type] ?? []),
      ]),
    ].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return {
    customer: sorted(
      [...data.interactions.map((e) => e.customer), ...(data.customerAttributes ?? []).map((a) => a.owner)],
      'customer',
    ),
    product: sorted(
      [...data.interactions.map((e) => e.product), ...(data.productAttributes ?? []).map((a) => a.owner)],
      'product',
    ),
    attribute: sorted(
      attributes.map((a) => toAttributeId(a.kind, a.value)),
      'attribute',
    ),
  };
}

const toRows = (ids: readonly string[]): Map<string, number> => new Map(ids.map((id, row) => [id, row]));

/** By time, then given order, then as they came; rows without either keep their place among equals. */
const sortEvents = (events: readonly MemoryInteraction[]): MemoryInteraction[] =>
  events.toSorted((a, b) => (a.timeMs ?? 0) - (b.timeMs ?? 0) || (a.order ?? 0) - (b.order ?? 0));

const weightOf = (
  { typeWeights, otherTypes }: TypeWeights,
  { type = 'purchase' }: MemoryInteraction,
): number => typeWeights[type] ?? otherTypes;

type Edge = readonly [from: number, to: number, weight: number];

const DAY_MS = 86_400_000;

function weigh(
  events: readonly MemoryInteraction[],
  weighting: EdgeWeighting,
  toPair: (e: MemoryInteraction) => [number, number],
): Edge[] {
  const counts = new Map<string, { from: number; to: number; type: string; count: number }>();
  for (const e of events) {
    const [from, to] = toPair(e);
    const type = e.type ?? 'purchase';
    const key = `${from} ${to} ${type}`;
    const ageDays = weighting.halfLifeDays ? (weighting.asOfMs! - e.timeMs!) / DAY_MS : 0;
    const entry = counts.get(key) ?? { from, to, type, count: 0 };
    entry.count += weighting.halfLifeDays ? 2 ** (-Math.max(0, ageDays) / weighting.halfLifeDays) : 1;
    counts.set(key, entry);
  }
  const edges = new Map<string, [number, number, number]>();
  for (const { from, to, type, count } of counts.values()) {
    const scale = weighting.typeWeights[type] ?? weighting.otherTypes;
    if (scale === 0) continue;
    const edge = edges.get(`${from} ${to}`) ?? [from, to, 0];
    edge[2] += scale * (weighting.damping === 'log' ? Math.log2(1 + count) : count);
    edges.set(`${from} ${to}`, edge);
  }
  return [...edges.values()];
}

function* toChunks(edges: readonly Edge[], size = 1000): Generator<EdgeColumns> {
  const sorted = edges.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  for (let at = 0; at < sorted.length; at += size) {
    const part = sorted.slice(at, at + size);
    yield {
      count: part.length,
      from: Uint32Array.from(part, (e) => e[0]),
      to: Uint32Array.from(part, (e) => e[1]),
      weight: Float32Array.from(part, (e) => e[2]),
    };
  }
}

function toTestFilter(events: readonly MemoryInteraction[], split: Split): (e: MemoryInteraction) => boolean {
  if (split.protocol === 'time') return (e) => e.timeMs! >= split.cutoffMs;
  if (split.protocol !== 'last-basket' || split.within) throw new Error(`not here: ${split.protocol}`);
  const last = new Map<string, string>();
  const baskets = new Map<string, Set<string>>();
  for (const e of events) {
    last.set(e.customer, e.basket!);
    baskets.set(e.customer, (baskets.get(e.customer) ?? new Set()).add(e.basket!));
  }
  return (e) => baskets.get(e.customer)!.size > 1 && last.get(e.customer) === e.basket;
}

function toColumns(
  events: readonly MemoryInteraction[],
  rowOf: Record<'customer' | 'product', Map<string, number>>,
): InteractionColumns {
  const baskets = toRows([...new Set(events.flatMap((e) => (e.basket === undefined ? [] : [e.basket])))]);
  return {
    count: events.length,
    customer: Uint32Array.from(events, (e) => rowOf.customer.get(e.customer)!),
    product: Uint32Array.from(events, (e) => rowOf.product.get(e.product)!),
    basket: Uint32Array.from(events, (e) => (e.basket === undefined ? NO_BASKET : baskets.get(e.basket)!)),
    timeMs: Float64Array.from(events, (e) => e.timeMs ?? Number.NaN),
  };
}

function proposeSplit(events: readonly MemoryInteraction[], testShare: number): Split {
  if (events.length > 0 && events.every((e) => e.timeMs !== undefined)) {
    return { protocol: 'time', cutoffMs: events[Math.floor(events.length * (1 - testShare))]!.timeMs! };
  }
  if (events.length > 0 && events.every((e) => e.order !== undefined && e.basket !== undefined)) {
    return { protocol: 'last-basket' };
  }
  if (events.length > 0 && events.every((e) => e.timeMs === undefined && e.order === undefined)) {
    return { protocol: 'random', share: testShare, seed: 0 };
  }
  throw new ShelfwalkError('SPLIT_IMPOSSIBLE', {
    expected: 'a time, or an order and a basket, on every row',
  });
}
