/** Nodes of one type out of Neo4j: ids in the order of their bytes, names beside, and the way back from what rows say. */
import { ShelfwalkError } from '../base/errors.ts';
import { compareIds, type NodeType, toAttributeId } from '../base/ids.ts';
import { type Cell, refuse, toId, toKind, toName } from './cells.ts';
import type { Neo4j, Row, Statement } from './connection.ts';

/** Nodes in the order of a snapshot's rows. */
export interface NodeColumns {
  readonly ids: readonly string[];
  readonly names: readonly string[]; // '' where there is none
  /** Internal id of each, if they were read by label. Valid while the graph is read. */
  readonly internal?: Float64Array;
  /** Internal id → position; empty if they were not read by label. */
  readonly byInternal: ReadonlyMap<number, number>;
  /** Id → position; made when it is first asked for. */
  byId(): ReadonlyMap<string, number>;
}

interface Draft {
  readonly id: string;
  readonly name: string;
  readonly internal?: number;
}

/** @throws ShelfwalkError NEO4J_ROW_INVALID — an id is missing, or two nodes have the same */
export async function readNodes(
  neo4j: Neo4j,
  type: NodeType,
  { statement, signal }: { readonly statement: Statement; readonly signal?: AbortSignal },
): Promise<NodeColumns> {
  const drafts = await neo4j.read<Draft[]>(
    { statement, parameters: {} },
    () => {
      const read: Draft[] = [];
      return { add: (row) => void read.push(toDraft(row, type, statement.name)), done: () => read };
    },
    signal,
  );
  return toNodeColumns(drafts, { statement: statement.name, column: 'id' });
}

function toDraft(row: Row, type: NodeType, statement: string): Draft {
  const cell = (column: string): Cell => ({ statement, column });
  const internal = row.has('node') ? (row.get('node') as number) : undefined;
  const name = row.has('name') ? toName(row.get('name'), cell('name')) : '';
  if (type !== 'attribute') return { id: toId(getCell(row, cell('id')), cell('id')), name, internal };
  const kind = toKind(getCell(row, cell('kind')), cell('kind'));
  const value = toId(getCell(row, cell('value')), cell('value'));
  return { id: toAttributeId(kind, value), name, internal };
}

/** A column that must be there. */
export function getCell(row: Row, cell: Cell): unknown {
  return row.has(cell.column) ? row.get(cell.column) : refuse(cell, undefined, `a column ${cell.column}`);
}

export function toNodeColumns(drafts: Draft[], cell: Cell): NodeColumns {
  drafts.sort((a, b) => compareIds(a.id, b.id));
  const ids = drafts.map(({ id }) => id);
  const twice = ids.find((id, i) => id === ids[i + 1]);
  if (twice !== undefined) {
    const { statement, column } = cell;
    const found = `${twice} twice`;
    throw new ShelfwalkError('NEO4J_ROW_INVALID', { statement, column, found, expected: 'one node per id' });
  }
  const isInternal = drafts.length > 0 && drafts[0]!.internal !== undefined;
  let byId: Map<string, number> | undefined;
  return {
    ids,
    names: drafts.map(({ name }) => name),
    internal: isInternal ? Float64Array.from(drafts, ({ internal }) => internal!) : undefined,
    byInternal: new Map(isInternal ? drafts.map(({ internal }, at) => [internal!, at]) : []),
    byId() {
      byId ??= new Map(ids.map((id, at) => [id, at]));
      return byId;
    },
  };
}
