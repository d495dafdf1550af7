/** shelfwalk rollup: customers and attributes as means of products, beside the model they are made from. */
import type { Command } from 'commander';
import { rollUpOperation } from '../../pipeline/operations/rollup.operation.ts';
import { rollUpSettingsSchema } from '../../pipeline/rollup-settings.ts';
import type { RollUpResult } from '../../pipeline/rollup-version.ts';
import { addCommand } from '../command.ts';
import { toSettings } from '../flag.ts';
import { toKeyValues } from '../render-table.ts';
import type { Cli } from '../task.ts';

export function addRollUpCommand(program: Command, cli: Cli): void {
  addCommand(program, cli, {
    usage: 'rollup',
    purpose: 'Publish a version in which customers and attributes are means of their products',
    example: 'shelfwalk rollup --of prod --alias rollup --recency 0.6',
    settings: [
      ...toSettings(rollUpOperation.input, ['of', 'alias']),
      ...toSettings(rollUpSettingsSchema, ['customers', 'products', 'kinds', 'weights', 'recency']),
    ],
    async action(task, { values: { of, alias, ...settings } }) {
      const result = await task.run<RollUpResult>('rollup', { of, alias, settings });
      task.print(result, ({ settings: used, nodes, ...facts }) =>
        toKeyValues({ ...facts, ...used, ...nodes }),
      );
    },
  });
}
