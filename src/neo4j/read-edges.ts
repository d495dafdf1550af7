/**
 * Edges out of Neo4j in columns. By label, customers (or owners) are asked for some hundred at a time, in the
 * order of the snapshot: what is in memory is one batch, and one that fails is read again by itself. By a
 * query of the configuration, whose order nobody knows, all rows are gathered as numbers and then sorted.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { EdgeColumns, EdgeWeighting } from '../graph/types.ts';
import { type Cell, refuse, toAmount, toId } from './cells.ts';
import { createU32Column } from './columns.ts';
import type { Neo4j, Row, Statement } from './connection.ts';
import { getCell, type NodeColumns } from './read-nodes.ts';
import { PairColumns, weigh } from './weigh.ts';

/** Nodes whose edges are one row each, at least: about as many as a server answers in some milliseconds. */
const OWNERS_PER_BATCH = 500;

export interface ReadEdges {
  readonly neo4j: Neo4j;
  readonly statement: Statement;
  readonly signal?: AbortSignal;
}

export interface ReadInteractions extends ReadEdges {
  readonly customers: NodeColumns;
  readonly products: NodeColumns;
  readonly weighting: EdgeWeighting;
  readonly strength: 'count' | 'weight';
}

export async function* readInteractionsByLabel(options: ReadInteractions): AsyncGenerator<EdgeColumns> {
  const { customers, products, weighting, strength, statement } = options;
  const cell = { statement: statement.name, column: strength };
  const batches = readBatches(options, customers, () => {
    const pairs = new PairColumns();
    return {
      add(row: Row, customer: number) {
        const type = pairs.typeAt(row.get('type') as string);
        const found = row.get('products') as number[];
        const amounts = row.get('amounts') as unknown[];
        for (const [i, internal] of found.entries()) {
          const product = products.byInternal.get(internal) ?? refuseChange(cell);
          pairs.add(customer, product, type, toAmount(amounts[i], strength, cell));
        }
      },
      done: () => pairs,
    };
  });
  for await (const pairs of batches) yield weigh(pairs, weighting, strength);
}

export interface ReadAttributes extends ReadEdges {
  readonly owners: NodeColumns;
  readonly attributes: NodeColumns;
}

export async function* readAttributesByLabel(options: ReadAttributes): AsyncGenerator<EdgeColumns> {
  const { owners, attributes, statement } = options;
  const cell = { statement: statement.name, column: 'attributes' };
  const batches = readBatches(options, owners, () => {
    const lists: [owner: number, attributes: Uint32Array][] = [];
    return {
      add(row: Row, owner: number) {
        const found = row.get('attributes') as number[];
        const at = found.map((internal) => attributes.byInternal.get(internal) ?? refuseChange(cell));
        lists.push([owner, Uint32Array.from(at).sort()]);
      },
      done: () => lists.sort((a, b) => a[0] - b[0]),
    };
  });
  for await (const lists of batches) yield toOnes(lists);
}

function toOnes(lists: readonly (readonly [owner: number, attributes: Uint32Array])[]): EdgeColumns {
  const [from, to] = [createU32Column(), createU32Column()];
  for (const [owner, attributes] of lists) {
    for (const attribute of attributes) {
      from.push(owner);
      to.push(attribute);
    }
  }
  const weight = new Float32Array(from.length).fill(1);
  return { count: from.length, from: from.toArray(), to: to.toArray(), weight };
}

interface OwnerSink<T> {
  /** @param owner position */
  add(row: Row, owner: number): void;
  done(): T;
}

/** One read per batch of owners; each row begins with the place of its owner in the batch, and its id. */
async function* readBatches<T>(
  { neo4j, statement, signal }: ReadEdges,
  owners: NodeColumns,
  createSink: () => OwnerSink<T>,
): AsyncGenerator<T> {
  const cell = { statement: statement.name, column: 'id' };
  for (let start = 0; start < owners.ids.length; start += OWNERS_PER_BATCH) {
    const internal = owners.internal!.subarray(start, start + OWNERS_PER_BATCH);
    const parameters = { nodes: Array.from(internal, BigInt) }; // a number would be sent as a fraction
    yield await neo4j.read(
      { statement, parameters },
      () => {
        const sink = createSink();
        return {
          add(row) {
            const owner = start + (row.get('at') as number);
            // An internal id may be given to another node once its own is deleted.
            if (row.get('id') !== owners.ids[owner]) refuseChange(cell);
            sink.add(row, owner);
          },
          done: () => sink.done(),
        };
      },
      signal,
    );
  }
}

const refuseChange = ({ statement }: Cell): never => {
  throw new ShelfwalkError('BUSY', {
    statement,
    found: 'the graph changed while it was read',
    hint: 'Try again',
  });
};

/** All interactions of a query, each checked; positions by id. */
export async function readInteractionsByQuery(
  { neo4j, statement, signal }: ReadEdges,
  { customers, products }: { readonly customers: NodeColumns; readonly products: NodeColumns },
): Promise<{ readonly pairs: PairColumns; readonly strength: 'count' | 'weight' }> {
  const cell = (column: string): Cell => ({ statement: statement.name, column });
  const find = (row: Row, column: string, nodes: NodeColumns): number => {
    const id = toId(getCell(row, cell(column)), cell(column));
    return nodes.byId().get(id) ?? refuse(cell(column), id, `the id of a ${column} that was read`);
  };
  return neo4j.read(
    { statement, parameters: {} },
    () => {
      const pairs = new PairColumns();
      let strength: 'count' | 'weight' = 'count';
      return {
        add(row) {
          strength = row.has('weight') ? 'weight' : 'count';
          const amount = toAmount(getCell(row, cell(strength)), strength, cell(strength));
          const type = row.has('type') ? toId(row.get('type'), cell('type')) : 'purchase';
          pairs.add(
            find(row, 'customer', customers),
            find(row, 'product', products),
            pairs.typeAt(type),
            amount,
          );
        },
        done: () => ({ pairs, strength }),
      };
    },
    signal,
  );
}
