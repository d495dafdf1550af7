/**
 * The durable store of customers, products, attributes and interactions, as the rest of shelfwalk sees
 * it. One embedded implementation today (DuckDB, catalog.ts); rows go in by import, come out as columns.
 */
import type { NodeType } from '../base/ids.ts';
import type { TaskContext } from '../base/task.ts';
import type { CatalogSource, CopySource } from '../graph/types.ts';

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
  /** Reason → rows, e.g. {"quantity-not-positive": 12}. */
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
  /** Interactions of a customer or product; for an attribute, how many nodes carry it. */
  readonly count: number;
}

export interface HistoryEntry {
  readonly productId: string;
  /** How many of the customer's moments lie after the last one with this product: 0 for the last basket. */
  readonly age: number;
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

export interface Catalog extends CatalogSource, CopySource {
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
  counts(): Promise<CatalogCounts>;
  /** Newest event, ms since 1970; undefined when no row carries a time. */
  lastEventMs(): Promise<number | undefined>;
  list(query: ListQuery): Promise<{ readonly rows: EntityRecord[]; readonly nextCursor?: string }>;
  find(type: NodeType, id: string): Promise<EntityRecord | undefined>;
  /** Attributes of many products or customers in one query. */
  attributesOf(type: 'product' | 'customer', ids: readonly string[]): Promise<Map<string, AttributeValue[]>>;
  /** The distinct products this customer has interacted with, by id; empty for an unknown customer. */
  history(customerId: string): Promise<HistoryEntry[]>;
  close(): Promise<void>;
}
