/**
 * The window of skip-gram: its contexts are inputs; the centre and the negatives are outputs, shared by
 * all of them (pWord2Vec, Ji et al. 2016): a small matrix product instead of K + 1 dot products per pair.
 * A window is worked in tiles of six outputs (tile.ts), one after another:
 *
 *     e_rt = α (label_t − σ(x_r · y_t))        y_t += Σ_r e_rt x_r        x_r += Σ_t e_rt y_t (old y)
 *
 * `masked` is a constant wherever it is passed: both forms are compiled, and where nothing is frozen
 * there is nothing to ask.
 */
import { scoreHalf, updateTile } from './tile';
import { TILE, addLoss, bytes, errors, idle, inputs, madd, negatives, outputs, sumLanes } from './training';

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

@inline
function trainTiles(m: i32, tiles: i32, idles: i32, sampled: bool, alpha: f32, masked: bool): void {
  for (let tile = 0; tile < tiles; tile++) {
    const targets = outputs + <usize>(tile * TILE * 4);
    const label: f32 = tile == 0 ? 1 : 0;
    if (sampled) addTileLoss(targets, m, min(TILE, negatives + 1 - tile * TILE), label);
    scoreHalf(targets, errors, m, true, label, alpha);
    scoreHalf(targets + 12, errors + 12, m, true, 0, alpha);
    updateTile(targets, errors, m, masked);
    if (idles > 0) memory.fill(idle, 0, bytes); // fillers collect gradient that belongs to nobody
  }
}

/** Trains the window that stands in `inputs` (m of them, then two idle rows) and in `outputs`. */
export function trainSkipGram(m: i32, tiles: i32, idles: i32, sampled: bool, alpha: f32): void {
  trainTiles(m, tiles, idles, sampled, alpha, false);
}

/** The same where some rows are frozen: every update goes where STORED says. */
export function trainSkipGramMasked(m: i32, tiles: i32, idles: i32, sampled: bool, alpha: f32): void {
  trainTiles(m, tiles, idles, sampled, alpha, true);
}
