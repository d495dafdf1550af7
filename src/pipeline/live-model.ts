/**
 * What is being served: the version that one alias points at, ready to answer, and those of other
 * aliases as they are asked for; each swapped for another without a request noticing. Single-threaded;
 * searches may run on threads of the index.
 */
import { createExactIndex } from '../neighbors/exact.ts';
import { createCatalogWatch } from './catalog-watch.ts';
import { createLiveFilters } from './live-filters.ts';
import { createFoldIns } from './live-fold-in.ts';
import { createLiveGraphs } from './live-graph.ts';
import { createLiveHistories } from './live-histories.ts';
import { type OverlayFactory, openOverlay } from './live-overlay.ts';
import { createLiveQueries } from './live-queries.ts';
import type { LiveModel, Log, Metric } from './live-types.ts';
import type { IndexFactory } from './live-version.ts';
import { createLiveVersions } from './live-versions.ts';
import { serverConfigSchema } from './server-config.ts';
import type { Workspace } from './workspace.ts';

export interface LiveModelOptions {
  /** Answers where a query names no model. */
  readonly alias: string;
  /** Versions in memory at once, that of `alias` included; ≥ 2. Default: the server's. */
  readonly limit?: number;
  readonly log: Log;
  /** How long an answer waits for vectors of what was written just before; ms, 250 by default. */
  readonly foldInWaitMs?: number;
  /** How tables are searched; exact by default. */
  readonly createIndex?: IndexFactory;
  /** Told how long each search took, in seconds. */
  readonly onSearch?: (metric: Metric, seconds: number) => void;
}

/** A list is as good without what was written a moment ago, and says that it is; a caller does not wait for long. */
const FOLD_IN_WAIT_MS = 250;

/**
 * Loads what the alias points at; an alias that points at nothing is no failure, queries are refused
 * with NO_MODEL until there is something.
 * @throws ShelfwalkError VERSION_CORRUPT · VERSION_FORMAT_UNKNOWN — the alias points at a damaged version
 */
export async function createLiveModel(
  { catalog, versions }: Pick<Workspace, 'catalog' | 'versions'>,
  options: LiveModelOptions,
): Promise<LiveModel> {
  const { alias, limit = serverConfigSchema.parse({}).limits.models, log, onSearch = () => {} } = options;
  const { foldInWaitMs = FOLD_IN_WAIT_MS } = options;
  const createIndex = options.createIndex ?? createExactIndex;
  const watch = await createCatalogWatch(catalog, log);
  const foldIns = createFoldIns({ catalog, versions });
  const graphs = createLiveGraphs({ catalog, versions });
  const filters = createLiveFilters(catalog);
  const histories = createLiveHistories(catalog);
  const openOver: OverlayFactory = (version) => openOverlay(version, { catalog, watch, foldIns, log });
  const live = createLiveVersions(versions, { alias, limit, log, createIndex, openOverlay: openOver });
  const close = (): void => {
    for (const follower of [watch, filters, histories]) follower.close();
  };
  try {
    await live.reload();
  } catch (error) {
    close();
    throw error;
  }
  return {
    info() {
      const version = live.find(alias);
      return version && { alias, ...version.info };
    },
    loaded: live.loaded,
    reload: live.reload,
    promote: live.promote,
    ...createLiveQueries({
      catalog,
      watch,
      foldIns,
      graphs,
      filters,
      histories,
      live,
      alias,
      onSearch,
      foldInWaitMs,
    }),
    async close() {
      close();
      await live.close();
    },
  };
}
