/** Versions and the aliases that point at them. */
import { z } from 'zod';
import type { LiveModel } from '../../pipeline/live-types.ts';
import { toVersionPage } from '../../pipeline/report-pages.ts';
import type { Workspace } from '../../pipeline/workspace.ts';
import { defineRoute, type Route } from '../route.ts';
import { aliasName, loadedModel, noParams, versionId } from '../schemas.ts';

/** Loose: a manifest may say more than this release knows. */
const manifest = z.looseObject({
  id: z.string(),
  createdAt: z.string(),
  spaceId: z.string(),
  parent: z.string().optional(),
  counts: z.record(z.string(), z.number()),
  configuration: z.record(z.string(), z.unknown()),
  metrics: z.record(z.string(), z.number()),
  aliases: z.array(z.string()).describe('that point at it now'),
});

/** Why in full is for the log and the command line: it names files. */
const damagedVersion = z.strictObject({ id: z.string(), code: z.string() });

const aliasReply = z.strictObject({ alias: z.string(), version: z.string() });

export interface ModelDeps {
  readonly versions: Workspace['versions'];
  readonly live: Pick<LiveModel, 'promote' | 'loaded'>;
}

export const modelRoutes = ({ versions, live }: ModelDeps): Route[] => [
  listRoute({ versions, live }),
  versionRoute(versions),
  reportRoute(versions),
  reportPageRoute(versions),
  aliasesRoute(versions),
  promoteRoute(live),
];

const listRoute = ({ versions, live }: ModelDeps): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/models',
    tag: 'models',
    summary: 'Versions, newest first, and which of them are in memory',
    scope: 'read',
    params: noParams,
    query: noParams,
    response: z.strictObject({
      results: z.array(manifest),
      damaged: z.array(damagedVersion),
      loaded: z.array(loadedModel).describe('in memory, least recently used first'),
    }),
    errors: [],
    async handle() {
      const [list, damaged, aliases] = await Promise.all([
        versions.list(),
        versions.damaged(),
        versions.aliases(),
      ]);
      return {
        results: list.map((m) => ({ ...m, aliases: toAliasesOf(m.id, aliases) })),
        damaged: damaged.map(({ id, error }) => ({ id, code: error.code })),
        loaded: live.loaded(),
      };
    },
  });

const versionRoute = (versions: ModelDeps['versions']): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/models/:version',
    tag: 'models',
    summary: 'One version: configuration, counts, figures, checksums',
    scope: 'read',
    params: z.strictObject({ version: versionId }),
    query: noParams,
    response: manifest,
    errors: ['VERSION_UNKNOWN'],
    async handle({ params: { version } }) {
      const [found, aliases] = await Promise.all([versions.manifest(version), versions.aliases()]);
      return { ...found, aliases: toAliasesOf(version, aliases) };
    },
  });

const reportRoute = (versions: ModelDeps['versions']): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/models/:version/report',
    tag: 'models',
    summary: 'What the training run was and how it did, baselines included',
    scope: 'read',
    params: z.strictObject({ version: versionId }),
    query: noParams,
    response: z.record(z.string(), z.unknown()),
    errors: ['VERSION_UNKNOWN'],
    handle: ({ params: { version } }) => versions.report(version),
  });

const reportPageRoute = (versions: ModelDeps['versions']): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/models/:version/report.html',
    tag: 'models',
    summary: 'How the evaluation went, as a page for people: where it loses first',
    scope: 'read',
    params: z.strictObject({ version: versionId }),
    query: noParams,
    mediaType: 'text/html',
    response: z.string(),
    errors: ['VERSION_UNKNOWN'],
    handle: async ({ params: { version } }) =>
      toVersionPage(await versions.manifest(version), await versions.report(version)),
  });

const aliasesRoute = (versions: ModelDeps['versions']): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/aliases',
    tag: 'models',
    summary: 'Aliases and the versions they point at',
    scope: 'read',
    params: noParams,
    query: noParams,
    response: z.strictObject({ results: z.array(aliasReply) }),
    errors: [],
    handle: async () => ({
      results: Object.entries(await versions.aliases()).map(([alias, version]) => ({ alias, version })),
    }),
  });

const promoteRoute = (live: ModelDeps['live']): Route =>
  defineRoute({
    method: 'put',
    path: '/v1/aliases/:alias',
    tag: 'models',
    summary: 'Points an alias at a version; what is served of it swaps without a request noticing',
    scope: 'admin',
    params: z.strictObject({ alias: aliasName }),
    query: noParams,
    body: z.strictObject({
      version: versionId,
      ifVersion: versionId.optional().describe('refuse unless the alias points at this one now'),
    }),
    response: aliasReply.extend({ previous: z.string().optional() }),
    errors: ['VERSION_UNKNOWN', 'VERSION_CORRUPT', 'ALIAS_MOVED'],
    async handle({ params: { alias }, body: { version, ifVersion } }) {
      const { previous } = await live.promote(alias, version, ifVersion);
      return { alias, version, previous };
    },
  });

function toAliasesOf(version: string, aliases: Readonly<Record<string, string>>): string[] {
  return Object.keys(aliases).filter((alias) => aliases[alias] === version);
}
