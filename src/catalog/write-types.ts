/**
 * Single changes to the catalog, as plain data: what is asked for, what came of it, and what listeners
 * are told once it is on disk.
 */
import type { ErrorCode } from '../base/errors.ts';

/** One event as it is written. */
export interface InteractionEvent {
  readonly customerId: string;
  readonly productId: string;
  /** Default: purchase. `return` takes a purchase back, as does a negative quantity one of any type. */
  readonly type?: string;
  /** ISO 8601 or ms since 1970. Default: now. */
  readonly timestamp?: string | number;
  /** Not 0. Default: as good as 1. */
  readonly quantity?: number;
  readonly value?: number;
  readonly basket?: string;
}

/** Events of one customer; without a product of all, without a type of all types. `return`: returns. */
export interface InteractionFilter {
  readonly customerId: string;
  readonly productId?: string;
  readonly type?: string;
}

/** A number is put into the bin of its kind, if the kind was imported in bins. */
export interface AttributeWrite {
  readonly kind: string;
  /** null, in a patch: the kind is taken away. */
  readonly value: string | number | null;
  /** Display name of the value. Default: as it is. */
  readonly name?: string;
}

interface EntityFields {
  readonly id: string;
  readonly name?: string;
  readonly attributes?: readonly AttributeWrite[];
  /** Of products: never to be shown. */
  readonly hidden?: boolean;
  /** Of products. */
  readonly inStock?: boolean;
}

/**
 * `put`: what is not given is none (no name, no attributes, not hidden, in stock); makes it if there is
 * none. `patch`: what is not given stays, and so do kinds of attributes that are not given. `delete`:
 * with its interactions, edges and attributes.
 */
export type EntityChange =
  | ({ readonly op: 'put' | 'patch' } & EntityFields)
  | { readonly op: 'delete'; readonly id: string };

/** Why one entry was not taken. */
export interface EntryError {
  /** Of the entry, from 0. */
  readonly index: number;
  readonly path: string;
  readonly message: string;
  readonly code: ErrorCode;
}

export interface WriteReply {
  readonly accepted: number;
  readonly rejected: number;
  readonly errors: readonly EntryError[];
  /** Of the commit that holds it, or of the last one where nothing was changed. */
  readonly watermark: number;
}

export interface DeleteReply {
  readonly deleted: number;
  readonly watermark: number;
}

export interface WriteOptions {
  /**
   * The same key and request within 24 hours get the same reply, and nothing is written twice.
   * `request` stands for what was asked: another one under the same key is refused.
   */
  readonly idempotency?: { readonly key: string; readonly request: string };
}

export interface ProductState {
  readonly id: string;
  readonly hidden: boolean;
  readonly inStock: boolean;
}

export interface EntityNews {
  /** Made, or named or attributed anew. */
  readonly upserted: readonly string[];
  readonly deleted: readonly string[];
  /** Of those upserted: had been deleted before, perhaps by the same commit. */
  readonly putAgain: readonly string[];
}

/** One commit. Ids come once each; a product that was put and then deleted is deleted. */
export interface CatalogNews {
  readonly watermark: number;
  /** An import or a projection: more has changed than is listed, so read again what you keep. */
  readonly bulk: boolean;
  readonly products: EntityNews & { readonly states: readonly ProductState[] };
  readonly customers: EntityNews;
  /** Whose events were added or taken away. */
  readonly interactions: readonly { customerId: string; productId: string; type: string }[];
}

export interface Tombstone {
  readonly type: 'customer' | 'product';
  readonly id: string;
  readonly watermark: number;
  readonly deletedAt: string; // ISO 8601, UTC
}

export interface ForgetRequest {
  readonly customerId: string;
  readonly receiptId: string;
  /** Versions that still hold a row of the customer. */
  readonly versionsAffected: readonly string[];
}

/** Of a customer who was forgotten. */
export interface Receipt {
  readonly receiptId: string;
  readonly at: string; // ISO 8601, UTC
  /** SHA-256 of the id, in hexadecimal digits. */
  readonly digest: string;
  /** Of the commit that forgot them: who has read the catalog before may still have them. */
  readonly watermark: number;
  /** Versions that held a row of the customer then. */
  readonly versionsAffected: readonly string[];
  /** Of the training that makes one without. */
  readonly refreshJob?: string;
}

/** An id that was deleted and put again: what versions made before know of it is of another. */
export interface PutAgain {
  readonly type: 'customer' | 'product';
  readonly id: string;
  readonly putAt: string; // ISO 8601, UTC
  /** Of the commit that put it. */
  readonly watermark: number;
}

export interface InteractionRecord {
  readonly productId: string;
  readonly type: string;
  readonly timestamp?: string; // ISO 8601, UTC
  /** Below 0: a return. */
  readonly quantity?: number;
  readonly value?: number;
  readonly basket?: string;
}

export interface InteractionPage {
  readonly rows: readonly InteractionRecord[];
  readonly nextCursor?: string;
}

/** What of a catalog changes event by event. Each promise settles when the change is on disk. */
export interface CatalogWrites {
  /** Every entry is one more event. @throws ShelfwalkError BUSY · IDEMPOTENCY_KEY_REUSED · DISK_FULL · SHUTTING_DOWN */
  appendInteractions(events: readonly InteractionEvent[], options?: WriteOptions): Promise<WriteReply>;
  /**
   * The entries take the place of all events and returns of their customer, product and type (and basket,
   * where an entry names one).
   */
  replaceInteractions(events: readonly InteractionEvent[], options?: WriteOptions): Promise<WriteReply>;
  deleteInteractions(filter: InteractionFilter, options?: WriteOptions): Promise<DeleteReply>;
  changeEntities(
    type: 'customer' | 'product',
    changes: readonly EntityChange[],
    options?: WriteOptions,
  ): Promise<WriteReply>;
  /** Events and returns of a customer, newest first. */
  listInteractions(customerId: string, query: { limit: number; cursor?: string }): Promise<InteractionPage>;
  /** Grows with every commit that changed something, imports too. */
  watermark(): Promise<number>;
  productStates(): Promise<{ readonly hidden: string[]; readonly outOfStock: string[] }>;
  /** What was deleted after this watermark and not put again since; all if not given. */
  tombstones(since?: number): Promise<Tombstone[]>;
  /** Deletes a customer and every trace of the id but its SHA-256. @throws ShelfwalkError NODE_UNKNOWN */
  forget(request: ForgetRequest, options?: WriteOptions): Promise<Receipt>;
  receipt(receiptId: string): Promise<Receipt | undefined>;
  noteRefreshJob(receiptId: string, job: string): Promise<void>;
  /** SHA-256 of the ids of customers who were forgotten and not put since. */
  forgottenDigests(): Promise<string[]>;
  /** Called after each commit, in order, before the writer is told; the function returned ends it. */
  onChange(listener: (news: CatalogNews) => void): () => void;
}
