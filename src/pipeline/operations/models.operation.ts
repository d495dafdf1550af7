/** Versions and aliases: list, show, promote, roll back, delete, keep the last few. */
import { z } from 'zod';
import type { Manifest } from '../../vectors/types.ts';
import type { Operation } from '../operation.ts';
import { serverConfigSchema } from '../server-config.ts';

const version = z.string().min(1).describe('id of a version, as models-list prints it');
const { alias } = serverConfigSchema.shape; // the one that is served, if no other is named

export interface ModelsList {
  readonly versions: readonly Manifest[]; // newest first
  readonly aliases: Readonly<Record<string, string>>; // name → version
}

export interface ModelFacts {
  readonly manifest: Manifest;
  /** Those that point at it. */
  readonly aliases: readonly string[];
  readonly report: Readonly<Record<string, unknown>>;
}

export interface AliasMove {
  readonly alias: string;
  readonly version: string;
  /** What the alias pointed at before. */
  readonly previous?: string;
}

export interface Deletion {
  readonly deleted: readonly string[];
}

const listInput = z.strictObject({});
export const modelsListOperation: Operation<z.infer<typeof listInput>, ModelsList> = {
  name: 'models-list',
  summary: 'All versions, newest first, and where the aliases point',
  input: listInput,
  writes: false,
  run: async ({ versions }) => ({ versions: await versions.list(), aliases: await versions.aliases() }),
};

const showInput = z.strictObject({ version: version.optional(), alias });
export const modelsShowOperation: Operation<z.infer<typeof showInput>, ModelFacts> = {
  name: 'models-show',
  summary: 'Manifest and report of one version, named by its id or else by an alias',
  input: showInput,
  writes: false,
  async run({ versions }, named) {
    const id = named.version ?? (await versions.resolve(named.alias));
    const aliases = Object.entries(await versions.aliases());
    return {
      manifest: await versions.manifest(id),
      aliases: aliases.filter(([, target]) => target === id).map(([name]) => name),
      report: await versions.report(id),
    };
  },
};

const promoteInput = z.strictObject({ version, alias });
export const modelsPromoteOperation: Operation<z.infer<typeof promoteInput>, AliasMove> = {
  name: 'models-promote',
  summary: 'Point an alias at a version, once its files have been checked',
  input: promoteInput,
  writes: true,
  async run({ versions }, input) {
    await versions.load(input.version); // a damaged version must not become the served one
    return { ...input, ...(await versions.promote(input.alias, input.version)) };
  },
};

const rollbackInput = z.strictObject({ alias });
export const modelsRollbackOperation: Operation<z.infer<typeof rollbackInput>, AliasMove> = {
  name: 'models-rollback',
  summary: 'Point an alias back at what it pointed at before',
  input: rollbackInput,
  writes: true,
  async run({ versions }, input) {
    const moved = await versions.rollback(input.alias);
    try {
      await versions.load(moved.version); // as with promote: a damaged version must not stay the served one
    } catch (error) {
      await versions.promote(input.alias, moved.previous);
      throw error;
    }
    return { ...input, ...moved };
  },
};

const deleteInput = z.strictObject({ version });
export const modelsDeleteOperation: Operation<z.infer<typeof deleteInput>, Deletion> = {
  name: 'models-delete',
  summary: 'Delete a version that no alias points at or would roll back to',
  input: deleteInput,
  writes: true,
  async run({ versions }, input) {
    await versions.remove(input.version);
    return { deleted: [input.version] };
  },
};

const pruneInput = z.strictObject({
  keep: z
    .number()
    .int()
    .min(0)
    .max(100_000)
    .describe('newest versions to keep; those with an alias are kept besides'),
});
export const modelsPruneOperation: Operation<z.infer<typeof pruneInput>, Deletion> = {
  name: 'models-prune',
  summary: 'Delete all but the newest versions',
  input: pruneInput,
  writes: true,
  run: async ({ versions }, { keep }) => ({ deleted: await versions.prune(keep) }),
};
