/**
 * e^x and ln x without tables: those of the standard library are static data, which every instance would write
 * over the memory that all share.
 */
const LOG2_E: f32 = 1.44269504088896341;
const LN2: f64 = 0.6931471805599453;
const LN2_HIGH: f32 = 0.693359375; // ln 2 in two parts, so that x − n ln 2 is exact to the last bits
const LN2_LOW: f32 = -2.12194440e-4;
/** Below it the result is 0: e^−60 is nothing beside 1, and smaller numbers would be denormal once they are scaled. */
const LEAST: f32 = -60;

/**
 * e^x of four numbers, in f32 operations that the reference repeats one by one: the same bits in any engine.
 * After Cephes' expf (Moshier 1992): relative error below 2e-7.
 * @param x ≤ 0
 */
@inline
export function expOf(x: v128): v128 {
  const isSome = f32x4.gt(x, f32x4.splat(LEAST));
  const bound = f32x4.max(x, f32x4.splat(LEAST));
  const n = f32x4.floor(f32x4.add(f32x4.mul(bound, f32x4.splat(LOG2_E)), f32x4.splat(0.5)));
  const r = f32x4.sub(f32x4.sub(bound, f32x4.mul(n, f32x4.splat(LN2_HIGH))), f32x4.mul(n, f32x4.splat(LN2_LOW)));
  let y = f32x4.splat(1.9875691500e-4);
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.3981999507e-3));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(8.3334519073e-3));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(4.1665795894e-2));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.6666665459e-1));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(5.0000001201e-1));
  y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(y, r), r), r), f32x4.splat(1));
  const powers = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23); // 2^n as bits
  return v128.and(f32x4.mul(y, powers), isSome);
}

/** ln x = n ln 2 + 2 artanh((y − 1) / (y + 1)) with x = y 2^n, y between √½ and √2. @param x ≥ 1 */
export function logOf(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let n = <i32>(bits >> 52) - 1023;
  let y = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (y > 1.4142135623730951) {
    y *= 0.5;
    n++;
  }
  const s = (y - 1) / (y + 1);
  const square = s * s;
  let sum: f64 = 0;
  for (let k = 21; k > 0; k -= 2) sum = sum * square + 1 / <f64>k; // s^22 is below 1e-16
  return <f64>n * LN2 + 2 * s * sum;
}
