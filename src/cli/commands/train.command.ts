/** shelfwalk estimate and train: one run, foreseen and done. */
import type { Command } from 'commander';
import type { Estimate } from '../../pipeline/estimate.ts';
import { trainOperation } from '../../pipeline/operations/train.operation.ts';
import type { TrainResult } from '../../pipeline/train-version.ts';
import { addCommand } from '../command.ts';
import { toSettings } from '../flag.ts';
import { addNeo4jFlags, readSource } from '../neo4j-flags.ts';
import { toEstimateText, toTrainText } from '../render-run.ts';
import { addRunFlags, type RunSection, readRunConfig } from '../run-flags.ts';
import type { Cli, Task } from '../task.ts';

const SECTIONS: readonly RunSection[] = ['graph', 'walk', 'sentences', 'train', 'spectral', 'evaluate'];

export function addTrainCommands(program: Command, cli: Cli): void {
  const readConfig = ({ global, io }: Task, flags: Readonly<Record<string, unknown>>) =>
    readRunConfig({ sections: SECTIONS, flags, file: global.config, cwd: io.cwd });

  const estimate = addCommand(program, cli, {
    usage: 'estimate',
    purpose: 'Memory and time a training would take, before anything is allocated',
    example: 'shelfwalk estimate --dimension 256 --walks-per-node 20',
    action: async (task, { flags }) =>
      task.print(
        await task.run<Estimate>('estimate', {
          ...(await readConfig(task, flags)),
          ...(await readSource(task, flags)),
        }),
        toEstimateText,
      ),
  });
  const train = addCommand(program, cli, {
    usage: 'train',
    purpose: 'Train, evaluate against baselines, and publish a version retrained on everything',
    example: 'shelfwalk train --walk-length 40 -p 0.5 -q 2 --dimension 128',
    settings: toSettings(trainOperation.input, ['alias', 'evaluate', 'keep']),
    async action(task, { flags, values }) {
      const run = await readConfig(task, flags);
      const source = await readSource(task, flags);
      // Trained from elsewhere, there need be no data directory yet.
      const options = { create: 'source' in source };
      task.print(await task.run<TrainResult>('train', { run, ...source, ...values }, options), toTrainText);
    },
  });
  for (const command of [estimate, train]) {
    addRunFlags(command, SECTIONS);
    addNeo4jFlags(command, '--source');
  }
}
