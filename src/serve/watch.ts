/** The watched folder of a server: from its settings, with the server's turn, log and figures. */
import { resolve } from 'node:path';
import { systemClock } from '../pipeline/jobs/schedule.ts';
import type { ServerConfig } from '../pipeline/server-config.ts';
import { makeWatchedFolders } from '../pipeline/watch/arrivals.ts';
import {
  createFolderWatch,
  type FolderWatch,
  type FolderWatchOptions,
} from '../pipeline/watch/folder-watch.ts';
import type { Workspace } from '../pipeline/workspace.ts';

export interface WatchDeps extends Pick<FolderWatchOptions, 'turn' | 'log' | 'observe'> {
  readonly workspace: Workspace;
}

/** @returns undefined where no folder is named @throws ShelfwalkError FOLDER_UNUSABLE */
export async function openWatch(
  { workspace: { catalog }, turn, log, observe }: WatchDeps,
  { watch }: Pick<ServerConfig, 'watch'>,
): Promise<FolderWatch | undefined> {
  if (watch.folder === undefined) return undefined;
  const folder = resolve(watch.folder);
  await makeWatchedFolders(folder);
  const everyMs = watch.everySeconds * 1000;
  return createFolderWatch({ folder, everyMs, catalog, turn, clock: systemClock, log, observe });
}
