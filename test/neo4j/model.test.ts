/** Graphs of another shape: Northwind, where a purchase is a path, read by queries; weights in place of counts; dirt. */
import { beforeEach, describe, expect, test } from 'vitest';
import { buildSnapshot } from '../../src/graph/snapshot.ts';
import type { EdgeWeighting } from '../../src/graph/types.ts';
import { type GraphModelInput, toGraphModel } from '../../src/neo4j/model.ts';
import { createNeo4jSource } from '../../src/neo4j/source.ts';
import { failureOf } from '../catalog/temp-catalog.ts';
import { createMemorySource, type MemoryData } from '../graph/memory-source.ts';
import { server, useDatabase } from './database.ts';
import { toBytes } from './shop.ts';

const database = useDatabase();
beforeEach(() => database.clear());

const DEFAULT: EdgeWeighting = { typeWeights: {}, otherTypes: 1, damping: 'log' };
const open = (model: GraphModelInput) => createNeo4jSource(database.neo4j, toGraphModel(model));
const freeze = (model: GraphModelInput, weighting = DEFAULT) =>
  buildSnapshot(open(model), { weighting, attributes: true });

/** Ids as in Northwind: text for customers, whole numbers for products. ALFKI bought chai twice, in two orders. */
const NORTHWIND = `
  CREATE (a:Customer {customerID: 'ALFKI', companyName: 'Alfreds Futterkiste'}),
    (b:Customer {customerID: 'BÖLID', companyName: 'Bólido'}), (c:Customer {customerID: 'QUIET'}),
    (chai:Product {productID: 1, productName: 'Chai'}), (chang:Product {productID: 2, productName: 'Chang'}),
    (tofu:Product {productID: 14, productName: 'Tofu'}), (none:Product {productID: 99, productName: 'Never sold'}),
    (drinks:Category {categoryName: 'Beverages'}), (food:Category {categoryName: 'Produce/Fresh'}),
    (chai)-[:PART_OF]->(drinks), (chang)-[:PART_OF]->(drinks), (tofu)-[:PART_OF]->(food),
    (a)-[:PURCHASED]->(o1:Order)-[:ORDERS {quantity: 10}]->(chai), (o1)-[:ORDERS {quantity: 2}]->(tofu),
    (a)-[:PURCHASED]->(:Order)-[:ORDERS {quantity: 1}]->(chai),
    (b)-[:PURCHASED]->(o3:Order)-[:ORDERS {quantity: 5}]->(chang), (o3)-[:ORDERS {quantity: 5}]->(tofu)`;

const QUERIES: GraphModelInput = {
  names: { Customer: { id: 'customerID', name: 'companyName' } },
  queries: {
    products: 'MATCH (p:Product) RETURN p.productID AS id, p.productName AS name',
    interactions: `MATCH (c:Customer)-[:PURCHASED]->(:Order)-[:ORDERS]->(p:Product)
      RETURN c.customerID AS customer, p.productID AS product, count(*) AS count`,
    attributes: `MATCH (p:Product)-[:PART_OF]->(c:Category)
      RETURN p.productID AS product, 'category' AS kind, c.categoryName AS value`,
  },
};

const EXPECTED: MemoryData = {
  interactions: [
    { customer: 'ALFKI', product: '1' },
    { customer: 'ALFKI', product: '1' },
    { customer: 'ALFKI', product: '14' },
    { customer: 'BÖLID', product: '2' },
    { customer: 'BÖLID', product: '14' },
  ],
  productAttributes: [
    { owner: '1', kind: 'category', value: 'Beverages' },
    { owner: '2', kind: 'category', value: 'Beverages' },
    { owner: '14', kind: 'category', value: 'Produce/Fresh' },
  ],
  extra: { customer: ['QUIET'], product: ['99'] },
};

describe.skipIf(!server)('a graph of another shape', () => {
  test('Northwind by queries is the graph that its orders say', async () => {
    await database.run(NORTHWIND);
    const expected = await buildSnapshot(createMemorySource(EXPECTED), {
      weighting: DEFAULT,
      attributes: true,
    });
    expect(toBytes(await freeze(QUERIES))).toEqual(toBytes(expected));
    expect(await open(QUERIES).nodeNames('product')).toEqual(['Chai', 'Tofu', 'Chang', 'Never sold']);
    expect(await open(QUERIES).counts()).toMatchObject({
      customers: 3,
      products: 4,
      attributes: 2,
      pairs: 4,
    });
  });

  test('rows of the same customer, product and type are added up, in whatever order they come', async () => {
    await database.run(NORTHWIND);
    const interactions = `MATCH (c:Customer)-[:PURCHASED]->(:Order)-[:ORDERS]->(p:Product)
      RETURN p.productID AS product, 1 AS count, c.customerID AS customer ORDER BY rand()`;
    const model = { ...QUERIES, queries: { ...QUERIES.queries, interactions } };
    expect(toBytes(await freeze(model))).toEqual(toBytes(await freeze(QUERIES)));
  });

  test('weights are taken as they are: no damping, types still weighed', async () => {
    await database.run(`CREATE (c:Customer {id: 'c'}), (p:Product {id: 'p'}), (q:Product {id: 'q'}),
      (c)-[:INTERACTED {type: 'view', weight: 0.5}]->(p), (c)-[:INTERACTED {weight: 4}]->(p), (c)-[:INTERACTED {weight: 0}]->(q)`);
    const weighting: EdgeWeighting = { typeWeights: { view: 0.5 }, otherTypes: 2, damping: 'log' };
    const { weights, arcCount } = await freeze({ strength: 'weight' }, weighting);
    expect([...weights]).toEqual([8.25, 8.25]);
    expect(arcCount).toBe(2);
  });

  const pair = "CREATE (c:Customer {id: 'c'})-[:INTERACTED {count: 1}]->(p:Product {id: 'p'})";
  test.each([
    { why: 'an interaction without a count', graph: pair.replace('count: 1', ''), code: 'NEO4J_ROW_INVALID' },
    { why: 'a count of 0', graph: pair.replace('1', '0'), code: 'NEO4J_ROW_INVALID' },
    { why: 'a count beyond 2^53', graph: pair.replace('1', '9007199254740993'), code: 'NEO4J_ROW_INVALID' },
    { why: 'a count in words', graph: pair.replace('1', "'two'"), code: 'NEO4J_ROW_INVALID' },
    { why: 'a product without an id', graph: `${pair}, (:Product {sku: 'x'})`, code: 'NEO4J_ROW_INVALID' },
    { why: 'two products of one id', graph: `${pair}, (:Product {id: 'p'})`, code: 'NEO4J_ROW_INVALID' },
    {
      why: 'a kind with a slash',
      graph: `${pair}, (:Attribute {kind: 'a/b', value: 'c'})`,
      code: 'NEO4J_ROW_INVALID',
    },
  ])('$why is refused, and said where', async ({ graph, code }) => {
    await database.run(graph);
    expect(await failureOf(freeze({}))).toMatchObject({
      code,
      details: { statement: expect.stringMatching(/^read\//) },
    });
  });

  test('ids that are whole numbers beyond 2^53 stay what they are', async () => {
    await database.run(`CREATE (c:Customer {id: 9007199254740993}), (:Customer {id: 9007199254740992}),
      (c)-[:INTERACTED {count: 1}]->(:Product {id: -7})`);
    const { ids, offsets } = await freeze({});
    expect(ids).toEqual(['9007199254740992', '9007199254740993', '-7']);
    expect([...offsets]).toEqual([0, 0, 1, 2]);
  });

  test.each([
    {
      query: 'MATCH (c:Customer) RETURN c.id AS customer',
      field: /product|count/,
      code: 'NEO4J_ROW_INVALID',
    },
    { query: "RETURN 'c' AS customer, 'p' AS product", field: /count/, code: 'NEO4J_ROW_INVALID' },
    {
      query: "RETURN 'x' AS customer, 'p' AS product, 1 AS count",
      field: /customer/,
      code: 'NEO4J_ROW_INVALID',
    },
    {
      query: "RETURN 9007199254740993 AS customer, 'p' AS product, 1 AS count",
      field: /customer/,
      code: 'NEO4J_ROW_INVALID',
    },
    {
      query: 'MATCH (n) DETACH DELETE n RETURN 1 AS customer, 1 AS product, 1 AS count',
      code: 'NEO4J_STATEMENT_REFUSED',
    },
    { query: 'MATCH (n RETURN n', code: 'NEO4J_STATEMENT_REFUSED' },
  ])('a query that does not fit is refused: $query', async ({ query, field, code }) => {
    await database.run(pair);
    const failure = await failureOf(freeze({ queries: { interactions: query } }));
    expect(failure).toMatchObject({ code, details: { statement: 'queries.interactions' } });
    if (field) expect(failure.details['column']).toMatch(field);
    expect(await database.run('MATCH (n:Product) RETURN n.id AS id')).toEqual([{ id: 'p' }]);
  });

  test('what needs single events is refused by name, with what to do', async () => {
    await database.run(pair);
    const source = open({});
    const halfLife = { ...DEFAULT, halfLifeDays: 30, asOfMs: 0 };
    expect(await failureOf(buildSnapshot(source, { weighting: halfLife, attributes: true }))).toMatchObject({
      code: 'CONFIG_INVALID',
      details: {
        field: 'graph.halfLifeDays',
        hint: expect.stringContaining('shelfwalk import interactions'),
      },
    });
    for (const work of [source.proposeSplit(0.2), source.interactions('all')]) {
      expect(await failureOf(work)).toMatchObject({
        code: 'SPLIT_IMPOSSIBLE',
        details: { hint: expect.stringContaining('shelfwalk evaluate') },
      });
    }
  });
});
