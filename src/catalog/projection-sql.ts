/**
 * The item graph of interactions as one statement: two products are joined by how much more often they
 * occur together than they would by chance.
 *
 *     score(x, y) = c_xy · (ln c_xy − ln c_x − ln c_y + ln N)
 *
 * c_xy units (customers, or baskets) with both, c_x units with x, N = Σ_x c_x: the pointwise mutual
 * information of the pair, times its count, as in K. Salama's node2vec example (keras.io, 2021), with
 * two differences: a product counts once per unit however often it occurs there, and the count is of
 * units, where the example counts ratings (the same thing where nobody rates twice).
 */
import { ShelfwalkError } from '../base/errors.ts';
import { toDouble } from './sql.ts';
import type { ProjectionOptions } from './types.ts';

/** What is kept of a projection, so that it can be made again; catalogs made before 0.1.0 lack the limit. */
export type StoredProjection = Omit<ProjectionOptions, 'maxPairs'> & { readonly maxPairs?: number };

/** Columns that make rows one unit. */
const toUnitColumns = (within: ProjectionOptions['within']): string =>
  within === 'customer' ? 'customer' : 'customer, basket';

/** (unit, product), each once. `rows` has the columns of interactions; rows without a basket are in no basket. */
export function toUnitsSql(rows: string, { within, minValue, maxProducts }: StoredProjection): string {
  const unit = toUnitColumns(within);
  const conditions = [
    ...(within === 'basket' ? ['basket IS NOT NULL'] : []),
    ...(minValue === undefined ? [] : [`value >= ${toDouble(minValue)}`]),
  ];
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const few =
    maxProducts === undefined
      ? ''
      : `QUALIFY count(*) OVER (PARTITION BY ${unit}) <= ${toDouble(maxProducts)}`;
  return `SELECT ${unit}, product FROM (SELECT DISTINCT ${unit}, product FROM (${rows}) ${where}) ${few}`;
}

export interface UnitCounts {
  readonly units: number;
  readonly products: number;
  /** k (k − 1) / 2 for each unit of k products: what the join will go through. */
  readonly pairs: number;
  readonly largest: number; // products of the largest unit
  readonly [name: string]: unknown;
}

/** One row of UnitCounts. `units`: a table, or a CTE. */
export const toCountsSql = (units: string, { within }: Pick<StoredProjection, 'within'>): string => `
  SELECT count(*)::DOUBLE AS units, coalesce(sum(k * (k - 1) / 2), 0)::DOUBLE AS pairs,
    coalesce(max(k), 0)::DOUBLE AS largest, (SELECT count(DISTINCT product) FROM ${units})::DOUBLE AS products
  FROM (SELECT count(*)::DOUBLE AS k FROM ${units} GROUP BY ${toUnitColumns(within)})`;

/** @throws ShelfwalkError LIMIT_EXCEEDED — before anything is joined */
export function refuseManyPairs(
  { pairs, largest }: UnitCounts,
  { within, maxPairs = Infinity }: StoredProjection,
  details: Readonly<Record<string, unknown>>,
): void {
  if (pairs <= maxPairs) return;
  const found = `the largest ${within} has ${largest} products`;
  throw new ShelfwalkError('LIMIT_EXCEEDED', { pairs, limit: maxPairs, found, ...details });
}

/** Products of one unit, two by two: from_key < to_key, and in how many units. `units`: a table, or a CTE. */
export function toTogetherSql(units: string, { within }: StoredProjection): string {
  const same = toUnitColumns(within)
    .split(', ')
    .map((column) => `a.${column} = b.${column}`);
  return `SELECT a.product AS from_key, b.product AS to_key, count(*) AS c FROM ${units} AS a
    JOIN ${units} AS b ON ${same.join(' AND ')} AND a.product < b.product GROUP BY a.product, b.product`;
}

/**
 * Pairs that reach the score: from_key, to_key, weight. `together`: a table, or a CTE, of `toTogetherSql`.
 * Bracketed so that x and y may change places to the last bit: which is which depends on their keys.
 */
export const toScoredSql = (units: string, together: string, { minScore }: StoredProjection): string => `
  SELECT from_key, to_key, c * (ln(c) - (ln(x.n) + ln(y.n)) + ln((SELECT count(*) FROM ${units}))) AS weight
  FROM ${together}
  JOIN (SELECT product, count(*) AS n FROM ${units} GROUP BY product) AS x ON x.product = from_key
  JOIN (SELECT product, count(*) AS n FROM ${units} GROUP BY product) AS y ON y.product = to_key
  WHERE weight >= ${toDouble(minScore)}`;

/** All of it, from rows of interactions. */
export const toProjectionSql = (rows: string, options: StoredProjection): string => `
  WITH units AS MATERIALIZED (${toUnitsSql(rows, options)}), together AS (${toTogetherSql('units', options)})
  ${toScoredSql('units', 'together', options)}`;
