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

/**
 * What is held out for evaluation. `time`: events at or after the cutoff are test. `last-basket`:
 * each customer's last basket (by given order) is test, for customers with at least two.
 */
export type Split =
  | { readonly protocol: 'time'; readonly cutoffMs: number }
  | { readonly protocol: 'last-basket' };

export type Part = 'all' | 'train' | 'test';

/** Interactions in columns, ordered by time, then given order, then import order. */
export interface InteractionColumns {
  readonly count: number;
  readonly customer: Uint32Array; // [count] position in the customers' ids
  readonly product: Uint32Array; // [count] position in the products' ids
  readonly basket: Uint32Array; // [count] dense basket number, NO_BASKET where the row has none
  readonly timeMs: Float64Array; // [count] NaN where the row has none
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
   * `split` is required for `train` and `test`. With `types`, rows of a type that weighs 0 are left out;
   * what the others weigh does not matter here.
   */
  interactions(part: Part, split?: Split, types?: TypeWeights): Promise<InteractionColumns>;
  /**
   * The split this data allows: by time if all rows carry timestamps (the cutoff leaves about `testShare`
   * of the events after it), by last basket if rows carry an order.
   * @throws ShelfwalkError SPLIT_IMPOSSIBLE
   */
  proposeSplit(testShare: number): Promise<Split>;
}
