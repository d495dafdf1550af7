/** What there is to know about the graph before training on it, and graphs made from what there is. */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { TaskContext } from '../../base/task.ts';
import type { ProjectionReport } from '../../catalog/types.ts';
import { buildSnapshot } from '../../graph/snapshot.ts';
import { type GraphConfig, graphConfigSchema, type WalkConfig, walkConfigSchema } from '../config.ts';
import { type GraphFacts, withGraphFacts } from '../graph-facts.ts';
import { type LintFinding, lintGraph } from '../graph-lint.ts';
import { type GraphStats, toGraphStats } from '../graph-stats.ts';
import { type Neo4jInput, neo4jInput } from '../neo4j-config.ts';
import type { Operation } from '../operation.ts';
import { toProductArcOptions, toWeighting } from '../run-params.ts';

export type { ProjectionReport } from '../../catalog/types.ts';

interface GraphInput {
  readonly graph: GraphConfig;
  readonly walk: WalkConfig;
  readonly source?: Neo4jInput;
}

const graphInput = z.strictObject({
  graph: graphConfigSchema.prefault({}),
  walk: walkConfigSchema.prefault({}),
  source: neo4jInput.optional().describe('a graph in Neo4j to look at in place of that of the catalog'),
});

async function readStats(
  { source, nameOf }: GraphFacts,
  { graph, walk }: GraphInput,
  context: TaskContext,
): Promise<GraphStats> {
  const weighting = toWeighting(graph, await source.lastEventMs());
  const { attributes } = graph;
  const productArcs = toProductArcOptions(graph);
  const snapshot = await buildSnapshot(source, { ...context, weighting, attributes, productArcs });
  const drawnFrom = productArcs && (await source.countProductArcs(productArcs));
  return { ...(await toGraphStats(snapshot, { ...context, walk, nameOf })), ...(drawnFrom && { drawnFrom }) };
}

export const graphStatsOperation: Operation<GraphInput, GraphStats> = {
  name: 'graph-stats',
  summary: 'Sizes, isolates, hubs and where the steps of a walk go',
  input: graphInput,
  writes: false,
  run: ({ catalog }, input, context) =>
    withGraphFacts(catalog, { ...input, ...context }, (facts) => readStats(facts, input, context)),
};

export const graphLintOperation: Operation<GraphInput, LintFinding[]> = {
  name: 'graph-lint',
  summary: 'What to know or change before training',
  input: graphInput,
  writes: false,
  run: ({ catalog }, input, context) =>
    withGraphFacts(catalog, { ...input, ...context }, async (facts) => {
      const stats = await readStats(facts, input, context);
      return lintGraph({ stats, counts: await facts.counts(), run: input });
    }),
};

export const projectInput = z.strictObject({
  within: z
    .enum(['customer', 'basket'])
    .default('customer')
    .describe('products occur together in the interactions of one customer, or of one basket'),
  minValue: z.number().optional().describe('only interactions of at least this value, e.g. ratings of 5'),
  minScore: z
    .number()
    .positive()
    .default(10)
    .describe('edges of at least this score: pointwise mutual information times count'),
  maxProducts: z
    .number()
    .int()
    .min(2)
    .optional()
    .describe('leave out customers (baskets) with more products than this'),
  maxPairs: z
    .number()
    .int()
    .min(1)
    .default(100_000_000)
    .describe('refuse to go through more pairs than this'),
  name: z
    .string()
    .min(1)
    .max(100)
    .default('co-occurrence')
    .describe('edges in the catalog are kept under this name; an earlier projection of it is replaced'),
  out: z
    .string()
    .regex(/\.(csv|parquet)$/, 'a name that ends in .csv or .parquet')
    .refine(isAbsolute, 'an absolute path: the server that holds the data directory works elsewhere')
    .optional()
    .describe('write from,to,weight to this file (.csv or .parquet) and leave the catalog as it is'),
});

export const graphProjectOperation: Operation<z.infer<typeof projectInput>, ProjectionReport> = {
  name: 'graph-project',
  summary: 'Edges between products that occur together, from the interactions of the catalog',
  input: projectInput,
  writes: true,
  run: ({ catalog }, { name, out, ...options }, context) =>
    catalog.project(out === undefined ? { name } : { file: out }, options, context),
};
