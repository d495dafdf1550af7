/**
 * A hundred texts that have ever ended a string, a name or a comment: as ids, as values and as parameters they
 * are stored and come back as what they are. And names that a configuration may give to labels and properties.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { toNodeKey } from '../../src/base/ids.ts';
import { createRandom } from '../../src/base/rng.ts';
import { toNames } from '../../src/neo4j/names.ts';
import { runQuery } from '../../src/neo4j/run-query.ts';
import { migrate } from '../../src/neo4j/schema.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import { writeVersion } from '../../src/neo4j/write-version.ts';
import { failureOf } from '../catalog/temp-catalog.ts';
import { CASES, expectSame, IDS, known, queryOf, toValues } from './analytics-cases.ts';
import { type Known, type Parameters, REFERENCE } from './analytics-reference.ts';
import { server, useDatabase } from './database.ts';
import { DIMENSION, loadShop, type Shop, toVersion, type Vectors } from './planted-shop.ts';

const OPENINGS = ['', "'", '"', '`', "\\'", '\\"', '\\u0027', '\\u0060', '*/', '//'];
const ENDINGS = [
  '}) DETACH DELETE n //',
  ' OR 1=1 --',
  '; DROP INDEX x; ',
  ' RETURN 1 UNION MATCH (n) RETURN n /*',
  '$id',
  '$' + '{id}',
  '{id: $x}',
  ')-[:INTERACTED]->(',
  "' + \"LOAD CSV FROM 'file:///etc/passwd'\" + '",
  ' \u{1F375}\u202E\u00A0\t\n0x27',
];
const PAYLOADS = OPENINGS.flatMap((opening) => ENDINGS.map((ending) => opening + ending));

const random = createRandom(21);
const draw = () => Float32Array.from({ length: DIMENSION }, () => random() - 0.5);
const shop: Shop = {
  customers: PAYLOADS,
  products: PAYLOADS.map((id, i) => ({
    id,
    inStock: true,
    attributes: [`brand/${PAYLOADS[(i * 7) % 100]}`],
  })),
  attributes: PAYLOADS.map((text) => `brand/${text}`),
  interactions: PAYLOADS.flatMap((customer, i) =>
    [3, 11, 29].map((step) => ({
      customer,
      product: PAYLOADS[(i * step + 1) % 100]!,
      type: PAYLOADS[i % 10]!,
      weight: 1,
    })),
  ),
};
const vectors: Vectors = new Map([
  ...shop.customers.map((id) => [toNodeKey('customer', id), draw()] as const),
  ...shop.products.map(({ id }) => [toNodeKey('product', id), draw()] as const),
  ...shop.attributes.map((id) => [toNodeKey('attribute', id), draw()] as const),
]);
const hostile: Known = { shop, vectors, spaceId: PAYLOADS[13]! };
const LIMITS = { maxRows: 1000, timeoutMs: 60_000 };
const WRITE = { batchSize: 1000, keep: 2 };
const database = useDatabase();
const statements = createStatements(toNames());

describe.skipIf(!server)('a hundred hostile texts', () => {
  const count = async () =>
    database.run(
      'MATCH (n) RETURN labels(n) AS labels, count(*) AS nodes, sum(COUNT { (n)--() }) AS edges ORDER BY labels',
    );
  const run = (name: string, given: Parameters) =>
    runQuery({
      neo4j: database.neo4j,
      statements,
      query: queryOf(name),
      values: toValues(name, given),
      limits: LIMITS,
    });

  beforeAll(async () => {
    await migrate(database.neo4j, statements);
    await loadShop(database, shop);
    const { missing } = await writeVersion(
      database.neo4j,
      statements,
      toVersion(shop, vectors, { spaceId: hostile.spaceId }),
      WRITE,
    );
    expect(missing).toBe(0);
  });

  test('are a hundred different ones, and lie in the database as they are', async () => {
    expect(new Set(PAYLOADS).size).toBe(100);
    const rows = await database.run('MATCH (p:Product) RETURN p.id AS id');
    expect(rows.map(({ id }) => id).sort()).toEqual([...PAYLOADS].sort());
  });

  const ASKED: readonly { readonly name: string; toGiven(text: string): Parameters }[] = [
    {
      name: 'nearest-products',
      toGiven: (text) => ({
        productId: text,
        limit: 3,
        notBoughtBy: text,
        brandKind: text,
        brand: 'different',
      }),
    },
    {
      name: 'bought-by-similar-customers',
      toGiven: (text) => ({ customerId: text, interactionType: text, limit: 3 }),
    },
    {
      name: 'segment-attribute-affinity',
      toGiven: (text) => ({ customerIds: [text, PAYLOADS[5]!], limit: 3 }),
    },
    {
      name: 'bridge-products',
      toGiven: (text) => ({ first: `brand/${text}`, second: `brand/${PAYLOADS[7]}`, limit: 3 }),
    },
    {
      name: 'explain-recommendation',
      toGiven: (text) => ({ customerId: text, productId: PAYLOADS[12]!, limit: 3 }),
    },
  ];
  test.each(ASKED)(
    '$name takes each of them as data, and changes nothing',
    async ({ name, toGiven }) => {
      const before = await count();
      for (const text of PAYLOADS) {
        const { rows, version } = await run(name, toGiven(text));
        expectSame(rows, REFERENCE[name]!(hostile, toValues(name, toGiven(text))));
        expect(version!.spaceId).toBe(hostile.spaceId);
      }
      expect(await count()).toEqual(before);
    },
    300_000,
  );

  test('a version is asked for by them in vain', async () => {
    for (const text of PAYLOADS.slice(0, 20))
      expect(await failureOf(run('version-drift', { from: text }))).toMatchObject({
        code: 'VERSION_UNKNOWN',
        details: { version: text },
      });
  });
});

describe.skipIf(!server)('labels and properties by other names', () => {
  test('are asked for by those names', async () => {
    await database.clear();
    const names = toNames({
      Customer: { is: 'Kunde `x`', id: 'nummer' },
      Product: { is: 'Customer', id: "sku'", inStock: '\\u0060 da' },
      Attribute: { is: 'Merk mal', kind: 'art', value: 'wert' },
      INTERACTED: { is: "kauft; 'so'", type: 'wie', weight: 'gewicht {}' },
      HAS: { is: 'hat`' },
    });
    const mapped = createStatements(names);
    await migrate(database.neo4j, mapped);
    await loadShop(database, known.shop, names);
    await writeVersion(database.neo4j, mapped, toVersion(known.shop, known.vectors, { id: IDS.live }), WRITE);
    const asked = CASES.filter(({ as }) => as === undefined);
    for (const { name, given } of asked) {
      const values = toValues(name, given);
      const { rows } = await runQuery({
        neo4j: database.neo4j,
        statements: mapped,
        query: queryOf(name),
        values,
        limits: LIMITS,
      });
      expectSame(rows, REFERENCE[name]!(known, values));
    }
  }, 300_000);
});
