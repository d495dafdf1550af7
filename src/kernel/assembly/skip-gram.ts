/**
 * The window of skip-gram: its contexts are inputs; the centre and the negatives are outputs, shared by
 * all of them (pWord2Vec, Ji et al. 2016): a small matrix product instead of K + 1 dot products per pair.
 * A window is worked in tiles of six outputs; within a tile all scores are taken first, then both sides
 * are updated:
 *
 *     e_rt = α (label_t − σ(x_r · y_t))        y_t += Σ_r e_rt x_r        x_r += Σ_t e_rt y_t (old y)
 */
import { TILE, addLoss, bytes, errors, idle, inputs, madd, negatives, outputs, sigmoid, sumLanes, sums } from './training';

@inline
function storeError(at: usize, sum: v128, label: f32, alpha: f32): void {
  store<f32>(at, (label - sigmoid(sumLanes(sum))) * alpha);
}

/**
 * e_rt of three outputs for all contexts, three contexts at a time. The block is 3 × 3 because the
 * engine loads all operands of an iteration before it multiplies: nine sums and six operands are the
 * fifteen registers there are; 2 × 6 spills five sums and is slower.
 */
@inline
function scoreHalf(targets: usize, first: usize, m: i32, label: f32, alpha: f32): void {
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
    const e = errors + (<usize>r << 5) + first;
    storeError(e, a0, label, alpha); storeError(e + 4, a1, 0, alpha); storeError(e + 8, a2, 0, alpha);
    storeError(e + 32, b0, label, alpha); storeError(e + 36, b1, 0, alpha); storeError(e + 40, b2, 0, alpha);
    storeError(e + 64, c0, label, alpha); storeError(e + 68, c1, 0, alpha); storeError(e + 72, c2, 0, alpha);
  }
}

/**
 * Σ_r e_rt x_r of three outputs, eight coordinates at `o`, to `sums` (f32 [3][8]). Six sums, two inputs
 * and three errors: as many registers as can be had without spilling (see scoreHalf).
 */
@inline
function sumInputs(first: usize, end: usize, o: usize, sums: usize): void {
  let d0 = f32x4.splat(0), d1 = d0, d2 = d0, f0 = d0, f1 = d0, f2 = d0;
  let e = errors + first;
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
function addOutputs(targets: usize, first: usize, end: usize, o: usize): void {
  const t0 = <usize>load<u32>(targets) + o, t1 = <usize>load<u32>(targets, 4) + o, t2 = <usize>load<u32>(targets, 8) + o;
  const y0 = v128.load(t0), y1 = v128.load(t1), y2 = v128.load(t2);
  const z0 = v128.load(t0, 16), z1 = v128.load(t1, 16), z2 = v128.load(t2, 16);
  let e = errors + first;
  for (let at = inputs; at < end; at += 4) {
    const row = <usize>load<u32>(at) + o;
    const w0 = v128.load32_splat(e), w1 = v128.load32_splat(e, 4), w2 = v128.load32_splat(e, 8);
    v128.store(row, madd(w2, y2, madd(w1, y1, madd(w0, y0, v128.load(row)))));
    v128.store(row, madd(w2, z2, madd(w1, z1, madd(w0, z0, v128.load(row, 16)))), 16);
    e += 32;
  }
}

/** y_t += what sumInputs left, for three outputs; read again because a node may be drawn twice as a negative. */
@inline
function addInputs(targets: usize, o: usize, sums: usize): void {
  for (let t: usize = 0; t < 3; t++) {
    const row = <usize>load<u32>(targets + (t << 2)) + o;
    v128.store(row, f32x4.add(v128.load(row), v128.load(sums + (t << 5))));
    v128.store(row, f32x4.add(v128.load(row, 16), v128.load(sums + (t << 5), 16)), 16);
  }
}

/** Both updates of a tile from the errors: all of them read the old values, eight coordinates at a time. */
@inline
function updateTile(targets: usize, m: i32): void {
  const length = bytes;
  const end = inputs + (<usize>m << 2);
  for (let o: usize = 0; o < length; o += 32) {
    sumInputs(0, end, o, sums);
    sumInputs(12, end, o, sums + 96);
    addOutputs(targets, 0, end, o);
    addOutputs(targets + 12, 12, end, o);
    addInputs(targets, o, sums);
    addInputs(targets + 12, o, sums + 96);
  }
}

/** Loss of a tile before its update. The scores are taken again: this is one window in 16. */
function addTileLoss(targets: usize, m: i32, outputsInTile: i32, label: f32): void {
  for (let r = 0; r < m; r++) {
    const x = <usize>load<u32>(inputs + (<usize>r << 2));
    for (let t = 0; t < outputsInTile; t++) {
      const y = <usize>load<u32>(targets + (<usize>t << 2));
      let sum = f32x4.splat(0);
      for (let o: usize = 0; o < bytes; o += 16) sum = madd(v128.load(x + o), v128.load(y + o), sum);
      addLoss(sumLanes(sum), t == 0 ? label : 0);
    }
  }
}

/** Trains the window that stands in `inputs` (m of them, then two idle rows) and in `outputs`. */
export function trainSkipGram(m: i32, tiles: i32, idles: i32, sampled: bool, alpha: f32): void {
  for (let tile = 0; tile < tiles; tile++) {
    const targets = outputs + <usize>(tile * TILE * 4);
    const label: f32 = tile == 0 ? 1 : 0;
    if (sampled) addTileLoss(targets, m, min(TILE, negatives + 1 - tile * TILE), label);
    scoreHalf(targets, 0, m, label, alpha);
    scoreHalf(targets + 12, 12, m, 0, alpha);
    updateTile(targets, m);
    if (idles > 0) memory.fill(idle, 0, bytes); // fillers collect gradient that belongs to nobody
  }
}
