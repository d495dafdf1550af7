// @ts-check
/**
 * Events written one by one and acknowledged when they are on disk: events per second of one writer, of 64
 * at once, and of requests of 1,000, into a catalog that holds a shop already. By the catalog alone, and over
 * HTTP with the client in the same process. What was acknowledged is counted in the catalog afterwards.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../dist/base/rng.js';
import { serverConfigSchema } from '../dist/pipeline/server-config.js';
import { openWorkspace } from '../dist/pipeline/workspace.js';
import { startServer } from '../dist/serve/server.js';
import { finish, readFlags, say, toMachine, toSpread } from './harness.mjs';

const USAGE = `node bench/writes.bench.mjs [--rows 1000000] [--seconds 3] [--rounds 3] [--json FILE] [--check]`;
const KEY = 'a-key-for-the-write-bench';

/** @typedef {(events: object[]) => Promise<unknown>} Send */

const flags = readFlags(USAGE, {
  rows: { type: 'string', default: '1000000' },
  seconds: { type: 'string', default: '3' },
});
const rounds = Number(flags['rounds'] ?? 3);
const seconds = Number(flags['seconds']);
const startedOn = toMachine();
const random = createRandom(5);
const dir = mkdtempSync(join(tmpdir(), 'shelfwalk-writes-'));

const drawEvent = () => ({
  customerId: `c${Math.floor(random() ** 2 * 100_000)}`,
  productId: `sku-${Math.floor(random() ** 3 * 20_000)}`,
  quantity: 1 + Math.floor(random() * 3),
});

/** Rows of a shop: what writes have to find their ids in. @param {string} path @param {number} rows */
function writeShop(path, rows) {
  const lines = ['customer,product,at'];
  for (let i = 0; i < rows; i++) {
    const { customerId, productId } = drawEvent();
    lines.push(`${customerId},${productId},${1_600_000_000 + i}`);
  }
  writeFileSync(path, lines.join('\n'));
}

/** @param {Send} send @param {number} writers at once @param {number} size of a request @returns events per second */
async function measure(send, writers, size) {
  const end = performance.now() + seconds * 1000;
  const startedAt = performance.now();
  let events = 0;
  const write = async () => {
    while (performance.now() < end) {
      await send(Array.from({ length: size }, drawEvent));
      events += size;
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  written += events;
  return events / ((performance.now() - startedAt) / 1000);
}

let written = 0;
const workspace = await openWorkspace(join(dir, 'data'));
const config = serverConfigSchema.parse({ port: 0, apiKeys: [{ scope: 'write', key: KEY }] });
const log = { info() {}, warn() {}, error() {} };
try {
  const path = join(dir, 'shop.csv');
  writeShop(path, Number(flags['rows']));
  const mapping = { customer: 'customer', product: 'product', timestamp: 'at' };
  await workspace.catalog.importFiles([{ kind: 'interactions', path, mapping }], {}, {});
  const server = await startServer({ workspace, operations: [], config, log });
  const before = await workspace.catalog.counts();
  const headers = { 'x-api-key': KEY, 'content-type': 'application/json' };
  /** @type {Record<string, Send>} */
  const ways = {
    catalog: (events) => workspace.catalog.appendInteractions(/** @type {any} */ (events)),
    HTTP: async (interactions) => {
      const body = JSON.stringify({ interactions });
      const reply = await fetch(`${server.url}/v1/interactions`, { method: 'POST', headers, body });
      const { accepted } = /** @type {{ accepted: number }} */ (await reply.json());
      if (accepted !== interactions.length) throw new Error(`accepted ${accepted} of ${interactions.length}`);
    },
  };
  const cases = [
    { text: 'one writer, one event a request', writers: 1, size: 1 },
    { text: '64 writers, one event a request', writers: 64, size: 1 },
    { text: 'one writer, 1,000 events a request', writers: 1, size: 1000 },
  ];
  /** @type {Record<string, number[]>} */
  const rates = {};
  for (let round = 0; round < rounds; round++) {
    for (const [way, send] of Object.entries(ways)) {
      for (const { text, writers, size } of cases) {
        const name = `${way}: ${text}`;
        rates[name] = [...(rates[name] ?? []), await measure(send, writers, size)];
      }
    }
  }
  const after = await workspace.catalog.counts();
  if (after.interactions - before.interactions !== written)
    throw new Error('an acknowledged event is missing');
  await server.close();
  const spreads = Object.fromEntries(Object.entries(rates).map(([name, list]) => [name, toSpread(list)]));
  for (const [name, spread] of Object.entries(spreads)) console.log(`${name}: ${say(spread, 1, 0)} events/s`);
  finish({ bench: 'writes', claims: [], rows: Number(flags['rows']), written, spreads }, flags, startedOn);
} finally {
  await workspace.close();
  rmSync(dir, { recursive: true });
}
