/** The commands of docs/recommendations.md, sent to a server over a catalog on disk; and batches line by line. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverConfigSchema } from '../../src/pipeline/server-config.ts';
import { recommendReply } from '../../src/serve/recommend-schemas.ts';
import { type RunningServer, startServer } from '../../src/serve/server.ts';
import { openWrittenShop, type WrittenShop } from '../pipeline/written-shop.ts';
import { silent } from './fakes.ts';
import { ask } from './rig.ts';

const page = readFileSync(new URL('../../docs/recommendations.md', import.meta.url), 'utf8');

let shop: WrittenShop;
let server: RunningServer;
beforeAll(async () => {
  shop = await openWrittenShop();
  const config = serverConfigSchema.parse({ port: 0 });
  server = await startServer({ workspace: shop.workspace, operations: [], config, log: silent });
});
afterAll(async () => {
  await server.close();
  await shop.dispose();
});

const LINES = { 'content-type': 'application/x-ndjson' };
const examples = [
  ...page.matchAll(/curl (?:')?localhost:8080(\S+?)'? -H 'content-type: application\/json' -d '([^']+)'/g),
].map(([, path, body]) => ({ path: path!, body: body! }));

describe('docs/recommendations.md', () => {
  test.each(examples)('$path is answered: $body', async ({ path, body }) => {
    const { status, json, text } = await ask(server.url, path, { method: 'POST', body });
    expect(status, text).toBe(200);
    const { limit = 10, productIds = Array(limit) } = JSON.parse(body);
    expect(json.results.length).toBeGreaterThan(0);
    expect(json.results.length).toBeLessThanOrEqual(Math.min(limit, productIds.length));
  });

  test('has an example of each way to ask', () => {
    expect(new Set(examples.map(({ path }) => path)).size).toBeGreaterThanOrEqual(4);
  });

  test('its batch: a line for a line, and a failure of one is no failure of the others', async () => {
    const [, printed] = /printf '%s\\n' (.+?) \|/.exec(page)!;
    const lines = [...printed!.matchAll(/'([^']+)'/g)].map(([, line]) => line!);
    const reply = await ask(server.url, '/v1/recommendations/batch', {
      method: 'POST',
      headers: LINES,
      body: `${lines.join('\n')}\n\nno json\n`,
    });
    const answers = reply.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers.map(({ line }) => line)).toEqual([1, 2, 3, 5]);
    expect(answers[0].results).toHaveLength(2);
    expect(answers[1].results).toHaveLength(10);
    expect(answers[2]).toMatchObject({ error: { code: 'NODE_UNKNOWN', status: 404 } });
    expect(answers[3]).toMatchObject({ error: { code: 'REQUEST_UNPROCESSABLE' } });
    const alone = await ask(server.url, '/v1/customers/c1/recommendations?limit=2');
    expect(answers[0].results).toEqual(alone.json.results);
  });
});

test('a blend says what was bought before, as the document of the API has it', async () => {
  const body = JSON.stringify({ scorer: 'blend', exclude: { seen: false }, explain: true, limit: 20 });
  const { status, json } = await ask(server.url, '/v1/customers/c1/recommendations', {
    method: 'POST',
    body,
  });
  expect(status).toBe(200);
  const { results } = recommendReply.parse(json);
  const own = results.filter(({ explanation }) => explanation?.own).map(({ id }) => id);
  expect(own.sort()).toEqual(['p1', 'p2', 'p3']);
});

test('a long batch is answered in order', async () => {
  const customers = Array.from({ length: 60 }, (_, i) => `c${i % 12}`);
  const body = customers.map((customerId) => `${JSON.stringify({ customerId, limit: 3 })}\n`).join('');
  const reply = await ask(server.url, '/v1/recommendations/batch', { method: 'POST', headers: LINES, body });
  const answers = reply.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(answers.map(({ line }) => line)).toEqual(customers.map((_, i) => i + 1));
  const first = new Map<string, unknown>();
  for (const [i, { results }] of answers.entries()) {
    const known = first.get(customers[i]!);
    if (known) expect(results).toEqual(known);
    else first.set(customers[i]!, results);
  }
});

test('whoever leaves a batch is answered no further, and the server goes on', async () => {
  // Histories are kept once they are read: everybody is another.
  const lines = Array.from({ length: 1000 }, (_, i) => `${JSON.stringify({ customerId: `x${i}` })}\n`);
  const body = lines.join('');
  let asked = 0;
  const { history } = shop.workspace.catalog;
  shop.workspace.catalog.history = (...given) => {
    asked++;
    return history(...given);
  };
  const leaving = new AbortController();
  const reply = await fetch(`${server.url}/v1/recommendations/batch`, {
    method: 'POST',
    headers: LINES,
    body,
    signal: leaving.signal,
  });
  await reply.body!.getReader().read();
  leaving.abort();
  let before = -1;
  while (asked !== before) {
    before = asked;
    await delay(100);
  }
  shop.workspace.catalog.history = history;
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThan(1000);
  expect((await ask(server.url, '/v1/customers/c1/recommendations')).status).toBe(200);
});
