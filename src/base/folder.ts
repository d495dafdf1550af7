/** Folders made on demand, with one clear failure where that is not possible. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ShelfwalkError } from './errors.ts';

/**
 * Makes a folder and those above it. One level at a time: Node's recursive mkdir never returns where
 * a folder exists but takes no new entries, as in /proc.
 *
 * @throws ShelfwalkError FOLDER_UNUSABLE — with the system's own word: EACCES, EROFS, ENOTDIR, EEXIST (a file stands there) …
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeLevels(path);
  } catch (cause) {
    const found = (cause as NodeJS.ErrnoException).code;
    const hint = 'Name a place that can be written to';
    throw new ShelfwalkError('FOLDER_UNUSABLE', { folder: path, found, hint }, { cause });
  }
}

async function makeLevels(path: string): Promise<void> {
  if (await isFolder(path)) return;
  if (dirname(path) !== path) await makeLevels(dirname(path));
  try {
    await mkdir(path);
  } catch (error) {
    if (!(await isFolder(path))) throw error; // else somebody else has just made it
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
