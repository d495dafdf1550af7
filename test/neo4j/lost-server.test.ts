/** A server that goes away, hangs, and comes back: typed failures, bounded tries, and work that goes on. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Neo4j, openNeo4j } from '../../src/neo4j/connection.ts';
import { loadCatalog } from '../../src/neo4j/load.ts';
import { toGraphModel } from '../../src/neo4j/model.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import { failureOf, openTempCatalog, PAIR } from '../catalog/temp-catalog.ts';
import { server, toSettings, useDatabase } from './database.ts';
import { openRelay, type Relay } from './relay.ts';

const database = useDatabase();
let relay: Relay;
let neo4j: Neo4j;
const open = (change: { timeoutMs?: number; attempts?: number } = {}) =>
  openNeo4j(toSettings({ uri: `bolt://127.0.0.1:${relay.port}`, timeoutMs: 5000, attempts: 2, ...change }));

beforeAll(async () => {
  if (!server) return;
  const { hostname, port } = new URL(server.uri);
  relay = await openRelay({ host: hostname, port: Number(port) });
});
beforeEach(async () => {
  await database.clearGraph();
});
afterAll(async () => {
  await neo4j?.close();
  await relay?.close();
});

const toStep = (text: string) => ({ statement: { name: 'of a test', text }, parameters: {} });
const counting = () => {
  let rows = 0;
  return { add: () => void rows++, done: () => rows };
};
const ONE = toStep('RETURN 1 AS one');
const MANY = toStep("UNWIND range(1, 200000) AS n RETURN n, 'some text to make it long' AS text");

describe.skipIf(!server)('a server that goes away', () => {
  test('in the middle of a read: a typed failure, after the tries that were asked for', async () => {
    neo4j = await open();
    relay.cutAfter(300_000);
    const failure = await failureOf(neo4j.read(MANY, counting));
    expect(failure).toMatchObject({ code: 'NEO4J_UNREACHABLE', details: { statement: 'of a test' } });
    await relay.mend();
    expect(await neo4j.read(MANY, counting)).toBe(200_000); // the same connection object, nothing left of the failure
    await neo4j.close();
  });

  test('and is back before the tries are over: nobody notices, and no row is counted twice', async () => {
    neo4j = await open({ attempts: 6 });
    relay.cutAfter(300_000);
    const rows = neo4j.read(MANY, counting);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await relay.mend();
    expect(await rows).toBe(200_000);
    await neo4j.close();
  });

  test('for a while: whoever asks is told, and is answered within ten seconds of its return', async () => {
    neo4j = await open();
    expect(await neo4j.rows(ONE)).toEqual([{ one: 1 }]);
    await relay.cut();
    expect(await failureOf(neo4j.rows(ONE))).toMatchObject({ code: 'NEO4J_UNREACHABLE' });
    await relay.mend();
    const answer = neo4j.rows(ONE);
    const late = new Promise((resolve) => setTimeout(resolve, 10_000, 'late').unref());
    expect(await Promise.race([answer, late])).toEqual([{ one: 1 }]);
    await neo4j.close();
  });

  test('without a word: the deadline ends the wait', async () => {
    neo4j = await open({ timeoutMs: 1000 });
    relay.stall();
    expect(await failureOf(neo4j.rows(ONE))).toMatchObject({
      code: 'NEO4J_TIMEOUT',
      details: { timeoutMs: 1000 },
    });
    expect(await failureOf(neo4j.read(MANY, counting))).toMatchObject({ code: 'NEO4J_TIMEOUT' });
    await neo4j.close();
    await relay.cut();
    await relay.mend();
  });

  test('while it is loaded: the load fails, and the next one goes on and ends with the same graph', async () => {
    const temp = await openTempCatalog();
    try {
      const lines = Array.from({ length: 3000 }, (_, i) => `c${i % 90},p${(i * 7) % 50}\n`);
      await temp.interactions(await temp.file('a.csv', `customer,product\n${lines.join('')}`), PAIR);
      const statements = createStatements(toGraphModel({}).names);
      const load = () =>
        loadCatalog(temp.catalog, { neo4j, statements }, { batchSize: 20, restart: false, prune: false });
      neo4j = await open();
      relay.cutAfter(8000);
      expect(await failureOf(load())).toMatchObject({ code: 'NEO4J_UNREACHABLE' });
      await relay.mend();
      expect((await load()).resumedAt).toBeDefined();
      const [found] = await database.run(
        'MATCH ()-[i:INTERACTED]->() RETURN sum(i.count) AS events, count(i) AS pairs',
      );
      expect(found).toEqual({ events: 3000, pairs: (await temp.catalog.counts()).pairs });
      await neo4j.close();
    } finally {
      await temp.dispose();
    }
  });

  test('the signal ends a wait at once', async () => {
    neo4j = await open({ timeoutMs: 60_000 });
    relay.stall();
    const controller = new AbortController();
    const rows = neo4j.rows(ONE, controller.signal);
    setTimeout(() => controller.abort(), 50);
    expect(await failureOf(rows)).toMatchObject({ code: 'ABORTED' });
    await relay.cut();
    await relay.mend();
    await neo4j.close();
  });
});
