/** shelfwalk export, shelfwalk models import: vectors out into files, and in from them. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  type ExportResult,
  exportInput,
  type ImportVectorsResult,
  importVectorsInput,
} from '../../pipeline/operations/vectors.operation.ts';
import { addCommand } from '../command.ts';
import { toSettings } from '../flag.ts';
import { toKeyValues } from '../render-table.ts';
import type { Cli } from '../task.ts';

export function addExportCommand(program: Command, cli: Cli): void {
  addCommand(program, cli, {
    usage: 'export <model>',
    purpose: 'Write the vectors of a version, named by its id or an alias, to a file for other programs',
    example: 'shelfwalk export prod --format word2vec --out products.vec --type product',
    settings: toSettings(exportInput, ['format', 'out', 'type', 'matrix', 'keys', 'force']),
    async action(task, { args: [model], values }) {
      const input = { ...values, model, out: resolve(task.io.cwd, String(values['out'])) };
      task.print(await task.run<ExportResult>('export', input), toKeyValues);
    },
  });
}

/** @param models the command whose child it becomes */
export function addModelsImportCommand(models: Command, cli: Cli): void {
  addCommand(models, cli, {
    usage: 'import <file>',
    purpose: 'Make a version of vectors from elsewhere, in a space of its own',
    example: 'shelfwalk models import item2vec.vec --format word2vec --type product --alias item2vec',
    settings: toSettings(importVectorsInput, ['format', 'type', 'contexts', 'alias']),
    async action(task, { args: [file], values }) {
      const { contexts } = values as { contexts?: string };
      const paths = {
        file: resolve(task.io.cwd, file!),
        ...(contexts !== undefined && { contexts: resolve(task.io.cwd, contexts) }),
      };
      const input = { ...values, ...paths };
      task.print(await task.run<ImportVectorsResult>('models-import', input, { create: true }), toKeyValues);
    },
  });
}
