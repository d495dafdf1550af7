/** Arcs between products as their definition reads, event by event: the oracle of src/catalog/product-arcs-sql.ts. */
import { scanAges } from '../../src/analyze/incidence.ts';
import {
  type GivenEdges,
  type InteractionColumns,
  NO_BASKET,
  type ProductArcOptions,
} from '../../src/graph/types.ts';

/** @param columns in order of time */
export function* toProductArcs(
  columns: InteractionColumns,
  { sequence, baskets, maxProducts }: ProductArcOptions,
): Generator<GivenEdges> {
  if (sequence) {
    const sums = new Sums();
    for (const moments of toHistories(columns).values()) addHistory(sums, moments, sequence, maxProducts);
    yield sums.toEdges(true);
  }
  if (!baskets) return;
  const sums = new Sums();
  for (const products of toBaskets(columns).values()) {
    if (products.size > maxProducts) continue;
    for (const a of products) for (const b of products) if (a < b) sums.add(a, b, 1 / products.size);
  }
  const { weight, ...edges } = sums.toEdges(false);
  yield { ...edges, weight: weight.map((sum) => sum ** baskets.exponent) };
}

class Sums {
  readonly #of = new Map<string, [from: number, to: number, weight: number]>();

  add(from: number, to: number, weight: number): void {
    const sum = this.#of.get(`${from} ${to}`) ?? [from, to, 0];
    sum[2] += weight;
    this.#of.set(`${from} ${to}`, sum);
  }

  toEdges(directed: boolean): GivenEdges {
    const rows = [...this.#of.values()]
      .filter(([, , weight]) => weight > 0)
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    return {
      fromType: 'product',
      toType: 'product',
      directed,
      count: rows.length,
      from: Uint32Array.from(rows, (row) => row[0]),
      to: Uint32Array.from(rows, (row) => row[1]),
      weight: Float32Array.from(rows, (row) => row[2]),
    };
  }
}

/** By customer, products by moment, the first one first; moments are those of `scanAges`. */
function toHistories(columns: InteractionColumns): Map<number, Set<number>[]> {
  const byAge = new Map<number, Set<number>[]>();
  const customers = columns.customer.reduce((most, c) => Math.max(most, c + 1), 0);
  scanAges(columns, customers, (i, age) => {
    const moments = byAge.get(columns.customer[i]!) ?? [];
    byAge.set(columns.customer[i]!, moments);
    moments[age] = (moments[age] ?? new Set()).add(columns.product[i]!);
  });
  for (const moments of byAge.values()) moments.reverse();
  return byAge;
}

function addHistory(
  sums: Sums,
  moments: readonly Set<number>[],
  { decay, back, reach }: NonNullable<ProductArcOptions['sequence']>,
  maxProducts: number,
): void {
  const length = moments.reduce((sum, { size }) => sum + size, 0);
  moments.forEach((before, a) => {
    moments.forEach((after, b) => {
      if (b <= a || b > a + reach || Math.max(before.size, after.size) > maxProducts) return;
      const weight = decay ** (b - a - 1) / Math.sqrt(length);
      for (const p of before) {
        for (const q of after) {
          if (p === q) continue;
          sums.add(p, q, weight / after.size);
          sums.add(q, p, (back * weight) / before.size);
        }
      }
    });
  });
}

function toBaskets({ count, basket, product }: InteractionColumns): Map<number, Set<number>> {
  const baskets = new Map<number, Set<number>>();
  for (let i = 0; i < count; i++) {
    if (basket[i] === NO_BASKET) continue;
    baskets.set(basket[i]!, (baskets.get(basket[i]!) ?? new Set()).add(product[i]!));
  }
  return baskets;
}
