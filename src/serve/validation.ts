/**
 * From zod's issues to the errors of a reply: each with the path of the field and what was expected,
 * without repeating long values back.
 */
import { z } from 'zod';
import { type ErrorCode, ShelfwalkError } from '../base/errors.ts';

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** More than this helps nobody, and a body of a million wrong values must not make a reply as long. */
const MAX_ERRORS = 20;

export function toIssueError(
  code: ErrorCode,
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodType,
): ShelfwalkError {
  const errors = toFieldErrors(issues, schema).slice(0, MAX_ERRORS);
  const [first] = errors;
  return new ShelfwalkError(code, { field: first!.path, expected: first!.message, errors });
}

export const toFieldErrors = (issues: readonly z.core.$ZodIssue[], schema: z.ZodType): FieldError[] =>
  issues.flatMap((issue) => readIssue(issue, schema));

function readIssue(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  under: readonly PropertyKey[] = [],
): FieldError[] {
  const path = [...under, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known =
      path.length === 0 && schema instanceof z.ZodObject
        ? `; known: ${Object.keys(schema.shape).join(', ')}`
        : '';
    return issue.keys.map((key) => ({ path: toPath([...path, key]), message: `unknown field${known}` }));
  }
  if (issue.code === 'invalid_union') {
    // Say what is wrong with the alternative that the value comes closest to.
    const [closest] = [...issue.errors].sort((a, b) => countOutside(a) - countOutside(b));
    if (closest) return closest.flatMap((inner) => readIssue(inner, schema, path));
  }
  return [{ path: toPath(path), message: issue.message }];
}

/** Fields that are missing or not known: they tell that another alternative was meant. */
const countOutside = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.filter((i) => i.path.length <= 1).length;

const toPath = (path: readonly PropertyKey[]): string => path.map(String).join('.').slice(0, 200);
