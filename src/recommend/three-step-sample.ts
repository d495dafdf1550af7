/**
 * The three-step sum of src/analyze/three-step.ts by random walks, for starts from which the exact one would
 * go through too many arcs: each walk starts again at the customer's products, takes three steps and ends.
 */
import type { Pairs } from '../analyze/incidence.ts';
import type { ThreeStepFactors } from '../analyze/three-step.ts';

export interface SampleOptions {
  readonly walks: number; // ≥ 1
  /** From [0, 1); the same stream gives the same scores. */
  readonly random: () => number;
}

/**
 * An unbiased estimate of `score[p] = out[p] · Σ_g middle[g] · [p ∈ g] · Σ_q start[q] · into[q] · [q ∈ g]`: a
 * product q is drawn in proportion to start · into · degree, a group of it and a product of that evenly, and
 * what is counted there is the group's weight times its size. For P3 every walk counts alike.
 *
 * @param groups groups × products; `byProduct` its transpose
 * @param scores f32 [products], written
 */
export function sampleThreeStep(
  { groups, byProduct, factors }: { groups: Pairs; byProduct: Pairs; factors: ThreeStepFactors },
  { products, start }: { readonly products: Uint32Array; readonly start: ArrayLike<number> },
  { walks, random, scores }: SampleOptions & { readonly scores: Float32Array },
): void {
  const sums = new Float64Array(groups.cols);
  const ends = new Float64Array(products.length); // running sums of what a product is drawn by
  let total = 0;
  for (let i = 0; i < products.length; i++) {
    const q = products[i]!;
    total += start[i]! * factors.into[q]! * degree(byProduct, q);
    ends[i] = total;
  }
  for (let walk = 0; walk < walks && total > 0; walk++) {
    const q = products[findFirstAbove(ends, random() * total)]!;
    const g = byProduct.items[byProduct.offsets[q]! + Math.floor(random() * degree(byProduct, q))]!;
    const size = degree(groups, g);
    const p = groups.items[groups.offsets[g]! + Math.floor(random() * size)]!;
    sums[p]! += factors.middle[g]! * size;
  }
  for (let p = 0; p < sums.length; p++) scores[p] = (sums[p]! * factors.out[p]! * total) / walks;
}

const degree = (a: Pairs, row: number): number => a.offsets[row + 1]! - a.offsets[row]!;

/** First i with ends[i] > x; ends ascend and x lies below the last. */
function findFirstAbove(ends: Float64Array, x: number): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}
