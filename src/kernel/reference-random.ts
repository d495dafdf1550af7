/** The random numbers of the kernel in plain TypeScript: streams, and the order in which a pass visits its starts. */
import { createRng, GAMMA, mix64, type Rng } from '../base/rng.ts';

/** The stream of one purpose (0 walks, 1 trains, 2 initialises, 3 deals sets), keyed so that a walk can be replayed alone. */
export function openStream(seed: bigint, keyHash: bigint, pass: number, purpose: 0 | 1 | 2 | 3): Rng {
  return createRng(mix64(mix64(seed ^ mix64(keyHash)) + ((BigInt(purpose) << 32n) | BigInt(pass)) * GAMMA));
}

/** Uniform in [0, 1) from the low 24 bits, so that `toBelow` can use the high 32 of the same number. */
export const toUnit = (random: bigint): number => Number(random & 0xffffffn) / 16777216;
export const toBelow = (random: bigint, n: number): number => Number(((random >> 32n) * BigInt(n)) >> 32n);

export const keyHashOf = (keyHashes: Uint32Array, v: number): bigint =>
  (BigInt(keyHashes[2 * v + 1]!) << 32n) | BigInt(keyHashes[2 * v]!);

/** A permutation of [0, n): four Feistel rounds on the next power of four, repeated until the value falls inside. */
export function permute(i: number, n: number, key: bigint): number {
  let half = 1;
  while (4 ** half < n) half++;
  const mask = 2 ** half - 1;
  let x = i;
  do {
    let [left, right] = [Math.floor(x / (mask + 1)), x & mask];
    for (let round = 0n; round < 4n; round++) {
      const f = Number(mix64(key ^ ((round << 32n) | BigInt(right))) & BigInt(mask));
      [left, right] = [right, (left ^ f) >>> 0];
    }
    x = left * (mask + 1) + right;
  } while (x >= n);
  return x;
}
