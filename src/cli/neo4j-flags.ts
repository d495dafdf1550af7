/** How a command is told of a Neo4j: address, database, and a file for the shape of its graph. Never a password. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ShelfwalkError } from '../base/errors.ts';
import { neo4jInput } from '../pipeline/neo4j-config.ts';
import { readSettings, toOptions, toSettings } from './flag.ts';
import type { Task } from './task.ts';

const settings = toSettings(neo4jInput, ['database', 'timeoutMs', 'attempts']).map((setting) => ({
  ...setting,
  group: 'Neo4j:',
}));

/** @param address the flag that names the server: `--uri`, `--source` */
export function addNeo4jFlags(command: Command, address: string): Command {
  for (const option of settings.flatMap(toOptions)) command.addOption(option);
  return command
    .option(
      `${address} <address>`,
      'neo4j://host:7687, bolt://host:7687; user and password by NEO4J_USER, NEO4J_PASSWORD',
    )
    .option('--graph-model <file>', 'JSON with the names or queries of a graph that has a shape of its own');
}

/** @returns the input of an operation; what was not said is left out */
export async function readNeo4jInput(
  { io }: Task,
  uri: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const file = flags['graphModel'] as string | undefined;
  const model = file === undefined ? undefined : await readModel(resolve(io.cwd, file));
  return {
    ...readSettings(settings, flags),
    ...(uri !== undefined && { uri }),
    ...(model !== undefined && { model }),
  };
}

/** What a graph is read from: the catalog, unless `--source` names a Neo4j. */
export async function readSource(
  task: Task,
  flags: Readonly<Record<string, unknown>>,
): Promise<{ readonly source?: Record<string, unknown> }> {
  const uri = flags['source'] as string | undefined;
  return uri === undefined ? {} : { source: await readNeo4jInput(task, uri, flags) };
}

/** Its contents are checked with the rest of the input. */
export async function readModel(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const found = (cause as NodeJS.ErrnoException).code;
    throw new ShelfwalkError('CONFIG_INVALID', { file, found, expected: 'a JSON file' }, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const expected = 'one JSON object such as {"names": {"Customer": {"is": "Client"}}}';
    throw new ShelfwalkError('CONFIG_INVALID', { file, expected }, { cause });
  }
}
