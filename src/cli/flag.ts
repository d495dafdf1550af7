/**
 * Flags out of schemas: name, kind, range, default and description of a flag are those of the setting,
 * so that --help cannot say anything else than what is checked.
 */
import { Option } from 'commander';
import { z } from 'zod';
import { ShelfwalkError } from '../base/errors.ts';

/** The part of a JSON schema that a flag needs. */
export interface SettingSchema {
  readonly type?: 'integer' | 'number' | 'boolean' | 'string' | 'array' | 'object';
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: SettingSchema;
}

/** One setting of a configuration and the flag it is set by. */
export interface Setting {
  /** Where it stands in the configuration: `walk.walkLength`. */
  readonly path: string;
  /** `--walk-length` */
  readonly flag: string;
  /** Another way to write the flag: `-p`. */
  readonly alias?: string;
  readonly group: string;
  /** There is no default: it must be said. */
  readonly required?: boolean;
  readonly schema: SettingSchema;
}

/** `limits.bodyBytes` → `limits-body-bytes`; a unit is one word. */
export const toKebab = (name: string): string =>
  name
    .replaceAll('.', '-')
    .replaceAll('MiB', 'Mib')
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The JSON schema of one setting. */
export const toSettingSchema = (schema: z.ZodType): SettingSchema =>
  z.toJSONSchema(schema, { io: 'input' }) as SettingSchema;

/** Values stay text: they are read by `readFlag`, which can name the flag when it refuses. */
export function toOptions(setting: Setting): Option[] {
  const { flag, alias, group, schema, required = false } = setting;
  const text = toDescription(setting);
  const name = alias ? `${alias}, ${flag}` : flag;
  if (schema.type !== 'boolean') {
    return [
      new Option(`${name} <${toPlaceholder(schema)}>`, text).helpGroup(group).makeOptionMandatory(required),
    ];
  }
  // Both ways can be said, so that a flag can overrule a file; help shows the one that changes something.
  const on = new Option(name, text).helpGroup(group).hideHelp(schema.default === true);
  const off = new Option(flag.replace('--', '--no-'), `switch off: ${text}`)
    .helpGroup(group)
    .hideHelp(schema.default !== true);
  return [on, off];
}

/** The key under which commander hands the value over. */
export const toOptionKey = ({ flag }: Setting): string => new Option(flag).attributeName();

/** The settings an operation takes besides what the command line gives it otherwise. */
export function toSettings(input: z.ZodType, names: readonly string[]): Setting[] {
  const { properties = {}, required = [] } = z.toJSONSchema(input, { io: 'input' });
  return names.map((name) => {
    return {
      path: name,
      flag: `--${toKebab(name)}`,
      group: 'Options:',
      required: required.includes(name),
      schema: properties[name] as SettingSchema,
    };
  });
}

/** Columns that must be named, which the command asks for itself once it has seen which ones the file has. */
export const askedLater = (settings: readonly Setting[]): Setting[] =>
  settings.map((setting) => ({ ...setting, required: false }));

/** What was said on the command line, by name; what was not is left out. */
export function readSettings(
  settings: readonly Setting[],
  flags: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const given = settings.map((setting) => [setting.path, flags[toOptionKey(setting)]] as const);
  const values = given.map(([path, text], i) => {
    const isGiven = typeof text === 'string' || typeof text === 'boolean';
    return [path, isGiven ? readFlag(settings[i]!, text) : undefined] as const;
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/**
 * The value of a flag, as its schema wants it. What is inside a JSON value is checked later, with the
 * whole configuration.
 * @throws ShelfwalkError CONFIG_INVALID — another kind of value, or out of range
 */
export function readFlag(setting: Setting, given: string | boolean): unknown {
  if (typeof given === 'boolean') return given;
  const { schema } = setting;
  if (schema.type === 'object') return parseJson(given) ?? refuse(setting, given);
  const items = schema.type === 'array' ? given.split(',').map((item) => item.trim()) : undefined;
  if (!items) return readScalar(schema, given) ?? refuse(setting, given);
  return items.map((item) => readScalar(schema.items ?? {}, item) ?? refuse(setting, given));
}

/** Undefined: not what the schema wants. */
function readScalar(schema: SettingSchema, text: string): string | number | undefined {
  if (schema.type !== 'integer' && schema.type !== 'number') {
    return schema.enum && !schema.enum.includes(text) ? undefined : text;
  }
  const value = toNumber(text);
  if (value === undefined || (schema.type === 'integer' && !Number.isInteger(value))) return undefined;
  const { minimum = -Infinity, exclusiveMinimum = -Infinity, maximum = Infinity } = schema;
  return value >= minimum && value > exclusiveMinimum && value <= maximum ? value : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuse(setting: Setting, found: string): never {
  const hint =
    setting.schema.type === 'object' ? `Quote it for the shell: ${setting.flag} '{"view":0.2}'` : undefined;
  throw new ShelfwalkError('CONFIG_INVALID', {
    flag: setting.flag,
    found,
    expected: toExpected(setting.schema),
    hint,
  });
}

/** Decimal, with an exponent if need be; not hexadecimal, not empty, not Infinity. */
const toNumber = (text: string): number | undefined =>
  /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;

/** What a value must be, in words: `a whole number from 2 to 1024`. */
export function toExpected(schema: SettingSchema): string {
  if (schema.enum) return schema.enum.join(' | ');
  switch (schema.type) {
    case 'integer':
      return `a whole number${toRange(schema)}`;
    case 'number':
      return `a number${toRange(schema)}`;
    case 'boolean':
      return 'true | false';
    case 'array':
      return `a list with commas between, each ${schema.items ? toExpected(schema.items) : 'a value'}`;
    case 'object':
      return 'a JSON object';
    default:
      return schema.format === 'date-time' ? 'an instant such as 2025-06-30T00:00:00Z' : 'text';
  }
}

function toRange({ minimum, maximum, exclusiveMinimum }: SettingSchema): string {
  const from = minimum ?? exclusiveMinimum;
  // zod bounds every whole number by what a double can hold; nobody wants to read that.
  const to = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (exclusiveMinimum !== undefined)
    return to === undefined ? ` above ${from}` : ` above ${from}, at most ${to}`;
  if (from === undefined) return to === undefined ? '' : ` of at most ${to}`;
  return to === undefined ? ` of at least ${from}` : ` from ${from} to ${to}`;
}

/** What a setting is, in the words of its schema, or else its name in words. */
export const toPurpose = ({ schema, path }: Setting): string =>
  schema.description ?? toKebab(path.slice(path.indexOf('.') + 1)).replaceAll('-', ' ');

function toDescription(setting: Setting): string {
  const { schema } = setting;
  const what = toPurpose(setting);
  if (schema.type === 'boolean') return what;
  const facts = toExpected(schema) === 'text' ? [] : [toExpected(schema)];
  if (schema.default !== undefined) facts.push(`default ${toText(schema.default)}`);
  return facts.length > 0 ? `${what} (${facts.join('; ')})` : what;
}

export function toText(value: unknown): string {
  return Array.isArray(value)
    ? value.join(',')
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
}

function toPlaceholder({ type, enum: choices, format }: SettingSchema): string {
  if (choices) return choices.join('|');
  if (type === 'object') return 'json';
  if (type === 'array') return 'list';
  return format === 'date-time' ? 'instant' : type === 'string' ? 'text' : 'number';
}
