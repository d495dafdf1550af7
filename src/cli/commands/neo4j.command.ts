/** shelfwalk neo4j: the catalog and a graph database. */
import type { Command } from 'commander';
import { type Neo4jLoadResult, neo4jLoadInput } from '../../pipeline/operations/neo4j.operation.ts';
import { addCommand } from '../command.ts';
import { toSettings } from '../flag.ts';
import { addNeo4jFlags, readNeo4jInput } from '../neo4j-flags.ts';
import { toLoadText } from '../render-neo4j.ts';
import type { Cli } from '../task.ts';
import { addNeo4jVectorCommands } from './neo4j-vectors.command.ts';

export function addNeo4jCommands(program: Command, cli: Cli): void {
  const neo4j = program.command('neo4j').description('The catalog, and vectors, in a graph database');
  const load = addCommand(neo4j, cli, {
    usage: 'load',
    purpose: 'Copy the catalog into Neo4j; run again, it updates or goes on where it was stopped',
    example: 'NEO4J_PASSWORD_FILE=./password shelfwalk neo4j load --uri neo4j://localhost:7687',
    settings: toSettings(neo4jLoadInput, ['batchSize', 'restart', 'prune']),
    async action(task, { flags, values }) {
      const server = await readNeo4jInput(task, flags['uri'] as string | undefined, flags);
      task.print(await task.run<Neo4jLoadResult>('neo4j-load', { server, ...values }), toLoadText);
    },
  });
  addNeo4jFlags(load, '--uri');
  addNeo4jVectorCommands(neo4j, cli);
}
