/**
 * Settings of the server. Defaults and ranges exist here and nowhere else; the table in docs/serving.md
 * is checked against this schema. Read from a JSON file, then the environment, then flags: later wins.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ShelfwalkError } from '../base/errors.ts';
import { ALIAS_RULE, isAlias } from '../vectors/version-id.ts';
import { checkpointSeconds, jobLimits, refreshSettings } from './jobs/job-settings.ts';
import { watchSettings } from './watch/watch-settings.ts';

export const SCOPES = ['read', 'write', 'admin'] as const;
/** Each scope includes those before it. */
export type Scope = (typeof SCOPES)[number];

const milliseconds = z.number().int().min(100).max(600_000);

const limitsSchema = z.strictObject({
  bodyBytes: z
    .number()
    .int()
    .min(1024)
    .max(268_435_456)
    .default(8_388_608)
    .describe('largest request body, after it is decompressed'),
  inFlight: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(256)
    .describe('requests worked on at once; more are answered 503 with Retry-After'),
  connections: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(4096)
    .describe('open connections; more are dropped'),
  requestsPerMinute: z
    .number()
    .int()
    .min(0)
    .max(100_000_000)
    .optional()
    .describe(
      'per client address, then 429 with Retry-After; 0 is no limit. If not given: no limit on loopback, 6000 beyond',
    ),
  models: z
    .number()
    .int()
    .min(2)
    .max(1000)
    .default(4)
    .describe('versions in memory at once, that of alias included; the least recently used goes first'),
  exports: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(4)
    .describe('files of vectors sent at once; more are answered 503 with Retry-After'),
  exportStallMs: milliseconds
    .default(60_000)
    .describe('time a client may take nothing of a file of vectors before it is cut off'),
  ...jobLimits,
  headersTimeoutMs: milliseconds.default(10_000).describe('time a client has to send its headers'),
  requestTimeoutMs: milliseconds.default(30_000).describe('time a client has to send its whole request'),
  cypherRows: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('most rows of one answer from Neo4j; what is beyond is cut off, and truncated says so'),
  cypherTimeoutMs: milliseconds.default(10_000).describe('time a query has in Neo4j, which ends it then'),
  shutdownTimeoutMs: milliseconds
    .default(8_000)
    .describe('time requests in hand have to finish when the server is stopped'),
});

export const serverConfigSchema = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('address to listen on; one beyond loopback needs apiKeys'),
  port: z.number().int().min(0).max(65_535).default(8080).describe('0 takes any free port'),
  alias: z
    .string()
    .refine(isAlias, ALIAS_RULE)
    .default('prod')
    .describe('the alias that answers where a request names no model'),
  apiKeys: z
    .array(
      z.strictObject({
        scope: z.enum(SCOPES),
        key: z
          .string()
          .min(16)
          .regex(/^[\x21-\x2b\x2d-\x7e]+$/, 'printable ASCII without spaces and commas'),
      }),
    )
    .default([])
    .describe(
      'keys of at least 16 characters; admin includes write, write includes read. In the environment: read:KEY,admin:KEY',
    ),
  allowedHosts: z
    .array(z.string().min(1))
    .default([])
    .describe('further names that the Host header may carry on loopback without keys'),
  trustProxy: z
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe('proxies in front whose X-Forwarded-For is believed'),
  graphModel: z
    .string()
    .min(1)
    .optional()
    .describe('JSON file with the names of a Neo4j graph that has a shape of its own (docs/neo4j.md)'),
  freeCypher: z
    .boolean()
    .default(false)
    .describe('POST /v1/cypher runs statements of the caller, if they only read the graph'),
  logLevel: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'])
    .default('info')
    .describe('debug logs every request'),
  checkpointSeconds,
  refresh: refreshSettings.prefault({}),
  watch: watchSettings.prefault({}),
  limits: limitsSchema.prefault({}),
});

export type ServerConfig = z.infer<typeof serverConfigSchema>;
export type ServerConfigInput = z.input<typeof serverConfigSchema>;

export interface ServerConfigSources {
  /** A JSON file of the schema's shape. Default: what SHELFWALK_CONFIG names, or none. */
  readonly file?: string;
  /** Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Settings the command line names itself; undefined ones are not named. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/** A setting by its place in the schema, with the name it has in the environment and as a flag. */
export interface ServerSetting {
  readonly path: string; // limits.bodyBytes
  readonly variable: string; // SHELFWALK_LIMITS_BODY_BYTES
  readonly schema: z.ZodType;
}

export const serverSettings: readonly ServerSetting[] = [
  ...toSettings('', serverConfigSchema.omit({ refresh: true, watch: true, limits: true }).shape),
  ...toSettings('refresh.', refreshSettings.shape),
  ...toSettings('watch.', watchSettings.shape),
  ...toSettings('limits.', limitsSchema.shape),
];

/** @throws ShelfwalkError CONFIG_INVALID — names the file, variable or flag, and the field; never shows a key */
export async function loadServerConfig(sources: ServerConfigSources = {}): Promise<ServerConfig> {
  const environment = sources.environment ?? process.env;
  const file = sources.file ?? environment['SHELFWALK_CONFIG'];
  const values = new Map<string, { value: unknown; from: Record<string, string> }>();
  const put = (path: string, value: unknown, from: Record<string, string>) =>
    values.set(path, { value, from });

  if (file !== undefined) {
    for (const [path, value] of toLeaves(await readConfigFile(file))) put(path, value, { file });
  }
  for (const { path, variable, schema } of serverSettings) {
    const text = environment[variable];
    if (text !== undefined && text !== '') put(path, readVariable(text, path, schema), { variable });
  }
  for (const [path, value] of toLeaves(sources.flags ?? {})) put(path, value, { flag: `--${toKebab(path)}` });

  const parsed = serverConfigSchema.safeParse(toTree(values));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw toInvalid(issue!, values);
}

function toInvalid(
  issue: z.core.$ZodIssue,
  values: ReadonlyMap<string, { value: unknown; from: Record<string, string> }>,
): ShelfwalkError {
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = [...issue.path, ...(unknownKey === undefined ? [] : [unknownKey])].join('.');
  const source = [...values].find(
    ([path]) => field === path || field.startsWith(`${path}.`) || path.startsWith(`${field}.`),
  );
  const found = field.startsWith('apiKeys') ? undefined : source?.[1].value;
  const expected =
    unknownKey === undefined ? issue.message : `one of ${serverSettings.map((s) => s.path).join(', ')}`;
  return new ShelfwalkError('CONFIG_INVALID', { ...source?.[1].from, field, found, expected });
}

async function readConfigFile(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ShelfwalkError(
      'CONFIG_INVALID',
      { file, found: (error as NodeJS.ErrnoException).code, expected: 'a JSON file' },
      { cause: error },
    );
  }
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content !== 'object' || content === null || Array.isArray(content))
      throw new TypeError('not an object');
    return content as Record<string, unknown>;
  } catch (error) {
    // The parser's message quotes the text around the fault, and that may be a key: it is not passed on.
    throw new ShelfwalkError('CONFIG_INVALID', { file, expected: 'one JSON object' }, { cause: error });
  }
}

/** Text of a variable as the schema's kind of value; what cannot be read stays text for the schema to refuse. */
function readVariable(text: string, path: string, schema: z.ZodType): unknown {
  if (path === 'apiKeys') return text.split(',').map((pair) => toKey(pair.trim()));
  if (path === 'freeCypher' && /^(true|false)$/.test(text)) return text === 'true';
  if (path === 'allowedHosts') return text.split(',').map((host) => host.trim());
  if (/^-?\d+$/.test(text) && schema.safeParse(Number(text)).success) return Number(text);
  return text;
}

function toKey(pair: string): { scope: string; key: string } {
  const at = pair.indexOf(':');
  return { scope: at < 0 ? '' : pair.slice(0, at), key: pair.slice(at + 1) };
}

/** `{limits: {inFlight: 1}}` → `[['limits.inFlight', 1]]`; lists are values. */
function toLeaves(tree: Readonly<Record<string, unknown>>, prefix = ''): [string, unknown][] {
  return Object.entries(tree).flatMap(([name, value]): [string, unknown][] => {
    if (value === undefined) return [];
    const isBranch = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isBranch
      ? toLeaves(value as Record<string, unknown>, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value]];
  });
}

function toTree(values: ReadonlyMap<string, { readonly value: unknown }>): Record<string, unknown> {
  const tree: Record<string, unknown> = Object.create(null); // a field may be named __proto__
  for (const [path, { value }] of values) {
    const names = path.split('.');
    const last = names.pop()!;
    let branch: unknown = tree;
    for (const name of names) branch = (branch as Record<string, unknown>)[name] ??= {};
    // `limits: 5` in the file and a limit in the environment: the 5 stays, and the schema refuses it.
    if (typeof branch === 'object') (branch as Record<string, unknown>)[last] = value;
  }
  return tree;
}

function toSettings(prefix: string, shape: Readonly<Record<string, z.ZodType>>): ServerSetting[] {
  return Object.entries(shape).map(([name, schema]) => {
    const path = `${prefix}${name}`;
    return { path, variable: `SHELFWALK_${toKebab(path).replaceAll('-', '_').toUpperCase()}`, schema };
  });
}

function toKebab(path: string): string {
  return path.replaceAll('.', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
