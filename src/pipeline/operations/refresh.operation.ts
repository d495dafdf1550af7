/** Refresh: from what has changed since a version was trained to the version that takes its place. */
import { z } from 'zod';
import { type Neo4jInput, neo4jInput } from '../neo4j-config.ts';
import { withNeo4jSource } from '../neo4j-session.ts';
import type { Operation } from '../operation.ts';
import { toRun } from '../parent-model.ts';
import { type RefreshConfig, refreshConfigSchema } from '../refresh-config.ts';
import type { RefreshResult } from '../refresh-types.ts';
import { refreshVersion } from '../refresh-version.ts';
import { serverConfigSchema } from '../server-config.ts';
import { findUnchangedReason } from '../unchanged-graph.ts';

export const refreshInput = refreshConfigSchema.extend({
  source: neo4jInput.optional().describe('a graph in Neo4j to read in place of the catalog'),
  alias: serverConfigSchema.shape.alias.describe('the version it points at is refreshed, and replaced'),
  dryRun: z.boolean().default(false).describe('only the plan: nothing is trained, nothing is published'),
  force: z.boolean().default(false).describe('publish although the gate refuses'),
  ignoreWatermark: z
    .boolean()
    .default(false)
    .describe('read the graph in Neo4j although its counts, newest event and loads say that it is the same'),
  keep: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('delete all but the newest few versions afterwards; those with an alias stay'),
});

type RefreshInput = RefreshConfig & {
  readonly source?: Neo4jInput;
  readonly alias: string;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly ignoreWatermark: boolean;
  readonly keep?: number;
};

export const refreshOperation: Operation<RefreshInput, RefreshResult> = {
  name: 'refresh',
  summary: 'Walk again from what has changed, and put a new version in the place of the old one',
  input: refreshInput,
  writes: true,
  resumes: true, // from the start: until it is published, nothing has happened
  async run({ catalog, versions }, { source, ignoreWatermark, ...asked }, context) {
    const { alias, dryRun, force, keep, ...settings } = asked;
    const request = { alias, dryRun, force, keep, settings };
    if (source === undefined) return refreshVersion({ catalog, versions }, request, context);
    const parent = await versions.resolve(alias);
    const run = toRun(await versions.manifest(parent));
    return withNeo4jSource(source, { ...run, ...context }, async (graph) => {
      const isAsked = settings.mode !== 'auto' || ignoreWatermark;
      const reason = isAsked ? undefined : await findUnchangedReason(graph, versions, parent);
      if (reason !== undefined) return { alias, parent, mode: 'none', reason };
      return refreshVersion({ catalog: graph, versions }, request, context);
    });
  },
};
