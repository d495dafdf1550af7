/**
 * Versions and aliases in one folder, safe against a crash at any instant. A version gets its name by
 * one rename, when every byte of it is on the disk; what has no such name does not exist.
 *
 *     versions/20261123T221500Z-ab12/   manifest.json · nodes.parquet · vectors.npy · contexts.npy · report.json · the graph
 *     versions/.writing-… .removing-…   unfinished: passed over, and cleaned away on open
 *     aliases/prod.json                 {version, previous}
 *
 * A folder belongs to one process at a time (the workspace sees to that); within it, what changes
 * aliases or deletes versions is done one after the other. docs/file-formats.md is the layout for others.
 */
import { randomInt } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isShelfwalkError, ShelfwalkError } from '../base/errors.ts';
import { makeFolder } from '../base/folder.ts';
import { createQueue, type Queue } from '../base/queue.ts';
import { type AliasState, cleanAliases, findAlias, readAliases, writeAlias } from './alias-file.ts';
import { refusingFullDisk, syncFolder } from './durable-file.ts';
import type { Manifest, VersionContent, VersionStore } from './types.ts';
import {
  readGraphFiles,
  readNodes,
  readReport,
  readVersionFiles,
  type VersionFacts,
  writeVersionFiles,
} from './version-files.ts';
import {
  checkVersionExists,
  cleanVersionFolder,
  discardVersion,
  getManifest,
  listVersionIds,
  readVersion,
  readVersionEntries,
} from './version-folder.ts';
import { ALIAS_RULE, isAlias, toVersionId } from './version-id.ts';

export interface VersionStoreOptions {
  /** When a version is written; the clock by default. */
  readonly now?: () => Date;
}

/** Opens the store, made if it is not there yet; cleans away what a crash has left. */
export async function openVersionStore(
  dir: string,
  { now = () => new Date() }: VersionStoreOptions = {},
): Promise<VersionStore> {
  const folders = { versions: join(dir, 'versions'), aliases: join(dir, 'aliases') };
  for (const folder of Object.values(folders)) await makeFolder(folder);
  await syncFolder(dir);
  await syncFolder(dirname(dir));
  await cleanVersionFolder(folders.versions);
  await cleanAliases(folders.aliases);
  const inTurn = createQueue();
  return {
    ...createWriter(folders.versions, inTurn, now),
    ...createReader(folders.versions),
    ...createRemover(folders, inTurn),
    ...createAliases(folders, inTurn),
  };
}

interface Folders {
  readonly versions: string;
  readonly aliases: string;
}

function createWriter(folder: string, inTurn: Queue, now: () => Date): Pick<VersionStore, 'write'> {
  let issued: string | undefined; // the newest id given out here: several may be written at once

  const takeId = (at: Date): Promise<string> =>
    inTurn(async () => {
      const [onDisk = ''] = await listVersionIds(folder);
      const newest = issued !== undefined && issued > onDisk ? issued : onDisk;
      issued = toVersionId(at, newest || undefined, () => randomInt(2 ** 32) / 2 ** 32);
      return issued;
    });

  async function publish(beside: string, content: VersionContent, facts: VersionFacts): Promise<Manifest> {
    await mkdir(beside);
    const manifest = await writeVersionFiles(beside, content, facts);
    await syncFolder(beside);
    await rename(beside, join(folder, facts.id));
    await syncFolder(folder);
    return manifest;
  }

  return {
    async write(content, facts) {
      const at = now();
      const id = await takeId(at);
      const beside = join(folder, `.writing-${id}`);
      try {
        const all = { id, createdAt: at.toISOString(), ...facts };
        return await refusingFullDisk(beside, () => publish(beside, content, all));
      } catch (error) {
        await rm(beside, { recursive: true, force: true });
        throw error;
      }
    },
  };
}

function createReader(
  folder: string,
): Pick<VersionStore, 'list' | 'damaged' | 'manifest' | 'load' | 'nodes' | 'graph' | 'report'> {
  return {
    list: async () => (await readVersionEntries(folder)).flatMap(({ manifest }) => manifest ?? []),
    damaged: async () =>
      (await readVersionEntries(folder)).flatMap(({ id, error }) => (error ? { id, error } : [])),
    manifest: (id) => getManifest(folder, id),
    load: (id) => readVersion(folder, id, (manifest, of) => readVersionFiles(of, manifest)),
    nodes: (id) => readVersion(folder, id, (manifest, of) => readNodes(of, manifest)),
    graph: (id) => readVersion(folder, id, (manifest, of) => readGraphFiles(of, manifest)),
    report: (id) => readVersion(folder, id, (manifest, of) => readReport(of, manifest)),
  };
}

function createRemover(
  { versions, aliases }: Folders,
  inTurn: Queue,
): Pick<VersionStore, 'remove' | 'prune'> {
  async function remove(id: string): Promise<void> {
    await checkVersionExists(versions, id);
    const states = [...(await readAliases(aliases))];
    const users = states.filter(([, { version }]) => version === id).map(([name]) => name);
    const previousOf = states.filter(([, { previous }]) => previous === id).map(([name]) => name);
    if (users.length + previousOf.length > 0) {
      const hint =
        users.length > 0
          ? 'Promote another version first'
          : 'It is what a rollback would go back to; promote another version first, and it is free';
      throw new ShelfwalkError('VERSION_IN_USE', { version: id, aliases: users, previousOf, hint });
    }
    await discardVersion(versions, id);
  }

  async function prune(keep: number): Promise<string[]> {
    if (!Number.isSafeInteger(keep) || keep < 0) {
      const expected = 'a whole number >= 0';
      throw new ShelfwalkError('REQUEST_INVALID', { field: 'keep', found: String(keep), expected });
    }
    const states = [...(await readAliases(aliases)).values()];
    const spared = new Set(states.flatMap(({ version, previous }) => [version, previous]));
    const intact = (await readVersionEntries(versions)).flatMap(({ manifest }) => manifest?.id ?? []);
    const doomed = intact.slice(keep).filter((id) => !spared.has(id));
    for (const id of doomed) await discardVersion(versions, id);
    return doomed;
  }

  return { remove: (id) => inTurn(() => remove(id)), prune: (keep) => inTurn(() => prune(keep)) };
}

function createAliases(
  folders: Folders,
  inTurn: Queue,
): Pick<VersionStore, 'aliases' | 'resolve' | 'promote' | 'rollback'> {
  async function getAlias(name: string): Promise<AliasState> {
    const state = await findAlias(folders.aliases, name);
    if (!state) throw new ShelfwalkError('ALIAS_UNKNOWN', { alias: name });
    return state;
  }

  return {
    async aliases() {
      return Object.fromEntries(
        [...(await readAliases(folders.aliases))].map(([name, { version }]) => [name, version]),
      );
    },
    resolve: async (alias) => (await getAlias(alias)).version,
    promote: (alias, version, expected) =>
      inTurn(async () => {
        if (!isAlias(alias))
          throw new ShelfwalkError('REQUEST_INVALID', { field: 'alias', found: alias, expected: ALIAS_RULE });
        await getManifest(folders.versions, version);
        const before = await findIntactAlias(folders.aliases, alias);
        if (expected !== undefined && before?.version !== expected)
          throw new ShelfwalkError('ALIAS_MOVED', { alias, expected, found: before?.version ?? null });
        // Said twice, done once: else a repeated request would forget what to roll back to.
        if (before?.version === version) return { previous: before.previous };
        await writeAlias(folders.aliases, alias, { version, previous: before?.version });
        return { previous: before?.version };
      }),
    rollback: (alias) =>
      inTurn(async () => {
        const { version, previous } = await getAlias(alias);
        if (previous === undefined)
          throw new ShelfwalkError('VERSION_UNKNOWN', {
            alias,
            found: 'no previous version',
            hint: 'It was promoted only once',
          });
        await getManifest(folders.versions, previous);
        await writeAlias(folders.aliases, alias, { version: previous, previous: version });
        return { version: previous, previous: version };
      }),
  };
}

/** Promoting is the way to mend an alias whose file is damaged; what it pointed at before is lost then. */
async function findIntactAlias(folder: string, name: string): Promise<AliasState | undefined> {
  try {
    return await findAlias(folder, name);
  } catch (error) {
    if (isShelfwalkError(error, 'ALIAS_CORRUPT')) return undefined;
    throw error;
  }
}
