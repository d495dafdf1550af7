/** The commands of shelfwalk and the options that all of them take. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addCypherCommand } from './commands/cypher.command.ts';
import { addDemoCommand } from './commands/demo.command.ts';
import { addEmbedCommand } from './commands/embed.command.ts';
import { addEvaluateCommand } from './commands/evaluate.command.ts';
import { addExportCommand } from './commands/export.command.ts';
import { addGraphCommands } from './commands/graph.command.ts';
import { addImportCommands } from './commands/import.command.ts';
import { addJobsCommands } from './commands/jobs.command.ts';
import { addModelsCommands } from './commands/models.command.ts';
import { addNeighborsCommand } from './commands/neighbors.command.ts';
import { addNeo4jCommands } from './commands/neo4j.command.ts';
import { addRefreshCommand } from './commands/refresh.command.ts';
import { addRollUpCommand } from './commands/rollup.command.ts';
import { addServeCommand } from './commands/serve.command.ts';
import { addTrainCommands } from './commands/train.command.ts';
import { addTuneCommand } from './commands/tune.command.ts';
import type { Cli } from './task.ts';

const packageFile = new URL('../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };

/** Throws where commander would end the process: who runs the program decides. */
export function createProgram(cli: Cli): Command {
  const program = new Command('shelfwalk')
    .description('Graph-based embeddings for retail: import purchases, train, ask what is near what')
    .version(version, '-V, --version')
    .option(
      '--data-dir <folder>',
      'where catalog and models are (default: SHELFWALK_DATA_DIR, or ./.shelfwalk)',
    )
    .option('--config <file>', 'JSON with the settings of the run, or of the server; flags overrule it')
    .option('--json', 'one JSON document on standard output, for machines')
    .option('--quiet', 'no progress and no remarks on standard error')
    .option('--verbose', 'failures with a stack')
    .addHelpText('after', '\nExample:\n  shelfwalk demo\n');
  for (const addCommands of [
    addDemoCommand,
    addImportCommands,
    addGraphCommands,
    addTrainCommands,
    addEvaluateCommand,
    addTuneCommand,
    addEmbedCommand,
    addRefreshCommand,
    addRollUpCommand,
    addNeighborsCommand,
    addModelsCommands,
    addExportCommand,
    addServeCommand,
    addJobsCommands,
    addNeo4jCommands,
    addCypherCommand,
  ]) {
    addCommands(program, cli);
  }
  forEachCommand(program, (command) => {
    command.exitOverride().configureHelp({ showGlobalOptions: true, sortSubcommands: false });
    // What commander would write as an error is thrown as well, and reported like all failures.
    command.configureOutput({ writeOut: cli.io.out, writeErr: cli.io.out, outputError: () => {} });
  });
  return program;
}

function forEachCommand(command: Command, work: (command: Command) => void): void {
  work(command);
  for (const child of command.commands) forEachCommand(child, work);
}
