/** The version that a refresh goes on from: matrices, graph and settings, or why there is no going on. */
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import type { LoadedVersion, Manifest, TrainedGraph } from '../vectors/types.ts';
import { type RunConfig, runConfigSchema } from './config.ts';
import type { Workspace } from './workspace.ts';

export interface ParentModel {
  readonly loaded: LoadedVersion;
  /** Its settings, but for `asOf`: ages are measured from the newest event of today. */
  readonly run: RunConfig;
  readonly graph?: TrainedGraph;
  /** Local refreshes since it was last trained anew. */
  readonly generation: number;
}

/** @throws ShelfwalkError VERSION_UNKNOWN · VERSION_CORRUPT · REFRESH_IMPOSSIBLE — it was not trained here */
export async function loadParent(versions: Workspace['versions'], id: string): Promise<ParentModel> {
  const loaded = await versions.load(id);
  const run = toRun(loaded.manifest);
  return { loaded, run, graph: await versions.graph(id), generation: toGeneration(loaded.report) };
}

/** The settings it was trained with. @throws ShelfwalkError REFRESH_IMPOSSIBLE — it was not trained here */
export function toRun({ id, configuration }: Pick<Manifest, 'id' | 'configuration'>): RunConfig {
  const parsed = runConfigSchema.safeParse({ ...configuration, graph: withoutAsOf(configuration['graph']) });
  if (!parsed.success) {
    throw new ShelfwalkError('REFRESH_IMPOSSIBLE', {
      version: id,
      found: `a version of algorithm ${String(configuration['algorithm'] ?? 'unknown')}`,
      expected: 'one that shelfwalk train made',
      hint: 'Make a roll-up again with shelfwalk rollup; what was imported is imported again',
    });
  }
  return parsed.data;
}

/** Why the version of an alias cannot be refreshed: it was not trained here. Undefined where it can, or there is none. */
export async function findRefreshObstacle(
  { versions }: Pick<Workspace, 'versions'>,
  alias: string,
): Promise<string | undefined> {
  try {
    toRun(await versions.manifest(await versions.resolve(alias)));
    return undefined;
  } catch (error) {
    if (isShelfwalkError(error, 'REFRESH_IMPOSSIBLE')) return error.message;
    if (isShelfwalkError(error, 'ALIAS_UNKNOWN')) return undefined;
    throw error;
  }
}

function withoutAsOf(graph: unknown): unknown {
  if (typeof graph !== 'object' || graph === null) return graph;
  const { asOf: _, ...rest } = graph as { readonly asOf?: unknown };
  return rest;
}

function toGeneration({ refresh }: Readonly<Record<string, unknown>>): number {
  const { generation } = (refresh ?? {}) as { readonly generation?: unknown };
  return typeof generation === 'number' ? generation : 0;
}
