/**
 * Messages between an index and its search threads. This file is the whole contract: plain data, so
 * both ends can be tested without a thread. The table is shared memory and never written after start.
 *
 *   at start         SearchThreadData, as workerData
 *   worker → main    ready, once · found, one per request, in order
 *   main → worker    a SearchRequest; the next one only after `found`
 *
 * A worker that meets a failure throws and dies of it: the pool takes its `error` event for the answer.
 */
import type { ScanTable } from '../kernel/scan.ts';
import type { SearchRequest } from './search-request.ts';
import type { SearchResult } from './table-search.ts';

/** Bumped when a message changes shape: a stale build in a worker must fail at start, not in a search. */
export const SEARCH_PROTOCOL = 3;

export interface SearchThreadData {
  readonly protocol: number;
  readonly table: ScanTable;
  readonly absent: Uint8Array<SharedArrayBuffer>; // [rows]
  readonly slot: number;
}

export type ToSearchThread = SearchRequest;

export type FromSearchThread = { readonly type: 'ready' } | ({ readonly type: 'found' } & SearchResult);

/** Both buffers of a result change owner with it. */
export const toTransferList = ({ rows, scores }: SearchResult): ArrayBuffer[] => [rows.buffer, scores.buffer];
