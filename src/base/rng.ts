/**
 * SplitMix64 as a counter-based generator: draw number i of a stream is mix(key + i·γ), so any
 * stream can be replayed alone, on any thread. Steele, Lea & Flood, OOPSLA 2014, figure 17.
 * BigInt, hence slow: for setup, simulation and tests. The kernel has the same arithmetic in u64
 * (kernel/assembly/rng.ts) and a test holds the two together.
 */
const MASK = (1n << 64n) - 1n;
export const GAMMA = 0x9e3779b97f4a7c15n;

/** The finaliser: a bijection on 64 bits in which every input bit reaches every output bit. */
export function mix64(x: bigint): bigint {
  let z = x & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

export interface Rng {
  /** 64 random bits. */
  nextU64(): bigint;
  /** Uniform in [0, 1), 24 bits. */
  next(): number;
  /** Uniform integer in [0, n), n ≤ 2^32. */
  below(n: number): number;
}

export function createRng(key: bigint | number): Rng {
  let state = BigInt.asUintN(64, BigInt(key));
  const nextU64 = (): bigint => {
    state = (state + GAMMA) & MASK;
    return mix64(state);
  };
  return {
    nextU64,
    next: () => Number(nextU64() >> 40n) / 16777216,
    below: (n) => Number(((nextU64() >> 32n) * BigInt(n)) >> 32n),
  };
}

/** Fast 32-bit generator for simulations and bootstraps, where BigInt would dominate. Mulberry32. */
export function createRandom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** 64-bit hash of a node key as two u32, the same on every machine: two Murmur3-style lanes over UTF-16 units. */
export function hashKey(key: string): readonly [low: number, high: number] {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (let i = 0; i < key.length; i++) {
    const c = key.charCodeAt(i);
    h1 = Math.imul(h1 ^ c, 2654435761);
    h2 = Math.imul(h2 ^ c, 1597334677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return [h1 >>> 0, h2 >>> 0];
}
