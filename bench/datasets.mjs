// @ts-check
/**
 * The public data sets that defaults are measured on: where they lie under SHELFWALK_DATASETS (docs say
 * where each is had), how their columns map, and a catalog file with them imported.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openCatalog } from '../dist/catalog/catalog.js';

/** @typedef {import('../dist/catalog/types.js').ImportSource} ImportSource */

/** @param {string[]} columns */
const attributes = (...columns) => columns.map((column) => ({ kind: column, column }));

/** @type {Record<string, (dir: string) => ImportSource[]>} */
export const DATASETS = {
  'online-retail': (dir) => [
    {
      kind: 'interactions',
      path: join(dir, 'interactions.csv.gz'),
      mapping: {
        customer: 'user_id',
        product: 'product_id',
        timestamp: 'ts',
        quantity: 'quantity',
        value: 'value',
        basket: 'order_id',
      },
    },
    {
      kind: 'products',
      path: join(dir, 'products.csv.gz'),
      mapping: {
        id: 'product_id',
        name: 'name',
        attributes: attributes('kind', 'colour', 'theme', 'price_band'),
      },
    },
    {
      kind: 'customers',
      path: join(dir, 'users.csv.gz'),
      mapping: { id: 'user_id', attributes: attributes('country') },
    },
  ],
  'complete-journey': (dir) => [
    {
      kind: 'interactions',
      path: join(dir, 'interactions.parquet'),
      mapping: {
        customer: 'user_id',
        product: 'product_id',
        timestamp: 'ts',
        quantity: 'quantity',
        value: 'value',
        basket: 'order_id',
      },
    },
    {
      kind: 'products',
      path: join(dir, 'products.csv.gz'),
      mapping: {
        id: 'product_id',
        name: 'type',
        attributes: attributes('department', 'category', 'type', 'brand'),
      },
    },
    {
      kind: 'customers',
      path: join(dir, 'users.csv.gz'),
      mapping: { id: 'user_id', attributes: attributes('age', 'income', 'household_comp') },
    },
  ],
};

/**
 * A catalog with the data set in it, imported on the first call.
 * @param {string} name @param {string} root SHELFWALK_DATASETS @param {string} workDir
 */
export async function openDataset(name, root, workDir) {
  const toSources = DATASETS[name];
  if (!toSources) throw new Error(`data set ${name}: expected one of ${Object.keys(DATASETS).join(', ')}`);
  const dir = join(root, name);
  if (!existsSync(dir)) throw new Error(`${dir}: no such folder (SHELFWALK_DATASETS is ${root})`);
  const catalog = await openCatalog(join(workDir, `${name}.duckdb`), {
    rejectsDir: join(workDir, 'rejects'),
  });
  const { files } = await catalog.importFiles(toSources(dir), {}, {});
  for (const { path, rowsAccepted, rejectedByReason, skipped } of files) {
    if (!skipped) console.log(`${path}: ${rowsAccepted} rows`, rejectedByReason);
  }
  return catalog;
}
