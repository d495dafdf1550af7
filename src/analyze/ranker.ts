/**
 * Ranks all products for every measured customer under both protocols: no sampled negatives. One
 * scorer, one pass: a score array is used for `all`, then again for `new` with seen products struck out.
 */
import { createBreather, type TaskContext, throwIfAborted } from '../base/task.ts';
import { rowOf } from './incidence.ts';
import type { Population } from './population.ts';
import { toPermutation, toStream } from './shuffle.ts';
import { TopList } from './top-list.ts';
import type { Pause, Protocol, Scorer } from './types.ts';

/** Ends a list that is shorter than `width`: the scorer had nothing more to show. */
export const NO_PRODUCT = 0xffffffff;

export interface RankedLists {
  readonly members: Uint32Array; // [m] customers
  readonly width: number;
  readonly products: Uint32Array; // [m * width] best first, NO_PRODUCT from the end of a list on
}

export interface RankOptions {
  readonly width: number;
  readonly seed: number;
}

export const createPause = (context: TaskContext): Pause => {
  const breathe = createBreather();
  return () => {
    throwIfAborted(context.signal);
    return breathe();
  };
};

/** As many customers at a time as keep their score arrays within 32 MiB, at most 32. */
export const toBatchSize = (productCount: number): number =>
  Math.max(1, Math.min(32, Math.floor(2 ** 23 / productCount)));

/** @throws ShelfwalkError ABORTED · VECTOR_INVALID — the scorer gave NaN */
export async function rankCustomers(
  scorer: Scorer,
  population: Population,
  options: RankOptions & TaskContext,
): Promise<Record<Protocol, RankedLists>> {
  const { members, train } = population;
  const pause = createPause(options);
  const top = new TopList(Math.min(options.width, train.cols));
  const lists = { all: emptyLists(members.all, options.width), new: emptyLists(members.new, options.width) };
  const shuffled = toPermutation(train.cols, toStream(options.seed, 'ties'));
  const turns = toStream(options.seed, 'turns');
  const buffers = Array.from({ length: toBatchSize(train.cols) }, () => new Float32Array(train.cols));
  let newAt = 0;
  for (let start = 0; start < members.all.length; start += buffers.length) {
    const batch = Array.from(members.all.subarray(start, start + buffers.length));
    await scoreBatch(scorer, batch, buffers, pause);
    for (const [i, customer] of batch.entries()) {
      const ties = { shuffled, turn: Math.floor(turns() * train.cols) };
      const scores = buffers[i]!;
      lists.all.products.set(top.select(scores, ties), (start + i) * options.width);
      if (members.new[newAt] === customer) {
        for (const seen of rowOf(train, customer)) scores[seen] = Number.NEGATIVE_INFINITY;
        lists.new.products.set(top.select(scores, ties), newAt++ * options.width);
      }
      await pause();
    }
    const done = start + batch.length;
    options.onProgress?.({
      stage: `evaluate ${scorer.name}`,
      done,
      total: members.all.length,
      unit: 'customers',
    });
  }
  return lists;
}

const emptyLists = (members: Uint32Array, width: number): RankedLists => ({
  members,
  width,
  products: new Uint32Array(members.length * width).fill(NO_PRODUCT),
});

/** Scores of each customer of the batch, in the buffers. */
export async function scoreBatch(
  scorer: Scorer,
  batch: readonly number[],
  buffers: readonly Float32Array[],
  pause: Pause,
): Promise<void> {
  if (scorer.scoreMany) return scorer.scoreMany(batch, buffers.slice(0, batch.length), pause);
  for (const [i, customer] of batch.entries()) {
    await scorer.score(customer, buffers[i]!);
    await pause();
  }
}
