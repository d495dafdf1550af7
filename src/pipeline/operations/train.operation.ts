/** Train, evaluate, estimate: the operations that take a run configuration. */
import { z } from 'zod';
import { ShelfwalkError } from '../../base/errors.ts';
import { createKernelMemory } from '../../kernel/memory.ts';
import { type RunConfig, runConfigSchema } from '../config.ts';
import { type Estimate, refuseOverLimit, toEstimate } from '../estimate.ts';
import { evaluateRun } from '../evaluate-run.ts';
import { type Neo4jInput, neo4jInput } from '../neo4j-config.ts';
import { withNeo4jSource } from '../neo4j-session.ts';
import type { Operation } from '../operation.ts';
import { serverConfigSchema } from '../server-config.ts';
import type { SplitReport } from '../split-report.ts';
import { type TrainRequest, type TrainResult, trainVersion } from '../train-version.ts';

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
  run: ({ catalog, versions }, { source, ...request }, context) =>
    source === undefined
      ? trainVersion({ catalog, versions }, request, context)
      : withNeo4jSource(source, { ...request.run, ...context }, (graph) =>
          trainVersion({ catalog: graph, versions }, request, context),
        ),
};

const runInput = z.strictObject({ run: runConfigSchema.prefault({}) });

export const evaluateOperation: Operation<{ run: RunConfig }, SplitReport> = {
  name: 'evaluate',
  summary: 'Train on a part of the catalog and measure on the rest; nothing is published',
  input: runInput,
  writes: true,
  async run({ catalog }, { run }, context) {
    const counts = await catalog.counts();
    if (counts.interactions === 0)
      throw new ShelfwalkError('CATALOG_EMPTY', { hint: 'Import interactions: shelfwalk import --help' });
    refuseOverLimit(toEstimate(counts, run));
    return evaluateRun(catalog, run, {
      memory: createKernelMemory(run.train.maxMemoryMiB * 2 ** 20),
      context,
    });
  },
};

const estimateInput = runConfigSchema.extend({ source });

export const estimateOperation: Operation<z.infer<typeof estimateInput>, Estimate> = {
  name: 'estimate',
  summary: 'Memory and time a training would need',
  input: estimateInput,
  writes: false,
  run: async ({ catalog }, { source, ...run }, context) =>
    source === undefined
      ? toEstimate(await catalog.counts(), run)
      : withNeo4jSource(source, { ...run, ...context }, async (graph) =>
          toEstimate(await graph.counts(), run),
        ),
};
