/**
 * Windows that rank: all K + 1 outputs of a context are looked at together. Scores of the whole window are
 * taken first, then the errors of each context, then both sides are updated tile by tile (tile.ts):
 *
 *     softmax   p_rt = e^(s_rt + b_t) / Σ_u e^(s_ru + b_u)      e_rt = α (label_t − p_rt)
 *     BPR       g_rt = σ(s_rt − s_r0) / k, t > 0                e_rt = −α g_rt,  e_r0 = α Σ_t g_rt
 *
 * with s_rt = x_r · y_t. b corrects for which negatives are likely to be drawn (Bengio & Senécal 2008; in this
 * form Blanc & Rendle 2018): with Q(t) the law of one draw that is not the centre, Σ_u e^(s_u) / (k Q(u)) over k
 * draws is what all other outputs come to on average, so b_t = −ln(k Q(t)), and 0 for the centre itself.
 * Q(t) = q_t / (1 − q_centre); a number added to all b changes nothing, so b_t = −ln q_t for a negative and
 * ln k − ln(1 − q_centre) for the centre.
 *
 * BPR: Rendle et al. 2009, the mean over the k negatives of the window; `regularization` is their λ.
 */
import { expOf, logOf } from './exp-log';
import { scoreHalf, updateTile } from './tile';
import {
  BPR, MAX_CONTEXTS, MAX_TILES, SOFTMAX, STORED, TILE, addToLoss, bytes, contexts, idle, inputs, logLoss, objective, outputs, sigmoid,
  stride, sumLanes,
} from './training';

let biases: usize = 0; //       {as a negative f32, as the centre f32} [n]; the second without ln k
let logCounts: usize = 0; //    f32 [MAX_NEGATIVES + 1] ln k, 0 at 0
let regularization: f32 = 0;

// scratch of this instance
let scores: usize = 0; // f32 [MAX_TILES][MAX_CONTEXTS + 2][8] s_rt, then e_rt; two of eight are not used
let shifts: usize = 0; // f32 [MAX_TILES][8] b_t; NONE where there is no output

const NONE: f32 = -1e30; // nothing has this in common with a score
const TILE_BYTES: usize = <usize>(MAX_CONTEXTS + 2) * 32;

/** What setRanking needs as scratch, zeroed by the caller. */
export function rankingBytes(): usize {
  return <usize>MAX_TILES * (TILE_BYTES + 32);
}

export function setRanking(biases_: usize, logCounts_: usize, regularization_: f32, scratch: usize): void {
  biases = biases_; logCounts = logCounts_; regularization = regularization_;
  scores = scratch;
  shifts = scratch + <usize>MAX_TILES * TILE_BYTES;
}

/** b_t of every output; of BPR it only says whether there is one. */
function putShifts(tiles: i32, drawn: i32): void {
  for (let tile = 0; tile < tiles; tile++) {
    for (let t = 0; t < 8; t++) {
      const row = t < TILE ? <usize>load<u32>(outputs + (<usize>(tile * TILE + t) << 2)) : idle;
      let shift: f32 = row == idle ? NONE : 0;
      if (row != idle && objective == SOFTMAX) {
        const bias = biases + ((row - contexts) / stride << 3);
        shift = tile + t == 0 ? load<f32>(bias, 4) + load<f32>(logCounts + (<usize>drawn << 2)) : load<f32>(bias);
      }
      store<f32>(shifts + <usize>(tile * 32 + (t << 2)), shift);
    }
  }
}

/** Scores of context r become its errors; its loss, −ln p_r0. */
function toSoftmaxErrors(r: i32, tiles: i32, alpha: f32): f64 {
  const row = scores + (<usize>r << 5);
  let most = f32x4.splat(NONE);
  for (let tile: usize = 0; tile < <usize>tiles; tile++) {
    const at = row + tile * TILE_BYTES, shift = shifts + (tile << 5);
    const low = f32x4.add(v128.load(at), v128.load(shift)), high = f32x4.add(v128.load(at, 16), v128.load(shift, 16));
    v128.store(at, low); v128.store(at, high, 16);
    most = f32x4.max(most, f32x4.max(low, high));
  }
  const top = max<f32>(
    max<f32>(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max<f32>(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
  const margin = load<f32>(row) - top;
  const tops = f32x4.splat(top);
  let sum = f32x4.splat(0);
  for (let tile: usize = 0; tile < <usize>tiles; tile++) {
    const at = row + tile * TILE_BYTES;
    const low = expOf(f32x4.sub(v128.load(at), tops)), high = expOf(f32x4.sub(v128.load(at, 16), tops));
    v128.store(at, low); v128.store(at, high, 16);
    sum = f32x4.add(sum, f32x4.add(low, high));
  }
  const whole = sumLanes(sum);
  const scale = f32x4.splat(-alpha / whole);
  for (let tile: usize = 0; tile < <usize>tiles; tile++) {
    const at = row + tile * TILE_BYTES;
    v128.store(at, f32x4.mul(v128.load(at), scale));
    v128.store(at, f32x4.mul(v128.load(at, 16), scale), 16);
  }
  store<f32>(row, alpha + load<f32>(row));
  return logOf(<f64>whole) - <f64>margin;
}

/** Scores of context r become its errors; the sum of its losses, if it is `sampled`. @param alpha of one of the k */
function toPairwiseErrors(r: i32, tiles: i32, sampled: bool, alpha: f32): f64 {
  const row = scores + (<usize>r << 5);
  const best = load<f32>(row);
  let sum: f32 = 0;
  let loss: f64 = 0;
  for (let tile: usize = 0; tile < <usize>tiles; tile++) {
    for (let t: usize = tile == 0 ? 1 : 0; t < <usize>TILE; t++) {
      const at = row + tile * TILE_BYTES + (t << 2);
      const isThere = load<f32>(shifts + (tile << 5) + (t << 2)) != NONE;
      const behind = load<f32>(at) - best;
      if (sampled && isThere) loss += <f64>logLoss(behind);
      const g: f32 = isThere ? sigmoid(behind) : 0;
      store<f32>(at, -alpha * g);
      sum += g;
    }
  }
  store<f32>(row, alpha * sum);
  return loss;
}

/** What λ takes of a row: it is scaled after the update. */
@inline
function shrink(at: usize, keep: f32, masked: bool): void {
  const row = <usize>load<u32>(at);
  const to = masked ? <usize>load<u32>(at, STORED) : row;
  const scale = f32x4.splat(keep);
  for (let o: usize = 0; o < bytes; o += 16) v128.store(to + o, f32x4.mul(v128.load(row + o), scale));
}

/** Each of the m pairs takes its share of the rows that stand in it, a kth of each negative's. */
@inline
function regularize(m: i32, tiles: i32, drawn: i32, alpha: f32, masked: bool): void {
  const decay = alpha * regularization;
  const ofInput: f32 = max<f32>(0, 1 - decay), ofCenter: f32 = max<f32>(0, 1 - decay * <f32>m);
  const ofNegative: f32 = max<f32>(0, 1 - decay * <f32>m / <f32>drawn);
  for (let r = 0; r < m; r++) shrink(inputs + (<usize>r << 2), ofInput, masked);
  shrink(outputs, ofCenter, masked);
  for (let t = 1; t < tiles * TILE; t++) shrink(outputs + (<usize>t << 2), ofNegative, masked);
}

@inline
function trainTiles(m: i32, tiles: i32, drawn: i32, sampled: bool, alpha: f32, masked: bool): void {
  const share: f32 = drawn == 0 ? 0 : 1 / <f32>drawn;
  putShifts(tiles, drawn);
  for (let tile = 0; tile < tiles; tile++) {
    const targets = outputs + <usize>(tile * TILE * 4), to = scores + <usize>tile * TILE_BYTES;
    scoreHalf(targets, to, m, false, 0, alpha);
    scoreHalf(targets + 12, to + 12, m, false, 0, alpha);
  }
  for (let r = 0; r < m; r++) {
    const loss = objective == BPR ? toPairwiseErrors(r, tiles, sampled, alpha * share) : toSoftmaxErrors(r, tiles, alpha);
    if (sampled) addToLoss(objective == BPR ? loss * <f64>share : loss);
  }
  for (let tile = 0; tile < tiles; tile++) {
    updateTile(outputs + <usize>(tile * TILE * 4), scores + <usize>tile * TILE_BYTES, m, masked);
  }
  if (regularization != 0 && drawn != 0) regularize(m, tiles, drawn, alpha, masked);
}

/**
 * Trains the window that stands in `inputs` (m of them, then two idle rows) and in `outputs`. Fillers among the
 * outputs have an error of 0 and stay rows of zeros.
 * @param drawn negatives that were drawn; in a pushing walk, where some are left out, all that could have been
 */
export function trainRanking(m: i32, tiles: i32, drawn: i32, sampled: bool, alpha: f32): void {
  trainTiles(m, tiles, drawn, sampled, alpha, false);
}

/** The same where some rows are frozen, as in skip-gram.ts. */
export function trainRankingMasked(m: i32, tiles: i32, drawn: i32, sampled: bool, alpha: f32): void {
  trainTiles(m, tiles, drawn, sampled, alpha, true);
}
