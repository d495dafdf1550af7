/**
 * Exact nearest rows: every row is scored, by SIMD, on this thread while that is short, on search
 * threads where it would hold the event loop up. The default index, and the measure of any faster one.
 * reference.ts is the same in plain TypeScript, and the oracle of its tests.
 */
import { availableParallelism } from 'node:os';
import { ShelfwalkError } from '../base/errors.ts';
import { type Matrix, toNorm } from '../base/matrix.ts';
import { createBreather } from '../base/task.ts';
import { createScanTable, openScanner, type ScanTable, toMatrix } from '../kernel/scan.ts';
import { createSearchPool } from './search-pool.ts';
import { readOptions, readQuery, type SearchRequest } from './search-request.ts';
import { type SearchResult, searchTable } from './table-search.ts';
import type { NeighborIndex } from './types.ts';

export interface ExactIndexOptions {
  readonly metric: 'cosine' | 'dot';
  /** Search threads. 0: search on the calling thread. auto (default): 0 up to 4 M cells, else up to 4. */
  readonly threads?: 'auto' | number;
}

/** rows × cols that one scan gets through in about a millisecond. */
const IN_THREAD_CELLS = 4_000_000;
const MAX_AUTO_THREADS = 4; // a scan is bound by memory, not by cores
/** Norms are brought below this by powers of two, which loses no bit: no f32 sum can then overflow, or reach 1. */
const SAFE_NORM = 0.5;

/**
 * Copies the rows; `matrix` may change afterwards.
 * @throws ShelfwalkError VECTOR_INVALID — a row holds NaN or an infinity
 * @throws ShelfwalkError LIMIT_EXCEEDED — the rows do not fit into 4 GiB
 * @throws ShelfwalkError SEARCH_FAILED — a search thread does not start
 */
export async function createExactIndex(matrix: Matrix, options: ExactIndexOptions): Promise<NeighborIndex> {
  const { rows, cols } = matrix;
  const { metric, threads = 'auto' } = options;
  const threadCount = toThreadCount(threads, rows * cols);
  const table = await createScanTable(rows, cols, Math.max(threadCount, 1));
  const { absent, scale } = await fillTable(table, matrix, metric);
  const searcher =
    threadCount > 0 ? await createSearchPool({ table, absent }) : createInThread(table, absent);

  return {
    metric,
    rows,
    cols,
    async search(query, searchOptions) {
      const { vector, norm } = readQuery(query, { cols, metric });
      const rest = readOptions(searchOptions, rows);
      const queryScale = metric === 'cosine' ? norm : toPowerOfTwo(norm);
      for (let i = 0; i < cols; i++) vector[i] /= queryScale;
      const found = await searcher.search({ query: vector, ...rest });
      const outward = metric === 'cosine' ? 1 : queryScale * scale;
      return Array.from(found.rows, (row, i) => ({ row, score: found.scores[i] * outward }));
    },
    close: () => searcher.close(),
  };
}

interface Searcher {
  search(request: SearchRequest): Promise<SearchResult>;
  close(): Promise<void>;
}

function createInThread(table: ScanTable, absent: Uint8Array): Searcher {
  const scanner = openScanner(table, 0);
  let isClosed = false;
  return {
    async search(request) {
      if (isClosed) throw new ShelfwalkError('INDEX_CLOSED');
      return searchTable(scanner, absent, request);
    },
    async close() {
      isClosed = true;
    },
  };
}

/** Rows as the scan wants them: of norm 1 for cosine; for dot all divided by `scale`, one power of two. */
async function fillTable(
  table: ScanTable,
  source: Matrix,
  metric: 'cosine' | 'dot',
): Promise<{ absent: Uint8Array<SharedArrayBuffer>; scale: number }> {
  const absent = new Uint8Array(new SharedArrayBuffer(source.rows)); // [rows] 1 where a row has no vector
  const norms = await toRowNorms(source);
  const scale = metric === 'dot' ? toPowerOfTwo(norms.reduce((a, b) => Math.max(a, b), 0)) : 1;
  const target = toMatrix(table);
  const breathe = createBreather();
  for (let i = 0; i < source.rows; i++) {
    if (norms[i] === 0) {
      absent[i] = 1;
      continue;
    }
    const divisor = metric === 'cosine' ? norms[i] : scale;
    const from = i * source.stride;
    const to = i * target.stride;
    for (let c = 0; c < source.cols; c++) target.data[to + c] = source.data[from + c] / divisor;
    if (i % 1024 === 0) await breathe();
  }
  return { absent, scale };
}

/** f64 [rows]. @throws ShelfwalkError VECTOR_INVALID — names the row */
async function toRowNorms(matrix: Matrix): Promise<Float64Array> {
  const norms = new Float64Array(matrix.rows);
  const breathe = createBreather();
  for (let i = 0; i < matrix.rows; i++) {
    norms[i] = toNorm(matrix.row(i));
    if (!Number.isFinite(norms[i])) {
      const column = matrix.row(i).findIndex((x) => !Number.isFinite(x));
      throw new ShelfwalkError('VECTOR_INVALID', { row: i, column, found: String(matrix.row(i)[column]) });
    }
    if (i % 1024 === 0) await breathe();
  }
  return norms;
}

/** The least power of two that brings `norm` below SAFE_NORM when divided by it; 1 for 0. */
function toPowerOfTwo(norm: number): number {
  if (norm === 0) return 1;
  let power = 1;
  while (norm / power >= SAFE_NORM) power *= 2;
  while (norm / power < SAFE_NORM / 2) power /= 2;
  return power;
}

/** @throws ShelfwalkError CONFIG_INVALID */
function toThreadCount(threads: 'auto' | number, cells: number): number {
  if (threads === 'auto') {
    return cells <= IN_THREAD_CELLS ? 0 : Math.min(Math.max(availableParallelism() - 1, 1), MAX_AUTO_THREADS);
  }
  if (!Number.isInteger(threads) || threads < 0 || threads > 64) {
    throw new ShelfwalkError('CONFIG_INVALID', {
      field: 'threads',
      found: threads,
      expected: 'auto, or 0 to 64',
    });
  }
  return threads;
}
