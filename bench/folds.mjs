// @ts-check
/** What a model may see of a data set and what it is asked, on a part that is not its test part. */

/** Of the events, held out. */
export const SHARE = 0.2;

/** @typedef {Awaited<ReturnType<typeof import('./datasets.mjs').openDataset>>} Catalog */
/** @typedef {import('../dist/graph/types.js').InteractionColumns} Columns */
/** @typedef {{ split: import('../dist/graph/types.js').Split, train: Columns, held: Columns, customers: number, products: number }} Fold */

/**
 * Of data with times the latest fifth of what lies before the cutoff; of data in a given order, whose test
 * part is not in the catalog, the last basket of each customer.
 * @param {Catalog} catalog @returns {Promise<Fold>}
 */
export async function toValidationFold(catalog) {
  const { customers, products } = await catalog.counts();
  const outer = await catalog.proposeSplit(SHARE);
  if (outer.protocol !== 'time') {
    const [train, held] = [
      await catalog.interactions('train', outer),
      await catalog.interactions('test', outer),
    ];
    return { split: outer, train, held, customers, products };
  }
  const known = await catalog.interactions('train', outer);
  const times = known.timeMs.slice(0, known.count).sort();
  const cutoffMs = times[Math.floor(known.count * (1 - SHARE))];
  return {
    split: { protocol: 'time', cutoffMs },
    train: select(known, (i) => known.timeMs[i] < cutoffMs),
    held: select(known, (i) => known.timeMs[i] >= cutoffMs),
    customers,
    products,
  };
}

/** @param {Columns} columns @param {(row: number) => boolean} wanted @returns {Columns} */
export function select({ count, customer, product, basket, timeMs, unordered }, wanted) {
  const rows = Uint32Array.from({ length: count }, (_, i) => i).filter(wanted);
  return {
    count: rows.length,
    customer: rows.map((i) => customer[i]),
    product: rows.map((i) => product[i]),
    basket: rows.map((i) => basket[i]),
    timeMs: Float64Array.from(rows, (i) => timeMs[i]),
    ...(unordered && { unordered }),
  };
}
