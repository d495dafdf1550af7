/**
 * A say by strength: the normalised adjacency A gives every node the same, and the few directions that are
 * kept then go to what hardly anybody takes and to who hardly takes anything. F A F gives some of it back
 * before it is decided which directions those are.
 */
import type { TaskContext } from '../base/task.ts';
import type { Snapshot } from '../graph/types.ts';
import type { SparseRows } from '../kernel/block.ts';
import { eachSlice } from './slices.ts';

/**
 * F: strength^b of a node, over what an arc into its type meets on average. By type, because strengths of
 * attributes and of customers are not of one kind: what an exponent gives to the one must not be taken from the
 * other's share, which the type policy has set. f64 [n], 1 of isolated nodes
 */
export function toEmphasis(
  { offsets, weights, ranges, nodeCount }: Snapshot,
  exponent: number,
): Float64Array {
  const strengths = new Float64Array(nodeCount);
  for (let v = 0; v < nodeCount; v++) {
    for (let a = offsets[v]!; a < offsets[v + 1]!; a++) strengths[v]! += weights[a]!;
  }
  const emphasis = new Float64Array(nodeCount);
  for (const { start, end } of ranges)
    emphasis.set(toRelativePowers(strengths.subarray(start, end), exponent), start);
  return emphasis;
}

/** strength^b, over the mean of that by strength; 1 where there is no strength. */
export function toRelativePowers(strengths: Float64Array, exponent: number): Float64Array {
  let total = 0;
  let sum = 0;
  for (const x of strengths) {
    if (x === 0) continue;
    total += x;
    sum += x * x ** exponent;
  }
  return strengths.map((x) => (x > 0 ? (x ** exponent * total) / sum : 1));
}

/**
 * A ← F A F / ρ, in place, ρ being a little above its spectral radius: the filter wants eigenvalues in −1 … 1,
 * and the largest near 1. With one that is far below, it would hold down what is wanted with the rest.
 * @throws ShelfwalkError ABORTED
 */
export async function emphasize(
  matrix: SparseRows,
  emphasis: Float64Array,
  context: TaskContext,
): Promise<void> {
  const { offsets, targets, values } = matrix;
  await eachSlice(emphasis.length, SLICE_ROWS, context, (from, to) => {
    for (let u = from; u < to; u++) {
      for (let a = offsets[u]!; a < offsets[u + 1]!; a++) values[a]! *= emphasis[u]! * emphasis[targets[a]!]!;
    }
  });
  const radius = await boundRadius(matrix, emphasis, context);
  await eachSlice(values.length, SLICE_ARCS, context, (from, to) => {
    for (let a = from; a < to; a++) values[a]! /= radius;
  });
}

const SLICE_ROWS = 1024;
const SLICE_ARCS = 2 ** 18;
/** The bound is within a few hundredths of the last one after ten steps on shops. */
const STEPS = 20;

/**
 * From above: the largest ratio (M x)_v / x_v of any x > 0, M having no negative entry (Collatz 1942, Wielandt 1950),
 * brought down by the power method. On M + ρ I / 2: on M alone the sides of a two-colourable graph would take turns.
 */
async function boundRadius(
  { offsets, targets, values }: SparseRows,
  start: Float64Array,
  context: TaskContext,
): Promise<number> {
  let bound = Number.POSITIVE_INFINITY;
  let x = start.slice();
  let next = new Float64Array(x.length);
  for (let step = 0; step < STEPS; step++) {
    let ratio = 0;
    await eachSlice(x.length, SLICE_ROWS, context, (from, to) => {
      for (let v = from; v < to; v++) {
        let sum = 0;
        for (let a = offsets[v]!; a < offsets[v + 1]!; a++) sum += values[a]! * x[targets[a]!]!;
        next[v] = sum;
        ratio = Math.max(ratio, sum / x[v]!);
      }
    });
    bound = Math.min(bound, ratio);
    let largest = 0;
    for (let v = 0; v < x.length; v++) {
      next[v]! += (bound / 2) * x[v]!;
      largest = Math.max(largest, next[v]!);
    }
    for (let v = 0; v < x.length; v++) next[v]! /= largest;
    [x, next] = [next, x];
  }
  return bound;
}
