/**
 * Training on sentences that lie in memory, instead of on walks that are drawn: item2vec. A sentence is
 * a run of rows; windows never cross from one into the next.
 */
import { mix64, permute } from './rng';
import { trainSet, trainWalk } from './sgns';

let sentenceCount: u32 = 0;
let offsets: usize = 0; //   u32 [sentenceCount + 1]
let tokens: usize = 0; //    u32 [offsets[sentenceCount]] rows
let hashes: usize = 0; //    u64 [sentenceCount] what a sentence's random numbers are keyed by
let areSets: bool = false;
let dealt: usize = 0; //     u32 [longest sentence] of this instance
let orderSeed: u64 = 0;

export function setSentences(
  sentenceCount_: u32, offsets_: usize, tokens_: usize, hashes_: usize, areSets_: bool, dealt_: usize, orderSeed_: u64,
): void {
  sentenceCount = sentenceCount_; offsets = offsets_; tokens = tokens_; hashes = hashes_; areSets = areSets_;
  dealt = dealt_; orderSeed = orderSeed_;
}

/** Trains on sentences [from, to) of a pass: each pass visits all of them once, in an order of its own. */
export function trainSentences(from: u32, to: u32, pass: u32, alpha: f32): void {
  const key = mix64(orderSeed + <u64>pass);
  for (let i = from; i < to; i++) {
    const s = <usize>permute(i, sentenceCount, key);
    const start = load<u32>(offsets + (s << 2));
    const count = load<u32>(offsets + (s << 2), 4) - start;
    const at = tokens + (<usize>start << 2);
    const hash = load<u64>(hashes + (s << 3));
    if (areSets) trainSet(at, count, dealt, pass, hash, alpha);
    else trainWalk(at, count, pass, hash, alpha);
  }
}
