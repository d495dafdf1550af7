/**
 * The settings of a run on the command line. Flags, `--config run.json` and defaults make one object;
 * a value that is wrong is refused with the flag, or the file and field, that it came from.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { ShelfwalkError } from '../base/errors.ts';
import { type RunConfigInput, runConfigSchema } from '../pipeline/config.ts';
import {
  readFlag,
  type Setting,
  type SettingSchema,
  toExpected,
  toKebab,
  toOptionKey,
  toOptions,
} from './flag.ts';

export type RunSection = keyof RunConfigInput;
type Tree = Record<string, Record<string, unknown>>;

const GROUPS: Readonly<Record<RunSection, string>> = {
  graph: 'Graph:',
  walk: 'Walks:',
  sentences: 'Sentences (item2vec):',
  train: 'Training:',
  spectral: 'Spectral vectors:',
  evaluate: 'Evaluation:',
};

/** Short ways to write the names of GDS. */
const ALIASES: Readonly<Record<string, string>> = {
  returnFactor: '-p',
  inOutFactor: '-q',
  embeddingDimension: '--dimension',
  randomSeed: '--seed',
  concurrency: '--threads',
};

/** Names that say too little without their section. */
const FLAGS: Readonly<Record<string, string>> = {
  'sentences.of': '--sentences-of',
  'sentences.order': '--sentences-order',
  'spectral.iterations': '--spectral-iterations',
};

const schemas = z.toJSONSchema(runConfigSchema, { io: 'input' }).properties as unknown as Readonly<
  Record<RunSection, { readonly properties: Readonly<Record<string, SettingSchema>> }>
>;

export const runSettings: readonly Setting[] = (Object.keys(GROUPS) as RunSection[]).flatMap((section) =>
  Object.entries(schemas[section].properties).map(([name, schema]) => ({
    path: `${section}.${name}`,
    flag: FLAGS[`${section}.${name}`] ?? `--${toKebab(name)}`,
    alias: ALIASES[name],
    group: GROUPS[section],
    schema,
  })),
);

const isIn = (sections: readonly RunSection[], { path }: Setting): boolean =>
  sections.includes(path.slice(0, path.indexOf('.')) as RunSection);

export function addRunFlags(command: Command, sections: readonly RunSection[]): Command {
  for (const setting of runSettings) {
    if (isIn(sections, setting)) for (const option of toOptions(setting)) command.addOption(option);
  }
  return command;
}

export interface RunConfigSources {
  readonly sections: readonly RunSection[];
  /** As commander hands them over. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** `--config`: JSON of the schema's shape. Sections that the command has no use for are checked and left out. */
  readonly file?: string;
  readonly cwd: string;
}

/**
 * What was said, and only that: whoever runs the operation fills in the defaults.
 * @throws ShelfwalkError CONFIG_INVALID
 */
export async function readRunConfig({
  sections,
  flags,
  file,
  cwd,
}: RunConfigSources): Promise<RunConfigInput> {
  const path = file === undefined ? undefined : resolve(cwd, file);
  const tree: Tree = path === undefined ? {} : await readConfigFile(path);
  const given = new Map<string, { setting: Setting; text: unknown }>();
  for (const setting of runSettings) {
    const text = isIn(sections, setting) ? flags[toOptionKey(setting)] : undefined;
    if (typeof text !== 'string' && typeof text !== 'boolean') continue;
    const [section, name] = setting.path.split('.') as [string, string];
    tree[section] = { ...tree[section], [name]: readFlag(setting, text) };
    given.set(setting.path, { setting, text });
  }
  const parsed = runConfigSchema.safeParse(tree);
  if (!parsed.success) throw toInvalid(parsed.error.issues[0]!, { tree, given, file: path });
  return Object.fromEntries(sections.filter((s) => tree[s]).map((s) => [s, tree[s]]));
}

interface Known {
  readonly tree: Tree;
  readonly given: ReadonlyMap<string, { readonly setting: Setting; readonly text: unknown }>;
  readonly file?: string;
}

function toInvalid(issue: z.core.$ZodIssue, { tree, given, file }: Known): ShelfwalkError {
  const path = issue.path.slice(0, 2).join('.');
  const setting = runSettings.find((s) => s.path === path);
  const flagged = given.get(path);
  // Deeper than a setting is a place within JSON, where zod's own words say more than the range.
  const isInside = issue.path.length > 2 && setting?.schema.type === 'object';
  const unknownKeys = issue.code === 'unrecognized_keys' ? issue.keys : undefined;
  const expected = unknownKeys
    ? toKnownNames(issue.path)
    : !isInside && setting && issue.code !== 'custom'
      ? toExpected(setting.schema)
      : issue.message;
  const field = [...issue.path, ...(unknownKeys ?? []).slice(0, 1)].join('.');
  if (flagged) {
    const { flag } = flagged.setting;
    return new ShelfwalkError('CONFIG_INVALID', {
      flag,
      found: flagged.text,
      expected,
      field: isInside ? field : undefined,
    });
  }
  const found = unknownKeys
    ? unknownKeys[0]
    : issue.path.reduce<unknown>((at, key) => (at as Tree)?.[String(key)], tree);
  return new ShelfwalkError('CONFIG_INVALID', { file, field, found, expected });
}

function toKnownNames([section]: readonly PropertyKey[]): string {
  const names =
    section === undefined
      ? Object.keys(GROUPS)
      : Object.keys(schemas[section as RunSection]?.properties ?? {});
  return `one of ${names.join(', ')}`;
}

async function readConfigFile(file: string): Promise<Tree> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code;
    throw new ShelfwalkError('CONFIG_INVALID', { file, found, expected: 'a JSON file' }, { cause: error });
  }
  try {
    return z.record(z.string(), z.record(z.string(), z.unknown())).parse(JSON.parse(text));
  } catch (error) {
    const expected = `one JSON object such as {"walk": {"walkLength": 40}}`;
    throw new ShelfwalkError(
      'CONFIG_INVALID',
      { file, expected, found: (error as Error).name },
      { cause: error },
    );
  }
}
