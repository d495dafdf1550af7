/** What the watch knows of the catalog while it is read again, and what it does not keep. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { CatalogNews } from '../../src/catalog/write-types.ts';
import { createCatalogWatch, type WatchedCatalog } from '../../src/pipeline/catalog-watch.ts';
import { silent } from '../serve/fakes.ts';

const NOTHING = { upserted: [], deleted: [], putAgain: [] };
const toNews = (given: { bulk?: boolean; deleted?: string[] } = {}): CatalogNews => ({
  watermark: 1,
  bulk: given.bulk ?? false,
  products: { ...NOTHING, deleted: given.deleted ?? [], states: [] },
  customers: NOTHING,
  interactions: [],
});

/** @param hold what reading again waits for */
function fakeCatalog(hold: () => Promise<unknown>): WatchedCatalog & { tell(news: CatalogNews): void } {
  const listeners = new Set<(news: CatalogNews) => void>();
  return {
    tell(news) {
      for (const listener of listeners) listener(news);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tombstones: async () => {
      await hold();
      return [];
    },
    putAgain: async () => [],
    forgottenDigests: async () => [],
    productStates: async () => ({ hidden: [], outOfStock: [] }),
  };
}

const gone = { type: 'product', id: 'p1' } as const;
const version = { createdAt: '2026-01-01T00:00:00.000Z' };

test('what is deleted while the catalog is read again is gone, before and after', async () => {
  let release = (): void => {};
  let held: Promise<void> = Promise.resolve();
  const catalog = fakeCatalog(() => held);
  const watch = await createCatalogWatch(catalog, silent);
  held = new Promise((resolve) => {
    release = resolve;
  });
  catalog.tell(toNews({ bulk: true }));
  await nextTurn();
  catalog.tell(toNews({ deleted: ['p1'] })); // not in what was read: it came later
  expect(watch.isGone(gone, version)).toBe(true);
  release();
  await watch.settle();
  expect(watch.isGone(gone, version)).toBe(true);
  watch.close();
});

test('news are not kept once they are told', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const catalog = fakeCatalog(async () => {});
  const watch = await createCatalogWatch(catalog, silent);
  const told = Array.from({ length: 10 }, () => {
    const news = toNews();
    catalog.tell(news);
    return new WeakRef(news);
  });
  await expect
    .poll(() => {
      collect();
      return told.filter((news) => news.deref()).length;
    })
    .toBe(0);
  expect(watch.isGone(gone, version)).toBe(false);
  watch.close();
});
