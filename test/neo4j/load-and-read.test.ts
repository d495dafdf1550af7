/** The embedded catalog loaded into Neo4j and read back: the same snapshot, byte for byte. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NODE_TYPES } from '../../src/base/ids.ts';
import { buildSnapshot } from '../../src/graph/snapshot.ts';
import type { CatalogSource, CopySource, EdgeWeighting } from '../../src/graph/types.ts';
import type { Neo4j } from '../../src/neo4j/connection.ts';
import { loadCatalog } from '../../src/neo4j/load.ts';
import { type GraphModelInput, toGraphModel } from '../../src/neo4j/model.ts';
import { createNeo4jSource, type Neo4jSource } from '../../src/neo4j/source.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import { meddleWith } from '../catalog/meddling-catalog.ts';
import { failureOf, openTempCatalog, PAIR, type TempCatalog } from '../catalog/temp-catalog.ts';
import { server, useDatabase } from './database.ts';
import { importShop, type Shop, shops, toBytes } from './shop.ts';

const database = useDatabase();

const load = (catalog: CopySource, { model = {}, neo4j = database.neo4j, ...options }: LoadChoice = {}) =>
  loadCatalog(
    catalog,
    { neo4j, statements: createStatements(toGraphModel(model).names) },
    { batchSize: 7, restart: false, prune: false, ...options },
  );
interface LoadChoice {
  readonly model?: GraphModelInput;
  readonly neo4j?: Neo4j;
  readonly restart?: boolean;
  readonly prune?: boolean;
  readonly batchSize?: number;
}
const open = (model: GraphModelInput = {}): Neo4jSource =>
  createNeo4jSource(database.neo4j, toGraphModel(model));

const DEFAULT: EdgeWeighting = { typeWeights: {}, otherTypes: 1, damping: 'log' };
const weightings: readonly EdgeWeighting[] = [
  DEFAULT,
  { typeWeights: { view: 0.2, purchase: 3 }, otherTypes: 0, damping: 'log' },
  { typeWeights: { view: 0 }, otherTypes: 0.7, damping: 'none' },
];

const freezeBoth = async (
  a: CatalogSource,
  b: CatalogSource,
  weighting: EdgeWeighting,
  attributes = true,
) => [
  toBytes(await buildSnapshot(a, { weighting, attributes })),
  toBytes(await buildSnapshot(b, { weighting, attributes })),
];

async function withShop(shop: Shop, work: (temp: TempCatalog) => Promise<void>): Promise<void> {
  const temp = await openTempCatalog();
  try {
    await importShop(temp, shop);
    await work(temp);
  } finally {
    await temp.dispose();
  }
}

const SHOP = {
  interactions: [
    { customer: 'c1', product: 'p1', type: 'purchase', ts: '2024-01-01T00:00:00Z', value: 1.5 },
    { customer: 'c1', product: 'p1', type: 'purchase', ts: '2024-03-01T00:00:00Z', value: 2 },
    { customer: 'c1', product: 'p1', type: 'view', ts: null, value: null },
    { customer: 'c2', product: 'p 2/"x"', type: 'view', ts: null, value: null },
    ...Array.from({ length: 40 }, (_, i) => {
      return { customer: `c${i % 9}`, product: `p${i % 7}`, type: 'view', ts: null, value: null };
    }),
  ],
  products: [
    { id: 'p1', name: 'One', brand: 'acme' },
    { id: 'alone', name: '', brand: 'zeta' },
  ],
  customers: [{ id: 'c1', name: 'Ann', region: 'north' }],
  edges: [{ from: 'p1', to: 'alone', weight: 2.5, directed: false }],
};

describe.skipIf(!server)('load, then read', () => {
  test('random shops come back as the embedded catalog has them, under every weighting', async () => {
    await fc.assert(
      fc.asyncProperty(
        shops,
        fc.constantFrom(...weightings),
        fc.boolean(),
        async (shop, weighting, attributes) => {
          await database.clearGraph();
          await withShop(shop, async ({ catalog }) => {
            await load(catalog);
            const [want, have] = await freezeBoth(catalog, open(), weighting, attributes);
            expect(have).toEqual(want);
            for (const type of NODE_TYPES)
              expect(await open().nodeNames(type)).toEqual(await catalog.nodeNames(type));
          });
        },
      ),
      { numRuns: 25 },
    );
  }, 300_000);

  test('a load is of one moment, whatever is imported in the middle of it', async () => {
    await database.clearGraph();
    await withShop(SHOP, async (temp) => {
      const { catalog } = temp;
      await load(catalog);
      const quiet = await database.dump();
      await database.clearGraph();
      const busy = meddleWith(catalog, async (n) => {
        if (n > 12) return;
        const id = `!${9999 - n}`;
        const path = await temp.file(`${id}.csv`, `customer,product\n${id},${id}\nc1,${id}\n`);
        await temp.interactions(path, PAIR);
      });
      await busy.atOneMoment((moment) => load(moment));
      expect(await database.dump()).toEqual(quiet);
    });
  });

  test('sums, newest event and weight stand on the relationship', async () => {
    await database.clear();
    await withShop(SHOP, async ({ catalog }) => {
      const { written, schema } = await load(catalog);
      expect(schema).toEqual({ from: 0, to: 6 });
      expect(written['interactions']).toBe(
        (await database.run('MATCH ()-[i:INTERACTED]->() RETURN i')).length,
      );
      const found = await database.run(
        `MATCH (:Customer {id: 'c1'})-[i:INTERACTED]->(:Product {id: 'p1', name: 'One'})
         RETURN i.type AS type, i.count AS count, i.weight AS weight, toString(i.lastAt) AS lastAt, i.value AS value ORDER BY type`,
      );
      expect(found).toEqual([
        { type: 'purchase', count: 2, weight: Math.log2(3), lastAt: '2024-03-01T00:00:00Z', value: 3.5 },
        { type: 'view', count: 1 + 1, weight: Math.log2(3), lastAt: null, value: null },
      ]);
      const traits =
        "MATCH (:Customer {id: 'c1'})-[:HAS]->(a:Attribute) RETURN a.kind AS kind, a.value AS value";
      expect(await database.run(traits)).toEqual([{ kind: 'region', value: 'north' }]);
    });
  });

  test('loaded twice, the graph is the same', async () => {
    await database.clearGraph();
    await withShop(SHOP, async ({ catalog }) => {
      await load(catalog);
      const once = await database.dump();
      expect((await load(catalog)).schema).toEqual({ from: 6, to: 6 });
      expect(await database.dump()).toEqual(once);
      expect(once.length).toBeGreaterThan(40);
    });
  });

  test('stopped after any batch and loaded again, the graph is the same', async () => {
    await withShop(SHOP, async ({ catalog }) => {
      await database.clearGraph();
      await load(catalog);
      const whole = await database.dump();
      for (let stopAfter = 1; stopAfter < 12; stopAfter += 2) {
        await database.clearGraph();
        const failure = await failureOf(load(catalog, { neo4j: stopping(database.neo4j, stopAfter) }));
        expect(failure).toMatchObject({ message: 'stopped here' });
        const { resumedAt } = await load(catalog);
        expect(resumedAt, `stopped after ${stopAfter}`).toBeDefined();
        expect(await database.dump()).toEqual(whole);
      }
    });
  });

  test('a mark of a catalog that has changed since is not taken up', async () => {
    await database.clearGraph();
    await withShop(SHOP, async (temp) => {
      await failureOf(load(temp.catalog, { neo4j: stopping(database.neo4j, 4) }));
      await temp.interactions(await temp.file('more.csv', 'customer,product\nc1,p9\n'), {
        customer: 'customer',
        product: 'product',
      });
      expect((await load(temp.catalog)).resumedAt).toBeUndefined();
      const [want, have] = await freezeBoth(temp.catalog, open(), DEFAULT);
      expect(have).toEqual(want);
    });
  });

  test('a node that is gone is said, and what would have been lost is undone', async () => {
    await database.clearGraph();
    await withShop(SHOP, async ({ catalog }) => {
      await failureOf(load(catalog, { neo4j: stopping(database.neo4j, 9) }));
      await database.run("MATCH (p:Product {id: 'p6'}) DETACH DELETE p");
      expect(await failureOf(load(catalog))).toMatchObject({ code: 'NEO4J_ROW_INVALID' });
      await load(catalog, { restart: true });
      const [want, have] = await freezeBoth(catalog, open(), DEFAULT);
      expect(have).toEqual(want);
    });
  });

  test('under other names, awkward ones included, the graph comes back the same', async () => {
    const model: GraphModelInput = {
      names: {
        Customer: { is: 'Kunde `x`', id: 'nummer', name: 'id' },
        Product: { is: 'Customer', id: 'sku' },
        INTERACTED: { is: "kauft; 'so'", count: 'wie oft' },
        Attribute: { is: 'Attribute \\u0060', kind: 'value', value: 'kind' },
      },
    };
    await database.clear();
    await withShop(SHOP, async ({ catalog }) => {
      await load(catalog, { model });
      const [want, have] = await freezeBoth(catalog, open(model), DEFAULT);
      expect(have).toEqual(want);
      expect(
        await database.run(
          "MATCH (c:`Kunde ``x```)-[i:`kauft; 'so'`]->(:Customer {sku: 'p1'}) WHERE i.type = 'purchase' RETURN c.nummer AS id, i.`wie oft` AS n",
        ),
      ).toEqual([{ id: 'c1', n: 2 }]);
    });
  });
});

/** Fails after so many transactions that write, as a process does that is killed between two. */
function stopping(neo4j: Neo4j, transactions: number): Neo4j {
  let left = transactions;
  return {
    place: neo4j.place,
    read: (...args) => neo4j.read(...args),
    rows: (...args) => neo4j.rows(...args),
    runAlone: (...args) => neo4j.runAlone(...args),
    writeRows: (...args) => neo4j.writeRows(...args),
    runLong: (...args) => neo4j.runLong(...args),
    page: (...args) => neo4j.page(...args),
    explain: (...args) => neo4j.explain(...args),
    close: () => neo4j.close(),
    async write(steps, options) {
      const isBatch = steps.some(({ parameters }) => 'rows' in parameters);
      if (isBatch && left-- <= 0) throw new Error('stopped here');
      await neo4j.write(steps, options);
    },
  };
}
