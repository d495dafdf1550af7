/** shelfwalk import: files into the catalog, by naming columns or by a preset. */
import type { Command } from 'commander';
import { ShelfwalkError } from '../../base/errors.ts';
import {
  entityMapping,
  type ImportSource,
  interactionMapping,
} from '../../pipeline/operations/import.operation.ts';
import { ATTRIBUTE_HELP, parseAttributeSpec } from '../attribute-spec.ts';
import { addCommand, type Given } from '../command.ts';
import { askedLater, readSettings, toSettings } from '../flag.ts';
import { addAppendFlag, importSettings, replaceSettings, runImport } from '../import-task.ts';
import { CUSTOMER_NAMES, INTERACTION_NAMES, PRODUCT_NAMES, requireColumns } from '../missing-columns.ts';
import type { Cli } from '../task.ts';
import { addImportEdgesCommand } from './import-edges.command.ts';
import { addImportPresetCommand } from './import-preset.command.ts';

const interactionColumns = toSettings(
  interactionMapping,
  'customer product productSplit timestamp order quantity value basket'.split(' '),
);
const entityColumns = toSettings(entityMapping, ['id', 'name']);

export function addImportCommands(program: Command, cli: Cli): void {
  const parent = program
    .command('import')
    .description('Files into the catalog: CSV, TSV, NDJSON, Parquet, edge lists, gzipped or not');
  addInteractions(parent, cli);
  for (const kind of ['products', 'customers'] as const) addEntities(parent, cli, kind);
  addImportEdgesCommand(parent, cli);
  addImportPresetCommand(parent, cli);
}

function addInteractions(parent: Command, cli: Cli): void {
  const command = addCommand(parent, cli, {
    usage: 'interactions <files...>',
    purpose: 'Who had to do with which product, when, and how',
    example:
      'shelfwalk import interactions sales.csv --customer customer_id --product sku --timestamp sold_at --basket receipt',
    settings: [...askedLater(interactionColumns), ...importSettings, ...replaceSettings],
    async action(task, given) {
      if (given.flags['append'] && given.flags['replace'])
        throw new ShelfwalkError('USAGE_INVALID', {
          found: '--append and --replace',
          expected: 'one of them',
        });
      await requireColumns(task, given, { columns: interactionColumns, evident: INTERACTION_NAMES });
      const mapping = {
        ...readSettings(interactionColumns, given.flags),
        type: toInteractionType(given.flags),
      };
      await runImport(task, given, (path) => ({ kind: 'interactions', path, mapping }) as ImportSource);
    },
  })
    .option('--type <column>', 'column with the type of interaction')
    .option('--type-constant <text>', 'one type for all rows (default purchase)');
  addAppendFlag(command);
}

function addEntities(parent: Command, cli: Cli, kind: 'products' | 'customers'): void {
  const flag = kind === 'products' ? 'attribute' : 'trait'; // an attribute on a customer is called a trait
  const command = addCommand(parent, cli, {
    usage: `${kind} <files...>`,
    purpose: `Names and ${flag}s of ${kind}`,
    example: `shelfwalk import ${kind} ${kind}.csv --id ${kind === 'products' ? 'sku --name title --attribute brand --attribute price:bins=5' : 'customer_id --trait region'}`,
    settings: [...askedLater(entityColumns), ...importSettings],
    async action(task, given) {
      const evident = kind === 'products' ? PRODUCT_NAMES : CUSTOMER_NAMES;
      await requireColumns(task, given, { columns: entityColumns, evident });
      const specs = given.flags[flag] as readonly string[] | undefined;
      const mapping = {
        ...readSettings(entityColumns, given.flags),
        attributes: specs?.map(parseAttributeSpec),
      };
      await runImport(task, given, (path) => ({ kind, path, mapping }) as ImportSource);
    },
  }).option(`--${flag} <spec>`, ATTRIBUTE_HELP, (spec: string, before: string[] = []) => [...before, spec]);
  addAppendFlag(command);
}

function toInteractionType(flags: Given['flags']): { column: string } | { constant: string } | undefined {
  const { type, typeConstant } = flags as { type?: string; typeConstant?: string };
  if (type !== undefined && typeConstant !== undefined) {
    throw new ShelfwalkError('USAGE_INVALID', {
      found: '--type and --type-constant',
      expected: 'one of them',
    });
  }
  if (type !== undefined) return { column: type };
  return typeConstant === undefined ? undefined : { constant: typeConstant };
}
