/** Entry of a search thread: decode, call, encode. See search-protocol.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { openScanner } from '../kernel/scan.ts';
import {
  type FromSearchThread,
  SEARCH_PROTOCOL,
  type SearchThreadData,
  type ToSearchThread,
  toTransferList,
} from './search-protocol.ts';
import { searchTable } from './table-search.ts';

const { protocol, table, absent, slot } = workerData as SearchThreadData;
if (protocol !== SEARCH_PROTOCOL)
  throw new Error(`search protocol ${protocol}, this build speaks ${SEARCH_PROTOCOL}`);

const port = parentPort!;
const scanner = openScanner(table, slot);

port.on('message', (request: ToSearchThread) => {
  const result = searchTable(scanner, absent, request);
  port.postMessage({ type: 'found', ...result } satisfies FromSearchThread, toTransferList(result));
});
port.postMessage({ type: 'ready' } satisfies FromSearchThread);
