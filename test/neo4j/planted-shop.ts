/**
 * A small shop whose answers can be worked out by hand: three categories, four brands, tastes that follow
 * the categories, and vectors that lie around them. It holds what queries stumble over: ids with quotes,
 * slashes and emoji, twins with the same vector, cold products, nodes without a vector, several types of
 * interaction between the same two.
 */
import { NODE_TYPES, type NodeKey, type NodeType, parseAttributeId, toNodeKey } from '../../src/base/ids.ts';
import { Matrix } from '../../src/base/matrix.ts';
import { createRandom } from '../../src/base/rng.ts';
import { type Names, quoteIdentifier, toNames } from '../../src/neo4j/names.ts';
import type { LoadedVersion } from '../../src/vectors/types.ts';
import type { TestDatabase } from './database.ts';

export interface ShopProduct {
  readonly id: string;
  readonly inStock: boolean | undefined;
  readonly attributes: readonly string[]; // kind/value
}

export interface ShopInteraction {
  readonly customer: string;
  readonly product: string;
  readonly type: string;
  readonly weight: number;
}

export interface Shop {
  readonly customers: readonly string[];
  readonly products: readonly ShopProduct[];
  readonly attributes: readonly string[];
  readonly interactions: readonly ShopInteraction[];
}

/** Vectors by key; a node without one is not in it. */
export type Vectors = ReadonlyMap<NodeKey, Float32Array>;

export const DIMENSION = 12;
const CATEGORIES = ['garden', 'kitchen', 'toys'];
const BRANDS = ['acme', 'bolt', 'Ünï/co', `O'Neill "x"`];
const ODD_IDS = [
  'a/b',
  'x y',
  `O'Brien "x"`,
  '🫖',
  '01111',
  '-- ; DROP',
  '`}) DETACH DELETE n //',
  '9007199254740993',
];
const TWINS = ['twin 1', 'twin 2'];
/** Node without a vector. */
export const LONELY = 'lonely';

export function plantShop(seed = 5): Shop {
  const random = createRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const productIds = [
    ...ODD_IDS,
    ...TWINS,
    ...Array.from({ length: 26 }, (_, i) => `p${i}`),
    'cold 0',
    'cold 1',
    LONELY,
  ];
  const products = productIds.map((id, i) => ({
    id,
    inStock: i % 4 === 0 ? undefined : i % 4 !== 1,
    attributes: [`category/${CATEGORIES[i % 3]}`, ...(i % 5 === 4 ? [] : [`brand/${BRANDS[below(4)]}`])],
  }));
  const customers = [...ODD_IDS, ...Array.from({ length: 30 }, (_, i) => `c${i}`), LONELY];
  const sold = products.filter(({ id }) => !id.startsWith('cold') && id !== LONELY);
  const interactions = new Map<string, ShopInteraction>();
  for (const [i, customer] of customers.entries()) {
    if (customer === LONELY) continue;
    for (let n = 0; n < 6 + below(8); n++) {
      const inTaste = sold.filter(({ attributes }) => attributes[0] === `category/${CATEGORIES[i % 3]}`);
      const product = random() < 0.7 ? inTaste[below(inTaste.length)]! : sold[below(sold.length)]!;
      const type = random() < 0.6 ? 'purchase' : 'view';
      const interaction = { customer, product: product.id, type, weight: Math.log2(2 + below(4)) };
      interactions.set(JSON.stringify([customer, product.id, type]), interaction);
    }
  }
  const given = [...interactions.values(), { customer: 'c1', product: 'cold 1', type: 'view', weight: 1 }];
  const attributes = [...new Set(products.flatMap((product) => product.attributes))];
  return { customers, products, attributes, interactions: given };
}

/** Around the category for products, around the taste for customers, at the category itself for its attribute. */
export function plantVectors(shop: Shop, { seed = 9, noise = 0.6 } = {}): Vectors {
  const random = createRandom(seed);
  const draw = () => Array.from({ length: DIMENSION }, () => random() - 0.5);
  const centres = new Map(CATEGORIES.map((name) => [`category/${name}`, draw()]));
  const near = (centre: readonly number[]) => Float32Array.from(draw(), (x, i) => centre[i]! + noise * x);
  const vectors = new Map<NodeKey, Float32Array>();
  for (const [i, id] of shop.customers.entries())
    if (id !== LONELY)
      vectors.set(toNodeKey('customer', id), near(centres.get(`category/${CATEGORIES[i % 3]}`)!));
  for (const { id, attributes } of shop.products)
    if (id !== LONELY) vectors.set(toNodeKey('product', id), near(centres.get(attributes[0]!)!));
  for (const id of shop.attributes) vectors.set(toNodeKey('attribute', id), near(centres.get(id) ?? draw()));
  vectors.set(toNodeKey('product', TWINS[1]!), vectors.get(toNodeKey('product', TWINS[0]!))!);
  return vectors;
}

/** A version as the store would load it, with the vectors given. */
export function toVersion(
  shop: Shop,
  vectors: Vectors,
  { id = '20260102T030405Z-aaaa', spaceId = 's1' } = {},
): LoadedVersion {
  const idsOf: Record<NodeType, readonly string[]> = {
    customer: shop.customers,
    product: shop.products.map((product) => product.id),
    attribute: shop.attributes,
  };
  const ids = NODE_TYPES.flatMap((type) => idsOf[type]);
  const matrix = new Matrix(new Float32Array(ids.length * DIMENSION), ids.length, DIMENSION);
  const ranges: { type: NodeType; start: number; end: number }[] = [];
  for (const type of NODE_TYPES) {
    const start = ranges.at(-1)?.end ?? 0;
    ranges.push({ type, start, end: start + idsOf[type].length });
    for (const [i, name] of idsOf[type].entries())
      matrix.row(start + i).set(vectors.get(toNodeKey(type, name)) ?? []);
  }
  const counts = {
    nodes: ids.length,
    dimension: DIMENSION,
    customers: idsOf.customer.length,
    products: idsOf.product.length,
    attributes: idsOf.attribute.length,
  };
  return {
    manifest: {
      format: 1,
      id,
      createdAt: '2026-01-02T03:04:05.000Z',
      spaceId,
      counts,
      configuration: {},
      metrics: {},
      files: {},
    },
    nodes: {
      count: ids.length,
      ranges,
      ids,
      names: ids.map(() => ''),
      degrees: new Uint32Array(ids.length).fill(1),
    },
    vectors: matrix,
    contexts: matrix,
    report: {},
  };
}

/** The shop as nodes and relationships. */
export async function loadShop({ run }: TestDatabase, shop: Shop, names: Names = toNames()): Promise<void> {
  const q = quoteIdentifier;
  const { Customer, Product, Attribute, INTERACTED, HAS } = names;
  const customer = `(c:${q(Customer.is)} {${q(Customer.id)}: row.customer})`;
  const product = `(p:${q(Product.is)} {${q(Product.id)}: row.product})`;
  const attribute = `(a:${q(Attribute.is)} {${q(Attribute.kind)}: row.kind, ${q(Attribute.value)}: row.value})`;
  const carriers = shop.products.flatMap(({ id, attributes }) =>
    attributes.map((text) => ({ product: id, ...parseAttributeId(text) })),
  );
  const steps: [string, object[]][] = [
    [`CREATE ${customer}`, shop.customers.map((id) => ({ customer: id }))],
    [
      `CREATE ${product} SET p.${q(Product.inStock)} = row.inStock`,
      shop.products.map(({ id, inStock = null }) => ({ product: id, inStock })),
    ],
    [`CREATE ${attribute}`, shop.attributes.map(parseAttributeId)],
    [`MATCH ${product}, ${attribute} CREATE (p)-[:${q(HAS.is)}]->(a)`, carriers],
    [
      `MATCH ${customer}, ${product} CREATE (c)-[:${q(INTERACTED.is)} {${q(INTERACTED.type)}: row.type, ${q(INTERACTED.weight)}: row.weight}]->(p)`,
      [...shop.interactions],
    ],
  ];
  for (const [text, rows] of steps) await run(`UNWIND $rows AS row ${text}`, { rows });
}
