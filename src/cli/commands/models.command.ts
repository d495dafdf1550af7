/** shelfwalk models: versions and the aliases that point at them. */
import type { Command } from 'commander';
import {
  type AliasMove,
  type Deletion,
  type ModelFacts,
  type ModelsList,
  modelsPromoteOperation,
  modelsPruneOperation,
  modelsRollbackOperation,
  modelsShowOperation,
} from '../../pipeline/operations/models.operation.ts';
import { addCommand } from '../command.ts';
import { toSettings } from '../flag.ts';
import { toDeletionText, toModelsText, toModelText, toMoveText } from '../render-models.ts';
import type { Cli } from '../task.ts';
import { addModelsImportCommand } from './export.command.ts';

export function addModelsCommands(program: Command, cli: Cli): void {
  const models = program.command('models').description('Versions, and the aliases that point at them');
  addCommand(models, cli, {
    usage: 'list',
    purpose: 'All versions, newest first',
    example: 'shelfwalk models list',
    action: async (task) => task.print(await task.run<ModelsList>('models-list', {}), toModelsText),
  });
  addCommand(models, cli, {
    usage: 'show [version]',
    purpose: 'What a version is; without an id, the one that --alias points at',
    example: 'shelfwalk models show --alias prod --json',
    settings: toSettings(modelsShowOperation.input, ['alias']),
    action: async (task, { args: [version], values }) =>
      task.print(await task.run<ModelFacts>('models-show', { version, ...values }), toModelText),
  });
  addCommand(models, cli, {
    usage: 'promote <version>',
    purpose: 'Point an alias at a version; a running server serves it from then on',
    example: 'shelfwalk models promote 20250630T120000Z-1a2b --alias prod',
    settings: toSettings(modelsPromoteOperation.input, ['alias']),
    action: async (task, { args: [version], values }) =>
      task.print(await task.run<AliasMove>('models-promote', { version, ...values }), toMoveText),
  });
  addCommand(models, cli, {
    usage: 'rollback',
    purpose: 'Point an alias back at what it pointed at before',
    example: 'shelfwalk models rollback --alias prod',
    settings: toSettings(modelsRollbackOperation.input, ['alias']),
    action: async (task, { values }) =>
      task.print(await task.run<AliasMove>('models-rollback', values), toMoveText),
  });
  addCommand(models, cli, {
    usage: 'delete <version>',
    purpose: 'Delete a version that no alias points at or would roll back to',
    example: 'shelfwalk models delete 20250630T120000Z-1a2b',
    action: async (task, { args: [version] }) =>
      task.print(await task.run<Deletion>('models-delete', { version }), toDeletionText),
  });
  addCommand(models, cli, {
    usage: 'prune',
    purpose: 'Delete all but the newest versions and those with an alias',
    example: 'shelfwalk models prune --keep 5',
    settings: toSettings(modelsPruneOperation.input, ['keep']),
    action: async (task, { values }) =>
      task.print(await task.run<Deletion>('models-prune', values), toDeletionText),
  });
  addModelsImportCommand(models, cli);
}
