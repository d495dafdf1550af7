/**
 * How a Neo4j is reached and its graph read. Address, database and model can be said in a command or a
 * request; user and password only in the environment of the process that does the work, so that they stand
 * in no argument, no file of settings, no log and no message.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ShelfwalkError } from '../base/errors.ts';
import type { Neo4jSettings } from '../neo4j/connection.ts';
import { DEFAULT_NAMES, type NamesInput, ROLES } from '../neo4j/names.ts';

/** Every default name may have another one: `{"Customer": {"is": "Client", "id": "customerID"}}`. */
const namesSchema = z.strictObject(
  Object.fromEntries(
    ROLES.map((role) => {
      const keys = Object.keys(DEFAULT_NAMES[role]).map((key) => [key, z.string().optional()]);
      return [role, z.strictObject(Object.fromEntries(keys)).optional()];
    }),
  ),
) as unknown as z.ZodType<NamesInput>;

const query = z.string().min(1).max(100_000).optional();

export const graphModelSchema = z.strictObject({
  names: namesSchema.optional(),
  strength: z
    .enum(['count', 'weight'])
    .default('count')
    .describe('what says how strong an interaction is: count (events, damped) or weight (taken as it is)'),
  queries: z
    .strictObject({ customers: query, products: query, interactions: query, attributes: query })
    .default({})
    .describe('Cypher that reads a role, in place of labels'),
});

export const neo4jInput = z.strictObject({
  uri: z
    .string()
    .min(1)
    .optional()
    .describe('address of Neo4j, bolt:// or neo4j://, with +s or +ssc for TLS; NEO4J_URI if not given'),
  database: z.string().min(1).optional().describe('NEO4J_DATABASE if not given, else the server’s default'),
  timeoutMs: z
    .number()
    .int()
    .min(100)
    .max(3_600_000)
    .default(60_000)
    .describe('longest wait for a connection, for the next row, for the end of a batch'),
  attempts: z
    .number()
    .int()
    .min(1)
    .max(20)
    .default(6)
    .describe('tries of what fails with something that passes by itself; waits double from 0.2 s'),
  model: graphModelSchema.prefault({}).describe('names and queries, where the graph has a shape of its own'),
});

export type Neo4jInput = z.infer<typeof neo4jInput>;

type Environment = Readonly<Record<string, string | undefined>>;

const PROTOCOLS = ['bolt:', 'bolt+s:', 'bolt+ssc:', 'neo4j:', 'neo4j+s:', 'neo4j+ssc:'];

/** @throws ShelfwalkError CONFIG_INVALID — names the variable; never shows what may hold a password */
export async function readNeo4jSettings(
  { uri, database, timeoutMs, attempts }: Neo4jInput,
  environment: Environment = process.env,
): Promise<Neo4jSettings> {
  const given = environment['NEO4J_URI'] || undefined;
  const address = checkAddress(uri ?? given);
  if (given !== undefined && checkAddress(given) !== address) {
    throw new ShelfwalkError('CONFIG_INVALID', {
      field: 'uri',
      found: address,
      expected: `the server of NEO4J_URI, ${checkAddress(given)}`,
      hint: 'User and password were given for that one: unset NEO4J_URI, or change it',
    });
  }
  return {
    uri: address,
    user: environment['NEO4J_USER'] || 'neo4j',
    password: await readPassword(environment),
    database: database ?? (environment['NEO4J_DATABASE'] || undefined),
    timeoutMs,
    attempts,
  };
}

function checkAddress(text: string | undefined): string {
  const refuse = (found: string): never => {
    throw new ShelfwalkError('CONFIG_INVALID', {
      field: 'uri',
      variable: 'NEO4J_URI',
      found,
      expected: 'neo4j://host:7687 or bolt://host:7687, with +s or +ssc behind the scheme for TLS',
    });
  };
  if (text === undefined) return refuse('no address');
  if (!URL.canParse(text)) return refuse('no address that can be read');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return refuse('a user or a password in the address');
  if (!PROTOCOLS.includes(url.protocol)) return refuse(`the scheme ${url.protocol}`);
  if (url.host === '' || url.hash !== '' || url.search !== '' || !['', '/'].includes(url.pathname))
    return refuse('more or less than scheme, host and port');
  return `${url.protocol}//${url.host}`;
}

async function readPassword(environment: Environment): Promise<string> {
  const password = environment['NEO4J_PASSWORD'];
  const file = environment['NEO4J_PASSWORD_FILE'];
  if (password && file) {
    throw new ShelfwalkError('CONFIG_INVALID', {
      variable: 'NEO4J_PASSWORD, NEO4J_PASSWORD_FILE',
      expected: 'one of them',
    });
  }
  if (password) return password;
  if (!file) {
    throw new ShelfwalkError('CONFIG_INVALID', {
      variable: 'NEO4J_PASSWORD',
      found: 'nothing',
      expected: 'the password, or NEO4J_PASSWORD_FILE with the name of a file that holds it',
      hint: 'Set it for the process that does the work: where a server holds the data directory, for the server',
    });
  }
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    const found = (cause as NodeJS.ErrnoException).code;
    const expected = 'a file that can be read';
    throw new ShelfwalkError(
      'CONFIG_INVALID',
      { variable: 'NEO4J_PASSWORD_FILE', file, found, expected },
      { cause },
    );
  }
}
