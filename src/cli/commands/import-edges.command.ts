/** shelfwalk import edges: a graph that is one already, as lines of from, to and weight. */
import type { Command } from 'commander';
import { ShelfwalkError } from '../../base/errors.ts';
import { NODE_TYPES, type NodeType } from '../../base/ids.ts';
import { edgeMapping, type ImportSource } from '../../pipeline/operations/import.operation.ts';
import { addCommand, type Given } from '../command.ts';
import { readSettings, toSettings } from '../flag.ts';
import { importSettings, runImport } from '../import-task.ts';
import type { Cli } from '../task.ts';

const columns = toSettings(edgeMapping, 'from to weight timestamp directed'.split(' '));

const END_HELP = `${NODE_TYPES.join(', ')}, or the column that says which`;

export function addImportEdgesCommand(parent: Command, cli: Cli): void {
  addCommand(parent, cli, {
    usage: 'edges <files...>',
    purpose: 'Edges of a graph: from, to, weight; also edge lists without a header (.edgelist)',
    example:
      'shelfwalk import edges transfers.csv --from payer --to payee --weight amount --from-type customer --to-type customer --directed',
    settings: [...columns, ...importSettings],
    async action(task, given) {
      const mapping = { ...readSettings(columns, given.flags), ...readTypes(given.flags) };
      // What was not said is left out here and filled in by the operation.
      await runImport(task, given, (path) => ({ kind: 'edges', path, mapping }) as unknown as ImportSource);
    },
  })
    .option('--from-type <type|column>', `what edges come from: ${END_HELP} (default product)`)
    .option('--to-type <type|column>', `what edges go to: ${END_HELP} (default product)`)
    .option(
      '--type-map <word=type,…>',
      'other words for the types in those columns: merchant=product,person=customer',
    );
}

const isType = (word: string): word is NodeType => NODE_TYPES.some((type) => type === word);

function readTypes(flags: Given['flags']): Record<string, unknown> {
  const { fromType, toType, typeMap } = flags as { fromType?: string; toType?: string; typeMap?: string };
  const toEnd = (given: string) => (isType(given) ? { constant: given } : { column: given });
  return {
    ...(fromType !== undefined && { fromType: toEnd(fromType) }),
    ...(toType !== undefined && { toType: toEnd(toType) }),
    ...(typeMap !== undefined && { typeMap: parseTypeMap(typeMap) }),
  };
}

/** `merchant=product,person=customer`; a word may hold an equals sign, a type does not. */
function parseTypeMap(text: string): Record<string, NodeType> {
  const pairs = text.split(',').map((pair) => {
    const at = pair.lastIndexOf('=');
    const [word, type] = [pair.slice(0, at), pair.slice(at + 1)];
    if (at > 0 && isType(type)) return [word, type] as const;
    throw new ShelfwalkError('USAGE_INVALID', {
      flag: '--type-map',
      found: pair,
      expected: `word=${NODE_TYPES.join(' | word=')}`,
    });
  });
  return Object.fromEntries(pairs);
}
