/**
 * What is held out. `time`: events at or after an instant. `last-basket`: each customer's last basket,
 * for customers with two or more; where rows carry no basket, those of one order value are one.
 */
import { ShelfwalkError } from '../base/errors.ts';
import type { Part, Split } from '../graph/types.ts';
import type { Database } from './database.ts';
import { toDouble } from './sql.ts';

/** What makes rows of one customer one basket: the basket, else the order value, else the instant. */
const UNIT = `CASE WHEN basket IS NULL THEN ordering END AS unit_order,
  CASE WHEN basket IS NULL AND ordering IS NULL THEN ts END AS unit_ts`;

/**
 * SELECT of the rows of interactions that belong to a part.
 * @throws ShelfwalkError SPLIT_IMPOSSIBLE — train or test without a split
 */
export function toPartSql(part: Part, split?: Split): string {
  if (part === 'all') return 'SELECT * FROM interactions';
  if (!split)
    throw new ShelfwalkError('SPLIT_IMPOSSIBLE', {
      field: 'split',
      expected: `a split for the part ${part}`,
    });
  if (split.protocol === 'time') {
    const isTest = `coalesce(epoch_ms(ts) >= ${toDouble(split.cutoffMs)}, false)`;
    return `SELECT * FROM interactions WHERE ${part === 'test' ? isTest : `NOT ${isTest}`}`;
  }
  const join = part === 'test' ? 'SEMI' : 'ANTI';
  return `
    SELECT rows.* FROM (SELECT *, ${UNIT} FROM interactions) AS rows
    ${join} JOIN (${LAST_BASKETS}) AS held ON held.customer = rows.customer AND held.basket IS NOT DISTINCT FROM rows.basket
      AND held.unit_order IS NOT DISTINCT FROM rows.unit_order AND held.unit_ts IS NOT DISTINCT FROM rows.unit_ts`;
}

const LAST_BASKETS = `
  SELECT customer, basket, unit_order, unit_ts FROM (
    SELECT *, count(*) OVER (PARTITION BY customer) AS baskets,
      row_number() OVER (PARTITION BY customer
        ORDER BY last_order DESC NULLS LAST, last_ts DESC NULLS LAST, last_row DESC, basket DESC) AS back
    FROM (
      SELECT customer, basket, unit_order, unit_ts, max(ordering) AS last_order, max(ts) AS last_ts,
        max({import_id: import_id, seq: seq}) AS last_row
      FROM (SELECT customer, basket, ${UNIT}, ordering, ts, import_id, seq FROM interactions)
      GROUP BY customer, basket, unit_order, unit_ts))
  WHERE baskets >= 2 AND back = 1`;

interface Shape {
  rows: number;
  timed: number;
  ordered: number;
  [name: string]: unknown;
}

/** @throws ShelfwalkError CATALOG_EMPTY · SPLIT_IMPOSSIBLE */
export async function proposeSplit(database: Database, testShare: number): Promise<Split> {
  const [shape] = await database.rows<Shape>(`SELECT count(*)::DOUBLE AS rows, count(ts)::DOUBLE AS timed,
    count(ordering)::DOUBLE AS ordered FROM interactions`);
  const { rows, timed, ordered } = shape!;
  if (rows === 0) throw new ShelfwalkError('CATALOG_EMPTY');
  if (timed === rows) {
    const cutoffMs = await findCutoff(database, testShare);
    if (cutoffMs !== undefined) return { protocol: 'time', cutoffMs };
  }
  if (ordered === rows) {
    const [held] = await database.rows<{ baskets: number }>(
      `SELECT count(*)::DOUBLE AS baskets FROM (${LAST_BASKETS})`,
    );
    if (held!.baskets > 0) return { protocol: 'last-basket' };
  }
  throw new ShelfwalkError('SPLIT_IMPOSSIBLE', {
    found: `${rows} interactions, ${timed} with a time, ${ordered} with an order`,
    expected: 'times that differ on all rows, or an order on all rows and customers with two baskets',
    hint: 'Import with --timestamp, or with --order and --basket',
  });
}

interface Moments {
  cutoff: number | null;
  differ: boolean;
  [name: string]: unknown;
}

/** The instant that leaves about `testShare` after it, ms; undefined if all events are of one instant. */
async function findCutoff(database: Database, testShare: number): Promise<number | undefined> {
  const [moments] = await database.rows<Moments>(
    `WITH edge AS (SELECT min(ts) AS first, max(ts) AS last, quantile_disc(ts, ${clampShare(1 - testShare)}) AS wanted FROM interactions)
     SELECT last > first AS differ,
       epoch_ms(greatest(wanted, (SELECT min(ts) FROM interactions, edge WHERE ts > first)))::DOUBLE AS cutoff FROM edge`,
  );
  if (!moments!.differ) return undefined;
  const cutoff = moments!.cutoff!;
  const spared = await spareBaskets(database, { cutoff, testShare });
  return spared ?? cutoff;
}

const clampShare = (share: number): number => Math.min(1, Math.max(0, share));

interface Candidate {
  at: number | null;
  share: number;
  [name: string]: unknown;
}

/**
 * A cutoff near `cutoff` that cuts no basket in two, if the share after it stays within half of what was
 * asked: either before or after the run of overlapping baskets that the instant falls into.
 */
async function spareBaskets(
  database: Database,
  { cutoff, testShare }: { cutoff: number; testShare: number },
): Promise<number | undefined> {
  const candidates = await database.rows<Candidate>(
    `WITH spans AS (
       SELECT min(ts) AS low, max(ts) AS high FROM interactions WHERE basket IS NOT NULL GROUP BY customer, basket
     ), marked AS (
       SELECT low, high, coalesce(low > max(high) OVER (ORDER BY low ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true) AS starts
       FROM spans WHERE high > low
     ), runs AS (
       SELECT min(low) AS low, max(high) AS high FROM (SELECT *, sum(starts::INTEGER) OVER (ORDER BY low ROWS UNBOUNDED PRECEDING) AS run FROM marked)
       GROUP BY run
     ), cut AS (
       SELECT * FROM runs WHERE epoch_ms(low) < $1 AND epoch_ms(high) >= $1
     ), choices AS (
       SELECT low AS ts FROM cut UNION ALL SELECT (SELECT min(ts) FROM interactions WHERE ts > high) FROM cut
     )
     SELECT epoch_ms(ts)::DOUBLE AS at,
       (SELECT count(*) FROM interactions WHERE interactions.ts >= choices.ts) / (SELECT count(*) FROM interactions)::DOUBLE AS share
     FROM choices WHERE ts IS NOT NULL AND ts > (SELECT min(ts) FROM interactions)`,
    [cutoff],
  );
  const [best] = candidates
    .filter(({ share }) => share > 0 && Math.abs(share - testShare) <= testShare / 2)
    .sort((a, b) => Math.abs(a.share - testShare) - Math.abs(b.share - testShare));
  return best?.at ?? undefined;
}
