/**
 * The entry of the module: walks and training fused, so that no corpus of walks is ever stored; sentences
 * that are given lie in memory (sentences.ts). Memory is one shared WebAssembly.Memory laid out by
 * kernel/memory.ts; each worker thread has an instance of its own.
 */
import { mix64, permute } from './rng';
import { trainPair, trainWalk } from './sgns';
import { walk } from './walk';

export { setGraph } from './arcs';
export { buildSlots } from './slots';
export { setWalk, totalTokens, walk } from './walk';
export { setSentences, trainSentences } from './sentences';
export { rankingBytes, setRanking } from './ranking';
export { initVectors, setSharing, trainPair, trainSet, trainWalk } from './sgns';
export { resetTotals, scratchBytes, setTraining, totalLoss, totalLossPairs, totalPairs } from './training';
export { permute } from './rng';

let starts: usize = 0; //    u32 [≥ startCount] rows that walks start from
let orderSeed: u64 = 0;
let tokens: usize = 0; //    u32 [walk length] of this instance
let keyHashes: usize = 0; // u64 [n]
let listOffsets: usize = 0; // u32 [listCount + 1] of a list: walks from the starts before this one
let listCount: u32 = 0;
let listNumber: u32 = 0; //    of the first walk from each start
let asPairs: bool = false; //  walks are of two nodes, and trained on in one direction

export function setStarts(starts_: usize, orderSeed_: u64, tokens_: usize, keyHashes_: usize): void {
  starts = starts_; orderSeed = orderSeed_; tokens = tokens_; keyHashes = keyHashes_;
}

/** `starts` are the first `count_` of them, with walks as `offsets_` says. */
export function setList(offsets_: usize, count_: u32, number_: u32): void {
  listOffsets = offsets_; listCount = count_; listNumber = number_;
}

/** The start of walk i of a pass: each pass visits the first `startCount` starts once, in an order of its own. */
@inline
function startOf(i: u32, startCount: u32, pass: u32): u32 {
  return load<u32>(starts + (<usize>permute(i, startCount, mix64(orderSeed + <u64>pass)) << 2));
}

export function setPairs(asPairs_: bool): void {
  asPairs = asPairs_;
}

@inline
function trainFrom(start: u32, number: u32, alpha: f32): void {
  const count = walk(start, number, tokens);
  if (count < 2) return;
  if (asPairs) trainPair(tokens, number, load<u64>(keyHashes + (<usize>start << 3)), alpha);
  else trainWalk(tokens, count, number, load<u64>(keyHashes + (<usize>start << 3)), alpha);
}

/** Walks and trains on starts [from, to) of a pass over `startCount` of them. The pass is the walk's number. */
export function trainRange(from: u32, to: u32, startCount: u32, pass: u32, alpha: f32): void {
  for (let i = from; i < to; i++) trainFrom(startOf(i, startCount, pass), pass, alpha);
}

/** The start on the list that walk i of it is from: the last one with at most i walks before it. */
function findListed(i: u32): u32 {
  let low: u32 = 0, high = listCount;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (load<u32>(listOffsets + (<usize>middle << 2)) <= i) low = middle;
    else high = middle;
  }
  return low;
}

/** Walks and trains on walks [from, to) of the list, which are in one random order: a start's walks are spread over all of it. */
export function trainList(from: u32, to: u32, alpha: f32): void {
  const total = load<u32>(listOffsets + (<usize>listCount << 2));
  const key = mix64(orderSeed + <u64>listNumber);
  for (let i = from; i < to; i++) {
    const at = permute(i, total, key);
    const listed = findListed(at);
    const number = listNumber + at - load<u32>(listOffsets + (<usize>listed << 2));
    trainFrom(load<u32>(starts + (<usize>listed << 2)), number, alpha);
  }
}

/** Walks starts [from, to) of a pass and counts visits (u32 [n]); atomic, so the sum is the same for any worker count. */
export function countRange(from: u32, to: u32, startCount: u32, pass: u32, visits: usize): void {
  for (let i = from; i < to; i++) {
    const count = walk(startOf(i, startCount, pass), pass, tokens);
    for (let k: u32 = 0; k < count; k++) {
      atomic.add<u32>(visits + (<usize>load<u32>(tokens + (<usize>k << 2)) << 2), 1);
    }
  }
}

/** Steps walked on starts [from, to) of a pass, and nothing else: for benches. */
export function walkRange(from: u32, to: u32, startCount: u32, pass: u32): f64 {
  let steps: f64 = 0;
  for (let i = from; i < to; i++) steps += <f64>(walk(startOf(i, startCount, pass), pass, tokens) - 1);
  return steps;
}
