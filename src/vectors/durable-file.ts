/**
 * Writing so that a crash at any instant leaves the old or the new, never a mix. The order is always:
 * write, fsync the file, rename, fsync the folder. Whoever has seen a call return may rely on the disk.
 */
import { createHash, randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ShelfwalkError } from '../base/errors.ts';

const CHUNK_BYTES = 1 << 20;

export interface Fingerprint {
  readonly sha256: string;
  readonly bytes: number;
}

export type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * A new file, on the disk when this returns (its name is not, until its folder is synced). A chunk may
 * be a view that its maker writes to again afterwards: it is used up before the next one is asked for.
 * @throws ShelfwalkError DISK_FULL
 */
export function writeDurable(path: string, chunks: Chunks): Promise<Fingerprint> {
  return refusingFullDisk(path, async () => {
    const hash = createHash('sha256');
    let bytes = 0;
    const handle = await open(path, 'wx');
    try {
      for await (const chunk of chunks) {
        hash.update(chunk);
        await writeAll(handle, chunk);
        bytes += chunk.length;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    return { sha256: hash.digest('hex'), bytes };
  });
}

/** Puts a file in the place of another: readers see all of the old or all of the new. */
export async function replaceDurable(path: string, chunks: Chunks): Promise<Fingerprint> {
  const folder = dirname(path);
  const beside = join(folder, `.writing-${randomBytes(6).toString('hex')}`);
  try {
    const fingerprint = await writeDurable(beside, chunks);
    await refusingFullDisk(path, () => rename(beside, path));
    await syncFolder(folder);
    return fingerprint;
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Makes renames in a folder outlive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there; NTFS journals their entries itself
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * A file from its start in chunks of up to 1 MiB, opened when the first is asked for. A chunk is good
 * until the next one. Undefined where there is no plain file: a symbolic link is none, it could lead
 * out of the data directory.
 */
export async function findChunks(
  path: string,
): Promise<{ bytes: number; chunks: AsyncIterable<Uint8Array<ArrayBuffer>> } | undefined> {
  const stats = await findStats(path);
  return stats?.isFile() ? { bytes: stats.size, chunks: readChunks(path, stats.size) } : undefined;
}

/** Of the name itself, not of what a link points at; undefined where there is nothing. */
export async function findStats(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function* readChunks(path: string, size: number): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const chunk = new Uint8Array(Math.min(size + 1, CHUNK_BYTES)); // + 1: a file that has grown is noticed
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, at, chunk.length - at);
    at += bytesWritten;
  }
}

/** @throws ShelfwalkError DISK_FULL in the place of the system's own words for it */
export async function refusingFullDisk<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw cause;
    throw new ShelfwalkError(
      'DISK_FULL',
      { file, found: code, hint: 'Make room, then try again: nothing was changed' },
      { cause },
    );
  }
}
