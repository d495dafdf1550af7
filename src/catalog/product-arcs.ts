/**
 * Arcs between products, drawn from interactions when a graph is read. They grow with the square of a
 * moment, so they are counted before anything is joined, and too many are refused.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type {
  GivenEdges,
  ProductArcCounts,
  ProductArcOptions,
  ProductArcUnits,
  Split,
} from '../graph/types.ts';
import type { Reader } from './database.ts';
import { readEdges } from './edge-columns.ts';
import { toTypeKeys } from './event-types.ts';
import { toBasketCountsSql, toBasketsSql, toSequenceCountsSql, toSequenceSql } from './product-arcs-sql.ts';
import { toPartSql } from './split.ts';

/** A join of so many takes minutes and tens of gigabytes on disk. */
const MOST_ARCS = 1e9;

const BETWEEN_PRODUCTS = { fromType: 'product', toType: 'product' } as const;

/** @throws ShelfwalkError CONFIG_INVALID — no order, no baskets · LIMIT_EXCEEDED */
export async function* readProductArcs(
  database: Reader,
  options: ProductArcOptions,
  split?: Split,
): AsyncGenerator<GivenEdges> {
  for (const [field, counts] of Object.entries(await countProductArcs(database, options, split))) {
    if (counts) refuseMany(`graph.${field}`, counts);
  }
  const rows = await toRowsSql(database, options, split);
  const { sequence, baskets, maxProducts } = options;
  if (sequence) {
    const chunks = readEdges(database, toSequenceSql(rows, { sequence, maxProducts }));
    for await (const chunk of chunks) yield { ...chunk, ...BETWEEN_PRODUCTS, directed: true };
  }
  if (baskets) {
    const chunks = readEdges(database, toBasketsSql(rows, { baskets, maxProducts }));
    for await (const chunk of chunks) yield { ...chunk, ...BETWEEN_PRODUCTS, directed: false };
  }
}

type UnitRow = ProductArcUnits & { readonly unordered?: number; readonly [name: string]: unknown };

/** @throws ShelfwalkError CONFIG_INVALID — no order, no baskets */
export async function countProductArcs(
  database: Reader,
  options: ProductArcOptions,
  split?: Split,
): Promise<ProductArcCounts> {
  const rows = await toRowsSql(database, options, split);
  const { sequence, maxProducts } = options;
  const count = async (sql: string): Promise<UnitRow> => (await database.rows<UnitRow>(sql))[0]!;
  const counts: { -readonly [K in keyof ProductArcCounts]: ProductArcCounts[K] } = {};
  if (sequence) {
    const { unordered, ...units } = await count(toSequenceCountsSql(rows, { sequence, maxProducts }));
    if (unordered! > 0) throw refuseUnordered(unordered!);
    counts.sequence = units;
  }
  if (options.baskets) {
    counts.baskets = await count(toBasketCountsSql(rows, { maxProducts }));
    if (counts.baskets.units === 0) throw refuseWithoutBaskets();
  }
  return counts;
}

async function toRowsSql(database: Reader, { types }: ProductArcOptions, split?: Split): Promise<string> {
  const part = toPartSql(split ? 'train' : 'all', split);
  return `SELECT * FROM (${part}) WHERE type IN (${await toTypeKeys(database, types)})`;
}

function refuseMany(field: string, { arcs }: ProductArcUnits): void {
  if (arcs <= MOST_ARCS) return;
  const hint = 'Lower graph.maxBasketProducts, or the reach of the sequence';
  throw new ShelfwalkError('LIMIT_EXCEEDED', { field, arcs, limit: MOST_ARCS, hint });
}

const refuseUnordered = (count: number): ShelfwalkError =>
  new ShelfwalkError('CONFIG_INVALID', {
    field: 'graph.sequence',
    found: `${count} interactions with neither a time nor an order`,
    expected: 'an order that is real: the rows of a file are none',
    hint: 'Leave the sequence out, or import with --timestamp or --order',
  });

const refuseWithoutBaskets = (): ShelfwalkError =>
  new ShelfwalkError('CONFIG_INVALID', {
    field: 'graph.baskets',
    found: 'no interaction with a basket',
    expected: 'interactions with baskets',
    hint: 'Leave the baskets out, or import with --basket',
  });
