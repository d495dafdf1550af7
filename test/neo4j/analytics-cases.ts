/**
 * What the queries of cypher/analytics are asked in tests, of which shop, and how their answers are compared:
 * one list for all that runs them.
 */
import { expect } from 'vitest';
import { readQueryFiles } from '../../src/neo4j/query-file.ts';
import type { Known, Parameters } from './analytics-reference.ts';
import { LONELY, plantShop, plantVectors } from './planted-shop.ts';

export const queries = readQueryFiles();
export const shop = plantShop();
export const before = { vectors: plantVectors(shop, { seed: 9, noise: 0.8 }), spaceId: 's1' };
export const elsewhere = { vectors: plantVectors(shop, { seed: 77 }), spaceId: 's2' };
export const known: Known = { shop, vectors: plantVectors(shop, { seed: 9, noise: 0.6 }), spaceId: 's1' };
export const IDS = {
  elsewhere: '20260102T030403Z-cccc',
  before: '20260102T030404Z-bbbb',
  live: '20260102T030405Z-aaaa',
};
export const queryOf = (name: string) => queries.find((query) => query.name === name)!;
export const toValues = (name: string, given: Parameters): Parameters =>
  Object.fromEntries(queryOf(name).parameters.map((p) => [p.name, given[p.name] ?? p.default ?? null]));

/** `known` of the reference and what the database is asked with: only the drift differs. */
export const CASES: readonly { readonly name: string; readonly given: Parameters; readonly as?: Known }[] = [
  { name: 'nearest-products', given: { productId: 'p3' } },
  { name: 'nearest-products', given: { productId: '🫖', limit: 1000, onlyInStock: true } },
  { name: 'nearest-products', given: { productId: 'twin 1', limit: 40, notBoughtBy: 'c4' } },
  { name: 'nearest-products', given: { productId: 'p3', limit: 40, notBoughtBy: LONELY } },
  { name: 'nearest-products', given: { productId: 'p5', limit: 40, brand: 'same' } },
  {
    name: 'nearest-products',
    given: { productId: 'p5', limit: 40, brand: 'different', onlyInStock: true, notBoughtBy: 'a/b' },
  },
  { name: 'nearest-products', given: { productId: 'p5', limit: 40, brand: 'same', brandKind: 'category' } },
  { name: 'similar-customers', given: { customerId: 'c7' } },
  { name: 'similar-customers', given: { customerId: `O'Brien "x"`, limit: 100 } },
  { name: 'bought-by-similar-customers', given: { customerId: 'c2' } },
  {
    name: 'bought-by-similar-customers',
    given: { customerId: '01111', limit: 100, neighbors: 7, interactionType: 'purchase' },
  },
  { name: 'look-alike-audience', given: { customerIds: ['c3'] } },
  { name: 'look-alike-audience', given: { customerIds: ['c0', 'c3', 'x y', LONELY, 'c0'], limit: 12 } },
  { name: 'substitutes-and-complements', given: { productId: 'p9', limit: 100 } },
  {
    name: 'substitutes-and-complements',
    given: { productId: 'twin 2', limit: 100, minCosine: 0.9, minLift: 1 },
  },
  { name: 'substitutes-and-complements', given: { productId: 'p9', relation: 'complement', minLift: 1.2 } },
  { name: 'substitutes-and-complements', given: { productId: 'cold 0', limit: 100, minLift: 0 } },
  { name: 'customer-attribute-affinity', given: { customerId: 'c11' } },
  { name: 'customer-attribute-affinity', given: { customerId: 'a/b', kind: 'brand', limit: 2 } },
  { name: 'segment-attribute-affinity', given: { customerIds: ['c1', 'c2', '🫖', LONELY] } },
  { name: 'segment-attribute-affinity', given: { customerIds: ['c5', 'c5'], kind: 'category' } },
  { name: 'bridge-products', given: { first: 'category/garden', second: 'category/toys' } },
  {
    name: 'bridge-products',
    given: { first: 'brand/Ünï/co', second: `brand/O'Neill "x"`, limit: 5, maxCustomers: 4 },
  },
  { name: 'cold-products', given: {} },
  { name: 'cold-products', given: { maxInteractions: 12, limit: 7 } },
  { name: 'version-drift', given: { from: IDS.before }, as: { ...known, before } },
  {
    name: 'version-drift',
    given: { from: IDS.elsewhere, neighbors: 3, limit: 100 },
    as: { ...known, before: elsewhere },
  },
  {
    name: 'version-drift',
    given: { from: 'live', to: IDS.before, products: 5 },
    as: { ...known, ...before, before: known },
  },
  { name: 'hubs', given: {} },
  { name: 'hubs', given: { limit: 3 } },
  { name: 'product-communities', given: {} },
  { name: 'product-communities', given: { products: 15, neighbors: 3, minCosine: 0.3 } },
  { name: 'explain-recommendation', given: { customerId: 'c6', productId: 'p12', limit: 100 } },
  { name: 'explain-recommendation', given: { customerId: '-- ; DROP', productId: 'a/b' } },
  { name: 'explain-recommendation', given: { customerId: 'c6', productId: LONELY } },
];

/** Numbers to five digits, everything else as it is. */
const rounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, inner) =>
    typeof inner === 'number' ? Number(inner.toFixed(5)) + 0 : inner,
  );

/** Within 1e-5: Neo4j computes the cosine of f32 vectors in f32, the reference in f64. */
export function expectSame(actual: readonly unknown[], expected: readonly unknown[]): void {
  const differences: string[] = [];
  const compare = (a: unknown, b: unknown, path: string): void => {
    if (typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= 1e-5 : a === b) return;
    if (a && b && typeof a === 'object' && typeof b === 'object') {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
        compare((a as never)[key], (b as never)[key], `${path}.${key}`);
    } else differences.push(`${path}: ${a} instead of ${b}`);
  };
  compare(actual, expected, '');
  expect(
    differences.slice(0, 5),
    JSON.stringify({ actual: rounded(actual), expected: rounded(expected) }),
  ).toEqual([]);
}
