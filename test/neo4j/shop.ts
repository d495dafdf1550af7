/** Random small shops for both catalogs: files for the embedded one, from which Neo4j is loaded. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { FileReport } from '../../src/catalog/types.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import type { TempCatalog } from '../catalog/temp-catalog.ts';

export interface Shop {
  readonly interactions: readonly {
    readonly customer: string;
    readonly product: string;
    readonly type: string;
    readonly ts: string | null;
    readonly value: number | null;
  }[];
  readonly products: readonly { readonly id: string; readonly name: string; readonly brand: string }[];
  readonly customers: readonly { readonly id: string; readonly name: string; readonly region: string }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly weight: number;
    readonly directed: boolean;
  }[];
}

/** Few characters, so that ids meet, and all that has ever been taken for syntax or lost on the way. */
const CHARACTERS = [...'ab01/:\'"`\\$ {}%,;éß\u{1F375}\u{1F600}\uFB01'];
const texts = fc
  .array(fc.constantFrom(...CHARACTERS), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''))
  .filter((text) => text.trim() === text);
/** Whole numbers beyond 2^53 that differ only where a double does not. */
const ids = fc.oneof(texts, fc.constantFrom('9007199254740992', '9007199254740993', '01111', '1111'));
const weights = fc.constantFrom(0.1, 0.25, 1, 3, 1e6, 7.7);

export const shops: fc.Arbitrary<Shop> = fc
  .record({
    customers: fc.uniqueArray(ids, { minLength: 1, maxLength: 5 }),
    products: fc.uniqueArray(ids, { minLength: 2, maxLength: 6 }),
  })
  .chain(({ customers, products }) =>
    fc.record({
      interactions: fc.array(
        fc.record({
          customer: fc.constantFrom(...customers),
          product: fc.constantFrom(...products),
          type: fc.constantFrom('purchase', 'view', 'ähm "x"'),
          ts: fc.constantFrom(null, '2024-01-01T00:00:00Z', '2024-02-03T04:05:06Z'),
          value: fc.constantFrom(null, 0.1, 2.5, -3),
        }),
        { minLength: 1, maxLength: 25 },
      ),
      products: fc.uniqueArray(
        fc.record({ id: fc.constantFrom(...products), name: fc.oneof(texts, fc.constant('')), brand: texts }),
        { selector: ({ id }) => id },
      ),
      customers: fc.uniqueArray(
        fc.record({ id: fc.constantFrom(...customers), name: texts, region: texts }),
        { selector: ({ id }) => id },
      ),
      edges: fc.array(
        fc
          .record({
            from: fc.constantFrom(...products),
            to: fc.constantFrom(...products),
            weight: weights,
            directed: fc.boolean(),
          })
          .filter(({ from, to }) => from !== to),
        { maxLength: 6 },
      ),
    }),
  );

const toLines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Into the embedded catalog; every row must be taken, or the test would be about less than it says. */
export async function importShop(temp: TempCatalog, shop: Shop): Promise<void> {
  const mapping = { customer: 'customer', product: 'product', type: { column: 'type' }, value: 'value' };
  const write = async (name: string, rows: readonly object[]) => temp.file(`${name}.ndjson`, toLines(rows));
  const reports: FileReport[] = [];
  // A column of times must hold one in every row: those without are a file of their own.
  for (const timestamp of ['ts', undefined]) {
    const rows = shop.interactions.filter(({ ts }) => (ts === null) === (timestamp === undefined));
    const file = await write(`interactions-${timestamp}`, rows);
    if (rows.length > 0) reports.push(await temp.interactions(file, { ...mapping, timestamp }));
  }
  const entity = (kind: string) => ({ id: 'id', name: 'name', attributes: [{ kind, column: kind }] });
  if (shop.products.length > 0)
    reports.push(await temp.products(await write('products', shop.products), entity('brand')));
  if (shop.customers.length > 0)
    reports.push(await temp.customers(await write('customers', shop.customers), entity('region')));
  for (const directed of [true, false]) {
    const edges = shop.edges.filter((edge) => edge.directed === directed);
    if (edges.length > 0)
      reports.push(await temp.edges(await write(`edges-${directed}`, edges), { weight: 'weight', directed }));
  }
  expect(reports.map(({ rejectedByReason }) => rejectedByReason)).toEqual(reports.map(() => ({})));
}

/** Everything a snapshot is, in what can be compared byte for byte. */
export const toBytes = (snapshot: Snapshot): object => ({
  ...snapshot,
  offsets: Buffer.from(snapshot.offsets).toString('hex'),
  targets: Buffer.from(snapshot.targets).toString('hex'),
  weights: Buffer.from(new Uint8Array(Float32Array.from(snapshot.weights).buffer)).toString('hex'),
  keyHashes: Array.from(snapshot.keyHashes),
});
