/**
 * Vectors onto the nodes of a real server and off again: whole versions only for whoever reads by the live
 * node, the same database however often a write was cut short, and nothing left after an unwrite.
 */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toNodeKey } from '../../src/base/ids.ts';
import type { Neo4j } from '../../src/neo4j/connection.ts';
import { toNames } from '../../src/neo4j/names.ts';
import { unwrite } from '../../src/neo4j/remove-version.ts';
import { migrate } from '../../src/neo4j/schema.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import { type WriteReport, writeVersion } from '../../src/neo4j/write-version.ts';
import { OUR_PREFIX, readWrittenVersions, toVersionNames } from '../../src/neo4j/written-version.ts';
import { failureOf } from '../catalog/temp-catalog.ts';
import { server, useDatabase } from './database.ts';
import { DIMENSION, LONELY, loadShop, plantShop, plantVectors, toVersion } from './planted-shop.ts';

const database = useDatabase();
const statements = createStatements(toNames());
const shop = plantShop();
const vectors = [plantVectors(shop), plantVectors(shop, { seed: 10 }), plantVectors(shop, { seed: 11 })];
const IDS = ['20260102T030405Z-aaaa', '20260102T030406Z-bbbb', '20260102T030407Z-cccc'];
const versions = vectors.map((some, i) => toVersion(shop, some, { id: IDS[i]!, spaceId: `space ${i}` }));
const OPTIONS = { batchSize: 30, keep: 2 };

const write = (i: number, neo4j: Neo4j = database.neo4j, options = {}): Promise<WriteReport> =>
  writeVersion(neo4j, statements, versions[i]!, { ...OPTIONS, ...options });

/** Everything there is, as text that can be compared: nodes, relationships, constraints, indexes. */
async function dump(): Promise<unknown> {
  const nodes = await database.run('MATCH (n) RETURN labels(n) AS labels, properties(n) AS properties');
  const edges = await database.run(
    'MATCH (a)-[r]->(b) RETURN properties(a) AS a, type(r) AS type, properties(r) AS properties, properties(b) AS b',
  );
  const indexes = await database.run('SHOW INDEXES YIELD name, type, labelsOrTypes, properties, state');
  const toText = (value: unknown): string =>
    JSON.stringify(value, (_key, inner) =>
      inner && typeof inner === 'object' && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    );
  return [nodes, edges, indexes].map((rows) => rows.map(toText).sort());
}

/** A version is the same however it came about; when it went live is not. */
const dumpWithoutTimes = async (): Promise<string> =>
  JSON.stringify(await dump()).replaceAll(/\\"liveAt\\":\d+/g, 'liveAt');

beforeAll(async () => {
  if (!server) return;
  await migrate(database.neo4j, statements);
  await loadShop(database, shop);
});
beforeEach(async () => {
  if (server) await unwrite(database.neo4j, statements);
});

describe.skipIf(!server)('a version that is written', () => {
  test('lies on the nodes bit for bit, with its space, under indexes that find it', async () => {
    const report = await write(0);
    const { property, spaceProperty, indexes } = toVersionNames(IDS[0]!);
    const rows = await database.run(
      'MATCH (p:Product) RETURN p.id AS id, p[$property] AS vector, p[$spaceProperty] AS space',
      { property, spaceProperty },
    );
    for (const { id, vector, space } of rows) {
      const planted = vectors[0]!.get(toNodeKey('product', id as string));
      expect(vector, id as string).toEqual(planted ? Array.from(planted) : null);
      expect(space).toBe(planted ? 'space 0' : null);
    }
    expect(rows).toHaveLength(shop.products.length);
    const found = await database.run(
      'SHOW INDEXES YIELD name, type, state, properties WHERE name STARTS WITH $property',
      { property },
    );
    expect(found.map(({ name }) => name).sort()).toEqual(Object.values(indexes).sort());
    for (const index of found)
      expect(index).toMatchObject({ type: 'VECTOR', state: 'ONLINE', properties: [property] });
    expect(report).toMatchObject({
      version: IDS[0],
      spaceId: 'space 0',
      dimension: DIMENSION,
      property,
      indexes,
      resumedAt: 0,
      missing: 0,
      removed: [],
    });
    const products = shop.products.length;
    expect(report.types.product).toEqual({
      vectors: products - 1,
      withoutVector: 1,
      nodes: products,
      embedded: products - 1,
    });
    expect(report.vectorsPerSecond).toBeGreaterThan(0);
  });

  test('twice is once, and what was live longest ago goes', async () => {
    await write(0);
    const once = await dumpWithoutTimes();
    expect((await write(0)).resumedAt).toBe(0);
    expect(await dumpWithoutTimes()).toBe(once);
    await write(1);
    expect(await readWrittenVersions(database.neo4j, statements)).toMatchObject([
      { id: IDS[1], live: true },
      { id: IDS[0], live: false },
    ]);
    expect((await write(2)).removed).toEqual([IDS[0]]);
    const kept = await readWrittenVersions(database.neo4j, statements);
    expect(kept).toMatchObject([
      { id: IDS[2], live: true },
      { id: IDS[1], live: false },
    ]);
    // Back to the one before, which is there still: live again at once.
    expect((await write(1)).removed).toEqual([]);
    expect((await readWrittenVersions(database.neo4j, statements))[0]).toMatchObject({
      id: IDS[1],
      live: true,
      state: 'written',
    });
    const [{ nodes }] = (await database.run(
      'MATCH (n) WHERE n[$property] IS NOT NULL RETURN count(n) AS nodes',
      toVersionNames(IDS[0]!) as never,
    )) as [{ nodes: number }];
    expect(nodes).toBe(0);
  });

  test('names what is not there: nodes without a vector, vectors without a node', async () => {
    const gone = ['p1', '🫖', `O'Brien "x"`];
    await database.run('MATCH (p:Product) WHERE p.id IN $gone DETACH DELETE p', { gone });
    await database.run('CREATE (:Product {id: "new 1"}), (:Product {id: "new 2"})');
    const { missing, missingFirst, types } = await write(0);
    expect({ missing, missingFirst: [...missingFirst].sort() }).toEqual({
      missing: 3,
      missingFirst: gone.map((id) => `product:${id}`).sort(),
    });
    expect(types.product).toEqual({
      vectors: shop.products.length - 1,
      withoutVector: 1,
      nodes: shop.products.length - 1,
      embedded: shop.products.length - 4,
    });
    await database.run('MATCH (n) WHERE NOT n:ShelfwalkTest AND NOT n:ShelfwalkSchema DETACH DELETE n');
    await loadShop(database, shop);
  });
});

describe.skipIf(!server)('a reader that asks for the live version', () => {
  test('sees whole versions only, while others are written and taken out', async () => {
    const embedded = [...vectors[0]!.keys()].length;
    await write(0);
    let isWriting = true;
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      while (isWriting) {
        const live = (await readWrittenVersions(database.neo4j, statements)).filter(
          (version) => version.live,
        );
        expect(live).toHaveLength(1);
        const { id, names } = live[0]!;
        const rows = await database.neo4j.rows<{ key: string; vector: number[] }>({
          statement: {
            name: 'reader',
            text: 'MATCH (n) WHERE n[$property] IS NOT NULL RETURN coalesce(n.id, n.kind + "/" + n.value) AS key, labels(n)[0] AS label, n[$property] AS vector',
          },
          parameters: { property: names.property },
        });
        expect(rows).toHaveLength(embedded);
        const own = vectors[IDS.indexOf(id)]!.get(toNodeKey('attribute', 'category/toys'))!;
        expect(rows.find(({ key }) => key === 'category/toys')!.vector).toEqual(Array.from(own));
        const hits = await database.neo4j.rows<{ n: number }>({
          statement: {
            name: 'reader',
            text: 'CALL db.index.vector.queryNodes($index, 100, $vector) YIELD node RETURN count(node) AS n',
          },
          parameters: { index: names.indexes.product, vector: Array.from(own) },
        });
        expect(hits).toEqual([{ n: shop.products.length - 1 }]);
        if (seen.at(-1) !== id) seen.push(id);
      }
    };
    const reader = read();
    for (const i of [1, 2, 0, 1]) await write(i);
    isWriting = false;
    await reader;
    expect(new Set(seen)).toEqual(new Set(IDS));
  });
});

/** Dies at its n-th call that changes anything: before it, as if the process had been killed there. */
function dyingAt(n: number): Neo4j {
  let calls = 0;
  const { neo4j } = database;
  const count = (): void => {
    if (++calls === n) throw new Error('killed');
  };
  const guard =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      count();
      return call.apply(neo4j, args);
    };
  return {
    place: neo4j.place,
    read: neo4j.read.bind(neo4j),
    rows: neo4j.rows.bind(neo4j),
    page: neo4j.page.bind(neo4j),
    explain: neo4j.explain.bind(neo4j),
    close: neo4j.close.bind(neo4j),
    write: guard(neo4j.write),
    runAlone: guard(neo4j.runAlone),
    writeRows: guard(neo4j.writeRows) as Neo4j['writeRows'],
    runLong: guard(neo4j.runLong) as Neo4j['runLong'],
  };
}

describe.skipIf(!server)('a write that is killed', () => {
  test('at whatever step: the version before stays live, and the next write ends as if nothing had been', async () => {
    const options = { batchSize: 100 }; // one batch per type: every kind of step, few of them
    await write(0);
    await write(1);
    const whole = await dumpWithoutTimes();
    const goBack = async (): Promise<void> => {
      await unwrite(database.neo4j, statements, { version: IDS[1] });
      await database.run('MATCH (v:ShelfwalkVersion {id: $id}) SET v.live = true', { id: IDS[0] });
    };
    const resumed: number[] = [];
    for (let n = 1; n < 100; n++) {
      await goBack();
      const killed = await write(1, dyingAt(n), options).catch((error: Error) => error);
      if (!(killed instanceof Error)) break;
      expect(killed.message).toBe('killed');
      const [live] = await readWrittenVersions(database.neo4j, statements);
      expect(live, `step ${n}`).toMatchObject({ id: IDS[0], live: true });
      resumed.push((await write(1, database.neo4j, options)).resumedAt);
      expect(await dumpWithoutTimes(), `step ${n}`).toBe(whole);
    }
    // Killed at the constraint, the node, three batches, three indexes, the switch.
    const { ranges } = versions[1]!.nodes;
    const [customers, products, attributes] = ranges.map(({ end }) => end);
    expect(resumed).toEqual([0, 0, 0, customers, products, attributes, attributes, attributes, attributes]);
  }, 300_000);

  test('and one that is taken out meanwhile says so', async () => {
    const neo4j = dyingAt(1000);
    const taken: Neo4j = {
      ...neo4j,
      async writeRows(step, signal) {
        if (step.statement.name === 'write-back/write-product-vectors')
          await unwrite(database.neo4j, statements);
        return neo4j.writeRows(step, signal);
      },
    };
    expect(await failureOf(write(0, taken))).toMatchObject({
      code: 'NEO4J_VERSION_GONE',
      details: { version: IDS[0] },
    });
  });

  test('an abort is one as well', async () => {
    const controller = new AbortController();
    const onProgress = ({ done }: { done: number }) => void (done > 40 && controller.abort());
    expect(
      await failureOf(write(0, database.neo4j, { signal: controller.signal, onProgress })),
    ).toMatchObject({ code: 'ABORTED' });
    expect(await readWrittenVersions(database.neo4j, statements)).toMatchObject([
      { id: IDS[0], live: false, state: 'writing' },
    ]);
    expect((await write(0)).resumedAt).toBeGreaterThan(0);
  });
});

describe.skipIf(!server)('unwrite', () => {
  test('leaves the graph as it was, and counts to prove it', async () => {
    const before = await dump();
    await write(0);
    await write(1);
    await database.run('MATCH (n:Product {id: "p1"}) SET n[$property] = "forgotten"', {
      property: `${OUR_PREFIX}orphan`,
    });
    expect(await dump()).not.toEqual(before);
    const embedded = vectors[0]!.size;
    expect(await unwrite(database.neo4j, statements)).toEqual({
      removed: [IDS[1], IDS[0]],
      nodesCleaned: 2 * embedded + 1,
      left: { nodes: {}, indexes: [], versions: [] },
    });
    expect(await dump()).toEqual(before);
    expect(await unwrite(database.neo4j, statements)).toMatchObject({ removed: [], nodesCleaned: 0 });
  });

  test('of one version leaves the other', async () => {
    await write(0);
    const before = await dump();
    await write(1);
    const { left } = await unwrite(database.neo4j, statements, { version: IDS[1] });
    const { property, spaceProperty, indexes } = toVersionNames(IDS[0]!);
    expect(left).toEqual({
      nodes: { [property]: vectors[0]!.size, [spaceProperty]: vectors[0]!.size },
      indexes: Object.values(indexes).sort(),
      versions: [IDS[0]],
    });
    await write(0);
    expect(JSON.stringify(await dump()).replaceAll(/\\"liveAt\\":\d+/g, '')).toBe(
      JSON.stringify(before).replaceAll(/\\"liveAt\\":\d+/g, ''),
    );
    expect(shop.products.some(({ id }) => id === LONELY)).toBe(true);
  });
});
