/** What lies beside the files of a watched folder and says how they are read: `mapping.json`, one entry a kind. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ShelfwalkError } from '../../base/errors.ts';
import {
  edgeMapping,
  entityMapping,
  importOptions,
  interactionMapping,
} from '../operations/import.operation.ts';

/** Subfolders, in the order in which they are taken: names and attributes before what happened with them. */
export const WATCHED_KINDS = ['products', 'customers', 'edges', 'interactions'] as const;
export type WatchedKind = (typeof WATCHED_KINDS)[number];

export const MAPPING_FILE = 'mapping.json';

const { format, replace } = importOptions.shape;
const mappingSchema = z.strictObject({
  products: z.strictObject({ mapping: entityMapping, format }).optional(),
  customers: z.strictObject({ mapping: entityMapping, format }).optional(),
  edges: z.strictObject({ mapping: edgeMapping, format }).optional(),
  interactions: z.strictObject({ mapping: interactionMapping, format, replace }).optional(),
});

export type WatchMapping = z.infer<typeof mappingSchema>;

/** @throws ShelfwalkError CONFIG_INVALID — names the file and the field */
export async function readWatchMapping(folder: string): Promise<WatchMapping> {
  const file = join(folder, MAPPING_FILE);
  const refuse = (details: Record<string, unknown>, cause?: unknown): never => {
    throw new ShelfwalkError('CONFIG_INVALID', { file, ...details }, { cause });
  };
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const found = cause instanceof SyntaxError ? cause.message : (cause as NodeJS.ErrnoException).code;
    return refuse({ found, expected: 'one JSON object: the mapping of each kind of file' }, cause);
  }
  const parsed = mappingSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  return refuse({ field: [...issue.path, ...unknownKey].join('.'), expected: issue.message });
}
