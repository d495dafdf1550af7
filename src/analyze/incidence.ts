/**
 * Who bought what, as sparse rows: the distinct (customer, product) or (basket, product) pairs of
 * interaction columns, with how often, and how long ago in the customer's own terms.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { type InteractionColumns, NO_BASKET } from '../graph/types.ts';

/** Sparse rows over columns; each row ascends strictly. */
export interface Pairs {
  readonly rows: number;
  readonly cols: number;
  readonly offsets: Uint32Array; // [rows + 1]
  readonly items: Uint32Array; // [pairs] columns
}

export interface Incidence extends Pairs {
  readonly counts: Uint32Array; // [pairs] events behind the pair
}

export interface PairColumns {
  readonly count: number;
  readonly row: Uint32Array; // [≥ count]
  readonly col: Uint32Array; // [≥ count]
}

/** Positions of `keys` in stable ascending order, of those `order` lists. */
export function sortBy(keys: Uint32Array, size: number, order: Uint32Array): Uint32Array {
  const at = new Uint32Array(size + 1);
  for (const i of order) at[keys[i]! + 1]!++;
  for (let k = 0; k < size; k++) at[k + 1]! += at[k]!;
  const sorted = new Uint32Array(order.length);
  for (const i of order) sorted[at[keys[i]!]!++] = i;
  return sorted;
}

/**
 * Distinct pairs by two stable counting sorts. O(events + rows + cols).
 * Entries must lie below `rows` and `cols`: `checkColumns` says so for data from outside.
 */
export function buildIncidence(pairs: PairColumns, rows: number, cols: number): Incidence {
  const first = Uint32Array.from({ length: pairs.count }, (_, i) => i);
  const order = sortBy(pairs.row, rows, sortBy(pairs.col, cols, first));
  const offsets = new Uint32Array(rows + 1);
  const items = new Uint32Array(pairs.count);
  const counts = new Uint32Array(pairs.count);
  let size = 0;
  let lastRow = -1;
  for (const i of order) {
    const row = pairs.row[i]!;
    if (row !== lastRow || items[size - 1] !== pairs.col[i]!) {
      items[size++] = pairs.col[i]!;
      offsets[row + 1]!++;
    }
    counts[size - 1]!++;
    lastRow = row;
  }
  for (let r = 0; r < rows; r++) offsets[r + 1]! += offsets[r]!;
  return { rows, cols, offsets, items: items.slice(0, size), counts: counts.slice(0, size) };
}

/** Columns become rows. */
export function transpose(a: Incidence): Incidence {
  const offsets = new Uint32Array(a.cols + 1);
  for (const item of a.items) offsets[item + 1]!++;
  for (let c = 0; c < a.cols; c++) offsets[c + 1]! += offsets[c]!;
  const at = offsets.slice();
  const items = new Uint32Array(a.items.length);
  const counts = new Uint32Array(a.items.length);
  for (let r = 0; r < a.rows; r++) {
    for (let i = a.offsets[r]!; i < a.offsets[r + 1]!; i++) {
      const to = at[a.items[i]!]!++;
      items[to] = r;
      counts[to] = a.counts[i]!;
    }
  }
  return { rows: a.cols, cols: a.rows, offsets, items, counts };
}

/** View of one row's items. */
export const rowOf = (a: Pairs, row: number): Uint32Array =>
  a.items.subarray(a.offsets[row]!, a.offsets[row + 1]!);

export const degreeOf = (a: Pairs, row: number): number => a.offsets[row + 1]! - a.offsets[row]!;

/** Where the pair stands in `items`; -1 where it is not. */
export function findPair(a: Incidence, row: number, col: number): number {
  let low = a.offsets[row]!;
  let high = a.offsets[row + 1]!;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (a.items[middle]! < col) low = middle + 1;
    else high = middle;
  }
  return low < a.offsets[row + 1]! && a.items[low] === col ? low : -1;
}

/** @throws ShelfwalkError GRAPH_EDGE_INVALID — a row names a customer or product that does not exist */
export function checkColumns(columns: InteractionColumns, customerCount: number, productCount: number): void {
  for (let i = 0; i < columns.count; i++) {
    if (columns.customer[i]! < customerCount && columns.product[i]! < productCount) continue;
    const field = columns.customer[i]! < customerCount ? 'product' : 'customer';
    const expected = `below ${field === 'product' ? productCount : customerCount}`;
    throw new ShelfwalkError('GRAPH_EDGE_INVALID', { row: i, field, found: columns[field][i], expected });
  }
}

export const toCustomerPairs = (columns: InteractionColumns): PairColumns => ({
  count: columns.count,
  row: columns.customer,
  col: columns.product,
});

/** Baskets × products. Rows without a basket are left out and counted. */
export function buildBaskets(
  columns: InteractionColumns,
  productCount: number,
): { readonly baskets: Incidence; readonly withoutBasket: number } {
  const row = new Uint32Array(columns.count);
  const col = new Uint32Array(columns.count);
  let count = 0;
  let basketCount = 0;
  for (let i = 0; i < columns.count; i++) {
    const basket = columns.basket[i]!;
    if (basket === NO_BASKET) continue;
    row[count] = basket;
    col[count++] = columns.product[i]!;
    basketCount = Math.max(basketCount, basket + 1);
  }
  const baskets = buildIncidence({ count, row, col }, basketCount, productCount);
  return { baskets, withoutBasket: columns.count - count };
}

/** Two rows of one customer happened together, or nobody knows: one basket, or no basket and one instant. */
function isSameMoment(columns: InteractionColumns, i: number, j: number): boolean {
  if (columns.unordered && Number.isNaN(columns.timeMs[i]) && Number.isNaN(columns.timeMs[j])) return true;
  if (columns.basket[i] !== columns.basket[j]) return false;
  return columns.basket[i] !== NO_BASKET || columns.timeMs[i] === columns.timeMs[j]; // NaN equals nothing
}

/** Where no decay was learned (recency.ts) what was bought n moments ago weighs this to the power of n. */
export const RECENCY_DECAY = 0.6;

/**
 * Visits every row, the last one first, with its age: how many of the customer's moments lie after it,
 * 0 for the last moment. A moment is a basket; without baskets an instant; without times a row. Lines of a
 * basket share an age, because their order inside it means nothing; so do all rows that have no place in time.
 */
export function scanAges(
  columns: InteractionColumns,
  customerCount: number,
  visit: (row: number, age: number) => void,
): void {
  const moments = new Uint32Array(customerCount);
  const laterRow = new Int32Array(customerCount).fill(-1);
  for (let i = columns.count - 1; i >= 0; i--) {
    const customer = columns.customer[i]!;
    const later = laterRow[customer]!;
    if (later >= 0 && !isSameMoment(columns, i, later)) moments[customer]!++;
    laterRow[customer] = i;
    visit(i, moments[customer]!);
  }
}

/**
 * Age of every pair: that of its newest row.
 * @returns u32 [pairs], parallel to `pairs.items`
 */
export function toAges(columns: InteractionColumns, pairs: Incidence): Uint32Array {
  const UNSEEN = 0xffffffff;
  const ages = new Uint32Array(pairs.items.length).fill(UNSEEN);
  scanAges(columns, pairs.rows, (i, age) => {
    const at = findPair(pairs, columns.customer[i]!, columns.product[i]!);
    if (ages[at] === UNSEEN) ages[at] = age;
  });
  return ages;
}
