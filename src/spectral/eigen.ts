/**
 * Eigenvalues and vectors of a small dense symmetric matrix: Householder's reduction to a tridiagonal
 * matrix, then QL with implicit shifts. f64; lets the event loop run.
 */
import { ShelfwalkError } from '../base/errors.ts';
import { createBreather, type TaskContext, throwIfAborted } from '../base/task.ts';

const MAX_SWEEPS = 50; // of QL for one eigenvalue; two are usual

export interface Eigen {
  /** f64 [n], descending. */
  readonly values: Float64Array;
  /** f64 [n × n], row-major: row i is the unit vector of value i. */
  readonly vectors: Float64Array;
}

/**
 * About 9 n³ operations: 30 ms for n = 144.
 * @param a f64 [n × n], row-major, symmetric; used up
 * @throws ShelfwalkError ABORTED · INTERNAL — no convergence, which takes numbers that are not finite
 * @see Wilkinson & Reinsch, Handbook for Automatic Computation II, 1971, tred2 and tql2. Rows of the
 *   accumulated product are kept as rows throughout, so that rotations run over memory in order.
 */
export async function toEigen(a: Float64Array, n: number, { signal }: TaskContext = {}): Promise<Eigen> {
  const breathe = createBreather();
  const pause = async (): Promise<void> => {
    throwIfAborted(signal);
    await breathe();
  };
  const { diagonal, beside, turns } = await toTridiagonal(a, n, pause);
  await diagonalize(diagonal, beside, turns, pause);
  const order = Array.from(diagonal, (_, i) => i).sort((i, j) => diagonal[j]! - diagonal[i]! || i - j);
  const vectors = new Float64Array(n * n);
  for (const [to, from] of order.entries()) vectors.set(turns.subarray(from * n, (from + 1) * n), to * n);
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors };
}

interface Tridiagonal {
  readonly diagonal: Float64Array; // [n]
  readonly beside: Float64Array; // [n] entry i couples i and i + 1; the last is 0
  /** [n × n] rows Q with Q A Qᵀ tridiagonal */
  readonly turns: Float64Array;
}

type Pause = () => Promise<void>;

/** Reflections I − 2 u uᵀ, one for each column, each zeroing what is below its subdiagonal. */
async function toTridiagonal(a: Float64Array, n: number, pause: Pause): Promise<Tridiagonal> {
  const turns = toIdentity(n);
  const u = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = 0; k + 2 < n; k++) {
    await pause();
    if (!toReflection(a, n, k, u)) continue;
    // A ← A − u qᵀ − q uᵀ with p = 2 A u, q = p − (uᵀp) u, on rows and columns from k on.
    let dot = 0;
    for (let i = k; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j]! * u[j]!;
      p[i] = 2 * sum;
      dot += p[i]! * u[i]!;
    }
    for (let i = k; i < n; i++) p[i]! -= dot * u[i]!;
    for (let i = k; i < n; i++) {
      for (let j = k; j < n; j++) a[i * n + j]! -= u[i]! * p[j]! + p[i]! * u[j]!;
    }
    reflectRows(turns, n, k, u, p);
  }
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i]!);
  const beside = Float64Array.from({ length: n }, (_, i) => (i + 1 < n ? a[i * n + i + 1]! : 0));
  return { diagonal, beside, turns };
}

/** The unit u of column k, zero above row k + 1; false where there is nothing to zero. */
function toReflection(a: Float64Array, n: number, k: number, u: Float64Array): boolean {
  let below = 0;
  for (let i = k + 2; i < n; i++) below += a[i * n + k]! ** 2;
  if (below === 0) return false;
  const head = a[(k + 1) * n + k]!;
  const length = Math.hypot(head, Math.sqrt(below));
  u.fill(0);
  u[k + 1] = head + (head < 0 ? -length : length);
  for (let i = k + 2; i < n; i++) u[i] = a[i * n + k]!;
  const norm = Math.hypot(u[k + 1]!, Math.sqrt(below));
  for (let i = k + 1; i < n; i++) u[i]! /= norm;
  return true;
}

/** Q ← (I − 2 u uᵀ) Q, by way of uᵀQ in `room`. */
function reflectRows(q: Float64Array, n: number, k: number, u: Float64Array, room: Float64Array): void {
  room.fill(0);
  for (let i = k + 1; i < n; i++) for (let j = 0; j < n; j++) room[j]! += u[i]! * q[i * n + j]!;
  for (let i = k + 1; i < n; i++) for (let j = 0; j < n; j++) q[i * n + j]! -= 2 * u[i]! * room[j]!;
}

/** QL with Wilkinson's shift: `d` becomes the eigenvalues, and rotations are applied to the rows of `turns`. */
async function diagonalize(
  d: Float64Array,
  e: Float64Array,
  turns: Float64Array,
  pause: Pause,
): Promise<void> {
  const n = d.length;
  const scale = d.reduce((max, x, i) => Math.max(max, Math.abs(x) + Math.abs(e[i]!)), 0);
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      await pause();
      let m = l;
      // The second bound lets a block of zeros, which a rank below n has, be one.
      while (m + 1 < n && !isNegligible(e[m]!, Math.abs(d[m]!) + Math.abs(d[m + 1]!), scale)) m++;
      if (m === l) break;
      if (sweep === MAX_SWEEPS) {
        throw new ShelfwalkError('INTERNAL', { found: `no eigenvalue after ${MAX_SWEEPS} sweeps`, n });
      }
      sweepOnce(d, e, turns, l, m);
    }
  }
}

const isNegligible = (e: number, neighbors: number, scale: number): boolean =>
  Math.abs(e) <= Number.EPSILON * neighbors || Math.abs(e) <= Number.EPSILON * Number.EPSILON * scale;

/** One implicit QL step on rows l … m. */
function sweepOnce(d: Float64Array, e: Float64Array, turns: Float64Array, l: number, m: number): void {
  let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  g = d[m]! - d[l]! + e[l]! / (g + (g < 0 ? -1 : 1) * Math.hypot(g, 1));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i]!;
    const b = c * e[i]!;
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1]! -= p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1]! - p;
    const t = (d[i]! - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
    rotateRows(turns, d.length, i, s, c);
  }
  d[l]! -= p;
  e[l] = g;
  e[m] = 0;
}

/** Rows i and i + 1. */
function rotateRows(q: Float64Array, n: number, i: number, s: number, c: number): void {
  for (let j = i * n; j < (i + 1) * n; j++) {
    const x = q[j]!;
    const y = q[j + n]!;
    q[j + n] = s * x + c * y;
    q[j] = c * x - s * y;
  }
}

function toIdentity(n: number): Float64Array {
  const identity = new Float64Array(n * n);
  for (let i = 0; i < n; i++) identity[i * n + i] = 1;
  return identity;
}
