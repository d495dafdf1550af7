/**
 * The model that is being served: the version one alias points at, ready to answer, and swapped for
 * another without a request noticing. Single-threaded; searches may run on threads of the index.
 */
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { createQueue } from '../base/queue.ts';
import { createExactIndex } from '../neighbors/exact.ts';
import { createLiveQueries } from './live-queries.ts';
import type { LiveModel, Log, Metric } from './live-types.ts';
import { buildLiveVersion, type IndexFactory, type LiveVersion } from './live-version.ts';
import type { Workspace } from './workspace.ts';

export interface LiveModelOptions {
  readonly alias: string;
  readonly log: Log;
  /** How tables are searched; exact by default. */
  readonly createIndex?: IndexFactory;
  /** Told how long each search took, in seconds. */
  readonly onSearch?: (metric: Metric, seconds: number) => void;
}

/**
 * Loads what the alias points at; an alias that points at nothing is no failure, queries are refused
 * with NO_MODEL until `reload` finds something.
 * @throws ShelfwalkError VERSION_CORRUPT · VERSION_FORMAT_UNKNOWN — the alias points at a damaged version
 */
export async function createLiveModel(
  workspace: Pick<Workspace, 'catalog' | 'versions'>,
  { alias, log, createIndex = createExactIndex, onSearch = () => {} }: LiveModelOptions,
): Promise<LiveModel> {
  const { versions, catalog } = workspace;
  let current: LiveVersion | undefined;
  const retiring = new Set<Promise<void>>();
  const inTurn = createQueue();

  const load = async (id: string) => buildLiveVersion(alias, await versions.load(id), createIndex);

  /** One assignment: a query sees the old version or the new one, never a mix. */
  function swap(next: LiveVersion | undefined): void {
    const previous = current;
    current = next;
    log.info({ alias, version: next?.info.version, previous: previous?.info.version }, 'serving version');
    if (!previous) return;
    const closed = previous
      .retire()
      .catch((error: unknown) =>
        log.error({ err: error, version: previous.info.version }, 'a retired version did not close'),
      )
      .finally(() => retiring.delete(closed));
    retiring.add(closed);
  }

  async function reload(): Promise<{ changed: boolean }> {
    const id = await findAliased(versions, alias);
    if (id === current?.info.version) return { changed: false };
    swap(id === undefined ? undefined : await load(id));
    return { changed: true };
  }

  async function promote(name: string, version: string, expected?: string): Promise<{ previous?: string }> {
    await versions.manifest(version);
    const found = await findAliased(versions, name);
    if (expected !== undefined && found !== expected) {
      throw new ShelfwalkError('ALIAS_MOVED', { alias: name, expected, found: found ?? null });
    }
    const isServed = name === alias && current?.info.version !== version;
    const next = isServed ? await load(version) : undefined;
    const moved = await versions.promote(name, version);
    if (next) swap(next);
    return moved;
  }

  await reload();
  return {
    info: () => current?.info,
    reload: () => inTurn(reload),
    promote: (name, version, expected) => inTurn(() => promote(name, version, expected)),
    ...createLiveQueries(catalog, () => current, onSearch),
    async close() {
      await inTurn(async () => {
        if (current) swap(undefined);
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
