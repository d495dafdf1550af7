/**
 * What the catalog says now of ids that versions know: deleted, put again, forgotten, hidden, out of stock.
 * Read once, then kept up to date by the news of each commit, before its writer is told; after an import
 * it is read again. Holds ids of what is left out alone, not those of the whole catalog.
 */
import type { NodeRef, NodeType } from '../base/ids.ts';
import { createQueue } from '../base/queue.ts';
import { isForgotten } from '../catalog/forgotten.ts';
import type { Catalog } from '../catalog/types.ts';
import type { CatalogNews } from '../catalog/write-types.ts';
import type { Log } from './live-types.ts';
import { isMadeBefore, type MadeWhen, type PutWhen } from './put-again.ts';

export type WatchedCatalog = Pick<
  Catalog,
  'onChange' | 'tombstones' | 'putAgain' | 'forgottenDigests' | 'productStates'
>;

/** Whoever keeps something that depends on the catalog. */
export interface CatalogFollower {
  /** One commit; what the watch says already holds with it. Called before the writer is told, so it must not wait. */
  onNews(news: CatalogNews): void;
  /** Much has changed: read again what is kept. */
  onBulk(): void;
}

export interface CatalogWatch {
  readonly hidden: ReadonlySet<string>;
  readonly outOfStock: ReadonlySet<string>;
  /** What this version knows of the id is not to be answered with: deleted, or of another node by this name. */
  isGone(ref: NodeRef, version: MadeWhen): boolean;
  /** Ids of this type that may be gone; a customer who was forgotten is known by a digest only. */
  goneIds(type: NodeType): Iterable<string>;
  readonly hasForgotten: boolean;
  follow(follower: CatalogFollower): () => void;
  /** Resolves when what is being read again has been read. */
  settle(): Promise<void>;
  close(): void;
}

interface State {
  readonly deleted: Record<'customer' | 'product', Set<string>>;
  /** By id. */
  readonly putAgain: Record<'customer' | 'product', Map<string, PutWhen>>;
  readonly digests: Set<string>;
  readonly hidden: Set<string>;
  readonly outOfStock: Set<string>;
}

export async function createCatalogWatch(catalog: WatchedCatalog, log: Log): Promise<CatalogWatch> {
  const followers = new Set<CatalogFollower>();
  const inTurn = createQueue();
  /** News that come while the catalog is read: they may be in what is read, or not. Kept for no longer. */
  let since: CatalogNews[] | undefined;
  let state!: State;
  let reading: Promise<void> = Promise.resolve();

  async function read(): Promise<void> {
    const missed: CatalogNews[] = [];
    since = missed;
    try {
      const fresh = await readState(catalog);
      for (const news of missed) apply(fresh, news);
      state = fresh;
    } finally {
      since = undefined;
    }
  }

  function readAgain(): void {
    reading = inTurn(async () => {
      await read();
      for (const follower of followers) follower.onBulk();
    }).catch((error: unknown) => log.error({ err: error }, 'what was deleted could not be read again'));
  }

  const stop = catalog.onChange((news) => {
    since?.push(news);
    if (state) apply(state, news);
    if (news.bulk) readAgain();
    else for (const follower of followers) follower.onNews(news);
  });
  try {
    await inTurn(read);
  } catch (error) {
    stop();
    throw error;
  }
  return {
    get hidden() {
      return state.hidden;
    },
    get outOfStock() {
      return state.outOfStock;
    },
    get hasForgotten() {
      return state.digests.size > 0;
    },
    isGone: ({ type, id }, version) => type !== 'attribute' && isGone(state, { type, id }, version),
    *goneIds(type) {
      if (type === 'attribute') return;
      yield* state.deleted[type];
      yield* state.putAgain[type].keys();
    },
    follow(follower) {
      followers.add(follower);
      return () => void followers.delete(follower);
    },
    settle: () => reading,
    close: stop,
  };
}

async function readState(catalog: WatchedCatalog): Promise<State> {
  const [tombstones, putAgain, digests, states] = await Promise.all([
    catalog.tombstones(),
    catalog.putAgain(),
    catalog.forgottenDigests(),
    catalog.productStates(),
  ]);
  const state: State = {
    deleted: { customer: new Set(), product: new Set() },
    putAgain: { customer: new Map(), product: new Map() },
    digests: new Set(digests),
    hidden: new Set(states.hidden),
    outOfStock: new Set(states.outOfStock),
  };
  for (const { type, id } of tombstones) state.deleted[type].add(id);
  for (const { type, id, ...put } of putAgain) state.putAgain[type].set(id, put);
  return state;
}

function isGone(
  { deleted, putAgain, digests }: State,
  { type, id }: { type: 'customer' | 'product'; id: string },
  version: MadeWhen,
): boolean {
  if (deleted[type].has(id)) return true;
  const put = putAgain[type].get(id);
  if (put) return isMadeBefore(version, put);
  return type === 'customer' && isForgotten(digests, id);
}

/** Doing it twice is doing it once. */
function apply(state: State, { watermark, products, customers }: CatalogNews): void {
  const put = { putAt: new Date().toISOString(), watermark };
  for (const [type, news] of [
    ['product', products],
    ['customer', customers],
  ] as const) {
    for (const id of news.deleted) state.deleted[type].add(id);
    for (const id of news.putAgain) {
      state.deleted[type].delete(id);
      state.putAgain[type].set(id, put);
    }
  }
  for (const id of products.deleted) {
    state.hidden.delete(id);
    state.outOfStock.delete(id);
  }
  for (const { id, hidden, inStock } of products.states) {
    toggle(state.hidden, id, hidden);
    toggle(state.outOfStock, id, !inStock);
  }
}

function toggle(ids: Set<string>, id: string, isIn: boolean): void {
  if (isIn) ids.add(id);
  else ids.delete(id);
}
