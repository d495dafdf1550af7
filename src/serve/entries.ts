/**
 * Many entries in one request: each is checked by itself, the good ones are handed on, the bad ones are
 * said with their place: an index in a JSON list, a line of NDJSON.
 */
import { z } from 'zod';
import { type ErrorCode, ShelfwalkError } from '../base/errors.ts';
import type { EntryError, WriteReply } from '../pipeline/workspace.ts';
import { Lines } from './lines.ts';
import { toIssueError } from './validation.ts';

/** A reply of a million errors helps nobody; `rejected` counts them all. */
const MAX_ERRORS = 100;

export const MAX_ENTRIES = 1000;

export const writeReply = z.strictObject({
  accepted: z.number().int(),
  rejected: z.number().int(),
  errors: z
    .array(
      z.strictObject({
        index: z.number().int().optional().describe('of the entry in the list, from 0'),
        line: z.number().int().optional().describe('of an NDJSON body, from 1'),
        path: z.string(),
        message: z.string(),
      }),
    )
    .describe(`why entries were rejected, at most ${MAX_ERRORS}`),
  watermark: z.number().int().describe('grows with every change of the catalog'),
});

interface Place {
  readonly index?: number;
  readonly line?: number;
}

type Fault = Place & { readonly path: string; readonly message: string; readonly code: ErrorCode };

export interface Entries<T> {
  readonly good: readonly T[];
  /** Of the good ones. */
  readonly places: readonly Place[];
  readonly faults: readonly Fault[];
}

/** In the document an entry is what its schema says; at run time each is checked on its own. */
export const documented = (schema: z.ZodType): z.ZodType<unknown> => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return z.unknown().meta(json);
};

export function readEntries<T>(schema: z.ZodType<T>, given: Lines | readonly unknown[]): Entries<T> {
  const good: T[] = [];
  const places: Place[] = [];
  const faults: Fault[] = [];
  const all = given instanceof Lines ? given.lines : given.map((value, index) => ({ index, value }));
  for (const entry of all) {
    const place = 'line' in entry ? { line: entry.line } : { index: entry.index };
    if ('fault' in entry) {
      faults.push({ ...place, path: entry.path, message: entry.fault, code: 'REQUEST_UNPROCESSABLE' });
      continue;
    }
    const parsed = schema.safeParse(entry.value);
    if (parsed.success) {
      good.push(parsed.data);
      places.push(place);
      continue;
    }
    const { errors } = toIssueError('REQUEST_UNPROCESSABLE', parsed.error.issues, schema).details;
    for (const { path, message } of errors as { path: string; message: string }[]) {
      faults.push({ ...place, path, message, code: 'REQUEST_UNPROCESSABLE' });
    }
  }
  return { good, places, faults };
}

/**
 * What came of all entries.
 * @throws ShelfwalkError the code of the first fault — none was accepted, so nothing was done
 */
export function toReply<T>({ places, faults }: Entries<T>, written: WriteReply): z.infer<typeof writeReply> {
  const all = [
    ...faults,
    ...written.errors.map((error): Fault => ({ ...places[error.index], ...pick(error) })),
  ];
  const rejected = new Set(all.map(toPlaceKey)).size;
  all.sort((a, b) => (a.line ?? a.index ?? 0) - (b.line ?? b.index ?? 0));
  const shown = all.slice(0, MAX_ERRORS);
  const { accepted, watermark } = written;
  if (accepted === 0 && rejected > 0) {
    const errors = shown.map((fault) => ({ path: toFullPath(fault), message: fault.message }));
    throw new ShelfwalkError(all[0]!.code, { accepted, rejected, errors });
  }
  return { accepted, rejected, errors: shown.map(({ code: _, ...fault }) => fault), watermark };
}

const pick = ({ path, message, code }: EntryError) => ({ path, message, code });

const toPlaceKey = ({ line, index }: Place): string => `${line} ${index}`;

const toFullPath = ({ line, index, path }: Fault): string =>
  [line === undefined ? index : `line ${line}`, path]
    .filter((part) => part !== undefined && part !== '')
    .join('.');

/** One entry that is the whole request. @throws ShelfwalkError — it was not taken */
export function refuseRejected(
  { errors, accepted }: WriteReply,
  details: Record<string, unknown> = {},
): void {
  if (accepted > 0 || errors.length === 0) return;
  const [first] = errors;
  throw new ShelfwalkError(first!.code, {
    ...details,
    field: first!.path,
    expected: first!.message,
    errors: errors.map(({ path, message }) => ({ path, message })),
  });
}
