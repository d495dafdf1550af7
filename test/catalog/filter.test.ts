/** Filters in SQL against the same grammar in the plainest TypeScript, over products that hurt. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILTER_LIMITS } from '../../src/catalog/filter.ts';
import type { EntityRecord, Filter, FilterCondition, FilterValue } from '../../src/catalog/types.ts';
import { openTempCatalog } from './temp-catalog.ts';

const KINDS = ['brand', 'price', "it's", 'hidden'];
const VALUES = ['Acme', '10', '9.5', '-3', 'nan', 'inf', "' OR true --", '%', '🦆', 'true'];
const IDS = ['p0', 'p1', 'p2', 'p3', 'p4', 'a b', "O'Brien", '$1', '🦆', '007'];

let temp: Awaited<ReturnType<typeof openTempCatalog>>;
let products: EntityRecord[];
beforeAll(async () => {
  temp = await openTempCatalog();
  const changes = IDS.map((id, i) => ({
    op: 'put' as const,
    id,
    attributes: KINDS.flatMap((kind, k) =>
      [VALUES[(i + k) % VALUES.length]!, VALUES[(3 * i + k) % VALUES.length]!]
        .slice(0, (i + k) % 3)
        .map((value) => ({ kind, value })),
    ),
    hidden: i % 3 === 0,
    inStock: i % 4 !== 1,
  }));
  expect((await temp.catalog.changeEntities('product', changes)).errors).toEqual([]);
  products = await Promise.all(IDS.map(async (id) => (await temp.catalog.find('product', id))!));
});
afterAll(() => temp.dispose());

/** The grammar, read out loud. */
function passes(product: EntityRecord, filter: Filter): boolean {
  const test = (one: Filter | FilterCondition): boolean =>
    'ids' in one || 'key' in one ? meets(product, one) : passes(product, one);
  const { must = [], should = [], mustNot = [] } = filter;
  return must.every(test) && (should.length === 0 || should.some(test)) && !mustNot.some(test);
}

function meets(product: EntityRecord, condition: FilterCondition): boolean {
  if ('ids' in condition) return condition.ids.includes(product.id);
  const { key } = condition;
  const values: FilterValue[] =
    key === 'inStock'
      ? [product.inStock ?? true]
      : key === 'hidden'
        ? [product.hidden ?? false]
        : product.attributes.filter((a) => a.kind === key).map((a) => a.value);
  if ('exists' in condition) return values.length > 0 === condition.exists;
  if ('match' in condition) {
    const wanted = [condition.match].flat().map(String);
    return values.some((value) => wanted.includes(String(value)));
  }
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = condition.range;
  return values
    .map((value) => (/^-?[\d.]+$/.test(String(value)) ? Number(value) : Number.NaN))
    .some((x) => x > gt && x >= gte && x < lt && x <= lte);
}

const value = fc.oneof(fc.constantFrom(...VALUES), fc.constantFrom(10, -3, 9.5, true));
const condition: fc.Arbitrary<FilterCondition> = fc.oneof(
  fc.record({
    key: fc.constantFrom(...KINDS.slice(0, 3), 'no such'),
    match: fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 })),
  }),
  fc.record({
    key: fc.constantFrom('price', 'brand'),
    range: fc
      .record({ gt: fc.constantFrom(-5, 9.5), lte: fc.constantFrom(9.5, 10, 100) }, { requiredKeys: [] })
      .filter((range) => Object.keys(range).length > 0),
  }),
  fc.record({ key: fc.constantFrom(...KINDS, 'inStock'), exists: fc.boolean() }),
  fc.record({ key: fc.constantFrom('inStock', 'hidden'), match: fc.boolean() }),
  fc.record({ ids: fc.array(fc.constantFrom(...IDS, 'nowhere'), { maxLength: 3 }) }),
);
const { filter } = fc.letrec<{ filter: Filter; one: Filter | FilterCondition }>((tie) => ({
  one: fc.oneof({ maxDepth: 2 }, condition, tie('filter')),
  filter: fc.record(
    {
      must: fc.array(tie('one'), { maxLength: 2 }),
      should: fc.array(tie('one'), { maxLength: 2 }),
      mustNot: fc.array(tie('one'), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  ),
}));

test('SQL and the plain reading let the same products through', async () => {
  await fc.assert(
    fc.asyncProperty(filter, async (given) => {
      const want = products.filter((product) => passes(product, given)).map(({ id }) => id);
      expect(await temp.catalog.matching(given)).toEqual(want.toSorted());
    }),
    { numRuns: 200 },
  );
});

describe('refused', () => {
  const nested = (depth: number): Filter =>
    depth === 1 ? { must: [{ ids: [] }] } : { must: [nested(depth - 1)] };
  test.each<[string, Filter]>([
    ['too deep', nested(FILTER_LIMITS.depth + 1)],
    ['too many conditions', { should: Array(FILTER_LIMITS.conditions + 1).fill({ ids: [] }) }],
    ['too many values', { must: [{ key: 'brand', match: Array(FILTER_LIMITS.values + 1).fill('x') }] }],
    ['a range without bounds', { must: [{ key: 'price', range: {} }] }],
    ['a state that is text', { must: [{ key: 'inStock', match: 'yes' }] }],
    ['a range of a state', { must: [{ key: 'hidden', range: { gt: 0 } }] }],
  ])('%s', async (_why, given) => {
    await expect(temp.catalog.matching(given)).rejects.toMatchObject({
      code: 'REQUEST_UNPROCESSABLE',
      details: { field: 'filter' },
    });
  });

  test('what is at the limits passes', async () => {
    await expect(temp.catalog.matching(nested(FILTER_LIMITS.depth))).resolves.toEqual([]);
  });
});

test('values of one kind, by product', async () => {
  const values = await temp.catalog.valuesOf('brand');
  for (const { id, attributes } of products) {
    const own = attributes.filter(({ kind }) => kind === 'brand').map((a) => a.value);
    expect(values.get(id) ?? []).toEqual(own.toSorted());
  }
  expect(await temp.catalog.valuesOf("'; DROP TABLE products")).toEqual(new Map());
});
