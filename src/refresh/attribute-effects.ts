/**
 * What an attribute adds to the row of a node that carries it: ridge regression of the rows of a type on
 * its attributes, by least squares over the nodes that training has seen. An attribute that half the
 * catalogue has adds little, a rare one is held back, and attributes that go together share what they
 * explain, so that no kind needs a weight of its own.
 */

import type { Matrix } from '../base/matrix.ts';
import type { NodeRange } from '../graph/types.ts';
import type { FoldInGraph } from './types.ts';

export interface AttributeEffects {
  /** [dimension] weighted mean row of the type. */
  readonly mean: Float64Array;
  /** Row of the attribute → what it adds, [dimension]. Without an entry: nothing. */
  readonly effects: ReadonlyMap<number, Float64Array>;
}

/** Nodes of the type's mean weight that stand against every effect. 10 to 50 are alike (docs/cold-start.md). */
const SHRINKAGE = 20;
/** Passes of backfitting. After four, what changes is below what the training's seed changes. */
const PASSES = 4;

export interface EffectsOptions {
  readonly attributes: NodeRange;
  /** Rows of the type that have a vector. */
  readonly rows: Uint32Array;
  /** [rows] parallel to `rows`, ≥ 0, not all 0. */
  readonly weights: Float64Array;
  readonly pause: () => Promise<void> | void;
  readonly passes?: number;
}

/**
 * Minimises Σ_v w_v ‖y_v − mean − Σ_{a ∈ v} β_a‖² + λ w̄ Σ_a ‖β_a‖² by backfitting: one attribute after
 * the other takes the mean of what the others have left over, the most frequent first. Costs
 * passes × arcs to attributes × dimension, and a matrix of what is left over.
 */
export async function fitAttributeEffects(
  matrix: Matrix,
  graph: FoldInGraph,
  { attributes, rows, weights, pause, passes = PASSES }: EffectsOptions,
): Promise<AttributeEffects> {
  const dimension = matrix.cols;
  const mean = toWeightedMean(matrix, rows, weights);
  const carriers = findCarriers(graph, attributes, rows, weights);
  const rest = new Float32Array(rows.length * dimension);
  for (const [i, v] of rows.entries()) {
    const row = matrix.row(v);
    for (let d = 0; d < dimension; d++) rest[i * dimension + d] = row[d]! - mean[d]!;
    if ((i & 1023) === 0) await pause();
  }
  const penalty = (SHRINKAGE * sum(weights)) / rows.length;
  const effects = new Map<number, Float64Array>();
  for (let pass = 0; pass < passes; pass++) {
    for (const { attribute, at } of carriers) {
      const old = effects.get(attribute) ?? new Float64Array(dimension);
      effects.set(attribute, refit(rest, at, { old, weights, penalty }));
      await pause();
    }
  }
  return { mean, effects };
}

/** @param at positions in `weights` and rows of `rest` of those that carry the attribute */
function refit(
  rest: Float32Array,
  at: readonly number[],
  { old, weights, penalty }: { old: Float64Array; weights: Float64Array; penalty: number },
): Float64Array {
  const dimension = old.length;
  const next = new Float64Array(dimension);
  let total = 0;
  for (const i of at) {
    const weight = weights[i]!;
    total += weight;
    for (let d = 0; d < dimension; d++) next[d]! += weight * rest[i * dimension + d]!;
  }
  for (let d = 0; d < dimension; d++) next[d] = (next[d]! + total * old[d]!) / (total + penalty);
  for (const i of at) for (let d = 0; d < dimension; d++) rest[i * dimension + d]! += old[d]! - next[d]!;
  return next;
}

interface Carriers {
  readonly attribute: number; // row
  readonly at: number[]; // positions in rows
}

/** Most carried first, then by row; nodes that weigh nothing are left out, as nothing is learned from them. */
function findCarriers(
  graph: FoldInGraph,
  attributes: NodeRange,
  rows: Uint32Array,
  weights: Float64Array,
): Carriers[] {
  const byAttribute = new Map<number, number[]>();
  for (const [i, v] of rows.entries()) {
    if (weights[i] === 0) continue;
    for (let arc = graph.offsets[v]!; arc < graph.offsets[v + 1]!; arc++) {
      const attribute = graph.targets[arc]!;
      if (attribute < attributes.start || attribute >= attributes.end) continue;
      const at = byAttribute.get(attribute);
      if (at) at.push(i);
      else byAttribute.set(attribute, [i]);
    }
  }
  return Array.from(byAttribute, ([attribute, at]) => ({ attribute, at })).sort(
    (a, b) => b.at.length - a.at.length || a.attribute - b.attribute,
  );
}

function toWeightedMean(matrix: Matrix, rows: Uint32Array, weights: Float64Array): Float64Array {
  const mean = new Float64Array(matrix.cols);
  const total = sum(weights);
  for (const [i, v] of rows.entries()) {
    const row = matrix.row(v);
    for (let d = 0; d < mean.length; d++) mean[d]! += (row[d]! * weights[i]!) / total;
  }
  return mean;
}

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
