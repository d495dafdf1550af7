/** shelfwalk graph: what the graph of the catalog looks like, and what to know before training on it. */
import type { Command } from 'commander';
import type { LintFinding } from '../../pipeline/graph-lint.ts';
import type { GraphStats } from '../../pipeline/graph-stats.ts';
import { addCommand } from '../command.ts';
import { toLintText, toStatsText } from '../render-run.ts';
import { addRunFlags, type RunSection, readRunConfig } from '../run-flags.ts';
import type { Cli, Task } from '../task.ts';

const SECTIONS: readonly RunSection[] = ['graph', 'walk'];

export function addGraphCommands(program: Command, cli: Cli): void {
  const graph = program.command('graph').description('The graph that would be trained on');
  const readConfig = ({ global, io }: Task, flags: Readonly<Record<string, unknown>>) =>
    readRunConfig({ sections: SECTIONS, flags, file: global.config, cwd: io.cwd });

  const stats = addCommand(graph, cli, {
    usage: 'stats',
    purpose: 'Nodes, edges, degrees, isolates and expected visits per type',
    example: `shelfwalk graph stats --type-weights '{"view":0.2}'`,
    action: async (task, { flags }) =>
      task.print(await task.run<GraphStats>('graph-stats', await readConfig(task, flags)), toStatsText),
  });
  const lint = addCommand(graph, cli, {
    usage: 'lint',
    purpose: 'What a reader should know before training: hubs, isolates, settings without effect',
    example: 'shelfwalk graph lint -p 0.5 -q 2',
    action: async (task, { flags }) =>
      task.print(
        await task.run<readonly LintFinding[]>('graph-lint', await readConfig(task, flags)),
        toLintText,
      ),
  });
  for (const command of [stats, lint]) addRunFlags(command, SECTIONS);
}
