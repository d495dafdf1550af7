/**
 * The top eigenvectors of an operator by subspace iteration: a random block, filtered by polynomials of
 * the operator that grow what is wanted and hold the rest down, made orthonormal, and turned by the small
 * eigenproblem within it (Rayleigh–Ritz), round after round.
 *
 * @see Halko, Martinsson & Tropp, Finding structure with randomness, SIAM Review 2011, §4.5 — the random
 *   block wider than what is wanted, and orthonormalising between powers. We keep one block instead of a
 *   Krylov space of them, and filter by Chebyshev polynomials instead of powers:
 * @see Zhou, Saad, Tiago & Chelikowsky, Self-consistent-field calculations using Chebyshev-filtered
 *   subspace iteration, J. Comput. Phys. 2006, algorithm 3.1 — scaled so that the filter is 1 at 1.
 */
import type { TaskContext } from '../base/task.ts';
import { toEigen } from './eigen.ts';
import type { Block, Operator } from './operator.ts';
import { toOrthonormalizing } from './orthonormal.ts';

/**
 * Largest growth of the top against what is held down, in one filter. Beyond it f32 would lose the rest in
 * the top: sooner in a random block, whose columns all hold some of it, than in one of Ritz vectors.
 */
const MOST_GROWTH = { random: 100, ritz: 2000 };
const MOST_DEGREE = 8;

export interface Subspace {
  /** f64 [width] Ritz values, descending; those of columns that are zero are 0. */
  readonly values: Float64Array;
  /** f64 [width × width] row i turns the block into the Ritz vector of value i. */
  readonly vectors: Float64Array;
  /** Orthonormal columns on the near rows; on the far rows Bᵀ of them, where there are any. */
  readonly block: Block;
  /** The other of the two blocks, free to be used. */
  readonly room: Block;
  readonly rounds: number;
  /** Relative change of the sum of the wanted Ritz values in the last round; 0 where the block spans everything. */
  readonly change: number;
}

export interface SubspaceOptions extends TaskContext {
  /** Rounds after the first, ≥ 1; or 0 for a block whose columns are orthonormal and span all near rows. */
  readonly rounds: number;
  /** Eigenvectors that matter; the block's other columns only help. */
  readonly wanted: number;
}

/**
 * @param block random (or a basis) on the near rows, zero elsewhere; both blocks are written to
 * @throws ShelfwalkError ABORTED
 */
export async function findTopSpace(
  operator: Operator,
  block: Block,
  room: Block,
  { rounds, wanted, ...context }: SubspaceOptions,
): Promise<Subspace> {
  const { width, lowest } = operator;
  let [x, spare] = [block, room];
  let sum = 0;
  let filtering = { from: lowest as number, to: 0.25, growth: MOST_GROWTH.random }; // before anything is known
  for (let round = 0; ; round++) {
    context.onProgress?.({ stage: 'spectrum', done: round, total: rounds + 1, unit: 'rounds' });
    if (rounds > 0) {
      [x, spare] = await filter(operator, x, spare, filtering);
      // Twice: once leaves what f32 has lost in columns that were nearly alike.
      for (let pass = 0; pass < 2; pass++) [x, spare] = await orthonormalize(operator, x, spare);
    }
    const { values, vectors } = await toEigen(await operator.project(x, spare), width, context);
    const found = sumOf(values.subarray(0, wanted));
    if (round === rounds) {
      context.onProgress?.({ stage: 'spectrum', done: rounds + 1, total: rounds + 1, unit: 'rounds' });
      const change = rounds === 0 ? 0 : Math.abs(found - sum) / found;
      return { values, vectors, block: x, room: spare, rounds: round + 1, change };
    }
    sum = found;
    await operator.transform('near', x, spare, toTurn(vectors, width));
    [x, spare] = [spare, x];
    const to = Math.min(Math.max(values[width - 1]!, TINY), 1 - TINY);
    filtering = { from: lowest, to, growth: MOST_GROWTH.ritz };
  }
}

/** @returns the block with orthonormal columns, and the other one */
async function orthonormalize(operator: Operator, x: Block, spare: Block): Promise<[Block, Block]> {
  const { turn } = toOrthonormalizing(await operator.gram(x), operator.width);
  await operator.transform('near', x, spare, turn);
  return [spare, x];
}

/**
 * Below it eigenvalues are rounding, and on a graph that is not two-colourable they are not wanted. As near to
 * 1 as that come those of a graph of more parts than the block has columns.
 */
const TINY = 1e-3;

const sumOf = (values: Float64Array): number => values.reduce((total, x) => total + Math.max(0, x), 0);

/** f32 [n × n]: the rows as columns. */
function toTurn(vectors: Float64Array, n: number): Float32Array {
  const turn = new Float32Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) turn[j * n + i] = vectors[i * n + j]!;
  return turn;
}

/**
 * x ← T_d((M − c) / h) x / T_d((1 − c) / h): small on the interval c ± h, growing beyond it, and 1 at 1, the top
 * of every spectrum here. By the three-term recurrence, with the ratios of the scales.
 * @returns the filtered block, and the other one
 */
async function filter(
  { apply }: Operator,
  block: Block,
  room: Block,
  { from, to, growth }: { readonly from: number; readonly to: number; readonly growth: number },
): Promise<[Block, Block]> {
  const half = (to - from) / 2;
  const centre = (to + from) / 2;
  const top = (1 - centre) / half;
  const degree = toDegree(top, growth);
  let [x, old] = [block, room];
  let ratio = 1 / top; // T_{k−1}(top) / T_k(top)
  await apply(x, old, { scale: ratio / half, shift: (-ratio * centre) / half, back: 0 });
  [x, old] = [old, x];
  for (let k = 1; k < degree; k++) {
    const next = 1 / (2 * top - ratio);
    await apply(x, old, {
      scale: (2 * next) / half,
      shift: (-2 * next * centre) / half,
      back: -ratio * next,
    });
    [x, old] = [old, x];
    ratio = next;
  }
  return [x, old];
}

/** The highest degree, up to MOST_DEGREE, of which T_d(top) is no more than `growth`; at least 1. */
const toDegree = (top: number, growth: number): number =>
  Math.max(1, Math.min(MOST_DEGREE, Math.floor(Math.acosh(growth) / Math.acosh(top))));
