/**
 * Which windows there are, what stands in them and which negatives are drawn: the kernel's use of random
 * numbers in plain TypeScript, so that the arithmetic in reference.ts needs none.
 */
import type { Rng } from '../base/rng.ts';
import { openStream, toBelow, toUnit } from './reference-random.ts';

const MAX_REDRAWS = 8; // negatives that may fall on the centre before it goes without one
const MAX_CONTEXTS = 128; // of a larger set as many are drawn
const SET_GROUP = 12; // contexts of a set's centre that share negatives under skip-gram, if nothing else is asked

/** What windows are drawn from. */
export interface DrawModel {
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  readonly window: number;
  readonly negatives: number;
  /** All but CBOW: contexts of a centre that share negatives, at most. */
  readonly sharing?: number | undefined;
  readonly objective: 'skip-gram' | 'cbow' | 'softmax' | 'bpr';
  readonly negativeSlots: { readonly probability: Float32Array; readonly alias: Uint32Array }; // [2n] interleaved
  readonly negativeStart: Uint32Array; // [3]
  readonly negativeCount: Uint32Array; // [3]
  readonly keep: Float32Array | undefined; // [n]
  /** [n] 1: neither row of the node changes; not given: none is frozen. */
  readonly frozen?: Uint8Array | undefined;
  /** For walks from frozen nodes. */
  readonly push?: PushTable | undefined;
  readonly seed: number;
}

/** A second table of negatives, within the same rows. */
export interface PushTable {
  readonly slots: DrawModel['negativeSlots'];
  /** [3] by the centre's type, how many of its negatives there are; the others are left out. */
  readonly totals: Float32Array;
}

export interface ReferenceWindow {
  readonly center: number; // row
  readonly at: number; //     position of the centre in the walk
  readonly contextsAt: number[]; // positions of the contexts
  readonly negatives: (number | undefined)[]; // rows; undefined where none was drawn
  /** In a walk that pushes negatives may be left out. */
  readonly isPushed?: boolean;
}

/** The windows of a walk or an ordered sentence, or the parts of them that share negatives: its whole use of random numbers. */
export function drawWindows(
  model: DrawModel,
  tokens: readonly number[],
  pass: number,
  keyHash: bigint,
): ReferenceWindow[] {
  const random = openStream(BigInt(model.seed), keyHash, pass, 1);
  const windows: ReferenceWindow[] = [];
  const push = model.frozen?.[tokens[0]!] === 1 ? model.push : undefined;
  tokens.forEach((center, at) => {
    const number = random.nextU64();
    const reach = 1 + toBelow(number, model.window);
    if (isThinned(model, center, number)) return;
    let contextsAt: number[] = [];
    const last = Math.min(tokens.length - 1, at + reach);
    for (let j = Math.max(0, at - reach); j <= last; j++) {
      // Thinning leaves gaps: offsets, and so the sides of a two-colourable graph, stay.
      if (j !== at && !(model.keep && isThinned(model, tokens[j]!, random.nextU64()))) contextsAt.push(j);
      const isFull = model.objective !== 'cbow' && contextsAt.length === model.sharing;
      if (contextsAt.length === 0 || (!isFull && j < last)) continue;
      const negatives = push ? drawPushed(model, push, center, random) : drawNegatives(model, center, random);
      windows.push({ center, at, contextsAt, negatives, isPushed: push !== undefined });
      contextsAt = [];
    }
  });
  return windows;
}

/** The one window of a pair, whose context is token 0 and whose centre is token 1. @param isNeighbor of the context: no negative */
export function drawPair(
  model: DrawModel,
  center: number,
  { pass, keyHash, isNeighbor }: { pass: number; keyHash: bigint; isNeighbor: (v: number) => boolean },
): ReferenceWindow {
  const random = openStream(BigInt(model.seed), keyHash, pass, 1);
  const isNone = (v: number): boolean => v === center || isNeighbor(v);
  const negatives = Array.from({ length: model.negatives }, () =>
    drawNegative(model, center, random, isNone),
  );
  return { center, at: 1, contextsAt: [0], negatives };
}

/** A set as it is dealt at this pass: Fisher–Yates from the inside out, a stream of its own. */
export function dealSet(model: DrawModel, set: readonly number[], pass: number, keyHash: bigint): number[] {
  const random = openStream(BigInt(model.seed), keyHash, pass, 3);
  const dealt: number[] = [];
  set.forEach((token, i) => {
    const at = toBelow(random.nextU64(), i + 1);
    dealt[i] = dealt[at]!;
    dealt[at] = token;
  });
  return dealt;
}

/**
 * The windows of a set that was dealt: to each centre all others, or the 128 that follow it around the
 * ring; under skip-gram in groups of twelve, or as many as are asked, that survive thinning, each with
 * negatives of its own.
 */
export function drawSetWindows(
  model: DrawModel,
  dealt: readonly number[],
  pass: number,
  keyHash: bigint,
): ReferenceWindow[] {
  const random = openStream(BigInt(model.seed), keyHash, pass, 1);
  const others = Math.min(dealt.length - 1, MAX_CONTEXTS);
  const windows: ReferenceWindow[] = [];
  dealt.forEach((center, at) => {
    if (model.keep && isThinned(model, center, random.nextU64())) return;
    let contextsAt: number[] = [];
    for (let i = 1; i <= others; i++) {
      const j = (at + i) % dealt.length;
      if (!model.keep || !isThinned(model, dealt[j]!, random.nextU64())) contextsAt.push(j);
      const isFull =
        contextsAt.length === (model.objective === 'cbow' ? MAX_CONTEXTS : (model.sharing ?? SET_GROUP));
      if (contextsAt.length === 0 || (!isFull && i < others)) continue;
      windows.push({ center, at, contextsAt, negatives: drawNegatives(model, center, random) });
      contextsAt = [];
    }
  });
  return windows;
}

const isThinned = (model: DrawModel, v: number, number: bigint): boolean =>
  model.keep !== undefined && toUnit(number) >= model.keep[v]!;

const drawNegatives = (model: DrawModel, center: number, random: Rng): (number | undefined)[] =>
  Array.from({ length: model.negatives }, () => drawNegative(model, center, random));

function drawNegative(
  model: DrawModel,
  center: number,
  random: Rng,
  isNone = (v: number): boolean => v === center,
): number | undefined {
  const type = typeOf(model, center);
  for (let i = 0; i < MAX_REDRAWS; i++) {
    const x = drawRow(model, model.negativeSlots, type, random);
    if (!isNone(x)) return x;
  }
  return undefined;
}

const drawPushed = (
  model: DrawModel,
  { slots, totals }: PushTable,
  center: number,
  random: Rng,
): (number | undefined)[] =>
  Array.from({ length: model.negatives }, () => {
    const type = typeOf(model, center);
    if (toUnit(random.nextU64()) >= totals[type]!) return undefined;
    const x = drawRow(model, slots, type, random);
    return x === center ? undefined : x;
  });

const typeOf = ({ ranges }: DrawModel, v: number): number =>
  ranges.findIndex((r) => v >= r.start && v < r.end);

function drawRow(model: DrawModel, slots: DrawModel['negativeSlots'], type: number, random: Rng): number {
  const number = random.nextU64();
  const x = model.negativeStart[type]! + toBelow(number, model.negativeCount[type]!);
  return toUnit(number) >= slots.probability[2 * x]! ? slots.alias[2 * x + 1]! : x;
}
