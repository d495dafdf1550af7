/** The layouts known by name, on the samples in test/fixtures/seed-formats: counts, and each trap by name. */
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ImportReport, PresetName } from '../../src/catalog/types.ts';
import {
  createTempCatalog,
  failureOf,
  PLAIN,
  readPairs,
  readRejects,
  SEED_FORMATS,
  type TempCatalog,
} from './temp-catalog.ts';

const load = (
  { catalog }: TempCatalog,
  preset: PresetName,
  path = SEED_FORMATS,
  options = {},
): Promise<ImportReport> => catalog.importFiles([{ kind: 'preset', preset, path, options }], {}, {});

/** A copy of the samples to change. */
async function copySamples({ dir }: TempCatalog): Promise<(name: string) => string> {
  const folder = join(dir, 'samples');
  await cp(SEED_FORMATS, folder, { recursive: true });
  return (name) => join(folder, name);
}

describe('product2vec', () => {
  test('counts', async () => {
    const temp = await createTempCatalog();
    const { files, catalog } = await load(temp, 'product2vec');
    expect(files.map(({ kind, rowsRead, rowsAccepted }) => [kind, rowsRead, rowsAccepted])).toEqual([
      ['products', 4, 4],
      ['interactions', 3, 3],
    ]);
    expect(catalog).toMatchObject({
      customers: 3,
      products: 4,
      interactions: 7,
      pairs: 7,
      baskets: 0,
      attributeEdges: 4,
    });
    expect(catalog.attributesByKind).toEqual({ sport: 2 });
    expect(catalog.interactionsByType).toEqual({ purchase: 7 });
  });

  test('quoted comma lists are several products', async () => {
    const temp = await createTempCatalog();
    await load(temp, 'product2vec');
    expect(await readPairs(temp.catalog, PLAIN)).toEqual([
      ['1', '12771', 1],
      ['1', '12783', 1],
      ['1', '16311', 1],
      ['1', '19677', 1],
      ['2', '12783', 1],
      ['2', '16311', 1],
      ['3', '19677', 1],
    ]);
  });

  test('sport codes carry their label as a name', async () => {
    const temp = await createTempCatalog();
    await load(temp, 'product2vec');
    expect(await temp.catalog.find('product', '12783')).toEqual({
      type: 'product',
      id: '12783',
      name: 'Trail shoe',
      attributes: [{ kind: 'sport', value: '30', name: 'Trail running' }],
      count: 2,
    });
  });

  test.each(['product_info.csv', 'product_info.csv.gz'])(
    'product_info gzip-compressed as %s',
    async (name) => {
      const temp = await createTempCatalog();
      const at = await copySamples(temp);
      const content = gzipSync(await readFile(at('product_info.csv')));
      await rm(at('product_info.csv'));
      await writeFile(at(name), content);
      const { catalog } = await load(temp, 'product2vec', at('.'));
      expect(catalog.attributesByKind).toEqual({ sport: 2 });
    },
  );

  test('sport groups, where the file has them', async () => {
    const temp = await createTempCatalog();
    const at = await copySamples(temp);
    const lines = (await readFile(at('product_info.csv'), 'utf8')).trimEnd().split('\n');
    const more = lines.map(
      (line, i) => `${line},${i === 0 ? 'sport_group_id,sport_group_label' : '7,Outdoor'}`,
    );
    await writeFile(at('product_info.csv'), more.join('\n'));
    const { catalog } = await load(temp, 'product2vec', at('.'));
    expect(catalog.attributesByKind).toEqual({ sport: 2, sport_group: 1 });
    expect((await temp.catalog.find('attribute', 'sport_group/7'))?.name).toBe('Outdoor');
  });
});

describe('instacart', () => {
  test('counts', async () => {
    const temp = await createTempCatalog();
    const { files, catalog } = await load(temp, 'instacart');
    expect(files.map(({ kind, rowsRead, rowsRejected }) => [kind, rowsRead, rowsRejected])).toEqual([
      ['products', 3, 0],
      ['attributes', 3, 0],
      ['attributes', 3, 0],
      ['interactions', 3, 0], // orders.csv
      ['interactions', 3, 0], // prior
      ['interactions', 2, 0], // train
    ]);
    expect(catalog).toMatchObject({
      customers: 2,
      products: 3,
      interactions: 5,
      pairs: 4,
      baskets: 3,
      attributeEdges: 6,
    });
    expect(catalog.attributesByKind).toEqual({ aisle: 3, department: 3 });
    expect(catalog.firstAt).toBeUndefined();
  });

  test('aisle and department codes have the names of their files', async () => {
    const temp = await createTempCatalog();
    await load(temp, 'instacart');
    expect(await temp.catalog.find('product', '1')).toMatchObject({
      name: 'Banana',
      attributes: [
        { kind: 'aisle', value: '24', name: 'fresh fruits' },
        { kind: 'department', value: '4', name: 'produce' },
      ],
    });
    expect(await temp.catalog.find('attribute', 'department/16')).toMatchObject({
      name: 'dairy eggs',
      count: 1,
    });
  });

  test('quoted names with commas', async () => {
    const temp = await createTempCatalog();
    await load(temp, 'instacart');
    expect((await temp.catalog.find('product', '2'))?.name).toBe('Milk, 1%');
  });

  test('orders out of file order: order_number decides, then add_to_cart_order', async () => {
    const temp = await createTempCatalog();
    const at = await copySamples(temp);
    await writeFile(
      at('order_products__prior.csv'),
      'order_id,product_id,add_to_cart_order,reordered\n11,1,1,1\n10,2,2,0\n10,1,1,0\n',
    );
    await load(temp, 'instacart', at('.'));
    const products = await temp.catalog.nodeIds('product');
    const { customer, product } = await temp.catalog.interactions('all');
    const ofFirst = [...product].filter((_, i) => customer[i] === 0).map((i) => products[i]);
    expect(ofFirst).toEqual(['1', '2', '1']);
    expect(await temp.catalog.proposeSplit(0.2)).toEqual({ protocol: 'last-basket' });
    expect(await readPairs(temp.catalog, PLAIN, { protocol: 'last-basket' })).toEqual([
      ['1', '1', 1], // order 10, the first; order 11 is held out
      ['1', '2', 1],
      ['2', '1', 1], // one order only: stays
      ['2', '3', 1],
    ]);
  });

  test('empty days_since_prior_order of a first order', async () => {
    const temp = await createTempCatalog();
    const { files } = await load(temp, 'instacart');
    expect(files[3]).toMatchObject({ rowsRead: 3, rowsAccepted: 3 });
  });

  test('single underscores in the names of the line files', async () => {
    const temp = await createTempCatalog();
    const at = await copySamples(temp);
    await rename(at('order_products__prior.csv'), at('order_products_prior.csv'));
    await rename(at('order_products__train.csv'), at('order_products_train.csv'));
    expect((await load(temp, 'instacart', at('.'))).catalog.interactions).toBe(5);
  });

  test('order lines whose order or product is unknown', async () => {
    const temp = await createTempCatalog();
    const at = await copySamples(temp);
    await writeFile(
      at('order_products__train.csv'),
      'order_id,product_id,add_to_cart_order,reordered\n12,3,1,0\n99,3,1,0\n12,77,2,0\n12,1,x,0\n',
    );
    const { files, catalog } = await load(temp, 'instacart', at('.'));
    expect(readRejects(files[5]!)).toEqual([
      '3 order_id order-unknown 99',
      '4 product_id product-unknown 77',
      '5 add_to_cart_order cart-position-not-a-number x',
    ]);
    expect(catalog.interactions).toBe(4);
  });

  test('importing again changes nothing; one more file of lines needs orders.csv, and gets it', async () => {
    const temp = await createTempCatalog();
    const at = await copySamples(temp);
    await rename(at('order_products__train.csv'), at('later.csv'));
    await load(temp, 'instacart', at('.'));
    const again = await load(temp, 'instacart', at('.'));
    expect(again.files.every(({ skipped }) => skipped !== undefined)).toBe(true);
    expect(again.catalog.interactions).toBe(3);
    await rename(at('later.csv'), at('order_products__train.csv'));
    const { files, catalog } = await load(temp, 'instacart', at('order_products__train.csv'));
    expect(files.map(({ rowsAccepted }) => rowsAccepted)).toEqual([3, 2]);
    expect(catalog.interactions).toBe(5);
  });
});

describe('sessions', () => {
  test('counts: length-1 sessions and immediate repeats are kept', async () => {
    const temp = await createTempCatalog();
    const { files, catalog } = await load(temp, 'sessions');
    expect(files.map(({ kind, rowsRead, rowsAccepted }) => [kind, rowsRead, rowsAccepted])).toEqual([
      ['products', 3, 2],
      ['interactions', 3, 3],
    ]);
    expect(catalog).toMatchObject({ customers: 3, products: 3, interactions: 9, pairs: 7, baskets: 3 });
    expect(catalog.interactionsByType).toEqual({ view: 9 });
    expect(await readPairs(temp.catalog, PLAIN)).toEqual([
      ['0', '01111', 1],
      ['0', '01112', 1],
      ['0', '01113', 1],
      ['1', '01113', 1],
      ['2', '01111', 1],
      ['2', '01112', 2],
      ['2', '01113', 2],
    ]);
  });

  test('SKUs keep their leading zeros', async () => {
    const temp = await createTempCatalog();
    await load(temp, 'sessions');
    expect(await temp.catalog.nodeIds('product')).toEqual(['01111', '01112', '01113']);
  });

  test('the order of a session is kept', async () => {
    const temp = await createTempCatalog();
    await load(temp, 'sessions');
    const { customer, product, basket } = await temp.catalog.interactions('all');
    const places = [...product.keys()].filter((i) => customer[i] === 2);
    expect(places.map((i) => product[i])).toEqual([2, 2, 1, 0, 1]);
    expect(new Set(places.map((i) => basket[i])).size).toBe(1);
  });

  test('rows whose image is no .jpg are rejected, and their products are nodes without a name', async () => {
    const temp = await createTempCatalog();
    const { files } = await load(temp, 'sessions');
    expect(readRejects(files[0]!)).toEqual(['4 image image-not-jpg https://example.com/d.png']);
    expect(await temp.catalog.nodeNames('product')).toEqual(['Red dress', 'Blue shirt', '']);
  });

  test('with anyImage they are taken in; quoted images may hold commas; target is an attribute', async () => {
    const temp = await createTempCatalog();
    const { files, catalog } = await load(temp, 'sessions', SEED_FORMATS, { anyImage: true });
    expect(files[0]).toMatchObject({ rowsAccepted: 3, rowsRejected: 0 });
    expect(catalog.attributesByKind).toEqual({ target: 2 });
    expect((await temp.catalog.find('attribute', 'target/woman'))?.count).toBe(2);
  });

  test('no customer has two baskets, so there is nothing to hold out', async () => {
    const temp = await createTempCatalog();
    await load(temp, 'sessions');
    expect(await failureOf(temp.catalog.proposeSplit(0.2))).toMatchObject({ code: 'SPLIT_IMPOSSIBLE' });
  });

  test('empty places and empty sessions', async () => {
    const temp = await createTempCatalog();
    const path = await temp.file('sessions.txt', 's1\ta\t\tb\r\n\ns2\n\t c\ns3\tc\t');
    const { files, catalog } = await load(temp, 'sessions', path);
    expect(files[0]).toMatchObject({
      rowsRead: 4,
      rowsAccepted: 2,
      warnings: ['2 empty places in lists were passed over'],
    });
    expect(readRejects(files[0]!)).toEqual([
      '3 products product-missing s2',
      '4 session customer-missing \t c',
    ]);
    expect(catalog.interactions).toBe(3);
  });
});

describe('a folder that does not fit', () => {
  test.each([
    ['instacart', '/nowhere/at/all', 'IMPORT_FILE_MISSING'],
    ['sessions', join(SEED_FORMATS, 'aisles.csv'), 'IMPORT_FILE_MISSING'],
    ['nonsense', SEED_FORMATS, 'IMPORT_MAPPING_INVALID'],
  ])('%s from %s', async (preset, path, code) => {
    const temp = await createTempCatalog();
    expect((await failureOf(load(temp, preset as PresetName, path))).code).toBe(code);
  });

  test('an option that the preset does not know', async () => {
    const temp = await createTempCatalog();
    const error = await failureOf(load(temp, 'instacart', SEED_FORMATS, { anyImage: true }));
    expect(error).toMatchObject({ code: 'IMPORT_MAPPING_INVALID', details: { found: 'anyImage' } });
  });
});
