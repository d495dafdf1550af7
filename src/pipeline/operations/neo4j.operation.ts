/** The catalog and a Neo4j: what is copied from the one to the other. */
import { z } from 'zod';
import { type LoadReport, loadCatalog } from '../../neo4j/load.ts';
import { neo4jInput } from '../neo4j-config.ts';
import { withNeo4j } from '../neo4j-session.ts';
import type { Operation } from '../operation.ts';

export const neo4jLoadInput = z.strictObject({
  server: neo4jInput.prefault({}),
  batchSize: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(5000)
    .describe('nodes or relationships in one transaction'),
  restart: z.boolean().default(false).describe('begin anew although a load of this catalog was stopped'),
  prune: z
    .boolean()
    .default(false)
    .describe('delete what earlier loads made and the catalog no longer has; without it, it is counted'),
});

export interface Neo4jLoadResult extends LoadReport {
  readonly server: string;
  readonly database?: string;
  readonly tookMs: number;
}

export const neo4jLoadOperation: Operation<z.infer<typeof neo4jLoadInput>, Neo4jLoadResult> = {
  name: 'neo4j-load',
  summary: 'Copy the catalog into Neo4j: nodes, and interactions summed up per customer, product and type',
  input: neo4jLoadInput,
  writes: true,
  run: ({ catalog }, { server, ...options }, context) =>
    withNeo4j(server, async (session) => {
      const started = performance.now();
      const report = await catalog.atOneMoment((moment) =>
        loadCatalog(moment, session, { ...options, ...context }),
      );
      const { uri, database } = session.neo4j.place;
      return { server: uri, database, ...report, tookMs: Math.round(performance.now() - started) };
    }),
};
