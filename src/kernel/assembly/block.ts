/**
 * Products of a tall block with a sparse matrix, with itself and with a small one: the inside of subspace
 * iteration. A module of its own, over the memory that the snapshot lies in; no state.
 *
 * Plain SIMD on purpose: no relaxed instruction, so a model computed with it has the same bits on every
 * machine. A block is f32 [n, width], width a multiple of 16. Rows are named by a list, since a colour of a
 * two-colourable graph is not a range.
 */

/** Rows whose products are summed in f32 before they are added to the f64 sums. */
const GRAM_ROWS: u32 = 64;

/**
 * out[v] ← scale · Σ_a values[a] · block[targets[a]] + shift · block[v] + back · out[v], for each v of the list.
 * With shift = back = 0 neither block[v] nor out[v] is read, and `out` may be `block` where no target is in the list.
 *
 * @param list    u32: rows, of which those at [from, to) are done
 * @param offsets u32 [n + 1] · targets u32 [m] · values f32 [m]
 */
export function multiply(
  list: usize,
  from: u32,
  to: u32,
  offsets: usize,
  targets: usize,
  values: usize,
  block: usize,
  out: usize,
  width: u32,
  scale: f32,
  shift: f32,
  back: f32,
): void {
  const stride: usize = width << 2;
  const combined = shift != 0 || back != 0;
  const k = f32x4.splat(scale), s = f32x4.splat(shift), b = f32x4.splat(back);
  for (let i = from; i < to; i++) {
    const v = load<u32>(list + ((i as usize) << 2));
    const first = load<u32>(offsets + ((v as usize) << 2));
    const end = load<u32>(offsets + ((v as usize) << 2), 4);
    for (let c: usize = 0; c < stride; c += 64) {
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
      for (let a = first; a < end; a++) {
        const x = v128.load32_splat(values + ((a as usize) << 2));
        const row = block + load<u32>(targets + ((a as usize) << 2)) * stride + c;
        a0 = f32x4.add(a0, f32x4.mul(x, v128.load(row, 0)));
        a1 = f32x4.add(a1, f32x4.mul(x, v128.load(row, 16)));
        a2 = f32x4.add(a2, f32x4.mul(x, v128.load(row, 32)));
        a3 = f32x4.add(a3, f32x4.mul(x, v128.load(row, 48)));
      }
      a0 = f32x4.mul(a0, k);
      a1 = f32x4.mul(a1, k);
      a2 = f32x4.mul(a2, k);
      a3 = f32x4.mul(a3, k);
      const to = out + v * stride + c;
      if (combined) {
        const own = block + v * stride + c;
        a0 = combine(a0, s, v128.load(own, 0), b, v128.load(to, 0));
        a1 = combine(a1, s, v128.load(own, 16), b, v128.load(to, 16));
        a2 = combine(a2, s, v128.load(own, 32), b, v128.load(to, 32));
        a3 = combine(a3, s, v128.load(own, 48), b, v128.load(to, 48));
      }
      v128.store(to, a0, 0);
      v128.store(to, a1, 16);
      v128.store(to, a2, 32);
      v128.store(to, a3, 48);
    }
  }
}

@inline
function combine(sum: v128, s: v128, own: v128, b: v128, old: v128): v128 {
  return f32x4.add(f32x4.add(sum, f32x4.mul(s, own)), f32x4.mul(b, old));
}

/**
 * sums[i, j] += Σ left[v, i] · right[v, j] over the listed rows, for the 16 × 16 tiles on and above the diagonal.
 * @param sums f64 [width, width]
 */
export function gram(
  list: usize,
  from: u32,
  to: u32,
  left: usize,
  right: usize,
  width: u32,
  sums: usize,
): void {
  for (let start = from; start < to; start += GRAM_ROWS) {
    const end = min(to, start + GRAM_ROWS);
    for (let j: u32 = 0; j < width; j += 16) {
      for (let i: u32 = 0; i < j + 16; i += 2) gramTile(list, start, end, left, right, i, j, sums, width);
    }
  }
}

/** Two rows of the sums, sixteen columns: eight accumulators stay in registers. */
@inline
function gramTile(
  list: usize,
  from: u32,
  to: u32,
  left: usize,
  right: usize,
  i: u32,
  j: u32,
  sums: usize,
  width: u32,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  const stride: usize = width << 2;
  const l = left + ((i as usize) << 2);
  const r = right + ((j as usize) << 2);
  for (let at = from; at < to; at++) {
    const row = load<u32>(list + ((at as usize) << 2)) * stride;
    const y0 = v128.load(r + row, 0), y1 = v128.load(r + row, 16);
    const y2 = v128.load(r + row, 32), y3 = v128.load(r + row, 48);
    const p = v128.load32_splat(l + row, 0);
    const q = v128.load32_splat(l + row, 4);
    a0 = f32x4.add(a0, f32x4.mul(p, y0));
    a1 = f32x4.add(a1, f32x4.mul(p, y1));
    a2 = f32x4.add(a2, f32x4.mul(p, y2));
    a3 = f32x4.add(a3, f32x4.mul(p, y3));
    b0 = f32x4.add(b0, f32x4.mul(q, y0));
    b1 = f32x4.add(b1, f32x4.mul(q, y1));
    b2 = f32x4.add(b2, f32x4.mul(q, y2));
    b3 = f32x4.add(b3, f32x4.mul(q, y3));
  }
  const a = sums + (((i * width + j) as usize) << 3);
  const b = a + ((width as usize) << 3);
  addTo(a, a0);
  addTo(a + 32, a1);
  addTo(a + 64, a2);
  addTo(a + 96, a3);
  addTo(b, b0);
  addTo(b + 32, b1);
  addTo(b + 64, b2);
  addTo(b + 96, b3);
}

@inline
function addTo(at: usize, x: v128): void {
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(v128.shuffle<u32>(x, x, 2, 3, 2, 3));
  v128.store(at, f64x2.add(v128.load(at, 0), low), 0);
  v128.store(at, f64x2.add(v128.load(at, 16), high), 16);
}

/**
 * out[v] ← block[v] · turn, for each v of the list; `out` is another block.
 * @param turn f32 [width, width]
 */
export function transform(
  list: usize,
  from: u32,
  to: u32,
  block: usize,
  out: usize,
  width: u32,
  turn: usize,
): void {
  const stride: usize = width << 2;
  for (let at = from; at < to; at += 2) {
    const v = load<u32>(list + ((at as usize) << 2)) * stride;
    // An odd row at the end is done twice over, which changes nothing.
    const w = load<u32>(list + ((min(at + 1, to - 1) as usize) << 2)) * stride;
    for (let c: usize = 0; c < stride; c += 64) {
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
      let t = turn + c;
      for (let i: usize = 0; i < stride; i += 4) {
        const t0 = v128.load(t, 0), t1 = v128.load(t, 16), t2 = v128.load(t, 32), t3 = v128.load(t, 48);
        const p = v128.load32_splat(block + v + i);
        const q = v128.load32_splat(block + w + i);
        a0 = f32x4.add(a0, f32x4.mul(p, t0));
        a1 = f32x4.add(a1, f32x4.mul(p, t1));
        a2 = f32x4.add(a2, f32x4.mul(p, t2));
        a3 = f32x4.add(a3, f32x4.mul(p, t3));
        b0 = f32x4.add(b0, f32x4.mul(q, t0));
        b1 = f32x4.add(b1, f32x4.mul(q, t1));
        b2 = f32x4.add(b2, f32x4.mul(q, t2));
        b3 = f32x4.add(b3, f32x4.mul(q, t3));
        t += stride;
      }
      v128.store(out + v + c, a0, 0);
      v128.store(out + v + c, a1, 16);
      v128.store(out + v + c, a2, 32);
      v128.store(out + v + c, a3, 48);
      v128.store(out + w + c, b0, 0);
      v128.store(out + w + c, b1, 16);
      v128.store(out + w + c, b2, 32);
      v128.store(out + w + c, b3, 48);
    }
  }
}
