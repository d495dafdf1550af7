/**
 * A version that was trained from a graph in Neo4j, refreshed from it: what changed there is found by
 * comparing graphs, and where nothing did, that is told from a few counts without reading it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { NODE_TYPES } from '../../src/base/ids.ts';
import { toGraphModel } from '../../src/neo4j/model.ts';
import { migrate } from '../../src/neo4j/schema.ts';
import { createNeo4jSource } from '../../src/neo4j/source.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import type { RefreshResult } from '../../src/pipeline/refresh-types.ts';
import { openWorkspace } from '../../src/pipeline/workspace.ts';
import type { LoadedVersion } from '../../src/vectors/types.ts';
import { invoke } from '../cli/invocation.ts';
import { server, useDatabase } from './database.ts';

const database = useDatabase();
let dir: string;

/** Two tastes, 60 customers and 40 products. */
const SALES = Array.from({ length: 60 }, (_, c) =>
  Array.from({ length: 8 }, (_, i) => `c${c},p${(c % 2) + 2 * ((c + 3 * i * i) % 20)},2024-01-0${1 + i}\n`),
).flat();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shelfwalk-neo4j-refresh-'));
  await writeFile(join(dir, 'sales.csv'), `customer,product,ts\n${SALES.join('')}`);
  const columns = '--customer customer --product product --timestamp ts'.split(' ');
  await done('data', 'import', 'interactions', join(dir, 'sales.csv'), ...columns);
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(async () => {
  if (!server) return;
  vi.stubEnv('NEO4J_URI', server.uri);
  vi.stubEnv('NEO4J_USER', server.user);
  vi.stubEnv('NEO4J_PASSWORD', server.password);
  await database.clearGraph();
  await done('data', 'neo4j', 'load');
  await rm(join(dir, 'from'), { recursive: true, force: true });
  const settings = '--walks-per-node 10 --dimension 16 --concurrency 1 --no-evaluate'.split(' ');
  await done('from', 'train', '--source', server.uri, ...settings);
});
afterEach(() => vi.unstubAllEnvs());

async function done<T>(dataDir: string, ...args: string[]): Promise<T> {
  const { out, code } = await invoke([...args, '--data-dir', join(dir, dataDir), '--json']);
  expect(code, out).toBe(0);
  return JSON.parse(out) as T;
}
const refresh = (...args: string[]) =>
  done<RefreshResult>('from', 'refresh', '--source', server!.uri, '--min-change', '0.1', ...args);

async function served(): Promise<LoadedVersion> {
  const workspace = await openWorkspace(join(dir, 'from'));
  const version = await workspace.versions.load(await workspace.versions.resolve('prod'));
  await workspace.close();
  return version;
}

/** `customer c0` → both of its rows, as text. */
function rowsOf({ nodes, vectors, contexts }: LoadedVersion): Map<string, string> {
  const rows = new Map<string, string>();
  for (const type of NODE_TYPES) {
    const range = nodes.ranges.find((r) => r.type === type)!;
    for (let row = range.start; row < range.end; row++)
      rows.set(`${type} ${nodes.ids[row]}`, `${vectors.row(row)} ${contexts!.row(row)}`);
  }
  return rows;
}

const buy = (customer: string, product: string, type: string) =>
  database.run(
    `MERGE (c:Customer {id: $customer}) ON CREATE SET c.name = '' MERGE (p:Product {id: $product}) ON CREATE SET p.name = ''
     MERGE (c)-[i:INTERACTED {type: $type}]->(p) ON CREATE SET i.count = 0
     SET i.count = i.count + 1`,
    { customer, product, type },
  );

const UNREAD = expect.stringContaining('was not read');

describe.skipIf(!server)('refresh --source', () => {
  test('what changed in Neo4j is found, and only that moves', async () => {
    const before = await served();
    for (const product of ['p0', 'p2', 'fresh']) await buy('new', product, 'purchase');
    await buy('c0', 'fresh', 'purchase');
    const { mode, plan, published } = await refresh();
    expect(mode).toBe('local');
    expect(plan).toMatchObject({ newNodes: 2, goneNodes: 0, moving: { new: 2 } });
    const after = await served();
    expect(after.manifest).toMatchObject({ id: published!.version, spaceId: before.manifest.spaceId });
    const [old, now] = [rowsOf(before), rowsOf(after)];
    const moved = [...now].filter(([node, rows]) => rows !== old.get(node)).map(([node]) => node);
    expect(moved).toEqual(expect.arrayContaining(['customer new', 'product fresh']));
    const { moving, frozen } = plan!;
    expect(moved.length).toBeLessThanOrEqual(moving!.new + moving!.changed + moving!.neighbors);
    expect(now.size - moved.length).toBeGreaterThanOrEqual(frozen!);
    expect(frozen).toBeGreaterThan(now.size / 2);
    expect(await refresh()).toMatchObject({ mode: 'none' });
  }, 120_000);

  test('nothing changed: told without reading the graph, unless reading is asked for', async () => {
    expect(await refresh()).toEqual({
      alias: 'prod',
      parent: (await served()).manifest.id,
      mode: 'none',
      reason: UNREAD,
    });
    expect(await refresh('--dry-run')).toMatchObject({ mode: 'none', reason: UNREAD });
    expect(await refresh('--ignore-watermark')).toMatchObject({
      mode: 'none',
      reason: 'nothing has changed',
    });
    expect(await refresh('--mode', 'local')).toMatchObject({ mode: 'none', reason: 'nothing has changed' });
  }, 120_000);

  test.each([
    ['a node', "CREATE (:Product {id: 'x', name: ''})"],
    [
      'a relationship',
      "MATCH (c:Customer {id: 'c0'}), (p:Product {id: 'p1'}) CREATE (c)-[:INTERACTED {type: 'view', count: 1}]->(p)",
    ],
    ['one less', "MATCH (:Customer {id: 'c0'})-[i:INTERACTED]->() WITH i LIMIT 1 DELETE i"],
    [
      'a newer event',
      "MATCH (:Customer {id: 'c0'})-[i:INTERACTED]->() WITH i LIMIT 1 SET i.count = 9, i.lastAt = datetime('2025-01-01')",
    ],
  ])(
    '%s is seen',
    async (_, change) => {
      await database.run(change);
      expect((await refresh('--dry-run')).reason).not.toEqual(UNREAD);
    },
    120_000,
  );

  test('a load is seen, even of the same', async () => {
    await done('data', 'neo4j', 'load');
    expect((await refresh()).reason).toBe('nothing has changed');
  }, 120_000);

  test('what alters no count and is no newer event is not seen, and a full look finds it', async () => {
    await database.run("MATCH (:Customer {id: 'c0'})-[i:INTERACTED]->() SET i.count = i.count + 50");
    expect((await refresh()).reason).toEqual(UNREAD);
    const found = await refresh('--ignore-watermark', '--dry-run');
    expect([found.mode, found.plan!.moving!.changed > 0]).toEqual(['local', true]);
  }, 120_000);

  test('under other names, or a part by queries, it is another graph: it is read', async () => {
    const mark = (model: Parameters<typeof toGraphModel>[0]) =>
      createNeo4jSource(database.neo4j, toGraphModel(model)).mark();
    const ours = await mark({});
    expect(ours).toMatchObject({
      customers: 60,
      products: 40,
      newestAt: expect.stringMatching(/^2024-01-08/),
    });
    expect(await mark({})).toEqual(ours);
    expect(await mark({ strength: 'weight' })).not.toEqual(ours);
    expect(await mark({ queries: { customers: 'MATCH (c:Customer) RETURN c.id AS id' } })).toBeUndefined();
  }, 120_000);

  test('the mark is counts and one look into an index, whatever is in the graph', async () => {
    const statements = createStatements(toGraphModel({}).names);
    await migrate(database.neo4j, statements);
    const operators = await database.plan(statements.get('read/changed-since').text);
    const text = operators.join(' ');
    expect(text).toMatch(/RelationshipIndexScan/);
    expect(text).not.toMatch(/AllNodesScan|RelationshipTypeScan|Sort|Top/);
  }, 120_000);
});
