/** The statements as the server sees them: nodes found by index, and ids that look like Cypher stored as ids. */
import { describe, expect, test } from 'vitest';
import { buildSnapshot } from '../../src/graph/snapshot.ts';
import { loadCatalog } from '../../src/neo4j/load.ts';
import { toGraphModel } from '../../src/neo4j/model.ts';
import { migrate } from '../../src/neo4j/schema.ts';
import { createNeo4jSource } from '../../src/neo4j/source.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import { failureOf, openTempCatalog } from '../catalog/temp-catalog.ts';
import { server, useDatabase } from './database.ts';
import { importShop, toBytes } from './shop.ts';

const database = useDatabase();
const model = toGraphModel({});
const statements = createStatements(model.names);

describe.skipIf(!server)('plans', () => {
  const ends = { fromType: 'product', toType: 'attribute', directed: true };
  test.each([
    { path: 'load/customers', parameters: {} },
    { path: 'load/products', parameters: {} },
    { path: 'load/attributes', parameters: {} },
    { path: 'load/product-attributes', parameters: {} },
    { path: 'load/customer-attributes', parameters: {} },
    { path: 'load/interactions', parameters: {} },
    { path: 'load/links', parameters: ends },
  ])('$path finds its nodes by index', async ({ path, parameters }) => {
    await migrate(database.neo4j, statements);
    const operators = await database.plan(statements.get(path).text, { rows: [], ...parameters });
    expect(operators.join(' ')).toMatch(/NodeUniqueIndexSeek/);
    expect(operators.join(' ')).not.toMatch(/Scan/);
  });

  test.each([
    'read/interactions-by-count',
    'read/interactions-by-weight',
    'read/product-attributes',
    'read/customer-attributes',
  ])('%s starts from the nodes it is given', async (path) => {
    const operators = await database.plan(statements.get(path).text, { nodes: [] });
    expect(operators).toContain('NodeByIdSeek');
    expect(operators.join(' ')).not.toMatch(/Scan/);
  });

  test('a database that a newer release has set up is left alone', async () => {
    await migrate(database.neo4j, statements);
    await database.run('MATCH (s:ShelfwalkSchema) SET s.version = 99');
    const failure = await failureOf(migrate(database.neo4j, statements));
    expect(failure).toMatchObject({ code: 'NEO4J_SCHEMA_UNKNOWN', details: { found: 'version 99' } });
    await database.clear();
  });

  test('data that break a constraint are said, and nothing is half set up', async () => {
    await database.run("CREATE (:Product {id: 'twice'}), (:Product {id: 'twice'})");
    expect(await failureOf(migrate(database.neo4j, statements))).toMatchObject({ code: 'NEO4J_CONSTRAINT' });
    await database.run('MATCH (p:Product) DELETE p');
    expect(await migrate(database.neo4j, statements)).toEqual({ from: 1, to: 6 });
  });
});

/** Ten ways to end something early, by ten things to do afterwards. */
const ENDINGS = ["'", '"', '`', '\\', "'}) ", '"})-[:X]->() ', '``', '\\u0027', '*/ ', '$rows '];
const DEEDS = [
  'MATCH (n) DETACH DELETE n //',
  'CREATE (:Pwned) //',
  'RETURN 1 AS x UNION CALL dbms.listConfig() YIELD name RETURN name //',
  'SET n:Admin //',
  "LOAD CSV FROM 'file:///etc/passwd' AS l RETURN l //",
  'CALL { CREATE (:Pwned) } //',
  'DROP CONSTRAINT shelfwalk_product_id //',
  '; DROP TABLE products; --',
  '$(shutdown -h now)',
  '{id: 1} OR 1=1',
];
const PAYLOADS = ENDINGS.flatMap((ending) => DEEDS.map((deed) => `${ending}${deed}`));

describe.skipIf(!server)('text that looks like Cypher', () => {
  test('100 ids, names, types and values come back as they are, and do nothing', async () => {
    await database.clear();
    const temp = await openTempCatalog();
    try {
      await importShop(temp, {
        interactions: PAYLOADS.map((payload, i) => {
          const product = PAYLOADS[(i * 7 + 1) % 100]!;
          return { customer: payload, product, type: PAYLOADS[i % 10]!, ts: null, value: null };
        }),
        products: PAYLOADS.map((payload) => ({ id: payload, name: payload, brand: payload })),
        customers: PAYLOADS.map((payload) => ({ id: payload, name: payload, region: payload })),
        edges: [{ from: PAYLOADS[0]!, to: PAYLOADS[99]!, weight: 2, directed: true }],
      });
      await loadCatalog(
        temp.catalog,
        { neo4j: database.neo4j, statements },
        { batchSize: 64, restart: false, prune: false },
      );
      const options = {
        weighting: { typeWeights: {}, otherTypes: 1, damping: 'log' },
        attributes: true,
      } as const;
      const source = createNeo4jSource(database.neo4j, model);
      const snapshot = await buildSnapshot(source, options);
      expect(toBytes(snapshot)).toEqual(toBytes(await buildSnapshot(temp.catalog, options)));
      expect(new Set(snapshot.ids.slice(0, 100))).toEqual(new Set(PAYLOADS));
      expect(new Set(await source.nodeNames('product'))).toEqual(new Set(PAYLOADS));
      const labels = await database.run(
        'MATCH (n) UNWIND labels(n) AS label RETURN DISTINCT label ORDER BY label',
      );
      expect(labels.map(({ label }) => label)).toEqual([
        'Attribute',
        'Customer',
        'Product',
        'ShelfwalkSchema',
        'ShelfwalkTest',
      ]);
    } finally {
      await temp.dispose();
    }
  });
});
