/**
 * The embedded catalog and its copy in Neo4j give the same answers on random shops: what `graph stats` and
 * `graph lint` say, neighbours and recommendations of the versions trained from either, and the nearest
 * products that Neo4j's own index finds. (Snapshots byte for byte: load-and-read.test.ts.)
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { compareIds } from '../../src/base/ids.ts';
import { buildSnapshot } from '../../src/graph/snapshot.ts';
import { createExactIndex } from '../../src/neighbors/exact.ts';
import { loadCatalog } from '../../src/neo4j/load.ts';
import { toGraphModel } from '../../src/neo4j/model.ts';
import { unwrite } from '../../src/neo4j/remove-version.ts';
import { runQuery } from '../../src/neo4j/run-query.ts';
import { createNeo4jSource } from '../../src/neo4j/source.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import { writeVersion } from '../../src/neo4j/write-version.ts';
import { graphLintOperation, graphStatsOperation } from '../../src/pipeline/operations/graph.operation.ts';
import { trainOperation } from '../../src/pipeline/operations/train.operation.ts';
import { serverConfigSchema } from '../../src/pipeline/server-config.ts';
import type { Workspace } from '../../src/pipeline/workspace.ts';
import { startServer } from '../../src/serve/server.ts';
import type { LoadedVersion } from '../../src/vectors/types.ts';
import { openVersionStore } from '../../src/vectors/version-store.ts';
import { openTempCatalog, PAIR, type TempCatalog } from '../catalog/temp-catalog.ts';
import { silent } from '../serve/fakes.ts';
import { ask } from '../serve/rig.ts';
import { queryOf, toValues } from './analytics-cases.ts';
import { server, useDatabase } from './database.ts';
import { importShop, type Shop, shops, toBytes } from './shop.ts';

const database = useDatabase();
const model = toGraphModel({});
const statements = createStatements(model.names);

beforeEach(() => {
  vi.stubEnv('NEO4J_URI', server?.uri);
  vi.stubEnv('NEO4J_USER', server?.user);
  vi.stubEnv('NEO4J_PASSWORD', server?.password);
});
afterEach(() => vi.unstubAllEnvs());

/** The shop in a data directory, and in Neo4j. */
async function withBoth(
  fill: (temp: TempCatalog) => Promise<unknown>,
  work: (workspace: Workspace) => Promise<void>,
): Promise<void> {
  await unwrite(database.neo4j, statements);
  await database.clearGraph();
  const temp = await openTempCatalog();
  try {
    await fill(temp);
    await loadCatalog(
      temp.catalog,
      { neo4j: database.neo4j, statements },
      { batchSize: 9, restart: false, prune: false },
    );
    const versions = await openVersionStore(join(temp.dir, 'models'));
    await work({ dataDir: temp.dir, catalog: temp.catalog, versions, close: async () => {} });
  } finally {
    await temp.dispose();
  }
}

describe.skipIf(!server)('the catalog and its copy in Neo4j', () => {
  const graphs = [
    {},
    { typeWeights: { view: 0.2, unheard: 2 }, otherTypes: 0.5 },
    { typeWeights: { purchase: 1 }, otherTypes: 0, attributes: false },
  ];
  test('graph stats and graph lint say the same', async () => {
    await fc.assert(
      fc.asyncProperty(shops, fc.constantFrom(...graphs), async (shop, graph) => {
        await withBoth(
          (temp) => importShop(temp, shop),
          async (workspace) => {
            for (const operation of [graphStatsOperation, graphLintOperation]) {
              const answer = (input: object) =>
                operation.run(workspace, operation.input.parse({ graph, ...input }), {});
              expect(await answer({ source: {} })).toEqual(await answer({}));
            }
          },
        );
      }),
      { numRuns: 12 },
    );
  }, 300_000);

  test('versions trained from either give the same replies over HTTP, and Neo4j finds the same neighbours', async () => {
    await fc.assert(
      fc.asyncProperty(shops, async (shop) => {
        await withBoth(
          (temp) => importShop(temp, shop),
          async (workspace) => {
            await train(workspace, 'here');
            await train(workspace, 'there');
            await compareReplies(workspace, shop);
            const { versions } = workspace;
            await compareNearest(withTwins(await versions.load(await versions.resolve('there'))));
          },
        );
      }),
      { numRuns: 6 },
    );
  }, 300_000);

  test('whole numbers beyond 2^53, text here and INTEGER there, come out digit for digit', async () => {
    const numbers = fc.uniqueArray(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), {
      minLength: 2,
      maxLength: 5,
    });
    const near = fc.constantFrom(
      [2n ** 53n, 2n ** 53n + 1n],
      [-(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)],
    );
    await fc.assert(
      fc.asyncProperty(numbers, fc.oneof(numbers, near), fc.nat(), async (customers, products, step) => {
        const pairs = Array.from({ length: 6 }, (_, i) => [
          String(customers[i % customers.length]),
          String(products[(i * step) % products.length]),
        ]);
        const read = await readByQueries(pairs);
        const temp = await openTempCatalog();
        try {
          const lines = pairs.map(([customer, product]) => `${customer},${product}\n`);
          await temp.interactions(await temp.file('a.csv', `customer,product\n${lines.join('')}`), PAIR);
          expect(toBytes(read)).toEqual(toBytes(await freeze(temp.catalog)));
          expect(new Set(read.ids)).toEqual(new Set(pairs.flat()));
        } finally {
          await temp.dispose();
        }
      }),
      { numRuns: 15 },
    );
  }, 300_000);
});

const freeze = (source: Parameters<typeof buildSnapshot>[0]) =>
  buildSnapshot(source, {
    weighting: { typeWeights: {}, otherTypes: 1, damping: 'log' },
    attributes: true,
  });

/** A graph of another shape, whose numbers are INTEGER properties; its queries return them as text. */
async function readByQueries(pairs: readonly (readonly string[])[]): ReturnType<typeof freeze> {
  await database.clearGraph();
  await database.run(
    `UNWIND $pairs AS pair MERGE (c:Buyer {nr: toInteger(pair[0])}) MERGE (p:Article {nr: toInteger(pair[1])})
     CREATE (c)-[:BOUGHT]->(p)`,
    { pairs },
  );
  const [types] = await database.run(
    'MATCH (n:Buyer|Article) RETURN collect(DISTINCT valueType(n.nr)) AS types',
  );
  expect(types).toEqual({ types: ['INTEGER NOT NULL'] });
  const queries = {
    customers: 'MATCH (c:Buyer) RETURN toString(c.nr) AS id',
    products: 'MATCH (p:Article) RETURN toString(p.nr) AS id',
    interactions: `MATCH (c:Buyer)-[:BOUGHT]->(p:Article)
      RETURN toString(c.nr) AS customer, toString(p.nr) AS product, count(*) AS count`,
    attributes: "WITH 1 AS none WHERE false RETURN '' AS product, '' AS kind, '' AS value",
  };
  return freeze(createNeo4jSource(database.neo4j, toGraphModel({ queries })));
}

const RUN = {
  walk: { walksPerNode: 4, walkLength: 8 },
  train: { embeddingDimension: 8, concurrency: 1, randomSeed: 3 },
};

async function train(workspace: Workspace, alias: 'here' | 'there'): Promise<void> {
  const source = alias === 'there' ? {} : undefined;
  const input = trainOperation.input.parse({ run: RUN, alias, evaluate: false, source });
  await trainOperation.run(workspace, input, {});
}

/** Everything that can be asked of a node, of both versions: the same but for the version's own name. */
async function compareReplies(workspace: Workspace, { interactions }: Shop): Promise<void> {
  const config = serverConfigSchema.parse({ port: 0, alias: 'here' });
  const { url, close } = await startServer({ workspace, operations: [], config, log: silent });
  const reply = async (path: string, alias: string) => {
    const { status, json } = await ask(url, `${path}?limit=100&model=${alias}`);
    return { status, ...json, model: undefined, tookMs: undefined };
  };
  const segment = (id: string) => encodeURIComponent(id);
  try {
    let found = 0;
    const customers = new Set(interactions.map(({ customer }) => customer));
    const products = new Set(interactions.map(({ product }) => product));
    for (const path of [
      ...[...customers].map((id) => `/v1/customers/${segment(id)}/recommendations`),
      ...[...customers].map((id) => `/v1/customers/${segment(id)}/neighbors`),
      ...[...products].map((id) => `/v1/products/${segment(id)}/neighbors`),
    ]) {
      const there = await reply(path, 'there');
      expect(there, path).toEqual(await reply(path, 'here'));
      expect(there.status, JSON.stringify(there)).toBe(200);
      found += there.results.length;
    }
    // Two nodes of one type are each other's neighbours; a shop with one of each has nothing to say.
    if (products.size > 1 || customers.size > 1) expect(found).toBeGreaterThan(0);
  } finally {
    await close();
  }
}

/** Every other product gets the vector of the one before it, so that ids have to decide. */
function withTwins(version: LoadedVersion): LoadedVersion {
  const { ranges, degrees } = version.nodes;
  const { start, end } = ranges.find(({ type }) => type === 'product')!;
  for (let row = start + 1; row < end; row += 2) {
    if (degrees[row]! > 0 && degrees[row - 1]! > 0)
      version.vectors.row(row).set(version.vectors.row(row - 1));
  }
  return version;
}

/** Neo4j's index and its cosine in f32 against our exact search: the same ids in the same order, ties by id. */
async function compareNearest(version: LoadedVersion): Promise<void> {
  await writeVersion(database.neo4j, statements, version, { batchSize: 100, keep: 1 });
  const { nodes, vectors } = version;
  const range = nodes.ranges.find(({ type }) => type === 'product')!;
  const index = await createExactIndex(vectors, { metric: 'cosine' });
  for (let row = range.start; row < range.end; row++) {
    if (nodes.degrees[row] === 0) continue;
    const hits = await index.search(vectors.row(row), { limit: 1000, range, exclude: [row] });
    const cosines = new Map(hits.map((hit) => [nodes.ids[hit.row]!, hit.score]));
    const { rows } = await runQuery({
      neo4j: database.neo4j,
      statements,
      query: queryOf('nearest-products'),
      values: toValues('nearest-products', { productId: nodes.ids[row]!, limit: 1000, candidates: 1000 }),
      limits: { maxRows: 1000, timeoutMs: 30_000 },
    });
    const found = rows as readonly { readonly productId: string; readonly cosine: number }[];
    expect(found.map(({ productId }) => productId).sort()).toEqual([...cosines.keys()].sort());
    for (const [i, { productId, cosine }] of found.entries()) {
      const own = cosines.get(productId)!;
      expect(Math.abs(cosine - own)).toBeLessThanOrEqual(1e-5);
      const next = found[i + 1];
      if (!next) continue;
      // f32 may turn round what is closer than its rounding; what is equal here is equal there.
      const gap = own - cosines.get(next.productId)!;
      expect(gap).toBeGreaterThan(-1e-5);
      if (gap === 0) expect(compareIds(productId, next.productId)).toBeLessThan(0);
    }
  }
  await index.close();
}
