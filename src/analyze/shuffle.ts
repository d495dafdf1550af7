/**
 * Seeded drawing for evaluations: one stream per purpose, so that adding a measurement does not
 * change the draws of another, and permutations and samples made from a stream.
 */
import { createRandom, hashKey } from '../base/rng.ts';

/** Draws from [0, 1); the same seed and purpose give the same draws on every machine. */
export const toStream = (seed: number, purpose: string): (() => number) =>
  createRandom(hashKey(`${seed}/${purpose}`)[0]);

/** Fisher–Yates, in place. */
export function shuffle(values: Uint32Array, random: () => number): Uint32Array {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const kept = values[i]!;
    values[i] = values[j]!;
    values[j] = kept;
  }
  return values;
}

/** 0 … n−1 in random order. */
export const toPermutation = (n: number, random: () => number): Uint32Array =>
  shuffle(
    Uint32Array.from({ length: n }, (_, i) => i),
    random,
  );

/** `size` of the values without replacement (all of them when there are fewer), ascending. */
export function toSample(values: Uint32Array, size: number, random: () => number): Uint32Array {
  if (values.length <= size) return values.slice().sort();
  return shuffle(values.slice(), random).slice(0, size).sort();
}
