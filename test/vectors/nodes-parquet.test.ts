import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { NODE_TYPES } from '../../src/base/ids.ts';
import { fromNodesParquet, toNodesParquet } from '../../src/vectors/nodes-parquet.ts';
import type { NodeTable } from '../../src/vectors/types.ts';
import { buildNodes, ODD_IDS } from './content.ts';

const roundTrip = async (nodes: NodeTable): Promise<NodeTable> =>
  fromNodesParquet(await toNodesParquet(nodes), 'nodes.parquet');

/** SHELFWALK_RUNS=10000 for the long run. */
const RUNS = Number(process.env.SHELFWALK_RUNS ?? 1000);

const wellFormed = fc.string({ unit: 'binary', maxLength: 20 });

const tables = fc.tuple(fc.nat(6), fc.nat(6), fc.nat(6)).chain(([customers, products, attributes]) => {
  const count = customers + products + attributes;
  const column = <T>(values: fc.Arbitrary<T>) => fc.array(values, { minLength: count, maxLength: count });
  return fc
    .record({
      ids: column(wellFormed),
      names: column(wellFormed),
      degrees: column(fc.nat({ max: 0x7fffffff })),
    })
    .map(
      ({ ids, names, degrees }): NodeTable => ({
        ...buildNodes(customers, products, attributes),
        ids,
        names,
        degrees: Uint32Array.from(degrees),
      }),
    );
});

test('any well-formed text and any degree come back the same', async () => {
  await fc.assert(
    fc.asyncProperty(tables, async (nodes) => {
      expect(await roundTrip(nodes)).toEqual(nodes);
    }),
    { numRuns: RUNS },
  );
}, 300_000);

test('odd ids are kept byte for byte', async () => {
  const nodes = buildNodes(ODD_IDS.length, 0);
  expect((await roundTrip(nodes)).ids).toEqual(ODD_IDS);
});

test('more rows than one row group', async () => {
  const nodes = buildNodes(70_000, 150_000, 1_000);
  const back = await roundTrip(nodes);
  expect(back.count).toBe(221_000);
  expect(back.ids.every((id, i) => id === nodes.ids[i])).toBe(true);
  expect(back.names.every((name, i) => name === nodes.names[i])).toBe(true);
  expect(back.degrees).toEqual(nodes.degrees);
  expect(back.ranges).toEqual(nodes.ranges);
});

test('types that have no node have an empty range in their place', async () => {
  expect((await roundTrip(buildNodes(0, 3))).ranges).toEqual([
    { type: 'customer', start: 0, end: 0 },
    { type: 'product', start: 0, end: 3 },
    { type: 'attribute', start: 3, end: 3 },
  ]);
});

describe('a table that does not hold together is not written', () => {
  const nodes = buildNodes(2, 2);
  const [customers, products] = nodes.ranges;
  test.each([
    { broken: { ids: ['a'] }, field: 'ids' },
    { broken: { names: [...nodes.names, ''] }, field: 'names' },
    { broken: { degrees: new Uint32Array(3) }, field: 'degrees' },
    { broken: { ranges: [customers] }, field: 'ranges' },
    { broken: { ranges: [products, customers] }, field: 'range of product' },
    { broken: { ranges: [customers, { ...products, start: 3 }] }, field: 'range of product' },
    {
      broken: {
        ranges: [
          { ...products, start: 0, end: 2 },
          { ...customers, start: 2, end: 4 },
        ],
      },
      field: 'range of customer',
    },
  ])('$field', async ({ broken, field }) => {
    await expect(toNodesParquet({ ...nodes, ...broken })).rejects.toMatchObject({
      code: 'EMBEDDING_SHAPE_MISMATCH',
      details: { field },
    });
  });

  test('a degree that the column cannot hold', async () => {
    const degrees = Uint32Array.of(0, 2 ** 31 - 1, 2 ** 31, 0);
    await expect(toNodesParquet({ ...nodes, degrees })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      details: { row: 2, found: 2 ** 31 },
    });
  });

  test.each(['ids', 'names'] as const)(
    'half a character in %s, which would come back as another',
    async (field) => {
      const broken = { ...nodes, [field]: ['a', 'b', 'c\ud83e', 'd'] };
      await expect(toNodesParquet(broken)).rejects.toMatchObject({
        code: 'NODE_KEY_INVALID',
        details: { field, row: 2 },
      });
    },
  );
});

describe('what is something else is refused by name', () => {
  test('not Parquet', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('PAR1'), Buffer.from('a,b\n1,2\n')]) {
      const copy = Uint8Array.from(bytes).buffer;
      await expect(fromNodesParquet(copy, 'n.parquet')).rejects.toMatchObject({
        code: 'IMPORT_FILE_UNREADABLE',
        details: { file: 'n.parquet' },
      });
    }
  });

  test('Parquet with other columns', async () => {
    const bytes = parquetWriteBuffer({ columnData: [{ name: 'id', data: ['a'], type: 'STRING' }] });
    await expect(fromNodesParquet(bytes, 'n.parquet')).rejects.toMatchObject({
      code: 'IMPORT_FILE_UNREADABLE',
    });
  });

  test.each([
    { types: ['product', 'customer'], row: 1 },
    { types: ['customer', 'shop'], row: 1 },
    { types: ['customer', 'product', 'customer'], row: 2 },
  ])('types out of order: $types', async ({ types, row }) => {
    const text = types.map(String);
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: 'type', data: types, type: 'STRING' },
        { name: 'id', data: text, type: 'STRING' },
        { name: 'name', data: text, type: 'STRING' },
        { name: 'degree', data: new Int32Array(types.length), type: 'INT32' },
      ],
    });
    await expect(fromNodesParquet(bytes, 'n.parquet')).rejects.toMatchObject({
      code: 'IMPORT_FILE_UNREADABLE',
      details: { field: 'type', row, expected: NODE_TYPES },
    });
  });
});
