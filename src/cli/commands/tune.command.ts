/** shelfwalk tune: a search for settings on a validation split, and a file of what it found. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ShelfwalkError } from '../../base/errors.ts';
import { tuneInput } from '../../pipeline/operations/tune.operation.ts';
import type { TuneResult } from '../../pipeline/tune/types.ts';
import { addCommand } from '../command.ts';
import { type Setting, toSettings } from '../flag.ts';
import { toTuneText } from '../render-tune.ts';
import { addRunFlags, type RunSection, readRunConfig } from '../run-flags.ts';
import type { Cli } from '../task.ts';

const SECTIONS: readonly RunSection[] = ['graph', 'walk', 'sentences', 'train', 'spectral', 'evaluate'];

/** In the operation it is the space itself. */
const SPACE: Setting = {
  path: 'space',
  flag: '--space',
  group: 'Options:',
  schema: {
    type: 'string',
    description:
      'JSON file of values to try, such as {"train.windowSize": [2, 5]}; if not given, the default space',
  },
};

export function addTuneCommand(program: Command, cli: Cli): void {
  const command = addCommand(program, cli, {
    usage: 'tune',
    purpose: 'Search for settings that serve better, on a validation split; publishes nothing',
    example: 'shelfwalk tune --trials 19 --minutes 30 --out settings.json',
    settings: [...toSettings(tuneInput, ['metric', 'protocol', 'trials', 'minutes', 'out', 'force']), SPACE],
    async action(task, { flags, values: { out, space, ...values } }) {
      const { cwd } = task.io;
      const run = await readRunConfig({ sections: SECTIONS, flags, file: task.global.config, cwd });
      const input = {
        ...values,
        run,
        ...(typeof space === 'string' && { space: await readSpaceFile(resolve(cwd, space)) }),
        ...(typeof out === 'string' && { out: resolve(cwd, out) }),
      };
      task.print(await task.run<TuneResult>('tune', input), toTuneText);
    },
  });
  addRunFlags(command, SECTIONS);
}

/** What is in it is checked with the rest of the input. @throws ShelfwalkError CONFIG_INVALID */
async function readSpaceFile(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? (error as Error).name;
    const expected = 'a JSON file such as {"train.windowSize": [2, 5]}';
    throw new ShelfwalkError('CONFIG_INVALID', { file, found, expected }, { cause: error });
  }
}
