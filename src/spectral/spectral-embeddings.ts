/**
 * The closed-form model: the top of the spectrum of a snapshot's normalised adjacency, each direction
 * weighed by a power of its eigenvalue. What walks sample, without sampling.
 */
import { Matrix } from '../base/matrix.ts';
import { createRandom } from '../base/rng.ts';
import type { TaskContext } from '../base/task.ts';
import type { Snapshot } from '../graph/types.ts';
import { type KernelMemory, toStride } from '../kernel/memory.ts';
import type { TypePolicy } from '../walk/policy.ts';
import { type Adjacency, adjacencyBytes, buildAdjacency } from './adjacency.ts';
import { createOperator, type Operator, operatorBytes } from './operator.ts';
import { eachSlice } from './slices.ts';
import { findTopSpace, type Subspace } from './subspace.ts';

/** What the model is told; defaults live in pipeline/config.ts. */
export interface SpectralParams {
  /** Columns of both matrices, ≥ 1. */
  readonly dimension: number;
  /** e: a direction of singular value s is weighed by s^e in each matrix, ≥ 0. */
  readonly filterExponent: number;
  /** b: a node of strength w (the sum of its weights) has w^b times the say of another, −1 … 1. */
  readonly degreeExponent: number;
  /** Rounds of subspace iteration after the first, ≥ 1. */
  readonly rounds: number;
  readonly policy: TypePolicy;
  readonly seed: number;
}

export interface SpectralModel {
  /** [n, dimension] in kernel memory; rows of isolated nodes are zero. */
  readonly vectors: Matrix;
  /** [n, dimension] the vectors, times about a power of each node's strength. */
  readonly contexts: Matrix;
  /** [dimension] descending; 0 beyond the rank, where the columns are zero too. */
  readonly singularValues: Float64Array;
  /** That were needed: 1 for a graph so small that it is solved at once. */
  readonly rounds: number;
  /** Relative change of the sum of the Ritz values in the last round; 0 where it was solved at once. */
  readonly change: number;
}

const SLICE_ROWS = 256; // of what is done in plain code

/** Columns of a block: some more than are wanted, so that the last wanted ones settle sooner. */
export const toWidth = (dimension: number): number => toStride(dimension + 8);

interface SpectralSize {
  readonly nodeCount: number;
  readonly arcCount: number;
  readonly dimension: number;
}

/** Bytes the model adds to a snapshot, for the estimate. */
export function spectralBytes({ nodeCount, arcCount, dimension }: SpectralSize): number {
  const width = toWidth(dimension);
  return adjacencyBytes(nodeCount, arcCount) + 2 * nodeCount * width * 4 + operatorBytes(width);
}

/** Multiplications with an addition each, for the estimate: three products with the graph in a round are usual. */
export function spectralOperations({ nodeCount, arcCount, dimension }: SpectralSize, rounds: number): number {
  const width = toWidth(dimension);
  return (rounds + 1) * (3 * arcCount * width + 2 * nodeCount * width ** 2 + 9 * width ** 3);
}

/**
 * With A = √(P ∘ Pᵀ) the normalised adjacency (adjacency.ts) and F = W^b, W the strengths (emphasis.ts):
 *
 *     F A F = Q Λ Qᵀ
 *     two-colourable, F A F = [0 B; Bᵀ 0], B = U S Vᵀ:   X = [U; V] Sᵉ
 *     any other:                                         X = Q₊ Λ₊ᵉ, the positive part
 *     vectors = F⁻¹ X, contexts = X
 *
 * For b = 0 in·out across the sides of a two-colourable graph is U S²ᵉ Vᵀ: for e = 0.5 that of A, for e = 1.5 that of
 * A³, a walk of three steps. A discounts what is strong by the root of its strength; b gives some of it back, to
 * nodes of all types: D^(b − ½) W D^(b − ½) without a policy.
 *
 * The sign of a column makes its largest entry positive.
 *
 * @param snapshot laid out in `memory`, as is everything that is returned
 * @throws ShelfwalkError GRAPH_EMPTY · REQUEST_INVALID — some arcs go one way · LIMIT_EXCEEDED · ABORTED
 */
export async function computeSpectral(
  snapshot: Snapshot,
  memory: KernelMemory,
  { dimension, filterExponent, degreeExponent, rounds, policy, seed }: SpectralParams,
  context: TaskContext = {},
): Promise<SpectralModel> {
  const width = toWidth(dimension);
  const adjacency = await buildAdjacency(snapshot, memory, { ...context, policy, degreeExponent });
  const { emphasis, near } = adjacency;
  const operator = await createOperator(adjacency, memory, width, context);
  const space = await findDirections(operator, near, snapshot, memory, {
    ...context,
    ...{ dimension, rounds, seed },
  });
  const singularValues = toSingularValues(space, operator, dimension);
  await weigh(operator, space, singularValues, filterExponent);
  const [vectors, contexts] = [space.room, space.block];
  await takeEmphasisOff(vectors, contexts, { ...context, width, emphasis });
  await orient([vectors, contexts], { ...context, width, dimension });
  return toModel([vectors, contexts], singularValues, space, { dimension, width });
}

/** The top of an operator's spectrum, from a start of its own; both blocks lie in `memory`. */
export async function findDirections(
  operator: Operator,
  near: Uint32Array,
  snapshot: Snapshot,
  memory: KernelMemory,
  {
    dimension,
    rounds,
    seed,
    ...context
  }: TaskContext & Pick<SpectralParams, 'dimension' | 'rounds' | 'seed'>,
): Promise<Subspace> {
  const width = toWidth(dimension);
  const block = memory.f32(snapshot.nodeCount * width);
  const room = memory.f32(snapshot.nodeCount * width);
  const isWhole = await fillStart(block, near, snapshot, { ...context, width, seed });
  return findTopSpace(operator, block, room, {
    ...context,
    rounds: isWhole ? 0 : rounds,
    wanted: dimension,
  });
}

export function toModel(
  blocks: readonly [vectors: Float32Array, contexts: Float32Array],
  singularValues: Float64Array,
  { rounds, change }: Pick<Subspace, 'rounds' | 'change'>,
  { dimension, width }: { readonly dimension: number; readonly width: number },
): SpectralModel {
  const toMatrix = (data: Float32Array) => new Matrix(data, data.length / width, dimension, width);
  const [vectors, contexts] = blocks.map(toMatrix) as [Matrix, Matrix];
  return { vectors, contexts, singularValues, rounds, change };
}

/** @returns whether the block holds all of the space: then one round is exact */
async function fillStart(
  block: Float32Array,
  near: Uint32Array,
  snapshot: Snapshot,
  options: TaskContext & { readonly width: number; readonly seed: number },
): Promise<boolean> {
  const isWhole = near.length <= options.width;
  if (isWhole) fillBasis(block, near, options.width);
  else await fillSketch(block, near, snapshot, options);
  return isWhole;
}

/** One column for each near row. */
function fillBasis(block: Float32Array, near: Uint32Array, width: number): void {
  near.forEach((v, j) => {
    block[v * width + j] = 1;
  });
}

/** Normal entries, drawn by seed and node key: what is new elsewhere does not change the row of a node. */
function fillSketch(
  block: Float32Array,
  near: Uint32Array,
  { keyHashes }: Snapshot,
  { width, seed, ...context }: TaskContext & { readonly width: number; readonly seed: number },
): Promise<void> {
  return eachSlice(near.length, SLICE_ROWS, context, (from, to) => {
    for (const v of near.subarray(from, to)) {
      const key = keyHashes[2 * v]! ^ Math.imul(keyHashes[2 * v + 1]! ^ seed, 0x9e3779b1);
      fillNormal(block.subarray(v * width, (v + 1) * width), createRandom(key));
    }
  });
}

/** By Box and Muller, two at a time. @param row of even length */
function fillNormal(row: Float32Array, random: () => number): void {
  for (let j = 0; j < row.length; j += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random())); // 1 − u lies in (0, 1]
    const angle = 2 * Math.PI * random();
    row[j] = radius * Math.cos(angle);
    row[j + 1] = radius * Math.sin(angle);
  }
}

/** Ritz values below it are rounding of f32 sums. */
export const LEAST_VALUE = 1e-6;

function toSingularValues({ values }: Subspace, { lowest }: Operator, dimension: number): Float64Array {
  const ofSquares = lowest === 0;
  return Float64Array.from(values.subarray(0, dimension), (value) => {
    if (value < LEAST_VALUE) return 0;
    return Math.min(1, ofSquares ? Math.sqrt(value) : value);
  });
}

/** room ← the wanted Ritz vectors times s^e; on the far rows, where the block is Bᵀ U = V S, times s^(e − 1). */
async function weigh(
  operator: Operator,
  { block, room, vectors }: Subspace,
  singularValues: Float64Array,
  exponent: number,
): Promise<void> {
  const { width } = operator;
  const turn = (power: number): Float32Array => toTurn(vectors, singularValues, { width, power });
  await operator.transform('near', block, room, turn(exponent));
  await operator.transform('far', block, room, turn(exponent - 1));
}

/** f32 [width × width]: a block to its wanted Ritz vectors, each times a power of its singular value. */
export function toTurn(
  vectors: Float64Array,
  singularValues: Float64Array,
  { width, power }: { readonly width: number; readonly power: number },
): Float32Array {
  const turn = new Float32Array(width * width);
  singularValues.forEach((s, i) => {
    const weight = s === 0 ? 0 : s ** power;
    for (let j = 0; j < width; j++) turn[j * width + i] = vectors[i * width + j]! * weight;
  });
  return turn;
}

/** contexts ← X, vectors ← F⁻¹ X: as long as they would be without emphasis. @param vectors X */
function takeEmphasisOff(
  vectors: Float32Array,
  contexts: Float32Array,
  { width, emphasis, ...context }: TaskContext & Pick<Adjacency, 'emphasis'> & { readonly width: number },
): Promise<void> {
  return eachSlice(emphasis.length, SLICE_ROWS, context, (from, to) => {
    contexts.set(vectors.subarray(from * width, to * width), from * width);
    for (let v = from; v < to; v++) {
      for (let i = v * width; i < (v + 1) * width; i++) vectors[i]! /= emphasis[v]!;
    }
  });
}

/** A column's largest entry in size is positive, of equal ones the first; other blocks are turned as the first one is. */
export async function orient(
  blocks: readonly [Float32Array, ...Float32Array[]],
  { width, dimension, ...context }: TaskContext & { readonly width: number; readonly dimension: number },
): Promise<void> {
  const [block] = blocks;
  const rows = block.length / width;
  const largest = new Float32Array(dimension);
  await eachSlice(rows, SLICE_ROWS, context, (from, to) => {
    for (let at = from * width; at < to * width; at += width) {
      for (let j = 0; j < dimension; j++) {
        if (Math.abs(block[at + j]!) > Math.abs(largest[j]!)) largest[j] = block[at + j]!;
      }
    }
  });
  for (const each of blocks) {
    await eachSlice(rows, SLICE_ROWS, context, (from, to) => {
      for (let at = from * width; at < to * width; at += width) {
        for (let j = 0; j < dimension; j++) if (largest[j]! < 0) each[at + j] = -each[at + j]!;
      }
    });
  }
}
