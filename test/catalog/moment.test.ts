/** One moment of the catalog: what is read fits together, and nobody who writes is held up by it. */
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { NODE_TYPES, toNodeKey } from '../../src/base/ids.ts';
import { openCatalog } from '../../src/catalog/catalog.ts';
import type { CatalogMoment } from '../../src/catalog/types.ts';
import { buildSnapshot } from '../../src/graph/snapshot.ts';
import type { CatalogSource, Snapshot } from '../../src/graph/types.ts';
import { importConformanceShop } from './conformance-shop.ts';
import { meddleWith } from './meddling-catalog.ts';
import {
  createTempCatalog,
  failureOf,
  PAIR,
  PLAIN,
  readGivenEdges,
  type TempCatalog,
} from './temp-catalog.ts';

let temp: TempCatalog;
beforeEach(async () => {
  temp = await createTempCatalog();
  await importConformanceShop(temp);
});

/** Ids before all others of each type, an edge of each kind at them, and one more edge between old ones. */
async function importSmallerIds(n: number): Promise<void> {
  const id = `!${9999 - n}`; // each smaller than the one before
  const rows = `customer,product,ts\n${id},${id},2024-06-01\n01111,${id},2024-06-01\n${id},01111,2024-06-01\n`;
  const interactions = await temp.file(`interactions-${n}.csv`, rows);
  await temp.interactions(interactions, { ...PAIR, timestamp: 'ts' });
  const things = await temp.file(
    `things-${n}.csv`,
    `id,name,kind\n${id},new ${n},${id}\n01111,renamed ${n},${id}\n`,
  );
  const mapping = { id: 'id', name: 'name', attributes: [{ kind: '!kind', column: 'kind', codes: true }] };
  await temp.products(things, mapping);
  await temp.customers(things, mapping);
  await temp.edges(await temp.file(`edges-${n}.csv`, `from,to\n${id},01111\n`));
}

/** Everything a snapshot says, without its rows: `customer:a → product:b` and the weight. */
function toArcs({ offsets, targets, weights, ranges, ids }: Snapshot): Record<string, number> {
  const keys = ranges.flatMap(({ type, start, end }) =>
    ids.slice(start, end).map((id) => toNodeKey(type, id)),
  );
  const arcs: Record<string, number> = {};
  for (const [v, key] of keys.entries())
    for (let a = offsets[v]!; a < offsets[v + 1]!; a++) arcs[`${key} → ${keys[targets[a]!]}`] = weights[a]!;
  return arcs;
}

const readSnapshotOf = (source: CatalogSource) =>
  buildSnapshot(source, { weighting: PLAIN, attributes: true });

/** All that can be read, as plain data. */
async function readAll(reader: CatalogMoment): Promise<unknown[]> {
  const arcs = toArcs(await readSnapshotOf(reader));
  const all: unknown[] = [await reader.counts(), arcs, await reader.lastEventMs(), await reader.revision()];
  for (const type of NODE_TYPES) {
    all.push(await reader.nodeIds(type), await reader.nodeNames(type));
    all.push(await reader.list({ type, limit: 5 }));
  }
  const split = await reader.proposeSplit(0.2);
  for (const part of ['train', 'test'] as const) all.push(await reader.interactions(part, split));
  all.push(await reader.interactionTypes(), await reader.find('product', '01111'));
  all.push(await reader.history('01111'), await reader.attributesOf('product', ['01111']));
  for await (const totals of reader.interactionTotals()) all.push(totals);
  return all;
}

describe('at one moment', () => {
  test('every read sees the catalog as it was, whatever is imported before and between them', async () => {
    const before = await readAll(temp.catalog);
    let writes = 0;
    const write = async (n: number) => {
      if (n >= 12) return; // those of the snapshot, of about forty
      writes++;
      await importSmallerIds(n);
    };
    expect(await meddleWith(temp.catalog, write).atOneMoment(readAll)).toEqual(before);
    expect(writes).toBe(12);
    const after = await readAll(temp.catalog);
    expect(after[0]).toMatchObject({ customers: (before[0] as { customers: number }).customers + 12 });
    expect(await temp.catalog.atOneMoment(readAll)).toEqual(after);
  });

  test('without one, an import between ids and edges gives edges that never were', async () => {
    const known = new Set(Object.keys(toArcs(await readSnapshotOf(temp.catalog))));
    const meddled = meddleWith(temp.catalog, async (n) => (n === 3 ? importSmallerIds(0) : undefined));
    const mixed = await readSnapshotOf(meddled).then(toArcs, () => ({ 'refused → refused': 0 }));
    for (const arc of Object.keys(toArcs(await readSnapshotOf(temp.catalog)))) known.add(arc);
    expect(Object.keys(mixed).filter((arc) => !known.has(arc))).not.toEqual([]);
  });

  test('a moment of a moment is the same one', async () => {
    await temp.catalog.atOneMoment(async (moment) => {
      await importSmallerIds(0);
      const inner = await moment.atOneMoment((same) => same.nodeIds('product'));
      expect(inner).toEqual(await moment.nodeIds('product'));
      expect(inner).not.toEqual(await temp.catalog.nodeIds('product'));
    });
  });
});

describe('misuse', () => {
  const MISUSED = { code: 'INTERNAL', details: { hint: expect.any(String) } };

  test('a query while a stream is half read is an error, for the query; the stream goes on', async () => {
    const rows = Array.from({ length: 9000 }, (_, i) => `c${i},p${i}\n`).join('');
    await temp.interactions(await temp.file('many.csv', `customer,product\n${rows}`), PAIR);
    await temp.catalog.atOneMoment(async (moment) => {
      let count = 0;
      let chunks = 0;
      for await (const chunk of moment.interactionEdges(PLAIN)) {
        count += chunk.count;
        if (chunks++ > 0) continue;
        expect(await failureOf(moment.nodeIds('product'))).toMatchObject(MISUSED);
        expect(await failureOf(moment.find('product', 'p1'))).toMatchObject(MISUSED);
      }
      expect(chunks).toBeGreaterThan(2);
      const all = await readSnapshotOf(moment);
      const toProducts = Object.keys(toArcs(all)).filter((arc) => /^customer:.* → product:/.test(arc));
      expect(count).toBe(toProducts.length);
    });
  });

  test('a loop that is left half way lets the next query through', async () => {
    await temp.catalog.atOneMoment(async (moment) => {
      for await (const { count } of moment.interactionEdges(PLAIN)) if (count > 0) break;
      expect(await moment.nodeIds('product')).toEqual(await temp.catalog.nodeIds('product'));
    });
  });

  test('queries that are asked for at once take turns', async () => {
    const [found, again] = await temp.catalog.atOneMoment((moment) =>
      Promise.all([moment.counts(), Promise.all(['01111', '1111'].map((id) => moment.find('product', id)))]),
    );
    expect(found).toEqual(await temp.catalog.counts());
    expect(again.map((record) => record?.id)).toEqual(['01111', '1111']);
  });

  test('a moment that is over answers no more, not even the rest of a stream', async () => {
    const kept = await temp.catalog.atOneMoment(async (moment) => {
      const edges = moment.interactionEdges(PLAIN)[Symbol.asyncIterator]();
      expect((await edges.next()).done).toBe(false);
      return { moment, edges };
    });
    expect(await failureOf(kept.edges.next())).toMatchObject(MISUSED);
    expect(await failureOf(kept.moment.nodeIds('product'))).toMatchObject(MISUSED);
  });

  test('work that fails ends the moment, and the failure is its own', async () => {
    const work = async (moment: CatalogMoment) => {
      await moment.counts();
      throw new Error('mine');
    };
    await expect(temp.catalog.atOneMoment(work)).rejects.toThrow('mine');
    await importSmallerIds(0); // nothing is held
  });
});

describe('a moment that stays open', () => {
  const project = (minScore: number) =>
    temp.catalog.project({ name: 'together' }, { within: 'customer', minScore, maxPairs: 1e6 }, {});

  test('holds up neither imports nor what deletes rows that it still sees', async () => {
    await project(0.001);
    const before = await readGivenEdges(temp.catalog);
    await temp.catalog.atOneMoment(async (moment) => {
      expect(await readGivenEdges(moment)).toEqual(before);
      await importSmallerIds(0);
      await project(0.5);
      const now = await readGivenEdges(temp.catalog);
      expect(Object.keys(now)).not.toEqual(Object.keys(before));
      expect(await readGivenEdges(moment)).toEqual(before);
    });
  });

  test('takes nothing from what was committed meanwhile: it is there when the catalog is opened again', async () => {
    await temp.catalog.atOneMoment(async (moment) => {
      const before = await moment.counts();
      await importSmallerIds(0);
      await project(0.001);
      expect(await moment.counts()).toEqual(before);
    });
    const counts = await temp.catalog.counts();
    await temp.catalog.close();
    const file = join(temp.dir, 'data', 'catalog.duckdb');
    const reopened = await openCatalog(file, { rejectsDir: join(temp.dir, 'rejects') });
    onTestFinished(() => reopened.close());
    expect(await reopened.counts()).toEqual(counts);
  });

  test('is waited for when the catalog is closed', async () => {
    let closing: Promise<void> | undefined;
    await temp.catalog.atOneMoment(async (moment) => {
      closing = temp.catalog.close();
      expect((await moment.nodeIds('product')).length).toBeGreaterThan(0);
    });
    await closing;
    expect(await failureOf(temp.catalog.nodeIds('product'))).toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});
