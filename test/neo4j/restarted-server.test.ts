/**
 * A server of this file's own that is killed in the middle of a load and started again on its data: the load
 * goes on, and a service that asks it says 503 meanwhile, serves everything else, and is back by itself.
 */
import neo4jDriver from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Neo4j, openNeo4j } from '../../src/neo4j/connection.ts';
import { loadCatalog } from '../../src/neo4j/load.ts';
import { toGraphModel } from '../../src/neo4j/model.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import { createCypher } from '../../src/pipeline/cypher.ts';
import { failureOf, openTempCatalog, PAIR } from '../catalog/temp-catalog.ts';
import { reportMissing } from '../required.ts';
import { rigForTest } from '../serve/rig.ts';
import { waitUntilUp } from './database.ts';
import { findObstacle, type KeptServer, startServer } from './server.ts';

/** A server that NEO4J_URI names is not ours to kill: this one comes from the jars, or there is none. */
const obstacle = findObstacle();
if (obstacle !== undefined) reportMissing('neo4j', `a server to kill cannot be started here: ${obstacle}`);
/** From the moment it can be reached. How long a cold server then takes for its answer is not our doing. */
const BACK_MS = 10_000;
const ANSWER_MS = 60_000;
const PRODUCTS = 50;
const CUSTOMERS = 400;
const LINES = Array.from({ length: 9000 }, (_, i) => `c${i % CUSTOMERS},p${(i * 7 + (i >> 8)) % PRODUCTS}\n`);

let kept: KeptServer;
const isUp = async (): Promise<void> => {
  const { uri, user, password } = kept.server;
  const driver = neo4jDriver.driver(uri, neo4jDriver.auth.basic(user, password));
  await waitUntilUp(kept.server, driver).finally(() => driver.close());
};
const toSettings = () => ({ ...kept.server, timeoutMs: 20_000, attempts: 2 });

beforeAll(async () => {
  if (obstacle !== undefined) return;
  kept = await startServer({ heap: '512m' });
  await isUp();
}, 300_000);
afterAll(() => kept?.stop(), 60_000);

describe.skipIf(obstacle !== undefined)('a server that is killed and started again', () => {
  test('in the middle of a load: a typed failure, then the load goes on; the service is back by itself', async () => {
    const temp = await openTempCatalog();
    let neo4j: Neo4j | undefined;
    try {
      await temp.interactions(await temp.file('a.csv', `customer,product\n${LINES.join('')}`), PAIR);
      const statements = createStatements(toGraphModel({}).names);
      const rig = await rigForTest({
        cypher: createCypher({ settings: toSettings(), limits: { maxRows: 100, timeoutMs: ANSWER_MS } }),
      });
      const hubs = async () => {
        const { status, json } = await rig.ask('/v1/cypher/hubs?limit=1');
        return { status, code: json.code };
      };
      neo4j = await openNeo4j(toSettings());
      const load = (onProgress?: (progress: { stage: string; done: number }) => void) =>
        loadCatalog(
          temp.catalog,
          { neo4j: neo4j!, statements },
          { batchSize: 40, restart: false, prune: false, onProgress },
        );

      let isKilled = false;
      const loading = load(({ stage, done }) => {
        if (isKilled || stage !== 'load interactions' || done < 400) return;
        isKilled = true;
        kept.kill();
      });
      expect(await failureOf(loading)).toMatchObject({ code: 'NEO4J_UNREACHABLE' });
      expect(await hubs()).toEqual({ status: 503, code: 'NEO4J_UNREACHABLE' });
      expect((await rig.ask('/v1/products/lamp/neighbors')).status).toBe(200);
      expect((await rig.ask('/v1/cypher')).status).toBe(200);

      kept.revive();
      await isUp();
      const back = performance.now() + BACK_MS;
      let answer = await hubs();
      while (answer.code === 'NEO4J_UNREACHABLE' && performance.now() < back) answer = await hubs();
      expect(answer).toEqual({ status: 200, code: undefined });

      // On the same connection: what was committed before the kill is there, and nothing is written twice.
      expect((await load()).resumedAt).toMatchObject({ stage: 'interactions' });
      const rows = await neo4j.rows({
        statement: {
          name: 'of a test',
          text: 'MATCH ()-[i:INTERACTED]->() RETURN sum(i.count) AS events, count(i) AS pairs',
        },
        parameters: {},
      });
      expect(rows).toEqual([{ events: LINES.length, pairs: (await temp.catalog.counts()).pairs }]);
    } finally {
      await neo4j?.close();
      await temp.dispose();
    }
  }, 300_000);
});
