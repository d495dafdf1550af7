/**
 * Dot products of one query with many rows: the inside of exact neighbour search. A module of its
 * own, over the memory that kernel/scan.ts lays out; no state, so threads share everything but their slot.
 *
 * Plain SIMD on purpose: no relaxed instruction, so a score has the same bits on every machine. Each
 * row is summed in the same order whether it is scanned in a block of eight or alone, so equal rows
 * have equal scores wherever they lie, and ties stay ties.
 */

@inline
function sum(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 2) + (f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 3))
  );
}

@inline
function step(acc: v128, q: v128, at: usize): v128 {
  return f32x4.add(acc, f32x4.mul(q, v128.load(at)));
}

/**
 * @param query  f32 [stride / 4], 16-byte aligned, zeros behind the last column
 * @param row    address of the first of `count` rows, f32 [count, stride / 4], aligned likewise
 * @param stride bytes of a row, a multiple of 16
 * @param out    f32 [count]
 */
export function scan(query: usize, row: usize, count: u32, stride: usize, out: usize): void {
  // Eight rows at a time: each load of the query serves eight sums, and their chains of additions overlap.
  for (; count >= 8; count -= 8) {
    const r1 = row + stride, r2 = r1 + stride, r3 = r2 + stride, r4 = r3 + stride;
    const r5 = r4 + stride, r6 = r5 + stride, r7 = r6 + stride;
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
    for (let c: usize = 0; c < stride; c += 16) {
      const q = v128.load(query + c);
      a0 = step(a0, q, row + c);
      a1 = step(a1, q, r1 + c);
      a2 = step(a2, q, r2 + c);
      a3 = step(a3, q, r3 + c);
      a4 = step(a4, q, r4 + c);
      a5 = step(a5, q, r5 + c);
      a6 = step(a6, q, r6 + c);
      a7 = step(a7, q, r7 + c);
    }
    store<f32>(out, sum(a0), 0);
    store<f32>(out, sum(a1), 4);
    store<f32>(out, sum(a2), 8);
    store<f32>(out, sum(a3), 12);
    store<f32>(out, sum(a4), 16);
    store<f32>(out, sum(a5), 20);
    store<f32>(out, sum(a6), 24);
    store<f32>(out, sum(a7), 28);
    row = r7 + stride;
    out += 32;
  }
  for (; count > 0; count--) {
    let a = f32x4.splat(0);
    for (let c: usize = 0; c < stride; c += 16) a = step(a, v128.load(query + c), row + c);
    store<f32>(out, sum(a));
    row += stride;
    out += 4;
  }
}
