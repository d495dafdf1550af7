/**
 * The frozen graph, and what a catalog must offer for one to be built. Catalogs (the embedded one,
 * later Neo4j) implement `CatalogSource`; the snapshot never learns which one it came from.
 */
import type { NodeType } from '../base/ids.ts';

/** Rows [start, end) of one node type. */
export interface NodeRange {
  readonly type: NodeType;
  readonly start: number;
  readonly end: number;
}

/**
 * Frozen graph in compressed sparse rows. n = nodes, m = arcs: two for an undirected edge, one for a
 * directed one; loops are refused.
 *
 * Invariants, checked once in `buildSnapshot`: offsets[0] = 0, offsets[n] = m, offsets ascend, each
 * row of `targets` ascends strictly, weights are finite and > 0. Rows of one type are
 * contiguous, ids ascend by their UTF-8 bytes within a type, so that a new node elsewhere does not
 * change the order of a row.
 */
export interface Snapshot {
  readonly nodeCount: number;
  readonly arcCount: number;
  readonly offsets: Uint32Array; // [n + 1] row i is targets[offsets[i] .. offsets[i + 1])
  readonly targets: Uint32Array; // [m]
  readonly weights: Float32Array; // [m]     parallel to targets
  readonly ranges: readonly NodeRange[]; // one per NODE_TYPES, in that order, some empty
  readonly ids: readonly string[]; // [n]    outside ids, by row
  readonly keyHashes: Uint32Array; // [2n]   hashKey of `type:id`, low then high
  /** No odd cycle, whichever way its arcs point, hence no triangle: p and q act as one knob (docs/walks.md). */
  readonly twoColourable: boolean;
  /** Every arc has its reverse, of the same weight: the graph is undirected, and no walk ends early. */
  readonly symmetric: boolean;
}

/** Lays arrays out for its caller: plain shared memory, or inside the kernel's WebAssembly.Memory. */
export interface Allocator {
  u32(length: number): Uint32Array;
  f32(length: number): Float32Array;
}

/** Edges in columns, each once. `from` and `to` are positions in the ids of their type. */
export interface EdgeColumns {
  readonly count: number;
  readonly from: Uint32Array; // [≥ count]
  readonly to: Uint32Array; // [≥ count]
  readonly weight: Float32Array; // [≥ count]
}

/** Edges that were given as such: all of one block run between the same types, and in the same way. */
export interface GivenEdges extends EdgeColumns {
  readonly fromType: NodeType;
  readonly toType: NodeType;
  /** One arc, from → to; otherwise one each way. */
  readonly directed: boolean;
}

export interface TypeWeights {
  /** Weight of one interaction by its type; a type that is not named weighs `otherTypes`. 0 leaves the type out. */
  readonly typeWeights: Readonly<Record<string, number>>;
  readonly otherTypes: number;
}

export interface EdgeWeighting extends TypeWeights {
  /** Of n events of one type between one customer and one product: `log` counts log2(1 + n), `none` counts n. */
  readonly damping: 'log' | 'none';
  /** An event this old counts half, three times as old an eighth; undefined: age does not matter. */
  readonly halfLifeDays?: number;
  /** The instant ages are measured from, ms since 1970. Required with `halfLifeDays`: never "now". */
  readonly asOfMs?: number;
}

/** How interactions can be split; what each holds out is said in docs/evaluation.md. */
export const SPLIT_PROTOCOLS = ['time', 'last-basket', 'last-item', 'files', 'random'] as const;
export type SplitProtocol = (typeof SPLIT_PROTOCOLS)[number];
/** Arcs between products that are drawn from what customers did; what decays or is shared is said at the setting. */
export interface ProductArcOptions {
  /** Events of a type that weighs 0 take no part; what the others weigh does not matter here. */
  readonly types: TypeWeights;
  /** A moment, or basket, of more products than this takes no part: arcs grow with the square of its size. */
  readonly maxProducts: number;
  /** Product → product of a later moment of the same customer. */
  readonly sequence?: {
    /** 0 … 1: each moment in between weighs an arc by it once more. */
    readonly decay: number;
    /** 0 … 1: weight of the arc back, of that of the arc onward. */
    readonly back: number;
    /** An arc ends at most this many moments later, ≥ 1. */
    readonly reach: number;
  };
  /** Product — product of the same basket. */
  readonly baskets?: {
    /** 0 < e ≤ 1: the weight of an edge, its sum over baskets, to this power. */
    readonly exponent: number;
  };
}

/** Units that arcs between products are drawn from, before anything is joined. */
export interface ProductArcUnits {
  /** Moments of customers, or baskets. */
  readonly units: number;
  /** Of them, those of too many products. */
  readonly leftOut: number;
  /** Arcs before those of the same two products become one: at least as many as there will be. */
  readonly arcs: number;
}

export interface ProductArcCounts {
  readonly sequence?: ProductArcUnits;
  readonly baskets?: ProductArcUnits;
}

/**
 * What is held out for evaluation. `time`: events at or after the cutoff. `last-basket`, `last-item`: each
 * customer's last basket or interaction, of those with two. `files`: what was imported from files of these
 * names. `random`: about this share of the pairs of customer and product, drawn with the seed.
 */
export type Split = (
  | { readonly protocol: 'time'; readonly cutoffMs: number }
  | { readonly protocol: 'last-basket' | 'last-item' }
  | { readonly protocol: 'files'; readonly files: readonly string[] }
  | { readonly protocol: 'random'; readonly share: number; readonly seed: number }
) & {
  /** Another split, of whose training part this is one: nothing of its test part is in any part then. */
  readonly within?: Split;
};

export interface SplitWish {
  /** Default: `auto`, the first of time and last-basket that the data allow. */
  readonly protocol?: SplitProtocol | 'auto';
  /** Of `files`: names of imported files. */
  readonly files?: readonly string[];
  /** Of `random`. Default: 0. */
  readonly seed?: number;
  /** Split the training part of this one. */
  readonly within?: Split;
}

export type Part = 'all' | 'train' | 'test';

/** Interactions in columns, ordered by time (those without one first), then given order, then import order. */
export interface InteractionColumns {
  readonly count: number;
  readonly customer: Uint32Array; // [count] position in the customers' ids
  readonly product: Uint32Array; // [count] position in the products' ids
  readonly basket: Uint32Array; // [count] dense basket number, NO_BASKET where the row has none
  readonly timeMs: Float64Array; // [count] NaN where the row has none
  /** No row has a given order: how those without a time stand is how they stood in a file, and means nothing. */
  readonly unordered?: true;
}
export const NO_BASKET = 0xffffffff;

/** What customers had to do with products, summed up: one row per customer, product and type. */
export interface InteractionTotals {
  readonly count: number;
  readonly customer: Uint32Array; // [≥ count] position in the customers' ids
  readonly product: Uint32Array; // [≥ count] position in the products' ids
  readonly type: Uint32Array; // [≥ count] position in the types
  readonly events: Float64Array; // [≥ count] whole numbers ≥ 1
  readonly lastMs: Float64Array; // [≥ count] newest event, ms since 1970; NaN where none has a time
  readonly value: Float64Array; // [≥ count] sum of values; NaN where none has one
}

/** What is copied into another store: everything but single events. */
export interface CopySource
  extends Pick<CatalogSource, 'nodeIds' | 'nodeNames' | 'attributeEdges' | 'givenEdges'> {
  /** Ascending by their UTF-8 bytes. */
  interactionTypes(): Promise<string[]>;
  /** In ascending (customer, product, type) order. */
  interactionTotals(): AsyncIterable<InteractionTotals>;
  /** Another text after every import and projection, and in every other catalog. */
  revision(): Promise<string>;
}

/** Positions of edges belong to the ids that were read at the same moment: whoever reads both sees to that. */
export interface CatalogSource {
  /** All ids of a type, ascending by UTF-8 bytes, isolated ones included. */
  nodeIds(type: NodeType): Promise<string[]>;
  /** Display names parallel to `nodeIds`; '' where there is none. */
  nodeNames(type: NodeType): Promise<string[]>;
  /** Customer → product, one row per pair, weights > 0, in ascending (customer, product) order. */
  interactionEdges(weighting: EdgeWeighting, split?: Split): AsyncIterable<EdgeColumns>;
  /** Owner → attribute, one row per pair, weight 1, in ascending (owner, attribute) order. */
  attributeEdges(owner: 'product' | 'customer'): AsyncIterable<EdgeColumns>;
  /**
   * Edges given as such, one row per pair of ends and direction, in ascending (from, to) order within a
   * block. With a split, those that are known before the test part begins.
   */
  givenEdges(split?: Split): AsyncIterable<GivenEdges>;
  /**
   * Arcs between products, drawn from interactions: those of a sequence are directed, those of baskets not.
   * One row per pair (and direction), in ascending (from, to) order within a block. With a split, of what
   * is known before the test part begins.
   * @throws ShelfwalkError CONFIG_INVALID — no order, no baskets · LIMIT_EXCEEDED — too many to go through
   */
  productArcs(options: ProductArcOptions, split?: Split): AsyncIterable<GivenEdges>;
  /** @throws ShelfwalkError CONFIG_INVALID — no order, no baskets */
  countProductArcs(options: ProductArcOptions, split?: Split): Promise<ProductArcCounts>;
  /**
   * `split` is required for `train` and `test`. With `types`, rows of a type that weighs 0 are left out;
   * what the others weigh does not matter here.
   */
  interactions(part: Part, split?: Split, types?: TypeWeights): Promise<InteractionColumns>;
  /**
   * The split that was wished for, or that this data allows: by time if all rows carry timestamps (the cutoff
   * leaves about `testShare` of the events after it), by last basket if rows carry an order.
   * @throws ShelfwalkError CATALOG_EMPTY · SPLIT_IMPOSSIBLE · CONFIG_INVALID — no file of such a name was imported
   */
  proposeSplit(testShare: number, wish?: SplitWish): Promise<Split>;
}
