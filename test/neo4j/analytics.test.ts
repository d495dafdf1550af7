/**
 * The queries of cypher/analytics on a real server against plain TypeScript over the same planted shop:
 * same rows, same order, scores within 1e-5 (Neo4j computes the cosine of f32 vectors in f32, we in f64).
 * And what they may do: read, from an index where they start from given nodes.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { toNames } from '../../src/neo4j/names.ts';
import { runQuery, toQueryStep } from '../../src/neo4j/run-query.ts';
import { migrate } from '../../src/neo4j/schema.ts';
import { createStatements } from '../../src/neo4j/statements.ts';
import { writeVersion } from '../../src/neo4j/write-version.ts';
import { failureOf } from '../catalog/temp-catalog.ts';
import {
  before,
  CASES,
  elsewhere,
  expectSame,
  IDS,
  known,
  queries,
  queryOf,
  shop,
  toValues,
} from './analytics-cases.ts';
import { REFERENCE } from './analytics-reference.ts';
import { server, useDatabase } from './database.ts';
import { LONELY, loadShop, toVersion } from './planted-shop.ts';

const database = useDatabase();
const statements = createStatements(toNames());
const LIMITS = { maxRows: 1000, timeoutMs: 30_000 };
const WRITE = { batchSize: 50, keep: 3 };

beforeAll(async () => {
  if (!server) return;
  await migrate(database.neo4j, statements);
  await loadShop(database, shop);
  for (const [id, { vectors, spaceId }] of [
    [IDS.elsewhere, elsewhere],
    [IDS.before, before],
    [IDS.live, known],
  ] as const)
    await writeVersion(database.neo4j, statements, toVersion(shop, vectors, { id, spaceId }), WRITE);
});

describe.skipIf(!server)('each query returns what plain TypeScript says', () => {
  test.each(CASES)('$name $given', async ({ name, given, as = known }) => {
    const values = toValues(name, given);
    const { rows, columns, truncated } = await runQuery({
      neo4j: database.neo4j,
      statements,
      query: queryOf(name),
      values,
      limits: LIMITS,
    });
    expectSame(rows, REFERENCE[name]!(as, values));
    expect(columns).toEqual(queryOf(name).columns.map((column) => column.name));
    expect(truncated).toBe(false);
  });

  test('none is without a case, and the cases find something', () => {
    expect(new Set(CASES.map(({ name }) => name))).toEqual(new Set(queries.map(({ name }) => name)));
    for (const { name } of queries) {
      const cases = CASES.filter((one) => one.name === name);
      expect(
        cases.some(({ given, as = known }) => REFERENCE[name]!(as, toValues(name, given)).length > 1),
        name,
      ).toBe(true);
    }
  });
});

describe.skipIf(!server)('what a query may do', () => {
  // Plans follow counts that the server takes some time to renew: of an empty database it would rather scan.
  beforeAll(async () => {
    await database.run('CALL db.prepareForReplanning()');
  });
  const planOf = async (name: string) => {
    const { given } = CASES.find((one) => one.name === name)!;
    const run = { neo4j: database.neo4j, statements, query: queryOf(name), values: toValues(name, given) };
    return database.neo4j.explain(await toQueryStep(run));
  };

  test.each(queries.filter(({ start }) => start === 'given nodes'))(
    '$name starts from an index and scans nothing',
    async ({ name }) => {
      const { queryType, operators } = await planOf(name);
      const names = operators.map((operator) => operator.name);
      expect(queryType).toBe('r');
      expect(names.filter((operator) => /Scan$/.test(operator))).toEqual([]);
      expect(names.some((operator) => /^Node(Unique)?IndexSeek/.test(operator))).toBe(true);
      const procedures = operators.filter((operator) => operator.name === 'ProcedureCall');
      for (const { details } of procedures) expect(details).toMatch(/^db\.index\.vector\.queryNodes\(/);
    },
  );

  test.each(queries.filter(({ start }) => start === 'whole graph'))(
    '$name says that it scans, and is bounded',
    async ({ name, bound, parameters }) => {
      const { queryType, operators } = await planOf(name);
      const names = operators.map((operator) => operator.name);
      expect(queryType).toBe('r');
      expect(bound).toMatch(/one pass/);
      expect(
        names.filter((operator) => /Scan$/.test(operator)).every((scan) => scan === 'NodeByLabelScan'),
      ).toBe(true);
      expect(names.some((operator) => /Top|Limit/.test(operator))).toBe(true);
      expect(parameters.some(({ type }) => type.kind === 'integer' && type.max <= 10_000)).toBe(true);
    },
  );

  test('rows beyond the limit are cut off and said to be', async () => {
    const run = { neo4j: database.neo4j, statements, query: queryOf('hubs'), values: toValues('hubs', {}) };
    const whole = await runQuery({ ...run, limits: LIMITS });
    const cut = await runQuery({ ...run, limits: { ...LIMITS, maxRows: 4 } });
    expect(cut).toMatchObject({ truncated: true, rows: whole.rows.slice(0, 4) });
    expect(await runQuery({ ...run, limits: { ...LIMITS, maxRows: whole.rows.length } })).toMatchObject({
      truncated: false,
    });
  });

  test.each([
    {
      name: 'nearest-products',
      given: { productId: 'nowhere' },
      code: 'NODE_UNKNOWN',
      details: { field: 'productId', type: 'product', id: 'nowhere' },
    },
    {
      name: 'nearest-products',
      given: { productId: LONELY },
      code: 'NODE_NOT_EMBEDDED',
      details: { field: 'productId', id: LONELY },
    },
    {
      name: 'nearest-products',
      given: { productId: 'p1', notBoughtBy: 'p1' },
      code: 'NODE_UNKNOWN',
      details: { field: 'notBoughtBy', type: 'customer' },
    },
    {
      name: 'look-alike-audience',
      given: { customerIds: ['c1', 'x', 'y'] },
      code: 'NODE_UNKNOWN',
      details: { ids: ['x', 'y'], count: 2 },
    },
    {
      name: 'bridge-products',
      given: { first: 'category/toys', second: 'category/Toys' },
      code: 'NODE_UNKNOWN',
      details: { field: 'second' },
    },
    { name: 'version-drift', given: { from: '20200101T000000Z-aaaa' }, code: 'VERSION_UNKNOWN', details: {} },
  ])('$name of what is not there: $code', async ({ name, given, code, details }) => {
    const run = {
      neo4j: database.neo4j,
      statements,
      query: queryOf(name),
      values: toValues(name, given),
      limits: LIMITS,
    };
    expect(await failureOf(runQuery(run))).toMatchObject({ code, details });
  });
});
