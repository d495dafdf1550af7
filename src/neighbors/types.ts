/**
 * Nearest rows of one table. An index is frozen with the table it was made from; it owns its copy of
 * the rows (normalised for cosine) and may search on other threads. test/conformance/neighbor-index.cases.ts
 * is the contract.
 */
export interface Hit {
  /** Row in the table. */
  readonly row: number;
  /** Higher is nearer: cosine in [-1, 1], or the plain dot product. */
  readonly score: number;
}

export interface SearchOptions {
  readonly limit: number;
  /** Only rows in [start, end): node types are contiguous. */
  readonly range?: { readonly start: number; readonly end: number };
  /** Rows that must not appear, applied inside the search: `limit` hits come back when so many are left. */
  readonly exclude?: Iterable<number>;
  /** Nor those whose flags have one of these bits: what is left out of many searches is marked once. */
  readonly without?: FlaggedRows;
  /** If given, no other rows than those of this set: what a filter lets through, made once for many searches. */
  readonly only?: RowSet;
}

/** Marks that may change between two searches, and are seen by every thread that searches. */
export interface FlaggedRows {
  readonly flags: Uint8Array<SharedArrayBuffer>; // [rows]
  readonly bits: number; // 0 … 255
}

/** A bit per row of one table, in memory that threads share; bit `row & 7` of byte `row >> 3`. */
export interface RowSet {
  readonly bits: Uint8Array<SharedArrayBuffer>; // [ceil(rows / 8)]
}

export interface NeighborIndex {
  readonly metric: 'cosine' | 'dot';
  readonly rows: number;
  readonly cols: number;
  /**
   * Best first; ties by ascending row. Rows without a vector (all zeros) never appear.
   * @throws ShelfwalkError VECTOR_INVALID — not finite; zero norm under cosine
   * @throws ShelfwalkError EMBEDDING_SHAPE_MISMATCH — wrong length
   */
  search(query: ArrayLike<number>, options: SearchOptions): Promise<Hit[]>;
  close(): Promise<void>;
}
