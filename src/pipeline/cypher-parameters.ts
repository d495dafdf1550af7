/**
 * Parameters of a query as a schema, out of the header of its file: what an address and a command line can
 * say is text, and becomes a number or a truth value only where it is written as one.
 */
import { z } from 'zod';
import { ShelfwalkError } from '../base/errors.ts';
import type { AnalyticsQuery, ParameterType, QueryParameter } from '../neo4j/query-file.ts';
import type { QueryValues } from '../neo4j/run-query.ts';

const MAX_TEXT = 2048;

/** Half of a surrogate pair is no text: it has no UTF-8. */
const text = z
  .string()
  .min(1)
  .max(MAX_TEXT)
  .refine((value) => !/\p{Surrogate}/u.test(value), 'must be text that has a UTF-8 form');

const attribute = text.regex(/^[^/]+\/[\s\S]+$/, 'expected kind/value');

/** Fields in the order of the header; an unknown one is refused by name. */
export function toParametersSchema({
  parameters,
}: Pick<AnalyticsQuery, 'parameters'>): z.ZodObject & z.ZodType<QueryValues> {
  return z.strictObject(
    Object.fromEntries(parameters.map((parameter) => [parameter.name, toField(parameter)])),
  );
}

function toField({ type, text: said, ...parameter }: QueryParameter): z.ZodType<QueryValues[string]> {
  const field = toType(type);
  if (!('default' in parameter)) return field.describe(said);
  const value = parameter.default as QueryValues[string];
  return (value === null ? field.nullable() : field).default(value).describe(said);
}

function toType(type: ParameterType): z.ZodType<QueryValues[string]> {
  switch (type.kind) {
    case 'boolean':
      return z.preprocess(
        (given) => (given === 'true' ? true : given === 'false' ? false : given),
        z.boolean(),
      );
    case 'integer':
      return z.preprocess(toNumber(/^-?\d{1,15}$/), z.number().int().min(type.min).max(type.max));
    case 'number':
      return z.preprocess(toNumber(/^-?\d{1,15}(\.\d{1,20})?$/), z.number().min(type.min).max(type.max));
    case 'choice':
      return z.enum(type.options as [string, ...string[]]);
    case 'node':
      return type.node === 'attribute' ? attribute : text;
    case 'nodes': {
      const list = z
        .array(type.node === 'attribute' ? attribute : text)
        .min(type.min)
        .max(type.max);
      return z.preprocess((given) => (typeof given === 'string' ? [given] : given), list);
    }
    default:
      return text;
  }
}

/** Plain digits only: `1e3`, ` 5` or `0x10` are more likely slips than numbers. */
const toNumber = (digits: RegExp) => (given: unknown) =>
  typeof given === 'string' && digits.test(given) ? Number(given) : given;

/**
 * What was said, by name, as the query wants it; a name said several times is a list.
 * @throws ShelfwalkError REQUEST_INVALID — names the field, what was found and what is expected
 */
export function readQueryValues(
  query: AnalyticsQuery,
  given: Readonly<Record<string, unknown>>,
): QueryValues {
  const parsed = toParametersSchema(query).safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0]! : undefined;
  const field = unknown ?? issue.path.map(String).join('.');
  const parameter = query.parameters.find(({ name }) => name === issue.path[0]);
  const found = given[field] === undefined ? undefined : String(given[field]).slice(0, 100);
  const names = query.parameters.map(({ name }) => name).join(', ');
  const expected = parameter
    ? `${parameter.typeText} (${issue.message})`
    : `one of ${names || 'none at all'}`;
  throw new ShelfwalkError('REQUEST_INVALID', { query: query.name, field, found, expected });
}
