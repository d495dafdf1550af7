/** One vector through the law of the next product and through its transpose: what flows where, in f64. */
import type { TaskContext } from '../base/task.ts';
import type { NodeRange, Snapshot } from '../graph/types.ts';
import { eachSlice } from './slices.ts';

/** Vectors are f64 [n]; only entries of products are read, and only they are set in what is returned. */
export interface Flow {
  /** (P_pp + P_pf P_fp) x */
  onward(x: Float64Array): Promise<Float64Array>;
  /** (P_pp + P_pf P_fp)ᵀ x */
  backward(x: Float64Array): Promise<Float64Array>;
}

const SLICE_ROWS = 4096; // between two looks at the clock

/**
 * @param shares P, f64 [m], parallel to the arcs of the snapshot
 * @throws ShelfwalkError from what it returns: ABORTED
 */
export function createFlow(
  { offsets, targets, ranges, nodeCount }: Snapshot,
  shares: Float64Array,
  context: TaskContext = {},
): Flow {
  const [customers, products, attributes] = ranges as [NodeRange, NodeRange, NodeRange];
  const each = (
    { start, end }: NodeRange,
    visit: (v: number, first: number, end: number) => void,
  ): Promise<void> =>
    eachSlice(end - start, SLICE_ROWS, context, (from, to) => {
      for (let v = start + from; v < start + to; v++) visit(v, offsets[v]!, offsets[v + 1]!);
    });
  const isProduct = (v: number): boolean => v >= products.start && v < products.end;
  const onlyProducts = (x: Float64Array): Float64Array => x.fill(0, 0, products.start).fill(0, products.end);
  return {
    async onward(x) {
      const sums = new Float64Array(nodeCount);
      for (const far of [customers, attributes]) {
        await each(far, (f, first, end) => {
          for (let a = first; a < end; a++) {
            if (isProduct(targets[a]!)) sums[f]! += shares[a]! * x[targets[a]!]!;
          }
        });
      }
      await each(products, (p, first, end) => {
        let sum = 0;
        for (let a = first; a < end; a++) {
          const to = targets[a]!;
          sum += shares[a]! * (isProduct(to) ? x[to]! : sums[to]!);
        }
        sums[p] = sum;
      });
      return onlyProducts(sums);
    },
    async backward(x) {
      const sums = new Float64Array(nodeCount);
      await each(products, (p, first, end) => {
        for (let a = first; a < end; a++) sums[targets[a]!]! += shares[a]! * x[p]!;
      });
      for (const far of [customers, attributes]) {
        await each(far, (f, first, end) => {
          for (let a = first; a < end; a++) {
            if (isProduct(targets[a]!)) sums[targets[a]!]! += shares[a]! * sums[f]!;
          }
        });
      }
      return onlyProducts(sums);
    },
  };
}
