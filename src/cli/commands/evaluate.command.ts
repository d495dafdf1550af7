/** shelfwalk evaluate: a recipe measured on a split, beside baselines and maybe another recipe. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { evaluateInput } from '../../pipeline/operations/evaluate.operation.ts';
import type { EvaluationResult } from '../../pipeline/split-report.ts';
import { addCommand } from '../command.ts';
import { type Setting, toSettings } from '../flag.ts';
import { toRecipeText } from '../render-run.ts';
import { addRunFlags, type RunSection, readRunConfig } from '../run-flags.ts';
import type { Cli } from '../task.ts';

const RECIPE: readonly RunSection[] = ['graph', 'walk', 'sentences', 'train', 'spectral'];

/** An input of its own kind in the operation: a version, or settings that are in a file here. */
const AGAINST: Setting = {
  path: 'against',
  flag: '--against',
  group: 'Options:',
  schema: {
    type: 'string',
    description: 'a version, an alias, or settings.json: trained on the same part and compared with',
  },
};

export function addEvaluateCommand(program: Command, cli: Cli): void {
  const command = addCommand(program, cli, {
    usage: 'evaluate',
    purpose: 'Train a recipe on the past, rank the rest, compare with baselines; publishes nothing',
    example: 'shelfwalk evaluate --model prod --against settings.json --split last-basket --out report',
    settings: [...toSettings(evaluateInput, ['model', 'asIs', 'baselinesOnly', 'out', 'force']), AGAINST],
    async action(task, { flags, values: { out, against, ...values } }) {
      const { cwd } = task.io;
      const said = await readRunConfig({
        sections: [...RECIPE, 'evaluate'],
        flags,
        file: task.global.config,
        cwd,
      });
      const { evaluate, ...run } = said;
      const input = {
        ...values,
        ...(Object.keys(run).length > 0 && { run }),
        ...(evaluate && { evaluate }),
        ...(typeof against === 'string' && { against: await readAgainst(against, cwd) }),
        ...(typeof out === 'string' && { out: resolve(cwd, out) }),
      };
      task.print(await task.run<EvaluationResult>('evaluate', input), toRecipeText);
    },
  });
  addRunFlags(command, [...RECIPE, 'evaluate']);
}

/** How it is measured is said once, for both. */
async function readAgainst(text: string, cwd: string): Promise<object> {
  if (!text.endsWith('.json')) return { model: text };
  return { run: await readRunConfig({ sections: RECIPE, flags: {}, file: text, cwd }) };
}
