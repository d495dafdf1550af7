/** shelfwalk neighbors: what is nearest to a product, a customer or an attribute. */
import type { Command } from 'commander';
import { ShelfwalkError } from '../../base/errors.ts';
import { NODE_TYPES, type NodeType } from '../../base/ids.ts';
import type { MatchReply } from '../../pipeline/live-types.ts';
import { neighborsOperation } from '../../pipeline/operations/neighbors.operation.ts';
import { addCommand } from '../command.ts';
import { toSettings } from '../flag.ts';
import { toNeighborsText } from '../render-neighbors.ts';
import type { Cli } from '../task.ts';

export function addNeighborsCommand(program: Command, cli: Cli): void {
  addCommand(program, cli, {
    usage: 'neighbors <type> <id>',
    purpose: 'Nodes nearest to one node, by cosine',
    example: 'shelfwalk neighbors product 00001 --limit 5 --with-attributes',
    settings: toSettings(neighborsOperation.input, ['limit', 'targetType', 'withAttributes', 'alias']),
    async action(task, { args: [type, id], values }) {
      const reply = await task.run<MatchReply>('neighbors', { type: toNodeType(type!), id, ...values });
      task.print(reply, toNeighborsText);
    },
  });
}

/** `product` or, as in addresses, `products`. */
function toNodeType(text: string): NodeType {
  const type = NODE_TYPES.find((one) => one === text || `${one}s` === text);
  if (type) return type;
  throw new ShelfwalkError('USAGE_INVALID', {
    argument: 'type',
    found: text,
    expected: NODE_TYPES.join(' | '),
  });
}
