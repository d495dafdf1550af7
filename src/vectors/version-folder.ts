/**
 * The folder that versions lie in: which there are, and how one leaves it. What is in a version is the
 * matter of version-files.ts.
 */
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { findStats, syncFolder } from './durable-file.ts';
import type { Manifest } from './types.ts';
import { readManifest } from './version-files.ts';
import { isVersionId } from './version-id.ts';

/** @throws ShelfwalkError VERSION_UNKNOWN · VERSION_CORRUPT · VERSION_FORMAT_UNKNOWN */
export const getManifest = (folder: string, id: string): Promise<Manifest> =>
  readVersion(folder, id, async (manifest) => manifest);

/**
 * `read` with the manifest and the folder of a version. One that is deleted in the middle of it is
 * unknown, as it is to who comes a moment later: its files being gone is no damage.
 * @throws ShelfwalkError VERSION_UNKNOWN, and what `read` throws of a version that is still there
 */
export async function readVersion<T>(
  folder: string,
  id: string,
  read: (manifest: Manifest, versionFolder: string) => Promise<T>,
): Promise<T> {
  await checkVersionExists(folder, id);
  const versionFolder = join(folder, id);
  try {
    return await read(await readManifest(versionFolder, id), versionFolder);
  } catch (error) {
    await checkVersionExists(folder, id);
    throw error;
  }
}

/** @throws ShelfwalkError VERSION_UNKNOWN */
export async function checkVersionExists(folder: string, id: string): Promise<void> {
  const found = isVersionId(id) ? await findStats(join(folder, id)) : undefined;
  if (!found?.isDirectory()) throw new ShelfwalkError('VERSION_UNKNOWN', { version: id });
}

/** Newest first. */
export async function listVersionIds(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .flatMap((e) => (e.isDirectory() && isVersionId(e.name) ? e.name : []))
    .sort()
    .reverse();
}

export interface VersionEntry {
  readonly id: string;
  readonly manifest?: Manifest;
  readonly error?: ShelfwalkError;
}

/** Newest first, each with its manifest or with what is wrong with it; without those that go meanwhile. */
export async function readVersionEntries(folder: string): Promise<VersionEntry[]> {
  const entries: VersionEntry[] = [];
  for (const id of await listVersionIds(folder)) {
    try {
      entries.push({ id, manifest: await getManifest(folder, id) });
    } catch (error) {
      if (isShelfwalkError(error, 'VERSION_UNKNOWN')) continue;
      if (!isShelfwalkError(error)) throw error;
      entries.push({ id, error });
    }
  }
  return entries;
}

/** Cleans away what a crash has left. */
export async function cleanVersionFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^\.(writing|removing)-/.test(name)) await rm(join(folder, name), { recursive: true });
  }
}

/** Off the list by one rename; deleting the files may then be cut short without harm. */
export async function discardVersion(folder: string, id: string): Promise<void> {
  const aside = join(folder, `.removing-${id}`);
  await rename(join(folder, id), aside);
  await syncFolder(folder);
  await rm(aside, { recursive: true });
}
