/**
 * Laying a new space onto an old one. A training fixes scores, not coordinates: whatever rotates both
 * matrices alike leaves every in·out, every cosine and every neighbour as it was. So a version that was
 * trained anew can be turned into the coordinates that clients have stored vectors in, by one orthogonal
 * Q, found on the nodes that both versions have and applied to both of its matrices; if what is left then
 * is too much, the spaces are not one, and the version must say so by a new space id.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { Matrix } from '../base/matrix.ts';
import { createBreather, type TaskContext, throwIfAborted } from '../base/task.ts';
import { toOrthogonalFactor } from './polar.ts';
import type { SharedNodes } from './shared-nodes.ts';

export interface Space {
  readonly vectors: Matrix; // [n, dimension]
  readonly contexts: Matrix; // [n, dimension]
}

/**
 * What is left after turning, as a share of how far the old rows of a type lie from their mean, root mean
 * square over shared nodes: 0 is the same space; 1 is no better than the mean of its type for every node.
 */
export interface Residual {
  readonly vectors: number;
  readonly contexts: number;
}

export interface Rotation {
  readonly matrix: Float64Array; // Q [d × d], row-major: a row x becomes x Q
  /** Of all that were given; Q and the residual are found on at most MAX_NODES of each type. */
  readonly sharedCount: number;
  readonly residual: Residual;
}

/**
 * Above this two versions are not one space. Half way from what two trainings of one graph leave that differ by
 * their seed alone (0.70 on complete-journey, docs/cold-start.md) to what says nothing.
 */
export const MAX_RESIDUAL = 0.85;

/** Nodes of a type that Q is found on, at most: every k-th. Q has d² / 2 degrees of freedom, a node tells 2 d. */
const MAX_NODES = 16_384;

/**
 * Orthogonal Procrustes on both matrices at once: Q minimises Σ ‖xQ − x′‖² over vectors plus the same over
 * contexts, each divided by the length of its matrices, so that the longer rows do not decide alone.
 *
 * @param from   the new space
 * @param to     the old space
 * @param shared by type: rows of nodes that have vectors in both
 * @throws ShelfwalkError EMBEDDING_SHAPE_MISMATCH — the spaces have different dimensions
 * @throws ShelfwalkError VECTOR_INVALID — no node is shared, or a shared row is not finite
 * @throws ShelfwalkError ABORTED
 * @see Schönemann, A generalized solution of the orthogonal Procrustes problem, Psychometrika 1966
 */
export async function findRotation(
  from: Space,
  to: Space,
  shared: readonly SharedNodes[],
  context: TaskContext = {},
): Promise<Rotation> {
  const d = to.vectors.cols;
  const pause = createPause(context);
  const sample = shared.map(thin);
  if (from.vectors.cols !== d) {
    throw new ShelfwalkError('EMBEDDING_SHAPE_MISMATCH', { found: from.vectors.cols, expected: d });
  }
  const sum = new Float64Array(d * d);
  for (const name of ['vectors', 'contexts'] as const)
    await addProduct(sum, { from: from[name], to: to[name], shared: sample, pause });
  const matrix = toOrthogonalFactor(sum, d);
  return {
    matrix,
    sharedCount: shared.reduce((n, of) => n + of.to.length, 0),
    residual: {
      vectors: await toResidual(from.vectors, to.vectors, { matrix, shared: sample, pause }),
      contexts: await toResidual(from.contexts, to.contexts, { matrix, shared: sample, pause }),
    },
  };
}

/** sum += Σ xᵀ x′ over shared rows, over the lengths of both sides. */
async function addProduct(
  sum: Float64Array,
  { from, to, shared, pause }: { from: Matrix; to: Matrix; shared: readonly SharedNodes[]; pause: Pause },
): Promise<void> {
  const d = to.cols;
  const product = new Float64Array(d * d);
  let fromSquared = 0;
  let toSquared = 0;
  for (const rows of shared) {
    for (let k = 0; k < rows.to.length; k++) {
      const x = from.row(rows.from[k]!);
      const y = to.row(rows.to[k]!);
      for (let i = 0; i < d; i++) {
        const value = x[i]!;
        for (let j = 0; j < d; j++) product[i * d + j]! += value * y[j]!;
        fromSquared += value * value;
        toSquared += y[i]! * y[i]!;
      }
      await pause();
    }
  }
  const length = Math.sqrt(fromSquared * toSquared);
  if (length !== 0) for (let i = 0; i < sum.length; i++) sum[i]! += product[i]! / length;
}

async function toResidual(
  from: Matrix,
  to: Matrix,
  { matrix, shared, pause }: { matrix: Float64Array; shared: readonly SharedNodes[]; pause: Pause },
): Promise<number> {
  let left = 0;
  let spread = 0;
  const turned = new Float64Array(to.cols);
  for (const rows of shared) {
    const mean = toMeanRow(to, rows.to);
    for (let k = 0; k < rows.to.length; k++) {
      turnRow(from.row(rows.from[k]!), matrix, turned);
      const y = to.row(rows.to[k]!);
      for (let i = 0; i < turned.length; i++) {
        left += (turned[i]! - y[i]!) ** 2;
        spread += (y[i]! - mean[i]!) ** 2;
      }
      await pause();
    }
  }
  if (left === 0) return 0;
  return spread === 0 ? 1 : Math.sqrt(left / spread); // one node of a type alone has no spread to be told from
}

function toMeanRow(matrix: Matrix, rows: Uint32Array): Float64Array {
  const mean = new Float64Array(matrix.cols);
  for (const v of rows) {
    const row = matrix.row(v);
    for (let i = 0; i < mean.length; i++) mean[i]! += row[i]! / rows.length;
  }
  return mean;
}

/** out = x Q, in f64. */
function turnRow(x: ArrayLike<number>, q: Float64Array, out: Float64Array): void {
  const d = out.length;
  out.fill(0);
  for (let i = 0; i < d; i++) {
    const value = x[i]!;
    if (value === 0) continue;
    for (let j = 0; j < d; j++) out[j]! += value * q[i * d + j]!;
  }
}

/**
 * Both matrices turned, new ones. A row of zeros stays one. Costs 2 · n · d² multiplications.
 * @throws ShelfwalkError ABORTED
 */
export async function rotateSpace(
  { vectors, contexts }: Space,
  q: Float64Array,
  context: TaskContext = {},
): Promise<Space> {
  const pause = createPause(context);
  return { vectors: await rotateRows(vectors, q, pause), contexts: await rotateRows(contexts, q, pause) };
}

async function rotateRows(matrix: Matrix, q: Float64Array, pause: Pause): Promise<Matrix> {
  const { rows, cols } = matrix;
  const turned = new Matrix(new Float32Array(rows * cols), rows, cols);
  const row = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    turnRow(matrix.row(i), q, row);
    turned.row(i).set(row);
    await pause();
  }
  return turned;
}

type Pause = () => Promise<void> | undefined;

/** Lets the event loop run now and then, and stops where the caller wants it to. */
function createPause({ signal }: TaskContext): Pause {
  const breathe = createBreather();
  return () => {
    throwIfAborted(signal);
    return breathe();
  };
}

function thin({ from, to }: SharedNodes): SharedNodes {
  const step = Math.ceil(to.length / MAX_NODES) || 1;
  const isKept = (_: number, k: number): boolean => k % step === 0;
  return { from: from.filter(isKept), to: to.filter(isKept) };
}
