/** Edges that were given as such, out of Neo4j, in the blocks and the order in which the embedded catalog has them. */
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import { mergeParallel } from '../graph/merge-edges.ts';
import type { GivenEdges } from '../graph/types.ts';
import { type Cell, refuse } from './cells.ts';
import { createF64Column, createU32Column } from './columns.ts';
import type { Row } from './connection.ts';
import type { ReadEdges } from './read-edges.ts';
import type { NodeColumns } from './read-nodes.ts';

type Nodes = Readonly<Record<NodeType, NodeColumns>>;

export async function* readLinks(
  { neo4j, statement, signal }: ReadEdges,
  nodes: Nodes,
): AsyncGenerator<GivenEdges> {
  const blocks = await neo4j.read(
    { statement, parameters: {} },
    () => {
      const gathered = new Map<string, Block>();
      return {
        add: (row) => addLink(gathered, row, { nodes, statement: statement.name }),
        done: () => gathered,
      };
    },
    signal,
  );
  const nodeCount = Math.max(...NODE_TYPES.map((type) => nodes[type].ids.length));
  for (const key of [...blocks.keys()].sort()) {
    const { kind, from, to, weight } = blocks.get(key)!;
    const listed = { from: from.toArray(), to: to.toArray(), weight: weight.toArray() };
    yield { ...kind, ...mergeParallel({ count: listed.from.length, ...listed }, nodeCount) };
  }
}

class Block {
  readonly from = createU32Column();
  readonly to = createU32Column();
  readonly weight = createF64Column();
  readonly kind: Pick<GivenEdges, 'fromType' | 'toType' | 'directed'>;

  constructor(kind: Block['kind']) {
    this.kind = kind;
  }
}

interface Known {
  readonly nodes: Nodes;
  readonly statement: string;
}

/** Which end of an undirected edge came first means nothing: ends are put in one order, so that parallel ones meet. */
function addLink(blocks: Map<string, Block>, row: Row, known: Known): void {
  const cell = (column: string): Cell => ({ statement: known.statement, column });
  let [from, to] = [
    findEnd(row.get('a') as number, cell('a'), known),
    findEnd(row.get('b') as number, cell('b'), known),
  ];
  const directed = row.get('directed');
  if (typeof directed !== 'boolean') refuse(cell('directed'), directed, 'true or false');
  const weight = row.get('weight');
  if (typeof weight !== 'number' || !Number.isFinite(weight) || weight <= 0)
    refuse(cell('weight'), weight, 'a weight: a finite number above 0');
  if (!directed && (from.type > to.type || (from.type === to.type && from.at > to.at)))
    [from, to] = [to, from];
  const key = `${from.type} ${to.type} ${directed}`;
  let block = blocks.get(key);
  if (!block) {
    block = new Block({ fromType: from.type, toType: to.type, directed });
    blocks.set(key, block);
  }
  block.from.push(from.at);
  block.to.push(to.at);
  block.weight.push(weight);
}

function findEnd(internal: number, cell: Cell, { nodes }: Known): { type: NodeType; at: number } {
  for (const type of NODE_TYPES) {
    const at = nodes[type].byInternal.get(internal);
    if (at !== undefined) return { type, at };
  }
  return refuse(cell, internal, 'a customer, a product or an attribute that was read by its label');
}
