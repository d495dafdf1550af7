/** A start for trained models: both matrices of the closed form, scaled to where the sigmoid has a slope. */
import { ShelfwalkError } from '../base/errors.ts';
import type { Matrix } from '../base/matrix.ts';
import type { TaskContext } from '../base/task.ts';
import type { Snapshot } from '../graph/types.ts';
import { eachSlice } from './slices.ts';

/**
 * in·out of the median arc. Far below it training has the start still to make; far above it the gradient
 * of what is right already is nothing, and training stalls (docs/training.md has figures).
 */
const MEDIAN_AFFINITY = 3;
/** Arcs that the median is taken of, evenly spread over all; or all of them. */
const SAMPLED_ARCS = 10_000;

interface Rows {
  readonly vectors: Matrix; //  [n, dimension]
  readonly contexts: Matrix; // [n, dimension]
}

/**
 * Multiplies both matrices, in place, by one factor with which the median of vectors(u) · contexts(v) over
 * arcs u → v is MEDIAN_AFFINITY. An arc whose product is not positive, between nodes that the wanted part of
 * the spectrum does not reach, is not counted.
 * @throws ShelfwalkError ABORTED · INTERNAL — no product is positive
 */
export async function scaleToStart(rows: Rows, snapshot: Snapshot, context: TaskContext = {}): Promise<void> {
  const median = toMedianAffinity(rows, snapshot);
  if (!(median > 0)) {
    throw new ShelfwalkError('INTERNAL', { field: 'median in·out of arcs', found: median, expected: '> 0' });
  }
  const factor = Math.sqrt(MEDIAN_AFFINITY / median);
  for (const { data } of [rows.vectors, rows.contexts]) {
    await eachSlice(data.length, SLICE, context, (from, to) => {
      for (let i = from; i < to; i++) data[i]! *= factor;
    });
  }
}

const SLICE = 2 ** 18; // numbers scaled between two looks at the clock

/** 0 where no product is positive. */
function toMedianAffinity({ vectors, contexts }: Rows, { offsets, targets, arcCount }: Snapshot): number {
  const step = Math.max(1, arcCount / SAMPLED_ARCS);
  const affinities: number[] = [];
  let u = 0;
  for (let at = 0; at < arcCount; at += step) {
    const a = Math.floor(at);
    while (offsets[u + 1]! <= a) u++;
    const affinity = dot(vectors.row(u), contexts.row(targets[a]!));
    if (affinity > 0) affinities.push(affinity);
  }
  return affinities.sort((x, y) => x - y)[affinities.length >> 1] ?? 0;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
