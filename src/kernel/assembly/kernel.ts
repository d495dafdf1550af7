/**
 * The entry of the module: walks and training fused, so that no corpus of walks is ever stored; sentences
 * that are given lie in memory (sentences.ts). Memory is one shared WebAssembly.Memory laid out by
 * kernel/memory.ts; each worker thread has an instance of its own.
 */
import { mix64, permute } from './rng';
import { trainWalk } from './sgns';
import { walk } from './walk';

export { buildSlots, setGraph, setWalk, totalTokens, walk } from './walk';
export { setSentences, trainSentences } from './sentences';
export { initVectors, trainSet, trainWalk } from './sgns';
export { resetTotals, scratchBytes, setTraining, totalLoss, totalLossPairs, totalPairs } from './training';
export { permute } from './rng';

let starts: usize = 0; //    u32 [startCount] rows that walks start from
let startCount: u32 = 0;
let orderSeed: u64 = 0;
let tokens: usize = 0; //    u32 [walk length] of this instance
let keyHashes: usize = 0; // u64 [n]

export function setStarts(starts_: usize, startCount_: u32, orderSeed_: u64, tokens_: usize, keyHashes_: usize): void {
  starts = starts_; startCount = startCount_; orderSeed = orderSeed_; tokens = tokens_; keyHashes = keyHashes_;
}

/** The start of walk i of a pass: each pass visits all starts once, in an order of its own. */
@inline
function startOf(i: u32, pass: u32): u32 {
  return load<u32>(starts + (<usize>permute(i, startCount, mix64(orderSeed + <u64>pass)) << 2));
}

/** Walks and trains on starts [from, to) of a pass. */
export function trainRange(from: u32, to: u32, pass: u32, alpha: f32): void {
  for (let i = from; i < to; i++) {
    const start = startOf(i, pass);
    const count = walk(start, pass, tokens);
    if (count > 1) trainWalk(tokens, count, pass, load<u64>(keyHashes + (<usize>start << 3)), alpha);
  }
}

/** Walks starts [from, to) of a pass and counts visits (u32 [n]); atomic, so the sum is the same for any worker count. */
export function countRange(from: u32, to: u32, pass: u32, visits: usize): void {
  for (let i = from; i < to; i++) {
    const count = walk(startOf(i, pass), pass, tokens);
    for (let k: u32 = 0; k < count; k++) {
      atomic.add<u32>(visits + (<usize>load<u32>(tokens + (<usize>k << 2)) << 2), 1);
    }
  }
}

/** Steps walked on starts [from, to) of a pass, and nothing else: for benches. */
export function walkRange(from: u32, to: u32, pass: u32): f64 {
  let steps: f64 = 0;
  for (let i = from; i < to; i++) steps += <f64>(walk(startOf(i, pass), pass, tokens) - 1);
  return steps;
}
