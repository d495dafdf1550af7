/** Random sequences of writes, on the catalog and on the plain model beside: they never part. */

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/base/rng.ts';
import { openCatalog } from '../../src/catalog/catalog.ts';
import type { Catalog } from '../../src/catalog/types.ts';
import type { EntityChange, InteractionEvent } from '../../src/catalog/write-types.ts';
import { openTempCatalog, PLAIN, readPairs } from './temp-catalog.ts';
import { WriteModel } from './write-model.ts';

const IDS = [
  '01111',
  'a/b',
  '🦆',
  ' x',
  `O'B"; DROP TABLE products`,
  '\ufeffmark',
  'nul\0l',
  '.',
  'é',
  'e\u0301',
];
const KINDS = ['brand', 'aisle', 'col our'];
const VALUES = ['Acme', '24', 'a/b:c', '🦆', "it's"];
const TYPES = ['purchase', 'view', 'return', undefined];
const DAY = Date.UTC(2024, 0, 1);

type Random = () => number;
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
const maybe = <T>(random: Random, make: () => T): T | undefined => (random() < 0.5 ? make() : undefined);

function drawEvent(random: Random): InteractionEvent {
  return {
    customerId: pick(random, IDS),
    productId: pick(random, IDS.slice(0, 6)),
    type: pick(random, TYPES),
    timestamp: DAY + Math.floor(random() * 20) * 86_400_000,
    quantity: maybe(random, () => pick(random, [1, 2, 3, -1, -2, 0.5])),
    basket: maybe(random, () => pick(random, ['b1', 'b2'])),
  };
}

function drawChange(random: Random): EntityChange {
  const id = pick(random, IDS);
  const op = pick(random, ['put', 'put', 'patch', 'patch', 'delete'] as const);
  if (op === 'delete') return { op, id };
  const attributes = maybe(random, () =>
    Array.from({ length: Math.floor(random() * 3) }, () => ({
      kind: pick(random, KINDS),
      value: op === 'patch' && random() < 0.2 ? null : pick(random, VALUES),
    })),
  );
  return { op, id, name: maybe(random, () => pick(random, VALUES)), attributes };
}

/** One request, on both. */
async function step(random: Random, catalog: Catalog, model: WriteModel): Promise<void> {
  const what = random();
  if (what < 0.45) {
    const events = Array.from({ length: 1 + Math.floor(random() * 4) }, () => drawEvent(random));
    const { accepted, rejected } = await catalog.appendInteractions(events);
    expect({ accepted, rejected }).toEqual(split(events.map((event) => model.append(event))));
  } else if (what < 0.55) {
    const events = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
      ...drawEvent(random),
      quantity: 1,
    })).filter(({ type }) => type !== 'return');
    const { accepted } = await catalog.replaceInteractions(events);
    expect(accepted).toBe(model.replace(events));
  } else if (what < 0.65) {
    const { customerId, productId, type } = drawEvent(random);
    const filter = { customerId, productId: maybe(random, () => productId), type };
    const { deleted } = await catalog.deleteInteractions(filter);
    expect(deleted, JSON.stringify(filter)).toBe(model.remove(filter));
  } else {
    const type = pick(random, ['product', 'customer'] as const);
    const changes = Array.from({ length: 1 + Math.floor(random() * 4) }, () => drawChange(random)).map(
      (change) =>
        type === 'product' && change.op !== 'delete'
          ? {
              ...change,
              hidden: maybe(random, () => random() < 0.5),
              inStock: maybe(random, () => random() < 0.5),
            }
          : change,
    );
    const { accepted, rejected } = await catalog.changeEntities(type, changes);
    expect({ accepted, rejected }).toEqual(split(changes.map((change) => model.change(type, change))));
  }
}

const split = (taken: readonly boolean[]): { accepted: number; rejected: number } => ({
  accepted: taken.filter(Boolean).length,
  rejected: taken.filter((x) => !x).length,
});

async function expectSame(catalog: Catalog, model: WriteModel): Promise<void> {
  const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  for (const type of ['customer', 'product'] as const) {
    const ids = [...model.entities[type].keys()].sort(byBytes);
    expect(await catalog.nodeIds(type)).toEqual(ids);
    expect(await catalog.nodeNames(type)).toEqual(ids.map((id) => model.entities[type].get(id)!.name));
    const attributes = await catalog.attributesOf(type, ids);
    for (const id of ids) {
      const wanted = [...model.entities[type].get(id)!.attributes].flatMap(([kind, values]) =>
        [...values].map((v) => `${kind}/${v}`),
      );
      const found = (attributes.get(id) ?? []).map(({ kind, value }) => `${kind}/${value}`);
      expect(found.sort(), `${type} ${id}`).toEqual(wanted.sort());
    }
    const tombstones = (await catalog.tombstones()).filter((t) => t.type === type).map((t) => t.id);
    expect(tombstones.sort(byBytes)).toEqual([...model.gone[type]].sort(byBytes));
  }
  const products = [...model.entities.product].sort(([a], [b]) => byBytes(a, b));
  expect(await catalog.productStates()).toEqual({
    hidden: products.filter(([, p]) => p.hidden).map(([id]) => id),
    outOfStock: products.filter(([, p]) => !p.inStock).map(([id]) => id),
  });
  const standing = model.standing();
  for (const type of ['purchase', 'view']) {
    const weighting = { ...PLAIN, typeWeights: { [type]: 1 }, otherTypes: 0 };
    const found = (await readPairs(catalog, weighting)).map(
      ([c, p, w]) => [JSON.stringify([c, p, type]), w] as const,
    );
    const wanted = [...standing].filter(([key]) => JSON.parse(key)[2] === type);
    expect(new Map(found)).toEqual(new Map(wanted));
  }
  expect((await catalog.counts()).interactions).toBe(model.events.filter((e) => e.quantity > 0).length);
  expect((await catalog.counts()).returns).toBe(model.events.filter((e) => e.quantity < 0).length);
}

describe('writes and the plain model', () => {
  test.each([1, 2, 3])('sequence %i, and again after the file was closed and opened', async (seed) => {
    const random = createRandom(seed);
    const temp = await openTempCatalog();
    const model = new WriteModel();
    let catalog = temp.catalog;
    try {
      let watermark = 0;
      for (let i = 1; i <= 60; i++) {
        await step(random, catalog, model);
        const next = await catalog.watermark();
        expect(next).toBeGreaterThanOrEqual(watermark);
        watermark = next;
        if (i % 15 === 0) await expectSame(catalog, model);
        if (i % 30 === 0) {
          await catalog.close();
          catalog = await openCatalog(join(temp.dir, 'data', 'catalog.duckdb'), {
            rejectsDir: join(temp.dir, 'rejects'),
          });
          expect(await catalog.watermark()).toBe(watermark);
          await expectSame(catalog, model);
        }
      }
    } finally {
      await catalog.close();
      await temp.dispose();
    }
  });
});
