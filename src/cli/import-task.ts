/** What all imports share: their options, and how files are handed to the operation and reported. */
import { resolve } from 'node:path';
import {
  type ImportReport,
  type ImportSource,
  importOptions,
} from '../pipeline/operations/import.operation.ts';
import type { Given } from './command.ts';
import { readSettings, toSettings } from './flag.ts';
import { toImportText } from './render-import.ts';
import type { Task } from './task.ts';

export const importSettings = toSettings(importOptions, ['dryRun', 'again', 'format']);

/** Paths become absolute: the server that holds the data directory may have another working directory. */
export async function runImport(
  task: Task,
  { args, flags }: Given,
  toSource: (path: string) => ImportSource,
): Promise<void> {
  const input = {
    sources: args.map((path) => toSource(resolve(task.io.cwd, path))),
    options: readSettings(importSettings, flags),
  };
  task.print(await task.run<ImportReport>('import', input, { create: true }), toImportText);
}
