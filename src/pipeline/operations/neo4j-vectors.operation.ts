/** A version's vectors onto the nodes of Neo4j. */
import { z } from 'zod';
import { type WriteReport, writeVersion } from '../../neo4j/write-version.ts';
import { isVersionId } from '../../vectors/version-id.ts';
import { neo4jInput } from '../neo4j-config.ts';
import { withNeo4j } from '../neo4j-session.ts';
import type { Operation } from '../operation.ts';

export type { WriteReport };

const writeInput = z.strictObject({
  server: neo4jInput.prefault({}),
  version: z.string().min(1).default('prod').describe('id of a version, or an alias'),
  keep: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(2)
    .describe('written versions that stay in Neo4j, this one included'),
  batchSize: z.number().int().min(1).max(100_000).default(1000).describe('vectors in one transaction'),
});

export const neo4jWriteOperation: Operation<z.infer<typeof writeInput>, WriteReport> = {
  name: 'neo4j-write',
  summary: 'Put the vectors of a version on the nodes of Neo4j, then switch to them',
  input: writeInput,
  writes: true,
  run: ({ versions }, { server, version, ...options }, context) =>
    withNeo4j(server, async ({ neo4j, statements }) => {
      const loaded = await versions.load(isVersionId(version) ? version : await versions.resolve(version));
      return writeVersion(neo4j, statements, loaded, { ...options, ...context });
    }),
};
