/**
 * The rows of each stage of a load, from columns and positions to what the statements of cypher/load take.
 * Every stage comes in the same order each time, so that a stopped load can pass over what is done.
 */
import { type NodeType, parseAttributeId } from '../base/ids.ts';
import type { CopySource } from '../graph/types.ts';

/** What one UNWIND takes. `size` counts the nodes or relationships it makes. */
export interface LoadRow {
  readonly size: number;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface Stage {
  /** Also the file in cypher/load. */
  readonly name: string;
  /** Between blocks of links the parameters change: rows of one batch have the same. */
  readonly blocks: () => AsyncIterable<Block>;
}

export interface Block {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly rows: AsyncIterable<LoadRow> | Iterable<LoadRow>;
}

/** Ids by position, read once: they stand on every relationship. */
type Ids = Readonly<Record<NodeType, readonly string[]>>;

export async function createStages(source: CopySource): Promise<readonly Stage[]> {
  const ids: Ids = {
    customer: await source.nodeIds('customer'),
    product: await source.nodeIds('product'),
    attribute: await source.nodeIds('attribute'),
  };
  const single = (name: string, rows: () => AsyncIterable<LoadRow>): Stage => ({
    name,
    async *blocks() {
      yield { parameters: {}, rows: rows() };
    },
  });
  return [
    single('customers', () => nodeRows(source, ids, 'customer')),
    single('products', () => nodeRows(source, ids, 'product')),
    single('attributes', () => nodeRows(source, ids, 'attribute')),
    single('product-attributes', () => attributeRows(source, ids, 'product')),
    single('customer-attributes', () => attributeRows(source, ids, 'customer')),
    single('interactions', () => interactionRows(source, ids)),
    { name: 'links', blocks: () => linkBlocks(source, ids) },
  ];
}

async function* nodeRows(source: CopySource, ids: Ids, type: NodeType): AsyncGenerator<LoadRow> {
  const names = await source.nodeNames(type);
  for (const [at, id] of ids[type].entries()) {
    const key = type === 'attribute' ? parseAttributeId(id) : { id };
    yield { size: 1, value: { ...key, name: names[at] } };
  }
}

async function* attributeRows(
  source: CopySource,
  ids: Ids,
  owner: 'product' | 'customer',
): AsyncGenerator<LoadRow> {
  const group = createGroup('owner', 'attributes', ids[owner]);
  for await (const { count, from, to } of source.attributeEdges(owner)) {
    for (let i = 0; i < count; i++) {
      yield* group.add(from[i]!, parseAttributeId(ids.attribute[to[i]!]!));
    }
  }
  yield* group.end();
}

async function* interactionRows(source: CopySource, ids: Ids): AsyncGenerator<LoadRow> {
  const types = await source.interactionTypes();
  const group = createGroup('customer', 'interactions', ids.customer);
  for await (const { count, customer, product, type, events, lastMs, value } of source.interactionTotals()) {
    for (let i = 0; i < count; i++) {
      yield* group.add(customer[i]!, {
        product: ids.product[product[i]!],
        type: types[type[i]!],
        count: events[i],
        weight: Math.log2(1 + events[i]!),
        lastMs: toNull(lastMs[i]!),
        value: toNull(value[i]!),
      });
    }
  }
  yield* group.end();
}

const toNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** Rows of one owner that follow each other become one, so that it is looked up once; a long one is cut. */
function createGroup(ownerName: string, listName: string, ids: readonly string[]) {
  const LONGEST = 1000;
  let owner = -1;
  let list: unknown[] = [];
  function* end(): Generator<LoadRow> {
    if (list.length > 0) yield { size: list.length, value: { [ownerName]: ids[owner], [listName]: list } };
    list = [];
  }
  return {
    *add(at: number, entry: unknown): Generator<LoadRow> {
      if (at !== owner || list.length >= LONGEST) yield* end();
      owner = at;
      list.push(entry);
    },
    end,
  };
}

async function* linkBlocks(source: CopySource, ids: Ids): AsyncGenerator<Block> {
  for await (const { fromType, toType, directed, count, from, to, weight } of source.givenEdges()) {
    const rows: LoadRow[] = [];
    for (let i = 0; i < count; i++) {
      const value = {
        from: toEnd(fromType, ids[fromType][from[i]!]!),
        to: toEnd(toType, ids[toType][to[i]!]!),
        weight: weight[i],
      };
      rows.push({ size: 1, value });
    }
    yield { parameters: { fromType, toType, directed }, rows };
  }
}

const toEnd = (type: NodeType, id: string): object => (type === 'attribute' ? parseAttributeId(id) : { id });
