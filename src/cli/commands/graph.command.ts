/** shelfwalk graph: what the graph of the catalog looks like, what to know before training on it, other graphs from it. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ShelfwalkError } from '../../base/errors.ts';
import type { LintFinding } from '../../pipeline/graph-lint.ts';
import type { GraphStats } from '../../pipeline/graph-stats.ts';
import { type ProjectionReport, projectInput } from '../../pipeline/operations/graph.operation.ts';
import { addCommand, type Given } from '../command.ts';
import { toSettings } from '../flag.ts';
import { addNeo4jFlags, readSource } from '../neo4j-flags.ts';
import { toLintText, toProjectionText, toStatsText } from '../render-run.ts';
import { addRunFlags, type RunSection, readRunConfig } from '../run-flags.ts';
import type { Cli, Task } from '../task.ts';

const SECTIONS: readonly RunSection[] = ['graph', 'walk'];

export function addGraphCommands(program: Command, cli: Cli): void {
  const graph = program.command('graph').description('The graph that would be trained on');
  const ask = async <O>(name: string, task: Task, flags: Readonly<Record<string, unknown>>): Promise<O> => {
    const { global, io } = task;
    const run = await readRunConfig({ sections: SECTIONS, flags, file: global.config, cwd: io.cwd });
    const source = await readSource(task, flags);
    // Looked at elsewhere, there need be no data directory yet.
    return task.run<O>(name, { ...run, ...source }, { create: 'source' in source });
  };

  const stats = addCommand(graph, cli, {
    usage: 'stats',
    purpose: 'Nodes, edges, degrees, isolates and expected visits per type',
    example: `shelfwalk graph stats --type-weights '{"view":0.2}'`,
    action: async (task, { flags }) =>
      task.print(await ask<GraphStats>('graph-stats', task, flags), toStatsText),
  });
  const lint = addCommand(graph, cli, {
    usage: 'lint',
    purpose: 'What a reader should know before training: hubs, isolates, settings without effect',
    example: 'shelfwalk graph lint -p 0.5 -q 2',
    action: async (task, { flags }) =>
      task.print(await ask<readonly LintFinding[]>('graph-lint', task, flags), toLintText),
  });
  for (const command of [stats, lint]) addNeo4jFlags(addRunFlags(command, SECTIONS), '--source');
  addProject(graph, cli);
}

function addProject(graph: Command, cli: Cli): void {
  addCommand(graph, cli, {
    usage: 'project',
    purpose: 'Edges between products from the interactions: into the catalog, or into a file',
    example: 'shelfwalk graph project --co-occurrence --within basket --min-score 5',
    settings: toSettings(projectInput, 'within minValue minScore maxProducts maxPairs name out'.split(' ')),
    action: async (task, { flags, values }) => {
      refuseWithoutKind(flags);
      const { out } = values as { out?: string };
      const input = { ...values, ...(out !== undefined && { out: resolve(task.io.cwd, out) }) };
      task.print(await task.run<ProjectionReport>('graph-project', input), toProjectionText);
    },
  }).option(
    '--co-occurrence',
    'products that occur together; the one projection there is, and it must be said',
  );
}

function refuseWithoutKind({ coOccurrence }: Given['flags']): void {
  if (coOccurrence === true) return;
  throw new ShelfwalkError('USAGE_INVALID', {
    found: 'no projection',
    expected: 'shelfwalk graph project --co-occurrence',
  });
}
