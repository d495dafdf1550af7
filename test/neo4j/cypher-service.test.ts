/**
 * Queries by HTTP and by the command line against a real server: the same answers, typed refusals, a service
 * that goes on without Neo4j, and statements of others that can read the graph and nothing else.
 */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { toNames } from '../../src/neo4j/names.ts';
import { migrate } from '../../src/neo4j/schema.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import { createCypher } from '../../src/pipeline/cypher.ts';
import { neo4jWriteOperation } from '../../src/pipeline/operations/neo4j-vectors.operation.ts';
import { invoke } from '../cli/invocation.ts';
import { fakeShop, IDS as NODE_IDS } from '../serve/fakes.ts';
import { type Rig, rigForTest } from '../serve/rig.ts';
import { server, toSettings, useDatabase } from './database.ts';
import { loadShop, type Shop } from './planted-shop.ts';

const ADMIN = 'an-admin-key-for-tests';
const database = useDatabase();
const shop: Shop = {
  customers: NODE_IDS.customer,
  products: NODE_IDS.product.map((id) => ({ id, inStock: true, attributes: ['aisle/24'] })),
  attributes: NODE_IDS.attribute,
  interactions: [{ customer: 'ada', product: 'lamp', type: 'purchase', weight: 1 }],
};
const environment = () => ({
  NEO4J_URI: server!.uri,
  NEO4J_USER: server!.user,
  NEO4J_PASSWORD: server!.password,
});
const LIMITS = { maxRows: 100, timeoutMs: 20_000 };

async function write(): Promise<void> {
  for (const [name, value] of Object.entries(environment())) vi.stubEnv(name, value);
  const { workspace } = await fakeShop();
  const report = await neo4jWriteOperation.run(workspace, neo4jWriteOperation.input.parse({}), {});
  expect(report).toMatchObject({ version: 'v1', spaceId: 's1', missing: 0 });
  vi.unstubAllEnvs();
}

beforeAll(async () => {
  if (!server) return;
  await migrate(database.neo4j, createStatements(toNames()));
  await loadShop(database, shop);
  await write();
});

describe.skipIf(!server)('a query', () => {
  test('by HTTP, by the command line and in the library says the same', async () => {
    const cypher = createCypher({ settings: toSettings(), limits: LIMITS });
    const rig = await rigForTest({ cypher });
    const { json } = await rig.ask('/v1/cypher/nearest-products?productId=sku%2F7&limit=3');
    expect(json).toMatchObject({
      query: 'nearest-products',
      truncated: false,
      model: { version: 'v1', spaceId: 's1' },
    });
    expect(json.results).toHaveLength(3);
    const asked = ['cypher', 'nearest-products', '--param', 'productId=sku/7', '--param', 'limit=3'];
    const said = await invoke([...asked, '--json'], { environment: environment() });
    expect(JSON.parse(said.out).results).toEqual(json.results);
    const { out } = await invoke(asked, { environment: environment() });
    expect(out.split('\n')[0]).toMatch(/^productId +cosine$/);
    expect(out).toContain('3 rows · ');
    const list = await rig.ask('/v1/cypher/look-alike-audience?customerIds=ada&customerIds=bob&limit=2');
    expect(list.json.results).toHaveLength(2);
  });

  test.each([
    { path: 'nearest-products?productId=nowhere', status: 404, code: 'NODE_UNKNOWN' },
    { path: 'nearest-products?productId=lonely', status: 409, code: 'NODE_NOT_EMBEDDED' },
    { path: 'nearest-products?productId=lamp&limit=many', status: 400, code: 'REQUEST_INVALID' },
    { path: 'version-drift?from=v9', status: 404, code: 'VERSION_UNKNOWN' },
    { path: 'nothing', status: 404, code: 'ROUTE_UNKNOWN' },
  ])('$path → $code', async ({ path, status, code }) => {
    const rig = await rigForTest({ cypher: createCypher({ settings: toSettings(), limits: LIMITS }) });
    const reply = await rig.ask(`/v1/cypher/${path}`);
    expect(reply.status).toBe(status);
    expect(reply.json.code).toBe(code);
  });

  test.each([
    { args: ['nowhere'], code: 2, said: 'CYPHER_UNKNOWN' },
    { args: ['hubs', '--param', 'limit'], code: 2, said: 'USAGE_INVALID' },
    { args: ['hubs', '--param', 'limit=0'], code: 2, said: 'integer 1..1000' },
    { args: ['hubs', '--param', '__proto__=0'], code: 2, said: 'one of limit' },
    { args: ['nearest-products', '--param', 'productId=nowhere'], code: 3, said: 'NODE_UNKNOWN' },
  ])('$args ends with $code', async ({ args, code, said }) => {
    const done = await invoke(['cypher', ...args], { environment: environment() });
    expect(done.code, done.errors).toBe(code);
    expect(done.errors).toContain(said);
  });
});

describe.skipIf(!server)('without Neo4j', () => {
  test.each([
    { settings: undefined, code: 'NEO4J_NOT_CONFIGURED' },
    {
      settings: {
        uri: 'bolt://127.0.0.1:1',
        user: 'neo4j',
        password: 'secret-0815',
        timeoutMs: 3000,
        attempts: 2,
      },
      code: 'NEO4J_UNREACHABLE',
    },
  ])('queries say $code, and the rest is served', async ({ settings, code }) => {
    const rig = await rigForTest({ cypher: createCypher({ settings, limits: LIMITS }) });
    const reply = await rig.ask('/v1/cypher/hubs');
    expect(reply.status, reply.text).toBe(503);
    expect(reply.json.code).toBe(code);
    expect(reply.text).not.toMatch(/secret-0815|bolt:/);
    expect((await rig.ask('/v1/products/lamp/neighbors')).status).toBe(200);
    expect((await rig.ask('/v1/cypher')).json.results).toHaveLength(13);
  });

  test('with a database where nothing is written, they say so', async () => {
    const environmentHere = environment();
    expect((await invoke(['neo4j', 'unwrite'], { environment: environmentHere })).out).toMatch(
      /taken out: v1; [\s\S]*left of ours: 0 properties of nodes, 0 indexes, 0 versions/,
    );
    const done = await invoke(['cypher', 'similar-customers', '--param', 'customerId=ada'], {
      environment: environmentHere,
    });
    expect(done).toMatchObject({ code: 3 });
    expect(done.errors).toContain('NEO4J_NOT_WRITTEN');
    expect((await invoke(['cypher', 'hubs'], { environment: environmentHere })).code).toBe(0);
    await write();
  });
});

describe.skipIf(!server)('a statement of one’s own', () => {
  const ask = async (rig: Rig, query: string, parameters = {}) =>
    rig.ask('/v1/cypher', { method: 'POST', body: { query, parameters }, headers: { 'x-api-key': ADMIN } });
  const open = (limits = LIMITS) =>
    rigForTest({
      cypher: createCypher({ settings: toSettings(), limits }),
      config: {
        freeCypher: true,
        apiKeys: [
          { scope: 'admin', key: ADMIN },
          { scope: 'read', key: 'a-reading-key-for-tests' },
        ],
      },
    });

  test('is run when it reads, with parameters, and comes back as JSON', async () => {
    const rig = await open();
    const { json } = await ask(
      rig,
      'MATCH path = (c:Customer {id: $id})-[i:INTERACTED]->(p) RETURN c, i, path, date("2026-01-02") AS day, [1, 2.5] AS list',
      { id: 'ada' },
    );
    const [row] = json.results;
    expect(row.c).toMatchObject({ labels: ['Customer'], properties: { id: 'ada' } });
    expect(row.i).toEqual({ type: 'INTERACTED', properties: { type: 'purchase', weight: 1 } });
    expect(row.path.nodes).toHaveLength(2);
    expect(row).toMatchObject({ day: '2026-01-02', list: [1, 2.5] });
    expect((await ask(rig, 'CALL db.labels() YIELD label RETURN label')).status).toBe(200);
    expect((await ask(rig, 'MATCH (n) CALL (n) { RETURN n.id AS id } RETURN id LIMIT 1')).status).toBe(200);
  });

  test('ends after its time and its rows', async () => {
    const rig = await open({ maxRows: 5, timeoutMs: 1000 });
    expect((await ask(rig, 'UNWIND range(1, 9) AS n RETURN n')).json).toMatchObject({
      truncated: true,
      results: [1, 2, 3, 4, 5].map((n) => ({ n })),
    });
    const late = await ask(
      rig,
      'UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN count(*) AS n',
    );
    expect({ status: late.status, code: late.json.code }).toEqual({ status: 504, code: 'NEO4J_TIMEOUT' });
  });

  const FILE = 'file:///etc/hosts';
  test.each([
    'CREATE (n:Evil)',
    'MATCH (n) SET n.evil = 1',
    'MATCH (n) DETACH DELETE n',
    'CREATE INDEX evil FOR (n:Evil) ON (n.x)',
    'CALL db.create.setNodeVectorProperty(null, "a", [1.0])',
    `LOAD CSV FROM '${FILE}' AS line RETURN line`,
    `LOAD/* */CSV FROM '${FILE}' AS line RETURN line`,
    `LO\\u0041D CSV FROM '${FILE}' AS line RETURN line`,
    `RETURN CASE WHEN true THEN COLLECT { LOAD CSV FROM '${FILE}' AS line RETURN line } END AS x`,
    `RETURN "/*" AS a, [x IN [1] | COLLECT { LOAD CSV FROM '${FILE}' AS line RETURN line }] AS b, "*/" AS c`,
    'SHOW SETTINGS',
    'SHOW TRANSACTIONS',
    'TERMINATE TRANSACTION "a"',
    'SHOW USERS',
    'CALL dbms.components()',
    'CALL dbms.listConfig()',
    'CALL db.clearQueryCaches()',
    'RETURN CASE WHEN true THEN COLLECT { CALL tx.getMetaData() YIELD metadata RETURN metadata } END AS x',
    'CALL `tx`.getMetaData()',
    'MATCH (n) CALL (n) { SET n.evil = 1 } IN TRANSACTIONS',
  ])('is refused: %s', async (query) => {
    const reply = await ask(await open(), query);
    expect([403, 422], reply.text).toContain(reply.status);
    expect(reply.json.code).toMatch(/^CYPHER_REFUSED$|^NEO4J_STATEMENT_REFUSED$/);
    expect(await database.run('MATCH (n) WHERE n.evil IS NOT NULL OR n:Evil RETURN n')).toEqual([]);
  });

  test('needs the setting and a key of scope admin', async () => {
    const rig = await rigForTest({ cypher: createCypher({ settings: toSettings(), limits: LIMITS }) });
    expect((await ask(rig, 'RETURN 1')).status).toBe(405);
    const reading = await (await open()).ask('/v1/cypher', {
      method: 'POST',
      body: { query: 'RETURN 1' },
      headers: { 'x-api-key': 'a-reading-key-for-tests' },
    });
    expect(reading.json.code).toBe('FORBIDDEN');
  });
});
