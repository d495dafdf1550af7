/** Draws for the simulated shop. Sums and comparisons only: they come out the same on every engine. */

export type Random = () => number;

export const drawOne = <T>(list: readonly T[], random: Random): T =>
  list[Math.floor(random() * list.length)]!;

/** Position drawn in proportion to its weight. */
export function drawIndex(weights: readonly number[], random: Random): number {
  let total = 0;
  for (const w of weights) total += w;
  let left = random() * total;
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]!;
    if (left < 0) return i;
  }
  return weights.length - 1;
}

/** Key drawn in proportion to its value. */
export function drawKey(weights: Readonly<Record<string, number>>, random: Random): string {
  return Object.keys(weights)[drawIndex(Object.values(weights), random)]!;
}
