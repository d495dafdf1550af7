/** What the ends of edges are: a type for all, or the column with a word for it. Of every command that reads edges. */
import type { Command } from 'commander';
import { ShelfwalkError } from '../base/errors.ts';
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import type { Given } from './command.ts';

const END_HELP = `${NODE_TYPES.join(', ')}, or the column that says which`;

export function addEdgeTypeFlags(command: Command): void {
  command
    .option('--from-type <type|column>', `what edges come from: ${END_HELP} (default product)`)
    .option('--to-type <type|column>', `what edges go to: ${END_HELP} (default product)`)
    .option(
      '--type-map <word=type,…>',
      'other words for the types in those columns: merchant=product,person=customer',
    );
}

const isType = (word: string): word is NodeType => NODE_TYPES.some((type) => type === word);

export function readEdgeTypes(flags: Given['flags']): Record<string, unknown> {
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
