/** Products and customers by id: names, attributes, bins, codes, lists, and a later file over an earlier one. */
import { describe, expect, test } from 'vitest';
import type { AttributeMapping } from '../../src/catalog/types.ts';
import { createTempCatalog, failureOf, readRejects, type TempCatalog } from './temp-catalog.ts';

/** `kind/value` (with its name, if it has one) of each product. */
async function readProducts({ catalog }: TempCatalog): Promise<Record<string, string[]>> {
  const ids = await catalog.nodeIds('product');
  const found = await catalog.attributesOf('product', ids);
  const toText = ({ kind, value, name }: { kind: string; value: string; name: string }): string =>
    `${kind}/${value}${name && `=${name}`}`;
  return Object.fromEntries(ids.map((id) => [id, found.get(id)!.map(toText)]));
}

const attributes = (...mappings: AttributeMapping[]) => ({ id: 'id', attributes: mappings });

describe('which columns become attributes', () => {
  test('only mapped ones; an empty cell is no attribute; a value is kept byte for byte', async () => {
    const temp = await createTempCatalog();
    const path = await temp.file('p.csv', 'id,name,colour,size\n1,One,red/blue: é,L\n2,Two,,M\n3,,  ,S\n');
    await temp.products(path, { id: 'id', name: 'name', attributes: [{ kind: 'colour', column: 'colour' }] });
    expect(await readProducts(temp)).toEqual({ 1: ['colour/red/blue: é'], 2: [], 3: [] });
    expect(await temp.catalog.nodeNames('product')).toEqual(['One', 'Two', '']);
    expect(await temp.catalog.counts()).toMatchObject({ products: 3, attributes: 1, attributeEdges: 1 });
  });

  test('a column of numbers needs bins or codes, and the error says how to write it', async () => {
    const temp = await createTempCatalog();
    const path = await temp.file('p.csv', 'id,aisle_id\n1,24\n2,\n3,7\n');
    const error = await failureOf(temp.products(path, attributes({ kind: 'aisle', column: 'aisle_id' })));
    expect(error).toMatchObject({
      code: 'IMPORT_MAPPING_INVALID',
      details: { column: 'aisle_id', found: 'numbers, e.g. 24' },
    });
    expect(error.message).toContain('--attribute aisle=aisle_id:bins=5');
    expect(error.message).toContain('--attribute aisle=aisle_id:codes');
    expect((await temp.catalog.counts()).products).toBe(0);
  });

  test('codes are kept as they are written, with a label from beside them', async () => {
    const temp = await createTempCatalog();
    const path = await temp.file('p.csv', 'id,aisle_id,aisle\n1,024,fruit\n2,24,\n3,024,fresh fruit\n');
    await temp.products(path, attributes({ kind: 'aisle', column: 'aisle_id', codes: true, label: 'aisle' }));
    expect(await readProducts(temp)).toEqual({
      1: ['aisle/024=fresh fruit'],
      2: ['aisle/24'],
      3: ['aisle/024=fresh fruit'],
    });
  });

  test('several values in a cell', async () => {
    const temp = await createTempCatalog();
    const path = await temp.file('p.csv', 'id,genres\n1,Crime | Drama||Crime\n2,|\n3,Drama\n');
    await temp.products(path, attributes({ kind: 'genre', column: 'genres', split: '|' }));
    expect(await readProducts(temp)).toEqual({
      1: ['genre/Crime', 'genre/Drama'],
      2: [],
      3: ['genre/Drama'],
    });
  });

  test('a file of numbers with a word in it is no column of numbers', async () => {
    const temp = await createTempCatalog();
    await temp.products(
      await temp.file('p.csv', 'id,size\n1,38\n2,XL\n'),
      attributes({ kind: 'size', column: 'size' }),
    );
    expect(await readProducts(temp)).toEqual({ 1: ['size/38'], 2: ['size/XL'] });
  });

  test.each<[AttributeMapping, string]>([
    [{ kind: 'a/b', column: 'x' }, 'a kind without / and :'],
    [{ kind: 'a:b', column: 'x' }, 'a kind without / and :'],
    [{ kind: '', column: 'x' }, 'a kind without / and :'],
    [{ kind: 'a', column: 'x', bins: 1 }, 'a whole number from 2 to 100'],
    [{ kind: 'a', column: 'x', bins: 2.5 }, 'a whole number from 2 to 100'],
    [{ kind: 'a', column: 'x', bins: 5, codes: true }, 'bins alone; label not with split'],
    [{ kind: 'a', column: 'x', split: ',', label: 'x' }, 'bins alone; label not with split'],
    [{ kind: 'a', column: 'x', split: '' }, 'a separator'],
  ])('refused: %j', async (mapping, expected) => {
    const temp = await createTempCatalog();
    const error = await failureOf(
      temp.products(await temp.file('p.csv', 'id,x\n1,2\n'), attributes(mapping)),
    );
    expect(error).toMatchObject({ code: 'IMPORT_MAPPING_INVALID', details: { expected } });
  });
});

describe('bins', () => {
  const price: AttributeMapping = { kind: 'price', column: 'price', bins: 5 };

  test('are quantiles with labels a person can read, and hold their lower edge', async () => {
    const temp = await createTempCatalog();
    const prices = [0.5, 0.85, 0.85, 1.25, 1.25, 2, 2.95, 4.95, 10, 1e6];
    await temp.products(
      await temp.file('p.csv', `id,price\n${prices.map((p, i) => `p${i},${p}\n`).join('')}`),
      attributes(price),
    );
    const found = Object.values(await readProducts(temp)).map(([label]) => label);
    // quantile_disc at .2 .4 .6 .8 of ten sorted values: the 2nd, 4th, 6th and 8th
    const labels = [
      '<0.85',
      '0.85–1.25',
      '0.85–1.25',
      '1.25–2',
      '1.25–2',
      '2–4.95',
      '2–4.95',
      '≥4.95',
      '≥4.95',
      '≥4.95',
    ];
    expect(found).toEqual(labels.map((label) => `price/${label}`));
  });

  test('a later file is cut where the first was, and says so', async () => {
    const temp = await createTempCatalog();
    const first = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((p) => `a${p},${p}\n`).join('');
    await temp.products(await temp.file('p.csv', `id,price\n${first}`), attributes(price));
    const report = await temp.products(await temp.file('q.csv', 'id,price\nb,100\n'), attributes(price));
    expect(report.warnings).toEqual(['price was cut where the first file was cut: 2, 4, 6, 8']);
    expect((await readProducts(temp))['b']).toEqual(['price/≥8']);
  });

  test('repeated quantiles make fewer bins; equal values one', async () => {
    const temp = await createTempCatalog();
    await temp.products(
      await temp.file('p.csv', 'id,price\n1,0\n2,0\n3,0\n4,0\n5,9\n'),
      attributes({ ...price, bins: 4 }),
    );
    await temp.products(
      await temp.file('q.csv', 'id,x\n1,3\n2,3\n'),
      attributes({ kind: 'x', column: 'x', bins: 2 }),
    );
    expect(await readProducts(temp)).toMatchObject({ 1: ['price/<9', 'x/any'], 5: ['price/≥9'] });
  });

  test('a cell that is no number costs its row', async () => {
    const temp = await createTempCatalog();
    const path = await temp.file('p.csv', 'id,price\n1,1\n2,cheap\n3,NaN\n4,\n5,5\n');
    const report = await temp.products(path, attributes({ ...price, bins: 2 }));
    expect(readRejects(report)).toEqual([
      '3 price attribute-not-a-number cheap',
      '4 price attribute-not-a-number NaN',
    ]);
    expect(await temp.catalog.nodeIds('product')).toEqual(['1', '4', '5']);
  });
});

describe('rows are known by id', () => {
  test('a later file fills or replaces the name and the kinds it maps, and leaves the rest', async () => {
    const temp = await createTempCatalog();
    const both = attributes({ kind: 'colour', column: 'colour' }, { kind: 'brand', column: 'brand' });
    await temp.products(await temp.file('a.csv', 'id,name,colour,brand\n1,One,red,acme\n2,Two,red,zeta\n'), {
      ...both,
      name: 'name',
    });
    const colour = { ...attributes({ kind: 'colour', column: 'colour' }), name: 'name' };
    await temp.products(await temp.file('b.csv', 'id,name,colour\n1,Uno,blue\n2,,\n3,Three,blue\n'), colour);
    expect(await readProducts(temp)).toEqual({
      1: ['brand/acme', 'colour/blue'],
      2: ['brand/zeta'],
      3: ['colour/blue'],
    });
    expect(await temp.catalog.nodeNames('product')).toEqual(['Uno', 'Two', 'Three']);
    expect(await temp.catalog.nodeIds('attribute')).toEqual(['brand/acme', 'brand/zeta', 'colour/blue']);
  });

  test('an id twice in one file: the last row counts, and a warning says how many', async () => {
    const temp = await createTempCatalog();
    const path = await temp.file('a.csv', 'id,name,c\n1,first,red\n2,x,red\n1,second,\n');
    const report = await temp.products(path, {
      id: 'id',
      name: 'name',
      attributes: [{ kind: 'c', column: 'c' }],
    });
    expect(report).toMatchObject({
      rowsAccepted: 3,
      warnings: ['1 rows repeat the id of another row; the last one counts'],
    });
    expect(await readProducts(temp)).toEqual({ 1: [], 2: ['c/red'] });
    expect((await temp.catalog.find('product', '1'))?.name).toBe('second');
  });

  test('customers: traits; ids missing or too long are rejected', async () => {
    const temp = await createTempCatalog();
    const path = await temp.file(
      'u.tsv',
      `id\tcountry\n1\tFrance\n\tSpain\n${'x'.repeat(513)}\tItaly\n2\t${'y'.repeat(513)}\n`,
    );
    const report = await temp.customers(path, attributes({ kind: 'country', column: 'country' }));
    expect(report.rejectedByReason).toEqual({ 'id-missing': 1, 'id-too-long': 1, 'attribute-too-long': 1 });
    expect(await temp.catalog.find('customer', '1')).toMatchObject({
      attributes: [{ kind: 'country', value: 'France', name: '' }],
    });
    expect(await temp.catalog.find('attribute', 'country/France')).toMatchObject({
      count: 1,
      attributes: [],
    });
  });

  test('a product in a file and in interactions is one node', async () => {
    const temp = await createTempCatalog();
    await temp.interactions(await temp.file('i.csv', 'c,p\nu,01\nu,02\n'), { customer: 'c', product: 'p' });
    await temp.products(await temp.file('p.csv', 'id,name\n02,Two\n03,Three\n'), { id: 'id', name: 'name' });
    expect(await temp.catalog.nodeIds('product')).toEqual(['01', '02', '03']);
    expect(await temp.catalog.nodeNames('product')).toEqual(['', 'Two', 'Three']);
  });
});
