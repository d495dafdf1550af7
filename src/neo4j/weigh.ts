/**
 * Interactions → weighted edges, as the embedded catalog weighs them: per pair the sum over types, in the
 * order of their names, of weight × f(events). Parallel relationships of one type are added up before.
 */
import { compareIds } from '../base/ids.ts';
import type { EdgeColumns, EdgeWeighting } from '../graph/types.ts';
import { createF64Column, createU32Column, type F64Column, type U32Column } from './columns.ts';

/** Interactions as they were read, in any order. */
export class PairColumns {
  readonly customer: U32Column = createU32Column();
  readonly product: U32Column = createU32Column();
  readonly type: U32Column = createU32Column(); // place in `types`
  readonly amount: F64Column = createF64Column(); // events, or weight
  readonly types: string[] = [];
  readonly #typeAt = new Map<string, number>();

  add(customer: number, product: number, type: number, amount: number): void {
    this.customer.push(customer);
    this.product.push(product);
    this.type.push(type);
    this.amount.push(amount);
  }

  typeAt(name: string): number {
    let at = this.#typeAt.get(name);
    if (at === undefined) {
      at = this.types.push(name) - 1;
      this.#typeAt.set(name, at);
    }
    return at;
  }
}

/**
 * Edges in ascending (customer, product) order, weights > 0. Amounts are added in ascending order, so that
 * sums round alike in whatever order the rows came.
 */
export function weigh(
  pairs: PairColumns,
  { typeWeights, otherTypes, damping }: EdgeWeighting,
  strength: 'count' | 'weight',
): EdgeColumns {
  const [customer, product] = [pairs.customer.toArray(), pairs.product.toArray()];
  const [type, amount] = [pairs.type.toArray(), pairs.amount.toArray()];
  const byName = pairs.types.map((_, at) => at).sort((a, b) => compareIds(pairs.types[a]!, pairs.types[b]!));
  const rank = new Uint32Array(byName.length);
  for (const [place, at] of byName.entries()) rank[at] = place;
  const own = pairs.types.map((name) => (Object.hasOwn(typeWeights, name) ? typeWeights[name]! : otherTypes));
  const order = Uint32Array.from(customer.keys()).sort(
    (a, b) =>
      customer[a]! - customer[b]! ||
      product[a]! - product[b]! ||
      rank[type[a]!]! - rank[type[b]!]! ||
      amount[a]! - amount[b]!,
  );
  const toTerm = (of: number, sum: number): number =>
    own[of]! * (strength === 'count' && damping === 'log' ? Math.log2(1 + sum) : sum);

  const edges = {
    from: new Uint32Array(order.length),
    to: new Uint32Array(order.length),
    weight: new Float32Array(order.length),
  };
  let count = 0;
  for (let at = 0; at < order.length; ) {
    const first = order[at]!;
    let weight = 0;
    const isSamePair = (i: number): boolean =>
      customer[i] === customer[first] && product[i] === product[first];
    while (at < order.length && isSamePair(order[at]!)) {
      const of = type[order[at]!]!;
      let sum = 0;
      for (; at < order.length && isSamePair(order[at]!) && type[order[at]!] === of; at++)
        sum += amount[order[at]!]!;
      if (own[of]! > 0) weight += toTerm(of, sum); // 0 leaves the type out
    }
    if (!(Math.fround(weight) > 0)) continue;
    edges.from[count] = customer[first]!;
    edges.to[count] = product[first]!;
    edges.weight[count++] = weight;
  }
  return { count, ...edges };
}

/** Events by type; where amounts are weights, rows. */
export function countByType(
  { type, amount, types }: PairColumns,
  strength: 'count' | 'weight',
): Record<string, number> {
  const counts = new Float64Array(types.length);
  const amounts = amount.toArray();
  for (const [i, at] of type.toArray().entries()) counts[at]! += strength === 'count' ? amounts[i]! : 1;
  return Object.fromEntries(types.map((name, at) => [name, counts[at]!]));
}
