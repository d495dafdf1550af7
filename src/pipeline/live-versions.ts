/**
 * Which versions are in memory, and which alias is answered from which. One alias, the server's own, is
 * always there; others are loaded when they are first asked for, and the least recently used gives its
 * place to the next. Aliases of one version share it. What changes the set is done one after the other;
 * reading it takes no turn.
 */
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { createQueue } from '../base/queue.ts';
import type { OverlayFactory } from './live-overlay.ts';
import type { LoadedModel, Log } from './live-types.ts';
import { buildLiveVersion, type IndexFactory, type LiveVersion } from './live-version.ts';
import type { Workspace } from './workspace.ts';

export interface LiveVersionsOptions {
  /** Always in memory, as soon as it points at a version. */
  readonly alias: string;
  /** Versions in memory at once, that of `alias` included; ≥ 2. */
  readonly limit: number;
  readonly log: Log;
  readonly createIndex: IndexFactory;
  readonly openOverlay: OverlayFactory;
}

export interface LiveVersions {
  /** What an alias is answered from if that is in memory. */
  find(alias: string): LiveVersion | undefined;
  /**
   * Runs `work` on the version of an alias, which is loaded if need be and stays open until the work ends.
   * @throws ShelfwalkError NO_MODEL — the alias is the server's own, and nothing has been trained yet
   * @throws ShelfwalkError ALIAS_UNKNOWN · VERSION_CORRUPT · INDEX_CLOSED
   */
  use<T>(alias: string, work: (live: LiveVersion) => Promise<T>): Promise<T>;
  /** Follows all aliases in memory. What cannot be loaded leaves its alias where it was. */
  reload(): Promise<{ readonly changed: boolean }>;
  promote(alias: string, version: string, expected?: string): Promise<{ readonly previous?: string }>;
  loaded(): LoadedModel[];
  close(): Promise<void>;
}

/** However many nodes are to be folded in, a version is served after this. */
const SETTLE_MS = 10_000;

export function createLiveVersions(
  versions: Workspace['versions'],
  { alias: own, limit, log, ...factories }: LiveVersionsOptions,
): LiveVersions {
  const byAlias = new Map<string, LiveVersion>(); // least recently used first
  const retiring = new Set<Promise<void>>();
  const inTurn = createQueue();
  let isClosed = false;

  const inMemory = (): Set<LiveVersion> => new Set(byAlias.values());

  /** From memory if another alias has brought it there. */
  async function load(id: string): Promise<LiveVersion> {
    for (const live of inMemory()) if (live.info.version === id) return live;
    const live = await buildLiveVersion(await versions.load(id), factories);
    // Before anything is answered from it: what is new would else be missing from its first answers.
    await live.overlay.settle(SETTLE_MS);
    return live;
  }

  /** One assignment: a query sees the old version or the new one, never a mix. */
  function point(alias: string, next: LiveVersion | undefined): void {
    const previous = byAlias.get(alias);
    if (next) byAlias.set(alias, next);
    else byAlias.delete(alias);
    const facts = { alias, version: next?.info.version, previous: previous?.info.version };
    log.info(facts, next ? 'serving version' : 'no longer in memory');
    if (previous) letGo(previous);
  }

  /** Unless an alias is answered from it. */
  function letGo(live: LiveVersion): void {
    if (inMemory().has(live)) return;
    const { version } = live.info;
    const closed = live
      .retire()
      .catch((error: unknown) => log.error({ err: error, version }, 'a retired version did not close'))
      .finally(() => retiring.delete(closed));
    retiring.add(closed);
  }

  /**
   * Once the version is there, so that one that cannot be loaded takes no other's place. For as long as it
   * takes to load there is one more than the limit. Neither the own alias gives its version up, nor others that share it.
   */
  function pointWithinLimit(alias: string, next: LiveVersion): void {
    point(alias, next);
    while (inMemory().size > limit) {
      const kept = byAlias.get(own);
      const [oldest] = [...byAlias].find(([, live]) => live !== kept && live !== next) ?? [];
      if (oldest === undefined) return;
      point(oldest, undefined);
    }
  }

  async function open(alias: string): Promise<LiveVersion> {
    if (isClosed) throw new ShelfwalkError('INDEX_CLOSED');
    const known = byAlias.get(alias);
    if (known) return known; // another query has loaded it while this one waited for its turn
    const id = await getAliased(versions, alias, own);
    const live = await load(id);
    pointWithinLimit(alias, live);
    return live;
  }

  async function follow(alias: string): Promise<boolean> {
    const id = await findAliased(versions, alias);
    if (id === byAlias.get(alias)?.info.version) return false;
    if (id === undefined) point(alias, undefined);
    else pointWithinLimit(alias, await load(id));
    return true;
  }

  async function reload(): Promise<{ changed: boolean }> {
    let changed = false;
    if (isClosed) return { changed }; // asked for while others were closed: nobody would close what is loaded now
    const failures: unknown[] = [];
    for (const alias of new Set([own, ...byAlias.keys()])) {
      try {
        if (await follow(alias)) changed = true;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return { changed };
  }

  async function promote(alias: string, version: string, expected?: string): Promise<{ previous?: string }> {
    await versions.manifest(version);
    const found = await findAliased(versions, alias);
    if (expected !== undefined && found !== expected) {
      throw new ShelfwalkError('ALIAS_MOVED', { alias, expected, found: found ?? null });
    }
    const isServed = !isClosed && (alias === own || byAlias.has(alias));
    const next = isServed && byAlias.get(alias)?.info.version !== version ? await load(version) : undefined;
    try {
      const moved = await versions.promote(alias, version, expected);
      if (next) pointWithinLimit(alias, next);
      return moved;
    } catch (error) {
      if (next) letGo(next);
      throw error;
    }
  }

  /** Most recently used: last. */
  function touch(alias: string, live: LiveVersion): void {
    byAlias.delete(alias);
    byAlias.set(alias, live);
  }

  return {
    find: (alias) => byAlias.get(alias),
    async use(alias, work) {
      const known = byAlias.get(alias);
      if (known) {
        touch(alias, known);
        return known.use(() => work(known));
      }
      // Begun within the turn, so that the version cannot be retired before; waited for outside of it.
      const { answer } = await inTurn(async () => {
        const live = await open(alias);
        return { answer: live.use(() => work(live)) };
      });
      return answer;
    },
    reload: () => inTurn(reload),
    promote: (alias, version, expected) => inTurn(() => promote(alias, version, expected)),
    loaded: () =>
      [...inMemory()].map(({ info }) => {
        const aliases = [...byAlias].filter(([, live]) => live.info === info).map(([alias]) => alias);
        return { ...info, aliases: aliases.sort() };
      }),
    async close() {
      await inTurn(async () => {
        isClosed = true;
        for (const alias of [...byAlias.keys()]) point(alias, undefined);
      });
      await Promise.all(retiring);
    },
  };
}

async function findAliased(versions: Workspace['versions'], alias: string): Promise<string | undefined> {
  try {
    return await versions.resolve(alias);
  } catch (error) {
    if (isShelfwalkError(error, 'ALIAS_UNKNOWN')) return undefined;
    throw error;
  }
}

/**
 * @throws ShelfwalkError NO_MODEL — of the own alias, where there is no alias at all yet
 * @throws ShelfwalkError ALIAS_UNKNOWN — says which there are
 */
async function getAliased(versions: Workspace['versions'], alias: string, own: string): Promise<string> {
  const id = await findAliased(versions, alias);
  if (id !== undefined) return id;
  const known = Object.keys(await versions.aliases()).sort();
  if (known.length > 0)
    throw new ShelfwalkError('ALIAS_UNKNOWN', { alias, hint: `Known: ${known.join(', ')}` });
  if (alias === own)
    throw new ShelfwalkError('NO_MODEL', { hint: 'Import interactions, then run: shelfwalk train' });
  throw new ShelfwalkError('ALIAS_UNKNOWN', { alias, hint: 'There is none yet: shelfwalk train makes one' });
}
