// @ts-check
/**
 * How long a list of recommendations takes, by scorer: a server of its own over a data directory with a trained
 * version, asked over HTTP for one customer after the other. The first list of all, customers who are asked for the
 * first time, whose history is read, and the same ones again.
 */
import { withServer } from './command.mjs';
import { finish, readFlags, toMachine } from './harness.mjs';

const USAGE = `node bench/lists.bench.mjs --data-dir FOLDER [--customers 400] [--limit 20] [--json FILE]`;

const flags = readFlags(USAGE, {
  'data-dir': { type: 'string', default: '' },
  customers: { type: 'string', default: '400' },
  limit: { type: 'string', default: '20' },
});
if (!flags['data-dir']) throw new Error(`--data-dir: what is to be served\n${USAGE}`);
const startedOn = toMachine();
const limit = Number(flags['limit']);

/** @param {string} url @param {number} count @returns {Promise<string[]>} */
async function listCustomers(url, count) {
  /** @type {string[]} */
  const ids = [];
  let cursor = '';
  do {
    const page = await fetch(`${url}/v1/customers?limit=200${cursor && `&cursor=${cursor}`}`);
    const { results, nextCursor } = /** @type {any} */ (await page.json());
    ids.push(...results.map((/** @type {{ id: string }} */ { id }) => id));
    cursor = nextCursor === undefined ? '' : encodeURIComponent(nextCursor);
  } while (cursor && ids.length < count);
  return ids.slice(0, count);
}

/** @param {string} url @param {string} id @param {object} how @returns {Promise<number>} ms */
async function ask(url, id, how) {
  const startedAt = performance.now();
  const reply = await fetch(`${url}/v1/customers/${encodeURIComponent(id)}/recommendations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ limit, ...how }),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${id}: ${text}`);
  return performance.now() - startedAt;
}

/** @param {number[]} times ms */
function toQuantiles(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) => +sorted[Math.floor(share * (sorted.length - 1))].toFixed(2);
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

const { answer, readySeconds } = await withServer(String(flags['data-dir']), async (url) => {
  const ids = await listCustomers(url, Number(flags['customers']));
  const first = +(await ask(url, ids[0], {})).toFixed(1);
  /** @type {Record<string, ReturnType<typeof toQuantiles>>} */
  const lists = {};
  for (const when of ['for the first time', 'again']) {
    const scorers = when === 'again' ? [undefined, 'embedding', 'walk', 'counts'] : [undefined];
    for (const scorer of scorers) {
      const times = [];
      for (const id of ids) times.push(await ask(url, id, scorer ? { scorer } : {}));
      lists[`${scorer ?? 'default'}, ${when}`] = toQuantiles(times);
    }
  }
  return { customers: ids.length, firstListMs: first, lists };
});
console.log(`first list ${answer.firstListMs} ms, ${answer.customers} customers`);
console.table(answer.lists);
finish({ bench: 'lists', claims: [], limit, readySeconds, ...answer }, flags, startedOn);
