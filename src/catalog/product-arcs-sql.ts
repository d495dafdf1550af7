/**
 * Arcs between products as SQL: from each product to those of the customer's later moments, and between
 * products of one basket. Weights are summed as integers of 2^-52: whole numbers add up alike in any order,
 * and threads do not promise one.
 */
import type { ProductArcOptions } from '../graph/types.ts';
import { POSITIONS } from './edge-columns.ts';
import { toUnitsSql } from './projection-sql.ts';
import { toDouble } from './sql.ts';

type Sequence = NonNullable<ProductArcOptions['sequence']>;

const SCALE = toDouble(2 ** 52);
const toWhole = (weight: string): string => `round(${weight} * ${SCALE})::BIGINT`;

/**
 * (customer, moment, product), each once; moments of a customer are numbered from 0. A moment is a basket;
 * without baskets an instant; without times a row: the moments of `history.ts`, and of `scanAges` in
 * src/analyze/incidence.ts, and a test holds them together.
 */
const toMomentsSql = (rows: string): string => `
  SELECT DISTINCT customer, product, moment::INTEGER AS moment FROM (
    SELECT customer, product, sum(later) OVER (PARTITION BY customer ORDER BY n ROWS UNBOUNDED PRECEDING) AS moment
    FROM (
      SELECT customer, product, n, CASE
        WHEN lag(n) OVER w IS NULL THEN 0
        WHEN basket IS NULL AND lag(basket) OVER w IS NULL AND ts = lag(ts) OVER w THEN 0
        WHEN basket = lag(basket) OVER w THEN 0 ELSE 1 END AS later
      FROM (
        SELECT *, row_number() OVER (PARTITION BY customer
          ORDER BY ts NULLS FIRST, ordering NULLS LAST, import_id, seq, product) AS n FROM (${rows}))
      WINDOW w AS (PARTITION BY customer ORDER BY n)))`;

/** One row of ProductArcUnits, and `unordered`: events that have neither a time nor an order. */
export const toSequenceCountsSql = (rows: string, { maxProducts, sequence }: SequenceOptions): string => `
  WITH sizes AS MATERIALIZED (
    SELECT customer, moment, count(*)::DOUBLE AS size FROM (${toMomentsSql(rows)}) GROUP BY customer, moment),
  few AS (SELECT * FROM sizes WHERE size <= ${toDouble(maxProducts)})
  SELECT (SELECT count(*) FROM sizes)::DOUBLE AS units,
    (SELECT count(*) FROM sizes WHERE size > ${toDouble(maxProducts)})::DOUBLE AS "leftOut",
    ${sequence.back > 0 ? 2 : 1} * (SELECT coalesce(sum(a.size * b.size), 0) FROM ${toLaterSql('few', sequence)}) AS arcs,
    (SELECT count(*) FROM (${rows}) WHERE ts IS NULL AND ordering IS NULL)::DOUBLE AS unordered`;

/** A moment `a` with each moment `b` of the same customer that is `gap` later. */
const toLaterSql = (table: string, { reach }: Sequence): string => `
  ${table} AS a CROSS JOIN range(1, ${Math.trunc(reach) + 1}) AS gaps(gap)
  JOIN ${table} AS b ON b.customer = a.customer AND b.moment = a.moment + gap`;

interface SequenceOptions extends Pick<ProductArcOptions, 'maxProducts'> {
  readonly sequence: Sequence;
}

/**
 * from, to, weight: of p at moment a and q at moment b of one customer, whose history has L lines,
 *
 *     p → q   decay^(b − a − 1) / (√L · products at b)
 *     q → p   back · decay^(b − a − 1) / (√L · products at a)
 *
 * summed over moments and customers. A line is a product at a moment. What leaves a product for one moment
 * is shared among the products of that moment, as a step to the moment and on to one of its products is; √L
 * keeps those who bought the most from being most of the graph (users are normed so in item-kNN).
 */
export const toSequenceSql = (rows: string, { maxProducts, sequence }: SequenceOptions): string => {
  const { decay, back } = sequence;
  const onward = `pow(${toDouble(decay)}, gap - 1) / sqrt(a.length)`;
  return `
  WITH ${POSITIONS},
  lines AS (
    SELECT customer, moment, product_at.pos AS product, count(*) OVER (PARTITION BY customer, moment) AS size,
      count(*) OVER (PARTITION BY customer) AS length
    FROM (${toMomentsSql(rows)}) AS moments JOIN product_at ON product_at.key = moments.product),
  few AS MATERIALIZED (SELECT * FROM lines WHERE size <= ${toDouble(maxProducts)}),
  pairs AS MATERIALIZED (
    SELECT a.product AS earlier, b.product AS later, sum(${toWhole(`${onward} / b.size`)}) AS onward,
      sum(${toWhole(`${onward} / a.size`)}) AS back
    FROM ${toLaterSql('few', sequence)} WHERE a.product <> b.product GROUP BY a.product, b.product),
  arcs AS (
    SELECT earlier AS "from", later AS "to", onward::DOUBLE AS weight FROM pairs
    ${back > 0 ? `UNION ALL SELECT later, earlier, back::DOUBLE * ${toDouble(back)} FROM pairs` : ''})
  SELECT "from", "to", (sum(weight) / ${SCALE})::FLOAT AS weight FROM arcs
  GROUP BY "from", "to" HAVING sum(weight) > 0 ORDER BY "from", "to"`;
};

const inBaskets = (maxProducts?: number) =>
  ({ within: 'basket', minScore: 0, ...(maxProducts !== undefined && { maxProducts }) }) as const;

/** One row of ProductArcUnits. */
export const toBasketCountsSql = (
  rows: string,
  { maxProducts }: Pick<ProductArcOptions, 'maxProducts'>,
): string => `
  WITH sizes AS MATERIALIZED (
    SELECT count(*)::DOUBLE AS size FROM (${toUnitsSql(rows, inBaskets())}) GROUP BY customer, basket)
  SELECT count(*)::DOUBLE AS units, count(*) FILTER (size > ${toDouble(maxProducts)})::DOUBLE AS "leftOut",
    coalesce(sum(size * (size - 1)) FILTER (size <= ${toDouble(maxProducts)}), 0) AS arcs FROM sizes`;

interface BasketOptions extends Pick<ProductArcOptions, 'maxProducts'> {
  readonly baskets: NonNullable<ProductArcOptions['baskets']>;
}

/**
 * from, to, weight, the lower position first: (Σ 1 / |b|)^exponent over baskets b that hold both. For 1, a walk product →
 * basket → product, each step to any of what there is alike, goes from p to q with Σ 1 / (|b| · baskets of p);
 * leaving p out, to which there is no arc, a step along these edges is that walk, given that it moved.
 */
export const toBasketsSql = (rows: string, { maxProducts, baskets }: BasketOptions): string => `
  WITH ${POSITIONS},
  units AS MATERIALIZED (
    SELECT customer, basket, product_at.pos AS product, count(*) OVER (PARTITION BY customer, basket) AS size
    FROM (${toUnitsSql(rows, inBaskets(maxProducts))}) AS units JOIN product_at ON product_at.key = units.product)
  SELECT a.product AS "from", b.product AS "to",
    pow(sum(${toWhole('1 / a.size')}) / ${SCALE}, ${toDouble(baskets.exponent)})::FLOAT AS weight
  FROM units AS a JOIN units AS b ON b.customer = a.customer AND b.basket = a.basket AND b.product > a.product
  GROUP BY a.product, b.product ORDER BY a.product, b.product`;
