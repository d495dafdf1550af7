/**
 * What lies over one version while it is served: which of its rows are not to be answered with, because
 * the catalog has deleted, hidden or sold out what they stand for, and vectors for nodes of the catalog
 * that it has no row for, folded in when they are written. The version itself is never changed; the
 * overlay goes with it when it is retired, and is made anew when it is loaded again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isShelfwalkError } from '../base/errors.ts';
import { type NodeRef, parseNodeKey, toNodeKey } from '../base/ids.ts';
import { createBreather } from '../base/task.ts';
import type { Catalog, EntityType } from '../catalog/types.ts';
import type { CatalogNews } from '../catalog/write-types.ts';
import type { CatalogWatch } from './catalog-watch.ts';
import { type ColdHit, type ColdNode, type ColdSearch, ColdTable } from './cold-table.ts';
import type { FoldInRows, FoldIns } from './live-fold-in.ts';
import type { Log } from './live-types.ts';
import { findReasonWithoutVector, isLeftOutOnPurpose, type VersionRows } from './live-version.ts';
import { flagRows, GONE, type RowFlags, toStates } from './row-flags.ts';

/** Beyond this many a version is no longer the one to serve: others get a vector when they are asked for. */
const MAX_COLD_NODES = 10_000;
/** Folded in from one reading of the catalog. */
const BATCH = 256;

export interface Overlay {
  /** Of the rows of the version; changed while they are searched. */
  readonly flags: RowFlags;
  /** What was folded in for a node without a row; undefined if nothing could be, or not yet. */
  get(ref: NodeRef): ColdNode | undefined;
  /** The same, after waiting for what is being folded in; beyond what is kept, folded in for this once. */
  find(ref: NodeRef): Promise<ColdNode | undefined>;
  search(query: ArrayLike<number>, options: ColdSearch): ColdHit[];
  /** Waits until all that was written is folded in, but no longer than this. @returns how many nodes are not */
  settle(waitMs: number): Promise<number>;
  close(): void;
}

export interface OverlayDeps {
  readonly catalog: Pick<Catalog, 'nodeIds' | 'neighborhoods'>;
  readonly watch: CatalogWatch;
  readonly foldIns: FoldIns;
  readonly log: Log;
}

export type OverlayFactory = (version: VersionRows) => Promise<Overlay>;

/** Rows are flagged when it resolves; folding in goes on after that. */
export async function openOverlay(version: VersionRows, deps: OverlayDeps): Promise<Overlay> {
  const overlay = new LiveOverlay(version, deps);
  await overlay.open();
  return overlay;
}

class LiveOverlay implements Overlay {
  readonly flags: RowFlags;
  readonly #version: VersionRows & FoldInRows;
  readonly #deps: OverlayDeps;
  readonly #table: ColdTable;
  /** Keys of nodes to fold in, or to fold in again. */
  readonly #dirty = new Set<string>();
  /** Of those, what is being folded in just now and is still wanted. */
  readonly #inHand = new Set<string>();
  #folding: Promise<void> | undefined;
  /** While the catalog is read again it is not known what is to be folded in. */
  #reading: Promise<void> | undefined;
  #stopFollowing = (): void => {};
  #isClosed = false;
  #hasWarned = false;

  constructor(version: VersionRows, deps: OverlayDeps) {
    const flags = new Uint8Array(new SharedArrayBuffer(version.content.nodes.count));
    this.flags = flags;
    this.#version = {
      ...version,
      findRow(ref) {
        const row = version.findAnyRow(ref);
        return row !== undefined && (flags[row]! & GONE) !== 0 ? undefined : row;
      },
    };
    this.#deps = deps;
    this.#table = new ColdTable(version.info.dimension);
  }

  async open(): Promise<void> {
    // Before anything is read: what is told from here on is not missed, and doing it twice does no harm.
    this.#stopFollowing = this.#deps.watch.follow({
      onNews: (news) => this.#onNews(news),
      onBulk: () => this.#readAgain(),
    });
    try {
      await flagRows(this.flags, this.#version, this.#deps.watch);
      await this.#findCold();
    } catch (error) {
      this.close();
      throw error;
    }
    this.#startFolding();
  }

  get(ref: NodeRef): ColdNode | undefined {
    return this.#table.get(ref);
  }

  async find(ref: NodeRef): Promise<ColdNode | undefined> {
    if (ref.type === 'attribute') return undefined;
    const key = toNodeKey(ref.type, ref.id);
    await this.#reading;
    while (this.#folding && (this.#dirty.has(key) || this.#inHand.has(key))) await this.#folding;
    const known = this.#table.get(ref);
    if (known || this.#table.size < MAX_COLD_NODES || this.#hasRow(ref)) return known;
    const beyond = new ColdTable(this.#version.info.dimension);
    await this.#foldInto(beyond, ref.type, [ref.id]);
    return beyond.get(ref);
  }

  search(query: ArrayLike<number>, options: ColdSearch): ColdHit[] {
    return this.#table.search(query, options);
  }

  async settle(waitMs: number): Promise<number> {
    if (!this.#folding) return 0;
    const timer = new AbortController();
    const late = delay(waitMs, undefined, { signal: timer.signal, ref: false }).catch(() => {});
    await Promise.race([this.#folding, late]);
    timer.abort();
    // What was written again while it was in hand is one node.
    return this.#folding === undefined ? 0 : Math.max(1, new Set([...this.#dirty, ...this.#inHand]).size);
  }

  close(): void {
    this.#isClosed = true;
    this.#stopFollowing();
    this.#dirty.clear();
    this.#inHand.clear();
  }

  #hasRow(ref: NodeRef): boolean {
    const row = this.#version.findRow(ref);
    if (row === undefined) return false;
    const reason = findReasonWithoutVector(this.#version, row);
    return reason === undefined || isLeftOutOnPurpose(this.#version, row);
  }

  /** What the catalog has and the version has no row for. */
  async #findCold(): Promise<void> {
    if (!this.#version.content.contexts) return; // nothing could be folded in
    const breathe = createBreather();
    for (const type of ['product', 'customer'] as const) {
      if (this.#version.info.nodes[type] === 0) continue; // none was trained to learn from
      for (const id of await this.#deps.catalog.nodeIds(type)) {
        if (this.#dirty.size >= MAX_COLD_NODES) {
          this.#warnFull();
          return;
        }
        if (!this.#hasRow({ type, id })) this.#dirty.add(toNodeKey(type, id));
        await breathe();
      }
    }
  }

  #readAgain(): void {
    const earlier = this.#folding;
    const reading = (async () => {
      await earlier;
      try {
        await flagRows(this.flags, this.#version, this.#deps.watch);
        await this.#findCold();
      } catch (error) {
        this.#report(error);
      }
    })();
    this.#reading = reading;
    this.#run(async () => {
      await reading;
      return this.#fold();
    });
  }

  /** Queries may wait for the work, and so does the next. True: go on with what was marked since its last look. */
  #run(work: () => Promise<boolean>): void {
    const running: Promise<void> = work().then((goesOn) => {
      if (this.#folding !== running) return;
      this.#folding = undefined;
      if (goesOn) this.#startFolding();
    });
    this.#folding = running;
  }

  #onNews({ products, customers, interactions }: CatalogNews): void {
    for (const [type, news] of [
      ['product', products],
      ['customer', customers],
    ] as const) {
      for (const id of news.deleted) this.#onDeleted({ type, id });
      for (const id of news.putAgain) this.#onDeleted({ type, id });
      for (const id of news.upserted) this.#mark({ type, id });
    }
    for (const { id } of products.states) {
      const ref = { type: 'product', id } as const;
      const row = this.#version.findAnyRow(ref);
      if (row !== undefined) this.flags[row] = (this.flags[row]! & GONE) | toStates(this.#deps.watch, ref);
      this.#table.flag(ref, toStates(this.#deps.watch, ref));
    }
    for (const { customerId, productId } of interactions) {
      this.#mark({ type: 'customer', id: customerId });
      this.#mark({ type: 'product', id: productId });
    }
    this.#startFolding();
  }

  /** Its row is not answered with any more; what was folded in from it is folded in again without. */
  #onDeleted(ref: NodeRef): void {
    const key = toNodeKey(ref.type, ref.id);
    this.#dirty.delete(key);
    this.#inHand.delete(key);
    this.#table.remove(ref);
    const row = this.#version.findAnyRow(ref);
    if (row === undefined) return;
    this.flags[row]! |= GONE;
    for (const inHand of this.#inHand) this.#dirty.add(inHand); // may have met the row already
    for (const node of this.#table.nodes()) {
      if (node.from.includes(row)) this.#dirty.add(toNodeKey(node.type, node.id));
    }
  }

  #mark(ref: NodeRef): void {
    if (!this.#version.content.contexts || this.#version.info.nodes[ref.type] === 0) return;
    if (!this.#hasRow(ref)) this.#dirty.add(toNodeKey(ref.type, ref.id));
  }

  #startFolding(): void {
    if (this.#dirty.size > 0 && !this.#folding) this.#run(() => this.#fold());
  }

  async #fold(): Promise<boolean> {
    try {
      while (this.#dirty.size > 0 && !this.#isClosed) await this.#foldBatch();
      return !this.#isClosed;
    } catch (error) {
      // They stay to be folded in: the next write, or the next import, tries again.
      for (const key of this.#inHand) this.#dirty.add(key);
      this.#inHand.clear();
      this.#report(error);
      return false;
    }
  }

  async #foldBatch(): Promise<void> {
    const [first] = this.#dirty;
    const { type } = parseNodeKey(first!) as { type: EntityType };
    const ids: string[] = [];
    for (const key of this.#dirty) {
      const ref = parseNodeKey(key);
      if (ref.type !== type) continue;
      this.#dirty.delete(key);
      const isOneMore = this.#table.get(ref) === undefined;
      if (isOneMore && this.#table.size + ids.length >= MAX_COLD_NODES) {
        this.#warnFull();
        continue;
      }
      this.#inHand.add(key);
      if (ids.push(ref.id) === BATCH) break;
    }
    await this.#foldInto(this.#table, type, ids, this.#inHand);
    this.#inHand.clear();
  }

  /** @param wanted keys, if some may meanwhile have been deleted */
  async #foldInto(
    table: ColdTable,
    type: EntityType,
    ids: readonly string[],
    wanted?: ReadonlySet<string>,
  ): Promise<void> {
    if (ids.length === 0) return;
    const found = await this.#deps.foldIns.fold(this.#version, type, ids);
    for (const id of ids) {
      if (wanted && !wanted.has(toNodeKey(type, id))) continue;
      const ref = { type, id } as const;
      const content = found.get(id);
      if (content) table.set(ref, content, toStates(this.#deps.watch, ref));
      else table.remove(ref);
    }
  }

  #warnFull(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const { version } = this.#version.info;
    const facts = { version, limit: MAX_COLD_NODES };
    this.#deps.log.warn(facts, 'more new nodes than are kept beside a version: the rest is in no list');
  }

  #report(error: unknown): void {
    if (this.#isClosed || isShelfwalkError(error, 'SHUTTING_DOWN')) return;
    const { version } = this.#version.info;
    this.#deps.log.error({ err: error, version }, 'new nodes could not be folded in');
  }
}
