/** Attributes by a query of the configuration: nodes and edges at once, for the attributes are those that turn up. */
import { type NodeType, toAttributeId } from '../base/ids.ts';
import type { EdgeColumns } from '../graph/types.ts';
import { type Cell, refuse, toId, toKind, toName } from './cells.ts';
import type { Row } from './connection.ts';
import type { ReadEdges } from './read-edges.ts';
import { getCell, type NodeColumns, toNodeColumns } from './read-nodes.ts';

export type Owner = Exclude<NodeType, 'attribute'>;

export interface AttributeRows {
  readonly nodes: NodeColumns;
  readonly edges: Readonly<Record<Owner, EdgeColumns>>;
}

interface Gathered {
  readonly names: Map<string, string>; // attribute id → name
  readonly pairs: Readonly<Record<Owner, [owner: number, attribute: string][]>>;
}

export async function readAttributeRows(
  { neo4j, statement, signal }: ReadEdges,
  owners: Readonly<Record<Owner, NodeColumns>>,
): Promise<AttributeRows> {
  const { names, pairs } = await neo4j.read<Gathered>(
    { statement, parameters: {} },
    () => {
      const gathered: Gathered = { names: new Map(), pairs: { product: [], customer: [] } };
      return {
        add: (row) => addRow(gathered, row, { owners, statement: statement.name }),
        done: () => gathered,
      };
    },
    signal,
  );
  const nodes = toNodeColumns(
    [...names].map(([id, name]) => ({ id, name })),
    { statement: statement.name, column: 'value' },
  );
  const toEdges = (owner: Owner): EdgeColumns => {
    const placed = pairs[owner].map(([at, id]) => [at, nodes.byId().get(id)!] as const);
    placed.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const once = placed.filter(([a, b], i) => a !== placed[i - 1]?.[0] || b !== placed[i - 1]?.[1]);
    return {
      count: once.length,
      from: Uint32Array.from(once, (pair) => pair[0]),
      to: Uint32Array.from(once, (pair) => pair[1]),
      weight: new Float32Array(once.length).fill(1),
    };
  };
  return { nodes, edges: { product: toEdges('product'), customer: toEdges('customer') } };
}

interface Known {
  readonly owners: Readonly<Record<Owner, NodeColumns>>;
  readonly statement: string;
}

function addRow({ names, pairs }: Gathered, row: Row, { owners, statement }: Known): void {
  const cell = (column: string): Cell => ({ statement, column });
  const isOf = (type: Owner): boolean => row.has(type) && row.get(type) !== null;
  const owner: Owner = isOf('customer') ? 'customer' : 'product';
  const id = toId(getCell(row, cell(owner)), cell(owner));
  const at = owners[owner].byId().get(id) ?? refuse(cell(owner), id, `the id of a ${owner} that was read`);
  const kind = toKind(getCell(row, cell('kind')), cell('kind'));
  const attribute = toAttributeId(kind, toId(getCell(row, cell('value')), cell('value')));
  const name = row.has('name') ? toName(row.get('name'), cell('name')) : '';
  // Of several names the first in order, whatever order the rows come in.
  const known = names.get(attribute);
  if (known === undefined || name < known) names.set(attribute, name);
  pairs[owner].push([at, attribute]);
}
