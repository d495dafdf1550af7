/**
 * Lookup tables of the kernel, computed in f64 and rounded to f32 once, so that engines whose Math
 * functions differ in the last bit of f64 still agree. reference.ts reads the same tables.
 */
const SIZE = 1024;
const RANGE = 6; // scores at or beyond ±6 are saturated: σ is taken as 0 or 1

/** Of bin i. There is one bin more than 1024: the f32 just under 6 rounds up to it. */
const midpoint = (i: number): number => ((i + 0.5) / SIZE) * 2 * RANGE - RANGE;

/** σ(x), [1025] */
export const toSigmoids = (): Float32Array =>
  Float32Array.from({ length: SIZE + 1 }, (_, i) => 1 / (1 + Math.exp(-midpoint(i))));

/** log(1 + e^x), [1025] */
export const toSoftplus = (): Float32Array =>
  Float32Array.from({ length: SIZE + 1 }, (_, i) => Math.log1p(Math.exp(midpoint(i))));

/** ln i, [length]; 0 at 0. */
export const toLogs = (length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => (i === 0 ? 0 : Math.log(i)));

/**
 * Alias slots {probability f32, alias u32} of rows [start, end) for drawing in proportion to `weights`
 * (f64 [end − start], some > 0), written to `slots` at 2·row. Vose 1991.
 */
export function fillAlias(
  weights: Float64Array,
  start: number,
  probability: Float32Array,
  alias: Uint32Array,
): void {
  const n = weights.length;
  const total = weights.reduce((a, b) => a + b, 0);
  const scaled = weights.map((w) => (w * n) / total);
  const small: number[] = [];
  const large: number[] = [];
  for (let i = 0; i < n; i++) {
    probability[2 * (start + i)] = 1;
    alias[2 * (start + i) + 1] = start + i;
    (scaled[i]! < 1 ? small : large).push(i);
  }
  while (small.length > 0 && large.length > 0) {
    const s = small.pop()!;
    const l = large[large.length - 1]!;
    probability[2 * (start + s)] = scaled[s]!;
    alias[2 * (start + s) + 1] = start + l;
    scaled[l]! -= 1 - scaled[s]!;
    if (scaled[l]! < 1) small.push(large.pop()!);
  }
  // What rounding leaves on `small` is 1 up to rounding, but a zero weight must never be drawn.
  const some = weights.findIndex((w) => w > 0);
  for (const s of small.filter((i) => weights[i] === 0)) {
    probability[2 * (start + s)] = 0;
    alias[2 * (start + s) + 1] = start + some;
  }
}
