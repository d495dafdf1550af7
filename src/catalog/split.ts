/**
 * The parts of a split, as SQL. A split divides the rows that are known to it: all of the catalog, or the
 * training part of the split around it. Rows of interactions and of returns are divided before it is decided
 * what stands, because what is taken back in the training part is what was by then.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Part, Split } from '../graph/types.ts';
import { STANDING, toNumberedSql, toStandingSql } from './returns.ts';
import { FIRST_WRITTEN_SEQ } from './schema.ts';
import { quoteList, toDouble } from './sql.ts';

/**
 * Rows by the names of two tables of a WITH clause: those of interactions and of returns, with the columns
 * of their table and `row`, its number. Each split adds to the clause, so that a split within a split
 * does not repeat the text of the one around it.
 */
export interface Rows {
  /** Parts of the clause, which the names are of. */
  readonly tables: readonly string[];
  readonly events: string;
  readonly returned: string;
}

/** What makes rows of one customer one unit. A basket: the basket, else the order value, else the instant. */
const UNITS = {
  'last-basket': `struct_pack(basket := basket,
    at_order := CASE WHEN basket IS NULL THEN ordering END,
    at_time := CASE WHEN basket IS NULL AND ordering IS NULL THEN ts END)`,
  'last-item': 'row',
} as const;
type LastProtocol = keyof typeof UNITS;

/**
 * SELECT of the interactions that belong to a part, those left out that were taken back by a return.
 * @throws ShelfwalkError SPLIT_IMPOSSIBLE — train or test without a split
 */
export function toPartSql(part: Part, split?: Split): string {
  if (part === 'all') return STANDING;
  if (!split) {
    const expected = `a split for the part ${part}`;
    throw new ShelfwalkError('SPLIT_IMPOSSIBLE', { field: 'split', expected });
  }
  if (part === 'test') return `SELECT * EXCLUDE (row) FROM (${toTestSql(split)})`;
  const train = toTrainRows(split);
  return withTables(train.tables, `SELECT * EXCLUDE (row) FROM (${toStandingOf(train)})`);
}

export const withTables = (tables: readonly string[], select: string): string =>
  `WITH ${tables.join(',\n')}\n${select}`;

/** What a split divides: everything, or the training part of the split it lies within. */
export function toKnownRows(within: Split | undefined): Rows {
  if (within) return toTrainRows(within);
  const [events, returned] = ['all_events', 'all_returns'];
  const tables = [
    `${events} AS (${toNumberedSql('interactions')})`,
    `${returned} AS (${toNumberedSql('returns')})`,
  ];
  return { tables, events, returned };
}

const toStandingOf = ({ events, returned }: Rows): string =>
  toStandingSql(`SELECT * FROM ${events}`, `SELECT * FROM ${returned}`);

/** What is known before the test part: its interactions, and the returns that take some of them back. */
function toTrainRows(split: Split): Rows {
  const known = toKnownRows(split.within);
  const level = known.tables.length;
  const [events, returned] = [`events_${level}`, `returns_${level}`];
  if (!isOfLast(split)) {
    const condition = toTestCondition(split);
    const without = (table: string): string => `SELECT * FROM ${table} WHERE NOT ${condition}`;
    const rest = [`${events} AS (${without(known.events)})`, `${returned} AS (${without(known.returned)})`];
    return { tables: [...known.tables, ...rest], events, returned };
  }
  const { tables, placed, held } = toHeldTables(known, split.protocol);
  // Of a customer without a held unit: everything.
  const select = (condition: string): string => `
    SELECT placed.* EXCLUDE (unit, place, closes) FROM ${placed} AS placed
    LEFT JOIN ${held} AS held ON held.customer = placed.customer WHERE ${condition}`;
  const before = 'place < held.last AND held.unit IS DISTINCT FROM placed.unit';
  return {
    tables: [
      ...tables,
      `${events} AS MATERIALIZED (${select(`closes = 0 AND (held.customer IS NULL OR (${before}))`)})`,
      `${returned} AS MATERIALIZED (${select('closes = 1 AND (held.customer IS NULL OR place < held.first)')})`,
    ],
    events,
    returned,
  };
}

/** Rows of the test part that stand, after all returns: who gave it back did not want it. */
function toTestSql(split: Split): string {
  const known = toKnownRows(split.within);
  const standing = toStandingOf(known);
  if (!isOfLast(split))
    return withTables(known.tables, `SELECT * FROM (${standing}) WHERE ${toTestCondition(split)}`);
  const { tables, placed, held } = toHeldTables(known, split.protocol);
  return withTables(
    tables,
    `SELECT rows.* FROM (${standing}) AS rows JOIN ${placed} AS placed ON placed.row = rows.row AND placed.closes = 0
     JOIN ${held} AS held ON held.customer = placed.customer AND held.unit IS NOT DISTINCT FROM placed.unit`,
  );
}

const isOfLast = (split: Split): split is Split & { readonly protocol: LastProtocol } =>
  split.protocol in UNITS;

/** Of a row of either table: whether it belongs to the test part. Never NULL. */
function toTestCondition(split: Exclude<Split, { readonly protocol: LastProtocol }>): string {
  switch (split.protocol) {
    case 'time':
      return `coalesce(epoch_ms(ts) >= ${toDouble(split.cutoffMs)}, false)`;
    case 'files':
      return `(seq < ${FIRST_WRITTEN_SEQ} AND import_id IN (${toImportsSql(split.files)}))`;
    case 'random':
      return `((customer, product) IN (${toDrawnPairsSql(split)}))`;
  }
}

/** Numbers of the imports of interactions whose file has one of these names, with or without its folder. */
export const toImportsSql = (files: readonly string[]): string =>
  `SELECT id FROM imports WHERE kind = 'interactions'
   AND (list_contains(${quoteList(files)}, path) OR list_contains(${quoteList(files)}, parse_filename(path)))`;

/** By a hash of the ids, which do not depend on the order of imports. A pair is drawn whole, so that a repeat tells nothing. */
const toDrawnPairsSql = ({ share, seed }: Extract<Split, { readonly protocol: 'random' }>): string => `
  SELECT customer, product FROM (SELECT DISTINCT customer, product FROM interactions) AS pairs
  JOIN customers ON customers.key = pairs.customer JOIN products ON products.key = pairs.product
  WHERE md5_number_lower(concat_ws(chr(31), ${toDouble(seed)}, customers.id, products.id)) / 18446744073709551616 < ${toDouble(share)}`;

interface HeldTables {
  readonly tables: readonly string[];
  /** Rows of both tables with their unit and their place in the history of the customer. */
  readonly placed: string;
  /** Of customers with two units of which something stands, the last one: first and last place, first instant. */
  readonly held: string;
}

/**
 * Histories go as `interactions` reads them: by time, then given order, then the order of the file. What has
 * no time comes first, so what is written beside an ordered history comes after it.
 */
function toHeldTables(known: Rows, protocol: LastProtocol): HeldTables {
  const level = known.tables.length;
  const [placed, spans, held] = [`placed_${level}`, `spans_${level}`, `held_${level}`];
  const tables = [
    ...known.tables,
    `${placed} AS MATERIALIZED (
      SELECT *, ${UNITS[protocol]} AS unit, row_number() OVER (PARTITION BY customer
        ORDER BY ts NULLS FIRST, ordering NULLS LAST, closes, import_id, seq) AS place
      FROM (SELECT *, 0 AS closes FROM ${known.events} UNION ALL SELECT *, 1 AS closes FROM ${known.returned}))`,
    `${spans} AS (
      SELECT customer, unit, min(place) AS first, max(place) AS last, min(ts) AS since FROM ${placed}
      WHERE closes = 0 AND row IN (SELECT row FROM (${toStandingOf(known)})) GROUP BY customer, unit)`,
    `${held} AS MATERIALIZED (
      SELECT * FROM ${spans} QUALIFY count(*) OVER (PARTITION BY customer) > 1
        AND row_number() OVER (PARTITION BY customer ORDER BY last DESC) = 1)`,
  ];
  return { tables, placed, held };
}

/**
 * Condition on a given edge, with its columns: false where it is of the test part. What carries no time is
 * known; what an edge says of a customer whose last unit is held out is not, from that unit's first instant on.
 */
export function toKnownEdgeSql(split: Split): string {
  const outer = split.within ? [toKnownEdgeSql(split.within)] : [];
  return [...outer, toOwnEdgeSql(split)].join(' AND ');
}

function toOwnEdgeSql(split: Split): string {
  if (split.protocol === 'time') return `coalesce(epoch_ms(ts) < ${toDouble(split.cutoffMs)}, true)`;
  if (!isOfLast(split)) return 'true';
  const { tables, held } = toHeldTables(toKnownRows(split.within), split.protocol);
  const later = withTables(tables, `SELECT customer, since FROM ${held}`);
  const isKnown = (end: 'from' | 'to'): string =>
    `NOT (${end}_type = 'customer' AND ts IS NOT NULL AND EXISTS (SELECT 1 FROM (${later}) AS later
      WHERE later.customer = edges.${end}_key AND edges.ts >= later.since))`;
  return `${isKnown('from')} AND ${isKnown('to')}`;
}

/** How many customers have a unit held out. */
export function toHeldCountSql(known: Rows, protocol: LastProtocol): string {
  const { tables, held } = toHeldTables(known, protocol);
  return withTables(tables, `SELECT count(*)::DOUBLE AS held FROM ${held}`);
}
