/** What there is to know about the graph before training on it. */
import { z } from 'zod';
import type { NodeType } from '../../base/ids.ts';
import type { TaskContext } from '../../base/task.ts';
import { buildSnapshot } from '../../graph/snapshot.ts';
import { type GraphConfig, graphConfigSchema, type WalkConfig, walkConfigSchema } from '../config.ts';
import { type LintFinding, lintGraph } from '../graph-lint.ts';
import { type GraphStats, toGraphStats } from '../graph-stats.ts';
import type { Operation } from '../operation.ts';
import { toWeighting } from '../run-params.ts';
import type { Workspace } from '../workspace.ts';

interface GraphInput {
  readonly graph: GraphConfig;
  readonly walk: WalkConfig;
}

const graphInput = z.strictObject({
  graph: graphConfigSchema.prefault({}),
  walk: walkConfigSchema.prefault({}),
});

async function readStats(
  { catalog }: Workspace,
  { graph, walk }: GraphInput,
  context: TaskContext,
): Promise<GraphStats> {
  const weighting = toWeighting(graph, await catalog.lastEventMs());
  const snapshot = await buildSnapshot(catalog, { ...context, weighting, attributes: graph.attributes });
  const nameOf = async (type: NodeType, id: string) => (await catalog.find(type, id))?.name ?? '';
  return toGraphStats(snapshot, { ...context, walk, nameOf });
}

export const graphStatsOperation: Operation<GraphInput, GraphStats> = {
  name: 'graph-stats',
  summary: 'Sizes, isolates, hubs and where the steps of a walk go',
  input: graphInput,
  writes: false,
  run: readStats,
};

export const graphLintOperation: Operation<GraphInput, LintFinding[]> = {
  name: 'graph-lint',
  summary: 'What to know or change before training',
  input: graphInput,
  writes: false,
  async run(workspace, input, context) {
    const stats = await readStats(workspace, input, context);
    return lintGraph({ stats, counts: await workspace.catalog.counts(), run: input });
  },
};
