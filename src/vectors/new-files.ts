/**
 * Files for other programs, a few that belong together: written beside their names, synced, then renamed.
 * A stop or a failure half way leaves neither a part of one nor a file without the others.
 */
import { randomBytes } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ShelfwalkError } from '../base/errors.ts';
import { throwIfAborted } from '../base/task.ts';
import { type Fingerprint, syncFolder, writeDurable } from './durable-file.ts';

export interface NewFile {
  readonly path: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Asked before the work that fills a file, so that nobody waits for nothing.
 * @param replace what stands there may be replaced, if it is a file
 * @throws ShelfwalkError REQUEST_UNPROCESSABLE — something is there · FOLDER_UNUSABLE — there is no folder to write into
 */
export async function checkNewFiles(
  paths: readonly string[],
  { replace }: { replace: boolean },
): Promise<void> {
  for (const path of paths) {
    const folder = dirname(path);
    const parent = await stat(folder).catch(() => undefined);
    if (!parent?.isDirectory()) {
      const found = parent ? 'no folder' : 'nothing';
      throw new ShelfwalkError('FOLDER_UNUSABLE', { folder, found, expected: 'a folder that is there' });
    }
    const there = await stat(path).catch(() => undefined);
    if (!there || (replace && there.isFile())) continue;
    const found = there.isFile() ? 'a file' : 'no file';
    const hint = there.isFile() ? 'Name another one, or say --force to replace it' : undefined;
    throw new ShelfwalkError('REQUEST_UNPROCESSABLE', { field: 'out', path, found, hint });
  }
}

/**
 * @returns what was written, file by file
 * @throws ShelfwalkError DISK_FULL · ABORTED · whatever the makers of the chunks throw; no file is changed then
 */
export async function writeNewFiles(files: readonly NewFile[], signal?: AbortSignal): Promise<Fingerprint[]> {
  const beside = files.map(({ path }) =>
    join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`),
  );
  const written: Fingerprint[] = [];
  try {
    for (const [i, { chunks }] of files.entries()) {
      written.push(await writeDurable(beside[i]!, heeding(signal, chunks)));
    }
    throwIfAborted(signal);
    for (const [i, { path }] of files.entries()) await rename(beside[i]!, path);
  } catch (error) {
    for (const path of beside) await rm(path, { force: true });
    throw error;
  }
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) await syncFolder(folder);
  return written;
}

async function* heeding(
  signal: AbortSignal | undefined,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    throwIfAborted(signal);
    yield chunk;
  }
}
