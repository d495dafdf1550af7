// @ts-check
/**
 * The public data sets that defaults are measured on: where they lie under SHELFWALK_DATASETS (docs say
 * where each is had), how their columns map, and a catalog file with them imported.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createRandom } from '../dist/base/rng.js';
import { openCatalog } from '../dist/catalog/catalog.js';

/** @typedef {import('../dist/catalog/types.js').ImportSource} ImportSource */

/** @param {string[]} columns */
const attributes = (...columns) => columns.map((column) => ({ kind: column, column }));

const BASKET_LINES = {
  customer: 'user_id',
  product: 'product_id',
  timestamp: 'ts',
  quantity: 'quantity',
  value: 'value',
  basket: 'order_id',
};

/** @type {Record<string, (dir: string, out: string) => ImportSource[]>} */
export const DATASETS = {
  'online-retail': (dir) => [
    {
      kind: 'interactions',
      path: join(dir, 'interactions.csv.gz'),
      mapping: BASKET_LINES,
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
      mapping: BASKET_LINES,
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

/** @param {string} path @returns {string[][]} cells of the rows below the header */
const readRows = (path) =>
  gunzipSync(readFileSync(path))
    .toString()
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.trimEnd().split(','));

/** @param {string} path @param {string[][]} rows the header among them */
function writeRows(path, rows) {
  writeFileSync(path, rows.map((row) => `${row.join(',')}\n`).join(''));
  return path;
}

/**
 * Data sets without times, whose test part is published: they are written again without it, so that no model
 * can see it, with what is to be foreseen instead as the last basket of each customer.
 * @type {Record<string, (dir: string, out: string) => ImportSource[]>}
 */
export const VALIDATION_SETS = {
  // Test is each customer's last product, validation the second last.
  'amazon-beauty': (dir, out) => {
    const rows = readRows(join(dir, 'interactions.csv.gz'));
    const lasts = new Map(rows.map(([customer, , seq]) => [customer, Number(seq)])); // rows ascend
    const known = rows.filter(([customer, , seq]) => Number(seq) < (lasts.get(customer) ?? 0));
    return toBeauty(dir, out, known);
  },
  // The test part as the last basket: for what was chosen on the validation part.
  'amazon-beauty (test)': (dir, out) => toBeauty(dir, out, readRows(join(dir, 'interactions.csv.gz'))),
  // A fifth of the published training part, drawn at random: there is no order.
  lastfm: (dir, out) => {
    const random = createRandom(1);
    const rows = readRows(join(dir, 'train.csv.gz')).map(([customer, product]) => {
      const seq = random() < 0.2 ? '1' : '0';
      return [customer, product, seq, `${customer}-${seq}`];
    });
    return [
      {
        kind: 'interactions',
        path: writeRows(join(out, 'lastfm.csv'), [['user_id', 'product_id', 'seq', 'basket'], ...rows]),
        mapping: { customer: 'user_id', product: 'product_id', order: 'seq', basket: 'basket' },
      },
    ];
  },
  // Both published files, for the split `files`.
  'lastfm (test)': (dir) =>
    ['train.csv.gz', 'test.csv.gz'].map((file) => ({
      kind: 'interactions',
      path: join(dir, file),
      mapping: { customer: 'user_id', product: 'product_id' },
    })),
};

/** @param {string} dir @param {string} out @param {string[][]} rows of interactions @returns {ImportSource[]} */
function toBeauty(dir, out, rows) {
  /** @type {Map<string, string[]>} */
  const attributesOf = new Map();
  for (const [product, attribute] of readRows(join(dir, 'product_attributes.csv.gz'))) {
    attributesOf.set(product, [...(attributesOf.get(product) ?? []), attribute]);
  }
  const products = [...attributesOf].map(([product, values]) => [product, values.join('|')]);
  return [
    {
      kind: 'interactions',
      path: writeRows(join(out, 'beauty.csv'), [['user_id', 'product_id', 'seq'], ...rows]),
      mapping: { customer: 'user_id', product: 'product_id', order: 'seq' },
    },
    {
      kind: 'products',
      path: writeRows(join(out, 'beauty-products.csv'), [['product_id', 'attributes'], ...products]),
      mapping: {
        id: 'product_id',
        attributes: [{ kind: 'attribute', column: 'attributes', split: '|', codes: true }],
      },
    },
  ];
}

/**
 * A catalog with the data set in it, imported on the first call.
 * @param {string} name @param {string} root SHELFWALK_DATASETS @param {string} workDir
 */
export async function openDataset(name, root, workDir) {
  const toSources = DATASETS[name] ?? VALIDATION_SETS[name];
  const names = [...Object.keys(DATASETS), ...Object.keys(VALIDATION_SETS)];
  if (!toSources) throw new Error(`data set ${name}: expected one of ${names.join(', ')}`);
  const dir = join(root, name.replace(' (test)', ''));
  if (!existsSync(dir)) throw new Error(`${dir}: no such folder (SHELFWALK_DATASETS is ${root})`);
  const catalog = await openCatalog(join(workDir, `${name}.duckdb`), {
    rejectsDir: join(workDir, 'rejects'),
  });
  const { files } = await catalog.importFiles(toSources(dir, workDir), {}, {});
  for (const { path, rowsAccepted, rejectedByReason, skipped } of files) {
    if (!skipped) console.log(`${path}: ${rowsAccepted} rows`, rejectedByReason);
  }
  return catalog;
}
