/**
 * The window of CBOW: the mean of the m contexts is the one input, the centre and the negatives are
 * outputs. All scores are taken first, then both sides are updated from the old values:
 *
 *     h = (1/m) Σ_r x_r     e_t = α (label_t − σ(h · y_t))     y_t += e_t h     x_r += (1/m) Σ_t e_t y_t (old y)
 *
 * 1/m is the gradient of the mean (İrsoy et al. 2021); word2vec.c and gensim add the whole sum to each x_r.
 */
import {
  STORED, TILE, addLoss, bytes, errors, idle, inputs, madd, mean, negatives, outputs, sigmoid, sumLanes,
} from './training';

/** h of m inputs, four coordinates at a time. */
@inline
function writeMean(end: usize, share: f32): void {
  const length = bytes;
  for (let o: usize = 0; o < length; o += 16) {
    let sum = f32x4.splat(0);
    for (let at = inputs; at < end; at += 4) sum = f32x4.add(sum, v128.load(<usize>load<u32>(at) + o));
    v128.store(mean + o, f32x4.mul(sum, f32x4.splat(share)));
  }
}

@inline
function storeError(at: usize, sum: v128, label: f32, alpha: f32, sampled: bool): void {
  const score = sumLanes(sum);
  if (sampled) addLoss(score, label);
  store<f32>(at, (label - sigmoid(score)) * alpha);
}

/** e_t of the six outputs of a tile, of which `count` are no fillers: six sums, so that none waits for another. */
@inline
function scoreTile(targets: usize, e: usize, count: i32, label: f32, alpha: f32, sampled: bool): void {
  const length = bytes;
  const t0 = <usize>load<u32>(targets), t1 = <usize>load<u32>(targets, 4), t2 = <usize>load<u32>(targets, 8);
  const t3 = <usize>load<u32>(targets, 12), t4 = <usize>load<u32>(targets, 16), t5 = <usize>load<u32>(targets, 20);
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
  for (let o: usize = 0; o < length; o += 16) {
    const h = v128.load(mean + o);
    a0 = madd(h, v128.load(t0 + o), a0); a1 = madd(h, v128.load(t1 + o), a1); a2 = madd(h, v128.load(t2 + o), a2);
    a3 = madd(h, v128.load(t3 + o), a3); a4 = madd(h, v128.load(t4 + o), a4); a5 = madd(h, v128.load(t5 + o), a5);
  }
  storeError(e, a0, label, alpha, sampled);
  storeError(e + 4, a1, 0, alpha, sampled && count > 1); storeError(e + 8, a2, 0, alpha, sampled && count > 2);
  storeError(e + 12, a3, 0, alpha, sampled && count > 3); storeError(e + 16, a4, 0, alpha, sampled && count > 4);
  storeError(e + 20, a5, 0, alpha, sampled && count > 5);
}

/** Both updates, four coordinates at a time; a node may stand twice on either side, so rows are read again before they are added to. */
@inline
function update(end: usize, count: i32, share: f32, masked: bool): void {
  const length = bytes;
  const part = f32x4.splat(share);
  for (let o: usize = 0; o < length; o += 16) {
    const h = v128.load(mean + o);
    let gradient = f32x4.splat(0);
    for (let t: usize = 0; t < <usize>count; t++) {
      const y = v128.load(<usize>load<u32>(outputs + (t << 2)) + o);
      gradient = madd(v128.load32_splat(errors + (t << 2)), y, gradient);
    }
    for (let t: usize = 0; t < <usize>count; t++) {
      const row = <usize>load<u32>(outputs + (t << 2)) + o;
      const to = masked ? <usize>load<u32>(outputs + (t << 2), STORED) + o : row;
      v128.store(to, madd(v128.load32_splat(errors + (t << 2)), h, v128.load(row)));
    }
    const step = f32x4.mul(gradient, part);
    for (let at = inputs; at < end; at += 4) {
      const row = <usize>load<u32>(at) + o;
      const to = masked ? <usize>load<u32>(at, STORED) + o : row;
      v128.store(to, f32x4.add(v128.load(row), step));
    }
  }
}

@inline
function trainTiles(m: i32, tiles: i32, idles: i32, sampled: bool, alpha: f32, masked: bool): void {
  const end = inputs + (<usize>m << 2);
  const share: f32 = 1 / <f32>m;
  writeMean(end, share);
  for (let tile = 0; tile < tiles; tile++) {
    const at = <usize>(tile * TILE) << 2;
    scoreTile(outputs + at, errors + at, negatives + 1 - tile * TILE, tile == 0 ? 1 : 0, alpha, sampled);
  }
  update(end, negatives + 1, share, masked);
  if (idles > 0) memory.fill(idle, 0, bytes); // as in skip-gram.ts
}

/** Trains the window that stands in `inputs` (m of them) and in `outputs`. */
export function trainMean(m: i32, tiles: i32, idles: i32, sampled: bool, alpha: f32): void {
  trainTiles(m, tiles, idles, sampled, alpha, false);
}

/** The same where some rows are frozen, as in skip-gram.ts. */
export function trainMeanMasked(m: i32, tiles: i32, idles: i32, sampled: bool, alpha: f32): void {
  trainTiles(m, tiles, idles, sampled, alpha, true);
}
