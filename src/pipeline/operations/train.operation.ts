/** Train and estimate: the operations that take a run configuration. */
import { z } from 'zod';
import { runConfigSchema } from '../config.ts';
import { type Estimate, toEstimate } from '../estimate.ts';
import { type Neo4jInput, neo4jInput } from '../neo4j-config.ts';
import { withNeo4jSource } from '../neo4j-session.ts';
import type { Operation } from '../operation.ts';
import { readRunCounts } from '../run-counts.ts';
import { serverConfigSchema } from '../server-config.ts';
import { type TrainRequest, type TrainResult, toMetrics, trainVersion } from '../train-version.ts';

const source = neo4jInput.optional().describe('a graph in Neo4j to read in place of the catalog');

export const trainInput = z.strictObject({
  run: runConfigSchema.prefault({}),
  source,
  alias: serverConfigSchema.shape.alias.describe('the name that will point at the new version'),
  evaluate: z.boolean().default(true).describe('first train on a part and evaluate on the rest'),
  keep: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('delete all but the newest few versions; those with an alias stay'),
});

export const trainOperation: Operation<TrainRequest & { readonly source?: Neo4jInput }, TrainResult> = {
  name: 'train',
  summary: 'Train a new version and promote it',
  input: trainInput,
  writes: true,
  resumes: true,
  // The report of the evaluation is long, and lies with the version.
  summarize: ({ evaluation, configuration: _, ...result }) => ({
    ...result,
    ...('notEvaluated' in evaluation ? evaluation : { metrics: toMetrics(evaluation) }),
  }),
  run: ({ catalog, versions }, { source, ...request }, context) =>
    source === undefined
      ? trainVersion({ catalog, versions }, request, context)
      : withNeo4jSource(source, { ...request.run, ...context }, (graph) =>
          trainVersion({ catalog: graph, versions }, request, context),
        ),
};

const estimateInput = runConfigSchema.extend({ source });

export const estimateOperation: Operation<z.infer<typeof estimateInput>, Estimate> = {
  name: 'estimate',
  summary: 'Memory and time a training would need',
  input: estimateInput,
  writes: false,
  run: async ({ catalog }, { source, ...run }, context) =>
    source === undefined
      ? toEstimate(await readRunCounts(catalog, run.graph), run)
      : withNeo4jSource(source, { ...run, ...context }, async (graph) =>
          toEstimate(await graph.counts(), run),
        ),
};
