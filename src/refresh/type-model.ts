/**
 * What the trained rows of one type in one matrix tell of a row that was not trained: their mean, what
 * each attribute adds to it, the covariance of what is left over, and the scores of real pairs.
 */
import { NODE_TYPES, type NodeType } from '../base/ids.ts';
import type { Matrix } from '../base/matrix.ts';
import type { NodeRange } from '../graph/types.ts';
import { type AttributeEffects, fitAttributeEffects } from './attribute-effects.ts';
import { factorize } from './cholesky.ts';
import { regressRow } from './row-regression.ts';
import type { FoldInGraph, FoldInVersion, Touched } from './types.ts';

/** Of the arcs of weight 1 between trained nodes of two types: (own − expected) · other. */
interface Level {
  readonly lift: number; // mean
  readonly noise: number; // variance; an arc of weight w has noise / w
}

export interface TypeModel extends AttributeEffects {
  /** The other matrix, whose rows are what this one's are scored with. */
  readonly other: Matrix;
  readonly factor: Float64Array; // [d × d] lower triangle of the covariance of what the effects leave over
  /** By type of the node touched; without an entry no trained pair tells the level. */
  readonly levels: ReadonlyMap<NodeType, Level>;
  /** The row touched has a vector and trained pairs tell the level; an attribute has trained carriers. */
  canUse(row: number): boolean;
  typeOf(row: number): NodeType;
  /** Attributes count through what they add; an attribute's own row has no such help. */
  readonly byEffect: boolean;
}

/** Nodes of a type that have a vector, and what each weighs. */
export interface TrainedNodes {
  readonly rows: Uint32Array;
  readonly weights: Float64Array; // [rows] not all 0
}

/** Nodes the covariance is taken over, and those whose pairs are scored, at most: every k-th. */
const COVARIANCE_NODES = 16_384;
const LEVEL_NODES = 4096;
/** Arcs of one of these, spread over its row. */
const LEVEL_ARCS = 32;

/**
 * A node weighs the fourth root of its arcs to others than attributes: what sells more should look more
 * like what is new and will be scored by those who buy, but a few best-sellers should not speak for all.
 * Nodes without any were placed by attributes alone and teach nothing, unless there are no others.
 */
export function findTrained({ vectors, contexts, graph }: FoldInVersion, type: NodeType): TrainedNodes {
  const { start, end } = rangeOf(graph, type);
  const attributes = rangeOf(graph, 'attribute');
  const rows: number[] = [];
  for (let v = start; v < end; v++) if (!vectors.isZeroRow(v) && !contexts.isZeroRow(v)) rows.push(v);
  const weights = Float64Array.from(rows, (v) => {
    let count = 0;
    for (let arc = graph.offsets[v]!; arc < graph.offsets[v + 1]!; arc++) {
      if (!isIn(attributes, graph.targets[arc]!)) count++;
    }
    return count ** 0.25;
  });
  if (weights.every((w) => w === 0)) weights.fill(1);
  return { rows: Uint32Array.from(rows), weights };
}

export interface FitOptions {
  readonly own: Matrix;
  readonly other: Matrix;
  readonly graph: FoldInGraph;
  readonly type: NodeType;
  readonly nodes: TrainedNodes;
  readonly pause: () => Promise<void>;
}

export async function fitTypeModel(options: FitOptions): Promise<TypeModel> {
  const { own, other, graph, type, nodes, pause } = options;
  const attributes = rangeOf(graph, 'attribute');
  const typeOf = (row: number): NodeType => NODE_TYPES.find((t) => isIn(rangeOf(graph, t), row))!;
  const byEffect = type !== 'attribute';
  const known: AttributeEffects = await fitAttributeEffects(own, graph, {
    attributes: byEffect ? attributes : { ...attributes, end: attributes.start },
    ...nodes,
    pause,
  });
  const rest = new Float64Array(own.cols); // of one node after the other: it is never kept
  const leftOver = (v: number): Float64Array => {
    rest.set(own.row(v));
    subtract(rest, known.mean);
    for (let arc = graph.offsets[v]!; arc < graph.offsets[v + 1]!; arc++) {
      const target = graph.targets[arc]!;
      const effect = isIn(attributes, target) ? known.effects.get(target) : undefined;
      if (effect) subtract(rest, effect);
    }
    return rest;
  };
  const factor = await fitCovariance(nodes, own.cols, { leftOver, pause });
  const levels = await fitLevels(options, { leftOver, typeOf });
  const canUse = (row: number): boolean => {
    if (byEffect && isIn(attributes, row)) return known.effects.has(row) || !own.isZeroRow(row);
    return !other.isZeroRow(row) && levels.has(typeOf(row));
  };
  return { ...known, other, factor, levels, canUse, typeOf, byEffect };
}

/** The row of a node that touches these. @param touched rows that `canUse` is true of */
export function toExpected(model: TypeModel, touched: readonly Touched[]): Float64Array {
  const mean = model.mean.slice();
  const observations = [];
  for (const { row, weight } of touched) {
    const type = model.typeOf(row);
    if (model.byEffect && type === 'attribute') {
      const effect = model.effects.get(row);
      if (effect) for (let d = 0; d < mean.length; d++) mean[d]! += effect[d]!;
    } else {
      const { lift, noise } = model.levels.get(type)!;
      observations.push({ row: model.other.row(row), lift, variance: noise / weight });
    }
  }
  return regressRow(mean, model.factor, observations);
}

/**
 * Lower triangle L of the weighted covariance, drawn towards an even one as if `dimension` more nodes had
 * been seen that vary alike in all directions: with few nodes it would be singular.
 */
async function fitCovariance(
  { rows, weights }: TrainedNodes,
  dimension: number,
  { leftOver, pause }: { leftOver: (v: number) => Float64Array; pause: () => Promise<void> },
): Promise<Float64Array> {
  const covariance = new Float64Array(dimension * dimension);
  const step = Math.ceil(rows.length / COVARIANCE_NODES);
  const block = new Float64Array(BLOCK * dimension);
  const blockWeights = new Float64Array(BLOCK);
  let total = 0;
  let count = 0;
  for (let i = 0; i < rows.length; i += step) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    const at = count++ % BLOCK;
    block.set(leftOver(rows[i]!), at * dimension);
    blockWeights[at] = weight;
    total += weight;
    if (at < BLOCK - 1) continue;
    addOuterProducts(covariance, block, blockWeights);
    await pause();
  }
  blockWeights.fill(0, count % BLOCK);
  if (count % BLOCK > 0) addOuterProducts(covariance, block, blockWeights);
  let trace = 0;
  for (let a = 0; a < dimension; a++) trace += covariance[a * dimension + a]! / Math.max(total, 1e-300);
  const share = count / (count + dimension);
  const even = Math.max(trace / dimension, SMALLEST_VARIANCE);
  for (let a = 0; a < dimension; a++) {
    for (let b = 0; b <= a; b++) covariance[a * dimension + b]! *= share / Math.max(total, 1e-300);
    covariance[a * dimension + a]! += (1 - share) * even;
  }
  return factorize(covariance, dimension);
}

/** Rows that are added to the covariance together, so that it is gone through a quarter as often. */
const BLOCK = 4;

/** Lower triangle of Σ w x xᵀ over a block, in the order of its rows. A row that weighs 0 adds nothing. */
function addOuterProducts(sum: Float64Array, block: Float64Array, weights: Float64Array): void {
  const d = block.length / BLOCK;
  const [w0, w1, w2, w3] = weights as unknown as [number, number, number, number];
  for (let a = 0; a < d; a++) {
    const v0 = block[a]! * w0;
    const v1 = block[d + a]! * w1;
    const v2 = block[2 * d + a]! * w2;
    const v3 = block[3 * d + a]! * w3;
    const row = a * d;
    for (let b = 0; b <= a; b++) {
      const two = sum[row + b]! + v0 * block[b]! + v1 * block[d + b]!;
      sum[row + b] = two + v2 * block[2 * d + b]! + v3 * block[3 * d + b]!;
    }
  }
}

/** Where all rows are one, nothing is left over; a new node is then one more of them. */
const SMALLEST_VARIANCE = 1e-12;

async function fitLevels(
  { other, graph, type, nodes, pause }: FitOptions,
  { leftOver, typeOf }: { leftOver: (v: number) => Float64Array; typeOf: (row: number) => NodeType },
): Promise<Map<NodeType, Level>> {
  const scores = new Map<NodeType, { weights: number[]; values: number[] }>();
  const { rows, weights } = nodes;
  const step = Math.ceil(rows.length / LEVEL_NODES);
  for (let i = 0; i < rows.length; i += step) {
    const v = rows[i]!;
    if (weights[i] === 0) continue;
    const rest = leftOver(v);
    const [start, end] = [graph.offsets[v]!, graph.offsets[v + 1]!];
    const stride = Math.ceil((end - start) / LEVEL_ARCS);
    for (let arc = start; arc < end; arc += stride) {
      const u = graph.targets[arc]!;
      const neighbour = typeOf(u);
      if (other.isZeroRow(u) || (type !== 'attribute' && neighbour === 'attribute')) continue;
      const of = scores.get(neighbour) ?? { weights: [], values: [] };
      of.weights.push(graph.weights[arc]!);
      of.values.push(toDotWithRow(rest, other, u));
      scores.set(neighbour, of);
    }
    await pause();
  }
  return new Map(Array.from(scores, ([neighbour, of]) => [neighbour, toLevel(of)]));
}

/**
 * Most likely mean and variance where the value of an arc of weight w varies by noise / w; of the variance as
 * if one more arc had been seen, at 0, so that a single pair is not taken for certain.
 */
function toLevel({ weights, values }: { weights: number[]; values: number[] }): Level {
  const total = weights.reduce((a, b) => a + b, 0);
  const lift = values.reduce((sum, value, i) => sum + value * weights[i]!, 0) / total;
  const squares = values.reduce((sum, value, i) => sum + weights[i]! * (value - lift) ** 2, lift ** 2);
  const noise = squares / (values.length + 1);
  return { lift, noise: Math.max(noise, SMALLEST_VARIANCE) };
}

const rangeOf = (graph: FoldInGraph, type: NodeType): NodeRange => graph.ranges.find((r) => r.type === type)!;
const isIn = ({ start, end }: NodeRange, row: number): boolean => row >= start && row < end;

function subtract(from: Float64Array, what: Float64Array): void {
  for (let d = 0; d < from.length; d++) from[d]! -= what[d]!;
}

/** x · row, without a view of the row: there are as many as arcs. */
function toDotWithRow(x: Float64Array, { data, stride }: Matrix, row: number): number {
  const start = row * stride;
  let sum = 0;
  for (let d = 0; d < x.length; d++) sum += x[d]! * data[start + d]!;
  return sum;
}
