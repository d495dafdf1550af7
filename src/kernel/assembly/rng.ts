/**
 * Counter-based random numbers (SplitMix64), the same arithmetic as base/rng.ts. A stream is keyed by
 * (seed, hash of the node's key, pass, purpose): a walk can be replayed alone, whatever thread runs it.
 */
const GAMMA: u64 = 0x9e3779b97f4a7c15;

let state: u64 = 0;

@inline
export function mix64(x: u64): u64 {
  let z = x;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** Purpose 0 draws walks, 1 trains on them, 2 initialises vectors, 3 deals sets: one never shifts another. */
@inline
export function openStream(seed: u64, keyHash: u64, pass: u32, purpose: u32): void {
  state = mix64(mix64(seed ^ mix64(keyHash)) + ((<u64>purpose << 32) | <u64>pass) * GAMMA);
}

@inline
export function nextU64(): u64 {
  state += GAMMA;
  return mix64(state);
}

/** Uniform in [0, 1) from the low 24 bits; `below` uses the high 32, so one number serves both. */
@inline
export function toUnit(random: u64): f32 {
  return <f32>(<u32>random & 0xffffff) * <f32>(1.0 / 16777216.0);
}

/** Uniform integer in [0, n) from the high 32 bits; the bias is below n / 2^32. */
@inline
export function toBelow(random: u64, n: u32): u32 {
  return <u32>(((random >> 32) * <u64>n) >> 32);
}

/**
 * A permutation of [0, n) without memory: four Feistel rounds on the next even power of two, walked
 * until the value falls inside. Start nodes are visited in this order, another one each pass.
 */
export function permute(i: u32, n: u32, key: u64): u32 {
  let bits: u32 = 32 - clz(n > 1 ? n - 1 : 1);
  bits += bits & 1;
  const half: u32 = bits >> 1;
  const mask: u32 = (<u32>1 << half) - 1;
  let x = i;
  do {
    let left = x >> half;
    let right = x & mask;
    for (let round: u32 = 0; round < 4; round++) {
      const f = <u32>mix64(key ^ ((<u64>round << 32) | <u64>right)) & mask;
      const next = left ^ f;
      left = right;
      right = next;
    }
    x = (left << half) | right;
  } while (x >= n);
  return x;
}
