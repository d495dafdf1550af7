/** shelfwalk import preset: a folder in a layout that is known. */
import type { Command } from 'commander';
import { ShelfwalkError } from '../../base/errors.ts';
import { PRESETS, type PresetName } from '../../pipeline/operations/import.operation.ts';
import { addCommand } from '../command.ts';
import { addAppendFlag, importSettings, runImport } from '../import-task.ts';
import type { Cli } from '../task.ts';

export function addImportPresetCommand(parent: Command, cli: Cli): void {
  const command = addCommand(parent, cli, {
    usage: 'preset <preset> <folder>',
    purpose: `A known layout of files: ${PRESETS.join(', ')}`,
    example: 'shelfwalk import preset instacart ./instacart',
    settings: importSettings,
    async action(task, { args: [preset, folder], flags, values }) {
      const names = (flags['with'] as readonly string[] | undefined) ?? [];
      const chosen = Object.fromEntries(
        names.map((name) => [name.replace(/^no-/, ''), !name.startsWith('no-')]),
      );
      await runImport(task, { args: [folder!], flags, values }, (path) => {
        return {
          kind: 'preset',
          preset: toPreset(preset!),
          path,
          ...(names.length > 0 && { options: chosen }),
        };
      });
    },
  }).option(
    '--with <option>',
    'an option of the preset, no-… to switch it off; repeatable',
    (name: string, before: string[] = []) => [...before, name],
  );
  addAppendFlag(command);
}

function toPreset(text: string): PresetName {
  const preset = PRESETS.find((name) => name === text);
  if (preset) return preset;
  throw new ShelfwalkError('USAGE_INVALID', {
    argument: 'preset',
    found: text,
    expected: PRESETS.join(' | '),
  });
}
