/**
 * Real data, the whole way: imported, trained, loaded, written, and every query of given nodes says what plain
 * TypeScript says over the same nodes. Lists are asked for long enough for the index's approximation to hold
 * all that counts; what draws its neighbours from short lists (drift, communities) is held on the planted shop.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { toNodeKey } from '../../src/base/ids.ts';
import { toNorm } from '../../src/base/matrix.ts';
import { loadCatalog } from '../../src/neo4j/load.ts';
import { toNames } from '../../src/neo4j/names.ts';
import { runQuery } from '../../src/neo4j/run-query.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import type { WriteReport } from '../../src/neo4j/write-version.ts';
import { importFiles, openWorkspace, train } from '../../src/pipeline/library.ts';
import { OPERATIONS } from '../../src/pipeline/operations.ts';
import type { LoadedVersion } from '../../src/vectors/types.ts';
import { invoke } from '../cli/invocation.ts';
import { findDataset } from '../datasets/find-dataset.ts';
import { onlineRetailSources } from '../datasets/sources.ts';
import { expectSame, queryOf, toValues } from './analytics-cases.ts';
import { type Known, type Parameters, REFERENCE } from './analytics-reference.ts';
import { server, useDatabase } from './database.ts';
import type { Shop, ShopInteraction } from './planted-shop.ts';

const database = useDatabase();
const statements = createStatements(toNames());
const onlineRetail = findDataset('online-retail');
const isHere = Boolean(server && onlineRetail);
const dataDir = isHere ? await mkdtemp(join(tmpdir(), 'shelfwalk-analytics-')) : '';
let known: Known;

beforeAll(async () => {
  if (!isHere) return;
  const workspace = await openWorkspace(dataDir);
  try {
    await importFiles(workspace, onlineRetailSources(onlineRetail!));
    const run = { walk: { walksPerNode: 2 }, train: { embeddingDimension: 16, concurrency: 1 } };
    const trained = await train(workspace, { run, evaluate: false });
    const version = await workspace.versions.load(trained.version);
    await loadCatalog(
      workspace.catalog,
      { neo4j: database.neo4j, statements },
      { batchSize: 5000, restart: false, prune: false },
    );
    known = { shop: await readShop(), vectors: toVectors(version), spaceId: version.manifest.spaceId };
  } finally {
    await workspace.close();
  }
  await writeByCommand();
}, 600_000);
/** As a person does, by the alias that the training moved. */
async function writeByCommand(): Promise<void> {
  const { uri, user, password } = server!;
  const environment = { NEO4J_URI: uri, NEO4J_USER: user, NEO4J_PASSWORD: password };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value); // of who does the work
  const asked = ['neo4j', 'write', 'prod', '--keep', '1', '--batch-size', '500', '--data-dir', dataDir];
  const done = await invoke([...asked, '--json'], { environment, operations: OPERATIONS });
  vi.unstubAllEnvs();
  expect(done.code, done.errors).toBe(0);
  const { missing, types } = JSON.parse(done.out) as WriteReport;
  expect(missing).toBe(0);
  for (const { vectors, embedded } of Object.values(types)) expect(embedded).toBe(vectors);
}
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** What Neo4j holds, by the plainest statements there are. */
async function readShop(): Promise<Shop> {
  const ids = await database.run('MATCH (c:Customer) RETURN c.id AS id');
  const products = await database.run(
    'MATCH (p:Product) RETURN p.id AS id, [(p)-[:HAS]->(a:Attribute) | a.kind + "/" + a.value] AS attributes',
  );
  const attributes = await database.run('MATCH (a:Attribute) RETURN a.kind + "/" + a.value AS id');
  const interactions = await database.run(
    'MATCH (c:Customer)-[i:INTERACTED]->(p:Product) RETURN c.id AS customer, p.id AS product, i.type AS type, i.weight AS weight',
  );
  return {
    customers: ids.map(({ id }) => id as string),
    products: products.map((row) => ({
      ...(row as { id: string; attributes: string[] }),
      inStock: undefined,
    })),
    attributes: attributes.map(({ id }) => id as string),
    interactions: interactions as unknown as ShopInteraction[],
  };
}

function toVectors({ nodes, vectors }: LoadedVersion): Known['vectors'] {
  const rows = nodes.ranges.flatMap(({ type, start, end }) =>
    Array.from(
      { length: end - start },
      (_, i) => [toNodeKey(type, nodes.ids[start + i]!), vectors.row(start + i)] as const,
    ),
  );
  return new Map(rows.filter(([, vector]) => toNorm(vector) > 0));
}

const ALL = 10_000;
const CASES: readonly { readonly name: string; readonly given: Parameters }[] = [
  { name: 'nearest-products', given: { productId: '85123A', candidates: ALL, limit: 50 } },
  {
    name: 'nearest-products',
    given: { productId: '22423', candidates: ALL, notBoughtBy: '17850', brandKind: 'kind', brand: 'same' },
  },
  { name: 'similar-customers', given: { customerId: '17850', limit: 1000 } },
  { name: 'bought-by-similar-customers', given: { customerId: '13047', neighbors: 1000, limit: 100 } },
  { name: 'look-alike-audience', given: { customerIds: ['17850', '13047', '12583'], limit: 1000 } },
  {
    name: 'substitutes-and-complements',
    given: { productId: '85123A', candidates: ALL, minLift: 3, minCosine: 0.7, limit: 1000 },
  },
  { name: 'customer-attribute-affinity', given: { customerId: '17850', limit: 50 } },
  { name: 'segment-attribute-affinity', given: { customerIds: ['17850', '13047', '12583'] } },
  { name: 'explain-recommendation', given: { customerId: '17850', productId: '22423', limit: 100 } },
  { name: 'explain-recommendation', given: { customerId: '12583', productId: '85123A', limit: 1000 } },
  { name: 'cold-products', given: { maxInteractions: 1, limit: 50, candidates: ALL } },
  { name: 'hubs', given: {} },
];

type Row = Readonly<Record<string, unknown>>;
const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const RESOLUTION = 1e-5; // as in expectSame: f32 on the one side, f64 on the other

/**
 * Among thousands of cosines some differ by less than they are exact: such rows may change places, and one
 * that the limit cuts off here may come just before it there. All else is the same.
 */
function expectSameButTies(actual: readonly Row[], expected: readonly Row[]): void {
  const toKey = (row: Row) =>
    JSON.stringify(Object.values(row).filter((value) => typeof value === 'string' || isTexts(value)));
  const [score] = Object.keys(actual[0]!).filter(
    (name) => !Number.isInteger(actual[0]![name]) && typeof actual[0]![name] === 'number',
  );
  const toScore = (row: Row) => (score === undefined ? 0 : (row[score] as number));
  const byKey = new Map(expected.map((row) => [toKey(row), row]));
  const isAtTheEnd = (row: Row) => Math.abs(toScore(row) - toScore(expected.at(-1)!)) <= RESOLUTION;
  expect(actual).toHaveLength(expected.length);
  for (const [i, row] of actual.entries()) {
    expect(Math.abs(toScore(row) - toScore(expected[i]!)), `row ${i}`).toBeLessThanOrEqual(RESOLUTION);
    const same = byKey.get(toKey(row));
    if (same) expectSame([row], [same]);
    else expect(isAtTheEnd(row), `row ${i}: ${toKey(row)}`).toBe(true);
  }
}

describe.skipIf(!isHere)('online-retail', () => {
  test.each(CASES)(
    '$name says what TypeScript says of $given',
    async ({ name, given }) => {
      const values = toValues(name, given);
      const limits = { maxRows: 10_000, timeoutMs: 60_000 };
      const { rows } = await runQuery({
        neo4j: database.neo4j,
        statements,
        query: queryOf(name),
        values,
        limits,
      });
      expect(rows.length).toBeGreaterThan(0);
      expectSameButTies(rows, REFERENCE[name]!(known, values));
    },
    120_000,
  );
});
