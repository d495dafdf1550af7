/** A version by its id, or by an alias that points at it: the two cannot be mistaken for each other. */
import { isVersionId } from '../vectors/version-id.ts';
import type { Workspace } from './workspace.ts';

/** @throws ShelfwalkError ALIAS_UNKNOWN */
export const toVersionOf = async (versions: Workspace['versions'], name: string): Promise<string> =>
  isVersionId(name) ? name : versions.resolve(name);
