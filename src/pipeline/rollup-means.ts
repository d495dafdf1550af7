/**
 * From columns of the catalog to what each rolled-up row is the mean of. Pure and lazy: one row at a
 * time, buffers used again, so that no more than the columns and two sort orders are in memory.
 *
 * A customer is the mean of its baskets, a basket the mean of its products:
 *
 *     customer = Σ_b r^age(b) · mean(products of b) / Σ_b r^age(b)
 *
 * over the baskets in which some product has a vector. age(b) counts the customer's moments after the
 * newest line of b (`scanAges` of src/analyze/incidence.ts: as evaluation and recommendations count).
 * A line without a basket is a basket of its own, so that without any the customer is the plain mean.
 */
import { checkColumns, type Incidence, scanAges, sortBy } from '../analyze/incidence.ts';
import { type InteractionColumns, NO_BASKET } from '../graph/types.ts';
import type { MeanRow } from '../vectors/rollup.ts';

export interface CustomerMeansOptions {
  readonly customerCount: number;
  /** u8 [products] 0 where a product has no vector: it counts in no mean. */
  readonly hasVector: Uint8Array;
  /** Rows of the first customer and the first product in the tables. */
  readonly customerStart: number;
  readonly productStart: number;
  /** products: baskets are passed over, every line stands alone. */
  readonly by: 'baskets' | 'products';
  /** pairs: a product counts once in a basket (without one: once at all, at its newest); events: each line does. */
  readonly weights: 'pairs' | 'events';
  /** r, 0 < r ≤ 1: what a basket weighs against the next younger one. */
  readonly recency: number;
}

/**
 * One row for every customer, in order.
 * @throws ShelfwalkError GRAPH_EDGE_INVALID — a row names a customer or product that does not exist
 */
export function* toCustomerMeans(
  columns: InteractionColumns,
  options: CustomerMeansOptions,
): Generator<MeanRow> {
  const { customerCount, customerStart, hasVector } = options;
  checkColumns(columns, customerCount, hasVector.length);
  const ages = options.recency < 1 ? toRowAges(columns, customerCount) : undefined;
  const order = sortLines(columns, options);
  const lines = createLines(columns, order, customerCount);
  const sources = new Uint32Array(lines.product.length);
  const weights = new Float64Array(lines.product.length);
  const countDistinct = createDistinctCounter(hasVector.length);
  let from = 0;
  for (let customer = 0; customer < customerCount; customer++) {
    let to = from;
    while (to < order.length && columns.customer[order[to]!] === customer) to++;
    collectLines(lines, order.subarray(from, to), { columns, ages, ...options });
    const youngest = weighUnits(lines, options);
    let count = 0;
    for (let i = 0; i < lines.count; i++) {
      if (lines.share[i] === 0) continue;
      sources[count] = options.productStart + lines.product[i]!;
      // Against the youngest one that counts: the factor cancels out, and no power becomes 0 for all.
      weights[count++] = lines.share[i]! * options.recency ** (lines.age[i]! - youngest);
    }
    const links = countDistinct(lines.product, lines.count);
    yield { row: customerStart + customer, count, sources, weights, links };
    from = to;
  }
}

/** u32 [count] */
function toRowAges(columns: InteractionColumns, customerCount: number): Uint32Array {
  const ages = new Uint32Array(columns.count);
  scanAges(columns, customerCount, (row, age) => {
    ages[row] = age;
  });
  return ages;
}

/** Rows by customer, then basket (those without last), then product. */
function sortLines(
  { count, customer, basket, product }: InteractionColumns,
  { by, customerCount, hasVector }: CustomerMeansOptions,
): Uint32Array {
  let order: Uint32Array = Uint32Array.from({ length: count }, (_, i) => i);
  order = sortBy(product, hasVector.length, order);
  if (by === 'baskets') {
    let baskets = 0;
    for (const b of basket) if (b !== NO_BASKET && b >= baskets) baskets = b + 1;
    order = sortBy(
      basket.map((b) => (b === NO_BASKET ? baskets : b)),
      baskets + 1,
      order,
    );
  }
  return sortBy(customer, customerCount, order);
}

/** The lines of one customer: distinct (basket, product) pairs; without a basket as `weights` says. */
interface Lines {
  count: number;
  readonly product: Uint32Array; // [most rows of one customer], and so are all of these
  readonly basket: Uint32Array;
  readonly events: Uint32Array; // rows behind the line
  readonly age: Uint32Array; // of the newest of them; of the newest of its basket once units are weighed
  readonly share: Float64Array; // of its basket; 0: it has no vector
}

function createLines(columns: InteractionColumns, order: Uint32Array, customerCount: number): Lines {
  const rows = new Uint32Array(customerCount);
  let most = 0;
  for (const i of order) most = Math.max(most, ++rows[columns.customer[i]!]!);
  const u32 = () => new Uint32Array(most);
  return {
    count: 0,
    product: u32(),
    basket: u32(),
    events: u32(),
    age: u32(),
    share: new Float64Array(most),
  };
}

interface LineRules extends Pick<CustomerMeansOptions, 'by' | 'weights'> {
  readonly columns: InteractionColumns;
  readonly ages: Uint32Array | undefined;
}

function collectLines(lines: Lines, rows: Uint32Array, { columns, ages, by, weights }: LineRules): void {
  lines.count = 0;
  for (const i of rows) {
    const product = columns.product[i]!;
    const basket = by === 'baskets' ? columns.basket[i]! : NO_BASKET;
    const age = ages === undefined ? 0 : ages[i]!;
    const last = lines.count - 1;
    const isSame = last >= 0 && lines.product[last] === product && lines.basket[last] === basket;
    if (isSame && (basket !== NO_BASKET || weights === 'pairs')) {
      lines.events[last]!++;
      lines.age[last] = age; // the sorts are stable: a later row is a newer one
      continue;
    }
    lines.product[lines.count] = product;
    lines.basket[lines.count] = basket;
    lines.events[lines.count] = 1;
    lines.age[lines.count++] = age;
  }
}

/** Gives each line its share of its basket, and the age of the basket. Returns the least age that counts. */
function weighUnits(lines: Lines, { hasVector, weights }: CustomerMeansOptions): number {
  let youngest = 0xffffffff;
  for (let from = 0, to = 0; from < lines.count; from = to) {
    const basket = lines.basket[from]!;
    to = from + 1;
    while (basket !== NO_BASKET && to < lines.count && lines.basket[to] === basket) to++;
    let total = 0;
    let age = 0xffffffff;
    for (let i = from; i < to; i++) {
      const parts = weights === 'events' && basket !== NO_BASKET ? lines.events[i]! : 1;
      lines.share[i] = hasVector[lines.product[i]!] === 1 ? parts : 0;
      total += lines.share[i]!;
      age = Math.min(age, lines.age[i]!);
    }
    for (let i = from; i < to; i++) {
      if (total > 0) lines.share[i]! /= total;
      lines.age[i] = age;
    }
    if (total > 0) youngest = Math.min(youngest, age);
  }
  return youngest;
}

function createDistinctCounter(size: number): (items: Uint32Array, count: number) => number {
  const seenIn = new Uint32Array(size);
  let turn = 0;
  return (items, count) => {
    turn++;
    let distinct = 0;
    for (let i = 0; i < count; i++) {
      if (seenIn[items[i]!] === turn) continue;
      seenIn[items[i]!] = turn;
      distinct++;
    }
    return distinct;
  };
}

/**
 * One row for every row of `links`, each the plain mean of what it is linked to.
 * @param links columns are rows of the tables
 * @param hasVector u8 [columns of links]
 * @param start row of the first row of `links` in the tables
 */
export function* toLinkMeans(links: Incidence, hasVector: Uint8Array, start: number): Generator<MeanRow> {
  let most = 0;
  for (let r = 0; r < links.rows; r++) most = Math.max(most, links.offsets[r + 1]! - links.offsets[r]!);
  const sources = new Uint32Array(most);
  const weights = new Float64Array(most).fill(1);
  for (let r = 0; r < links.rows; r++) {
    let count = 0;
    for (let i = links.offsets[r]!; i < links.offsets[r + 1]!; i++) {
      if (hasVector[links.items[i]!] === 1) sources[count++] = links.items[i]!;
    }
    yield { row: start + r, count, sources, weights, links: links.offsets[r + 1]! - links.offsets[r]! };
  }
}
