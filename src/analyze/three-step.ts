/**
 * The exact three-step sum behind item-kNN, co-counts and P3: products of a customer → groups that
 * hold them (customers, or baskets) → all products of those groups. No product × product matrix:
 * one scratch row of groups and one of products, refilled for each customer.
 */
import { degreeOf, type Pairs } from './incidence.ts';

/**
 * score[p] = out[p] · Σ_g middle[g] · [p ∈ g] · Σ_q start[q] · into[q] · [q ∈ g]
 *
 * With X the groups × products matrix of ones this is D_out Xᵀ D_middle X D_into · start, and the
 * models differ in their diagonals only.
 */
export interface ThreeStepFactors {
  readonly into: Float64Array; // [products] ≥ 0, as is `start`
  readonly middle: Float64Array; // [groups]
  readonly out: Float64Array; // [products]
}

export type ThreeStep = (products: Uint32Array, start: ArrayLike<number>, scores: Float32Array) => void;

/**
 * Sums in f64 and rounds once, at the end. A call costs the pairs of every group reached.
 * @param groups groups × products
 * @param byProduct its transpose
 */
export function createThreeStep(groups: Pairs, factors: ThreeStepFactors, byProduct: Pairs): ThreeStep {
  const mass = new Float64Array(groups.rows); // 0 between calls
  const reached = new Uint32Array(groups.rows);
  const sums = new Float64Array(groups.cols);

  const collect = (products: Uint32Array, start: ArrayLike<number>): number => {
    let count = 0;
    for (let i = 0; i < products.length; i++) {
      const sent = start[i]! * factors.into[products[i]!]!;
      const end = byProduct.offsets[products[i]! + 1]!;
      for (let at = byProduct.offsets[products[i]!]!; at < end && sent > 0; at++) {
        const group = byProduct.items[at]!;
        if (mass[group] === 0) reached[count++] = group;
        mass[group]! += sent;
      }
    }
    return count;
  };

  const spread = (group: number): void => {
    const amount = mass[group]! * factors.middle[group]!;
    mass[group] = 0;
    const { items, offsets } = groups;
    const end = offsets[group + 1]!;
    for (let at = offsets[group]!; at < end; at++) sums[items[at]!]! += amount;
  };

  return (products, start, scores) => {
    const count = collect(products, start);
    sums.fill(0);
    if (count * 8 > groups.rows) {
      // Where a good part is reached, going through all groups in order reads memory in order.
      for (let g = 0; g < groups.rows; g++) if (mass[g]! > 0) spread(g);
    } else {
      for (let i = 0; i < count; i++) spread(reached[i]!);
    }
    for (let p = 0; p < sums.length; p++) scores[p] = sums[p]! * factors.out[p]!;
  };
}

export const toOnes = (n: number): Float64Array => new Float64Array(n).fill(1);

/** value(degree) per row; 0 for rows without pairs. */
export function fromDegrees(a: Pairs, value: (degree: number) => number): Float64Array {
  return Float64Array.from({ length: a.rows }, (_, r) => {
    const degree = degreeOf(a, r);
    return degree === 0 ? 0 : value(degree);
  });
}
