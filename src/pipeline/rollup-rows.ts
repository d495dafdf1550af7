/**
 * Fills rows of two tables with means of other rows of them, both alike: input rows from input rows,
 * output rows from output rows. For roll-ups, and for models that train some of the rows only (item2vec
 * trains products: `rollUpRows(tables, catalog, settings)` gives it customers and attributes).
 */
import { buildIncidence, type Incidence } from '../analyze/incidence.ts';
import { ShelfwalkError } from '../base/errors.ts';
import { NODE_TYPES, type NodeType, parseAttributeId } from '../base/ids.ts';
import type { Matrix } from '../base/matrix.ts';
import { type TaskContext, throwIfAborted } from '../base/task.ts';
import type { CatalogSource, NodeRange, Part, Split } from '../graph/types.ts';
import { findVectors, type MeanFacts, type MeanRow, writeMeans } from '../vectors/rollup.ts';
import { toCustomerMeans, toLinkMeans } from './rollup-means.ts';
import type { RollUpSettings } from './rollup-settings.ts';

/** Rows are those of the catalog: each type's ids in the order of `nodeIds`. */
export interface RollUpTables {
  readonly vectors: Matrix;
  readonly contexts?: Matrix;
  readonly ranges: readonly NodeRange[]; // one per NODE_TYPES, in that order, some empty
  /** u32 [rows] gets, for each rolled-up row, how many nodes it stands for. */
  readonly degrees: Uint32Array;
}

export interface RollUpRowsOptions extends TaskContext {
  readonly settings: RollUpSettings;
  /** Interactions that may be looked at; default: all. */
  readonly part?: Part;
  readonly split?: Split;
}

/** Of the types that were rolled up. */
export type RollUpFacts = Partial<Readonly<Record<NodeType, MeanFacts>>>;

/**
 * Which rows must hold vectors before, and which hold means afterwards:
 *
 *     products = vectors      product rows → customer rows → attribute rows
 *     products = attributes   attribute rows → product rows → customer rows
 *     products = cold         the same, for product rows without a vector only
 *     customers = vectors     customer rows are kept, and count for their traits
 *
 * @throws ShelfwalkError GRAPH_EDGE_INVALID — the tables are not those of this catalog
 * @throws ShelfwalkError REQUEST_UNPROCESSABLE — no attribute is of the kinds named
 * @throws ShelfwalkError ABORTED
 */
export async function rollUpRows(
  tables: RollUpTables,
  source: Pick<CatalogSource, 'interactions' | 'attributeEdges' | 'nodeIds'>,
  options: RollUpRowsOptions,
): Promise<RollUpFacts> {
  const { settings, signal } = options;
  const facts: Partial<Record<NodeType, MeanFacts>> = {};
  if (settings.products !== 'vectors') {
    facts.product = await write(tables, 'product', await toProductMeans(tables, source, settings), options);
  }
  throwIfAborted(signal);
  if (settings.customers !== 'vectors') {
    facts.customer = await write(tables, 'customer', await toCustomers(tables, source, options), options);
  }
  throwIfAborted(signal);
  if (settings.products === 'vectors') {
    facts.attribute = await write(tables, 'attribute', await toAttributeMeans(tables, source), options);
  }
  return facts;
}

const rangeOf = ({ ranges }: RollUpTables, type: NodeType): NodeRange => ranges[NODE_TYPES.indexOf(type)]!;

async function write(
  tables: RollUpTables,
  type: NodeType,
  means: Iterable<MeanRow>,
  { signal, onProgress }: TaskContext,
): Promise<MeanFacts> {
  const { start, end } = rangeOf(tables, type);
  const { vectors, contexts, degrees } = tables;
  const named = { stage: `roll up ${type}s`, unit: `${type}s`, total: end - start };
  return writeMeans(means, contexts ? [vectors, contexts] : [vectors], {
    ...named,
    degrees,
    signal,
    onProgress,
  });
}

async function toCustomers(
  tables: RollUpTables,
  source: Pick<CatalogSource, 'interactions'>,
  { settings, part = 'all', split }: RollUpRowsOptions,
): Promise<Iterable<MeanRow>> {
  const [customers, products] = [rangeOf(tables, 'customer'), rangeOf(tables, 'product')];
  const { weights, recency } = settings;
  return toCustomerMeans(await source.interactions(part, split), {
    customerCount: customers.end - customers.start,
    customerStart: customers.start,
    productStart: products.start,
    hasVector: findVectors(tables.vectors, products.start, products.end),
    by: settings.customers === 'products' ? 'products' : 'baskets',
    weights,
    recency,
  });
}

/** Attributes by whatever carries them, products and customers alike. */
async function toAttributeMeans(
  tables: RollUpTables,
  source: Pick<CatalogSource, 'attributeEdges'>,
): Promise<Iterable<MeanRow>> {
  const { start } = rangeOf(tables, 'attribute');
  const pairs = [
    ...(await readPairs(tables, source, 'product')),
    ...(await readPairs(tables, source, 'customer')),
  ].map(({ owner, attribute }) => ({ row: attribute.map((a) => a - start), col: owner }));
  return toLinkMeans(toLinks(tables, 'attribute', pairs), findVectors(tables.vectors, 0, start), start);
}

/** Products by their attributes. */
async function toProductMeans(
  tables: RollUpTables,
  source: Pick<CatalogSource, 'attributeEdges' | 'nodeIds'>,
  { products, kinds }: RollUpSettings,
): Promise<Iterable<MeanRow>> {
  const { start } = rangeOf(tables, 'product');
  const isWanted = kinds ? toKindFilter(await source.nodeIds('attribute'), kinds) : undefined;
  const first = rangeOf(tables, 'attribute').start;
  const pairs = (await readPairs(tables, source, 'product')).map(({ owner, attribute }) => {
    const kept = isWanted
      ? attribute.map((_, i) => i).filter((i) => isWanted[attribute[i]! - first] === 1)
      : undefined;
    const pick = (column: Uint32Array) => (kept ? kept.map((i) => column[i]!) : column);
    return { row: pick(owner).map((o) => o - start), col: pick(attribute) };
  });
  const hasVector = findVectors(tables.vectors, 0, tables.vectors.rows);
  const means = toLinkMeans(toLinks(tables, 'product', pairs), hasVector, start);
  return products === 'cold' ? passOver(means, hasVector) : means;
}

/** Of rows that have a vector already. */
function* passOver(means: Iterable<MeanRow>, hasVector: Uint8Array): Generator<MeanRow> {
  for (const mean of means) if (hasVector[mean.row] === 0) yield mean;
}

/** u8 [attributes] @throws ShelfwalkError REQUEST_UNPROCESSABLE — a kind that no attribute has */
function toKindFilter(ids: readonly string[], kinds: readonly string[]): Uint8Array {
  const kindOf = ids.map((id) => parseAttributeId(id).kind);
  const known = new Set(kindOf);
  const unknown = kinds.find((kind) => !known.has(kind));
  if (unknown !== undefined) {
    const expected = [...known].sort().join(' | ') || 'attributes';
    throw new ShelfwalkError('REQUEST_UNPROCESSABLE', { field: 'kinds', found: unknown, expected });
  }
  return Uint8Array.from(kindOf, (kind) => (kinds.includes(kind) ? 1 : 0));
}

interface Pairs {
  readonly owner: Uint32Array; // rows of the tables
  readonly attribute: Uint32Array; // rows of the tables
}

/** @throws ShelfwalkError GRAPH_EDGE_INVALID */
async function readPairs(
  tables: RollUpTables,
  source: Pick<CatalogSource, 'attributeEdges'>,
  owner: 'product' | 'customer',
): Promise<Pairs[]> {
  const chunks: Pairs[] = [];
  const toRows = (positions: Uint32Array, type: NodeType, count: number): Uint32Array => {
    const { start, end } = rangeOf(tables, type);
    return positions.subarray(0, count).map((position, row) => {
      if (start + position < end) return start + position;
      const expected = `below ${end - start}`;
      throw new ShelfwalkError('GRAPH_EDGE_INVALID', { row, field: type, found: position, expected });
    });
  };
  for await (const { count, from, to } of source.attributeEdges(owner)) {
    chunks.push({ owner: toRows(from, owner, count), attribute: toRows(to, 'attribute', count) });
  }
  return chunks;
}

function toLinks(
  tables: RollUpTables,
  type: NodeType,
  chunks: readonly { readonly row: Uint32Array; readonly col: Uint32Array }[],
): Incidence {
  const count = chunks.reduce((n, { row }) => n + row.length, 0);
  const row = new Uint32Array(count);
  const col = new Uint32Array(count);
  let at = 0;
  for (const chunk of chunks) {
    row.set(chunk.row, at);
    col.set(chunk.col, at);
    at += chunk.row.length;
  }
  const { start, end } = rangeOf(tables, type);
  return buildIncidence({ count, row, col }, end - start, tables.vectors.rows);
}
