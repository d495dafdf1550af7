import { afterEach, describe, expect, test } from 'vitest';
import { toCompiledUrl } from '../../src/base/compiled.ts';
import { createScanTable, toMatrix } from '../../src/kernel/scan.ts';
import { createSearchPool, type SearchPool } from '../../src/neighbors/search-pool.ts';
import type { SearchRequest } from '../../src/neighbors/search-request.ts';

const REAL = toCompiledUrl(
  new URL('../../src/neighbors/exact.ts', import.meta.url).href,
  './search-worker.js',
).href;
const ROWS = 16;

/** A search thread that leaves in the middle of a search for 66 rows. */
const MORTAL = toModule(`
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ limit }) => { if (limit === 66) process.exit(7); });
  await import(${JSON.stringify(REAL)});
`);

function toModule(source: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

/** Row i is (i + 1, 0): the query (1, 0) finds the last row first. */
async function createPool(threads: number, workerUrl?: URL): Promise<SearchPool> {
  const table = await createScanTable(ROWS, 2, threads);
  const matrix = toMatrix(table);
  for (let i = 0; i < ROWS; i++) matrix.row(i)[0] = (i + 1) / 64;
  return createSearchPool({ table, absent: new Uint8Array(new SharedArrayBuffer(ROWS)), workerUrl });
}

const toRequest = (limit: number, end = ROWS): SearchRequest => ({
  query: Float32Array.of(1, 0),
  limit,
  start: 0,
  end,
  exclude: new Uint32Array(0),
});

let pool: SearchPool;
afterEach(() => pool.close());

test('the plain worker answers through the pool', async () => {
  pool = await createPool(2);
  const { rows, scores } = await pool.search(toRequest(3));
  expect([...rows]).toEqual([15, 14, 13]);
  expect([...scores]).toEqual([16 / 64, 15 / 64, 14 / 64]);
});

describe.each([
  {
    how: 'throws',
    deadly: toRequest(1, ROWS + 5),
    url: undefined,
    details: { exitCode: 1, reason: /block of rows/ },
  },
  { how: 'exits', deadly: toRequest(66), url: MORTAL, details: { exitCode: 7, reason: /^$/ } },
])('a thread that $how', ({ deadly, url, details }) => {
  test('takes only its own search with it; the queue goes on and the seat is filled again', async () => {
    pool = await createPool(1, url);
    const requests = [toRequest(1), deadly, toRequest(2), deadly, toRequest(3)];
    const outcomes = await Promise.allSettled(requests.map((request) => pool.search(request)));
    expect(outcomes.map((o) => o.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    const { reason } = outcomes[1] as PromiseRejectedResult;
    expect(reason).toMatchObject({ code: 'SEARCH_FAILED', details: { exitCode: details.exitCode } });
    expect(reason.details.reason ?? '').toMatch(details.reason);
    expect([...(await pool.search(toRequest(1))).rows]).toEqual([15]);
  });

  test('does not keep close() waiting, nor those who had asked before it', async () => {
    pool = await createPool(1, url);
    const asked = Promise.allSettled([pool.search(deadly), pool.search(toRequest(1))]);
    await pool.close();
    expect((await asked).map((o) => o.status)).toEqual(['rejected', 'fulfilled']);
  });
});

test('a thread that never starts is an error at once', async () => {
  await expect(createPool(2, toModule(`throw new Error('no ground')`))).rejects.toMatchObject({
    code: 'SEARCH_FAILED',
    details: { reason: 'no ground' },
  });
});

test('when no thread can be started again, those who wait are told, and a later search tries anew', async () => {
  // Lets the first thread in, not the second, then the third, counting in memory that outlives the threads.
  const turnstile = toModule(`
    import { parentPort, workerData } from 'node:worker_threads';
    const turn = Atomics.add(workerData.absent, 0, 4) / 4; // absent[0] is row 0, which nobody asks for here
    if (turn === 1) throw new Error('closed today');
    parentPort.on('message', ({ limit }) => { if (limit === 66) process.exit(7); });
    await import(${JSON.stringify(REAL)});
  `);
  pool = await createPool(1, turnstile);
  const outcomes = await Promise.allSettled([pool.search(toRequest(66)), pool.search(toRequest(1))]);
  expect(outcomes.map((o) => (o as PromiseRejectedResult).reason?.details)).toMatchObject([
    { exitCode: 7 },
    { exitCode: 1, reason: 'closed today' },
  ]);
  expect([...(await pool.search(toRequest(1))).rows]).toEqual([15]);
});

test('requests are answered in the order they came, by one thread', async () => {
  pool = await createPool(1);
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      pool.search(toRequest(1, i + 1)).then(({ rows }) => order.push(rows[0])),
    ),
  );
  expect(order).toEqual(Array.from({ length: 12 }, (_, i) => i));
});
