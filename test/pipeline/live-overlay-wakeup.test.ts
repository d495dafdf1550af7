/** A write that comes at any moment of folding in another one is folded in too, without a third. */
import { expect, test } from 'vitest';
import type { CatalogNews } from '../../src/catalog/write-types.ts';
import type { CatalogFollower, CatalogWatch } from '../../src/pipeline/catalog-watch.ts';
import { openOverlay } from '../../src/pipeline/live-overlay.ts';
import type { VersionRows } from '../../src/pipeline/live-version.ts';
import { fakeVersion, silent } from '../serve/fakes.ts';

const NOTHING = { upserted: [], deleted: [], putAgain: [] };
const toNews = (id: string): CatalogNews => ({
  watermark: 1,
  bulk: false,
  products: { ...NOTHING, upserted: [id], states: [] },
  customers: NOTHING,
  interactions: [],
});

const content = fakeVersion('v1');
const version: VersionRows = {
  info: {
    version: 'v1',
    spaceId: 's1',
    dimension: 8,
    createdAt: content.manifest.createdAt,
    nodes: { customer: 18, product: 18, attribute: 5 },
    bytes: 0,
  },
  content,
  missingReasons: {},
  findAnyRow: () => undefined,
  typeOf: () => 'product',
  range: () => ({ start: 0, end: 0 }),
};

const row = new Float32Array(8).fill(1);
const folded = { vector: row, context: row, basis: { interactions: 1, attributes: 0 } };

test.each(Array.from({ length: 24 }, (_, i) => i))(
  '%i turns of promises after the first is read',
  async (turns) => {
    let follower: CatalogFollower | undefined;
    const watch: CatalogWatch = {
      hidden: new Set(),
      outOfStock: new Set(),
      isGone: () => false,
      goneIds: () => [],
      hasForgotten: false,
      follow(given) {
        follower = given;
        return () => {};
      },
      settle: async () => {},
      close() {},
    };
    const overlay = await openOverlay(version, {
      watch,
      log: silent,
      catalog: { nodeIds: async () => [], neighborhoods: async () => new Map() },
      foldIns: {
        of: () => Promise.reject(new Error('not asked for')),
        async fold(_live, _type, ids) {
          if (ids.includes('first')) {
            let later = Promise.resolve();
            for (let i = 0; i < turns; i++) later = later.then(() => {});
            void later.then(() => follower!.onNews(toNews('second')));
          }
          return new Map(ids.map((id) => [id, { name: id, folded, from: new Uint32Array(0) }]));
        },
      },
    });
    follower!.onNews(toNews('first'));
    const find = (id: string) => overlay.get({ type: 'product', id })?.name;
    await expect.poll(() => [find('first'), find('second')], { timeout: 300 }).toEqual(['first', 'second']);
    overlay.close();
  },
);
