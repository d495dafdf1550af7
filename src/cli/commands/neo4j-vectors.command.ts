/** shelfwalk neo4j write, unwrite: the vectors of a version onto the nodes of Neo4j, and off again. */
import type { Command } from 'commander';
import { unwriteFromNeo4j } from '../../pipeline/neo4j-unwrite.ts';
import { neo4jWriteOperation, type WriteReport } from '../../pipeline/operations/neo4j-vectors.operation.ts';
import { addCommand } from '../command.ts';
import { toSettings } from '../flag.ts';
import { addNeo4jFlags, readNeo4jInput } from '../neo4j-flags.ts';
import { toRemovalText, toWriteText } from '../render-cypher.ts';
import type { Cli } from '../task.ts';

/** @param neo4j the command that these are below */
export function addNeo4jVectorCommands(neo4j: Command, cli: Cli): void {
  const write = addCommand(neo4j, cli, {
    usage: 'write [version]',
    purpose:
      'Put a version, or what an alias points at, on the nodes of Neo4j with indexes, and switch to it',
    example: 'NEO4J_PASSWORD_FILE=./password shelfwalk neo4j write prod --uri neo4j://localhost:7687',
    settings: toSettings(neo4jWriteOperation.input, ['keep', 'batchSize']),
    async action(task, { args: [version], flags, values }) {
      const server = await readNeo4jInput(task, flags['uri'] as string | undefined, flags);
      task.print(await task.run<WriteReport>('neo4j-write', { server, version, ...values }), toWriteText);
    },
  });
  const unwrite = addCommand(neo4j, cli, {
    usage: 'unwrite [version]',
    purpose: 'Take a written version, or all of them, out of Neo4j, and count what is left',
    example: 'NEO4J_PASSWORD_FILE=./password shelfwalk neo4j unwrite --uri neo4j://localhost:7687',
    async action(task, { args: [version], flags }) {
      const server = await readNeo4jInput(task, flags['uri'] as string | undefined, flags);
      const { environment, signal } = task.io;
      task.print(await unwriteFromNeo4j(server, { version, environment, signal }), toRemovalText);
    },
  });
  for (const command of [write, unwrite]) addNeo4jFlags(command, '--uri');
}
