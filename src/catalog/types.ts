/**
 * The durable store of customers, products, attributes and interactions, as the rest of shelfwalk sees
 * it. One embedded implementation today (DuckDB, catalog.ts); rows go in by import, come out as columns.
 */
import type { NodeType } from '../base/ids.ts';
import type { TaskContext } from '../base/task.ts';
import type { CatalogSource, CopySource, EdgeWeighting } from '../graph/types.ts';
import type { CatalogWrites, PutAgain } from './write-types.ts';

/** Where the values of an attribute kind come from: `column` of the file, how read. */
export interface AttributeMapping {
  readonly kind: string;
  readonly column: string;
  /** Column with the display name of the value, e.g. sport_label beside sport_id. */
  readonly label?: string;
  /** Numbers: this many quantile bins. A column of numbers needs `bins` or `codes`. */
  readonly bins?: number;
  /** The numbers are codes (aisle 24), kept as they are written. */
  readonly codes?: boolean;
  /** Several values in one cell, separated by this. */
  readonly split?: string;
}

export interface InteractionMapping {
  readonly customer: string;
  readonly product: string;
  /** Separator when one cell holds a list of products. */
  readonly productSplit?: string;
  /** A column, or a constant for all rows. Default: the constant `purchase`. */
  readonly type?: { readonly column: string } | { readonly constant: string };
  readonly timestamp?: string;
  /** Order within a customer where there are no timestamps, e.g. order_number. */
  readonly order?: string;
  readonly quantity?: string;
  readonly value?: string;
  readonly basket?: string;
}

export interface EntityMapping {
  readonly id: string;
  readonly name?: string;
  readonly attributes?: readonly AttributeMapping[];
}

/** The type of one end of an edge: of all rows, or by a column that holds it. */
export type EndType = { readonly constant: NodeType } | { readonly column: string };

export interface EdgeMapping {
  readonly from: string;
  readonly to: string;
  /** > 0; without it every edge weighs 1. An edge list without header has it as its third column. */
  readonly weight?: string;
  /** Default: product, both. The id of an attribute is kind/value. */
  readonly fromType?: EndType;
  readonly toType?: EndType;
  /** Other words for the types in those columns: {"merchant": "product"}. */
  readonly typeMap?: Readonly<Record<string, NodeType>>;
  /** One arc, from → to; otherwise one each way. */
  readonly directed?: boolean;
  readonly timestamp?: string;
}

export type ImportSource =
  | { readonly kind: 'edges'; readonly path: string; readonly mapping: EdgeMapping }
  | { readonly kind: 'interactions'; readonly path: string; readonly mapping: InteractionMapping }
  | { readonly kind: 'products' | 'customers'; readonly path: string; readonly mapping: EntityMapping }
  | {
      readonly kind: 'preset';
      readonly preset: PresetName;
      readonly path: string;
      readonly options?: Readonly<Record<string, boolean>>;
    };

export const PRESETS = ['product2vec', 'instacart', 'sessions'] as const;
export type PresetName = (typeof PRESETS)[number];

export interface ImportOptions {
  /** Read and check everything, change nothing. */
  readonly dryRun?: boolean;
  /** Import a file although one of the same content was imported before. */
  readonly again?: boolean;
  /** Interactions: in place of all events and returns of the same customer, product and type (and basket, where a row names one). */
  readonly replace?: boolean;
  /** Instead of by the name; each may be gzipped. */
  readonly format?: 'csv' | 'tsv' | 'ndjson' | 'parquet' | 'edgelist';
}

export interface FileReport {
  readonly path: string;
  readonly kind: 'interactions' | 'products' | 'customers' | 'attributes' | 'edges';
  readonly sha256: string;
  readonly rowsRead: number;
  readonly rowsAccepted: number;
  readonly rowsRejected: number;
  /** Reason → rows, e.g. {"quantity-zero": 12}. */
  readonly rejectedByReason: Readonly<Record<string, number>>;
  /** Where the rejected rows are, with line, column and reason; absent when there are none (or on a dry run). */
  readonly rejectsFile?: string;
  /** The content was imported before: nothing was changed. */
  readonly skipped?: { readonly importedAt: string; readonly importId: string };
  readonly warnings: readonly string[];
}

export interface ImportReport {
  readonly dryRun: boolean;
  readonly files: readonly FileReport[];
  /** After the import; on a dry run, what it would be. */
  readonly catalog: CatalogCounts;
  readonly tookMs: number;
}

export interface CatalogCounts {
  readonly customers: number;
  readonly products: number;
  readonly attributes: number;
  readonly interactions: number;
  /** Events that take interactions back; of those, `interactions` counts all, `pairs` what is left. */
  readonly returns: number;
  readonly baskets: number;
  readonly pairs: number; // distinct (customer, product)
  readonly attributeEdges: number; // product–attribute and customer–trait pairs
  /** Edges given as such, projected ones included; parallel ones counted each. */
  readonly edges: number;
  readonly edgePairs: number; // distinct (from, to, directed) of them
  readonly interactionsByType: Readonly<Record<string, number>>;
  readonly attributesByKind: Readonly<Record<string, number>>;
  readonly firstAt?: string;
  readonly lastAt?: string;
}

export interface AttributeValue {
  readonly kind: string;
  readonly value: string;
  readonly name: string; // '' where there is none
}

export interface EntityRecord {
  readonly type: NodeType;
  readonly id: string;
  readonly name: string; // '' where there is none
  /** Of a product or a customer; empty for attributes. */
  readonly attributes: readonly AttributeValue[];
  /** Of a product that is hidden, or not in stock; absent otherwise. */
  readonly hidden?: true;
  readonly inStock?: false;
  /** Interactions of a customer or product; for an attribute, how many nodes carry it. */
  readonly count: number;
}

export interface HistoryEntry {
  readonly productId: string;
  /** How many of the customer's moments lie after the last one with this product: 0 for the last basket. */
  readonly age: number;
  /** The same of every interaction with it that stands, ascending: the first is `age`. */
  readonly ages: readonly number[];
  /** Newest of these, ms since 1970; absent where none has a time. */
  readonly lastMs?: number;
}

/** One test of a product as the catalog has it. `key` is a kind of attribute, `inStock` or `hidden`. */
export type FilterCondition =
  /** A value of this kind is one of these; several values of a product are tried each. */
  | { readonly key: string; readonly match: FilterValue | readonly FilterValue[] }
  /** A value of this kind is a number within these bounds; text that is no number is not. */
  | { readonly key: string; readonly range: FilterRange }
  /** Has a value of this kind, or has none. */
  | { readonly key: string; readonly exists: boolean }
  | { readonly ids: readonly string[] };

export type FilterValue = string | number | boolean;

export interface FilterRange {
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
}

/** All of `must`, one of `should` where there are any, none of `mustNot`; a group may stand for a condition. */
export interface Filter {
  readonly must?: readonly (Filter | FilterCondition)[];
  readonly should?: readonly (Filter | FilterCondition)[];
  readonly mustNot?: readonly (Filter | FilterCondition)[];
}

export interface ListQuery {
  readonly type: NodeType;
  /** Case-insensitive: rows whose name or id contains it; prefix matches first. Undefined lists all by id. */
  readonly q?: string;
  readonly limit: number;
  /** From the previous page. @throws ShelfwalkError REQUEST_INVALID — not one of ours */
  readonly cursor?: string;
}

/** Products that occur together, as edges. */
export interface ProjectionOptions {
  /** What "together" means: interactions of one customer, or of one basket. */
  readonly within: 'customer' | 'basket';
  /** Only interactions whose value is at least this; undefined: all. */
  readonly minValue?: number;
  /** Edges of at least this score; > 0. */
  readonly minScore: number;
  /** Customers (baskets) with more products are left out: they say little and cost the square. */
  readonly maxProducts?: number;
  /** Refuse if more pairs than this had to be counted. */
  readonly maxPairs: number;
}

/** Into a file, or into the catalog in place of an earlier projection of this name. */
export type ProjectionTarget = { readonly file: string } | { readonly name: string };

export interface ProjectionReport {
  readonly target: ProjectionTarget;
  /** Customers (baskets) with a product that counts. */
  readonly units: number;
  /** … and those left out by maxProducts. */
  readonly unitsLeftOut: number;
  readonly products: number; // that were counted
  /** Distinct pairs that occur together. */
  readonly pairs: number;
  /** Of them, those that reached the score: edges written, and the products they join. */
  readonly edges: number;
  readonly nodes: number;
  readonly tookMs: number;
}

export type EntityType = 'customer' | 'product';

/** A node at the other end of an edge. */
export interface TouchedNode {
  readonly type: NodeType;
  readonly id: string;
  readonly weight: number; // > 0, as in the snapshot
}

export interface Neighborhood {
  readonly name: string; // '' where there is none
  /** A node touched in several ways comes several times. */
  readonly touched: readonly TouchedNode[];
}

/**
 * What is read from the catalog. Inside `atOneMoment` all of it sees the catalog as it was when the moment
 * began. There, queries that are asked for at once take turns, and a stream must be read to its end (or its
 * loop left) before the next query: ShelfwalkError INTERNAL otherwise, and once the moment is over.
 */
export interface CatalogMoment extends CatalogSource, CopySource {
  /**
   * Positions of edges belong to the ids of one moment: read both in one. Writers and imports go on
   * meanwhile. A moment of a moment is that moment. It should not last longer than it must: see
   * docs/architecture.md.
   */
  atOneMoment<T>(work: (moment: CatalogMoment) => Promise<T>): Promise<T>;
  counts(): Promise<CatalogCounts>;
  /** Newest event, ms since 1970; undefined when no row carries a time. */
  lastEventMs(): Promise<number | undefined>;
  list(query: ListQuery): Promise<{ readonly rows: EntityRecord[]; readonly nextCursor?: string }>;
  find(type: NodeType, id: string): Promise<EntityRecord | undefined>;
  /** Attributes of many products or customers in one query. */
  attributesOf(type: 'product' | 'customer', ids: readonly string[]): Promise<Map<string, AttributeValue[]>>;
  /** Ids that were deleted and put again: other nodes by the same name. */
  putAgain(): Promise<PutAgain[]>;
  /** How many commits there were: grows with every one. */
  watermark(): Promise<number>;
  /** What these nodes touch now, by id; those that the catalog does not know have no entry. */
  neighborhoods(
    nodes: { readonly type: EntityType; readonly ids: readonly string[] },
    weighting: EdgeWeighting,
  ): Promise<Map<string, Neighborhood>>;
  /**
   * The distinct products this customer has interacted with, by id; empty for an unknown customer.
   * @param types of interactions that count; default: all
   */
  history(customerId: string, types?: readonly string[]): Promise<HistoryEntry[]>;
  /**
   * Ids of the products that pass, ascending.
   * @throws ShelfwalkError REQUEST_UNPROCESSABLE — the filter is too large, or says nothing
   */
  matching(filter: Filter): Promise<string[]>;
  /** Values of one kind of attribute by product; a product without one has no entry. */
  valuesOf(kind: string): Promise<Map<string, string[]>>;
}

export interface Catalog extends CatalogMoment, CatalogWrites {
  importFiles(
    sources: readonly ImportSource[],
    options: ImportOptions,
    context: TaskContext,
  ): Promise<ImportReport>;
  /** @throws ShelfwalkError CATALOG_EMPTY · LIMIT_EXCEEDED — more pairs than `maxPairs` · BUSY · DISK_FULL · ABORTED */
  project(
    target: ProjectionTarget,
    options: ProjectionOptions,
    context: TaskContext,
  ): Promise<ProjectionReport>;
  close(): Promise<void>;
}
