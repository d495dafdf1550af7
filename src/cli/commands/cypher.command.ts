/** shelfwalk cypher: the queries over embedded nodes in Neo4j, listed, described and run. */
import type { Command } from 'commander';
import { ShelfwalkError } from '../../base/errors.ts';
import { createCypher, openCypher } from '../../pipeline/cypher.ts';
import { neo4jInput } from '../../pipeline/neo4j-config.ts';
import { readSettings } from '../../pipeline/read-settings.ts';
import { serverConfigSchema } from '../../pipeline/server-config.ts';
import { addCommand } from '../command.ts';
import { addNeo4jFlags, readNeo4jInput } from '../neo4j-flags.ts';
import { toQueryListText, toQueryText, toReplyText } from '../render-cypher.ts';
import type { Cli, Task } from '../task.ts';

export function addCypherCommand(program: Command, cli: Cli): void {
  const command = addCommand(program, cli, {
    usage: 'cypher [name]',
    purpose: 'Ask Neo4j about embedded nodes; without a name, list the queries there are',
    example: 'shelfwalk cypher nearest-products --param productId=85123A --param limit=5',
    async action(task, { args: [name], flags }) {
      const given = toGiven((flags['param'] as string[] | undefined) ?? []);
      if (name === undefined || flags['describe']) return describe(task, name);
      const server = readSettings(
        neo4jInput,
        await readNeo4jInput(task, flags['uri'] as string | undefined, flags),
      );
      const cypher = await openCypher(server, { limits, environment: task.io.environment });
      try {
        task.print(await cypher.run(name, given, task.io.signal), toReplyText);
      } finally {
        await cypher.close();
      }
    },
  });
  command
    .option(
      '--param <name=value>',
      'a parameter of the query; said several times where it takes a list',
      (said: string, before: string[] = []) => [...before, said],
    )
    .option('--describe', 'what the query is for, its parameters and columns, instead of running it');
  addNeo4jFlags(command, '--uri');
}

/** Those of the service. */
const { cypherRows, cypherTimeoutMs } = serverConfigSchema.parse({}).limits;
const limits = { maxRows: cypherRows, timeoutMs: cypherTimeoutMs };

/** Needs no Neo4j. */
function describe(task: Task, name: string | undefined): void {
  const { queries, query } = createCypher({ settings: undefined, limits });
  const withoutText = ({ text: _, ...facts }: (typeof queries)[number]) => facts;
  if (name === undefined) task.print(queries.map(withoutText), () => toQueryListText(queries));
  else task.print(withoutText(query(name)), () => toQueryText(query(name)));
}

/** `['a=1', 'b=2', 'b=3']` → `{a: '1', b: ['2', '3']}`. */
function toGiven(said: readonly string[]): Record<string, string | string[]> {
  const given: Record<string, string | string[]> = Object.create(null); // a parameter may be called __proto__
  for (const pair of said) {
    const at = pair.indexOf('=');
    if (at < 1)
      throw new ShelfwalkError('USAGE_INVALID', { flag: '--param', found: pair, expected: 'name=value' });
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const before = given[name];
    given[name] = before === undefined ? value : [...[before].flat(), value];
  }
  return given;
}
