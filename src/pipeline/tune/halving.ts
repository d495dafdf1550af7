/**
 * Successive halving (Jamieson & Talwalkar, AISTATS 2016) with the η of Hyperband (Li et al., JMLR 2018): of n contenders
 * all run for a share η^−s of their passes, the best nth of them for η times as much, and so on, one in the end in full.
 * What is different here: contenders race with those alone that learn at their pace (a closed form is as good as it
 * gets at once, walks are not), and one that is clearly worse than the leader is dropped even if there is room.
 */
import { toMean } from '../../analyze/bootstrap.ts';

/** η: a rung keeps one of so many, and gives it so many times the passes. */
export const REDUCTION = 3;

/**
 * A rung has at least so many passes. After fewer, what gets more pairs out of a walk leads (a wide window), and not what is
 * better in the end: docs/decisions/0035-settings-race-on-validation.md has the figures.
 */
export const LEAST_PASSES = 5;

export interface Halving<C> {
  /** What learns at one pace has one name. */
  stratumOf(contender: C): string;
  /** In full. Where one has too few to be made cheaper, none of its stratum is: it would race in full with the rest of them. */
  passesOf(contender: C): number;
  /** f64 [customers] the metric after a share of the passes; undefined: it failed, or time was over. */
  run(contender: C, share: number): Promise<Float64Array | undefined>;
  isClearlyWorse(own: Float64Array, best: Float64Array): Promise<boolean>;
  drop(contender: C, because: string): void;
}

interface Measured<C> {
  readonly contender: C;
  readonly column: Float64Array;
  readonly mean: number;
}

/** Resolves once each contender has been run in full, dropped, or given up by `run`. */
export async function halve<C>(contenders: readonly C[], race: Halving<C>): Promise<void> {
  const strata = new Map<string, C[]>();
  for (const contender of contenders) {
    const name = race.stratumOf(contender);
    strata.set(name, [...(strata.get(name) ?? []), contender]);
  }
  for (const stratum of strata.values()) await halveStratum(stratum, race);
}

async function halveStratum<C>(contenders: readonly C[], race: Halving<C>): Promise<void> {
  const fewest = Math.min(...contenders.map((one) => race.passesOf(one)));
  let rung = Math.min(toRungs(contenders.length), toRungs(fewest / LEAST_PASSES));
  let alive = contenders;
  for (; rung > 0 && alive.length > 0; rung--) {
    const share = REDUCTION ** -rung;
    alive = await select(await runAll(alive, share, race), race, share);
  }
  await runAll(alive, 1, race);
}

/** The largest s with η^s ≤ n. */
function toRungs(n: number): number {
  let rungs = 0;
  while (REDUCTION ** (rungs + 1) <= n) rungs++;
  return rungs;
}

async function runAll<C>(contenders: readonly C[], share: number, race: Halving<C>): Promise<Measured<C>[]> {
  const measured: Measured<C>[] = [];
  for (const contender of contenders) {
    const column = await race.run(contender, share);
    if (column) measured.push({ contender, column, mean: toMean(column) });
  }
  return measured;
}

async function select<C>(measured: readonly Measured<C>[], race: Halving<C>, share: number): Promise<C[]> {
  if (measured.length === 0) return [];
  const ranked = [...measured].sort((a, b) => b.mean - a.mean); // stable: of equals, the first drawn
  const room = Math.max(1, Math.floor(measured.length / REDUCTION));
  const [best] = ranked;
  const kept: C[] = [];
  const at = `after ${Math.round(100 * share)} % of the passes`;
  for (const { contender, column } of ranked) {
    if (contender !== best!.contender && (await race.isClearlyWorse(column, best!.column)))
      race.drop(contender, `${at} clearly worse than the best of its kind`);
    else if (kept.length === room) race.drop(contender, `${at} not among the best ${room} of its kind`);
    else kept.push(contender);
  }
  return kept;
}
