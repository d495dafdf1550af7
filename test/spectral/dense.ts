/** Plain dense algebra, as slow as it is obvious: what the sparse, sliced and threaded versions must agree with. */
import { createRandom } from '../../src/base/rng.ts';
import type { Snapshot } from '../../src/graph/types.ts';
import { transitionLaw } from '../../src/walk/law.ts';
import type { TypePolicy } from '../../src/walk/policy.ts';

export type Dense = number[][];

/** √(P_uv · P_vu), from the law of single rows. */
export function toDenseAdjacency(g: Snapshot, policy: TypePolicy): Dense {
  const law = Array.from({ length: g.nodeCount }, () => new Array<number>(g.nodeCount).fill(0));
  for (let v = 0; v < g.nodeCount; v++) {
    const row = transitionLaw(g, { returnP: 1, inOutQ: 1, policy }, undefined, v);
    row.forEach((p, i) => {
      law[v]![g.targets[g.offsets[v]! + i]!] = p;
    });
  }
  return law.map((row, u) => row.map((p, v) => Math.sqrt(p * law[v]![u]!)));
}

/** Jacobi's rotations until nothing is left beside the diagonal; pairs by descending value. */
export function toEigenPairs(matrix: Dense): { value: number; vector: number[] }[] {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const q = matrix.map((_, i) => matrix.map((__, j) => (i === j ? 1 : 0)));
  const isLeft = (): boolean => a.some((row, i) => row.some((x, j) => i !== j && Math.abs(x) > 1e-13));
  while (isLeft()) {
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) rotate(a, q, i, j);
  }
  return q
    .map((_, i) => ({ value: a[i]![i]!, vector: q.map((row) => row[i]!) }))
    .sort((x, y) => y.value - x.value);
}

function rotate(a: Dense, q: Dense, i: number, j: number): void {
  if (Math.abs(a[i]![j]!) < 1e-15) return;
  const theta = (a[j]![j]! - a[i]![i]!) / (2 * a[i]![j]!);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (const row of [...a, ...q]) [row[i], row[j]] = [c * row[i]! - s * row[j]!, s * row[i]! + c * row[j]!];
  const [x, y] = [[...a[i]!], [...a[j]!]];
  a[i] = x.map((value, k) => c * value - s * y[k]!);
  a[j] = x.map((value, k) => s * value + c * y[k]!);
}

/** Σ value^power · vector vectorᵀ over the pairs that are asked for. */
export function toFunction(
  pairs: readonly { readonly value: number; readonly vector: readonly number[] }[],
  power: number,
): Dense {
  const n = pairs[0]!.vector.length;
  const sum = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (const { value, vector } of pairs) {
    for (let u = 0; u < n; u++) {
      for (let v = 0; v < n; v++) sum[u]![v]! += value ** power * vector[u]! * vector[v]!;
    }
  }
  return sum;
}

/** Symmetric, entries in −½ … ½. */
export function randomSymmetric(n: number, seed: number): Float64Array {
  const random = createRandom(seed);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = random() - 0.5;
  return a;
}
