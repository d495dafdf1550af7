/**
 * Columns out of the catalog, as the snapshot builder and the evaluation read them: typed arrays,
 * positions by the order of ids, the same bytes on every run.
 */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { ShelfwalkError } from '../base/errors.ts';
import type { NodeType } from '../base/ids.ts';
import type {
  CatalogSource,
  EdgeColumns,
  EdgeWeighting,
  InteractionColumns,
  Part,
  Split,
  TypeWeights,
} from '../graph/types.ts';
import { type Reader, toTypedColumn } from './database.ts';
import { POSITIONS, readEdges } from './edge-columns.ts';
import { readTypes, type TypeRow, toTypeKeys, weightOf } from './event-types.ts';
import { readGivenEdges } from './given-edges.ts';
import { countProductArcs, readProductArcs } from './product-arcs.ts';
import { proposeSplit } from './propose-split.ts';
import { toPartSql } from './split.ts';
import { toDouble, toText } from './sql.ts';

const MS_PER_DAY = 86_400_000;

const NODES: Readonly<Record<NodeType, string>> = {
  customer: 'SELECT id, name FROM customers',
  product: 'SELECT id, name FROM products',
  attribute: "SELECT kind || '/' || value AS id, name FROM attributes",
};

export function createSource(database: Reader): CatalogSource {
  return {
    nodeIds: (type) => readTexts(database, type, 'id'),
    nodeNames: (type) => readTexts(database, type, 'name'),
    interactionEdges: (weighting, split) => readInteractionEdges(database, weighting, split),
    attributeEdges: (owner) => readAttributeEdges(database, owner),
    givenEdges: (split) => readGivenEdges(database, split),
    productArcs: (options, split) => readProductArcs(database, options, split),
    countProductArcs: (options, split) => countProductArcs(database, options, split),
    interactions: (part, split, types) => readInteractions(database, { part, split, types }),
    proposeSplit: (testShare, wish) => proposeSplit(database, testShare, wish),
  };
}

async function readTexts(database: Reader, type: NodeType, column: 'id' | 'name'): Promise<string[]> {
  const texts: string[] = [];
  for await (const chunk of database.stream(`SELECT ${toText(column)} FROM (${NODES[type]}) ORDER BY id`)) {
    for (const text of chunk.getColumnValues(0)) texts.push(text as string);
  }
  return texts;
}

async function* readInteractionEdges(
  database: Reader,
  weighting: EdgeWeighting,
  split?: Split,
): AsyncGenerator<EdgeColumns> {
  const weight = toWeightSql(weighting, await readTypes(database));
  if (weight === undefined) return;
  yield* readEdges(
    database,
    `WITH ${POSITIONS},
     pairs AS (
       SELECT customer, product, (${weight})::FLOAT AS weight
       FROM (${toPartSql(split ? 'train' : 'all', split)}) GROUP BY customer, product)
     SELECT customer_at.pos, product_at.pos, weight FROM pairs
     JOIN customer_at ON customer_at.key = pairs.customer JOIN product_at ON product_at.key = pairs.product
     WHERE weight > 0 ORDER BY customer_at.pos, product_at.pos`,
  );
}

/**
 * Weight of one pair: the sum over types of weight × f(events). One term per type, in the order of their
 * names, so that the sum rounds alike on every run. Undefined if no type weighs anything.
 */
export function toWeightSql(weighting: EdgeWeighting, types: readonly TypeRow[]): string | undefined {
  const terms: string[] = [];
  for (const type of types) {
    const own = weightOf(weighting, type);
    if (!(own > 0)) continue; // 0 leaves the type out
    const count = toEventsSql(weighting, `FILTER (type = ${type.key})`);
    terms.push(
      `${toDouble(own)} * ${weighting.damping === 'log' ? `log2(1 + ${count}::DOUBLE)` : `${count}::DOUBLE`}`,
    );
  }
  return terms.length > 0 ? terms.join(' + ') : undefined;
}

/**
 * The (aged) number of events. Ages are summed as integers of 2^-52: whole numbers add up alike in any
 * order, and threads do not promise one. An event after `asOf` counts 1, like one of that instant;
 * one without a time counts 1 too.
 */
function toEventsSql({ halfLifeDays, asOfMs }: EdgeWeighting, filter: string): string {
  if (halfLifeDays === undefined) return `count(*) ${filter}`;
  if (asOfMs === undefined) {
    throw new ShelfwalkError('CONFIG_INVALID', { field: 'asOf', expected: 'an instant, with halfLifeDays' });
  }
  const age = `greatest(0, ${toDouble(asOfMs)} - epoch_ms(ts)) / ${toDouble(halfLifeDays * MS_PER_DAY)}`;
  const scale = "'4503599627370496'::DOUBLE";
  const share = `CASE WHEN ts IS NULL THEN ${scale} ELSE round(pow(2, -(${age})) * ${scale}) END`;
  return `(coalesce(sum((${share})::BIGINT) ${filter}, 0) / ${scale})`;
}

function readAttributeEdges(database: Reader, owner: 'product' | 'customer'): AsyncIterable<EdgeColumns> {
  const links = owner === 'product' ? 'product_attributes' : 'customer_traits';
  return readEdges(
    database,
    `WITH ${POSITIONS}
     SELECT owner_at.pos, attribute_at.pos, 1::FLOAT FROM (SELECT DISTINCT owner, attribute FROM ${links}) AS links
     JOIN ${owner}_at AS owner_at ON owner_at.key = links.owner
     JOIN attribute_at ON attribute_at.key = links.attribute
     ORDER BY owner_at.pos, attribute_at.pos`,
  );
}

interface Wanted {
  readonly part: Part;
  readonly split: Split | undefined;
  readonly types: TypeWeights | undefined;
}

async function readInteractions(
  database: Reader,
  { part, split, types }: Wanted,
): Promise<InteractionColumns> {
  const all = toPartSql(part, split);
  const sql = types ? `SELECT * FROM (${all}) WHERE type IN (${await toTypeKeys(database, types)})` : all;
  const [total] = await database.rows<{ count: number; ordered: number }>(
    `SELECT count(*)::DOUBLE AS count, count(ordering)::DOUBLE AS ordered FROM (${sql})`,
  );
  const columns = {
    count: total!.count,
    customer: new Uint32Array(total!.count),
    product: new Uint32Array(total!.count),
    basket: new Uint32Array(total!.count),
    timeMs: new Float64Array(total!.count),
    ...(total!.ordered === 0 && { unordered: true as const }),
  };
  let at = 0;
  for await (const chunk of database.stream(toInteractionsSql(sql))) {
    if (at + chunk.rowCount > columns.count) break; // rows came in between the two statements
    copyChunk(chunk, columns, at);
    at += chunk.rowCount;
  }
  if (at !== columns.count) {
    throw new ShelfwalkError('BUSY', { found: 'the catalog changed while it was read', hint: 'Try again' });
  }
  return columns;
}

/** Baskets are numbered by customer and then by their text: from 0, without gaps, the same every time. */
const toInteractionsSql = (part: string): string => `
  WITH ${POSITIONS},
  part AS (SELECT rows.*, customer_at.pos AS customer_pos, product_at.pos AS product_pos FROM (${part}) AS rows
    JOIN customer_at ON customer_at.key = rows.customer JOIN product_at ON product_at.key = rows.product),
  baskets AS (
    SELECT customer_pos, basket, (row_number() OVER (ORDER BY customer_pos, basket) - 1)::UINTEGER AS number
    FROM (SELECT DISTINCT customer_pos, basket FROM part WHERE basket IS NOT NULL))
  SELECT part.customer_pos, part.product_pos, coalesce(baskets.number, 4294967295::UINTEGER),
    coalesce(epoch_ms(part.ts)::DOUBLE, 'NaN'::DOUBLE)
  FROM part LEFT JOIN baskets ON baskets.customer_pos = part.customer_pos AND baskets.basket = part.basket
  ORDER BY part.ts NULLS FIRST, part.ordering NULLS LAST, part.import_id, part.seq, part.customer_pos, part.product_pos`;

function copyChunk(chunk: DuckDBDataChunk, columns: InteractionColumns, at: number): void {
  const rows = chunk.rowCount;
  columns.customer.set(toTypedColumn(chunk, 0, Uint32Array).subarray(0, rows), at);
  columns.product.set(toTypedColumn(chunk, 1, Uint32Array).subarray(0, rows), at);
  columns.basket.set(toTypedColumn(chunk, 2, Uint32Array).subarray(0, rows), at);
  columns.timeMs.set(toTypedColumn(chunk, 3, Float64Array).subarray(0, rows), at);
}
