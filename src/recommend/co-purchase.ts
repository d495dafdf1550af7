/** How often two products are bought by the same customers: what tells a substitute from a complement. */
import type { Pairs } from '../analyze/incidence.ts';

/**
 * Cosine of the sets of customers of one product and of every other: common / √(customers · customers), 0 … 1.
 * Costs the purchases of the product's customers.
 * @param purchases customers × products, and its transpose
 * @returns f32 [products]; 1 for the product itself, zeros where it has no customers
 */
export function toCoPurchase(
  { train, trainByProduct }: { readonly train: Pairs; readonly trainByProduct: Pairs },
  product: number,
): Float32Array {
  const degreeOf = (p: number): number => trainByProduct.offsets[p + 1]! - trainByProduct.offsets[p]!;
  const common = new Float32Array(train.cols);
  for (let at = trainByProduct.offsets[product]!; at < trainByProduct.offsets[product + 1]!; at++) {
    const customer = trainByProduct.items[at]!;
    for (let i = train.offsets[customer]!; i < train.offsets[customer + 1]!; i++) common[train.items[i]!]!++;
  }
  const own = degreeOf(product);
  return common.map((count, p) => (count === 0 ? 0 : count / Math.sqrt(own * degreeOf(p))));
}
