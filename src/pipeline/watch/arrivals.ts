/**
 * What lies in a watched folder, and where it goes when it is done. Whoever may drop a file may not thereby
 * have others read or overwritten: links are not followed, and nothing is replaced.
 */
import type { BigIntStats } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ShelfwalkError } from '../../base/errors.ts';
import { writeDurable } from '../../vectors/durable-file.ts';
import { WATCHED_KINDS, type WatchedKind } from './watch-mapping.ts';

export interface Arrival {
  readonly kind: WatchedKind;
  /** Within the folder of its kind. */
  readonly name: string;
  readonly path: string;
  /** Size and time of the last change: the same in two looks, nobody writes to it any more. */
  readonly mark: string;
}

export interface Arrivals {
  /** By kind, then in the byte order of their names. */
  readonly files: readonly Arrival[];
  /** What can never be taken as it lies there. */
  readonly passedOver: readonly { readonly path: string; readonly found: string }[];
}

export const DONE = 'done';
export const FAILED = 'failed';

/** @throws ShelfwalkError FOLDER_UNUSABLE — there is no such folder, or what should be one below it is something else */
export async function makeWatchedFolders(folder: string): Promise<void> {
  const found = await orUndefined(stat(folder, { bigint: true }));
  if (!found?.isDirectory()) {
    const hint = 'Make it first: a folder that is not there may be a share that is not mounted';
    throw new ShelfwalkError('FOLDER_UNUSABLE', { folder, found: found ? 'no folder' : 'nothing', hint });
  }
  for (const name of [...WATCHED_KINDS, DONE, FAILED]) await makePlainFolder(join(folder, name));
}

/** @throws ShelfwalkError FOLDER_UNUSABLE */
export async function listArrivals(folder: string): Promise<Arrivals> {
  const files: Arrival[] = [];
  const passedOver: { path: string; found: string }[] = [];
  for (const kind of WATCHED_KINDS) {
    const below = join(folder, kind);
    await makePlainFolder(below);
    for (const bytes of (await readdir(below, { encoding: 'buffer' })).sort(Buffer.compare)) {
      const name = bytes.toString('utf8');
      if (isUnfinished(name)) continue;
      const path = join(below, name);
      if (!Buffer.from(name).equals(bytes)) {
        passedOver.push({ path, found: 'a name that is not UTF-8' });
        continue;
      }
      const stats = await findStats(path);
      if (!stats) continue; // gone meanwhile
      const found = findFault(name, stats);
      if (found === undefined) files.push({ kind, name, path, mark: toMark(stats) });
      else passedOver.push({ path, found });
    }
  }
  return { files, passedOver };
}

/** Hidden, or by a name that programs give to what they are still writing. */
const isUnfinished = (name: string): boolean => /^\.|\.(part|partial|tmp|temp|crdownload)$|~$/i.test(name);

/** Room for what is put before or behind a name when a file is put away: file systems end at 255 bytes. */
const MAX_NAME_BYTES = 240;

function findFault(name: string, stats: BigIntStats): string | undefined {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (!stats.isFile()) return stats.isDirectory() ? 'a folder' : 'no regular file';
  return Buffer.byteLength(name) > MAX_NAME_BYTES ? `a name of more than ${MAX_NAME_BYTES} bytes` : undefined;
}

const toMark = ({ size, mtimeNs }: BigIntStats): string => `${size} bytes at ${mtimeNs}`;

/** Of a file as it is now; undefined where there is none any more. */
export async function findMark(path: string): Promise<string | undefined> {
  const stats = await findStats(path);
  return stats?.isFile() ? toMark(stats) : undefined;
}

/**
 * Out of the way, under a name that is free; a verdict lies beside it before it does.
 * @returns where, from the watched folder on
 */
export async function putAway(
  folder: string,
  { kind, name, path }: Arrival,
  { where, verdict }: { readonly where: typeof DONE | typeof FAILED; readonly verdict?: object },
): Promise<string> {
  const below = join(folder, where, kind);
  await makePlainFolder(join(folder, where));
  await makePlainFolder(below);
  let free = name;
  for (let n = 2; await findStats(join(below, free)); n++) free = `${n}.${name}`;
  if (verdict) {
    const beside = join(below, `${free}.error.json`);
    await rm(beside, { force: true }); // of an attempt that was cut off here; or a link, which goes, not what it names
    await writeDurable(beside, [Buffer.from(`${JSON.stringify(verdict, undefined, 2)}\n`)]);
  }
  await rename(path, join(below, free));
  return join(where, kind, free);
}

/** @throws ShelfwalkError FOLDER_UNUSABLE — a link could lead anywhere */
async function makePlainFolder(path: string): Promise<void> {
  const stats = await findStats(path);
  if (stats?.isDirectory()) return;
  const refuse = (found: unknown, cause?: unknown): never => {
    throw new ShelfwalkError('FOLDER_UNUSABLE', { folder: path, found, expected: 'a folder' }, { cause });
  };
  if (stats) refuse(stats.isSymbolicLink() ? 'a symbolic link' : 'a file');
  await mkdir(path).catch((cause: NodeJS.ErrnoException) => refuse(cause.code, cause));
}

/** Of the name itself, not of what a link points at. */
const findStats = (path: string): Promise<BigIntStats | undefined> =>
  orUndefined(lstat(path, { bigint: true }));

async function orUndefined(stats: Promise<BigIntStats>): Promise<BigIntStats | undefined> {
  try {
    return await stats;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
