/** What all imports share: their options, and how files are handed to the operation and reported. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
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

/** Of interactions only: what the other kinds replace, they replace by id. */
export const replaceSettings = toSettings(importOptions, ['replace']);

/** Says what an import does anyway, for a script that wants it said. */
export const addAppendFlag = (command: Command): Command =>
  command.option('--append', 'add to what is there (what an import does anyway)');

/** Paths become absolute: the server that holds the data directory may have another working directory. */
export async function runImport(
  task: Task,
  { args, flags }: Given,
  toSource: (path: string) => ImportSource,
): Promise<void> {
  const input = {
    sources: args.map((path) => toSource(resolve(task.io.cwd, path))),
    options: readSettings([...importSettings, ...replaceSettings], flags),
  };
  task.print(await task.run<ImportReport>('import', input, { create: true }), toImportText);
}
