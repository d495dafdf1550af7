/**
 * Every query of cypher/analytics again, in the plainest TypeScript over lists: the oracle that the files
 * are held to. All scans, no index, nothing clever; names and parameters are those of the files.
 */
import { parseAttributeId, toNodeKey } from '../../src/base/ids.ts';
import type { Shop, ShopInteraction, Vectors } from './planted-shop.ts';

type Row = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: each query has parameters of its own
export type Parameters = Readonly<Record<string, any>>;

export interface Known {
  readonly shop: Shop;
  readonly vectors: Vectors;
  readonly spaceId: string;
  /** For the drift: what `from` is. */
  readonly before?: { readonly vectors: Vectors; readonly spaceId: string };
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));
const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number => dot(a, b) / norm(a) / norm(b);
const toUnit = (a: ArrayLike<number>): number[] => Array.from(a, (x) => x / norm(a));
const addAll = (list: readonly number[][]): number[] =>
  list[0]!.map((_, i) => list.reduce((sum, v) => sum + v[i]!, 0));
const sum = (list: readonly number[]): number => list.reduce((total, x) => total + x, 0);
/** Order of Cypher: UTF-16 units. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Sorts by numbers, greatest first, then by texts. */
const ranked = <T>(
  rows: readonly T[],
  numbers: (row: T) => readonly number[],
  texts: (row: T) => readonly string[],
): T[] =>
  [...rows].sort((a, b) => {
    const [n, m] = [numbers(a), numbers(b)];
    for (let i = 0; i < n.length; i++) if (n[i] !== m[i]) return m[i]! - n[i]!;
    const [s, t] = [texts(a), texts(b)];
    for (let i = 0; i < s.length; i++) if (s[i] !== t[i]) return byText(s[i]!, t[i]!);
    return 0;
  });

/** Grouped once per shop: a shop of real size is asked about thousands of times. */
const groups = new WeakMap<Shop, ReturnType<typeof group>>();

function group({ products, interactions }: Shop) {
  const byCustomer = new Map<string, ShopInteraction[]>();
  const byProduct = new Map<string, ShopInteraction[]>();
  for (const interaction of interactions) {
    for (const [map, key] of [
      [byCustomer, interaction.customer],
      [byProduct, interaction.product],
    ] as const)
      if (map.get(key)?.push(interaction) === undefined) map.set(key, [interaction]);
  }
  return { byCustomer, byProduct, products: new Map(products.map((product) => [product.id, product])) };
}

function read({ shop, vectors }: Known) {
  const grouped = groups.get(shop) ?? group(shop);
  groups.set(shop, grouped);
  const productOf = (id: string) => grouped.products.get(id)!;
  const of = (customer: string) => grouped.byCustomer.get(customer) ?? [];
  const on = (product: string) => grouped.byProduct.get(product) ?? [];
  const buyers = (product: string) => new Set(on(product).map((i) => i.customer));
  const bought = (customer: string) => new Set(of(customer).map((i) => i.product));
  const vector = (type: 'customer' | 'product' | 'attribute', id: string) => vectors.get(toNodeKey(type, id));
  const embedded = {
    customers: shop.customers.filter((id) => vector('customer', id)),
    products: shop.products.filter(({ id }) => vector('product', id)),
    attributes: shop.attributes.filter((id) => vector('attribute', id)),
  };
  return { shop, productOf, of, on, buyers, bought, vector, embedded };
}

const weights = (list: readonly ShopInteraction[]): number => sum(list.map((i) => i.weight));
const brandsOf = (attributes: readonly string[], kind: string) =>
  attributes.filter((a) => parseAttributeId(a).kind === kind);

/** Of the interactions, the share by weight on products with the attribute. */
function shareOf(known: Known, interactions: readonly ShopInteraction[], attribute: string): number {
  const { productOf } = read(known);
  const total = weights(interactions);
  return total > 0
    ? weights(interactions.filter((i) => productOf(i.product).attributes.includes(attribute))) / total
    : 0;
}

function attributesNear(
  known: Known,
  centre: ArrayLike<number>,
  interactions: readonly ShopInteraction[],
  p: Parameters,
): Row[] {
  const { embedded, vector } = read(known);
  const rows = embedded.attributes
    .map((id) => ({ id, ...parseAttributeId(id), cosine: cosine(centre, vector('attribute', id)!) }))
    .filter(({ kind }) => p.kind === null || kind === p.kind);
  return ranked(
    rows,
    (r) => [r.cosine],
    (r) => [r.kind, r.value],
  )
    .slice(0, p.limit)
    .map(({ id, kind, value, cosine }) => ({ kind, value, cosine, share: shareOf(known, interactions, id) }));
}

const nearestProducts = (vectors: Vectors, products: readonly string[], id: string, k: number): string[] => {
  const asked = vectors.get(toNodeKey('product', id))!;
  const rows = products
    .filter((other) => other !== id && vectors.has(toNodeKey('product', other)))
    .map((other) => ({ other, score: cosine(asked, vectors.get(toNodeKey('product', other))!) }));
  return ranked(
    rows,
    (r) => [r.score],
    (r) => [r.other],
  )
    .slice(0, k)
    .map(({ other }) => other);
};

/** Products with a vector, most interactions first. */
function busiest(known: Known, count: number, has: (id: string) => boolean): string[] {
  const { shop, on } = read(known);
  const rows = shop.products.filter(({ id }) => has(id)).map(({ id }) => ({ id, count: on(id).length }));
  return ranked(
    rows,
    (r) => [r.count],
    (r) => [r.id],
  )
    .slice(0, count)
    .map(({ id }) => id);
}

export const REFERENCE: Readonly<Record<string, (known: Known, p: Parameters) => Row[]>> = {
  'nearest-products'(known, p) {
    const { embedded, vector, productOf, bought } = read(known);
    const own = brandsOf(productOf(p.productId).attributes, p.brandKind);
    const rows = embedded.products
      .filter(({ id, inStock, attributes }) => {
        const isSame = brandsOf(attributes, p.brandKind).some((a) => own.includes(a));
        return (
          id !== p.productId &&
          (!p.onlyInStock || inStock === true) &&
          (p.notBoughtBy === null || !bought(p.notBoughtBy).has(id)) &&
          (p.brand === 'any' || isSame === (p.brand === 'same'))
        );
      })
      .map(({ id }) => ({
        productId: id,
        cosine: cosine(vector('product', p.productId)!, vector('product', id)!),
      }));
    return ranked(
      rows,
      (r) => [r.cosine],
      (r) => [r.productId],
    ).slice(0, p.limit);
  },

  'similar-customers'(known, p) {
    const { embedded, vector, bought } = read(known);
    const own = bought(p.customerId);
    const rows = embedded.customers
      .filter((id) => id !== p.customerId)
      .map((id) => ({
        customerId: id,
        cosine: cosine(vector('customer', p.customerId)!, vector('customer', id)!),
        productsShared: [...bought(id)].filter((product) => own.has(product)).length,
      }));
    return ranked(
      rows,
      (r) => [r.cosine],
      (r) => [r.customerId],
    ).slice(0, p.limit);
  },

  'bought-by-similar-customers'(known, p) {
    const { of, bought } = read(known);
    const similar = REFERENCE['similar-customers']!(known, { ...p, limit: p.neighbors }) as {
      customerId: string;
      cosine: number;
    }[];
    const own = bought(p.customerId);
    const found = new Map<string, number[]>();
    for (const { customerId, cosine } of similar.filter((s) => s.cosine > 0)) {
      const theirs = of(customerId).filter((i) => p.interactionType === null || i.type === p.interactionType);
      for (const product of new Set(theirs.map((i) => i.product)))
        if (!own.has(product)) found.set(product, [...(found.get(product) ?? []), cosine]);
    }
    const rows = [...found].map(([productId, list]) => ({
      productId,
      score: sum(list),
      customers: list.length,
    }));
    return ranked(
      rows,
      (r) => [r.score],
      (r) => [r.productId],
    ).slice(0, p.limit);
  },

  'look-alike-audience'(known, p) {
    const { embedded, vector } = read(known);
    const seeds = [...new Set(p.customerIds as string[])].filter((id) => vector('customer', id));
    const centre = addAll(seeds.map((id) => toUnit(vector('customer', id)!)));
    const rows = embedded.customers
      .filter((id) => !p.customerIds.includes(id))
      .map((id) => ({ customerId: id, cosine: cosine(centre, vector('customer', id)!) }));
    return ranked(
      rows,
      (r) => [r.cosine],
      (r) => [r.customerId],
    ).slice(0, p.limit);
  },

  'substitutes-and-complements'(known, p) {
    const { shop, vector, buyers } = read(known);
    const own = buyers(p.productId);
    const rows = shop.products
      .filter(({ id }) => id !== p.productId)
      .flatMap(({ id }) => {
        const together = [...buyers(id)].filter((customer) => own.has(customer)).length;
        const other = vector('product', id);
        if (!other && together === 0) return [];
        const score = other ? cosine(vector('product', p.productId)!, other) : null;
        const lift = together === 0 ? 0 : (together * shop.customers.length) / (own.size * buyers(id).size);
        const [isAlike, isTogether] = [score !== null && score >= p.minCosine, lift >= p.minLift];
        if (!isAlike && !isTogether) return [];
        const relation = isAlike && isTogether ? 'both' : isAlike ? 'substitute' : 'complement';
        return [{ productId: id, relation, cosine: score, together, lift }];
      })
      .filter(({ relation }) => p.relation === 'any' || relation === p.relation);
    return ranked(
      rows,
      (r) => [r.cosine ?? -2],
      (r) => [r.productId],
    ).slice(0, p.limit);
  },

  'customer-attribute-affinity': (known, p) =>
    attributesNear(known, read(known).vector('customer', p.customerId)!, read(known).of(p.customerId), p),

  'segment-attribute-affinity'(known, p) {
    const { vector, of } = read(known);
    const ids = [...new Set(p.customerIds as string[])];
    const centre = addAll(
      ids.filter((id) => vector('customer', id)).map((id) => toUnit(vector('customer', id)!)),
    );
    return attributesNear(known, centre, ids.flatMap(of), p);
  },

  'bridge-products'(known, p) {
    const { embedded, vector, buyers, bought, productOf } = read(known);
    const rows = embedded.products.map(({ id }) => {
      const cosineFirst = cosine(vector('attribute', p.first)!, vector('product', id)!);
      const cosineSecond = cosine(vector('attribute', p.second)!, vector('product', id)!);
      return { productId: id, score: Math.min(cosineFirst, cosineSecond), cosineFirst, cosineSecond };
    });
    return ranked(
      rows,
      (r) => [r.score],
      (r) => [r.productId],
    )
      .slice(0, p.limit)
      .map((row) => {
        const customers = [...buyers(row.productId)].sort(byText).slice(0, p.maxCustomers);
        const hasOther = (customer: string, attribute: string) =>
          [...bought(customer)].some(
            (product) => product !== row.productId && productOf(product).attributes.includes(attribute),
          );
        const ofBoth = customers.filter(
          (customer) => hasOther(customer, p.first) && hasOther(customer, p.second),
        );
        return { ...row, customers: customers.length, customersOfBoth: ofBoth.length };
      });
  },

  'cold-products'(known, p) {
    const { embedded, on, vector, productOf } = read(known);
    const counted = embedded.products.map(({ id }) => ({ productId: id, interactions: on(id).length }));
    const cold = counted.filter(({ interactions }) => interactions <= p.maxInteractions);
    const warm = counted.filter(({ interactions }) => interactions > p.maxInteractions);
    return ranked(
      cold,
      (r) => [-r.interactions],
      (r) => [r.productId],
    )
      .slice(0, p.limit)
      .map((row) => {
        const own = vector('product', row.productId)!;
        const carriedBy = productOf(row.productId).attributes.map((id) => {
          const other = vector('attribute', id);
          return { ...parseAttributeId(id), cosine: other ? cosine(own, other) : null };
        });
        const near = warm.map(({ productId }) => ({
          productId,
          cosine: cosine(own, vector('product', productId)!),
        }));
        const [nearest] = ranked(
          near,
          (r) => [r.cosine],
          (r) => [r.productId],
        );
        return {
          ...row,
          carriedBy: ranked(
            carriedBy,
            (r) => [r.cosine ?? -2],
            (r) => [r.kind, r.value],
          ).slice(0, 5),
          nearest: nearest?.productId ?? null,
          nearestCosine: nearest?.cosine ?? null,
        };
      });
  },

  'version-drift'(known, p) {
    const { shop, on, vector } = read(known);
    const before = known.before!;
    const products = shop.products.map(({ id }) => id);
    const isInBoth = (id: string) =>
      before.vectors.has(toNodeKey('product', id)) && vector('product', id) !== undefined;
    const rows = busiest(known, p.products, isInBoth).map((id) => {
      const was = nearestProducts(before.vectors, products, id, p.neighbors);
      const is = nearestProducts(known.vectors, products, id, p.neighbors);
      return {
        productId: id,
        overlap: was.length === 0 ? 1 : was.filter((other) => is.includes(other)).length / was.length,
        cosine:
          before.spaceId === known.spaceId
            ? cosine(before.vectors.get(toNodeKey('product', id))!, vector('product', id)!)
            : null,
        interactions: on(id).length,
      };
    });
    return ranked(
      rows,
      (r) => [-r.overlap],
      (r) => [r.productId],
    ).slice(0, p.limit);
  },

  hubs(known, p) {
    const { shop, on, buyers } = read(known);
    const products = shop.products.map(({ id }) => ({
      type: 'product',
      id,
      relationships: on(id).length,
      share: on(id).length / shop.interactions.length,
      customers: buyers(id).size,
    }));
    const carriers = sum(shop.products.map(({ attributes }) => attributes.length));
    const attributes = shop.attributes.map((id) => {
      const relationships = shop.products.filter((product) => product.attributes.includes(id)).length;
      return { type: 'attribute', id, relationships, share: relationships / carriers, customers: null };
    });
    return [products, attributes].flatMap((rows) =>
      ranked<Row>(
        rows,
        (r) => [r['relationships'] as number],
        (r) => [r['id'] as string],
      ).slice(0, p.limit),
    );
  },

  'product-communities'(known, p) {
    const { shop, vector } = read(known);
    const members = busiest(known, p.products, (id) => vector('product', id) !== undefined);
    const all = shop.products.map(({ id }) => id);
    const edges = members.flatMap((id, i) => {
      const score = (other: string) => cosine(vector('product', id)!, vector('product', other)!);
      const near = nearestProducts(known.vectors, all, id, all.length).filter(
        (other) => score(other) > p.minCosine,
      );
      const ties = near.slice(0, p.neighbors).filter((other) => members.includes(other));
      return [
        ...ties.map((other) => ({ i, j: members.indexOf(other), weight: score(other) })),
        { i, j: i, weight: 1 },
      ];
    });
    let labels = members.map((_, i) => i);
    for (let round = 0; round < 5; round++) {
      const last = labels;
      labels = members.map((_, i) => {
        const votes = new Map<number, number>();
        for (const edge of edges.filter((e) => e.i === i))
          votes.set(last[edge.j]!, (votes.get(last[edge.j]!) ?? 0) + edge.weight);
        return [...votes].sort(([a, x], [b, y]) => y - x || a - b)[0]![0];
      });
    }
    const rows = [...new Set(labels)].map((label) => {
      const ids = members.filter((_, i) => labels[i] === label);
      return { community: members[label]!, size: ids.length, products: ids.slice(0, 20) };
    });
    return ranked(
      rows,
      (r) => [r.size],
      (r) => [r.community],
    );
  },

  'explain-recommendation'(known, p) {
    const { of, on, bought, productOf, vector, shop } = read(known);
    const between = (customer: string, product: string) =>
      weights(of(customer).filter((i) => i.product === product));
    const total = weights(of(p.customerId));
    const own = [...bought(p.customerId)].filter((id) => id !== p.productId);
    const toCosine = (via: string) => {
      const [a, b] = [vector('product', via), vector('product', p.productId)];
      return a && b ? cosine(a, b) : null;
    };
    const [first, last] = [toNodeKey('customer', p.customerId), toNodeKey('product', p.productId)];
    const rows = own.flatMap((via) => {
      const start = between(p.customerId, via) / total;
      const others = shop.customers.filter(
        (id) => id !== p.customerId && bought(id).has(via) && bought(id).has(p.productId),
      );
      const shared = productOf(via).attributes.filter((id) => productOf(p.productId).attributes.includes(id));
      return [
        ...others.map((id) => ({
          through: 'customers',
          path: [first, toNodeKey('product', via), toNodeKey('customer', id), last],
          probability:
            (start * between(id, via) * between(id, p.productId)) / weights(on(via)) / weights(of(id)),
          cosine: toCosine(via),
        })),
        ...shared.map((id) => ({
          through: 'attributes',
          path: [first, toNodeKey('product', via), toNodeKey('attribute', id), last],
          probability:
            start /
            productOf(via).attributes.length /
            shop.products.filter((product) => product.attributes.includes(id)).length,
          cosine: toCosine(via),
        })),
      ];
    });
    return ranked(
      rows,
      (r) => [r.probability],
      (r) => [r.path[1]!, r.path[2]!],
    ).slice(0, p.limit);
  },
};
