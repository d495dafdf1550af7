/**
 * A tile of a window: six outputs against all its inputs, in blocks that fit the registers. First all
 * scores are taken, then, from errors e_rt, both sides are updated from the old values:
 *
 *     y_t += Σ_r e_rt x_r        x_r += Σ_t e_rt y_t
 *
 * Flags that are constants wherever they are passed are compiled away, so that nothing is asked in a loop.
 */
import { STORED, bytes, inputs, madd, sigmoid, sumLanes, sums } from './training';

@inline
function storeScore(at: usize, sum: v128, asError: bool, label: f32, alpha: f32): void {
  const score = sumLanes(sum);
  store<f32>(at, asError ? (label - sigmoid(score)) * alpha : score);
}

/**
 * What three outputs score with all contexts, three contexts at a time, to `to` (f32 [m + 2][8]): x_r · y_t, or the
 * e_rt of skip-gram where `asErrors`. The block is 3 × 3 because the engine loads all operands of an iteration
 * before it multiplies: nine sums and six operands are the fifteen registers there are; 2 × 6 spills five sums
 * and is slower.
 */
@inline
export function scoreHalf(targets: usize, to: usize, m: i32, asErrors: bool, label: f32, alpha: f32): void {
  const length = bytes;
  const t0 = <usize>load<u32>(targets), t1 = <usize>load<u32>(targets, 4), t2 = <usize>load<u32>(targets, 8);
  for (let r = 0; r < m; r += 3) {
    const at = inputs + (<usize>r << 2);
    const a = <usize>load<u32>(at), b = <usize>load<u32>(at, 4), c = <usize>load<u32>(at, 8);
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, b0 = a0, b1 = a0, b2 = a0, c0 = a0, c1 = a0, c2 = a0;
    for (let o: usize = 0; o < length; o += 16) {
      const x = v128.load(a + o), y = v128.load(b + o), z = v128.load(c + o);
      const u = v128.load(t0 + o), v = v128.load(t1 + o), w = v128.load(t2 + o);
      a0 = madd(x, u, a0); b0 = madd(y, u, b0); c0 = madd(z, u, c0);
      a1 = madd(x, v, a1); b1 = madd(y, v, b1); c1 = madd(z, v, c1);
      a2 = madd(x, w, a2); b2 = madd(y, w, b2); c2 = madd(z, w, c2);
    }
    const e = to + (<usize>r << 5);
    storeScore(e, a0, asErrors, label, alpha); storeScore(e + 4, a1, asErrors, 0, alpha); storeScore(e + 8, a2, asErrors, 0, alpha);
    storeScore(e + 32, b0, asErrors, label, alpha); storeScore(e + 36, b1, asErrors, 0, alpha); storeScore(e + 40, b2, asErrors, 0, alpha);
    storeScore(e + 64, c0, asErrors, label, alpha); storeScore(e + 68, c1, asErrors, 0, alpha); storeScore(e + 72, c2, asErrors, 0, alpha);
  }
}

/**
 * Σ_r e_rt x_r of three outputs, eight coordinates at `o`, to `sums` (f32 [3][8]). Six sums, two inputs
 * and three errors: as many registers as can be had without spilling (see scoreHalf).
 */
@inline
function sumInputs(first: usize, end: usize, o: usize, sums: usize): void {
  let d0 = f32x4.splat(0), d1 = d0, d2 = d0, f0 = d0, f1 = d0, f2 = d0;
  let e = first;
  for (let at = inputs; at < end; at += 4) {
    const row = <usize>load<u32>(at) + o;
    const x = v128.load(row), z = v128.load(row, 16);
    const w0 = v128.load32_splat(e), w1 = v128.load32_splat(e, 4), w2 = v128.load32_splat(e, 8);
    d0 = madd(w0, x, d0); d1 = madd(w1, x, d1); d2 = madd(w2, x, d2);
    f0 = madd(w0, z, f0); f1 = madd(w1, z, f1); f2 = madd(w2, z, f2);
    e += 32;
  }
  v128.store(sums, d0); v128.store(sums, f0, 16);
  v128.store(sums, d1, 32); v128.store(sums, f1, 48);
  v128.store(sums, d2, 64); v128.store(sums, f2, 80);
}

/** x_r += Σ_t e_rt y_t over three outputs, eight coordinates at `o`. */
@inline
function addOutputs(targets: usize, first: usize, end: usize, o: usize, masked: bool): void {
  const t0 = <usize>load<u32>(targets) + o, t1 = <usize>load<u32>(targets, 4) + o, t2 = <usize>load<u32>(targets, 8) + o;
  const y0 = v128.load(t0), y1 = v128.load(t1), y2 = v128.load(t2);
  const z0 = v128.load(t0, 16), z1 = v128.load(t1, 16), z2 = v128.load(t2, 16);
  let e = first;
  for (let at = inputs; at < end; at += 4) {
    const row = <usize>load<u32>(at) + o;
    const to = masked ? <usize>load<u32>(at, STORED) + o : row;
    const w0 = v128.load32_splat(e), w1 = v128.load32_splat(e, 4), w2 = v128.load32_splat(e, 8);
    v128.store(to, madd(w2, y2, madd(w1, y1, madd(w0, y0, v128.load(row)))));
    v128.store(to, madd(w2, z2, madd(w1, z1, madd(w0, z0, v128.load(row, 16)))), 16);
    e += 32;
  }
}

/** y_t += what sumInputs left, for three outputs; read again because a node may be drawn twice as a negative. */
@inline
function addInputs(targets: usize, o: usize, sums: usize, masked: bool): void {
  for (let t: usize = 0; t < 3; t++) {
    const row = <usize>load<u32>(targets + (t << 2)) + o;
    const to = masked ? <usize>load<u32>(targets + (t << 2), STORED) + o : row;
    v128.store(to, f32x4.add(v128.load(row), v128.load(sums + (t << 5))));
    v128.store(to, f32x4.add(v128.load(row, 16), v128.load(sums + (t << 5), 16)), 16);
  }
}

/** Both updates of a tile from the errors at `from` (f32 [m][8]): all of them read the old values, eight coordinates at a time. */
@inline
export function updateTile(targets: usize, from: usize, m: i32, masked: bool): void {
  const length = bytes;
  const end = inputs + (<usize>m << 2);
  for (let o: usize = 0; o < length; o += 32) {
    sumInputs(from, end, o, sums);
    sumInputs(from + 12, end, o, sums + 96);
    addOutputs(targets, from, end, o, masked);
    addOutputs(targets + 12, from + 12, end, o, masked);
    addInputs(targets, o, sums, masked);
    addInputs(targets + 12, o, sums + 96, masked);
  }
}
