/** How much has happened in the catalog that the version of an alias does not know of. */
import { isShelfwalkError } from '../base/errors.ts';
import type { Workspace } from './workspace.ts';

/** Commits since; 0 where no version is served, or one that does not say how much it has seen. */
export async function countCommits({ catalog, versions }: Workspace, alias: string): Promise<number> {
  try {
    const { watermark } = await versions.manifest(await versions.resolve(alias));
    return watermark === undefined ? 0 : Math.max(0, (await catalog.watermark()) - watermark);
  } catch (error) {
    if (isShelfwalkError(error, 'ALIAS_UNKNOWN')) return 0;
    throw error;
  }
}
