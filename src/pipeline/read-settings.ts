/** Settings from a caller's own code, checked against their schema, and refused in our words. */
import type { z } from 'zod';
import { ShelfwalkError } from '../base/errors.ts';

/**
 * What the schema makes of `input`, defaults filled in.
 * @throws ShelfwalkError CONFIG_INVALID — names the field, what was found there and what is expected
 */
export function readSettings<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0]! : undefined;
  const path = unknownKey === undefined ? issue.path : [...issue.path, unknownKey];
  throw new ShelfwalkError('CONFIG_INVALID', {
    field: path.map(String).join('.'),
    found: unknownKey === undefined ? toShortText(valueAt(input, path)) : undefined,
    expected: unknownKey === undefined ? issue.message : 'a setting that exists',
  });
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  );
}

/** Enough to recognise it by. NaN and undefined would be null or nothing in JSON. */
const toShortText = (value: unknown): string =>
  (typeof value === 'object' ? JSON.stringify(value) : String(value)).slice(0, 100);
