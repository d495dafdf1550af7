/** What has left the catalog: counted by every load, out of Neo4j with prune; what no load has made stays. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { loadCatalog } from '../../src/neo4j/load.ts';
import { toGraphModel } from '../../src/neo4j/model.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import { failureOf, openTempCatalog } from '../catalog/temp-catalog.ts';
import { server, useDatabase } from './database.ts';
import { importShop, type Shop, shops } from './shop.ts';

const database = useDatabase();
beforeEach(async () => {
  if (server) await database.clearGraph();
});

/** One catalog per load: what an earlier shop has and a later one has not is what has left. */
async function load(shop: Shop, { prune = false, names = {} } = {}) {
  const temp = await openTempCatalog();
  try {
    await importShop(temp, shop);
    const statements = createStatements(toGraphModel({ names }).names);
    const options = { batchSize: 7, restart: false, prune };
    return await loadCatalog(temp.catalog, { neo4j: database.neo4j, statements }, options);
  } finally {
    await temp.dispose();
  }
}

const bought = (customer: string, product: string) => {
  return { customer, product, type: 'purchase', ts: null, value: null };
};
const OLD: Shop = {
  interactions: [bought('ann', 'lamp'), bought('ann', 'sofa'), bought('bob', 'sofa')],
  products: [
    { id: 'lamp', name: 'Lamp', brand: 'acme' },
    { id: 'sofa', name: 'Sofa', brand: 'zeta' },
  ],
  customers: [{ id: 'ann', name: 'Ann', region: 'north' }],
  edges: [{ from: 'lamp', to: 'sofa', weight: 2, directed: false }],
};
/** Without bob, the sofa, its brand, and the edge: two purchases, a brand's and a given edge fewer. */
const NEW: Shop = {
  interactions: [bought('ann', 'lamp')],
  products: [{ id: 'lamp', name: 'Lamp', brand: 'acme' }],
  customers: [{ id: 'ann', name: 'Ann', region: 'north' }],
  edges: [],
};
const GONE = { nodes: 3, relationships: 4, held: 0 };
const NOTHING = { nodes: 0, relationships: 0, held: 0 };

describe.skipIf(!server)('neo4j load --prune', () => {
  test('leaves what a load into an empty database leaves, whatever was loaded before', async () => {
    await fc.assert(
      fc.asyncProperty(shops, shops, async (before, after) => {
        await database.clearGraph();
        await load(after);
        const want = await database.dump();
        await database.clearGraph();
        await load(before);
        const { leftover } = await load(after); // says what the next one does
        expect((await load(after, { prune: true })).leftover).toEqual(leftover);
        expect(await database.dump()).toEqual(want);
      }),
      { numRuns: 12 },
    );
  }, 300_000);

  test('what is gone is counted by hand, and stays until it is asked for', async () => {
    expect(await load(OLD)).toMatchObject({ leftover: NOTHING, pruned: false });
    const both = await database.dump();
    expect(await load(NEW)).toMatchObject({ leftover: GONE, pruned: false });
    expect(await database.dump()).toEqual(both);
    expect(await load(NEW, { prune: true })).toMatchObject({ leftover: GONE, pruned: true });
    expect(await load(NEW, { prune: true })).toMatchObject({ leftover: NOTHING, pruned: true });
    expect((await database.dump()).length).toBe(both.length - GONE.nodes - GONE.relationships);
  });

  test('nodes and relationships of others stay, also those that a load has found and updated', async () => {
    await database.run(`
      CREATE (:Product {id: 'mine'})<-[:INTERACTED {type: 'purchase'}]-(:Customer {id: 'me'}),
        (:Product {id: 'sofa'})<-[:HOLDS]-(:Shelf {id: 7})`);
    expect((await load(OLD)).leftover).toEqual(NOTHING);
    await database.run("MATCH (c:Customer {id: 'bob'}) CREATE (c)-[:LIVES_IN]->(:City {id: 'Ulm'})");
    // The sofa was there before any load; bob is ours, but a city that is not is tied to him.
    const { leftover } = await load(NEW, { prune: true });
    expect(leftover).toEqual({ nodes: 1, relationships: 4, held: 1 });
    const left = await database.run(
      'MATCH (n) WHERE n.id IS NOT NULL RETURN toString(n.id) AS id ORDER BY id',
    );
    expect(left.map(({ id }) => id)).toEqual(['7', 'Ulm', 'ann', 'bob', 'lamp', 'me', 'mine', 'sofa']);
    const ties = 'MATCH ()-[r]->() WHERE r.shelfwalkLoad IS NULL RETURN type(r) AS type ORDER BY type';
    expect((await database.run(ties)).map(({ type }) => type)).toEqual(['HOLDS', 'INTERACTED', 'LIVES_IN']);

    await database.run('MATCH ()-[r:LIVES_IN]->() DELETE r');
    expect((await load(NEW, { prune: true })).leftover).toEqual({ nodes: 1, relationships: 0, held: 0 });
  });

  test('what was loaded under other names goes as well', async () => {
    await load(OLD, { names: { Customer: { is: 'Client' }, INTERACTED: { is: 'BOUGHT' } } });
    await load(OLD, { prune: true });
    expect(await database.run('MATCH (n:Client) RETURN n')).toEqual([]);
    const all = await database.dump();
    await database.clearGraph();
    await load(OLD);
    expect(all).toEqual(await database.dump());
  });

  test('cut short between relationships and nodes, the next load with it does the rest', async () => {
    await load(OLD);
    const runLong = database.neo4j.runLong.bind(database.neo4j);
    const cut = vi.spyOn(database.neo4j, 'runLong').mockImplementation((step) => {
      if (step.statement.name === 'prune/nodes') throw new Error('cut here');
      return runLong(step);
    });
    expect(await failureOf(load(NEW, { prune: true }))).toMatchObject({ message: 'cut here' });
    cut.mockRestore();
    expect((await load(NEW, { prune: true })).leftover).toEqual({ ...GONE, relationships: 0 });
  });
});
