/**
 * One small file per alias: where it points, and where it pointed before. Moving an alias replaces the
 * file, so a reader sees the old place or the new one.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ShelfwalkError } from '../base/errors.ts';
import { findStats, replaceDurable } from './durable-file.ts';
import { fromSealedJson, toSealedJson } from './sealed-json.ts';
import { isAlias, isVersionId } from './version-id.ts';

export interface AliasState {
  readonly version: string;
  readonly previous?: string;
}

/** By name. @throws ShelfwalkError ALIAS_CORRUPT */
export async function readAliases(folder: string): Promise<Map<string, AliasState>> {
  const names = (await readdir(folder))
    .filter((f) => f.endsWith('.json'))
    .map((f) => f.slice(0, -'.json'.length));
  const states = new Map<string, AliasState>();
  for (const name of names.filter(isAlias).sort()) {
    const state = await findAlias(folder, name);
    if (state) states.set(name, state);
  }
  return states;
}

/** Undefined where there is none. @throws ShelfwalkError ALIAS_CORRUPT */
export async function findAlias(folder: string, name: string): Promise<AliasState | undefined> {
  if (!isAlias(name)) return undefined;
  const file = toFile(name);
  const path = join(folder, file);
  if (!(await findStats(path))?.isFile()) return undefined;
  const bytes = await readFile(path);
  const { version, previous } = (fromSealedJson(bytes) ?? {}) as Partial<AliasState>;
  if (version === undefined || !isVersionId(version) || (previous !== undefined && !isVersionId(previous))) {
    throw new ShelfwalkError('ALIAS_CORRUPT', {
      alias: name,
      file: `aliases/${file}`,
      hint: 'Promote a version to it again',
    });
  }
  return { version, previous };
}

/** On the disk when this returns. @throws ShelfwalkError DISK_FULL */
export const writeAlias = (folder: string, name: string, state: AliasState): Promise<unknown> =>
  replaceDurable(join(folder, toFile(name)), [toSealedJson({ ...state })]);

/** What a crash in the middle of a move has left. */
export async function cleanAliases(folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    if (file.startsWith('.writing-')) await rm(join(folder, file), { force: true });
  }
}

const toFile = (name: string): string => `${name}.json`;
